/* SPDX-License-Identifier: MIT */
/*
 * Messages to many, by slot and origin.
 */
#include "store_priv.h"

static sqlite3_stmt *of_row(struct mg_store *s, enum mg_sql which,
			    int64_t source, const struct mg_store_large *l,
			    struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, which, err);

	if (!st)
		return NULL;
	(void)sqlite3_bind_int64(st, 1, source);
	(void)sqlite3_bind_int64(st, 2, l->large.at);
	(void)sqlite3_bind_int64(st, 3, l->row);
	if (which == MG_SQL_COUNT_LARGE)
		return st;
	(void)sqlite3_bind_int64(st, 4, l->large.n_recipients);
	(void)sqlite3_bind_int64(st, 5, l->large.topic);
	if (which == MG_SQL_ADD_LARGE || which == MG_SQL_TAKE_LARGE)
		(void)sqlite3_bind_int64(st, 6, l->large.n);
	return st;
}

static int run_of_row(struct mg_store *s, enum mg_sql which, int64_t source,
		      const struct mg_store_large *l, struct mg_err *err)
{
	sqlite3_stmt *st = of_row(s, which, source, l, err);

	return st ? mg_store_run(s, st, err) : -MG_EIO;
}

int mg_store_add_large(struct mg_store *s, int64_t source,
		       const struct mg_store_large *large, struct mg_err *err)
{
	int rc;

	if (large->large.n > 0)
		return run_of_row(s, MG_SQL_ADD_LARGE, source, large, err);
	rc = run_of_row(s, MG_SQL_TAKE_LARGE, source, large, err);
	if (rc < 0 || sqlite3_changes(s->db))
		return rc;
	/* Nothing is left of it, or it is not there. */
	return run_of_row(s, MG_SQL_DELETE_LARGE, source, large, err);
}

int mg_store_drop_large(struct mg_store *s, int64_t source, int64_t before,
			struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_DROP_LARGE, err);

	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, source);
	(void)sqlite3_bind_int64(st, 2, before);
	return mg_store_run(s, st, err);
}

int mg_store_has_large(struct mg_store *s, int64_t source,
		       const struct mg_store_large *large, bool *out,
		       struct mg_err *err)
{
	sqlite3_stmt *st = of_row(s, MG_SQL_HAS_LARGE, source, large, err);
	int rc;

	if (!st)
		return -MG_EIO;
	rc = mg_store_step(s, st, err);
	(void)sqlite3_reset(st);
	*out = rc == 1;
	return rc < 0 ? rc : 0;
}

int mg_store_count_large(struct mg_store *s, int64_t source,
			 const struct mg_store_large *large, int64_t *n,
			 struct mg_err *err)
{
	sqlite3_stmt *st = of_row(s, MG_SQL_COUNT_LARGE, source, large, err);
	int rc;

	if (!st)
		return -MG_EIO;
	rc = mg_store_step(s, st, err);
	if (rc == 1)
		*n = sqlite3_column_int64(st, 0);
	(void)sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}
