/* SPDX-License-Identifier: MIT */
/*
 * sweep - read what is new in the logs, count it, judge it, remember it.
 *
 * Never changes the host; without --state only root has a state to write to.
 * A log that cannot be read does not keep the others from being read.
 */
#include "command.h"
#include "sweep_run.h"

#include "mailguard/account.h"
#include "mailguard/log.h"
#include "mailguard/policies.h"

#define FIELD(f) offsetof(struct mg_sweep_options, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "accounts", 0, MG_OPTION_TEXT, FIELD(accounts), "SOURCE", "who owns what: " MG_ACCOUNT_SOURCES " (default: as set, or what the host has)" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "dialect", 0, MG_OPTION_TEXT, FIELD(dialect), "DIALECT", "what the logs look like: exim (default), postfix, dovecot (its own file), syslog (by each line's tag), journal (journalctl -o export)" },
	{ "dry-run", 'n', MG_OPTION_FLAG, FIELD(dry_run), NULL, "read and count, but keep nothing" },
	{ "journal", 0, MG_OPTION_FLAG, FIELD(journal), NULL, "read the host's systemd journal, instead of logs" },
	{ "old-dir", 0, MG_OPTION_TEXT, FIELD(old_dir), "DIR", "where rotated logs are put, if that is neither beside the log nor in a directory there" },
	{ "plain", 0, MG_OPTION_FLAG, FIELD(plain), NULL, "read every line the slow, obvious way; counts the same" },
	{ "policy", 0, MG_OPTION_TEXT, FIELD(policy), "FILE", "judge by this policy alone (default: " MG_POLICIES_FOLDER "/*.conf below the root)" },
	{ "processes", 0, MG_OPTION_COUNT, FIELD(processes), "N", "read a log with N processes, which count the same (default: 1 for less than 64 MiB of new bytes, else as many as there are cores, at most 4)" },
	{ "source", 0, MG_OPTION_TEXT, FIELD(source), "NAME", "read only the source of this name of those that are set" },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ "quiet", 'q', MG_OPTION_FLAG, FIELD(quiet), NULL, "no remarks on standard error, only warnings and errors" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

static int run(const void *opts, int argc, char **argv)
{
	const struct mg_sweep_options *o = opts;
	struct mg_sweep_run *r;
	int status;

	mg_log_set_quiet(o->quiet);
	r = mg_sweep_run_new(o, argc - 1, argv + 1);
	(void)mg_sweep_run_pass(r); /* its status tells */
	status = mg_sweep_run_status(r);
	mg_sweep_run_free(r);
	return status;
}

static const struct mg_sweep_options defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_sweep = {
	.name = "sweep",
	.operands = "[LOG... | --journal]",
	.summary = "read what is new in mail logs, count it and judge it",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
