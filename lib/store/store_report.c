/* SPDX-License-Identifier: MIT */
/*
 * Questions of reports: sums over the facts.
 */
#include "store_priv.h"

#include "mailguard/buf.h"

#define SQL_BYTES_MAX 4096

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

const char *mg_count_name(enum mg_count which)
{
	return count_names[which];
}

/*
 * What is grouped by what. A relay's origin is its sender's word alone, so its
 * rows stay apart from those of accounts.
 */
struct view {
	const char *subject; /* name, domain, account, owner, is_weak */
	const char *table;
	const char *from;
	const char *only; /* further condition */
	bool has[MG_COUNTS];
};

#define FACTS "JOIN origin ON origin.id = fact.origin"
#define ALL_COUNTS                                                             \
	{                                                                      \
		true, true, true, true, true, true, true, true                 \
	}

static const struct view views[] = {
	[MG_BY_DOMAIN] = {
		.subject = "NULL, domain, account, NULL, kind = 4",
		.table = "fact",
		.from = FACTS,
		.only = "1",
		.has = ALL_COUNTS,
	},
	[MG_BY_SENDER_DOMAIN] = {
		.subject = "NULL, domain, NULL, NULL, 0",
		.table = "sender_fact",
		.from = "JOIN sender ON sender.id = sender_fact.sender",
		.only = "1",
		.has = { [MG_MESSAGES] = true,
			 [MG_RECIPIENTS] = true,
			 [MG_BYTES] = true },
	},
	[MG_BY_MAILBOX] = {
		.subject = "name, domain, account, NULL, 0",
		.table = "fact",
		.from = FACTS,
		.only = "kind = 1",
		.has = ALL_COUNTS,
	},
	[MG_BY_SCRIPT] = {
		.subject = "name, domain, account, NULL, 0",
		.table = "fact",
		.from = FACTS,
		.only = "kind = 2",
		.has = ALL_COUNTS,
	},
	[MG_BY_ACCOUNT] = {
		.subject = "NULL, NULL, account, owner, kind = 4",
		.table = "fact",
		.from = FACTS,
		.only = "1",
		.has = ALL_COUNTS,
	},
	[MG_BY_OWNER] = {
		.subject = "NULL, NULL, NULL, owner, kind = 4",
		.table = "fact",
		.from = FACTS,
		.only = "1",
		.has = ALL_COUNTS,
	},
};

/* Columns: hour, address, counts, logins. */
static void build_checks(const struct mg_report_query *query,
			 struct mg_buf *sql)
{
	mg_buf_add_fmt(sql,
		       "SELECT %s, ip, sum(imap), sum(pop3),"
		       " sum(failed_logins), sum(failed_sessions),"
		       " count(DISTINCT nullif(login, 0)) FROM checks"
		       " WHERE hour >= ?1 AND hour < ?2 GROUP BY 1, 2"
		       " ORDER BY 1, sum(imap) + sum(pop3) DESC, 5 DESC, 6"
		       " DESC, 2",
		       query->hours ? "hour" : "0");
}

/* Columns: hour, subject (5), counts. */
static void build(const struct mg_report_query *query, struct mg_buf *sql)
{
	const struct view *v = &views[query->by];

	if (query->by == MG_BY_IP) {
		build_checks(query, sql);
		return;
	}
	mg_buf_add_fmt(sql, "SELECT %s, %s",
		       query->hours || query->slots ? "hour" : "0", v->subject);
	for (int i = 0; i < MG_COUNTS; i++)
		mg_buf_add_fmt(sql, ", %s%s%s AS total_%s",
			       v->has[i] ? "sum(" : "",
			       v->has[i] ? count_names[i] : "0",
			       v->has[i] ? ")" : "", count_names[i]);
	mg_buf_add_fmt(sql,
		       " FROM %s %s WHERE hour >= ?1 AND hour < ?2 AND %s"
		       " GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1,"
		       " total_recipients DESC, total_messages DESC,"
		       " 3, 2, 4, 5, 6",
		       query->slots ? "(SELECT at AS hour, * FROM slot) AS fact"
				    : v->table,
		       v->from, v->only);
}

/* The address of too many is nobody's, and has no text. */
static void read_check(sqlite3_stmt *st, struct mg_report_row *row,
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

static void read_row(sqlite3_stmt *st, struct mg_report_row *row)
{
	row->hour = sqlite3_column_int64(st, 0);
	row->name = mg_store_column_slice(st, 1);
	row->domain = mg_store_column_slice(st, 2);
	row->account = mg_store_column_slice(st, 3);
	row->owner = mg_store_column_slice(st, 4);
	row->is_weak = sqlite3_column_int(st, 5) != 0;
	for (int i = 0; i < MG_COUNTS; i++)
		row->counts.n[i] = sqlite3_column_int64(st, 6 + i);
}

int mg_store_report(struct mg_store *s, const struct mg_report_query *query,
		    mg_report_fn fn, void *arg, uint64_t *n_left,
		    struct mg_err *err)
{
	struct mg_report_row row = { .hour = 0 };
	char ip[MG_IP_TEXT_MAX];
	uint32_t n_shown = 0; /* rows of the current hour */
	sqlite3_stmt *st = NULL;
	struct mg_buf sql;
	int64_t hour;
	int rc;

	*n_left = 0;
	mg_buf_init(&sql, SQL_BYTES_MAX);
	build(query, &sql);
	if (sqlite3_prepare_v2(s->db, sql.ptr, -1, &st, NULL) != SQLITE_OK) {
		rc = mg_store_fail(s, "read", err);
		goto out;
	}
	(void)sqlite3_bind_int64(st, 1, query->since);
	(void)sqlite3_bind_int64(st, 2, query->until);
	while ((rc = mg_store_step(s, st, err)) == 1) {
		hour = row.hour;
		if (query->by == MG_BY_IP)
			read_check(st, &row, ip);
		else
			read_row(st, &row);
		if (row.hour != hour)
			n_shown = 0;
		if (query->top && n_shown == query->top) {
			(*n_left)++;
			continue;
		}
		n_shown++;
		rc = fn(arg, &row);
		if (rc)
			break;
	}
out:
	(void)sqlite3_finalize(st);
	mg_buf_release(&sql);
	return rc;
}
