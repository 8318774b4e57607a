/* SPDX-License-Identifier: MIT */
/*
 * What nobody understood: shapes of lines, and the mark of the last sweep.
 */
#include "store_priv.h"

/* Returns 1 where there was room, 0 where not, or a negative code. */
static int add_shape(struct mg_store *s, int64_t source, int why,
		     struct mg_slice shape, int64_t n, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_ADD_SHAPE, err);
	int rc;

	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, source);
	(void)sqlite3_bind_int(st, 2, why);
	mg_store_bind_slice(st, 3, shape);
	(void)sqlite3_bind_int64(st, 4, n);
	(void)sqlite3_bind_int64(st, 5, MG_SHAPE_ROWS_MAX);
	rc = mg_store_run(s, st, err);
	return rc < 0 ? rc : sqlite3_changes(s->db) > 0;
}

int mg_store_add_shape(struct mg_store *s, int64_t source, int why,
		       struct mg_slice shape, int64_t n, struct mg_err *err)
{
	int rc = add_shape(s, source, why, shape, n, err);

	if (rc == 0)
		rc = add_shape(s, source, why, MG_LIT(""), n, err);
	return rc < 0 ? rc : 0;
}

int mg_store_put_drift(struct mg_store *s, int64_t source,
		       const struct mg_drift *drift, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_PUT_DRIFT, err);

	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, source);
	(void)sqlite3_bind_int64(st, 2, drift->at);
	(void)sqlite3_bind_int64(st, 3, (int64_t)drift->n_lines);
	(void)sqlite3_bind_int64(st, 4, (int64_t)drift->n_unknown);
	(void)sqlite3_bind_int64(st, 5, (int64_t)drift->n_odd);
	(void)sqlite3_bind_int(st, 6, drift->is_alarm);
	if (drift->is_alarm)
		(void)sqlite3_bind_int64(st, 7, drift->at);
	return mg_store_run(s, st, err);
}

int mg_store_drift(struct mg_store *s, int64_t source, struct mg_drift *out,
		   struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_GET_DRIFT, err);
	int rc;

	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, source);
	rc = mg_store_step(s, st, err);
	*out = (struct mg_drift){ .alarm_at = INT64_MIN };
	if (rc == 1) {
		out->at = sqlite3_column_int64(st, 0);
		out->n_lines = (uint64_t)sqlite3_column_int64(st, 1);
		out->n_unknown = (uint64_t)sqlite3_column_int64(st, 2);
		out->n_odd = (uint64_t)sqlite3_column_int64(st, 3);
		out->is_alarm = sqlite3_column_int(st, 4) != 0;
		if (sqlite3_column_type(st, 5) != SQLITE_NULL)
			out->alarm_at = sqlite3_column_int64(st, 5);
	}
	(void)sqlite3_reset(st);
	return rc;
}
