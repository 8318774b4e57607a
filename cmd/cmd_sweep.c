/* SPDX-License-Identifier: MIT */
/*
 * sweep - read what is new in the logs, count it, remember it.
 *
 * Never changes the host; without --state only root has a state to write to.
 * A log that cannot be read does not keep the others from being read.
 */
#include "command.h"
#include "sweep_plan.h"
#include "sweep_say.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/clock.h"
#include "mailguard/file.h"
#include "mailguard/health.h"
#include "mailguard/lock.h"
#include "mailguard/log.h"
#include "mailguard/mem.h"
#include "mailguard/sweep.h"
#include "mailguard/zone.h"

#define STDIN_FD 0
#define PPM_OF_PERCENT 10000

struct sweep_opts {
	const char *root, *config, *state, *accounts, *source, *dialect,
		*old_dir;
	bool dry_run, journal, plain, quiet;
};

#define FIELD(f) offsetof(struct sweep_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "accounts", 0, MG_OPTION_TEXT, FIELD(accounts), "SOURCE", "who owns what: " MG_ACCOUNT_SOURCES " (default: as set, or what the host has)" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(config), "FILE", MG_HELP_CONFIG },
	{ "dialect", 0, MG_OPTION_TEXT, FIELD(dialect), "DIALECT", "what the logs look like: exim (default), postfix, dovecot (its own file), syslog (by each line's tag), journal (journalctl -o export)" },
	{ "dry-run", 'n', MG_OPTION_FLAG, FIELD(dry_run), NULL, "read and count, but keep nothing" },
	{ "journal", 0, MG_OPTION_FLAG, FIELD(journal), NULL, "read the host's systemd journal, instead of logs" },
	{ "old-dir", 0, MG_OPTION_TEXT, FIELD(old_dir), "DIR", "where rotated logs are put, if that is neither beside the log nor in a directory there" },
	{ "plain", 0, MG_OPTION_FLAG, FIELD(plain), NULL, "read every line the slow, obvious way; counts the same" },
	{ "source", 0, MG_OPTION_TEXT, FIELD(source), "NAME", "read only the source of this name of those that are set" },
	{ "state", 0, MG_OPTION_TEXT, FIELD(state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ "quiet", 'q', MG_OPTION_FLAG, FIELD(quiet), NULL, "no remarks on standard error, only warnings and errors" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

/* What a run holds, from the host up to the sweep. */
struct run {
	const struct sweep_opts *opts;
	struct mg_command_host host;
	int state_fd, lock_fd;
	struct mg_store *store;
	struct mg_accounts accounts; /* empty until a log has something new */
	bool has_accounts;
	bool is_stopped; /* they are there no more */
	struct mg_tz tz;
	struct mg_sweep *sweep;
	struct mg_sweep_plan plan;
	struct mg_sweep_say say;
};

static int check_words(const struct sweep_opts *o, int n_logs,
		       struct mg_err *err)
{
	enum mg_account_source unused;

	if (n_logs && o->journal)
		return mg_fail(err, MG_EUSAGE,
			       "--journal: no log may be given beside it");
	if (o->source && (n_logs || o->journal))
		return mg_fail(err, MG_EUSAGE,
			       "--source: no log may be given beside it");
	if (o->accounts &&
	    !mg_account_source_parse(mg_slice_str(o->accounts), &unused))
		return mg_fail(
			err, MG_EUSAGE,
			"--accounts: '%s' is none of " MG_ACCOUNT_SOURCES,
			o->accounts);
	return 0;
}

/* As typed, as set, or as found. */
static enum mg_account_source account_source(const struct run *r)
{
	const struct mg_slice word = r->opts->accounts
					     ? mg_slice_str(r->opts->accounts)
					     : r->host.settings.accounts;
	enum mg_account_source source;

	return mg_account_source_parse(word, &source)
		       ? source
		       : mg_accounts_detect(&r->host.root);
}

static int load_accounts(struct run *r, struct mg_accounts *out,
			 struct mg_err *err)
{
	unsigned char raw[MG_HASH_KEY_LEN];
	struct mg_hash_key key;
	const int rc = mg_hash_key_random(raw, err);

	if (rc < 0)
		return rc;
	key = mg_hash_key_of(raw);
	return mg_accounts_load(out, account_source(r), &r->host.root, &key,
				err);
}

static int first_accounts(struct run *r, struct mg_err *err)
{
	const int rc = load_accounts(r, &r->accounts, err);

	r->has_accounts = rc == 0;
	return rc;
}

/* Whether the tables are those of the host: for the first time, still, again. */
static bool are_accounts_fresh(struct run *r)
{
	struct mg_accounts fresh;
	struct mg_err err = { 0 };

	if (r->has_accounts &&
	    !mg_accounts_are_stale(&r->accounts, &r->host.root))
		return true;
	if (load_accounts(r, &fresh, &err) < 0) {
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

/* The state on disk under its lock; in memory for a dry run without one. */
static int open_store(struct run *r, struct mg_err *err)
{
	const char *dir = r->host.state;
	int rc = 0;

	if (r->opts->dry_run && !mg_file_exists(dir))
		return mg_store_open(&r->store, NULL, MG_STORE_SCRATCH, err);
	/* A host without tables need not have a state. */
	if (!mg_file_exists(dir))
		rc = first_accounts(r, err);
	if (rc == 0)
		rc = mg_file_make_private_dir(dir, &r->state_fd, err);
	if (rc == 0)
		rc = mg_lock_take(r->state_fd, "sweep", &r->lock_fd, err);
	if (rc == 0)
		rc = mg_store_open(&r->store, dir, MG_STORE_WRITE, err);
	return rc;
}

static int get_ready(struct run *r, int n_logs, char **logs, struct mg_err *err)
{
	const struct mg_command_place place = {
		.root = r->opts->root,
		.config = r->opts->config,
		.state = r->opts->state,
	};
	const struct mg_sweep_words words = {
		.dialect = r->opts->dialect,
		.old_dir = r->opts->old_dir,
		.source = r->opts->source,
		.is_journal = r->opts->journal,
		.logs = logs,
		.n_logs = (size_t)n_logs,
	};
	int rc = mg_command_open_host(&r->host, &place, err);

	if (rc == 0)
		rc = mg_sweep_plan(&r->plan, &words, &r->host.settings,
				   r->opts->root, &r->say, err);
	if (rc == 0)
		rc = mg_zone_load(&r->host.root, &r->tz, err);
	if (rc == 0)
		rc = open_store(r, err);
	return rc;
}

static void let_go(struct run *r)
{
	mg_store_close(r->store);
	mg_accounts_release(&r->accounts);
	mg_command_close_host(&r->host);
	mg_file_close(&r->lock_fd); /* last: others may write from here on */
	mg_file_close(&r->state_fd);
	mg_sweep_plan_release(&r->plan);
}

/* What is read as a stream: the host's journal, or an export of one. */
static void sweep_entries(struct run *r, bool is_journal)
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
	if (rc < 0)
		mg_sweep_say_failure(&r->say, &err);
	if (rc < 0 && result.from == result.to)
		return;
	mg_sweep_say_result(&r->say, name, &result);
}

static void hear(void *arg, const struct mg_sweep_event *event)
{
	struct run *r = arg;

	mg_sweep_say_event(&r->say, event);
}

static bool is_ready(void *arg)
{
	return are_accounts_fresh(arg);
}

static int begin_batch(struct run *r, const struct mg_sweep_batch *b,
		       struct mg_err *err)
{
	const struct mg_settings *set = &r->host.settings;
	const struct mg_sweep_opts opts = {
		.store = r->store,
		.accounts = &r->accounts,
		.tz = &r->tz,
		.dialect = b->dialect,
		.engine = r->opts->plain ? MG_ENGINE_PLAIN : MG_ENGINE_QUICK,
		.source = b->source,
		.now = mg_clock_now(),
		.jail = mg_priv_jail(&r->host.root),
		.dry_run = r->opts->dry_run,
		.old_dir = b->old_dir,
		.unknown_ppm = (uint32_t)(set->drift.unknown * PPM_OF_PERCENT),
		.logwrite = set->exim.logwrite.items,
		.n_logwrite = set->exim.logwrite.n,
	};

	return mg_sweep_begin(&r->sweep, &opts, err);
}

static void sweep_batch(struct run *r, const struct mg_sweep_batch *b)
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
	mg_sweep_say_drift(&r->say, mg_sweep_drift(r->sweep));
	mg_sweep_end(r->sweep);
}

/* What became of this sweep, for those who watch; under the lock only. */
static void leave_health(struct run *r, int64_t began_at)
{
	struct mg_health health = { .began_at = began_at,
				    .ended_at = mg_clock_now(),
				    .status = r->say.status };
	struct mg_err err = { 0 };

	if (r->lock_fd < 0 || r->opts->dry_run)
		return;
	for (size_t i = 0; i < r->plan.n_batches; i++)
		mg_health_set_source(&health, r->plan.batches[i].source, 0);
	if (r->say.status)
		(void)snprintf(health.why, sizeof(health.why), "%s",
			       mg_log_first());
	if (mg_health_write(r->host.state, &health, &err) < 0)
		r->say.status = mg_command_fail(&err);
}

static int run(const void *opts, int argc, char **argv)
{
	const int64_t began_at = mg_clock_now();
	const int n_logs = argc - 1;
	struct mg_err err = { 0 };
	struct run *r = mg_mem_zalloc(1, sizeof(*r));
	int rc, status;

	r->opts = opts;
	r->host.root.fd = r->state_fd = r->lock_fd = -1;
	mg_log_set_quiet(r->opts->quiet);
	rc = check_words(opts, n_logs, &err);
	if (rc == 0)
		rc = get_ready(r, n_logs, argv + 1, &err);
	for (size_t i = 0; rc == 0 && i < r->plan.n_batches && !r->is_stopped;
	     i++)
		sweep_batch(r, &r->plan.batches[i]);
	if (rc < 0)
		r->say.status = mg_command_fail(&err);
	leave_health(r, began_at);
	status = r->say.status;
	let_go(r);
	mg_mem_free(r);
	return status;
}

static const struct sweep_opts defaults = {
	.root = "/",
};

const struct mg_command mg_cmd_sweep = {
	.name = "sweep",
	.operands = "[LOG... | --journal]",
	.summary = "read what is new in mail logs and count it",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
