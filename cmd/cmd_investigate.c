/* SPDX-License-Identifier: MIT */
/*
 * investigate - how a subject sent its mail, and what to do next.
 *
 * Changes nothing. It waits for a sweep to end, so that what it reads of the
 * state is of one moment.
 */
#include "act_run.h"

#include <stdio.h>
#include <unistd.h>

#include "mailguard/gather.h"
#include "mailguard/log.h"

#define OUTPUT_MAX ((size_t)32 << 20) /* bytes */

struct investigate_opts {
	struct mg_command_place place;
	const char *since, *until;
	bool json, quiet;
};

#define FIELD(f) offsetof(struct investigate_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "since", 0, MG_OPTION_TEXT, FIELD(since), "TIME", "lines from then on, as in mailguard-report(8) (default 24h)" },
	{ "until", 0, MG_OPTION_TEXT, FIELD(until), "TIME", "and before then (default now)" },
	{ "json", 0, MG_OPTION_FLAG, FIELD(json), NULL, "JSON, for programs" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ "quiet", 'q', MG_OPTION_FLAG, FIELD(quiet), NULL, "no remarks on standard error" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

static int investigate(const struct investigate_opts *o, const char *word,
		       struct mg_err *err)
{
	struct mg_act about = { .id = "" };
	struct mg_gather_ask ask = { .act = &about };
	struct mg_act_run r;
	struct mg_buf out;
	int rc = mg_act_run_open(&r, &o->place, "investigate", err);

	mg_buf_init(&out, OUTPUT_MAX);
	if (rc == 0)
		rc = mg_act_run_subject(&r, word, &about, err);
	if (rc == 0)
		rc = mg_act_run_times(&r, o->since, o->until, &ask, err);
	if (rc == 0)
		rc = mg_gather_investigate(&r.enforcer, &ask, o->json, &out,
					   err);
	if (rc == 0)
		rc = mg_file_write_all(STDOUT_FILENO, mg_buf_slice(&out), err);
	mg_buf_release(&out);
	mg_act_run_close(&r);
	return rc;
}

static int run(const void *opts, int argc, char **argv)
{
	const struct investigate_opts *o = opts;
	struct mg_err err = { 0 };
	int rc;

	mg_log_set_quiet(o->quiet);
	if (argc == 2)
		rc = investigate(o, argv[1], &err);
	else
		rc = mg_fail(&err, MG_EUSAGE,
			     "investigate whom? give one subject "
			     "(info@a.example, account:bob)");
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static const struct investigate_opts defaults = {
	.place.root = "/",
	.since = "24h",
};

const struct mg_command mg_cmd_investigate = {
	.name = "investigate",
	.operands = "SUBJECT",
	.summary = "tell how mail was sent, and what to do next",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
