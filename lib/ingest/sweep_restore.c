/* SPDX-License-Identifier: MIT */
#include "sweep_priv.h"

/* Clocks of log writers that are ahead of ours: zones that were set wrong. */
#define LATEST_AHEAD_S 86400

/* The state at the start, for the child and for the boundary. */
struct restoring {
	struct mg_sweep *sweep;
	struct mg_counter *counter;
	struct mg_admit *admit;
};

/* Whether an origin still belongs to whom it belonged to then. */
static bool is_current(const struct mg_accounts *t, const struct mg_origin *o,
		       struct mg_subject *out)
{
	out->domain = out->account = MG_ACCOUNT_NONE;
	if (o->account.len == 0)
		return true;
	out->domain = mg_accounts_domain(t, o->domain);
	out->account = mg_accounts_user(t, o->account);
	return out->domain != MG_ACCOUNT_NONE &&
	       out->account != MG_ACCOUNT_NONE &&
	       t->domains[out->domain].account == out->account &&
	       mg_slice_is(t->accounts[out->account].owner, o->owner);
}

/*
 * The number of an origin in flight. One that changed hands since gets a
 * number that no new message can get: what is in flight stays charged to whom
 * it was charged, and what comes now is not.
 */
static uint32_t restore_origin(struct restoring *r,
			       const struct mg_flight_row *row)
{
	struct mg_subject subject = { .kind = row->origin.kind,
				      .name = row->origin.name };
	uint32_t number;

	if (!is_current(r->sweep->opts.accounts, &row->origin, &subject)) {
		subject.kind = UINT32_MAX;
		subject.domain = (uint32_t)row->origin_id;
		subject.account = MG_ACCOUNT_NONE - 1; /* somebody's, once */
	}
	number = mg_subjects_number(&r->counter->origins, &subject);
	if (number == r->admit->n_subjects[MG_SPACE_ORIGIN])
		mg_admit_know(r->admit, MG_SPACE_ORIGIN, row->origin_id);
	return number;
}

static int restore_flight(void *arg, const struct mg_flight_row *row)
{
	struct restoring *r = arg;
	struct mg_flight flight = row->flight;

	flight.origin = row->origin_id ? restore_origin(r, row)
				       : MG_ACCOUNT_NONE;
	(void)mg_flights_restore(&r->counter->flights, &flight);
	return 0;
}

static int restore_tracked(void *arg, const char *id, uint64_t hash)
{
	struct restoring *r = arg;
	struct mg_flight_entry *e = mg_flights_find(&r->counter->flights,
						    mg_slice_str(id));

	if (e)
		(void)mg_flights_track(&r->counter->flights, e, hash);
	return 0;
}

static int restore_caller(void *arg, const struct mg_cwd *cwd)
{
	struct restoring *r = arg;

	mg_counter_restore_caller(r->counter, cwd);
	return 0;
}

void mg_sweep_init_counter(const struct mg_sweep *s, struct mg_counter *c)
{
	mg_counter_init(c, s->opts.accounts, s->opts.tz, s->hour_offset_s,
			&s->key);
	c->dialect = s->opts.dialect;
	c->logwrite = s->opts.logwrite;
	c->n_logwrite = s->opts.n_logwrite;
	c->latest = s->opts.now + LATEST_AHEAD_S;
}

int mg_sweep_restore(struct mg_sweep *s, struct mg_counter *c, int64_t bytes,
		     struct mg_admit *admit, struct mg_err *err)
{
	struct restoring r = { s, c, admit };
	int rc;

	mg_sweep_init_counter(s, c);
	mg_counter_set_engine(c, s->opts.engine, bytes);
	c->last_at = s->source.last_at;
	admit->latest = c->latest;
	c->flights.next_seq = s->source.next_seq;
	rc = mg_store_each_flight(s->opts.store, s->source.id, restore_flight,
				  &r, err);
	if (rc == 0)
		rc = mg_store_each_tracked(s->opts.store, s->source.id,
					   restore_tracked, &r, err);
	if (rc == 0)
		rc = mg_store_each_cwd(s->opts.store, s->source.id,
				       restore_caller, &r, err);
	/* The store knows all of it. */
	mg_flights_settle(&c->flights);
	c->origins.n_told = c->origins.n_items;
	return rc;
}
