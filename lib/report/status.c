/* SPDX-License-Identifier: MIT */
#include "status_priv.h"

#include <stdarg.h>
#include <stdio.h>

#include "mailguard/acts.h"
#include "mailguard/file.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define DAY_S 86400
#define TROUBLES_SHOWN 20
#define DETAIL_MAX 200  /* bytes of what a hook said; why has the rest */
#define FULL_PERCENT 90 /* of a set, time enough to enlarge it */

static void complain(struct mg_status_facts *r, const char *fmt, ...)
	MG_PRINTF(2, 3);

static void complain(struct mg_status_facts *r, const char *fmt, ...)
{
	char text[MG_STATUS_PROBLEM_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (r->problems.len)
		mg_buf_add_char(&r->problems, '\n');
	mg_buf_add_printable(&r->problems, mg_slice_str(text));
}

static struct mg_status_row *add_row(struct mg_status_facts *r,
				     const struct mg_status_row *like)
{
	r->rows = mg_vec_room(r->rows, r->n_rows, &r->cap_rows,
			      sizeof(*r->rows));
	r->rows[r->n_rows] = *like;
	return &r->rows[r->n_rows++];
}

/*
 * Logs that are followed: not what was put away, and nothing that was swept
 * by hand once and left alone since.
 */
static bool is_followed(const struct mg_status_facts *r,
			const struct mg_cursor *c)
{
	return c->state == MG_LOG_CURRENT && c->packed_bytes == 0 &&
	       c->seen_at > r->health.ended_at - DAY_S;
}

static int take_cursor(void *arg, const struct mg_cursor *c)
{
	struct mg_status_facts *r = arg;

	if (is_followed(r, c))
		add_row(r, r->source)->log = *c;
	return 0;
}

/*
 * How far its file is ahead of what was read. The stream is its whole path; the
 * path is as somebody typed it, wherever that was.
 */
static void look_at_file(struct mg_status_facts *r, struct mg_status_row *row)
{
	const struct mg_cursor *c = &row->log;
	struct mg_file_info info;

	if (mg_file_look(c->stream, &info) != 0) {
		complain(r, "%s is not there", c->path);
	} else if (info.dev != c->dev || info.ino != c->ino) {
		/* Rotated: all of the new file, and the rest of the old. */
		row->behind = info.size_bytes;
	} else if (info.size_bytes < c->offset) {
		complain(r,
			 "%s is shorter than what was read of it: it was cut, "
			 "or emptied in place",
			 c->path);
	} else {
		row->behind = info.size_bytes - c->offset;
	}
}

/* Whether it has the name of another one, and more: mainlog.1, mainlog-2026. */
static bool is_rotated_name(const struct mg_status_facts *r,
			    const struct mg_status_row *row)
{
	const struct mg_slice name = mg_slice_str(row->log.stream);

	for (size_t i = 0; i < r->n_rows; i++) {
		const struct mg_slice other =
			mg_slice_str(r->rows[i].log.stream);

		if (other.len && other.len < name.len &&
		    mg_slice_has_prefix(name, other) &&
		    (name.ptr[other.len] == '.' || name.ptr[other.len] == '-'))
			return true;
	}
	return false;
}

/* Rotated files that were named, when the log was swept first, are no news. */
static void look_at_files(struct mg_status_facts *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_rows; i++) {
		if (r->rows[i].log.id && is_rotated_name(r, &r->rows[i]))
			continue;
		r->rows[n] = r->rows[i];
		if (r->rows[n].log.id)
			look_at_file(r, &r->rows[n]);
		n++;
	}
	r->n_rows = n;
}

static void check_drift(struct mg_status_facts *r,
			const struct mg_status_row *row)
{
	const struct mg_drift *d = &row->drift;

	if (d->is_alarm)
		complain(r,
			 "%s: %llu of %llu lines of the last sweep are of no "
			 "known kind, so counts may lack what they said",
			 row->source, (unsigned long long)d->n_unknown,
			 (unsigned long long)d->n_lines);
}

static int take_source(void *arg, struct mg_slice name,
		       const struct mg_source *source)
{
	struct mg_status_facts *r = arg;
	struct mg_status_row row = { .behind = -1, .last_at = source->last_at };
	const size_t n_rows = r->n_rows;
	int rc;

	(void)snprintf(row.source, sizeof(row.source), "%.*s",
		       MG_SLICE_ARG(name));
	rc = mg_store_drift(r->store, source->id, &row.drift, &r->failure);
	if (rc < 0)
		return rc;
	row.swept_at = mg_health_source_at(&r->health, name);
	r->source = &row;
	rc = mg_store_each_cursor(r->store, source->id, take_cursor, r,
				  &r->failure);
	if (rc == 0 && r->n_rows == n_rows)
		(void)add_row(r, &row);
	check_drift(r, &row);
	return rc;
}

static void measure_state(struct mg_status_facts *r)
{
	static const char *const names[] = { "", "-wal" };
	struct mg_file_info info;
	char path[4096];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)snprintf(path, sizeof(path), "%s/" MG_STORE_NAME "%s",
			       r->opts->state_dir, names[i]);
		if (mg_file_look(path, &info) == 0)
			r->state_bytes += info.size_bytes;
	}
}

static void check_health(struct mg_status_facts *r)
{
	const int64_t age = r->opts->now - r->health.good_at;
	char words[MG_SPAN_MAX];

	if (!r->has_health) {
		complain(r, "no sweep has ended here yet");
		return;
	}
	if (r->health.status)
		complain(r, "the last sweep ended with status %d%s%s",
			 r->health.status, r->health.why[0] ? ": " : "",
			 r->health.why);
	if (r->health.good_at == 0)
		complain(r, "no sweep was good so far");
	else if (r->opts->max_age_s && age > r->opts->max_age_s)
		complain(r,
			 "the last good sweep was %s ago: do cron or the "
			 "timer still run it?",
			 mg_status_span(age, words));
}

/* One of several commands may have stopped, while others go on. */
static void check_lag(struct mg_status_facts *r)
{
	char words[MG_SPAN_MAX];

	for (size_t i = 0; i < r->n_rows && r->opts->max_age_s; i++) {
		const struct mg_status_row *row = &r->rows[i];
		const int64_t age = r->opts->now - row->swept_at;

		if (row->behind > 0 && row->swept_at &&
		    age > r->opts->max_age_s)
			complain(r,
				 "%s: %lld bytes are not read; the last good "
				 "sweep of it was %s ago",
				 row->log.path, (long long)row->behind,
				 mg_status_span(age, words));
	}
}

static int take_waiting(void *arg, const struct mg_act *act)
{
	int64_t *n = arg;

	*n += act->verb == MG_ACT_SUSPEND &&
	      mg_slice_is(act->by, MG_LIT("policy"));
	return 0;
}

/* What keeps policies from suspending anybody, until a person looks. */
static int check_guards(struct mg_status_facts *r, struct mg_err *err)
{
	const int64_t now = r->opts->now;
	int64_t n = 0, frozen_until = 0;
	int rc = mg_acts_each(r->store, MG_ACTS_WAITING, now, take_waiting, &n,
			      err);

	if (rc == 0)
		rc = mg_store_get_number(r->store, MG_LIT("frozen_until"),
					 &frozen_until, err);
	if (n)
		complain(r,
			 "%lld suspension%s of policies wait%s for a person: "
			 "approve or undo %s",
			 (long long)n, n == 1 ? "" : "s", n == 1 ? "s" : "",
			 n == 1 ? "it" : "them");
	if (frozen_until > now)
		complain(r,
			 "the clock of the host was set: nothing is suspended "
			 "for %lld minutes yet",
			 (long long)(frozen_until - now) / 60);
	return rc < 0 ? rc : 0;
}

struct troubles {
	struct mg_status_facts *facts;
	size_t n;
};

static int take_trouble(void *arg, const struct mg_act_trouble *t)
{
	struct troubles *all = arg;

	if (++all->n <= TROUBLES_SHOWN)
		complain(all->facts,
			 "%s %.*s:%.*s: %.*s %s%s%.*s; 'mailguard undo %.8s' "
			 "ends it",
			 mg_act_words[t->act.verb], MG_SLICE_ARG(t->act.per),
			 MG_SLICE_ARG(t->act.subject), MG_SLICE_ARG(t->by),
			 t->mark == MG_MARK_STUCK
				 ? "is stuck, and a person must look"
				 : "failed, and is tried again",
			 t->detail.len ? ": " : "",
			 (int)(t->detail.len < DETAIL_MAX ? t->detail.len
							  : DETAIL_MAX),
			 t->detail.ptr, t->act.id);
	return 0;
}

static int check_effects(struct mg_status_facts *r, struct mg_err *err)
{
	struct troubles all = { .facts = r };
	const int rc = mg_acts_each_trouble(r->store, r->opts->now,
					    take_trouble, &all, err);

	if (all.n > TROUBLES_SHOWN)
		complain(r,
			 "%zu more hooks do not carry out what is in force: "
			 "'mailguard status --actions', and 'why' of each",
			 all.n - TROUBLES_SHOWN);
	return rc;
}

static void check_sets(struct mg_status_facts *r)
{
	for (size_t i = 0; i < r->opts->n_sets; i++) {
		const struct mg_status_set *set = &r->opts->sets[i];

		if (set->n > set->size / 100 * FULL_PERCENT)
			complain(r,
				 "%s: %lld of %lld places of the set %s are "
				 "taken; who finds no place is not stopped",
				 set->backend, (long long)set->n,
				 (long long)set->size, set->what);
	}
}

static int gather(struct mg_status_facts *r, struct mg_err *err)
{
	int rc = mg_health_read(r->opts->state_dir, &r->health, err);

	if (rc < 0 && err->code != MG_EPARSE)
		return rc;
	if (rc < 0)
		complain(r, "%s", err->text);
	r->has_health = rc == 0;
	if (rc >= 0)
		check_health(r);
	rc = mg_store_each_source(r->store, take_source, r, err);
	if (rc < 0 && r->failure.code)
		*err = r->failure;
	if (rc == 0)
		look_at_files(r);
	if (rc == 0)
		rc = mg_unattributed_read(r->store, r->opts->now - DAY_S,
					  &r->share, err);
	if (mg_unattributed_is_much(&r->share))
		complain(r,
			 "%lld %% of the mail of the last day is charged to "
			 "nobody; mailguard doctor says why",
			 (long long)(r->share.messages * 100 / r->share.all));
	if (rc == 0)
		rc = check_guards(r, err);
	if (rc == 0)
		rc = check_effects(r, err);
	check_lag(r);
	check_sets(r);
	measure_state(r);
	return rc;
}

int mg_status_run(struct mg_store *s, const struct mg_status_opts *opts,
		  bool *is_healthy, struct mg_err *err)
{
	struct mg_status_facts r = { .store = s, .opts = opts };
	int rc;

	mg_buf_init(&r.problems, (size_t)MG_LOGS_KNOWN * MG_STATUS_PROBLEM_MAX);
	rc = gather(&r, err);
	if (rc == 0)
		rc = mg_status_print(&r, err);
	*is_healthy = r.problems.len == 0;
	mg_buf_release(&r.problems);
	mg_mem_free(r.rows);
	return rc;
}
