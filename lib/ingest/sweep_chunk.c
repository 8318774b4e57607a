/* SPDX-License-Identifier: MIT */
/*
 * A chunk of a log is what one transaction takes in: its counts, the messages
 * in flight, what it was judged to be, and where the log was left. All of it or
 * nothing.
 */
#include "sweep_priv.h"

int mg_sweep_open_chunk(struct mg_log_reading *r, struct mg_err *err)
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

static int add_lines(struct mg_log_reading *r,
		     const struct mg_record_chunk *chunk, struct mg_err *err)
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
static int advance(struct mg_log_reading *r, int64_t to, struct mg_err *err)
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
static int mark_drift(struct mg_log_reading *r,
		      const struct mg_record_chunk *chunk, struct mg_err *err)
{
	struct mg_sweep *s = r->sweep;
	struct mg_drift mark;

	mg_drift_add_lines(s->drift, chunk->n_lines, chunk->n_odd);
	mark = mg_drift_mark(s->drift, s->opts.now);
	return mg_store_put_drift(s->opts.store, s->source.id, &mark, err);
}

/* What is over a limit, where somebody asks. */
static int judge(struct mg_log_reading *r, const struct mg_record_chunk *chunk,
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

static void tell_step(const struct mg_log_reading *r,
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

int mg_sweep_close_chunk(struct mg_log_reading *r,
			 const struct mg_record_chunk *chunk,
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
