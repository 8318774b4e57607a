/* SPDX-License-Identifier: MIT */
/*
 * What a run loads at its start.
 */
#include "store_priv.h"

#include <stdio.h>

/* Column text into a fixed array, cut and zero padded. */
static void copy_text(sqlite3_stmt *st, int at, char *to, size_t size)
{
	const struct mg_slice s = mg_store_column_slice(st, at);
	const size_t n = s.len < size - 1 ? s.len : size - 1;

	memset(to, 0, size);
	if (n)
		memcpy(to, s.ptr, n);
}

static sqlite3_stmt *of_source(struct mg_store *s, enum mg_sql which,
			       int64_t source, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, which, err);

	if (st)
		(void)sqlite3_bind_int64(st, 1, source);
	return st;
}

static void read_flight(sqlite3_stmt *st, struct mg_flight_row *row)
{
	struct mg_flight *f = &row->flight;

	memset(row, 0, sizeof(*row));
	copy_text(st, 0, f->id, sizeof(f->id));
	f->state = (uint8_t)sqlite3_column_int(st, 1);
	f->flags = (uint8_t)sqlite3_column_int(st, 2);
	f->n_forwards = (uint8_t)sqlite3_column_int(st, 3);
	f->n_recipients = (uint32_t)sqlite3_column_int64(st, 4);
	f->slot = sqlite3_column_int64(st, 5);
	f->at = sqlite3_column_int64(st, 6);
	f->bytes = sqlite3_column_int64(st, 7);
	f->message_id = (uint64_t)sqlite3_column_int64(st, 8);
	f->seq = (uint64_t)sqlite3_column_int64(st, 9);
	f->topic = (uint32_t)sqlite3_column_int64(st, 10);
	row->origin_id = sqlite3_column_int64(st, 11);
	row->origin = (struct mg_origin){
		.kind = (enum mg_origin_kind)sqlite3_column_int(st, 12),
		.name = mg_store_column_slice(st, 13),
		.domain = mg_store_column_slice(st, 14),
		.account = mg_store_column_slice(st, 15),
		.owner = mg_store_column_slice(st, 16),
	};
}

int mg_store_each_flight(struct mg_store *s, int64_t source, mg_flight_fn fn,
			 void *arg, struct mg_err *err)
{
	sqlite3_stmt *st = of_source(s, MG_SQL_EACH_FLIGHT, source, err);
	struct mg_flight_row row;
	int rc;

	if (!st)
		return -MG_EIO;
	while ((rc = mg_store_step(s, st, err)) == 1) {
		read_flight(st, &row);
		rc = fn(arg, &row);
		if (rc)
			break;
	}
	(void)sqlite3_reset(st);
	return rc;
}

int mg_store_each_queued(struct mg_store *s, struct mg_slice per,
			 struct mg_slice subject, mg_queued_fn fn, void *arg,
			 struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_EACH_QUEUED, err);
	int rc;

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, per);
	mg_store_bind_slice(st, 2, subject);
	while ((rc = mg_store_step(s, st, err)) == 1) {
		rc = fn(arg, mg_store_column_slice(st, 0));
		if (rc)
			break;
	}
	(void)sqlite3_reset(st);
	return rc;
}

int mg_store_each_tracked(struct mg_store *s, int64_t source, mg_tracked_fn fn,
			  void *arg, struct mg_err *err)
{
	sqlite3_stmt *st = of_source(s, MG_SQL_EACH_TRACKED, source, err);
	char id[sizeof(((struct mg_flight *)0)->id)];
	int rc;

	if (!st)
		return -MG_EIO;
	while ((rc = mg_store_step(s, st, err)) == 1) {
		copy_text(st, 0, id, sizeof(id));
		rc = fn(arg, id, (uint64_t)sqlite3_column_int64(st, 1));
		if (rc)
			break;
	}
	(void)sqlite3_reset(st);
	return rc;
}

int mg_store_each_cwd(struct mg_store *s, int64_t source, mg_cwd_fn fn,
		      void *arg, struct mg_err *err)
{
	sqlite3_stmt *st = of_source(s, MG_SQL_EACH_CWD, source, err);
	int rc;

	if (!st)
		return -MG_EIO;
	while ((rc = mg_store_step(s, st, err)) == 1) {
		const struct mg_cwd cwd = {
			.at = sqlite3_column_int64(st, 0),
			.pid = (uint32_t)sqlite3_column_int64(st, 1),
			.directory = mg_store_column_slice(st, 2),
		};

		rc = fn(arg, &cwd);
		if (rc)
			break;
	}
	(void)sqlite3_reset(st);
	return rc;
}

static void read_cursor(sqlite3_stmt *st, struct mg_cursor *c)
{
	memset(c, 0, sizeof(*c));
	c->id = sqlite3_column_int64(st, 0);
	copy_text(st, 1, c->path, sizeof(c->path));
	c->dev = (uint64_t)sqlite3_column_int64(st, 2);
	c->ino = (uint64_t)sqlite3_column_int64(st, 3);
	c->head_len = (uint32_t)sqlite3_column_int64(st, 4);
	c->head_hash = (uint64_t)sqlite3_column_int64(st, 5);
	c->anchor_len = (uint32_t)sqlite3_column_int64(st, 6);
	c->anchor_hash = (uint64_t)sqlite3_column_int64(st, 7);
	c->offset = sqlite3_column_int64(st, 8);
	copy_text(st, 9, c->stream, sizeof(c->stream));
	c->state = (enum mg_log_state)sqlite3_column_int(st, 10);
	c->n_quiet = (uint32_t)sqlite3_column_int64(st, 11);
	c->is_torn = sqlite3_column_int(st, 12) != 0;
	c->first_at = sqlite3_column_type(st, 13) == SQLITE_NULL
			      ? INT64_MIN
			      : sqlite3_column_int64(st, 13);
	c->packed_bytes = sqlite3_column_int64(st, 14);
	c->packed_hash = (uint64_t)sqlite3_column_int64(st, 15);
	c->seen_at = sqlite3_column_int64(st, 16);
	c->born_ns = sqlite3_column_int64(st, 17);
}

static int each_cursor(struct mg_store *s, sqlite3_stmt *st, mg_cursor_fn fn,
		       void *arg, struct mg_err *err)
{
	struct mg_cursor cursor;
	int rc;

	while ((rc = mg_store_step(s, st, err)) == 1) {
		read_cursor(st, &cursor);
		rc = fn(arg, &cursor);
		if (rc)
			break;
	}
	(void)sqlite3_reset(st);
	return rc;
}

int mg_store_each_cursor(struct mg_store *s, int64_t source, mg_cursor_fn fn,
			 void *arg, struct mg_err *err)
{
	sqlite3_stmt *st = of_source(s, MG_SQL_EACH_CURSOR, source, err);

	return st ? each_cursor(s, st, fn, arg, err) : -MG_EIO;
}

int mg_store_each_live(struct mg_store *s, int64_t source, const char *stream,
		       mg_cursor_fn fn, void *arg, struct mg_err *err)
{
	sqlite3_stmt *st = of_source(s, MG_SQL_EACH_LIVE, source, err);

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 2, mg_slice_str(stream));
	return each_cursor(s, st, fn, arg, err);
}

int mg_store_each_entry(struct mg_store *s, int64_t source, mg_entry_fn fn,
			void *arg, struct mg_err *err)
{
	sqlite3_stmt *st = of_source(s, MG_SQL_EACH_ENTRY, source, err);
	int rc;

	if (!st)
		return -MG_EIO;
	while ((rc = mg_store_step(s, st, err)) == 1) {
		struct mg_entry entry = {
			.seqnum = (uint64_t)sqlite3_column_int64(st, 1),
			.at_us = sqlite3_column_int64(st, 2),
		};

		if (sqlite3_column_bytes(st, 0) == (int)sizeof(entry.id))
			memcpy(entry.id, sqlite3_column_blob(st, 0),
			       sizeof(entry.id));
		rc = fn(arg, &entry);
		if (rc)
			break;
	}
	(void)sqlite3_reset(st);
	return rc;
}
