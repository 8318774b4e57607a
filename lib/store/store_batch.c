/* SPDX-License-Identifier: MIT */
/*
 * Rows from memory as a table that a statement can read.
 *
 * A statement that is run once a row spends most of its time on being bound,
 * started and reset. One that reads all its rows from here is started once, and
 * adds them twice as fast. The table is made by no schema: whoever opens the
 * state by another program does not see it.
 */
#include "store_priv.h"

#include "mailguard/mem.h"

/*
 * Rows of one run of a statement. What it changes can be taken back alone, for
 * which SQLite keeps the pages as they were: some bytes a row.
 */
#define ROWS_MAX 16384

struct cursor {
	sqlite3_vtab_cursor base;
	size_t at;
};

struct table {
	sqlite3_vtab base;
	const struct mg_batch *batch; /* of the store */
};

static struct cursor *cursor_of(sqlite3_vtab_cursor *base)
{
	return (struct cursor *)(void *)base;
}

static const struct mg_batch *batch_of(const struct cursor *c)
{
	return ((const struct table *)(const void *)c->base.pVtab)->batch;
}

static int connect_table(sqlite3 *db, void *batch, int argc,
			 const char *const *argv, sqlite3_vtab **out,
			 char **error)
{
	static const char columns[] =
		"CREATE TABLE x (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9)";
	struct table *t;
	const int rc = sqlite3_declare_vtab(db, columns);

	(void)argc;
	(void)argv;
	(void)error;
	if (rc != SQLITE_OK)
		return rc;
	t = mg_mem_zalloc(1, sizeof(*t));
	t->batch = batch;
	*out = &t->base;
	return SQLITE_OK;
}

static int disconnect_table(sqlite3_vtab *table)
{
	mg_mem_free(table);
	return SQLITE_OK;
}

/* There is one way to read it: from its start. */
static int choose_plan(sqlite3_vtab *table, sqlite3_index_info *plan)
{
	(void)table;
	plan->estimatedRows = ROWS_MAX;
	return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
	struct cursor *c = mg_mem_zalloc(1, sizeof(*c));

	(void)table;
	*out = &c->base;
	return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *cursor)
{
	mg_mem_free(cursor_of(cursor));
	return SQLITE_OK;
}

static int rewind_cursor(sqlite3_vtab_cursor *cursor, int plan,
			 const char *text, int argc, sqlite3_value **argv)
{
	(void)plan;
	(void)text;
	(void)argc;
	(void)argv;
	cursor_of(cursor)->at = 0;
	return SQLITE_OK;
}

static int next_row(sqlite3_vtab_cursor *cursor)
{
	cursor_of(cursor)->at++;
	return SQLITE_OK;
}

static int is_at_end(sqlite3_vtab_cursor *cursor)
{
	const struct cursor *c = cursor_of(cursor);

	return c->at >= batch_of(c)->n;
}

static int give_column(sqlite3_vtab_cursor *cursor, sqlite3_context *to,
		       int column)
{
	const struct cursor *c = cursor_of(cursor);
	const struct mg_batch *b = batch_of(c);

	b->give(to, (const char *)b->rows + c->at * b->size, column);
	return SQLITE_OK;
}

static int give_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *out)
{
	*out = (sqlite3_int64)cursor_of(cursor)->at;
	return SQLITE_OK;
}

/* Without xCreate it is there under its module's name, and only so. */
static const sqlite3_module module = {
	.xConnect = connect_table,
	.xDisconnect = disconnect_table,
	.xBestIndex = choose_plan,
	.xOpen = open_cursor,
	.xClose = close_cursor,
	.xFilter = rewind_cursor,
	.xNext = next_row,
	.xEof = is_at_end,
	.xColumn = give_column,
	.xRowid = give_rowid,
};

int mg_store_add_batch_table(struct mg_store *s, struct mg_err *err)
{
	if (sqlite3_create_module(s->db, "batch", &module, &s->batch) !=
	    SQLITE_OK)
		return mg_store_fail(s, "prepare", err);
	return 0;
}

int mg_store_run_batch(struct mg_store *s, sqlite3_stmt *st,
		       const struct mg_batch *batch, struct mg_err *err)
{
	struct mg_batch part = *batch;
	int rc = 0;

	for (size_t done = 0; rc == 0 && done < batch->n; done += part.n) {
		part.rows = (const char *)batch->rows + done * batch->size;
		part.n = batch->n - done < ROWS_MAX ? batch->n - done
						    : ROWS_MAX;
		s->batch = part;
		rc = mg_store_run(s, st, err);
	}
	s->batch = (struct mg_batch){ 0 };
	return rc;
}
