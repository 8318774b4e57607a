/* SPDX-License-Identifier: MIT */
/*
 * A new message is counted for whoever pays for it (count_origin.c), and again
 * for another where a later line says who that is.
 */
#include "count_priv.h"

static uint32_t count_recipients(const struct mg_exim_line *line, bool *whole)
{
	struct mg_slice rest = line->recipients, address;
	uint32_t n = 0;

	if (line->n_recipients) {
		*whole = true;
		return line->n_recipients;
	}
	while (mg_exim_recipient_cut(&rest, &address))
		n++;
	*whole = line->has_recipients && !line->is_cut && rest.len == 0;
	return n;
}

static void add_submission(struct mg_counts *counts, const struct mg_flight *f,
			   int sign)
{
	counts->n[MG_MESSAGES] += sign;
	counts->n[MG_RECIPIENTS] += sign * (int64_t)f->n_recipients;
	counts->n[MG_BYTES] += sign * f->bytes;
}

void mg_count_sender(struct mg_counter *c, const struct mg_flight *f,
		     struct mg_slice sender)
{
	add_submission(mg_tally_at(&c->by_sender,
				   mg_count_sender_number(c, sender),
				   mg_count_hour(c, f->slot)),
		       f, 1);
}

void mg_count_large(struct mg_counter *c, const struct mg_flight *f,
		    uint32_t n_recipients, int sign)
{
	const struct mg_large large = { .at = f->slot,
					.n_recipients = n_recipients,
					.topic = f->topic,
					.n = sign };

	if (n_recipients >= MG_LARGE_MIN && f->state == MG_FLIGHT_CHARGED)
		mg_larges_add(&c->larges, f->origin, &large);
}

void mg_count_charge(struct mg_counter *c, const struct mg_flight *f, int sign)
{
	if (f->state == MG_FLIGHT_FORWARD) {
		mg_tally_add(&c->by_origin, f->origin, f->slot, MG_FORWARDED,
			     sign * (int64_t)f->n_recipients);
		return;
	}
	if (f->state == MG_FLIGHT_CHARGED || f->state == MG_FLIGHT_RELAY)
		add_submission(mg_tally_at(&c->by_origin, f->origin, f->slot),
			       f, sign);
	mg_count_large(c, f, f->n_recipients, sign);
}

/*
 * Whether what cPanel identified may take the place of this origin: mail from
 * this very host that names no account yet, or the same account.
 */
static bool may_identify(const struct mg_counter *c, const struct mg_flight *f,
			 uint32_t account)
{
	if (!(f->flags & MG_FLIGHT_LOCAL))
		return false;
	if (f->state == MG_FLIGHT_INBOUND || f->state == MG_FLIGHT_RELAY)
		return true;
	return f->state == MG_FLIGHT_CHARGED &&
	       (!mg_count_has_account(c, f->origin) ||
		c->origins.items[f->origin].account == account);
}

static void identify(struct mg_counter *c, struct mg_flight_entry *e,
		     uint32_t identified)
{
	const uint32_t origin = mg_count_refine(c, &e->flight, identified);

	mg_count_charge(c, &e->flight, -1);
	e->flight.state = MG_FLIGHT_CHARGED;
	e->flight.origin = origin;
	mg_count_charge(c, &e->flight, 1);
	mg_flights_touch(&c->flights, e);
}

/* Lines of the message that came before its arrival line. */
struct early {
	uint32_t origin;       /* identified; MG_ACCOUNT_NONE for none */
	uint32_t n_deliveries; /* cut-through */
	int64_t slot;
};

static struct early take_early(const struct mg_flight_entry *e)
{
	struct early early = { .origin = MG_ACCOUNT_NONE };

	if (e && e->flight.state == MG_FLIGHT_PENDING) {
		early.origin = e->flight.origin;
		early.n_deliveries = e->flight.n_recipients;
		early.slot = e->flight.slot;
	}
	return early;
}

/* 0 is for messages whose subject line nobody knows. */
static uint32_t topic_of(const struct mg_counter *c, struct mg_slice subject)
{
	const uint32_t topic = (uint32_t)mg_hash(&c->key, subject);

	return topic ? topic : 1;
}

void mg_count_arrival(struct mg_counter *c, const struct mg_exim_line *line,
		      int64_t at)
{
	struct mg_flight_entry *old = mg_flights_find(&c->flights, line->id);
	const struct early early = take_early(old);
	struct mg_flight_entry *e = mg_count_new_flight(c, old, line->id, at);
	struct mg_flight *f = &e->flight;
	bool whole;

	f->slot = mg_count_slot(c, at);
	f->bytes = (int64_t)line->size_bytes;
	f->n_recipients = count_recipients(line, &whole);
	if (!whole)
		f->flags |= MG_FLIGHT_TRACKED;
	/* Of messages to a few nobody asks whether they are alike. */
	if (line->subject.len && (!whole || f->n_recipients >= MG_LARGE_MIN))
		f->topic = topic_of(c, line->subject);
	if (!line->has_recipients) /* their lines came before this one */
		f->n_recipients = early.n_deliveries;
	mg_count_attribute(c, f, line, at);
	mg_count_charge(c, f, 1);
	if (f->state == MG_FLIGHT_INBOUND && line->message_id.len)
		mg_flights_set_message_id(&c->flights, e,
					  mg_hash(&c->key, line->message_id));
	if (!mg_slice_is(line->sender, MG_LIT("<>")))
		mg_count_sender(c, f, line->sender);
	if (early.origin != MG_ACCOUNT_NONE &&
	    may_identify(c, f, c->origins.items[early.origin].account))
		identify(c, e, early.origin);
	if (early.n_deliveries && f->state == MG_FLIGHT_CHARGED)
		mg_tally_add(&c->by_origin, f->origin, early.slot, MG_DELIVERED,
			     early.n_deliveries);
}

static uint32_t identified_origin(struct mg_counter *c,
				  const struct mg_exim_line *line,
				  uint32_t account)
{
	char name[MG_DOMAIN_MAX];
	const size_t len = mg_domain_canonical(line->domain, name);
	uint32_t domain = mg_accounts_domain(c->accounts,
					     mg_slice_of(name, len));

	if (domain == MG_ACCOUNT_NONE ||
	    c->accounts->domains[domain].account != account)
		domain = c->accounts->accounts[account].main_domain;
	return mg_count_origin(c, MG_ORIGIN_USER, line->user, domain, account);
}

/*
 * "Sender identification U=user D=domain": cPanel's Exim looked the caller up
 * in its own tables. It may come before or after the arrival line.
 */
void mg_count_identification(struct mg_counter *c,
			     const struct mg_exim_line *line, int64_t at)
{
	struct mg_flight_entry *e = mg_flights_find(&c->flights, line->id);
	const uint32_t account = mg_count_user(c, line->user, NULL);

	/* "-system-", "-remote-" and users that are no accounts name nobody. */
	if (line->is_odd || account == MG_ACCOUNT_NONE)
		return;
	if (!e) {
		e = mg_count_new_flight(c, NULL, line->id, at);
		e->flight.state = MG_FLIGHT_PENDING;
		e->flight.slot = mg_count_slot(c, at);
	}
	if (e->flight.state == MG_FLIGHT_PENDING) {
		e->flight.origin = identified_origin(c, line, account);
		mg_flights_touch(&c->flights, e);
	} else if (may_identify(c, &e->flight, account)) {
		identify(c, e, identified_origin(c, line, account));
	}
}

/*
 * The text of a line was too long for Exim to write. Where nothing is known of
 * the message it was the line of its arrival: who sent it is lost, that it was
 * sent is not, and its recipients are known by their deliveries.
 */
void mg_count_overflowed(struct mg_counter *c, const struct mg_exim_line *line,
			 int64_t at)
{
	struct mg_flight_entry *e = mg_flights_find(&c->flights, line->id);

	if (e && e->flight.state != MG_FLIGHT_PENDING)
		return;
	e = mg_count_new_flight(c, e, line->id, at);
	e->flight.slot = mg_count_slot(c, at);
	e->flight.state = MG_FLIGHT_CHARGED;
	e->flight.flags = MG_FLIGHT_TRACKED;
	e->flight.origin = mg_count_unknown(c, MG_BECAUSE_ODD_LINE);
	mg_count_charge(c, &e->flight, 1);
}

/* 4.98: the spool could not be written after all, the client was told so. */
void mg_count_rescinded(struct mg_counter *c, const struct mg_exim_line *line)
{
	struct mg_flight_entry *e = mg_flights_find(&c->flights, line->id);

	if (!e)
		return;
	mg_count_charge(c, &e->flight, -1);
	mg_flights_drop(&c->flights, e);
}
