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
	bool has_logs; /* named on the command line, or the journal */
	struct mg_command_host host;
	int state_fd, lock_fd;
	struct mg_store *store;
	struct mg_accounts accounts; /* empty until a log has something new */
	bool has_accounts;
	bool is_stopped; /* they are there no more */
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

/* Logs that are read by one sweep. */
struct batch {
	const struct dialect *dialect;
	const char *old_dir; /* NULL for none */
	bool is_journal;     /* of the host; no logs */
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

/* Of the logs that are named. */
static const struct dialect *dialect_of(const struct sweep_opts *o)
{
	if (o->journal)
		return find_dialect("journal");
	return find_dialect(o->dialect ? o->dialect : "exim");
}

static int check_dialect(const struct sweep_opts *o, struct mg_err *err)
{
	if (o->dialect && !find_dialect(o->dialect))
		return mg_fail(err, MG_EUSAGE,
			       "--dialect: '%s' is none of exim, postfix, "
			       "dovecot, syslog, journal",
			       o->dialect);
	return 0;
}

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
	return check_dialect(o, err);
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

static bool is_chosen(const struct run *r, const struct mg_settings_source *x)
{
	return !r->opts->source ||
	       mg_slice_is(mg_slice_str(r->opts->source), x->name);
}

/* Whether there is anything to read, and what is said of it can be meant. */
static int check_sources(const struct run *r, struct mg_err *err)
{
	const struct mg_conf_groups *sources = &r->host.settings.sources;
	const struct sweep_opts *o = r->opts;
	size_t n = 0;

	if (r->has_logs)
		return 0;
	for (size_t i = 0; i < sources->n; i++)
		n += is_chosen(r, sources->items[i]);
	if (n == 0 && o->source)
		return mg_fail(err, MG_EUSAGE,
			       "--source: no source of the settings is named "
			       "'%s'",
			       o->source);
	if (n == 0)
		return mg_fail(err, MG_EUSAGE,
			       "sweep: no log given, and none is configured");
	if (o->dialect || o->old_dir)
		return mg_fail(err, MG_EUSAGE,
			       "--%s: it is for logs that are named, and none "
			       "is",
			       o->dialect ? "dialect" : "old-dir");
	return 0;
}

static int get_ready(struct run *r, struct mg_err *err)
{
	const struct mg_command_place place = {
		.root = r->opts->root,
		.config = r->opts->config,
		.state = r->opts->state,
	};
	int rc = mg_command_open_host(&r->host, &place, err);

	if (rc == 0)
		rc = check_sources(r, err);
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
	mg_mem_free(r->paths);
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

static int begin_batch(struct run *r, const struct batch *b, struct mg_err *err)
{
	const struct mg_settings *set = &r->host.settings;
	const struct mg_sweep_opts opts = {
		.store = r->store,
		.accounts = &r->accounts,
		.tz = &r->tz,
		.dialect = b->dialect->dialect,
		.engine = r->opts->plain ? MG_ENGINE_PLAIN : MG_ENGINE_QUICK,
		.source = b->dialect->source,
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

static void forget_paths(struct run *r)
{
	while (r->n_paths)
		mg_mem_free(r->paths[--r->n_paths]);
}

/* Reads the paths that were taken, or what is read as a stream. */
static void sweep_batch(struct run *r, const struct batch *b, bool is_export)
{
	const struct mg_sweep_host host = { .arg = r,
					    .is_ready = is_ready,
					    .hear = hear };
	struct mg_err err = { 0 };

	if (begin_batch(r, b, &err) < 0) {
		mg_sweep_say_failure(&r->say, &err);
	} else {
		mg_sweep_say_zone(&r->say, mg_sweep_zone(r->sweep));
		if (b->is_journal || is_export)
			sweep_entries(r, b->is_journal);
		mg_sweep_logs(r->sweep, r->paths, r->n_paths, &host);
		mg_sweep_say_drift(&r->say, mg_sweep_drift(r->sweep));
		mg_sweep_end(r->sweep);
	}
	forget_paths(r);
}

/* What the command line names. */
static void sweep_operands(struct run *r, int n, char **operands)
{
	const struct sweep_opts *o = r->opts;
	const struct batch b = {
		.dialect = dialect_of(o),
		.old_dir = o->old_dir,
		.is_journal = o->journal,
	};
	bool is_export = false;

	for (int i = 0; i < n; i++) {
		struct mg_err err = { 0 };

		if (!strcmp(operands[i], "-") &&
		    b.dialect->dialect == MG_DIALECT_JOURNAL)
			is_export = true;
		else if (take_operand(r, operands[i], &err) < 0)
			mg_sweep_say_failure(&r->say, &err);
	}
	sweep_batch(r, &b, is_export);
}

/* Sources are read together when nothing tells them apart but the log. */
static bool is_alike(const struct mg_settings_source *a,
		     const struct mg_settings_source *b)
{
	return find_dialect(a->dialect.ptr)->dialect ==
		       find_dialect(b->dialect.ptr)->dialect &&
	       mg_slice_is(a->old_dir, b->old_dir) &&
	       !a->log.len == !b->log.len;
}

/* A path that is set is one of the host. */
static const char *below_root(const struct run *r, struct mg_slice path,
			      char *out, size_t size)
{
	const char *root = r->opts->root;

	if (path.len == 0)
		return NULL;
	(void)snprintf(out, size, "%s%s", strcmp(root, "/") ? root : "",
		       path.ptr);
	return out;
}

static void sweep_like(struct run *r, size_t first)
{
	const struct mg_conf_groups *sources = &r->host.settings.sources;
	const struct mg_settings_source *x = sources->items[first], *y;
	char old_dir[PATH_MAX], log[PATH_MAX];
	const struct batch b = {
		.dialect = find_dialect(x->dialect.ptr),
		.old_dir = below_root(r, x->old_dir, old_dir, sizeof(old_dir)),
		.is_journal = x->log.len == 0,
	};

	for (size_t i = first; i < sources->n; i++) {
		struct mg_err err = { 0 };

		y = sources->items[i];
		if (is_chosen(r, y) && is_alike(x, y) && y->log.len &&
		    take_operand(r, below_root(r, y->log, log, sizeof(log)),
				 &err) < 0)
			mg_sweep_say_failure(&r->say, &err);
	}
	sweep_batch(r, &b, false);
}

/* What is set. */
static void sweep_sources(struct run *r)
{
	const struct mg_conf_groups *sources = &r->host.settings.sources;

	for (size_t i = 0; i < sources->n && !r->is_stopped; i++) {
		bool is_done = !is_chosen(r, sources->items[i]);

		for (size_t j = 0; j < i && !is_done; j++)
			is_done = is_chosen(r, sources->items[j]) &&
				  is_alike(sources->items[j],
					   sources->items[i]);
		if (!is_done)
			sweep_like(r, i);
	}
}

/* What this sweep was to read. */
static void add_sources(const struct run *r, struct mg_health *health)
{
	const struct mg_conf_groups *sources = &r->host.settings.sources;

	if (r->has_logs)
		mg_health_set_source(health, dialect_of(r->opts)->source, 0);
	for (size_t i = 0; i < sources->n && !r->has_logs; i++) {
		const struct mg_settings_source *x = sources->items[i];

		if (is_chosen(r, x))
			mg_health_set_source(
				health, find_dialect(x->dialect.ptr)->source,
				0);
	}
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
	add_sources(r, &health);
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
	r->has_logs = n_logs || r->opts->journal;
	r->host.root.fd = r->state_fd = r->lock_fd = -1;
	mg_log_set_quiet(r->opts->quiet);
	rc = check_words(opts, n_logs, &err);
	if (rc == 0)
		rc = get_ready(r, &err);
	if (rc == 0 && r->has_logs)
		sweep_operands(r, n_logs, argv + 1);
	else if (rc == 0)
		sweep_sources(r);
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
