/* SPDX-License-Identifier: MIT */
/*
 * What is kept for a time only, and taken away.
 */
#include "store_priv.h"

int mg_store_forget_hours(struct mg_store *s, int64_t now, int64_t keep_s,
			  int64_t at_once, struct mg_err *err)
{
	static const enum mg_sql tables[] = {
		MG_SQL_FORGET_FACTS,
		MG_SQL_FORGET_SENDER_FACTS,
		MG_SQL_FORGET_CHECKS,
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(tables) / sizeof(*tables);
	     i++) {
		sqlite3_stmt *st = mg_store_statement(s, tables[i], err);

		if (!st)
			return -MG_EIO;
		(void)sqlite3_bind_int64(st, 1, now);
		(void)sqlite3_bind_int64(st, 2, keep_s);
		(void)sqlite3_bind_int64(st, 3, at_once);
		rc = mg_store_run(s, st, err);
	}
	return rc;
}
