/* SPDX-License-Identifier: MIT */
/*
 * A state is opened: its file, made with the schema of now or brought there from
 * an older one, and closed.
 */
#include "store_priv.h"
#include "store_schema_priv.h"

#include <assert.h>
#include <stdio.h>

#include "mailguard/mem.h"

#define PATH_BYTES_MAX 4096
#define BUSY_WAIT_MS 5000 /* an admin's sqlite3 shell; then give up */

static int run_text(struct mg_store *s, const char *sql, struct mg_err *err)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return mg_store_fail(s, "prepare", err);
	return 0;
}

static int put_meta(struct mg_store *s, struct mg_slice name,
		    struct mg_slice blob, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_PUT_META, err);

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, name);
	(void)sqlite3_bind_blob64(st, 2, blob.ptr, blob.len, SQLITE_STATIC);
	return mg_store_run(s, st, err);
}

static int put_key(struct mg_store *s, struct mg_err *err)
{
	unsigned char key[MG_HASH_KEY_LEN];
	const int rc = mg_hash_key_random(key, err);

	if (rc < 0)
		return rc;
	return put_meta(s, MG_LIT("key"),
			mg_slice_of((const char *)key, sizeof(key)), err);
}

static int run_texts(struct mg_store *s, const char *const *texts, int n,
		     struct mg_err *err)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < n; i++)
		rc = run_text(s, texts[i], err);
	return rc;
}

/* From a version to ours, as one transaction. */
static int migrate(struct mg_store *s, int version, struct mg_err *err)
{
	const bool is_new = version == 0;
	char pragma[64];
	int rc = mg_store_begin(s, err);

	if (rc == 0 && is_new)
		rc = run_texts(s, mg_store_schema, MG_STORE_SCHEMA_PARTS, err);
	else if (rc == 0)
		rc = run_texts(s, mg_store_steps + version,
			       MG_STORE_SCHEMA - version, err);
	(void)snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d",
		       MG_STORE_SCHEMA);
	if (rc == 0)
		rc = run_text(s, pragma, err);
	if (rc == 0 && is_new)
		rc = put_key(s, err);
	if (rc == 0)
		rc = mg_store_commit(s, err);
	if (rc < 0)
		mg_store_rollback(s);
	return rc;
}

static int read_schema(struct mg_store *s, int *version, struct mg_err *err)
{
	sqlite3_stmt *st = NULL;
	int rc;

	if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &st, NULL) !=
	    SQLITE_OK)
		return mg_store_fail(s, "read", err);
	rc = mg_store_step(s, st, err);
	if (rc == 1)
		*version = sqlite3_column_int(st, 0);
	(void)sqlite3_finalize(st);
	return rc < 0 ? rc : 0;
}

static int read_key(struct mg_store *s, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_GET_META, err);
	struct mg_slice key;
	int rc;

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, MG_LIT("key"));
	rc = mg_store_step(s, st, err);
	if (rc < 0)
		return rc;
	key = mg_store_column_slice(st, 0);
	if (rc == 1 && key.len == MG_HASH_KEY_LEN) {
		unsigned char raw[MG_HASH_KEY_LEN];

		memcpy(raw, key.ptr, sizeof(raw));
		s->key = mg_hash_key_of(raw);
	} else {
		rc = mg_fail(err, MG_EIO, "the state has lost its key");
	}
	(void)sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}

static int check_schema(struct mg_store *s, struct mg_err *err)
{
	int version = 0;
	int rc = read_schema(s, &version, err);

	if (rc < 0)
		return rc;
	if (version > MG_STORE_SCHEMA)
		return mg_fail(err, MG_ECONF,
			       "the state was written by a newer mailguard "
			       "(schema %d, this one knows %d)",
			       version, MG_STORE_SCHEMA);
	if (version < MG_STORE_SCHEMA && s->mode == MG_STORE_READ)
		return mg_fail(err, MG_ECONF,
			       version ? "the state is of an older mailguard: "
					 "run a sweep first"
				       : "the state is empty: run a sweep "
					 "first");
	if (version < MG_STORE_SCHEMA)
		rc = migrate(s, version, err);
	return rc < 0 ? rc : read_key(s, err);
}

/*
 * What every connection gets. No temporary files: counts stay in the state
 * directory, whatever the environment names. No memory map: a truncated file would end us by
 * SIGBUS. trusted_schema and defensive: a planted database runs no code. No
 * automatic checkpoint: with two at once the SQLite of Debian 12 (3.40.1) can
 * corrupt a WAL, so only the holder of our lock does it, by hand. Foreign keys:
 * see store_schema.c.
 */
static int configure(struct mg_store *s, struct mg_err *err)
{
	int rc;

	(void)sqlite3_busy_timeout(s->db, BUSY_WAIT_MS);
	(void)sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
				NULL);
	rc = run_text(s,
		      "PRAGMA mmap_size = 0; PRAGMA cache_size = -4096;"
		      "PRAGMA temp_store = MEMORY;"
		      "PRAGMA trusted_schema = OFF;"
		      "PRAGMA foreign_keys = OFF; PRAGMA cell_size_check = ON",
		      err);
	if (rc < 0 || s->mode == MG_STORE_READ)
		return rc;
	rc = run_text(s,
		      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		      "PRAGMA wal_autocheckpoint = 0",
		      err);
	return rc < 0 ? rc : mg_store_add_batch_table(s, err);
}

static int open_file(struct mg_store *s, const char *dir, struct mg_err *err)
{
	const int flags = s->mode == MG_STORE_READ
				  ? SQLITE_OPEN_READONLY
				  : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	char path[PATH_BYTES_MAX];
	const int n = s->mode == MG_STORE_SCRATCH
			      ? snprintf(path, sizeof(path), ":memory:")
			      : snprintf(path, sizeof(path), "%s/%s", dir,
					 MG_STORE_NAME);

	if (n < 0 || (size_t)n >= sizeof(path))
		return mg_fail(err, MG_EUSAGE,
			       "the state directory's name is "
			       "too long");
	if (sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) ==
	    SQLITE_OK)
		return 0;
	if (s->mode == MG_STORE_READ)
		return mg_fail(err, MG_ECONF,
			       "no state in '%s': run a sweep first, or name "
			       "the directory with --state",
			       dir);
	return mg_fail(err, MG_EIO, "cannot open '%s': %s", path,
		       s->db ? sqlite3_errmsg(s->db) : "out of memory");
}

int mg_store_open(struct mg_store **out, const char *dir,
		  enum mg_store_mode mode, struct mg_err *err)
{
	struct mg_store *s = mg_mem_zalloc(1, sizeof(*s));
	int rc;

	s->mode = mode;
	rc = open_file(s, dir, err);
	if (rc == 0)
		rc = configure(s, err);
	if (rc == 0)
		rc = check_schema(s, err);
	if (rc < 0) {
		mg_store_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void mg_store_leave(struct mg_store *s)
{
	if (!s)
		return;
	if (s->db)
		mg_store_rollback(s);
	for (size_t i = 0; i < MG_SQL_STATEMENTS; i++)
		(void)sqlite3_finalize(s->statements[i]);
	(void)sqlite3_close(s->db);
	mg_mem_free(s);
}

void mg_store_close(struct mg_store *s)
{
	if (s && s->db)
		mg_store_rollback(s);
	/* A checkpoint that a reader holds up is done by the next writer. */
	if (s && s->db && s->mode == MG_STORE_WRITE)
		(void)sqlite3_wal_checkpoint_v2(s->db, NULL,
						SQLITE_CHECKPOINT_TRUNCATE,
						NULL, NULL);
	mg_store_leave(s);
}
