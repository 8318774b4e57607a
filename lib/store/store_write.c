/* SPDX-License-Identifier: MIT */
/*
 * What a chunk of a log changes. All of it runs inside one transaction of the
 * caller.
 */
#include "store_priv.h"

static void bind_int(sqlite3_stmt *st, int at, int64_t n)
{
	(void)sqlite3_bind_int64(st, at, n);
}

int mg_store_source(struct mg_store *s, struct mg_slice name,
		    struct mg_source *out, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_ADD_SOURCE, err);
	int rc;

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, name);
	rc = mg_store_run(s, st, err);
	if (rc < 0)
		return rc;
	st = mg_store_statement(s, MG_SQL_GET_SOURCE, err);
	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, name);
	rc = mg_store_step(s, st, err);
	if (rc == 1) {
		out->id = sqlite3_column_int64(st, 0);
		out->last_at = sqlite3_column_type(st, 1) == SQLITE_NULL
				       ? INT64_MIN
				       : sqlite3_column_int64(st, 1);
		out->next_seq = (uint64_t)sqlite3_column_int64(st, 2);
	}
	(void)sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}

int mg_store_put_source(struct mg_store *s, const struct mg_source *source,
			struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_PUT_SOURCE, err);

	if (!st)
		return -MG_EIO;
	bind_int(st, 1, source->id);
	if (source->last_at != INT64_MIN)
		bind_int(st, 2, source->last_at);
	bind_int(st, 3, (int64_t)source->next_seq);
	return mg_store_run(s, st, err);
}

int mg_store_drop_slots(struct mg_store *s, int64_t source, int64_t before,
			struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_DROP_SLOTS, err);

	if (!st)
		return -MG_EIO;
	bind_int(st, 1, source);
	bind_int(st, 2, before);
	return mg_store_run(s, st, err);
}

int mg_store_add_lines(struct mg_store *s, int64_t source, const char *kind,
		       int64_t n, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_ADD_LINES, err);

	if (!st)
		return -MG_EIO;
	bind_int(st, 1, source);
	mg_store_bind_slice(st, 2, mg_slice_str(kind));
	bind_int(st, 3, n);
	return mg_store_run(s, st, err);
}

int mg_store_put_flight(struct mg_store *s, int64_t source,
			const struct mg_flight *flight, int64_t origin,
			struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_PUT_FLIGHT, err);

	if (!st)
		return -MG_EIO;
	bind_int(st, 1, source);
	mg_store_bind_slice(st, 2, mg_slice_str(flight->id));
	bind_int(st, 3, flight->state);
	bind_int(st, 4, flight->flags);
	bind_int(st, 5, flight->n_forwards);
	if (origin)
		bind_int(st, 6, origin);
	bind_int(st, 7, flight->n_recipients);
	bind_int(st, 8, flight->slot);
	bind_int(st, 9, flight->at);
	bind_int(st, 10, flight->bytes);
	bind_int(st, 11, (int64_t)flight->message_id);
	bind_int(st, 12, (int64_t)flight->seq);
	bind_int(st, 13, flight->topic);
	return mg_store_run(s, st, err);
}

static int delete_of(struct mg_store *s, enum mg_sql which, int64_t source,
		     const char *id, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, which, err);

	if (!st)
		return -MG_EIO;
	bind_int(st, 1, source);
	mg_store_bind_slice(st, 2, mg_slice_str(id));
	return mg_store_run(s, st, err);
}

int mg_store_delete_flight(struct mg_store *s, int64_t source, const char *id,
			   struct mg_err *err)
{
	const int rc = delete_of(s, MG_SQL_DELETE_TRACKED, source, id, err);

	return rc < 0 ? rc
		      : delete_of(s, MG_SQL_DELETE_FLIGHT, source, id, err);
}

int mg_store_add_tracked(struct mg_store *s, int64_t source, const char *id,
			 uint64_t hash, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_ADD_TRACKED, err);

	if (!st)
		return -MG_EIO;
	bind_int(st, 1, source);
	mg_store_bind_slice(st, 2, mg_slice_str(id));
	bind_int(st, 3, (int64_t)hash);
	return mg_store_run(s, st, err);
}

int mg_store_clear_cwds(struct mg_store *s, int64_t source, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_CLEAR_CWDS, err);

	if (!st)
		return -MG_EIO;
	bind_int(st, 1, source);
	return mg_store_run(s, st, err);
}

int mg_store_add_cwd(struct mg_store *s, int64_t source,
		     const struct mg_cwd *cwd, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_ADD_CWD, err);

	if (!st)
		return -MG_EIO;
	bind_int(st, 1, source);
	bind_int(st, 2, cwd->at);
	bind_int(st, 3, cwd->pid);
	mg_store_bind_slice(st, 4, cwd->directory);
	return mg_store_run(s, st, err);
}

int mg_store_put_cursor(struct mg_store *s, int64_t source,
			struct mg_cursor *cursor, struct mg_err *err)
{
	const enum mg_sql which = cursor->id ? MG_SQL_PUT_CURSOR
					     : MG_SQL_ADD_CURSOR;
	sqlite3_stmt *st = mg_store_statement(s, which, err);
	int rc;

	if (!st)
		return -MG_EIO;
	bind_int(st, 1, source);
	mg_store_bind_slice(st, 2, mg_slice_str(cursor->path));
	bind_int(st, 3, (int64_t)cursor->dev);
	bind_int(st, 4, (int64_t)cursor->ino);
	bind_int(st, 5, cursor->head_len);
	bind_int(st, 6, (int64_t)cursor->head_hash);
	bind_int(st, 7, cursor->anchor_len);
	bind_int(st, 8, (int64_t)cursor->anchor_hash);
	bind_int(st, 9, cursor->offset);
	mg_store_bind_slice(st, 10, mg_slice_str(cursor->stream));
	bind_int(st, 11, cursor->state);
	bind_int(st, 12, cursor->n_quiet);
	bind_int(st, 13, cursor->is_torn);
	if (cursor->first_at != INT64_MIN)
		bind_int(st, 14, cursor->first_at);
	bind_int(st, 15, cursor->packed_bytes);
	bind_int(st, 16, (int64_t)cursor->packed_hash);
	bind_int(st, 17, cursor->seen_at);
	bind_int(st, 18, cursor->born_ns);
	if (cursor->id)
		bind_int(st, 19, cursor->id);
	rc = mg_store_run(s, st, err);
	if (rc == 0 && cursor->id == 0)
		cursor->id = sqlite3_last_insert_rowid(s->db);
	return rc;
}

int mg_store_forget_logs(struct mg_store *s, int64_t source, int64_t keep,
			 struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_FORGET_LOGS, err);

	if (!st)
		return -MG_EIO;
	bind_int(st, 1, source);
	bind_int(st, 2, keep);
	return mg_store_run(s, st, err);
}

int mg_store_put_entry(struct mg_store *s, int64_t source,
		       const struct mg_entry *entry, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_PUT_ENTRY, err);
	int rc;

	if (!st)
		return -MG_EIO;
	bind_int(st, 1, source);
	(void)sqlite3_bind_blob(st, 2, entry->id, sizeof(entry->id),
				SQLITE_TRANSIENT);
	bind_int(st, 3, (int64_t)entry->seqnum);
	bind_int(st, 4, entry->at_us);
	rc = mg_store_run(s, st, err);
	if (rc < 0)
		return rc;
	st = mg_store_statement(s, MG_SQL_FORGET_ENTRIES, err);
	if (!st)
		return -MG_EIO;
	bind_int(st, 1, source);
	bind_int(st, 2, MG_JOURNAL_SERIES_MAX);
	return mg_store_run(s, st, err);
}
