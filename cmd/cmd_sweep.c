/* SPDX-License-Identifier: MIT */
/*
 * sweep - read what is new in the logs, count it, remember it.
 *
 * Never changes the host; without --state only root has a state to write to.
 * A log that cannot be read does not keep the others from being read.
 */
#include "command.h"
#include "sweep_say.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/clock.h"
#include "mailguard/file.h"
#include "mailguard/glob.h"
#include "mailguard/health.h"
#include "mailguard/lock.h"
#include "mailguard/log.h"
#include "mailguard/mem.h"
#include "mailguard/sweep.h"
#include "mailguard/vec.h"
#include "mailguard/zone.h"

#define STDIN_FD 0

struct sweep_opts {
	const char *root, *state, *accounts, *dialect, *old_dir;
	bool dry_run, journal, plain, quiet;
};

#define FIELD(f) offsetof(struct sweep_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "accounts", 0, MG_OPTION_TEXT, FIELD(accounts), "SOURCE", "who owns what: " MG_ACCOUNT_SOURCES " (default: what the host has)" },
	{ "dialect", 0, MG_OPTION_TEXT, FIELD(dialect), "DIALECT", "what the logs look like: exim (default), postfix, dovecot (its own file), syslog (by each line's tag), journal (journalctl -o export)" },
	{ "dry-run", 'n', MG_OPTION_FLAG, FIELD(dry_run), NULL, "read and count, but keep nothing" },
	{ "journal", 0, MG_OPTION_FLAG, FIELD(journal), NULL, "read the host's systemd journal, instead of logs" },
	{ "old-dir", 0, MG_OPTION_TEXT, FIELD(old_dir), "DIR", "where rotated logs are put, if that is neither beside the log nor in a directory there" },
	{ "plain", 0, MG_OPTION_FLAG, FIELD(plain), NULL, "read every line the slow, obvious way; counts the same" },
	{ "state", 0, MG_OPTION_TEXT, FIELD(state), "DIR", "state directory (default /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ "quiet", 'q', MG_OPTION_FLAG, FIELD(quiet), NULL, "no remarks on standard error, only warnings and errors" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

/* What a run holds, from the host up to the sweep. */
struct run {
	const struct sweep_opts *opts;
	struct mg_root root;
	char state_dir[PATH_MAX];
	int state_fd, lock_fd;
	struct mg_store *store;
	struct mg_accounts accounts; /* empty until a log has something new */
	bool has_accounts;
	struct mg_tz tz;
	struct mg_sweep *sweep;
	char **paths; /* of the logs; owned, and each of them */
	size_t n_paths, cap_paths;
	struct mg_sweep_say say;
};

/*
 * Exim writes a log of its own; everything else comes through syslog, where
 * the tag of each line says whose it is. A source is a stream of events, so
 * all files of one kind share their messages in flight.
 */
struct dialect {
	const char *word;
	enum mg_dialect dialect;
	struct mg_slice source;
};

static const struct dialect dialects[] = {
	{ "exim", MG_DIALECT_EXIM, MG_LIT_INIT("exim") },
	{ "postfix", MG_DIALECT_SYSLOG, MG_LIT_INIT("syslog") },
	{ "dovecot", MG_DIALECT_DOVECOT, MG_LIT_INIT("dovecot") },
	{ "syslog", MG_DIALECT_SYSLOG, MG_LIT_INIT("syslog") },
	{ "journal", MG_DIALECT_JOURNAL, MG_LIT_INIT("journal") },
};

static const struct dialect *find_dialect(const char *word)
{
	for (size_t i = 0; i < sizeof(dialects) / sizeof(*dialects); i++)
		if (!strcmp(dialects[i].word, word))
			return &dialects[i];
	return NULL;
}

static const struct dialect *dialect_of(const struct sweep_opts *o)
{
	return find_dialect(o->journal ? "journal" : o->dialect);
}

static int check_words(const struct sweep_opts *o, int n_logs,
		       struct mg_err *err)
{
	enum mg_account_source unused;

	if (n_logs == 0 && !o->journal)
		return mg_fail(err, MG_EUSAGE,
			       "sweep: no log given, and none is configured");
	if (n_logs && o->journal)
		return mg_fail(err, MG_EUSAGE,
			       "--journal: no log may be given beside it");
	if (!find_dialect(o->dialect))
		return mg_fail(err, MG_EUSAGE,
			       "--dialect: '%s' is none of exim, postfix, "
			       "dovecot, syslog, journal",
			       o->dialect);
	if (o->accounts &&
	    !mg_account_source_parse(mg_slice_str(o->accounts), &unused))
		return mg_fail(
			err, MG_EUSAGE,
			"--accounts: '%s' is none of " MG_ACCOUNT_SOURCES,
			o->accounts);
	return 0;
}

static int load_accounts(struct run *r, struct mg_accounts *out,
			 struct mg_err *err)
{
	unsigned char raw[MG_HASH_KEY_LEN];
	enum mg_account_source source;
	struct mg_hash_key key;
	const int rc = mg_hash_key_random(raw, err);

	if (rc < 0)
		return rc;
	key = mg_hash_key_of(raw);

	if (!r->opts->accounts)
		source = mg_accounts_detect(&r->root);
	else if (!mg_account_source_parse(mg_slice_str(r->opts->accounts),
					  &source))
		return mg_fail(err, MG_EUSAGE, "--accounts"); /* checked */
	return mg_accounts_load(out, source, &r->root, &key, err);
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

	if (r->has_accounts && !mg_accounts_are_stale(&r->accounts, &r->root))
		return true;
	if (load_accounts(r, &fresh, &err) < 0) {
		mg_log(MG_LOG_ERROR, "%s%s, stopping",
		       r->has_accounts ? "the account tables changed, and "
					 "cannot be read any more: "
				       : "",
		       err.text);
		r->say.status = err.code;
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
	const char *dir = r->state_dir;
	int rc = mg_command_state_dir(r->opts->state, r->opts->root,
				      r->state_dir, sizeof(r->state_dir), err);

	if (rc < 0)
		return rc;
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

static int get_ready(struct run *r, struct mg_err *err)
{
	const struct dialect *dialect = dialect_of(r->opts);
	int rc = mg_root_open(&r->root, r->opts->root, err);

	if (rc == 0)
		rc = mg_zone_load(&r->root, &r->tz, err);
	if (rc == 0)
		rc = open_store(r, err);
	if (rc < 0)
		return rc;
	return mg_sweep_begin(&r->sweep,
			      &(struct mg_sweep_opts){
				      .store = r->store,
				      .accounts = &r->accounts,
				      .tz = &r->tz,
				      .dialect = dialect->dialect,
				      .engine = r->opts->plain
							? MG_ENGINE_PLAIN
							: MG_ENGINE_QUICK,
				      .source = dialect->source,
				      .now = mg_clock_now(),
				      .jail = mg_priv_jail(&r->root),
				      .dry_run = r->opts->dry_run,
				      .old_dir = r->opts->old_dir,
			      },
			      err);
}

static void let_go(struct run *r)
{
	mg_sweep_end(r->sweep);
	mg_store_close(r->store);
	mg_accounts_release(&r->accounts);
	mg_root_close(&r->root);
	mg_file_close(&r->lock_fd); /* last: others may write from here on */
	mg_file_close(&r->state_fd);
	for (size_t i = 0; i < r->n_paths; i++)
		mg_mem_free(r->paths[i]);
	mg_mem_free(r->paths);
}

/* What is read as a stream: the host's journal, or an export of one. */
static void sweep_entries(struct run *r, const char *name)
{
	struct mg_sweep_result result = { .from = 0 };
	struct mg_err err = { 0 };
	int rc;

	if (!are_accounts_fresh(r))
		return;
	rc = r->opts->journal
		     ? mg_sweep_journal(r->sweep, &r->root, &result, &err)
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

static int take_path(void *arg, const char *path)
{
	struct run *r = arg;
	const size_t size = strlen(path) + 1;

	if (r->n_paths == MG_LOGS_MAX)
		return -MG_ELIMIT;
	r->paths = mg_vec_room(r->paths, r->n_paths, &r->cap_paths,
			       sizeof(*r->paths));
	r->paths[r->n_paths] = mg_mem_zalloc(size, 1);
	memcpy(r->paths[r->n_paths++], path, size);
	return 0;
}

/* A name that is there is no pattern, whatever its characters are. */
static int take_operand(struct run *r, const char *operand, struct mg_err *err)
{
	const size_t n = r->n_paths;
	int rc;

	if (!mg_glob_is_pattern(operand) || mg_file_exists(operand))
		rc = take_path(r, operand);
	else
		rc = mg_glob_each(operand, take_path, r, err);
	if (rc == -MG_ELIMIT)
		return mg_fail(err, MG_ELIMIT, "more than %d logs are named",
			       MG_LOGS_MAX);
	if (rc == 0 && r->n_paths == n)
		return mg_fail(err, MG_EIO, "no file matches '%s'", operand);
	return rc;
}

/* What stands for no path. */
static bool is_export(const struct run *r, const char *operand)
{
	return !strcmp(operand, "-") && !strcmp(r->opts->dialect, "journal");
}

static void sweep_logs(struct run *r, int n_operands, char **operands)
{
	const struct mg_sweep_host host = { .arg = r,
					    .is_ready = is_ready,
					    .hear = hear };

	for (int i = 0; i < n_operands; i++) {
		struct mg_err err = { 0 };

		if (is_export(r, operands[i]))
			sweep_entries(r, "standard input");
		else if (take_operand(r, operands[i], &err) < 0)
			mg_sweep_say_failure(&r->say, &err);
	}
	mg_sweep_logs(r->sweep, r->paths, r->n_paths, &host);
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
	mg_health_set_source(&health, dialect_of(r->opts)->source, 0);
	if (r->say.status)
		(void)snprintf(health.why, sizeof(health.why), "%s",
			       mg_log_first());
	if (mg_health_write(r->state_dir, &health, &err) < 0)
		r->say.status = mg_command_fail(&err);
}

static int run(const void *opts, int argc, char **argv)
{
	const int64_t began_at = mg_clock_now();
	const int n_logs = argc - 1;
	struct mg_err err = { 0 };
	struct run *r = mg_mem_zalloc(1, sizeof(*r));
	int status;

	r->opts = opts;
	r->root.fd = r->state_fd = r->lock_fd = -1;
	mg_log_set_quiet(r->opts->quiet);
	if (check_words(opts, n_logs, &err) < 0 || get_ready(r, &err) < 0) {
		r->say.status = mg_command_fail(&err);
	} else {
		mg_sweep_say_zone(&r->say, mg_sweep_zone(r->sweep));
		if (r->opts->journal)
			sweep_entries(r, "journal");
		sweep_logs(r, n_logs, argv + 1);
		mg_sweep_say_drift(&r->say, mg_sweep_drift(r->sweep));
	}
	leave_health(r, began_at);
	status = r->say.status;
	let_go(r);
	mg_mem_free(r);
	return status;
}

static const struct sweep_opts defaults = {
	.root = "/",
	.dialect = "exim",
};

const struct mg_command mg_cmd_sweep = {
	.name = "sweep",
	.operands = "LOG... | --journal",
	.summary = "read what is new in mail logs and count it",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
