/* SPDX-License-Identifier: MIT */
#include "store_priv.h"

int mg_store_fail(const struct mg_store *s, const char *what,
		  struct mg_err *err)
{
	const int code = sqlite3_errcode(s->db);

	if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED)
		return mg_fail(err, MG_EBUSY,
			       "cannot %s the state: another program has it "
			       "open for writing",
			       what);
	return mg_fail(err, MG_EIO, "cannot %s the state: %s", what,
		       sqlite3_errmsg(s->db));
}

sqlite3_stmt *mg_store_statement(struct mg_store *s, enum mg_sql which,
				 struct mg_err *err)
{
	sqlite3_stmt **st = &s->statements[which];

	if (!*st && sqlite3_prepare_v3(s->db, mg_store_sql[which], -1,
				       SQLITE_PREPARE_PERSISTENT, st,
				       NULL) != SQLITE_OK) {
		(void)mg_store_fail(s, "use", err);
		return NULL;
	}
	(void)sqlite3_reset(*st);
	(void)sqlite3_clear_bindings(*st);
	return *st;
}

int mg_store_step(struct mg_store *s, sqlite3_stmt *st, struct mg_err *err)
{
	const int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return mg_store_fail(s, sqlite3_stmt_readonly(st) ? "read" : "write",
			     err);
}

int mg_store_run(struct mg_store *s, sqlite3_stmt *st, struct mg_err *err)
{
	const int rc = mg_store_step(s, st, err);

	(void)sqlite3_reset(st); /* what it returns was told by the step */
	return rc < 0 ? rc : 0;
}

void mg_store_bind_slice(sqlite3_stmt *st, int at, struct mg_slice s)
{
	/* SQLITE_STATIC: the text stands until the statement has run. */
	(void)sqlite3_bind_text64(st, at, s.ptr ? s.ptr : "", s.len,
				  SQLITE_STATIC, SQLITE_UTF8);
}

void mg_store_bind_slice_or_null(sqlite3_stmt *st, int at, struct mg_slice s)
{
	if (s.len)
		mg_store_bind_slice(st, at, s);
	else
		(void)sqlite3_bind_null(st, at);
}

struct mg_slice mg_store_column_slice(sqlite3_stmt *st, int at)
{
	const void *text = sqlite3_column_blob(st, at);
	const int len = sqlite3_column_bytes(st, at);

	return mg_slice_of(text, len > 0 ? (size_t)len : 0);
}

static int run_sql(struct mg_store *s, enum mg_sql which, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, which, err);

	return st ? mg_store_run(s, st, err) : -MG_EIO;
}

int mg_store_begin(struct mg_store *s, struct mg_err *err)
{
	return run_sql(s, MG_SQL_BEGIN, err);
}

int mg_store_commit(struct mg_store *s, struct mg_err *err)
{
	return run_sql(s, MG_SQL_COMMIT, err);
}

void mg_store_rollback(struct mg_store *s)
{
	/* Fails only when SQLite has rolled back already. */
	if (!sqlite3_get_autocommit(s->db))
		(void)run_sql(s, MG_SQL_ROLLBACK, NULL);
}

struct mg_hash_key mg_store_key(const struct mg_store *s)
{
	return s->key;
}

/* A number by its name. Returns 1, 0 where there is none, or -MG_EIO. */
int mg_store_get_number(struct mg_store *s, struct mg_slice name, int64_t *out,
			struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_GET_META, err);
	int rc;

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, name);
	rc = mg_store_step(s, st, err);
	if (rc == 1)
		*out = sqlite3_column_int64(st, 0);
	(void)sqlite3_reset(st);
	return rc;
}

int mg_store_put_number(struct mg_store *s, struct mg_slice name, int64_t n,
			struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_PUT_META, err);

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, name);
	(void)sqlite3_bind_int64(st, 2, n);
	return mg_store_run(s, st, err);
}

int mg_store_hour_offset(struct mg_store *s, int32_t fresh_s, int32_t *out,
			 struct mg_err *err)
{
	int64_t found = fresh_s;
	int rc = mg_store_get_number(s, MG_LIT("hour_offset"), &found, err);

	if (rc == 0)
		rc = mg_store_put_number(s, MG_LIT("hour_offset"), fresh_s,
					 err);
	if (rc < 0)
		return rc;
	*out = (int32_t)found;
	return 0;
}

int mg_store_zone_mark(struct mg_store *s, struct mg_zone_mark *out,
		       struct mg_err *err)
{
	int64_t ahead = 0;
	int rc = mg_store_get_number(s, MG_LIT("zone_at"), &out->at, err);

	if (rc == 1)
		rc = mg_store_get_number(s, MG_LIT("zone_ahead"), &ahead, err);
	out->ahead_s = (int32_t)ahead;
	return rc;
}

int mg_store_set_zone_mark(struct mg_store *s, struct mg_zone_mark mark,
			   struct mg_err *err)
{
	int rc = mg_store_put_number(s, MG_LIT("zone_at"), mark.at, err);

	if (rc == 0)
		rc = mg_store_put_number(s, MG_LIT("zone_ahead"), mark.ahead_s,
					 err);
	return rc;
}
