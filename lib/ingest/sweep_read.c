/* SPDX-License-Identifier: MIT */
#include "sweep_priv.h"

#include <errno.h>
#include <string.h>

#include "mailguard/mem.h"
#include "mailguard/record.h"
#include "mailguard/spawn.h"
#include "mailguard/worker.h"

static int64_t chunk_bytes = MG_CHUNK_BYTES;

void mg_sweep_set_chunk(int64_t bytes)
{
	chunk_bytes = bytes;
}

static int fail_read(const struct mg_record_failed *f, struct mg_err *err)
{
	if (f->number == EBADMSG || f->number == ENODATA)
		return mg_fail(err, MG_EPARSE,
			       "the compressed file %s, before its byte %lld; "
			       "byte %lld of the log is the last it gave",
			       f->number == ENODATA ? "ends early"
						    : "is damaged",
			       (long long)f->file_at, (long long)f->at);
	return mg_fail(err, MG_EIO, "cannot read behind byte %lld: %s",
		       (long long)f->at, strerror(f->number));
}

static int copy_cursor(void *arg, const struct mg_cursor *cursor)
{
	struct mg_cursor *wanted = arg;

	if (cursor->id != wanted->id)
		return 0;
	*wanted = *cursor;
	return 1;
}

/* A compressed log goes on as the one that it is, under its own name. */
static int go_on_as(struct mg_log_reading *r, int64_t row, struct mg_err *err)
{
	struct mg_cursor *c = &r->log->cursor;
	struct mg_cursor known = { .id = row };
	const int rc = mg_store_each_cursor(r->sweep->opts.store,
					    r->sweep->source.id, copy_cursor,
					    &known, err);

	if (rc < 0)
		return rc;
	memcpy(known.path, c->path, sizeof(known.path));
	known.dev = c->dev;
	known.ino = c->ino;
	known.born_ns = c->born_ns;
	*c = known;
	return 0;
}

/* The child may only name a log that it was handed, at its place. */
static int take_identity(struct mg_log_reading *r,
			 const struct mg_record_identity *identity,
			 struct mg_err *err)
{
	bool is_known = identity->match == MG_MATCH_NONE;
	int rc = 0;

	for (size_t i = 0; i < r->n_known && !is_known; i++)
		is_known = r->known[i].log == identity->log &&
			   r->known[i].place.at == identity->offset;
	if (r->log->pack == MG_PACK_NONE || r->is_identified || !is_known)
		return mg_fail(err, MG_EPARSE,
			       "the parser named a log it was not given");
	r->is_identified = true;
	if (identity->match != MG_MATCH_NONE)
		rc = go_on_as(r, identity->log, err);
	r->log->match = (enum mg_match)identity->match;
	r->result->from = r->result->to = r->log->cursor.offset;
	r->result->log = r->log->cursor.id;
	return rc;
}

static int take_end(struct mg_log_reading *r, int64_t at, struct mg_err *err)
{
	const bool is_longer = r->log->match == MG_MATCH_SHORTER;

	if (!r->is_identified || r->has_ended || r->in_chunk ||
	    (at < r->result->to) != is_longer)
		return mg_fail(err, MG_EPARSE,
			       "the parser ended in the wrong place");
	r->has_ended = true;
	r->end = at;
	return 0;
}

static int take_record(struct mg_log_reading *r, const struct mg_record *record,
		       struct mg_err *err)
{
	int rc;

	switch (record->type) {
	case MG_RECORD_FAILED:
		r->result->is_unreadable = true;
		return fail_read(&record->body.failed, err);
	case MG_RECORD_IDENTITY:
		return take_identity(r, &record->body.identity, err);
	case MG_RECORD_PLACE:
		r->place = record->body.place;
		return 0;
	case MG_RECORD_END:
		return take_end(r, record->body.end.at, err);
	default:
		break;
	}
	if (r->has_ended || (r->log->pack != MG_PACK_NONE && !r->is_identified))
		return mg_fail(err, MG_EPARSE,
			       "the parser counted a log it has not named");
	rc = mg_sweep_open_chunk(r, err);
	if (rc < 0)
		return rc;
	if (record->type == MG_RECORD_CHUNK)
		return mg_sweep_close_chunk(r, &record->body.chunk, err);
	if (record->type == MG_RECORD_ENTRY &&
	    r->sweep->opts.dialect != MG_DIALECT_JOURNAL)
		return mg_fail(err, MG_EPARSE,
			       "the parser sent a record out of place");
	if (record->type == MG_RECORD_SHAPE)
		mg_drift_add_shape(r->sweep->drift, &record->body.shape,
				   r->log->path);
	return mg_admit_record(&r->admit, record, err);
}

/* Everything the child says, until it has said all. */
static int take_records(struct mg_log_reading *r, struct mg_err *err)
{
	struct mg_record record;
	int rc;

	while ((rc = mg_record_read(&r->pipe, &record, err)) == 1) {
		rc = take_record(r, &record, err);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int run_child(struct mg_log_reading *r, struct mg_err *err)
{
	struct mg_parse_job job = {
		.counter = &r->counter,
		.from = r->log->cursor.offset,
		.end = r->end,
		.chunk_bytes = chunk_bytes,
		.pack = r->log->pack,
		.known = r->known,
		.n_known = r->n_known,
		.seen = r->sweep->opts.dialect == MG_DIALECT_JOURNAL ? &r->seen
								     : NULL,
		.is_brief = r->admit.is_brief,
	};
	const unsigned n = mg_children_of(r->sweep, r->log, job.end - job.from);
	int rc = mg_children_start(&r->children, r->log->fd, &job, n,
				   mg_sweep_jail(r->sweep), err);

	if (rc < 0)
		return rc;
	r->pipe.fd = r->children.first.from_fd;
	rc = take_records(r, err);
	if (rc < 0) {
		mg_children_kill(&r->children);
		return rc;
	}
	rc = mg_children_wait(&r->children, err);
	if (rc < 0 && job.pack == MG_PACK_NONE)
		mg_err_prefix(err, "bytes %lld to %lld were not counted",
			      (long long)r->log->cursor.offset,
			      (long long)r->end);
	else if (rc < 0)
		mg_err_prefix(err,
			      "what comes behind byte %lld was not counted",
			      (long long)r->log->cursor.offset);
	return rc;
}

static int restore_entry(void *arg, const struct mg_entry *entry)
{
	mg_seen_restore(arg, entry);
	return 0;
}

/* Tables that nobody needs are not read; an export has no host to ask. */
static int want_ready(struct mg_sweep *s, struct mg_err *err)
{
	s->has_stopped = s->has_stopped ||
			 (s->host && !s->host->is_ready(s->host->arg));
	return s->has_stopped ? mg_fail(err, MG_ECONF, "the sweep was stopped")
			      : 0;
}

static int parse(struct mg_log_reading *r, struct mg_err *err)
{
	struct mg_sweep *s = r->sweep;
	int rc = want_ready(s, err);

	if (rc == 0)
		rc = mg_sweep_restore(s, &r->counter,
				      r->end - r->log->cursor.offset, &r->admit,
				      err);
	if (rc == 0 && s->opts.dialect == MG_DIALECT_JOURNAL)
		rc = mg_store_each_entry(s->opts.store, s->source.id,
					 restore_entry, &r->seen, err);
	if (rc == 0 && r->log->pack != MG_PACK_NONE)
		rc = mg_sweep_known(s, &r->known, &r->n_known, err);
	return rc < 0 ? rc : run_child(r, err);
}

static int read_plain(struct mg_log_reading *r, struct mg_err *err)
{
	int rc = 0;

	r->end = r->log->info.size_bytes;
	if (r->log->match == MG_MATCH_SHORTER) {
		r->result->longer = r->log->cursor.offset;
		return 0;
	}
	if (r->end > r->log->cursor.offset)
		rc = parse(r, err);
	r->result->waiting = r->end - r->result->to;
	return rc;
}

/*
 * So that the next sweep need not unpack it to know it. Its last line will not
 * get an end any more.
 */
static int put_whole(struct mg_log_reading *r, struct mg_err *err)
{
	struct mg_sweep *s = r->sweep;
	struct mg_cursor *c = &r->log->cursor;
	int rc = 0;

	c->packed_bytes = r->log->info.size_bytes;
	c->packed_hash = r->log->packed_hash;
	c->seen_at = s->opts.now;
	if (r->result->waiting && !c->is_torn)
		rc = mg_store_add_lines(s->opts.store, s->source.id, "torn", 1,
					err);
	c->is_torn = c->is_torn || r->result->waiting;
	if (rc == 0)
		rc = mg_store_put_cursor(s->opts.store, s->source.id, c, err);
	return rc;
}

static int remember_whole(struct mg_log_reading *r, struct mg_err *err)
{
	int rc;

	/* Without a whole line there is nothing to know it by. */
	if (r->log->cursor.id == 0)
		return 0;
	rc = mg_sweep_transact(r->sweep, err);
	if (rc < 0)
		return rc;
	r->in_chunk = true;
	rc = put_whole(r, err);
	if (rc == 0)
		rc = mg_sweep_commit(r->sweep, err);
	r->in_chunk = rc < 0;
	return rc;
}

static int read_packed(struct mg_log_reading *r, struct mg_err *err)
{
	int rc;

	if (r->sweep->opts.dialect == MG_DIALECT_JOURNAL)
		return mg_fail(err, MG_EPARSE,
			       "a compressed export: give what unpacks it to "
			       "standard input, as '-'");
	if (r->log->is_whole)
		return 0;
	r->end = INT64_MAX;
	rc = parse(r, err);
	if (rc == 0 && !r->has_ended)
		rc = mg_fail(err, MG_EPARSE, "the parser did not end");
	if (rc < 0)
		return rc;
	if (r->log->match == MG_MATCH_SHORTER) {
		r->result->longer = r->log->cursor.offset;
		return 0;
	}
	r->result->waiting = r->end - r->result->to;
	return remember_whole(r, err);
}

int mg_log_read(struct mg_sweep *s, struct mg_log *log,
		struct mg_sweep_result *result, struct mg_err *err)
{
	struct mg_log_reading *r = mg_mem_zalloc(1, sizeof(*r));
	int rc;

	r->sweep = s;
	r->log = log;
	r->result = result;
	mg_admit_init(&r->admit, s->opts.store, s->opts.accounts, s->source.id,
		      s->hour_offset_s);
	r->admit.is_dry = s->opts.dry_run;
	r->admit.reach_s = s->opts.judge ? s->opts.judge->reach_s : 0;
	r->admit.is_brief = s->opts.dry_run && !s->opts.judge;
	result->from = result->to = log->cursor.offset;
	result->log = log->cursor.id;
	rc = log->pack == MG_PACK_NONE ? read_plain(r, err)
				       : read_packed(r, err);
	if (r->in_chunk)
		mg_sweep_rollback(s);
	mg_counter_release(&r->counter);
	mg_admit_release(&r->admit);
	mg_seen_release(&r->seen);
	mg_mem_free(r->known);
	mg_mem_free(r);
	return rc;
}
