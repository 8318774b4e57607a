/* SPDX-License-Identifier: MIT */
/*
 * backtest - whom a policy would have met, and when, had it been in force.
 *
 * A sweep with a state in memory: it reads whole logs, touches nothing on the
 * host, and remembers nothing.
 */
#include "command.h"
#include "sweep_run.h"

#include <unistd.h>

#include "mailguard/account.h"
#include "mailguard/findings.h"
#include "mailguard/log.h"
#include "mailguard/report.h"
#include "mailguard/rungs.h"

#define FIELD(f) offsetof(struct mg_sweep_options, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "policy", 0, MG_OPTION_TEXT, FIELD(policy), "FILE", "the policy to try (must be given)" },
	{ "accounts", 0, MG_OPTION_TEXT, FIELD(accounts), "SOURCE", "who owns what: " MG_ACCOUNT_SOURCES " (default: what the host has)" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "dialect", 0, MG_OPTION_TEXT, FIELD(dialect), "DIALECT", "what the logs look like: exim (default), postfix, dovecot (its own file), syslog (by each line's tag), journal (journalctl -o export)" },
	{ "format", 0, MG_OPTION_TEXT, FIELD(format), "FORMAT", "table (default), json, csv" },
	{ "json", 0, MG_OPTION_FLAG, FIELD(json), NULL, "the same as --format json" },
	{ "ladder", 0, MG_OPTION_FLAG, FIELD(ladder), NULL, "instead, whom its ladder would have warned, throttled or suspended" },
	{ "utc", 0, MG_OPTION_FLAG, FIELD(place.utc), NULL, "times in UTC, not in the zone of the host" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ "quiet", 'q', MG_OPTION_FLAG, FIELD(quiet), NULL, "no remarks on standard error, only warnings and errors" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

static int check_words(const struct mg_sweep_options *o, int n_logs,
		       struct mg_findings_opts *out, struct mg_err *err)
{
	const char *format = o->json ? "json" : o->format;

	if (!o->policy)
		return mg_fail(err, MG_EUSAGE,
			       "no policy given; name one with --policy FILE");
	if (!mg_report_format_parse(mg_slice_str(format), &out->format))
		return mg_fail(err, MG_EUSAGE,
			       "--format: '%s' is none of table, json, csv",
			       format);
	if (n_logs == 0)
		return mg_fail(err, MG_EUSAGE, "no log given");
	return 0;
}

/* What was only observed leads nowhere, on this host as it is set. */
static void say_rehearsed(const struct mg_enforcer *e)
{
	mg_log(MG_LOG_INFO,
	       "%llu offences; %llu actions of the ladder would have begun, "
	       "%llu would have waited for a person",
	       (unsigned long long)e->n_offences,
	       (unsigned long long)e->n_begun + e->n_warned,
	       (unsigned long long)e->n_waiting);
	for (int i = MG_DOUBT_NONE + 1; i < MG_DOUBTS; i++)
		if (e->n_observed[i])
			mg_log(MG_LOG_INFO,
			       "%llu more would only have been observed: %s",
			       (unsigned long long)e->n_observed[i],
			       mg_doubt_words[i]);
}

/* Findings, or what a ladder makes of them. */
static int print(struct mg_sweep_run *r, const struct mg_sweep_options *o,
		 const struct mg_findings_opts *findings, struct mg_err *err)
{
	struct mg_store *store = mg_sweep_run_store(r);
	struct mg_enforcer e;
	uint64_t n_rows;
	int rc;

	if (!o->ladder)
		return mg_findings_print(store, findings, &n_rows, err);
	rc = mg_sweep_run_rehearse(r, &e, err);
	if (rc == 0)
		rc = mg_rungs_print(store, findings, err);
	if (rc == 0)
		say_rehearsed(&e);
	return rc;
}

static int run(const void *opts, int argc, char **argv)
{
	const struct mg_sweep_options *o = opts;
	struct mg_findings_opts findings = { .of = MG_FINDINGS_BACKTEST,
					     .fd = STDOUT_FILENO,
					     .term = mg_command_terminal() };
	struct mg_sweep_run *r;
	struct mg_err err = { 0 };
	int status;

	mg_log_set_quiet(o->quiet);
	if (check_words(o, argc - 1, &findings, &err) < 0)
		return mg_command_fail(&err);
	r = mg_sweep_run_new(o, argc - 1, argv + 1);
	(void)mg_sweep_run_pass(r); /* its status tells */
	status = mg_sweep_run_status(r);
	findings.tz = mg_sweep_run_zone(r);
	if (mg_sweep_run_store(r) && print(r, o, &findings, &err) < 0)
		status = mg_command_fail(&err);
	mg_sweep_run_free(r);
	return status;
}

static const struct mg_sweep_options defaults = {
	.place.root = "/",
	.place.state = "", /* none is needed */
	.format = "table",
	.is_scratch = true,
};

const struct mg_command mg_cmd_backtest = {
	.name = "backtest",
	.operands = "LOG...",
	.summary = "show whom a policy would have met, and when",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
