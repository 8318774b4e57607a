/* SPDX-License-Identifier: MIT */
/*
 * A new state is made at once, an old one by steps: both come to one schema.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../../lib/store/store_schema_priv.h"

/* How SQLite keeps a statement depends on how it came to be: a table that was
   renamed has its name in quotes. */
static void squeeze(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (!isspace((unsigned char)*text) && *text != '"')
			*to++ = *text;
	*to = '\0';
}

static sqlite3_stmt *objects_of(sqlite3 *db)
{
	sqlite3_stmt *st = NULL;

	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT type, name, tbl_name, "
					    "ifnull(sql, '') FROM "
					    "sqlite_schema ORDER BY 1, 2",
					    -1, &st, NULL),
			 SQLITE_OK);
	return st;
}

static void assert_same_text(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
	char *x = sqlite3_mprintf("%s", sqlite3_column_text(a, column));
	char *y = sqlite3_mprintf("%s", sqlite3_column_text(b, column));

	squeeze(x);
	squeeze(y);
	assert_string_equal(x, y);
	sqlite3_free(x);
	sqlite3_free(y);
}

static sqlite3 *fresh(void)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	return db;
}

static void run_sql(sqlite3 *db, const char *sql)
{
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void test_at_once_as_by_steps(void **state)
{
	sqlite3 *by_steps = fresh(), *at_once = fresh();
	sqlite3_stmt *a, *b;
	int n = 0;

	(void)state;
	for (int i = 0; i < MG_STORE_SCHEMA; i++)
		run_sql(by_steps, mg_store_steps[i]);
	for (int i = 0; i < MG_STORE_SCHEMA_PARTS; i++)
		run_sql(at_once, mg_store_schema[i]);
	a = objects_of(by_steps);
	b = objects_of(at_once);
	for (; sqlite3_step(a) == SQLITE_ROW; n++) {
		assert_int_equal(sqlite3_step(b), SQLITE_ROW);
		for (int column = 0; column < 4; column++)
			assert_same_text(a, b, column);
	}
	assert_int_equal(sqlite3_step(b), SQLITE_DONE);
	assert_true(n > MG_STORE_SCHEMA);
	(void)sqlite3_finalize(a);
	(void)sqlite3_finalize(b);
	(void)sqlite3_close(by_steps);
	(void)sqlite3_close(at_once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once_as_by_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
