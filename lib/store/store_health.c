/* SPDX-License-Identifier: MIT */
/*
 * What those ask who watch over sweeps: which sources there are, and how much
 * of what was sent is charged to somebody.
 */
#include "store_priv.h"

int mg_store_each_source(struct mg_store *s, mg_source_fn fn, void *arg,
			 struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_EACH_SOURCE, err);
	int rc;

	if (!st)
		return -MG_EIO;
	while ((rc = mg_store_step(s, st, err)) == 1) {
		const struct mg_source source = {
			.id = sqlite3_column_int64(st, 0),
			.last_at = sqlite3_column_type(st, 2) == SQLITE_NULL
					   ? INT64_MIN
					   : sqlite3_column_int64(st, 2),
		};

		rc = fn(arg, mg_store_column_slice(st, 1), &source);
		if (rc)
			break;
	}
	(void)sqlite3_reset(st);
	return rc;
}

int mg_store_each_charge(struct mg_store *s, int64_t since, mg_charge_fn fn,
			 void *arg, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_EACH_CHARGE, err);
	int rc;

	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, since);
	while ((rc = mg_store_step(s, st, err)) == 1) {
		const struct mg_charge charge = {
			.kind = (unsigned)sqlite3_column_int(st, 0),
			.name = mg_store_column_slice(st, 1),
			.messages = sqlite3_column_int64(st, 2),
		};

		rc = fn(arg, &charge);
		if (rc)
			break;
	}
	(void)sqlite3_reset(st);
	return rc;
}
