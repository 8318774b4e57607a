/* SPDX-License-Identifier: MIT */
/*
 * sweep - read what is new in the logs, count it, remember it.
 *
 * Never changes the host; without --state only root has a state to write to.
 * A log that cannot be read does not keep the others from being read.
 */
#include "command.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailguard/buf.h"
#include "mailguard/clock.h"
#include "mailguard/file.h"
#include "mailguard/glob.h"
#include "mailguard/lock.h"
#include "mailguard/log.h"
#include "mailguard/mem.h"
#include "mailguard/sweep.h"
#include "mailguard/vec.h"
#include "mailguard/zone.h"

#define SHAPES_SHOWN 5 /* of each reason, the most frequent; the rest is kept */

#define STDIN_FD 0

#define TELL_MAX 256 /* bytes of a remark; four numbers and their words */

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
	int state_fd, lock_fd;
	struct mg_store *store;
	struct mg_accounts accounts;
	struct mg_tz tz;
	struct mg_sweep *sweep;
	char **paths; /* of the logs; owned, and each of them */
	size_t n_paths, cap_paths;
	int status;      /* of the logs so far */
	bool is_strange; /* one of them was no such log */
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

/* The state on disk under its lock; in memory for a dry run without one. */
static int open_store(struct run *r, struct mg_err *err)
{
	char dir[PATH_MAX];
	int rc = mg_command_state_dir(r->opts->state, r->opts->root, dir,
				      sizeof(dir), err);

	if (rc < 0)
		return rc;
	if (r->opts->dry_run && !mg_file_exists(dir))
		return mg_store_open(&r->store, NULL, MG_STORE_SCRATCH, err);
	rc = mg_file_make_private_dir(dir, &r->state_fd, err);
	if (rc == 0)
		rc = mg_lock_take(r->state_fd, "sweep", &r->lock_fd, err);
	if (rc == 0)
		rc = mg_store_open(&r->store, dir, MG_STORE_WRITE, err);
	return rc;
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

/* Whether the tables are those of the host, still or again. */
static bool are_accounts_fresh(struct run *r)
{
	struct mg_accounts fresh;
	struct mg_err err = { 0 };

	if (!mg_accounts_are_stale(&r->accounts, &r->root))
		return true;
	if (load_accounts(r, &fresh, &err) < 0) {
		mg_log(MG_LOG_ERROR,
		       "the account tables changed, and cannot be read any "
		       "more: %s, stopping",
		       err.text);
		r->status = err.code;
		return false;
	}
	mg_accounts_release(&r->accounts);
	r->accounts = fresh;
	return true;
}

static int get_ready(struct run *r, struct mg_err *err)
{
	const struct dialect *dialect =
		find_dialect(r->opts->journal ? "journal" : r->opts->dialect);
	int rc = mg_root_open(&r->root, r->opts->root, err);

	if (rc == 0)
		rc = mg_zone_load(&r->root, &r->tz, err);
	/* Before the state, which a host without tables need not have. */
	if (rc == 0)
		rc = load_accounts(r, &r->accounts, err);
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

/* A person should look at it; a worse status stays. */
static void found(struct run *r)
{
	if (r->status == MG_OK)
		r->status = MG_EFOUND;
}

static unsigned long long lines(const struct mg_sweep_result *x,
				enum mg_line_class class)
{
	unsigned long long n = 0;

	for (unsigned i = 0; i < MG_LINE_KINDS; i++)
		if (mg_line_class(i) == class)
			n += x->n_kinds[i];
	return n;
}

/* What of the mail there is to say, what of the logins, or both. */
static void tell_new(const char *path, const struct mg_sweep_result *x)
{
	const unsigned long long checks = lines(x, MG_LINE_CHECK);
	const unsigned long long failed = lines(x, MG_LINE_FAILED_LOGIN);
	const unsigned long long mail =
		lines(x, MG_LINE_ARRIVED) + lines(x, MG_LINE_DELIVERED) +
		lines(x, MG_LINE_DEFERRED) + lines(x, MG_LINE_FAILED);
	const bool is_about_checks = checks + failed > 0;
	struct mg_buf text;

	mg_buf_init(&text, TELL_MAX);
	if (mail || !is_about_checks)
		mg_buf_add_fmt(&text,
			       ": %llu messages arrived, %llu recipients "
			       "delivered, %llu deferred, %llu failed",
			       lines(x, MG_LINE_ARRIVED),
			       lines(x, MG_LINE_DELIVERED),
			       lines(x, MG_LINE_DEFERRED),
			       lines(x, MG_LINE_FAILED));
	if (is_about_checks)
		mg_buf_add_fmt(&text,
			       "%s %llu POP3 and IMAP logins, %llu sessions "
			       "with failed logins",
			       mail ? ";" : ":", checks, failed);
	mg_log(MG_LOG_INFO, "%s: %llu lines, %.1f MB%s", path,
	       (unsigned long long)x->n_lines, (double)(x->to - x->from) / 1e6,
	       text.ptr);
	mg_buf_release(&text);
}

static void tell(const char *path, const struct mg_sweep_result *x)
{
	if (x->from == x->to)
		mg_log(MG_LOG_INFO, "%s: nothing new", path);
	else
		tell_new(path, x);
	if (x->waiting)
		mg_log(MG_LOG_INFO,
		       "%s: the last line (%lld bytes) has no end yet, left "
		       "for the next sweep",
		       path, (long long)x->waiting);
	if (x->n_kinds[MG_LINE_FORGED])
		mg_log(MG_LOG_INFO,
		       "%s: %llu entries have the name of a mail server, and "
		       "were written by others: not counted",
		       path, (unsigned long long)x->n_kinds[MG_LINE_FORGED]);
	if (x->n_orphans)
		mg_log(MG_LOG_INFO,
		       "%s: %llu deliveries belong to messages that arrived "
		       "before the log begins",
		       path, (unsigned long long)x->n_orphans);
}

static void warn(struct run *r, const char *path,
		 const struct mg_sweep_result *x)
{
	const uint64_t n_strange = lines(x, MG_LINE_STRANGE);

	if (n_strange && n_strange * MG_DRIFT_UNKNOWN > x->n_lines) {
		mg_log(MG_LOG_WARNING,
		       "%s: %llu of %llu lines are none of such a log (%llu "
		       "without a date, %llu longer than %d bytes); is it the "
		       "right file and --dialect?",
		       path, (unsigned long long)n_strange,
		       (unsigned long long)x->n_lines,
		       (unsigned long long)x->n_kinds[MG_EXIM_UNSTAMPED],
		       (unsigned long long)x->n_kinds[MG_EXIM_OVERLONG],
		       MG_LINE_MAX);
		r->is_strange = true;
		found(r);
	}
	if (x->n_kinds[MG_LINE_SUPPRESSED]) {
		mg_log(MG_LOG_WARNING,
		       "%s: journald says %llu times that it dropped messages, "
		       "which are not counted: raise RateLimitBurst= in "
		       "journald.conf",
		       path,
		       (unsigned long long)x->n_kinds[MG_LINE_SUPPRESSED]);
		found(r);
	}
	if (x->longer) {
		mg_log(MG_LOG_WARNING,
		       "%s is an older or cut copy of a log that was read up "
		       "to byte %lld: nothing in it is new",
		       path, (long long)x->longer);
		found(r);
	}
	if (x->n_forgotten) {
		mg_log(MG_LOG_WARNING,
		       "%s: %llu messages in flight were forgotten for their "
		       "age or number",
		       path, (unsigned long long)x->n_forgotten);
		found(r);
	}
}

static void fail(struct run *r, const struct mg_err *err)
{
	mg_log(MG_LOG_ERROR, "%s, skipping", err->text);
	if (r->status == MG_OK || r->status == MG_EFOUND)
		r->status = err->code;
}

/* What is read as a stream: the host's journal, or an export of one. */
static void sweep_entries(struct run *r, const char *name)
{
	struct mg_sweep_result result = { .from = 0 };
	struct mg_err err = { 0 };
	const int rc = r->opts->journal
			       ? mg_sweep_journal(r->sweep, &r->root, &result,
						  &err)
			       : mg_sweep_export(r->sweep, name, STDIN_FD,
						 &result, &err);

	if (rc < 0)
		fail(r, &err);
	if (rc < 0 && result.from == result.to)
		return;
	tell(name, &result);
	warn(r, name, &result);
}

static void hear(void *arg, const struct mg_sweep_event *e)
{
	struct run *r = arg;

	switch (e->what) {
	case MG_SWEEP_FAILED:
		fail(r, e->err);
		if (e->result->from == e->result->to)
			break;
		tell(e->path, e->result);
		warn(r, e->path, e->result);
		break;
	case MG_SWEEP_READ:
		tell(e->path, e->result);
		warn(r, e->path, e->result);
		break;
	case MG_SWEEP_ABSENT:
		mg_log(MG_LOG_INFO, "%s: not there yet, since it became %s",
		       e->path, e->rotated);
		break;
	case MG_SWEEP_LOST:
		mg_log(MG_LOG_WARNING,
		       e->was_emptied
			       ? "%s was emptied after it had been read up to "
				 "byte %lld; no copy of it was found, and what "
				 "it got after that is not counted"
			       : "%s is another log than the one that was read "
				 "there up to byte %lld; what that one got "
				 "after it is not counted until you sweep the "
				 "rotated file, which was not found",
		       e->path, (long long)e->offset);
		found(r);
		break;
	case MG_SWEEP_EMPTIED:
		mg_log(MG_LOG_WARNING,
		       "%s was copied to %s and emptied; the copy ends at byte "
		       "%lld, and what was written behind it before the log was "
		       "emptied is lost (byte %lld is the last that was read)",
		       e->path, e->rotated, (long long)e->end,
		       (long long)e->offset);
		found(r);
		break;
	}
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
			fail(r, &err);
	}
	mg_sweep_logs(r->sweep, r->paths, r->n_paths, &host);
}

static void show_shapes(const struct mg_drift_tally *t, enum mg_shape_why why)
{
	const struct mg_shape *x;

	for (unsigned i = 0; i < SHAPES_SHOWN; i++) {
		x = mg_drift_shape(t, why, i);
		if (!x)
			break;
		mg_log(MG_LOG_WARNING,
		       "%llu times, the first at byte %lld of %s: %.*s",
		       (unsigned long long)x->n, (long long)x->first,
		       t->paths[x - t->shapes.items], (int)x->len, x->text);
	}
}

/* Hours and minutes, as RFC 3339 writes an offset. */
static void warn_zone(struct run *r)
{
	const struct mg_sweep_zone *z = mg_sweep_zone(r->sweep);
	const int32_t then = z->then.ahead_s, now = z->ahead_s;

	if (!z->has_changed)
		return;
	mg_log(MG_LOG_WARNING,
	       "the time zone of this host has changed since the last sweep "
	       "(UTC%c%02d:%02d is UTC%c%02d:%02d now); lines that were "
	       "written before and are read only now may be counted in "
	       "another hour",
	       then < 0 ? '-' : '+', abs(then) / 3600, abs(then) / 60 % 60,
	       now < 0 ? '-' : '+', abs(now) / 3600, abs(now) / 60 % 60);
	found(r);
}

/* Over all logs: whether the daemons write what they used to. */
static void warn_drift(struct run *r)
{
	const struct mg_drift_tally *t = mg_sweep_drift(r->sweep);
	struct mg_drift_share share;
	bool is_unknown = false, is_odd = false;
	unsigned at = 0, kind;

	if (r->is_strange)
		show_shapes(t, MG_SHAPE_STRANGE);
	while (mg_drift_unknown(t, &at, &share)) {
		mg_log(MG_LOG_WARNING,
		       "%llu of %llu lines of %s are of no known kind, so what "
		       "they say is not counted; is it a new version?",
		       (unsigned long long)share.n_unknown,
		       (unsigned long long)share.n_lines, share.daemon);
		is_unknown = true;
	}
	if (is_unknown)
		show_shapes(t, MG_SHAPE_UNKNOWN);
	for (at = 0; mg_drift_odd(t, &at, &kind); is_odd = true)
		mg_log(MG_LOG_WARNING,
		       "%llu of %llu lines of kind '%s' are not in the order "
		       "that is known, so they charge nobody; is it a new "
		       "version, or a log_selector?",
		       (unsigned long long)t->n_odd[kind],
		       (unsigned long long)t->n_lines[kind],
		       mg_line_kind_name(kind));
	if (is_odd)
		show_shapes(t, MG_SHAPE_ODD);
	if (is_unknown || is_odd)
		found(r);
}

static int run(const void *opts, int argc, char **argv)
{
	const int n_logs = argc - 1;
	struct mg_err err = { 0 };
	struct run *r = mg_mem_zalloc(1, sizeof(*r));
	int status;

	r->opts = opts;
	r->root.fd = r->state_fd = r->lock_fd = -1;
	mg_log_set_quiet(r->opts->quiet);
	if (check_words(opts, n_logs, &err) < 0 || get_ready(r, &err) < 0) {
		r->status = mg_command_fail(&err);
	} else {
		warn_zone(r);
		if (r->opts->journal)
			sweep_entries(r, "journal");
		sweep_logs(r, n_logs, argv + 1);
		warn_drift(r);
	}
	status = r->status;
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
