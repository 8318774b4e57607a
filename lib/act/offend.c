/* SPDX-License-Identifier: MIT */
#include "offend.h"

#include <stdlib.h>
#include <string.h>

#include "mailguard/arena.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define OFFENDED MG_LIT("offended")           /* row decided on */
#define OFFENDED_FROM MG_LIT("offended_from") /* the first sweep that acted */

/* Collected first, since deciding adds rows. */
struct collection {
	struct mg_enforcer *e;
	struct mg_offend_item *items; /* owned */
	size_t n, cap;
	int64_t last_seq;
	struct mg_arena text;
};

static bool is_warning(const struct mg_offend_item *item)
{
	return item->finding.state == MG_FINDING_NEAR ||
	       (!item->clause->is_offence &&
		item->clause->action == MG_ACTION_WARN);
}

static bool is_of_interest(const struct mg_offend_item *item)
{
	return item->finding.waiver.len == 0 && item->finding.account.len > 0 &&
	       (is_warning(item) || item->clause->is_offence);
}

static void copy_texts(struct mg_arena *text, struct mg_offend_item *item)
{
	struct mg_finding *f = &item->finding;
	struct mg_slice *const texts[] = {
		&f->per,   &f->subject,  &f->domain, &f->account,
		&f->owner, &f->main_per, &f->main,   &item->sentence,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		*texts[i] = mg_arena_copy(text, *texts[i]);
}

static int collect(void *arg, const struct mg_ledger_row *row)
{
	struct collection *c = arg;
	struct mg_offend_item item = { .finding = row->finding,
				       .sentence = row->clause.sentence };

	c->last_seq = row->seq;
	if (row->kind != MG_LEDGER_FINDING ||
	    row->finding.state == MG_FINDING_WITHDRAWN)
		return 0;
	item.clause = mg_enforce_clause(c->e, &row->clause, &item.policy);
	if (!item.clause || !is_of_interest(&item))
		return 0;
	copy_texts(&c->text, &item);
	c->items = mg_vec_room(c->items, c->n, &c->cap, sizeof(*c->items));
	c->items[c->n++] = item;
	return 0;
}

/* One sweep of a day's log decides in the order in which seven would have. */
static int by_time(const void *a, const void *b)
{
	const struct mg_finding *x =
		&((const struct mg_offend_item *)a)->finding;
	const struct mg_finding *y =
		&((const struct mg_offend_item *)b)->finding;

	if (x->until != y->until)
		return x->until < y->until ? -1 : 1;
	return strcmp(x->id, y->id);
}

static bool is_fresh(const struct mg_enforcer *e, const struct mg_finding *f)
{
	return f->until + e->settings->enforce.age >= e->now;
}

static int decide_one(struct mg_offender *o, const struct mg_offend_item *item)
{
	struct mg_offend_case at;
	struct mg_finding now;
	bool is_out = false;
	int rc = mg_ledger_last_finding(o->e->store, item->finding.id, &now,
					o->err);

	if (rc < 0 || now.state != item->finding.state)
		return rc < 0 ? rc : 0;
	rc = mg_offend_is_exempt(o, item, &is_out);
	if (rc < 0 || is_out)
		return rc;
	if (is_warning(item))
		return is_fresh(o->e, &item->finding) ? mg_offend_warn(o, item)
						      : 0;
	rc = mg_offences_has_finding(o->e->store,
				     mg_slice_str(item->finding.id), &is_out,
				     o->err);
	if (rc < 0 || is_out)
		return rc;
	rc = mg_offend_record(o, item, &at);
	return rc == 1 ? mg_offend_climb(o, item, &at) : rc;
}

/* What was there before the first sweep that acts is nobody's offence. */
static int read_first(struct mg_offender *o)
{
	struct mg_store *s = o->e->store;
	int rc = mg_store_get_number(s, OFFENDED_FROM, &o->first_at, o->err);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	o->first_at = o->e->now;
	return mg_store_put_number(s, OFFENDED_FROM, o->first_at, o->err);
}

static int decide_all(struct mg_offender *o, const struct collection *c)
{
	struct mg_enforcer *e = o->e;
	int rc = read_first(o);

	if (rc == 0)
		rc = mg_store_hour_offset(e->store, 0, &o->hour_offset_s,
					  o->err);
	if (rc == 0)
		rc = mg_breaker_read(&o->breaker, e->store, e->settings, e->now,
				     o->err);
	for (size_t i = 0; rc == 0 && i < c->n; i++)
		rc = decide_one(o, &c->items[i]);
	e->is_open = o->breaker.is_open;
	if (rc == 0)
		rc = mg_store_put_number(e->store, OFFENDED, c->last_seq,
					 o->err);
	return rc;
}

static int decide(struct mg_offender *o, const struct collection *c)
{
	struct mg_enforcer *e = o->e;
	int rc;

	if (c->n) {
		o->accounts = e->accounts(e->arg);
		if (!o->accounts)
			return mg_fail(o->err, MG_ECONF,
				       "the account tables cannot be read, so "
				       "nothing is suspended");
	}
	rc = mg_store_begin(e->store, o->err);
	if (rc == 0)
		rc = decide_all(o, c);
	if (rc == 0)
		rc = mg_store_commit(e->store, o->err);
	if (rc < 0)
		mg_store_rollback(e->store);
	mg_breaker_release(&o->breaker);
	return rc;
}

/* In the order of time. Returns 0 or -MG_EIO. */
static int collect_all(struct collection *c, struct mg_err *err)
{
	int rc = mg_store_get_number(c->e->store, OFFENDED, &c->last_seq, err);

	if (rc >= 0)
		rc = mg_ledger_each_after(c->e->store, c->last_seq, collect, c,
					  err);
	if (rc == 0 && c->n)
		qsort(c->items, c->n, sizeof(*c->items), by_time);
	return rc;
}

static void release(struct collection *c)
{
	mg_mem_free(c->items);
	mg_arena_release(&c->text);
}

int mg_enforce_offend(struct mg_enforcer *e, struct mg_err *err)
{
	struct mg_offender o = { .e = e, .err = err };
	struct collection c = { .e = e };
	int rc = collect_all(&c, err);

	if (rc == 0)
		rc = decide(&o, &c);
	release(&c);
	return rc;
}

/* --- as if --- */

/* As the sweep would have that found it. */
static int rehearse_one(struct mg_offender *o,
			const struct mg_offend_item *item)
{
	int rc;

	if (is_warning(item))
		return 0;
	o->e->now = item->finding.until;
	mg_breaker_release(&o->breaker);
	rc = mg_breaker_read(&o->breaker, o->e->store, o->e->settings,
			     o->e->now, o->err);
	return rc < 0 ? rc : decide_one(o, item);
}

static int rehearse_all(struct mg_offender *o, const struct collection *c)
{
	struct mg_store *s = o->e->store;
	int rc = mg_store_begin(s, o->err);

	if (rc == 0)
		rc = mg_store_hour_offset(s, 0, &o->hour_offset_s, o->err);
	for (size_t i = 0; rc == 0 && i < c->n; i++)
		rc = rehearse_one(o, &c->items[i]);
	if (rc == 0)
		rc = mg_store_commit(s, o->err);
	if (rc < 0)
		mg_store_rollback(s);
	mg_breaker_release(&o->breaker);
	return rc;
}

int mg_enforce_rehearse(struct mg_enforcer *e, struct mg_err *err)
{
	struct mg_offender o = { .e = e, .first_at = INT64_MIN, .err = err };
	struct collection c = { .e = e };
	int rc = collect_all(&c, err);

	if (rc == 0 && c.n) {
		o.accounts = e->accounts(e->arg);
		rc = o.accounts ? rehearse_all(&o, &c)
				: mg_fail(err, MG_ECONF,
					  "the account tables cannot be read, "
					  "so nobody has offences");
	}
	release(&c);
	return rc;
}
