/* SPDX-License-Identifier: MIT */
#include "mailguard/docket.h"

#include "store_priv.h"

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* Rows are numbers of our own making; the odd constant spreads them. */
static uint64_t hash_of(int64_t row)
{
	return (uint64_t)row * 0x9e3779b97f4a7c15U >> 8;
}

static uint32_t number_of(struct mg_docket *d, int64_t row)
{
	const uint64_t hash = hash_of(row);
	uint32_t i;
	size_t at;

	for (i = mg_map_first(&d->by_row, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&d->by_row, hash, &at))
		if (d->rows[i] == row)
			return i;
	i = (uint32_t)d->n_origins++;
	d->rows = mg_vec_room(d->rows, i, &d->cap_rows, sizeof(*d->rows));
	d->origins = mg_vec_room(d->origins, i, &d->cap_origins,
				 sizeof(*d->origins));
	d->rows[i] = row;
	mg_map_add(&d->by_row, hash, i);
	return i;
}

void mg_docket_add_mail(struct mg_docket *d, const struct mg_store_fact *fact,
			bool is_new)
{
	d->mail = mg_vec_room(d->mail, d->n_mail, &d->cap_mail,
			      sizeof(*d->mail));
	d->mail[d->n_mail++] = (struct mg_docket_mail){
		.origin = number_of(d, fact->row),
		.is_new = is_new,
		.at = fact->at,
		.counts = fact->counts,
	};
}

void mg_docket_add_large(struct mg_docket *d,
			 const struct mg_store_large *large, bool is_new)
{
	d->large = mg_vec_room(d->large, d->n_large, &d->cap_large,
			       sizeof(*d->large));
	d->large[d->n_large++] = (struct mg_docket_large){
		.origin = number_of(d, large->row),
		.is_new = is_new,
		.large = large->large,
	};
}

void mg_docket_add_check(struct mg_docket *d,
			 const struct mg_store_check *check, bool is_new)
{
	if (mg_ip_is_nobody(&check->check.ip))
		return;
	d->checks = mg_vec_room(d->checks, d->n_checks, &d->cap_checks,
				sizeof(*d->checks));
	d->checks[d->n_checks++] = (struct mg_docket_check){
		.origin = check->origin ? number_of(d, check->origin)
					: MG_DOCKET_NOBODY,
		.is_new = is_new,
		.at = check->slot,
		.check = check->check,
	};
}

static int load_checks(struct mg_docket *d, struct mg_store *s, int64_t from,
		       int64_t to, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_EACH_CHECK_SLOT, err);
	int rc;

	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, from);
	(void)sqlite3_bind_int64(st, 2, to);
	while ((rc = mg_store_step(s, st, err)) == 1) {
		struct mg_store_check c = {
			.slot = sqlite3_column_int64(st, 0),
			.check.login = (uint64_t)sqlite3_column_int64(st, 2),
			.origin = sqlite3_column_int64(st, 3),
		};

		if (sqlite3_column_bytes(st, 1) == sizeof(c.check.ip.bytes))
			memcpy(c.check.ip.bytes, sqlite3_column_blob(st, 1),
			       sizeof(c.check.ip.bytes));
		for (int i = 0; i < MG_CHECK_COUNTS; i++)
			c.check.n[i] = sqlite3_column_int64(st, 4 + i);
		mg_docket_add_check(d, &c, false);
	}
	(void)sqlite3_reset(st);
	return rc;
}

static int load_slots(struct mg_docket *d, struct mg_store *s, int64_t from,
		      int64_t to, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_EACH_SLOT, err);
	struct mg_store_fact fact;
	int rc;

	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, from);
	(void)sqlite3_bind_int64(st, 2, to);
	while ((rc = mg_store_step(s, st, err)) == 1) {
		fact.row = sqlite3_column_int64(st, 0);
		fact.at = sqlite3_column_int64(st, 1);
		for (int i = 0; i < MG_COUNTS; i++)
			fact.counts.n[i] = sqlite3_column_int64(st, 2 + i);
		mg_docket_add_mail(d, &fact, false);
	}
	(void)sqlite3_reset(st);
	return rc;
}

static int load_large(struct mg_docket *d, struct mg_store *s, int64_t from,
		      int64_t to, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_EACH_LARGE, err);
	int rc;

	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, from);
	(void)sqlite3_bind_int64(st, 2, to);
	while ((rc = mg_store_step(s, st, err)) == 1) {
		const struct mg_store_large l = {
			.large.at = sqlite3_column_int64(st, 0),
			.row = sqlite3_column_int64(st, 1),
			.large.n_recipients = (uint32_t)sqlite3_column_int64(st,
									     2),
			.large.topic = (uint32_t)sqlite3_column_int64(st, 3),
			.large.n = sqlite3_column_int64(st, 4),
		};

		mg_docket_add_large(d, &l, false);
	}
	(void)sqlite3_reset(st);
	return rc;
}

static int load_origin(struct mg_docket *d, struct mg_store *s, size_t i,
		       struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_GET_ORIGIN_BY_ID, err);
	struct mg_origin *o = &d->origins[i];
	struct mg_slice *const texts[] = { &o->name, &o->domain, &o->account,
					   &o->owner };
	int rc;

	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, d->rows[i]);
	rc = mg_store_step(s, st, err);
	if (rc == 1) {
		o->kind = (enum mg_origin_kind)sqlite3_column_int(st, 0);
		for (int k = 0; k < 4; k++)
			*texts[k] = mg_arena_copy(
				&d->names, mg_store_column_slice(st, k + 1));
	} else if (rc == 0) {
		rc = mg_fail(err, MG_EIO,
			     "the state counts for a row that is "
			     "not there");
	}
	(void)sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}

static int load_last_at(struct mg_docket *d, struct mg_store *s,
			struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_LAST_AT, err);
	int rc;

	if (!st)
		return -MG_EIO;
	rc = mg_store_step(s, st, err);
	d->last_at = rc == 1 && sqlite3_column_type(st, 0) == SQLITE_INTEGER
			     ? sqlite3_column_int64(st, 0)
			     : INT64_MIN;
	(void)sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}

/*
 * The slots from the first to the last that have anything new, and around them
 * those of all windows with one: they begin so long before it, and end as long
 * after it. Empty before anything was added.
 */
struct span {
	int64_t first, last;
};

static const struct span empty = { INT64_MAX, INT64_MIN };

static void widen(struct span *s, int64_t at)
{
	if (at < s->first)
		s->first = at;
	if (at > s->last)
		s->last = at;
}

typedef int (*load_fn)(struct mg_docket *d, struct mg_store *s, int64_t from,
		       int64_t to, struct mg_err *err);

static int load_around(struct mg_docket *d, struct mg_store *s,
		       const struct span *new, int64_t reach_s, load_fn load,
		       struct mg_err *err)
{
	if (new->first > new->last)
		return 0;
	return load(d, s, new->first + MG_SLOT_S - reach_s,
		    new->last - MG_SLOT_S + reach_s, err);
}

int mg_docket_load(struct mg_docket *d, struct mg_store *s, int64_t reach_s,
		   struct mg_err *err)
{
	struct span mail = empty, large = empty, checks = empty;
	int rc = load_last_at(d, s, err);

	for (size_t i = 0; i < d->n_mail; i++)
		widen(&mail, d->mail[i].at);
	for (size_t i = 0; i < d->n_large; i++)
		widen(&large, d->large[i].large.at);
	for (size_t i = 0; i < d->n_checks; i++)
		widen(&checks, d->checks[i].at);
	if (rc == 0)
		rc = load_around(d, s, &mail, reach_s, load_slots, err);
	if (rc == 0)
		rc = load_around(d, s, &large, reach_s, load_large, err);
	if (rc == 0)
		rc = load_around(d, s, &checks, reach_s, load_checks, err);
	for (size_t i = 0; rc == 0 && i < d->n_origins; i++)
		rc = load_origin(d, s, i, err);
	return rc;
}

static int keep_check(const struct mg_docket *d,
		      const struct mg_docket_check *c, struct mg_store *s,
		      int64_t source, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_ADD_CHECK_SLOT, err);

	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, source);
	(void)sqlite3_bind_int64(st, 2, c->at);
	(void)sqlite3_bind_blob(st, 3, c->check.ip.bytes,
				sizeof(c->check.ip.bytes), SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 4, (int64_t)c->check.login);
	if (c->origin != MG_DOCKET_NOBODY)
		(void)sqlite3_bind_int64(st, 5, d->rows[c->origin]);
	for (int i = 0; i < MG_CHECK_COUNTS; i++)
		(void)sqlite3_bind_int64(st, 6 + i, c->check.n[i]);
	return mg_store_run(s, st, err);
}

int mg_docket_keep_checks(const struct mg_docket *d, struct mg_store *s,
			  int64_t source, int64_t from, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_DROP_CHECK_SLOTS, err);
	int rc;

	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, source);
	(void)sqlite3_bind_int64(st, 2, from);
	rc = mg_store_run(s, st, err);
	for (size_t i = 0; rc == 0 && i < d->n_checks; i++)
		if (d->checks[i].is_new && d->checks[i].at >= from)
			rc = keep_check(d, &d->checks[i], s, source, err);
	return rc;
}

void mg_docket_clear(struct mg_docket *d)
{
	d->n_origins = d->n_mail = d->n_large = d->n_checks = 0;
	mg_mem_free(d->plans);
	d->plans = NULL;
	mg_map_clear(&d->by_row);
	mg_arena_release(&d->names);
}

void mg_docket_release(struct mg_docket *d)
{
	mg_mem_free(d->origins);
	mg_mem_free(d->mail);
	mg_mem_free(d->large);
	mg_mem_free(d->checks);
	mg_mem_free(d->plans);
	mg_mem_free(d->rows);
	mg_map_release(&d->by_row);
	mg_arena_release(&d->names);
	*d = (struct mg_docket){ .n_origins = 0 };
}
