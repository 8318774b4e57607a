/* SPDX-License-Identifier: MIT */
/*
 * store_priv - the handle, and how its statements are kept and run.
 */
#ifndef MG_STORE_PRIV_H
#define MG_STORE_PRIV_H

#include <sqlite3.h>

#include "mailguard/store.h"

/* Statements that run often, prepared once; the texts are in store_sql.c. */
enum mg_sql {
	MG_SQL_BEGIN,
	MG_SQL_COMMIT,
	MG_SQL_ROLLBACK,
	MG_SQL_GET_META,
	MG_SQL_PUT_META,
	MG_SQL_ADD_SOURCE,
	MG_SQL_GET_SOURCE,
	MG_SQL_PUT_SOURCE,
	MG_SQL_EACH_SOURCE,
	MG_SQL_EACH_CHARGE,
	MG_SQL_ADD_ORIGIN,
	MG_SQL_GET_ORIGIN,
	MG_SQL_LAST_ORIGIN,
	MG_SQL_COUNT_ORIGINS,
	MG_SQL_ADD_SENDER,
	MG_SQL_GET_SENDER,
	MG_SQL_ADD_FACT,
	MG_SQL_TAKE_FACT,
	MG_SQL_ADD_SENDER_FACT,
	MG_SQL_HAS_SENDER_FACT,
	MG_SQL_COUNT_SENDERS,
	MG_SQL_ADD_CHECK,
	MG_SQL_HAS_CHECK,
	MG_SQL_COUNT_CHECKS,
	MG_SQL_COUNT_NET_CHECKS,
	MG_SQL_ADD_SLOT,
	MG_SQL_TAKE_SLOT,
	MG_SQL_DROP_SLOTS,
	MG_SQL_ADD_LINES,
	MG_SQL_ADD_SHAPE,
	MG_SQL_PUT_DRIFT,
	MG_SQL_GET_DRIFT,
	MG_SQL_PUT_FLIGHT,
	MG_SQL_DELETE_FLIGHT,
	MG_SQL_DELETE_TRACKED,
	MG_SQL_ADD_TRACKED,
	MG_SQL_CLEAR_CWDS,
	MG_SQL_ADD_CWD,
	MG_SQL_PUT_ENTRY,
	MG_SQL_FORGET_ENTRIES,
	MG_SQL_ADD_CURSOR,
	MG_SQL_PUT_CURSOR,
	MG_SQL_EACH_FLIGHT,
	MG_SQL_EACH_QUEUED,
	MG_SQL_EACH_TRACKED,
	MG_SQL_EACH_CWD,
	MG_SQL_EACH_ENTRY,
	MG_SQL_EACH_CURSOR,
	MG_SQL_EACH_LIVE,
	MG_SQL_FORGET_LOGS,
	MG_SQL_FORGET_FACTS,
	MG_SQL_FORGET_SENDER_FACTS,
	MG_SQL_FORGET_CHECKS,
	MG_SQL_LEDGER_HEAD,
	MG_SQL_ADD_LEDGER,
	MG_SQL_GET_CLAUSE,
	MG_SQL_ADD_CLAUSE,
	MG_SQL_ADD_FINDING,
	MG_SQL_LAST_FINDING,
	MG_SQL_HAS_INTENT,
	MG_SQL_GET_INTENT,
	MG_SQL_ADD_INTENT,
	MG_SQL_ADD_MARK,
	MG_SQL_HAS_MARK,
	MG_SQL_EACH_MARK,
	MG_SQL_FIND_INTENT,
	MG_SQL_WAS_RELEASED,
	MG_SQL_ADD_PANEL_EVENT,
	MG_SQL_ADD_OFFENCE,
	MG_SQL_HAS_OFFENCE,
	MG_SQL_OFFENCES,
	MG_SQL_OFFENCES_OF,
	MG_SQL_ADD_BUNDLE,
	MG_SQL_EACH_BUNDLE,
	MG_SQL_PUT_APPLIED,
	MG_SQL_DROP_APPLIED,
	MG_SQL_DROP_ALL_APPLIED,
	MG_SQL_EACH_APPLIED,
	MG_SQL_EACH_SLOT,
	MG_SQL_ADD_CHECK_SLOT,
	MG_SQL_DROP_CHECK_SLOTS,
	MG_SQL_EACH_CHECK_SLOT,
	MG_SQL_ADD_LARGE,
	MG_SQL_TAKE_LARGE,
	MG_SQL_DELETE_LARGE,
	MG_SQL_DROP_LARGE,
	MG_SQL_HAS_LARGE,
	MG_SQL_COUNT_LARGE,
	MG_SQL_EACH_LARGE,
	MG_SQL_GET_ORIGIN_BY_ID,
	MG_SQL_LAST_AT,
	MG_SQL_STATEMENTS
};

/* Rows in memory, for a statement that reads them FROM batch. */
struct mg_batch {
	const void *rows;
	size_t n, size; /* of a row, bytes */
	/* Hands column 0 to 9 of a row to SQLite. */
	void (*give)(sqlite3_context *to, const void *row, int column);
};

struct mg_store {
	sqlite3 *db;
	sqlite3_stmt *statements[MG_SQL_STATEMENTS]; /* NULL until used */
	enum mg_store_mode mode;
	struct mg_hash_key key;
	struct mg_batch batch; /* what is being added; empty else */
};

extern const char *const mg_store_sql[MG_SQL_STATEMENTS];

/* "cannot WHAT: " and SQLite's words; returns -MG_EIO. */
int mg_store_fail(const struct mg_store *s, const char *what,
		  struct mg_err *err);

/* The statement, prepared and without old values; NULL when that failed. */
sqlite3_stmt *mg_store_statement(struct mg_store *s, enum mg_sql which,
				 struct mg_err *err);

/* Runs a statement that gives no rows. Returns 0 or -MG_EIO. */
int mg_store_run(struct mg_store *s, sqlite3_stmt *st, struct mg_err *err);

/* Steps once. Returns 1 with a row, 0 at the end, or -MG_EIO. */
int mg_store_step(struct mg_store *s, sqlite3_stmt *st, struct mg_err *err);

/* Makes the table batch known to this connection. Returns 0 or -MG_EIO. */
int mg_store_add_batch_table(struct mg_store *s, struct mg_err *err);

/*
 * mg_store_run_batch - run a statement over rows, in parts: other values stay
 * bound. Cheapest where rows come in the order in which the table keeps them.
 * Returns 0 or -MG_EIO, with some of the rows added.
 */
int mg_store_run_batch(struct mg_store *s, sqlite3_stmt *st,
		       const struct mg_batch *batch, struct mg_err *err);

/* Values in; an empty slice is stored as NULL by _or_null. */
void mg_store_bind_slice(sqlite3_stmt *st, int at, struct mg_slice s);
void mg_store_bind_slice_or_null(sqlite3_stmt *st, int at, struct mg_slice s);

/* Values out; the slice stands until the next step. */
struct mg_slice mg_store_column_slice(sqlite3_stmt *st, int at);

#endif
