/* SPDX-License-Identifier: MIT */
/*
 * why - what was found of a subject, from the clause down to the counts.
 *
 * Reads only; never waits for a sweep.
 */
#include "command.h"

#include <unistd.h>

#include "mailguard/clock.h"
#include "mailguard/letter.h"
#include "mailguard/log.h"
#include "mailguard/policies.h"
#include "mailguard/store.h"
#include "mailguard/why.h"

struct why_opts {
	struct mg_command_place place;
	const char *language;
	bool customer, json, quiet;
};

#define FIELD(f) offsetof(struct why_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "customer", 0, MG_OPTION_FLAG, FIELD(customer), NULL, "a letter to the customer, to be sent or read out" },
	{ "language", 0, MG_OPTION_TEXT, FIELD(language), "NAME", "of that letter: a directory of templates (default: as set, en)" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "json", 0, MG_OPTION_FLAG, FIELD(json), NULL, "JSON, for programs" },
	{ "utc", 0, MG_OPTION_FLAG, FIELD(place.utc), NULL, "times in UTC, not in the zone of the host" },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ "quiet", 'q', MG_OPTION_FLAG, FIELD(quiet), NULL, "no remarks on standard error" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

static int write_letter(const struct why_opts *o,
			const struct mg_command_host *host,
			struct mg_store *store,
			const struct mg_findings_opts *of, uint64_t *n_rows,
			struct mg_err *err)
{
	const struct mg_letter_opts letter = {
		.root = &host->root,
		.templates = host->settings.notices.templates,
		.language = o->language ? mg_slice_str(o->language)
					: host->settings.notices.language,
		.contact = host->settings.notices.contact,
		.tz = host->tz,
	};

	if (!mg_letter_language_is_valid(letter.language))
		return mg_fail(err, MG_EUSAGE,
			       "--language: '%s' is no language such as en",
			       o->language);
	return mg_letter_print(store, &letter, of, n_rows, err);
}

/* A mistake in a policy keeps nobody from what was found: it is said, and what
   comes next on a ladder is not. */
static int write_all(const struct mg_command_host *host, struct mg_store *store,
		     const struct mg_findings_opts *of, uint64_t *n_rows,
		     struct mg_err *err)
{
	struct mg_policies policies = { .n_items = 0 };
	struct mg_why_opts opts = { .of = of, .now = mg_clock_now() };
	struct mg_err mistake = { 0 };
	int rc;

	if (mg_command_read_policies(&policies, host, NULL, &mistake) < 0) {
		mg_log(MG_LOG_WARNING, "%s, continuing", mistake.text);
	} else {
		opts.policies = policies.items;
		opts.n_policies = policies.n_items;
	}
	rc = mg_why_print(store, &opts, n_rows, err);
	mg_policies_release(&policies);
	return rc;
}

static int explain(const struct why_opts *o, const struct mg_command_host *host,
		   const struct mg_findings_opts *of, const char *word,
		   struct mg_err *err)
{
	struct mg_store *store = NULL;
	uint64_t n_rows = 0;
	int rc = mg_store_open(&store, host->state, MG_STORE_READ, err);

	if (rc == 0 && o->customer)
		rc = write_letter(o, host, store, of, &n_rows, err);
	else if (rc == 0)
		rc = write_all(host, store, of, &n_rows, err);
	mg_store_close(store);
	if (rc == 0 && n_rows == 0)
		mg_log(MG_LOG_INFO, "nothing was found of '%s'", word);
	return rc;
}

static int run(const void *opts, int argc, char **argv)
{
	const struct why_opts *o = opts;
	struct mg_findings_opts of = {
		.fd = STDOUT_FILENO,
		.term = mg_command_terminal(),
		.format = o->json ? MG_FORMAT_JSON : MG_FORMAT_TABLE,
	};
	struct mg_command_host host = { .root = { .fd = -1 } };
	struct mg_err err = { 0 };
	int rc;

	mg_log_set_quiet(o->quiet);
	if (o->customer && o->json)
		rc = mg_fail(&err, MG_EUSAGE,
			     "--customer and --json: give one of them");
	else if (o->language && !o->customer)
		rc = mg_fail(&err, MG_EUSAGE,
			     "--language is of the letter of --customer");
	else if (argc == 2)
		rc = mg_findings_of_word(mg_slice_str(argv[1]), &of, &err);
	else
		rc = mg_fail(&err, MG_EUSAGE,
			     "why what? give a subject (domain:example.com), "
			     "an id, or #ROW");
	if (rc == 0)
		rc = mg_command_open_host(&host, &o->place, &err);
	of.tz = host.shown_tz;
	if (rc == 0)
		rc = explain(o, &host, &of, argv[1], &err);
	mg_command_close_host(&host);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static const struct why_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_why = {
	.name = "why",
	.operands = "SUBJECT | ID",
	.summary = "explain what was found, from the clause to the counts",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
