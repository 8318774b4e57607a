/* SPDX-License-Identifier: MIT */
/*
 * Names: origins and sender domains, and how many there are.
 */
#include "store_priv.h"

static void bind_int(sqlite3_stmt *st, int at, int64_t value)
{
	(void)sqlite3_bind_int64(st, at, value);
}

/* The first column of what a statement with bound keys finds, 0 for nothing. */
static int find(struct mg_store *s, sqlite3_stmt *st, int64_t *out,
		struct mg_err *err)
{
	const int rc = mg_store_step(s, st, err);

	if (rc >= 0)
		*out = rc == 1 ? sqlite3_column_int64(st, 0) : 0;
	(void)sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}

/* What an insert made, or what was there before it. */
static int made(int64_t found, int64_t *id, struct mg_err *err)
{
	if (found == 0)
		return mg_fail(err, MG_EIO, "a row just written is not there");
	*id = found;
	return 0;
}

/* Runs an insert that is ignored where the row is there; gives 0 then. */
static int add(struct mg_store *s, sqlite3_stmt *st, int64_t *id,
	       struct mg_err *err)
{
	const int rc = mg_store_run(s, st, err);

	if (rc == 0)
		*id = sqlite3_changes(s->db) ? sqlite3_last_insert_rowid(s->db)
					     : 0;
	return rc;
}

static void bind_origin(sqlite3_stmt *st, const struct mg_origin *origin)
{
	bind_int(st, 1, origin->kind);
	mg_store_bind_slice(st, 2, origin->name);
	mg_store_bind_slice_or_null(st, 3, origin->domain);
	mg_store_bind_slice_or_null(st, 4, origin->account);
	mg_store_bind_slice_or_null(st, 5, origin->owner);
}

int mg_store_find_origin(struct mg_store *s, const struct mg_origin *origin,
			 int64_t *id, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_GET_ORIGIN, err);

	if (!st)
		return -MG_EIO;
	bind_origin(st, origin);
	return find(s, st, id, err);
}

int mg_store_add_origin(struct mg_store *s, const struct mg_origin *origin,
			int64_t *id, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_ADD_ORIGIN, err);

	if (!st)
		return -MG_EIO;
	bind_origin(st, origin);
	return add(s, st, id, err);
}

int mg_store_origin(struct mg_store *s, const struct mg_origin *origin,
		    int64_t *id, struct mg_err *err)
{
	int64_t found = 0;
	int rc = mg_store_add_origin(s, origin, &found, err);

	if (rc == 0 && found == 0)
		rc = mg_store_find_origin(s, origin, &found, err);
	return rc < 0 ? rc : made(found, id, err);
}

int mg_store_last_origin(struct mg_store *s, int64_t *id, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_LAST_ORIGIN, err);

	return st ? find(s, st, id, err) : -MG_EIO;
}

int mg_store_find_sender(struct mg_store *s, struct mg_slice domain,
			 int64_t *id, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_GET_SENDER, err);

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, domain);
	return find(s, st, id, err);
}

int mg_store_add_sender(struct mg_store *s, struct mg_slice domain, int64_t *id,
			struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_ADD_SENDER, err);

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, domain);
	return add(s, st, id, err);
}

int mg_store_sender(struct mg_store *s, struct mg_slice domain, int64_t *id,
		    struct mg_err *err)
{
	int64_t found = 0;
	int rc = mg_store_add_sender(s, domain, &found, err);

	if (rc == 0 && found == 0)
		rc = mg_store_find_sender(s, domain, &found, err);
	return rc < 0 ? rc : made(found, id, err);
}

int mg_store_has_sender_fact(struct mg_store *s, int64_t hour, int64_t sender,
			     bool *out, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_HAS_SENDER_FACT, err);
	int64_t found = 0;
	int rc;

	if (!st)
		return -MG_EIO;
	bind_int(st, 1, hour);
	bind_int(st, 2, sender);
	rc = find(s, st, &found, err);
	*out = found != 0;
	return rc;
}

int mg_store_count_senders(struct mg_store *s, int64_t hour, int64_t *out,
			   struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_COUNT_SENDERS, err);

	if (!st)
		return -MG_EIO;
	bind_int(st, 1, hour);
	return find(s, st, out, err);
}

int mg_store_count_origins(struct mg_store *s, mg_origin_count_fn fn, void *arg,
			   struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_COUNT_ORIGINS, err);
	int rc;

	if (!st)
		return -MG_EIO;
	while ((rc = mg_store_step(s, st, err)) == 1) {
		rc = fn(arg, (enum mg_origin_kind)sqlite3_column_int(st, 0),
			mg_store_column_slice(st, 1),
			sqlite3_column_int64(st, 2));
		if (rc)
			break;
	}
	(void)sqlite3_reset(st);
	return rc;
}
