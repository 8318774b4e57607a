/* SPDX-License-Identifier: MIT */
/*
 * One pass over what is new: under the lock, from the account tables to what is
 * done about what was found.
 */
#include "sweep_run_priv.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/clock.h"
#include "mailguard/effect.h"
#include "mailguard/egress.h"
#include "mailguard/enforce.h"
#include "mailguard/file.h"
#include "mailguard/gather.h"
#include "mailguard/health.h"
#include "mailguard/lock.h"
#include "mailguard/log.h"
#include "mailguard/notice.h"
#include "mailguard/panel_queue.h"
#include "mailguard/terminate.h"

#define STDIN_FD 0
#define PPM_OF_PERCENT 10000

/*
 * Rows that a sweep takes away once they are too old, of each table: a few
 * seconds' work. A line adds one at most, and costs more to read: with as many
 * lines in a sweep as that, nobody can keep it from what is old for long.
 */
#define FORGET_AT_ONCE 1000000

/* Between two looks that find a rotated log as it was, as if cron swept. */
#define WATCH_QUIET_S 60

static int load_accounts(struct mg_sweep_run *r, struct mg_accounts *out,
			 struct mg_err *err)
{
	return mg_command_load_accounts(&r->host, r->opts->accounts, out, err);
}

static int first_accounts(struct mg_sweep_run *r, struct mg_err *err)
{
	const int rc = load_accounts(r, &r->accounts, err);

	r->has_accounts = rc == 0;
	return rc;
}

/* Whether the tables are those of the host: for the first time, still, again. */
static bool are_accounts_fresh(struct mg_sweep_run *r)
{
	struct mg_accounts fresh;
	struct mg_err err = { 0 };

	if (r->has_accounts &&
	    !mg_accounts_are_stale(&r->accounts, &r->host.root))
		return true;
	if (load_accounts(r, &fresh, &err) < 0) {
		mg_sweep_progress_clear(&r->progress);
		mg_log(MG_LOG_ERROR, "%s%s, stopping",
		       r->has_accounts ? "the account tables changed, and "
					 "cannot be read any more: "
				       : "",
		       err.text);
		r->say.status = err.code;
		r->is_stopped = true;
		return false;
	}
	mg_accounts_release(&r->accounts);
	r->accounts = fresh;
	r->has_accounts = true;
	return true;
}

static int take_lock(struct mg_sweep_run *r, struct mg_err *err)
{
	const char *dir = r->host.state;
	int rc = 0;

	/* A host without tables need not have a state. */
	if (!r->has_accounts && !mg_file_exists(dir))
		rc = first_accounts(r, err);
	if (rc == 0 && r->state_fd < 0)
		rc = mg_file_make_private_dir(dir, &r->state_fd, err);
	if (rc < 0)
		return rc;
	return r->opts->is_watch
		       ? mg_lock_try(r->state_fd, MG_LOCK_WATCH, &r->lock_fd,
				     err)
		       : mg_lock_take(r->state_fd, "sweep", &r->lock_fd, err);
}

/* The state on disk under its lock; in memory for a backtest, and for a dry run
   without one. */
static int open_store(struct mg_sweep_run *r, struct mg_err *err)
{
	const char *dir = r->host.state;
	int rc;

	if (r->opts->is_scratch || (r->opts->dry_run && !mg_file_exists(dir)))
		return mg_store_open(&r->store, NULL, MG_STORE_SCRATCH, err);
	rc = take_lock(r, err);
	if (rc == 0 && !r->store)
		rc = mg_store_open(&r->store, dir, MG_STORE_WRITE, err);
	return rc;
}

/* What is read as a stream: the host's journal, or an export of one. */
static void sweep_entries(struct mg_sweep_run *r, bool is_journal)
{
	const char *name = is_journal ? "journal" : "standard input";
	struct mg_sweep_result result = { .from = 0 };
	struct mg_err err = { 0 };
	int rc;

	if (!are_accounts_fresh(r))
		return;
	rc = is_journal
		     ? mg_sweep_journal(r->sweep, &r->host.root, &result, &err)
		     : mg_sweep_export(r->sweep, name, STDIN_FD, &result, &err);
	mg_sweep_progress_clear(&r->progress);
	if (rc < 0)
		mg_sweep_say_failure(&r->say, &err);
	if (rc < 0 && result.from == result.to)
		return;
	mg_sweep_say_result(&r->say, name, &result);
}

static void hear(void *arg, const struct mg_sweep_event *event)
{
	struct mg_sweep_run *r = arg;

	mg_sweep_progress_end_log(&r->progress, event->path);
	mg_sweep_say_event(&r->say, event);
}

static void step(void *arg, const struct mg_sweep_step *step)
{
	struct mg_sweep_run *r = arg;

	mg_sweep_progress_step(&r->progress, step);
	if (r->opts->pulse)
		r->opts->pulse(r->opts->pulse_arg);
}

static bool is_ready(void *arg)
{
	return are_accounts_fresh(arg);
}

static int begin_batch(struct mg_sweep_run *r, struct mg_sweep_batch *b,
		       struct mg_err *err)
{
	const struct mg_settings *set = &r->host.settings;
	const struct mg_sweep_opts opts = {
		.store = r->store,
		.accounts = &r->accounts,
		.tz = r->host.tz,
		.dialect = b->dialect,
		.engine = r->opts->plain ? MG_ENGINE_PLAIN : MG_ENGINE_QUICK,
		.source = b->source,
		.now = mg_clock_now(),
		.root = &r->host.root,
		.processes = r->opts->processes,
		.dry_run = r->opts->dry_run,
		.judge = r->policies.n_items ? &r->finder.judge : NULL,
		.old_dir = b->old_dir,
		.quiet_s = r->opts->is_watch ? WATCH_QUIET_S : 0,
		.unknown_ppm = (uint32_t)(set->drift.unknown * PPM_OF_PERCENT),
		.drift = &b->drift,
		.logwrite = set->exim.logwrite.items,
		.n_logwrite = set->exim.logwrite.n,
		.step = step,
		.step_arg = r,
	};

	return mg_sweep_begin(&r->sweep, &opts, err);
}

static void sweep_batch(struct mg_sweep_run *r, struct mg_sweep_batch *b)
{
	const struct mg_sweep_host host = { .arg = r,
					    .is_ready = is_ready,
					    .hear = hear };
	struct mg_err err = { 0 };

	if (begin_batch(r, b, &err) < 0) {
		mg_sweep_say_failure(&r->say, &err);
		return;
	}
	mg_sweep_say_zone(&r->say, mg_sweep_zone(r->sweep));
	if (b->is_journal || b->is_export)
		sweep_entries(r, b->is_journal);
	mg_sweep_logs(r->sweep, b->paths, b->n_paths, &host);
	mg_sweep_progress_clear(&r->progress);
	mg_sweep_say_drift(&r->say, mg_sweep_drift(r->sweep));
	mg_sweep_end(r->sweep);
}

/* What became of this sweep, for those who watch; under the lock only. */
static void leave_health(struct mg_sweep_run *r)
{
	struct mg_health health = { .began_at = r->began_at,
				    .ended_at = mg_clock_now(),
				    .status = r->say.status };
	struct mg_err err = { 0 };

	/* Of many passes, what is new. */
	if (r->lock_fd < 0 || r->opts->dry_run ||
	    (r->has_swept && r->say.status == r->known_status))
		return;
	r->known_status = r->say.status;
	for (size_t i = 0; i < r->plan.n_batches; i++)
		mg_health_set_source(&health, r->plan.batches[i].source, 0);
	if (r->say.status)
		(void)snprintf(health.why, sizeof(health.why), "%s",
			       mg_log_first());
	if (mg_health_write(r->host.state, &health, &err) < 0)
		r->say.status = mg_command_fail(&err);
}

/* What is older than is set. It can wait until the next sweep. */
static void forget_hours(struct mg_sweep_run *r)
{
	const int64_t keep_s = r->host.settings.retention.hours;
	struct mg_err err = { 0 };
	int rc;

	if (r->lock_fd < 0 || r->opts->dry_run || r->has_swept)
		return;
	rc = mg_store_begin(r->store, &err);
	if (rc == 0)
		rc = mg_store_forget_hours(r->store, mg_clock_now(), keep_s,
					   FORGET_AT_ONCE, &err);
	if (rc == 0)
		rc = mg_store_commit(r->store, &err);
	if (rc < 0) {
		mg_store_rollback(r->store);
		mg_sweep_say_failure(&r->say, &err);
	}
}

static const struct mg_accounts *give_accounts(void *arg)
{
	struct mg_sweep_run *r = arg;

	return are_accounts_fresh(r) ? &r->accounts : NULL;
}

static void say_undone(void *arg, const char *what, const struct mg_err *err)
{
	struct mg_sweep_run *r = arg;
	struct mg_err failure = { 0 };

	(void)mg_fail(&failure, err->code, "%s: %s", what, err->text);
	mg_sweep_say_failure(&r->say, &failure);
}

/* Of the passes of a watch those that found something, the first of each minute,
   and those after a failure. */
static bool is_idle(const struct mg_sweep_run *r)
{
	return r->opts->is_watch && r->has_swept &&
	       r->finder.n_findings + r->finder.n_warnings == 0 &&
	       mg_health_is_good(r->known_status);
}

/* Where the settings name back ends these carry it out, and hooks always. */
static int act(struct mg_enforcer *e, struct mg_err *err)
{
	int rc = mg_enforce_look_at_clock(e, err);

	if (rc == 0 && e->settings->enforce.by.n)
		rc = mg_enforce_decide(e, err);
	if (rc == 0 && e->settings->enforce.by.n)
		rc = mg_enforce_offend(e, err);
	if (rc == 0 && e->settings->enforce.by.n)
		rc = mg_enforce_carry_out(e, err);
	if (rc == 0)
		rc = mg_terminations_run(e, err);
	if (rc == 0)
		rc = mg_effects_run(e, err);
	if (rc == 0)
		rc = mg_notices_send(e, err);
	return rc < 0 ? rc : mg_gather_expire(e, false, NULL, NULL, err);
}

static struct mg_enforcer enforcer_of(struct mg_sweep_run *r)
{
	return (struct mg_enforcer){ .root = &r->host.root,
				     .state = r->host.state,
				     .lock_fd = r->lock_fd,
				     .settings = &r->host.settings,
				     .store = r->store,
				     .policies = r->policies.items,
				     .n_policies = r->policies.n_items,
				     .tz = r->host.tz,
				     .now = mg_clock_now(),
				     .accounts = give_accounts,
				     .fail = say_undone,
				     .warn = mg_command_warn_unread,
				     .arg = r,
				     .is_doubtful = r->say.has_gap,
				     .is_sweep = true };
}

int mg_sweep_run_rehearse(struct mg_sweep_run *r, struct mg_enforcer *out,
			  struct mg_err *err)
{
	*out = enforcer_of(r);
	return mg_enforce_rehearse(out, err);
}

/*
 * What was found leads to what is done: of the sources that are set. A log that
 * a person names is only counted.
 */
static void enforce(struct mg_sweep_run *r)
{
	struct mg_enforcer e = enforcer_of(r);
	struct mg_err err = { 0 };
	int rc;

	if (!r->is_configured || r->lock_fd < 0 || r->opts->dry_run ||
	    is_idle(r))
		return;
	rc = mg_panel_queue_take(r->store, r->host.state, &err);
	if (rc < 0)
		mg_sweep_say_failure(&r->say, &err);
	rc = mg_egress_find(&r->finder, &e, &err);
	if (rc == 0)
		rc = act(&e, &err);
	if (rc < 0)
		mg_sweep_say_failure(&r->say, &err);
	mg_sweep_say_acts(&r->say, &e);
}

/* A pass of a watch that found nothing new says nothing. */
static void say_findings(const struct mg_sweep_run *r)
{
	const struct mg_finder *f = &r->finder;

	if (r->policies.n_items == 0 ||
	    (r->opts->is_watch && f->n_findings + f->n_warnings == 0))
		return;
	mg_sweep_say_findings(f, r->opts->is_scratch);
}

static void sweep_all(struct mg_sweep_run *r)
{
	mg_finder_init(&r->finder, r->store, r->policies.items,
		       r->policies.n_items, r->began_at);
	mg_sweep_progress_begin(&r->progress, &r->plan,
				r->opts->quiet || r->opts->is_watch);
	for (size_t i = 0; i < r->plan.n_batches && !r->is_stopped; i++)
		sweep_batch(r, &r->plan.batches[i]);
	mg_sweep_progress_release(&r->progress);
	forget_hours(r);
	enforce(r);
	say_findings(r);
	r->n_findings += r->finder.n_findings;
	mg_finder_release(&r->finder);
}

int mg_sweep_run_pass(struct mg_sweep_run *r)
{
	struct mg_err err = { 0 };
	int rc;

	if (!r->is_ready)
		return 0;
	mg_log_begin();
	r->began_at = mg_clock_now();
	r->say.status = r->plan_status;
	r->is_stopped = false;
	r->say.has_gap = r->say.is_open = false;
	rc = open_store(r, &err);
	if (rc == -MG_EBUSY && r->opts->is_watch && r->lock_fd < 0)
		return rc;
	if (rc < 0)
		r->say.status = mg_command_fail(&err);
	else
		sweep_all(r);
	leave_health(r);
	r->has_swept = true;
	if (r->opts->is_watch)
		mg_file_close(&r->lock_fd);
	return 0;
}
