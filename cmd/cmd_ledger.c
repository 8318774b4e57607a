/* SPDX-License-Identifier: MIT */
/*
 * ledger - what was found, row by row, and whether the rows are as they were
 * written. Reads only.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/file.h"
#include "mailguard/findings.h"
#include "mailguard/ledger.h"
#include "mailguard/log.h"
#include "mailguard/report.h"
#include "mailguard/store.h"

struct ledger_opts {
	struct mg_command_place place;
	const char *format;
	bool all, json, quiet;
};

#define FIELD(f) offsetof(struct ledger_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "all", 0, MG_OPTION_FLAG, FIELD(all), NULL, "every row, also what a later one knows better; not only what holds" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "format", 0, MG_OPTION_TEXT, FIELD(format), "FORMAT", "table (default), json, csv" },
	{ "json", 0, MG_OPTION_FLAG, FIELD(json), NULL, "the same as --format json" },
	{ "utc", 0, MG_OPTION_FLAG, FIELD(place.utc), NULL, "times in UTC, not in the zone of the host" },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ "quiet", 'q', MG_OPTION_FLAG, FIELD(quiet), NULL, "no remarks on standard error" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

static int list(struct mg_store *store, const struct mg_findings_opts *opts,
		struct mg_err *err)
{
	uint64_t n_rows = 0;
	const int rc = mg_findings_print(store, opts, &n_rows, err);

	if (rc == 0 && n_rows == 0)
		mg_log(MG_LOG_INFO, "nothing was found");
	return rc;
}

static int verify(struct mg_store *store, struct mg_err *err)
{
	struct mg_ledger_proof proof;
	char head[MG_SHA256_TEXT_MAX];
	const int rc = mg_ledger_verify(store, &proof, err);

	if (rc < 0)
		return rc;
	if (proof.broken_seq)
		return mg_fail(err, MG_EFOUND,
			       "row %lld of the ledger is not as it was "
			       "written; the %lld before it are",
			       (long long)proof.broken_seq,
			       (long long)proof.n_rows);
	mg_sha256_format(proof.head, MG_SHA256_LEN, head);
	printf("%lld rows, each as it was written; the last is %s\n",
	       (long long)proof.n_rows, head);
	return 0;
}

/* "list", "show WHAT", "verify": what to do, and with which rows. */
static int check_words(const struct ledger_opts *o, int argc, char **argv,
		       struct mg_findings_opts *out, struct mg_err *err)
{
	const char *verb = argc > 1 ? argv[1] : "list";
	const char *format = o->json ? "json" : o->format;
	const bool is_show = !strcmp(verb, "show");

	if (!mg_report_format_parse(mg_slice_str(format), &out->format))
		return mg_fail(err, MG_EUSAGE,
			       "--format: '%s' is none of table, json, csv",
			       format);
	if (strcmp(verb, "list") != 0 && strcmp(verb, "verify") != 0 &&
	    !is_show)
		return mg_fail(err, MG_EUSAGE,
			       "'%s' is none of list, show, verify", verb);
	if (is_show && argc < 3)
		return mg_fail(err, MG_EUSAGE,
			       "show: which? give a subject (domain:"
			       "example.com), an id, or #ROW");
	if (argc > (is_show ? 3 : 2))
		return mg_fail(err, MG_EUSAGE, "'%s' is not expected",
			       argv[is_show ? 3 : 2]);
	if (o->all || is_show)
		out->of = MG_FINDINGS_ROWS;
	return is_show ? mg_findings_of_word(mg_slice_str(argv[2]), out, err)
		       : 0;
}

static int run(const void *opts, int argc, char **argv)
{
	const struct ledger_opts *o = opts;
	struct mg_findings_opts findings = { .of = MG_FINDINGS_LEDGER,
					     .fd = STDOUT_FILENO,
					     .term = mg_command_terminal() };
	struct mg_store *store = NULL;
	struct mg_err err = { 0 };
	struct mg_command_host host = { .root = { .fd = -1 } };
	int rc;

	mg_log_set_quiet(o->quiet);
	rc = check_words(o, argc, argv, &findings, &err);
	if (rc == 0)
		rc = mg_command_open_host(&host, &o->place, &err);
	findings.tz = host.shown_tz;
	if (rc == 0)
		rc = mg_store_open(&store, host.state, MG_STORE_READ, &err);
	if (rc == 0)
		rc = argc > 1 && !strcmp(argv[1], "verify")
			     ? verify(store, &err)
			     : list(store, &findings, &err);
	mg_store_close(store);
	mg_command_close_host(&host);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static const struct ledger_opts defaults = {
	.place.root = "/",
	.format = "table",
};

const struct mg_command mg_cmd_ledger = {
	.name = "ledger",
	.operands = "[list | show WHAT | verify]",
	.summary = "show what was found, and prove that no row was changed",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
