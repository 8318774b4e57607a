/* SPDX-License-Identifier: MIT */
/*
 * What back ends have loaded.
 */
#include "store_priv.h"

#include "mailguard/acts.h"

static void bind_blob(sqlite3_stmt *st, int at, struct mg_slice s)
{
	(void)sqlite3_bind_blob64(st, at, s.len ? s.ptr : "", s.len,
				  SQLITE_STATIC);
}

int mg_applied_put(struct mg_store *s, const char *backend,
		   const struct mg_applied *row, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_PUT_APPLIED, err);

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, mg_slice_str(backend));
	bind_blob(st, 2, row->key);
	(void)sqlite3_bind_int64(st, 3, row->until);
	bind_blob(st, 4, row->value);
	return mg_store_run(s, st, err);
}

int mg_applied_drop(struct mg_store *s, const char *backend,
		    struct mg_slice key, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_DROP_APPLIED, err);

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, mg_slice_str(backend));
	bind_blob(st, 2, key);
	return mg_store_run(s, st, err);
}

int mg_applied_drop_all(struct mg_store *s, const char *backend,
			struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_DROP_ALL_APPLIED, err);

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, mg_slice_str(backend));
	return mg_store_run(s, st, err);
}

static struct mg_slice column_blob(sqlite3_stmt *st, int at)
{
	const size_t len = (size_t)sqlite3_column_bytes(st, at);

	return mg_slice_of(len ? sqlite3_column_blob(st, at) : "", len);
}

int mg_applied_each(struct mg_store *s, const char *backend, mg_applied_fn fn,
		    void *arg, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_EACH_APPLIED, err);
	int rc;

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, mg_slice_str(backend));
	while ((rc = mg_store_step(s, st, err)) == 1) {
		const struct mg_applied row = {
			.key = column_blob(st, 0),
			.until = sqlite3_column_int64(st, 1),
			.value = column_blob(st, 2),
		};

		rc = fn(arg, &row);
		if (rc)
			break;
	}
	(void)sqlite3_reset(st);
	return rc;
}

static int is_key(void *arg, const struct mg_applied *row)
{
	const struct mg_slice *key = arg;

	return mg_slice_is(row->key, *key);
}

int mg_applied_has(struct mg_store *s, const char *backend, struct mg_slice key,
		   struct mg_err *err)
{
	return mg_applied_each(s, backend, is_key, &key, err);
}

/* --- what is missing --- */

#define MISSING "missing"

int mg_acts_set_missing(struct mg_store *s, const char *id,
			struct mg_slice words, struct mg_err *err)
{
	const struct mg_applied row = { mg_slice_str(id), 0, words };

	return mg_applied_put(s, MISSING, &row, err);
}

int mg_acts_forget_missing(struct mg_store *s, struct mg_err *err)
{
	return mg_applied_drop_all(s, MISSING, err);
}

struct search {
	const char *id;
	struct mg_buf *out;
};

static int compare(void *arg, const struct mg_applied *row)
{
	const struct search *search = arg;

	if (mg_slice_is(row->key, mg_slice_str(search->id)))
		mg_buf_add(search->out, row->value);
	return 0;
}

int mg_acts_missing(struct mg_store *s, const char *id, struct mg_buf *out,
		    struct mg_err *err)
{
	struct search search = { id, out };

	return mg_applied_each(s, MISSING, compare, &search, err);
}
