/* SPDX-License-Identifier: MIT */
/*
 * Exim's lines of delivery, deferral and failure.
 */
#include "count_priv.h"

/* Cut-through: the delivery is logged while the message still arrives. */
static void count_early(struct mg_counter *c, struct mg_flight_entry *e,
			const struct mg_exim_line *line, int64_t at)
{
	if (!line->is_cutthrough) {
		c->n_orphans++;
		return;
	}
	if (!e) {
		e = mg_count_new_flight(c, NULL, line->id, at);
		e->flight.state = MG_FLIGHT_PENDING;
		e->flight.origin = MG_ACCOUNT_NONE;
		e->flight.slot = mg_count_slot(c, at);
	}
	e->flight.n_recipients++;
	mg_flights_touch(&c->flights, e);
}

static enum mg_count what_of(enum mg_exim_kind kind)
{
	switch (kind) {
	case MG_EXIM_DEFERRAL:
		return MG_DEFERRED;
	case MG_EXIM_FAILURE:
		return MG_FAILED;
	default:
		return MG_DELIVERED;
	}
}

void mg_count_delivery(struct mg_counter *c, const struct mg_exim_line *line,
		       int64_t at)
{
	struct mg_flight_entry *e = mg_flights_find(&c->flights, line->id);
	const struct mg_outcome outcome = {
		.what = what_of(line->kind),
		.address = line->address,
		.original = line->original,
		.ip = line->host.ip,
		.is_unknown = line->kind == MG_EXIM_FAILURE &&
			      mg_exim_is_unknown_recipient(line->text),
	};

	if (!e || e->flight.state == MG_FLIGHT_PENDING)
		count_early(c, e, line, at);
	else
		mg_count_outcome(c, e, &outcome, mg_count_slot(c, at));
}
