/* SPDX-License-Identifier: MIT */
/*
 * Checks by address. Distinct mailboxes are no sum, so SQLite counts them.
 */
#include "rollup_priv.h"

#include "mailguard/buf.h"

/* Where a failed login has no origin, none is found of whom it is about. */
static void add_about(const struct mg_report_query *query, struct mg_buf *sql)
{
	if (query->about_name.len == 0)
		return;
	if (query->about == MG_BY_IP) {
		mg_rollup_add_about(query, sql);
		return;
	}
	mg_buf_add_str(sql, " AND origin IN (SELECT id FROM origin WHERE 1");
	mg_rollup_add_about(query, sql);
	mg_buf_add_char(sql, ')');
}

#define CHECKS "sum(imap) + sum(pop3)"
#define USUAL CHECKS " DESC, 5 DESC, 6 DESC, 2"

static const char *order_of(const struct mg_report_query *query)
{
	static const char *const by_count[] = {
		[MG_CHECK_IMAP] = "3 DESC, " USUAL,
		[MG_CHECK_POP3] = "4 DESC, " USUAL,
		[MG_CHECK_FAILED_LOGINS] = "5 DESC, " USUAL,
		[MG_CHECK_FAILED_SESSIONS] = "6 DESC, " USUAL,
		[MG_SORT_CHECKS] = USUAL,
		[MG_SORT_MAILBOXES] = "7 DESC, " USUAL,
	};

	if (query->sort == MG_SORT_NAME)
		return "2";
	return query->sort == MG_SORT_COUNT ? by_count[query->sort_count]
					    : USUAL;
}

/* Columns: hour, address, counts, logins, first and last hour. */
static void build(const struct mg_report_query *query, struct mg_buf *sql)
{
	mg_buf_add_fmt(sql,
		       "SELECT %s, ip, sum(imap), sum(pop3),"
		       " sum(failed_logins), sum(failed_sessions),"
		       " count(DISTINCT nullif(login, 0)), min(hour), max(hour)"
		       " FROM checks WHERE hour >= ?1 AND hour < ?2",
		       query->hours ? "hour" : "0");
	add_about(query, sql);
	mg_buf_add_fmt(sql, " GROUP BY 1, 2 ORDER BY 1, %s", order_of(query));
}

/* The address of too many is nobody's, and has no text. */
static void read_row(sqlite3_stmt *st, struct mg_report_row *row,
		     char text[MG_IP_TEXT_MAX])
{
	const struct mg_slice blob = mg_store_column_slice(st, 1);
	struct mg_ip ip = { { 0 } };

	if (blob.len == sizeof(ip.bytes))
		memcpy(ip.bytes, blob.ptr, sizeof(ip.bytes));
	*row = (struct mg_report_row){ .hour = sqlite3_column_int64(st, 0) };
	if (!mg_ip_is_nobody(&ip)) {
		mg_ip_format(&ip, text);
		row->name = mg_slice_str(text);
	}
	for (int i = 0; i < MG_CHECK_COUNTS; i++)
		row->checks[i] = sqlite3_column_int64(st, 2 + i);
	row->n_mailboxes = sqlite3_column_int64(st, 2 + MG_CHECK_COUNTS);
}

static void widen(struct mg_rollup_totals *totals, sqlite3_stmt *st)
{
	const int64_t first = sqlite3_column_int64(st, 3 + MG_CHECK_COUNTS);
	const int64_t last = sqlite3_column_int64(st, 4 + MG_CHECK_COUNTS);

	if (totals->first > first)
		totals->first = first;
	if (totals->last < last)
		totals->last = last;
}

static void add_row(struct mg_report_row *to, const struct mg_report_row *row)
{
	for (int i = 0; i < MG_CHECK_COUNTS; i++)
		to->checks[i] += row->checks[i];
	to->n_mailboxes += row->n_mailboxes;
}

int mg_rollup_checks(struct mg_rollup *r, mg_report_fn fn, void *arg,
		     struct mg_err *err)
{
	struct mg_report_row row = { .hour = INT64_MIN };
	uint64_t n_shown = 0; /* of the hour */
	char ip[MG_IP_TEXT_MAX];
	struct mg_buf sql;
	sqlite3_stmt *st;
	int64_t hour;
	int rc;

	mg_buf_init(&sql, MG_ROLLUP_SQL_MAX);
	build(&r->query, &sql);
	st = mg_rollup_prepare(r, &sql, err);
	mg_buf_release(&sql);
	if (!st)
		return -MG_EIO;
	while ((rc = mg_store_step(r->store, st, err)) == 1) {
		hour = row.hour;
		read_row(st, &row, ip);
		widen(&r->totals, st);
		add_row(&r->totals.all, &row);
		n_shown = row.hour == hour ? n_shown + 1 : 1;
		if (r->query.top && n_shown > r->query.top) {
			add_row(&r->totals.left, &row);
			r->totals.n_left++;
			continue;
		}
		r->totals.n_rows++;
		rc = fn(arg, &row);
		if (rc)
			break;
	}
	(void)sqlite3_finalize(st);
	return rc;
}

int mg_rollup_checks_course(struct mg_rollup *r, mg_course_fn fn, void *arg,
			    struct mg_err *err)
{
	struct mg_buf sql;
	sqlite3_stmt *st;
	int rc;

	mg_buf_init(&sql, MG_ROLLUP_SQL_MAX);
	mg_buf_add_str(&sql, "SELECT hour, " CHECKS ", sum(failed_logins)"
			     " FROM checks WHERE hour >= ?1 AND hour < ?2");
	add_about(&r->query, &sql);
	mg_buf_add_str(&sql, " GROUP BY 1 ORDER BY 1");
	st = mg_rollup_prepare(r, &sql, err);
	mg_buf_release(&sql);
	if (!st)
		return -MG_EIO;
	while ((rc = mg_store_step(r->store, st, err)) == 1) {
		rc = fn(arg, sqlite3_column_int64(st, 0), MG_ROLLUP_REST,
			sqlite3_column_int64(st, 1),
			sqlite3_column_int64(st, 2));
		if (rc)
			break;
	}
	(void)sqlite3_finalize(st);
	return rc;
}
