/* SPDX-License-Identifier: MIT */
/*
 * One log that was named, over its rotations.
 *
 * Of each log the store knows which generation was the current one. When that
 * is no longer what is at the path, it was rotated: it is looked for, read to
 * its end, then what came between, then what is there now. The old one stays
 * the current one in the store until the new one has a row, so that a crash
 * at any moment leaves the search to the next sweep.
 */
#include "sweep_priv.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/generation.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void mg_stream_say(const struct mg_stream *st,
		   const struct mg_sweep_event *event)
{
	const struct mg_sweep_host *host = st->sweep->host;

	host->hear(host->arg, event);
}

void mg_stream_fail(const struct mg_stream *st, const struct mg_err *err)
{
	const struct mg_sweep_result none = { 0 };

	mg_stream_say(st, &(struct mg_sweep_event){ .what = MG_SWEEP_FAILED,
						    .path = st->path,
						    .result = &none,
						    .err = err });
}

static void add_old(struct mg_stream *st, const struct mg_cursor *c)
{
	struct mg_find *f = &st->find;

	f->olds = mg_vec_room(f->olds, f->n_olds, &st->cap_olds,
			      sizeof(*f->olds));
	f->olds[f->n_olds++] = (struct mg_old){ .cursor = *c, .stored = *c };
}

static int take_row(void *arg, const struct mg_cursor *c)
{
	add_old(arg, c);
	return 0;
}

struct mg_old *mg_stream_last_current(const struct mg_stream *st)
{
	for (size_t i = st->find.n_olds; i-- > 0;)
		if (st->find.olds[i].cursor.state == MG_LOG_CURRENT)
			return &st->find.olds[i];
	return NULL;
}

static void drop_old(struct mg_stream *st, struct mg_old *old)
{
	struct mg_find *f = &st->find;
	const size_t at = (size_t)(old - f->olds);

	memmove(old, old + 1, (f->n_olds - at - 1) * sizeof(*old));
	f->n_olds--;
}

static bool is_same_file(const struct mg_cursor *c,
			 const struct mg_file_info *info)
{
	return c->dev == info->dev && c->ino == info->ino &&
	       (c->born_ns == 0 || info->born_ns == 0 ||
		c->born_ns == info->born_ns);
}

/* Whether a log of another name is where it was, so that this is a copy. */
static bool is_elsewhere(struct mg_stream *st, const struct mg_cursor *stored)
{
	struct mg_log log;
	bool is_there =
		mg_log_open(st->sweep, stored->path, stored, &log, NULL) == 0 &&
		log.match != MG_MATCH_NONE && log.cursor.id == stored->id &&
		log.info.ino != st->log.info.ino;

	mg_log_close(&log);
	return is_there;
}

static int copy_row(void *arg, const struct mg_cursor *c)
{
	struct mg_cursor *wanted = arg;

	if (c->id != wanted->id)
		return 0;
	*wanted = *c;
	return 1;
}

/*
 * What is at the path is known under another name. A log that moved takes its
 * new name; a rotated one, or a copy, that was named is only read.
 * Returns whether the path leads to a log of its own.
 */
static bool is_own(struct mg_stream *st)
{
	struct mg_cursor *c = &st->log.cursor;
	struct mg_cursor stored = { .id = c->id };

	if (st->log.match == MG_MATCH_NONE || !strcmp(c->stream, st->name))
		return true;
	if (mg_generation_of(base_of(c->stream), base_of(st->path)) !=
		    MG_GENERATION_NONE ||
	    mg_store_each_cursor(st->sweep->opts.store, st->sweep->source.id,
				 copy_row, &stored, NULL) != 1 ||
	    is_elsewhere(st, &stored))
		return false;
	return true;
}

/* Takes what is current out of the rows; what is left was rotated. */
static void settle_current(struct mg_stream *st)
{
	struct mg_cursor *c = &st->log.cursor;
	struct mg_old *last = mg_stream_last_current(st);

	for (size_t i = st->find.n_olds; i-- > 0;)
		if (st->log.match != MG_MATCH_NONE &&
		    st->find.olds[i].cursor.id == c->id)
			drop_old(st, &st->find.olds[i]);
	if (st->log.match == MG_MATCH_NONE && last &&
	    last->cursor.offset == 0) {
		/* Nothing was read of it: its row serves the new one, but what
		   came between is still to be found. */
		st->empty_row = last->cursor.id;
		st->is_kept_empty = is_same_file(&last->cursor, &st->log.info);
		if (st->is_kept_empty && st->find.n_olds == 1)
			drop_old(st, last);
	} else if (st->log.match == MG_MATCH_NONE && last) {
		st->was_emptied = is_same_file(&last->cursor, &st->log.info);
	}
	memcpy(c->stream, st->name, sizeof(c->stream));
	c->state = MG_LOG_CURRENT;
}

/* --- reading --- */

/* What is damaged stays so, and holds nothing up. */
static bool may_be_better(int rc)
{
	return rc < 0 && rc != -MG_EPARSE;
}

static void read_old(struct mg_stream *st, struct mg_old *old)
{
	struct mg_sweep_result result = { 0 };
	struct mg_log log;
	int rc = mg_log_open(st->sweep, old->path, &old->cursor, &log, NULL);

	if (rc == 0)
		rc = mg_sweep_read(st->sweep, &log, false, &result);
	old->has_failed = may_be_better(rc);
	st->must_wait = st->must_wait ||
			(old->has_failed && !result.is_unreadable);
	/* Only a compressed one may turn out to be another. */
	old->is_found = log.cursor.id == old->cursor.id;
	if (old->is_found) {
		old->cursor = log.cursor;
		old->has_grown = result.to > result.from;
		old->waiting = result.waiting;
		old->info = log.info;
	}
	mg_log_close(&log);
}

/* It is one of the old ones from here on. */
static void read_between(struct mg_stream *st, const struct mg_between *b)
{
	const struct mg_cursor none = { .id = 0 };
	struct mg_sweep_result result = { 0 };
	struct mg_old *old;
	struct mg_log log;
	int rc = mg_log_open(st->sweep, b->path, NULL, &log, NULL);

	add_old(st, &none);
	old = &st->find.olds[st->find.n_olds - 1];
	if (rc == 0 && log.match == MG_MATCH_NONE) {
		memcpy(log.cursor.stream, st->name, sizeof(st->name));
		log.cursor.state = MG_LOG_ROTATED;
		rc = mg_sweep_read(st->sweep, &log, false, &result);
	}
	old->cursor = log.cursor;
	old->is_found = log.cursor.id != 0;
	old->has_failed = may_be_better(rc);
	st->must_wait = st->must_wait ||
			(old->has_failed && !result.is_unreadable);
	old->has_grown = true;
	old->is_copy = log.pack != MG_PACK_NONE;
	old->waiting = result.waiting;
	mg_log_close(&log);
}

static void read_rotated(struct mg_stream *st)
{
	struct mg_find *f = &st->find;
	const size_t n = f->n_olds;
	struct mg_old *last = mg_stream_last_current(st);

	f->sweep = st->sweep;
	f->path = st->path;
	f->current = st->is_there ? &st->log.info : NULL;
	mg_find_generations(f);
	st->must_wait = f->must_wait;
	for (size_t i = 0; i < n && !st->must_wait; i++)
		if (f->olds[i].is_found)
			read_old(st, &f->olds[i]);
	if (st->was_emptied && last->is_found) {
		last->is_copy = true;
		mg_stream_say(st, &(struct mg_sweep_event){
					  .what = MG_SWEEP_EMPTIED,
					  .path = st->path,
					  .rotated = last->path,
					  .offset = last->cursor.offset,
					  .end = last->cursor.offset +
						 last->waiting,
				  });
	}
	for (size_t i = 0; i < f->n_betweens && !st->must_wait; i++)
		read_between(st, &f->betweens[i]);
}

bool mg_stream_has_failed(const struct mg_stream *st)
{
	for (size_t i = 0; i < st->find.n_olds; i++)
		if (st->find.olds[i].has_failed)
			return true;
	return st->find.has_failed;
}

/*
 * The row of an empty log becomes that of the next one, unless it is needed to
 * search from there again.
 */
static void read_current(struct mg_stream *st)
{
	struct mg_sweep_result result = { 0 };

	if (st->log.cursor.id == 0 && !mg_stream_has_failed(st))
		st->log.cursor.id = st->empty_row;
	/* What fails is told, and tried again by the next sweep. */
	(void)mg_sweep_read(st->sweep, &st->log, true, &result);
}

/* --- one log --- */

static void resolve(struct mg_stream *st)
{
	struct mg_buf name;

	mg_buf_init(&name, sizeof(st->name) - 1);
	if (mg_file_resolve(st->path, false, &name) != 0 || name.truncated) {
		mg_buf_clear(&name);
		mg_buf_add_str(&name, st->path);
	}
	memcpy(st->name, name.ptr, name.len);
	mg_buf_release(&name);
}

/* It is not there. That is in order when it was rotated just now. */
static void tell_missing(struct mg_stream *st, const struct mg_err *err)
{
	const struct mg_old *last = mg_stream_last_current(st);

	if (last && last->is_found && !mg_file_exists(st->path))
		mg_stream_say(st, &(struct mg_sweep_event){
					  .what = MG_SWEEP_ABSENT,
					  .path = st->path,
					  .rotated = last->path });
	else
		mg_stream_fail(st, err);
}

/* A read that failed was told already; a look that did was not. */
static void tell_waiting(const struct mg_stream *st)
{
	struct mg_err err = { 0 };

	if (!st->find.must_wait)
		return;
	(void)mg_fail(&err, MG_EIO,
		      "'%s': its rotated files cannot be looked at now",
		      st->path);
	mg_stream_fail(st, &err);
}

static void follow(struct mg_stream *st, const struct mg_err *err)
{
	if (st->is_there)
		settle_current(st);
	if (st->find.n_olds)
		read_rotated(st);
	/* Lines are counted in their order: the next sweep reads all of it. */
	if (st->must_wait) {
		tell_waiting(st);
		return;
	}
	if (st->is_there)
		read_current(st);
	else
		tell_missing(st, err);
	if (st->sweep->has_stopped)
		return;
	if (st->find.n_olds || (st->is_there && st->log.cursor.offset == 0))
		mg_stream_settle(st);
}

void mg_sweep_stream(struct mg_sweep *s, const char *path)
{
	struct mg_stream *st = mg_mem_zalloc(1, sizeof(*st));
	const struct mg_old *last;
	struct mg_err err = { 0 };
	int rc;

	st->sweep = s;
	st->path = path;
	st->log.fd = -1;
	resolve(st);
	rc = mg_store_each_live(s->opts.store, s->source.id, st->name, take_row,
				st, &err);
	if (rc == 0) {
		last = mg_stream_last_current(st);
		rc = mg_log_open(s, path, last ? &last->cursor : NULL, &st->log,
				 &err);
		st->is_there = rc == 0;
	}
	/* What is named like a rotated log is no log that will rotate. */
	if (st->is_there &&
	    (st->log.pack != MG_PACK_NONE ||
	     mg_generation_is_any(base_of(path)) || !is_own(st)))
		read_current(st);
	else
		follow(st, &err);
	mg_log_close(&st->log);
	mg_mem_free(st->find.olds);
	mg_mem_free(st->find.betweens);
	mg_mem_free(st);
}
