/* SPDX-License-Identifier: MIT */
#include "mailguard/rollup.h"

#include "rollup_priv.h"

#include <assert.h>
#include <stdlib.h>

#include "mailguard/buf.h"
#include "mailguard/vec.h"

/* Columns of the tables of facts. */
static const char *const count_names[MG_COUNTS] = {
	[MG_MESSAGES] = "messages",
	[MG_RECIPIENTS] = "recipients",
	[MG_DELIVERED] = "delivered",
	[MG_DEFERRED] = "deferred",
	[MG_FAILED] = "failed",
	[MG_UNKNOWN_RECIPIENTS] = "unknown_recipients",
	[MG_FORWARDED] = "forwarded",
	[MG_BYTES] = "bytes",
};

sqlite3_stmt *mg_rollup_prepare(struct mg_rollup *r, const struct mg_buf *sql,
				struct mg_err *err)
{
	const struct mg_report_query *q = &r->query;
	sqlite3_stmt *st = NULL;
	struct mg_ip ip;

	if (mg_buf_check(sql, "a question to the state", err) < 0)
		return NULL;
	if (sqlite3_prepare_v2(r->store->db, sql->ptr, -1, &st, NULL) !=
	    SQLITE_OK) {
		(void)mg_store_fail(r->store, "read", err);
		return NULL;
	}
	(void)sqlite3_bind_int64(st, 1, q->since);
	(void)sqlite3_bind_int64(st, 2, q->until);
	if (q->about != MG_BY_IP)
		mg_store_bind_slice(st, 3, q->about_name);
	else if (mg_ip_parse(q->about_name, &ip))
		(void)sqlite3_bind_blob(st, 3, ip.bytes, sizeof(ip.bytes),
					SQLITE_TRANSIENT);
	return st;
}

/* One moment for all statements; a savepoint, as we may be inside of one. */
static int hold_snapshot(struct mg_rollup *r, struct mg_err *err)
{
	if (sqlite3_exec(r->store->db, "SAVEPOINT rollup", NULL, NULL, NULL) !=
	    SQLITE_OK)
		return mg_store_fail(r->store, "read", err);
	r->has_snapshot = true;
	return 0;
}

int mg_rollup_open(struct mg_store *s, const struct mg_report_query *query,
		   struct mg_rollup **r, struct mg_err *err)
{
	int rc;

	*r = mg_mem_zalloc(1, sizeof(**r));
	(*r)->store = s;
	(*r)->query = *query;
	(*r)->totals = (struct mg_rollup_totals){ .first = INT64_MAX,
						  .last = INT64_MIN };
	rc = hold_snapshot(*r, err);
	if (rc == 0 && query->by != MG_BY_IP)
		rc = mg_rollup_load(*r, err);
	return rc;
}

void mg_rollup_close(struct mg_rollup *r)
{
	if (!r)
		return;
	if (r->has_snapshot) /* it was only read */
		(void)sqlite3_exec(r->store->db, "RELEASE rollup", NULL, NULL,
				   NULL);
	mg_mem_free(r->numbers);
	mg_mem_free(r->origins);
	mg_mem_free(r->groups);
	mg_mem_free(r->touched);
	mg_arena_release(&r->names);
	mg_mem_free(r);
}

const struct mg_rollup_totals *mg_rollup_totals(const struct mg_rollup *r)
{
	return &r->totals;
}

static bool has_periods(const struct mg_rollup *r)
{
	return r->query.hours || r->query.slots;
}

/* ---- facts in, rows out */

/* The table of facts: its time, its origin. */
static const char *source_of(const struct mg_report_query *query)
{
	if (query->slots)
		return "(SELECT at AS hour, * FROM slot)";
	return query->by == MG_BY_SENDER_DOMAIN
		       ? "(SELECT *, sender AS origin, 0 AS delivered,"
			 " 0 AS deferred, 0 AS failed, 0 AS unknown_recipients,"
			 " 0 AS forwarded FROM sender_fact)"
		       : "fact";
}

static sqlite3_stmt *each_fact(struct mg_rollup *r, const char *counts,
			       struct mg_err *err)
{
	struct mg_buf sql;
	sqlite3_stmt *st;

	mg_buf_init(&sql, MG_ROLLUP_SQL_MAX);
	mg_buf_add_fmt(&sql,
		       "SELECT hour, origin, %s FROM %s"
		       " WHERE hour >= ?1 AND hour < ?2 ORDER BY hour",
		       counts, source_of(&r->query));
	st = mg_rollup_prepare(r, &sql, err);
	mg_buf_release(&sql);
	return st;
}

/* Whose fact it is; NULL for one that the query is not about. */
static struct mg_rollup_origin *origin_of(struct mg_rollup *r, sqlite3_stmt *st)
{
	const int64_t id = sqlite3_column_int64(st, 1);
	uint32_t number = MG_ROLLUP_REST;

	if (id >= 0 && (uint64_t)id < r->n_numbers)
		number = r->numbers[id];
	return number == MG_ROLLUP_REST ? NULL : &r->origins[number];
}

static void touch(struct mg_rollup *r, struct mg_rollup_group *g)
{
	g->at = r->at;
	g->counts = (struct mg_counts){ .n = { 0 } };
	g->main = MG_ROLLUP_REST;
	g->main_recipients = 0;
	r->touched = mg_vec_room(r->touched, r->n_touched, &r->cap_touched,
				 sizeof(*r->touched));
	r->touched[r->n_touched++] = (uint32_t)(g - r->groups);
}

static void add_counts(struct mg_counts *to, const struct mg_counts *counts)
{
	for (int i = 0; i < MG_COUNTS; i++)
		to->n[i] += counts->n[i];
}

static void add_fact(struct mg_rollup *r, struct mg_rollup_origin *origin,
		     const struct mg_counts *counts)
{
	struct mg_rollup_group *g = &r->groups[origin->group];

	if (g->at != r->at)
		touch(r, g);
	if (origin->at != r->at)
		origin->recipients = 0;
	origin->at = r->at;
	origin->recipients += counts->n[MG_RECIPIENTS];
	/* It only grows, so that the largest one is seen when it is it. */
	if (origin->recipients > g->main_recipients) {
		g->main_recipients = origin->recipients;
		g->main = (uint32_t)(origin - r->origins);
	}
	add_counts(&g->counts, counts);
	add_counts(&r->totals.all.counts, counts);
}

/* What rows are sorted by: falling, the group's number rising. */
struct rank {
	int64_t keys[3];
	uint32_t group;
};

static int compare(const void *left, const void *right)
{
	const struct rank *a = left, *b = right;

	for (size_t i = 0; i < sizeof(a->keys) / sizeof(*a->keys); i++)
		if (a->keys[i] != b->keys[i])
			return a->keys[i] > b->keys[i] ? -1 : 1;
	return a->group < b->group ? -1 : a->group > b->group;
}

static struct rank rank_of(const struct mg_rollup *r, uint32_t number)
{
	const struct mg_report_query *q = &r->query;
	const int64_t *n = r->groups[number].counts.n;
	struct rank rank = { .group = number };

	/* Groups are numbered in the order of texts. */
	if (q->sort == MG_SORT_USUAL || q->sort == MG_SORT_COUNT) {
		rank.keys[0] = q->sort == MG_SORT_COUNT ? n[q->sort_count] : 0;
		rank.keys[1] = n[MG_RECIPIENTS];
		rank.keys[2] = n[MG_MESSAGES];
	}
	return rank;
}

static int show(struct mg_rollup *r, struct mg_rollup_group *g, mg_report_fn fn,
		void *arg)
{
	struct mg_report_row row = {
		.hour = r->at,
		.name = g->name,
		.domain = g->domain,
		.account = g->account,
		.owner = g->owner,
		.is_weak = g->is_weak,
		.counts = g->counts,
	};

	if (g->main != MG_ROLLUP_REST) {
		row.main_kind = r->origins[g->main].kind;
		row.main_name = r->origins[g->main].name;
	}
	g->row = (uint32_t)r->totals.n_rows++;
	return fn(arg, &row);
}

/* The rows of the hour that is complete. */
static int flush(struct mg_rollup *r, mg_report_fn fn, void *arg)
{
	const size_t n = r->n_touched;
	const size_t n_shown = r->query.top && n > r->query.top ? r->query.top
								: n;
	struct rank *ranks;
	int rc = 0;

	if (n == 0)
		return 0;
	ranks = mg_mem_zalloc(n, sizeof(*ranks));
	for (size_t i = 0; i < n; i++)
		ranks[i] = rank_of(r, r->touched[i]);
	qsort(ranks, n, sizeof(*ranks), compare);
	for (size_t i = 0; rc == 0 && i < n_shown; i++)
		rc = show(r, &r->groups[ranks[i].group], fn, arg);
	for (size_t i = n_shown; i < n; i++)
		add_counts(&r->totals.left.counts,
			   &r->groups[ranks[i].group].counts);
	mg_mem_free(ranks);
	r->totals.n_left += n - n_shown;
	r->n_touched = 0;
	return rc;
}

static int take_fact(struct mg_rollup *r, sqlite3_stmt *st, mg_report_fn fn,
		     void *arg)
{
	const int64_t hour = sqlite3_column_int64(st, 0);
	struct mg_rollup_origin *origin = origin_of(r, st);
	struct mg_counts counts;
	int rc = 0;

	if (!origin)
		return 0;
	if (has_periods(r) && hour != r->at) {
		rc = flush(r, fn, arg);
		r->at = hour;
	}
	if (r->totals.first > hour)
		r->totals.first = hour;
	r->totals.last = hour; /* they come by time */
	for (int i = 0; i < MG_COUNTS; i++)
		counts.n[i] = sqlite3_column_int64(st, 2 + i);
	add_fact(r, origin, &counts);
	return rc;
}

int mg_rollup_rows(struct mg_rollup *r, mg_report_fn fn, void *arg,
		   struct mg_err *err)
{
	struct mg_buf counts;
	sqlite3_stmt *st;
	int rc;

	if (r->query.by == MG_BY_IP)
		return mg_rollup_checks(r, fn, arg, err);
	mg_buf_init(&counts, MG_ROLLUP_SQL_MAX);
	for (int i = 0; i < MG_COUNTS; i++)
		mg_buf_add_fmt(&counts, "%s%s", i ? ", " : "", count_names[i]);
	st = each_fact(r, counts.ptr, err);
	mg_buf_release(&counts);
	if (!st)
		return -MG_EIO;
	while ((rc = mg_store_step(r->store, st, err)) == 1) {
		rc = take_fact(r, st, fn, arg);
		if (rc)
			break;
	}
	(void)sqlite3_finalize(st);
	return rc ? rc : flush(r, fn, arg);
}

int mg_rollup_course(struct mg_rollup *r, mg_course_fn fn, void *arg,
		     struct mg_err *err)
{
	sqlite3_stmt *st;
	int rc;

	assert(!has_periods(r));
	if (r->query.by == MG_BY_IP)
		return mg_rollup_checks_course(r, fn, arg, err);
	st = each_fact(r, "recipients, unknown_recipients", err);
	if (!st)
		return -MG_EIO;
	while ((rc = mg_store_step(r->store, st, err)) == 1) {
		const struct mg_rollup_origin *origin = origin_of(r, st);

		if (!origin)
			continue;
		rc = fn(arg, sqlite3_column_int64(st, 0),
			r->groups[origin->group].row,
			sqlite3_column_int64(st, 2),
			sqlite3_column_int64(st, 3));
		if (rc)
			break;
	}
	(void)sqlite3_finalize(st);
	return rc;
}

int mg_store_report(struct mg_store *s, const struct mg_report_query *query,
		    mg_report_fn fn, void *arg, uint64_t *n_left,
		    struct mg_err *err)
{
	struct mg_rollup *r = NULL;
	int rc = mg_rollup_open(s, query, &r, err);

	if (rc == 0)
		rc = mg_rollup_rows(r, fn, arg, err);
	*n_left = r->totals.n_left;
	mg_rollup_close(r);
	return rc;
}
