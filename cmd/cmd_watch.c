/* SPDX-License-Identifier: MIT */
/*
 * watch - a sweep that is kept running: what is new in the logs is read, counted
 * and judged within a second.
 *
 * Passes of sweeps, each under the lock, so that others have their turn between
 * two of them. What is set is read anew each minute, as a sweep of cron would.
 */
#include "command.h"
#include "sweep_run.h"
#include "watch_eyes.h"

#include <stdlib.h>

#include "mailguard/account.h"
#include "mailguard/clock.h"
#include "mailguard/health.h"
#include "mailguard/log.h"
#include "mailguard/policies.h"
#include "mailguard/service.h"

/*
 * Between the starts of two passes; and as long as one took it rests, so that
 * others find the lock free half of the time. Each pass may cost a commit for
 * each log. Half of it would be twice as many on the disk, for a tenth of a
 * second; the journal is read by a program that is started each time.
 */
#define GAP_MS 200
#define GAP_OF_JOURNAL_MS 500

/* Without a sign: where nothing tells of changes; after a failure; at all. */
#define BLIND_MS 1000
#define FAILED_MS 5000
#define RENEW_MS 60000

/* To ask again for a lock that somebody else has; and until that is said. */
#define BUSY_MS 100
#define BUSY_TOLD_MS 60000

#define FIELD(f) offsetof(struct mg_sweep_options, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "accounts", 0, MG_OPTION_TEXT, FIELD(accounts), "SOURCE", "who owns what: " MG_ACCOUNT_SOURCES " (default: as set, or what the host has)" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "dialect", 0, MG_OPTION_TEXT, FIELD(dialect), "DIALECT", "what the logs look like: exim (default), postfix, dovecot (its own file), syslog (by each line's tag)" },
	{ "journal", 0, MG_OPTION_FLAG, FIELD(journal), NULL, "read the host's systemd journal, instead of logs" },
	{ "old-dir", 0, MG_OPTION_TEXT, FIELD(old_dir), "DIR", "where rotated logs are put, if that is neither beside the log nor in a directory there" },
	{ "policy", 0, MG_OPTION_TEXT, FIELD(policy), "FILE", "judge by this policy alone (default: " MG_POLICIES_FOLDER "/*.conf below the root)" },
	{ "source", 0, MG_OPTION_TEXT, FIELD(source), "NAME", "read only the source of this name of those that are set" },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ "quiet", 'q', MG_OPTION_FLAG, FIELD(quiet), NULL, "no remarks on standard error, only warnings and errors" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

struct watch {
	struct mg_sweep_options opts;
	int n_logs;
	char **logs;
	struct mg_service service;
	struct mg_watch_eyes eyes;
	struct mg_sweep_run *run;
	bool is_due;         /* there may be something to read */
	bool has_failed;     /* the last pass */
	uint64_t n_findings; /* of runs before this one */
	/* By the clock that never jumps: */
	int64_t may_pass_at, look_at, renew_at;
	int64_t busy_since; /* 0 for not */
};

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void pulse(void *arg)
{
	mg_service_pulse(&((struct watch *)arg)->service);
}

static bool has_journal(const struct mg_sweep_plan *plan)
{
	for (size_t i = 0; i < plan->n_batches; i++)
		if (plan->batches[i].is_journal)
			return true;
	return false;
}

static size_t n_logs(const struct mg_sweep_plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_batches; i++)
		n += plan->batches[i].n_paths;
	return n;
}

static void tell_status(const struct watch *w)
{
	const struct mg_sweep_plan *plan = mg_sweep_run_plan(w->run);

	if (w->has_failed)
		mg_service_tell(&w->service, "STATUS=trouble: %s",
				mg_log_first());
	else
		mg_service_tell(
			&w->service,
			"STATUS=watching %zu logs%s; %llu findings so far",
			n_logs(plan),
			has_journal(plan) ? " and the journal" : "",
			(unsigned long long)(w->n_findings +
					     mg_sweep_run_findings(w->run)));
}

/* What is set now; what cannot be read, or is wrong, leaves it as it was. */
static void renew(struct watch *w)
{
	struct mg_sweep_run *fresh = mg_sweep_run_new(&w->opts, w->n_logs,
						      w->logs);

	w->renew_at = mg_clock_mono_ms() + RENEW_MS;
	w->is_due = true;
	if (!mg_sweep_run_is_ready(fresh)) {
		mg_sweep_run_free(fresh);
		return;
	}
	if (w->run)
		w->n_findings += mg_sweep_run_findings(w->run);
	mg_sweep_run_free(w->run);
	w->run = fresh;
	mg_watch_eyes_close(&w->eyes);
	mg_watch_eyes_open(&w->eyes, mg_sweep_run_plan(fresh),
			   w->opts.place.root);
}

/* Somebody else has the lock: their sweep reads what this one would. */
static void wait_for_lock(struct watch *w, int64_t now)
{
	if (w->busy_since == 0)
		w->busy_since = now;
	else if (now - w->busy_since > BUSY_TOLD_MS)
		mg_log(MG_LOG_WARNING, "somebody else has been at work for "
				       "more than a minute, waiting");
	w->may_pass_at = now + BUSY_MS;
}

static void note_result(struct watch *w)
{
	const int status = mg_sweep_run_status(w->run);
	const bool had_failed = w->has_failed;

	w->has_failed = !mg_health_is_good(status);
	if (had_failed && !w->has_failed) {
		mg_log(MG_LOG_INFO, "all is in order again");
		mg_log_spare(); /* the next time it is news */
	}
	tell_status(w);
}

static void pass(struct watch *w)
{
	const int64_t began = mg_clock_mono_ms();
	const struct mg_sweep_plan *plan = mg_sweep_run_plan(w->run);
	int64_t now, gap = has_journal(plan) ? GAP_OF_JOURNAL_MS : GAP_MS;

	/* Before it reads, so that what comes meanwhile is heard. */
	(void)mg_watch_eyes_see(&w->eyes, plan, w->opts.place.root);
	if (mg_sweep_run_pass(w->run) == -MG_EBUSY) {
		wait_for_lock(w, began);
		return;
	}
	note_result(w);
	now = mg_clock_mono_ms();
	w->busy_since = 0;
	w->is_due = false;
	w->may_pass_at = most(began + gap, now + (now - began));
	w->look_at = INT64_MAX;
	if (w->eyes.is_blind)
		w->look_at = now + BLIND_MS;
	else if (w->has_failed)
		w->look_at = now + FAILED_MS;
}

/* Until there may be something to do. */
static void rest(struct watch *w)
{
	const int64_t now = mg_clock_mono_ms();

	/* While it may not read yet it need not hear. */
	if (w->is_due)
		mg_service_wait(&w->service, -1, w->may_pass_at - now);
	else
		mg_service_wait(&w->service, w->eyes.fd,
				least(w->look_at, w->renew_at) - now);
	if (!w->is_due)
		w->is_due = mg_watch_eyes_see(&w->eyes,
					      mg_sweep_run_plan(w->run),
					      w->opts.place.root) ||
			    mg_clock_mono_ms() >= w->look_at;
}

static void keep_watching(struct watch *w)
{
	while (!mg_service_is_ending()) {
		const int64_t now = mg_clock_mono_ms();

		mg_service_pulse(&w->service);
		if (mg_service_wants_reload() || now >= w->renew_at)
			renew(w);
		else if (w->is_due && now >= w->may_pass_at)
			pass(w);
		else
			rest(w);
	}
	mg_service_tell(&w->service, "STOPPING=1");
}

/* Who cannot be told does not keep it from its work. */
static void begin_service(struct watch *w)
{
	const struct mg_service_words words = {
		.socket = secure_getenv("NOTIFY_SOCKET"),
		.watchdog_us = secure_getenv("WATCHDOG_USEC"),
		.watchdog_pid = secure_getenv("WATCHDOG_PID"),
	};
	struct mg_err err = { 0 };

	if (mg_service_begin(&w->service, &words, &err) < 0)
		mg_log(MG_LOG_WARNING, "%s, continuing", err.text);
}

static int run(const void *opts, int argc, char **argv)
{
	struct watch w = {
		.opts = *(const struct mg_sweep_options *)opts,
		.n_logs = argc - 1,
		.logs = argv + 1,
		.eyes = { .fd = -1 },
	};
	int status = MG_OK;

	w.opts.pulse = pulse;
	w.opts.pulse_arg = &w;
	mg_log_set_quiet(w.opts.quiet);
	mg_log_spare();
	begin_service(&w);
	w.run = mg_sweep_run_new(&w.opts, w.n_logs, w.logs);
	if (mg_sweep_run_is_ready(w.run)) {
		w.renew_at = mg_clock_mono_ms() + RENEW_MS;
		w.is_due = true;
		mg_watch_eyes_open(&w.eyes, mg_sweep_run_plan(w.run),
				   w.opts.place.root);
		mg_service_tell(&w.service, "READY=1");
		keep_watching(&w);
	} else {
		status = mg_sweep_run_status(w.run);
	}
	mg_sweep_run_free(w.run);
	mg_watch_eyes_close(&w.eyes);
	mg_service_end(&w.service);
	return status;
}

static const struct mg_sweep_options defaults = {
	.place.root = "/",
	.is_watch = true,
};

const struct mg_command mg_cmd_watch = {
	.name = "watch",
	.operands = "[LOG... | --journal]",
	.summary = "sweep without end, within a second of each line",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
