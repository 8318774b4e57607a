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

/* One log on its way. */
struct reading {
	struct mg_sweep *sweep;
	struct mg_log *log;
	struct mg_sweep_result *result;
	struct mg_counter counter; /* the child's start; not used here after */
	struct mg_admit admit;
	struct mg_children children;
	struct mg_record_pipe pipe;
	int64_t end;   /* bytes of the log; of a compressed one at its end */
	bool in_chunk; /* a transaction is open */
	/* Of a compressed log, into which only the child can look: */
	struct mg_known *known; /* what it may be; owned */
	size_t n_known;
	struct mg_seen seen;   /* of the journal */
	bool is_identified;    /* the child said which it is */
	bool has_ended;        /* and where it ends */
	struct mg_place place; /* what it said about the end of a chunk */
};

static int open_chunk(struct reading *r, struct mg_err *err)
{
	int rc;

	if (r->in_chunk)
		return 0;
	rc = mg_sweep_transact(r->sweep, err);
	if (rc < 0)
		return rc;
	r->in_chunk = true;
	return mg_store_clear_cwds(r->sweep->opts.store, r->sweep->source.id,
				   err);
}

static int add_lines(struct reading *r, const struct mg_record_chunk *chunk,
		     struct mg_err *err)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < MG_LINE_KINDS; i++) {
		if (chunk->n_lines[i] == 0)
			continue;
		rc = mg_store_add_lines(r->sweep->opts.store,
					r->sweep->source.id,
					mg_line_kind_name((unsigned)i),
					(int64_t)chunk->n_lines[i], err);
	}
	return rc;
}

static void note_chunk(struct mg_sweep_result *result,
		       const struct mg_record_chunk *chunk)
{
	result->to = chunk->to;
	for (int i = 0; i < MG_LINE_KINDS; i++) {
		result->n_kinds[i] += chunk->n_lines[i];
		result->n_lines += chunk->n_lines[i];
	}
	result->n_orphans += chunk->n_orphans;
	result->n_forgotten += chunk->n_forgotten;
}

/* Of a compressed log the child has to be believed where a chunk ends. */
static int advance(struct reading *r, int64_t to, struct mg_err *err)
{
	struct mg_cursor *c = &r->log->cursor;

	if (r->log->is_piece) {
		c->offset = to;
		return 0;
	}
	if (r->log->pack == MG_PACK_NONE)
		return mg_follow_advance(c, r->log->fd, &r->sweep->key, to,
					 err);
	if (r->place.at != to)
		return mg_fail(err, MG_EPARSE,
			       "the parser did not prove where it is");
	c->offset = to;
	c->head_len = r->place.head_len;
	c->head_hash = r->place.head_hash;
	c->anchor_len = r->place.anchor_len;
	c->anchor_hash = r->place.anchor_hash;
	return 0;
}

/* How much of all logs so far was understood. */
static int mark_drift(struct reading *r, const struct mg_record_chunk *chunk,
		      struct mg_err *err)
{
	struct mg_sweep *s = r->sweep;
	struct mg_drift mark;

	mg_drift_add_lines(s->drift, chunk->n_lines, chunk->n_odd);
	mark = mg_drift_mark(s->drift, s->opts.now);
	return mg_store_put_drift(s->opts.store, s->source.id, &mark, err);
}

/* What is over a limit, where somebody asks. */
static int judge(struct reading *r, const struct mg_record_chunk *chunk,
		 struct mg_err *err)
{
	const struct mg_sweep_opts *o = &r->sweep->opts;

	int rc;

	if (!o->judge)
		return 0;
	rc = o->judge->judge(o->judge->arg, &r->admit.docket,
			     &(struct mg_sweep_chunk){
				     .source = r->sweep->source.id,
				     .log = r->log->cursor.id,
				     .from = chunk->from,
				     .to = chunk->to,
				     .hash = r->log->cursor.anchor_hash,
				     .dialect = o->dialect,
				     .reached = r->sweep->source.last_at,
			     },
			     err);
	mg_docket_clear(&r->admit.docket);
	return rc;
}

static void tell_step(const struct reading *r,
		      const struct mg_record_chunk *chunk)
{
	const struct mg_sweep_opts *o = &r->sweep->opts;
	const bool has_end = !r->log->is_piece && r->log->pack == MG_PACK_NONE;
	struct mg_sweep_step step = { .path = r->log->path,
				      .from = chunk->from,
				      .to = chunk->to,
				      .end = has_end ? r->end : -1 };

	if (!o->step)
		return;
	for (int i = 0; i < MG_LINE_KINDS; i++)
		step.n_lines += chunk->n_lines[i];
	o->step(o->step_arg, &step);
}

/* Counts, in-flight state, position: all of it or nothing. */
static int close_chunk(struct reading *r, const struct mg_record_chunk *chunk,
		       struct mg_err *err)
{
	struct mg_sweep *s = r->sweep;
	struct mg_cursor *cursor = &r->log->cursor;
	const struct mg_source source = { .id = s->source.id,
					  .last_at = chunk->last_at,
					  .next_seq = chunk->next_seq };
	int rc;

	if (chunk->from != cursor->offset || chunk->to > r->end)
		return mg_fail(err, MG_EPARSE,
			       "the parser claims bytes it was not given");
	if (chunk->from == 0 && chunk->first_at != INT64_MAX)
		cursor->first_at = chunk->first_at;
	cursor->seen_at = s->opts.now;
	/* A stamp of a time to come, which somebody may have written, does not
	   make the slots of this hour old. */
	rc = mg_admit_chunk(&r->admit,
			    chunk->last_at < s->opts.now ? chunk->last_at
							 : s->opts.now,
			    err);
	if (rc == 0)
		rc = advance(r, chunk->to, err);
	if (rc == 0 && !r->log->is_piece)
		rc = mg_store_put_cursor(s->opts.store, s->source.id, cursor,
					 err);
	if (rc == 0)
		rc = mg_store_put_source(s->opts.store, &source, err);
	if (rc == 0)
		rc = add_lines(r, chunk, err);
	if (rc == 0)
		rc = mark_drift(r, chunk, err);
	if (rc == 0)
		rc = judge(r, chunk, err);
	if (rc == 0)
		rc = mg_sweep_commit(s, err);
	if (rc < 0)
		return rc;
	s->source = source;
	s->has_new_rows = s->has_new_rows || chunk->from == 0;
	r->in_chunk = false;
	r->result->log = cursor->id;
	note_chunk(r->result, chunk);
	tell_step(r, chunk);
	return 0;
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
static int go_on_as(struct reading *r, int64_t row, struct mg_err *err)
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
static int take_identity(struct reading *r,
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

static int take_end(struct reading *r, int64_t at, struct mg_err *err)
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

static int take_record(struct reading *r, const struct mg_record *record,
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
	rc = open_chunk(r, err);
	if (rc < 0)
		return rc;
	if (record->type == MG_RECORD_CHUNK)
		return close_chunk(r, &record->body.chunk, err);
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
static int take_records(struct reading *r, struct mg_err *err)
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

static int run_child(struct reading *r, struct mg_err *err)
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

static int parse(struct reading *r, struct mg_err *err)
{
	struct mg_sweep *s = r->sweep;
	int rc = want_ready(s, err);

	if (rc == 0)
		rc = mg_sweep_restore(s, &r->counter, &r->admit, err);
	if (rc == 0 && s->opts.dialect == MG_DIALECT_JOURNAL)
		rc = mg_store_each_entry(s->opts.store, s->source.id,
					 restore_entry, &r->seen, err);
	if (rc == 0 && r->log->pack != MG_PACK_NONE)
		rc = mg_sweep_known(s, &r->known, &r->n_known, err);
	return rc < 0 ? rc : run_child(r, err);
}

static int read_plain(struct reading *r, struct mg_err *err)
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
static int put_whole(struct reading *r, struct mg_err *err)
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

static int remember_whole(struct reading *r, struct mg_err *err)
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

static int read_packed(struct reading *r, struct mg_err *err)
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
	struct reading *r = mg_mem_zalloc(1, sizeof(*r));
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
