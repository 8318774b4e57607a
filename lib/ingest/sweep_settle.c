/* SPDX-License-Identifier: MIT */
/*
 * What becomes of the generations of a log once they were read: which is the
 * current one, which is done with, which is lost.
 */
#include "sweep_priv.h"

#include <string.h>

/* Sweeps in which a rotated log must not grow until it is done with. */
#define QUIET_SWEEPS 2

/* Clocks of file systems on other machines. Seconds. */
#define CLOCK_SLACK_S 60

static int put(struct mg_stream *st, struct mg_cursor *c, struct mg_err *err)
{
	c->seen_at = st->sweep->opts.now;
	return mg_store_put_cursor(st->sweep->opts.store, st->sweep->source.id,
				   c, err);
}

/* The end without newline of a log that will not get one. */
static int finish(struct mg_stream *st, struct mg_old *old, struct mg_err *err)
{
	struct mg_sweep *s = st->sweep;

	old->cursor.state = MG_LOG_DONE;
	if (old->waiting == 0 || old->cursor.is_torn)
		return 0;
	old->cursor.is_torn = true;
	return mg_store_add_lines(s->opts.store, s->source.id, "torn", 1, err);
}

static bool has_successor(const struct mg_stream *st, const struct mg_old *old)
{
	const struct mg_old *end = st->find.olds + st->find.n_olds;

	if (st->log.cursor.offset > 0)
		return true;
	while (++old < end)
		if (old->cursor.offset > 0)
			return true;
	return false;
}

/* So that a sweep of which there are many a minute is none of QUIET_SWEEPS. */
static bool has_waited(const struct mg_stream *st, const struct mg_cursor *c)
{
	const struct mg_sweep_opts *o = &st->sweep->opts;

	return o->now - c->seen_at >= o->quiet_s;
}

static int settle_found(struct mg_stream *st, struct mg_old *old,
			struct mg_err *err)
{
	struct mg_cursor *c = &old->cursor;

	if (c->state == MG_LOG_CURRENT || old->has_grown)
		c->n_quiet = 0;
	else if (c->n_quiet < QUIET_SWEEPS && has_waited(st, c))
		c->n_quiet++;
	c->state = MG_LOG_ROTATED;
	if (old->is_copy ||
	    (c->n_quiet >= QUIET_SWEEPS && has_successor(st, old)))
		return finish(st, old, err);
	return 0;
}

/*
 * It may turn up again by the next sweep, if a rotation is under way. One that
 * did not grow any more after it was rotated may be deleted.
 */
static void settle_lost(struct mg_stream *st, struct mg_old *old)
{
	struct mg_cursor *c = &old->cursor;
	const bool emptied = st->was_emptied &&
			     old == mg_stream_last_current(st);
	const bool was_read = c->state == MG_LOG_ROTATED && c->n_quiet > 0;

	if (!was_read && !c->path[0] && !has_waited(st, c))
		return;
	if (!was_read && c->path[0])
		mg_stream_say(st, &(struct mg_sweep_event){
					  .what = MG_SWEEP_LOST,
					  .path = st->path,
					  .offset = c->offset,
					  .was_emptied = emptied });
	c->state = was_read || !c->path[0] ? MG_LOG_DONE : MG_LOG_ROTATED;
	memset(c->path, 0, sizeof(c->path));
}

static bool is_changed(const struct mg_old *old)
{
	const struct mg_cursor *a = &old->stored, *b = &old->cursor;

	return a->state != b->state || a->n_quiet != b->n_quiet ||
	       a->is_torn != b->is_torn || strcmp(a->path, b->path) != 0;
}

static int settle_old(struct mg_stream *st, struct mg_old *old,
		      struct mg_err *err)
{
	struct mg_cursor *c = &old->cursor;
	int rc = 0;

	/* A row of nothing belongs to the current log now. */
	if (c->id == 0 || c->id == st->log.cursor.id || old->has_failed)
		return 0;
	if (old->is_found)
		rc = settle_found(st, old, err);
	else if (c->offset == 0)
		c->state = MG_LOG_DONE;
	else if (st->is_there && !st->find.has_failed)
		settle_lost(st, old);
	return rc == 0 && is_changed(old) ? put(st, c, err) : rc;
}

/*
 * A log of which nothing could be read yet gets a row all the same: what it
 * will get before the next rotation is to be found by it.
 */
static int settle_empty(struct mg_stream *st, struct mg_err *err)
{
	struct mg_cursor *c = &st->log.cursor;
	struct mg_old *last = mg_stream_last_current(st);
	int rc;

	if (!st->is_there || c->offset > 0 || st->log.match != MG_MATCH_NONE ||
	    st->is_kept_empty || (st->empty_row && mg_stream_has_failed(st)))
		return 0;
	c->first_at = st->sweep->opts.now - CLOCK_SLACK_S;
	/* One that was empty the last time as well reaches as far back. */
	if (last && last->cursor.id == c->id)
		c->first_at = last->cursor.first_at;
	rc = put(st, c, err);
	st->sweep->has_new_rows = true;
	return rc;
}

static int settle_all(struct mg_stream *st, struct mg_err *err)
{
	int rc = settle_empty(st, err);

	for (size_t i = 0; rc == 0 && i < st->find.n_olds; i++) {
		struct mg_old *old = &st->find.olds[i];

		/* The next sweep searches from the same place again. */
		if (old->cursor.state == MG_LOG_CURRENT &&
		    (mg_stream_has_failed(st) || st->log.cursor.id == 0))
			continue;
		rc = settle_old(st, old, err);
	}
	return rc;
}

void mg_stream_settle(struct mg_stream *st)
{
	struct mg_err err = { 0 };
	int rc = mg_sweep_transact(st->sweep, &err);

	if (rc == 0)
		rc = settle_all(st, &err);
	if (rc == 0)
		rc = mg_sweep_commit(st->sweep, &err);
	if (rc < 0) {
		mg_sweep_rollback(st->sweep);
		mg_stream_fail(st, &err);
	}
}
