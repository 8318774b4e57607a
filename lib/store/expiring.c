/* SPDX-License-Identifier: MIT */
#include "mailguard/expiring.h"

#include <sqlite3.h>

#define BUSY_MS 5000

/* An open file, and the statement that runs on it. */
struct file {
	sqlite3 *db;
	sqlite3_stmt *st;
	const char *path;
};

static int fail(const struct file *f, struct mg_err *err)
{
	return mg_fail(err, MG_EIO, "'%s': %s", f->path,
		       f->db ? sqlite3_errmsg(f->db) : "out of memory");
}

static int run(const struct file *f, const char *sql, struct mg_err *err)
{
	return sqlite3_exec(f->db, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : fail(f, err);
}

static int prepare(struct file *f, const char *sql, struct mg_err *err)
{
	(void)sqlite3_finalize(f->st); /* what it said was looked at */
	f->st = NULL;
	return sqlite3_prepare_v2(f->db, sql, -1, &f->st, NULL) == SQLITE_OK
		       ? 0
		       : fail(f, err);
}

/* A rollback journal, beside the file: a reader need not be able to write. */
static int open_file(struct file *f, int flags, struct mg_err *err)
{
	if (sqlite3_open_v2(f->path, &f->db,
			    flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
			    NULL) != SQLITE_OK)
		return fail(f, err);
	(void)sqlite3_busy_timeout(f->db, BUSY_MS);
	return 0;
}

static void close_file(struct file *f)
{
	(void)sqlite3_finalize(f->st);
	(void)sqlite3_close(f->db); /* takes back what is not committed */
}

static struct mg_slice column(sqlite3_stmt *st, int at)
{
	const void *bytes = sqlite3_column_blob(st, at);

	return mg_slice_of(bytes, (size_t)sqlite3_column_bytes(st, at));
}

static void bind(sqlite3_stmt *st, int at, struct mg_slice s)
{
	(void)sqlite3_bind_text(st, at, s.len ? s.ptr : "", (int)s.len,
				SQLITE_STATIC);
}

static int each(struct file *f, mg_expiring_fn fn, void *arg,
		struct mg_err *err)
{
	int rc = prepare(f,
			 "SELECT key, until, text FROM expiring ORDER BY key",
			 err);

	while (rc == 0) {
		const int got = sqlite3_step(f->st);

		if (got == SQLITE_DONE)
			return 0;
		if (got != SQLITE_ROW)
			return fail(f, err);
		rc = fn(arg, &(struct mg_expiring_row){
				     column(f->st, 0),
				     sqlite3_column_int64(f->st, 1),
				     column(f->st, 2) });
	}
	return rc;
}

/*
 * Read by one who may write, where he may: a writer that was killed leaves a
 * journal, and what it says is to be taken back before anybody can read.
 */
int mg_expiring_each(const char *path, mg_expiring_fn fn, void *arg,
		     struct mg_err *err)
{
	struct file f = { .path = path };
	int rc = open_file(&f, SQLITE_OPEN_READWRITE, err);

	if (rc == 0)
		rc = each(&f, fn, arg, err);
	close_file(&f);
	return rc;
}

/* --- changed in place --- */

/* The rows that are to be stand in memory first. */
static int load(struct file *f, const struct mg_expiring_row *rows, size_t n,
		struct mg_err *err)
{
	int rc = run(f,
		     "PRAGMA temp_store = MEMORY;"
		     "BEGIN IMMEDIATE;"
		     "CREATE TEMP TABLE wanted (key TEXT PRIMARY KEY,"
		     " until INTEGER, text TEXT) WITHOUT ROWID",
		     err);

	if (rc == 0)
		rc = prepare(f, "INSERT INTO wanted VALUES (?, ?, ?)", err);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		bind(f->st, 1, rows[i].key);
		(void)sqlite3_bind_int64(f->st, 2, rows[i].until);
		bind(f->st, 3, rows[i].text);
		if (sqlite3_step(f->st) != SQLITE_DONE)
			rc = fail(f, err);
		(void)sqlite3_reset(f->st); /* says what step said */
	}
	return rc;
}

static const char change[] =
	"CREATE TABLE IF NOT EXISTS expiring (key TEXT PRIMARY KEY,"
	" until INTEGER NOT NULL, text TEXT NOT NULL) WITHOUT ROWID;"
	"DELETE FROM expiring WHERE key NOT IN (SELECT key FROM wanted);"
	"INSERT INTO expiring SELECT key, until, text FROM wanted WHERE true"
	" ON CONFLICT (key) DO UPDATE"
	" SET until = excluded.until, text = excluded.text"
	" WHERE until IS NOT excluded.until OR text IS NOT excluded.text;"
	"COMMIT";

int mg_expiring_put(const char *path, const struct mg_expiring_row *rows,
		    size_t n, struct mg_err *err)
{
	struct file f = { .path = path };
	int rc = open_file(&f, SQLITE_OPEN_READWRITE, err);

	if (rc == 0)
		rc = load(&f, rows, n, err);
	if (rc == 0)
		rc = run(&f, change, err);
	close_file(&f);
	return rc;
}
