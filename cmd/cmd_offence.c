/* SPDX-License-Identifier: MIT */
/*
 * offence - which offences there are, what their causes were, and that one was
 * none. What a person says is a row of the ledger more; nothing that is in force
 * begins or ends with it.
 */
#include "act_run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/clock.h"
#include "mailguard/log.h"
#include "mailguard/offence_print.h"
#include "mailguard/offences.h"
#include "mailguard/policies.h"

#define ID_DIGITS_MIN 4

struct offence_opts {
	struct mg_command_place place;
	const char *reason;
	bool json;
};

#define FIELD(f) offsetof(struct offence_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "reason", 'r', MG_OPTION_TEXT, FIELD(reason), "TEXT", "why, for the ledger and for those who ask; of cause and withdraw" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "json", 0, MG_OPTION_FLAG, FIELD(json), NULL, "print JSON instead of a table" },
	{ "utc", 0, MG_OPTION_FLAG, FIELD(place.utc), NULL, "times in UTC, not in the zone of the host" },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

/* --- list --- */

static int print(const struct mg_command_host *host,
		 const struct mg_policies *policies,
		 struct mg_findings_opts *of, struct mg_err *err)
{
	const struct mg_offence_print_opts opts = {
		.of = of,
		.policies = policies->items,
		.n_policies = policies->n_items,
		.now = mg_clock_now(),
	};
	struct mg_store *store = NULL;
	uint64_t n_rows = 0;
	int rc = mg_store_open(&store, host->state, MG_STORE_READ, err);

	of->tz = host->shown_tz;
	if (rc == 0)
		rc = mg_offence_print(store, &opts, &n_rows, err);
	mg_store_close(store);
	if (rc == 0 && n_rows == 0)
		mg_log(MG_LOG_INFO, "there is no such offence");
	return rc;
}

static int list(const struct offence_opts *o, const char *word,
		struct mg_err *err)
{
	struct mg_findings_opts of = {
		.format = o->json ? MG_FORMAT_JSON : MG_FORMAT_TABLE,
		.fd = STDOUT_FILENO,
		.term = mg_command_terminal(),
	};
	struct mg_command_host host = { .root = { .fd = -1 } };
	struct mg_policies policies = { .n_items = 0 };
	int rc = word ? mg_findings_of_word(mg_slice_str(word), &of, err) : 0;

	if (rc == 0)
		rc = mg_command_open_host(&host, &o->place, err);
	if (rc == 0)
		rc = mg_command_read_policies(&policies, &host, NULL, err);
	if (rc == 0)
		rc = print(&host, &policies, &of, err);
	mg_policies_release(&policies);
	mg_command_close_host(&host);
	return rc;
}

/* --- what a person says --- */

static int find(const struct mg_offence_list *offences, const char *typed,
		const struct mg_offence **out, struct mg_err *err)
{
	*out = NULL;
	for (size_t i = 0; i < offences->n; i++) {
		const struct mg_offence *x = &offences->items[i];

		if (strncmp(x->id, typed, strlen(typed)) != 0)
			continue;
		if (*out)
			return mg_fail(err, MG_EUSAGE,
				       "more than one offence begins with '%s'",
				       typed);
		*out = x;
	}
	if (!*out || strlen(typed) < ID_DIGITS_MIN)
		return mg_fail(err, MG_EUSAGE,
			       "'%s' is no offence: 'mailguard offence list' "
			       "shows their ids, of which %d digits are enough",
			       typed, ID_DIGITS_MIN);
	return 0;
}

/* cause in: MG_CAUSES for a withdrawal. */
static int add(struct mg_act_run *r, const struct mg_offence *known,
	       unsigned cause, const char *reason, struct mg_err *err)
{
	struct mg_offence row = *known;
	int rc;

	if (known->is_withdrawn)
		return mg_fail(err, MG_EUSAGE, "%s was withdrawn already",
			       known->id);
	row.event = cause == MG_CAUSES ? MG_OFFENCE_WITHDRAWN
				       : MG_OFFENCE_CAUSE;
	if (cause != MG_CAUSES)
		row.cause = cause;
	row.by = mg_act_run_person();
	row.reason = mg_slice_str(reason);
	rc = mg_store_begin(r->store, err);
	if (rc == 0)
		rc = mg_offences_add(r->store, r->enforcer.now, &row, err);
	if (rc == 0)
		rc = mg_store_commit(r->store, err);
	if (rc < 0)
		mg_store_rollback(r->store);
	return rc;
}

static int change(const struct offence_opts *o, const char *typed,
		  unsigned cause, struct mg_err *err)
{
	struct mg_offence_list offences = { .n = 0 };
	const struct mg_offence *known = NULL;
	struct mg_act_run r;
	int rc = mg_act_run_open(&r, &o->place, "offence", err);

	if (rc == 0)
		rc = mg_offences_load(r.store, NULL, &offences, err);
	if (rc == 0)
		rc = find(&offences, typed, &known, err);
	if (rc == 0)
		rc = add(&r, known, cause, o->reason, err);
	if (rc == 0)
		printf("%s %s; what is in force stays so until it is "
		       "undone\n",
		       cause == MG_CAUSES ? "withdrew" : mg_cause_words[cause],
		       known->id);
	mg_offence_list_release(&offences);
	mg_act_run_close(&r);
	return rc;
}

static int parse_cause(const char *word, unsigned *cause, struct mg_err *err)
{
	for (*cause = 0; *cause < MG_CAUSES; (*cause)++)
		if (!strcmp(word, mg_cause_words[*cause]))
			return 0;
	return mg_fail(err, MG_EUSAGE,
		       "'%s' is none of unknown, deliberate, compromised",
		       word);
}

static int say(const struct offence_opts *o, int argc, char **argv,
	       struct mg_err *err)
{
	const bool is_cause = !strcmp(argv[1], "cause");
	unsigned cause = MG_CAUSES;
	int rc = 0;

	if (argc != (is_cause ? 4 : 3))
		return mg_fail(err, MG_EUSAGE,
			       "give 'cause ID unknown|deliberate|compromised' "
			       "or 'withdraw ID'");
	if (!o->reason || !*o->reason)
		return mg_fail(err, MG_EUSAGE,
			       "--reason is needed: it stands in the ledger, "
			       "and answers those who ask");
	if (is_cause)
		rc = parse_cause(argv[3], &cause, err);
	return rc < 0 ? rc : change(o, argv[2], cause, err);
}

static int run(const void *opts, int argc, char **argv)
{
	const struct offence_opts *o = opts;
	const char *verb = argc > 1 ? argv[1] : "list";
	struct mg_err err = { 0 };
	int rc;

	if (!strcmp(verb, "list") && argc <= 3)
		rc = list(o, argc == 3 ? argv[2] : NULL, &err);
	else if (!strcmp(verb, "cause") || !strcmp(verb, "withdraw"))
		rc = say(o, argc, argv, &err);
	else
		rc = mg_fail(&err, MG_EUSAGE,
			     "'%s' is none of list [SUBJECT], cause ID CAUSE, "
			     "withdraw ID",
			     verb);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static const struct offence_opts defaults = { .place.root = "/" };

const struct mg_command mg_cmd_offence = {
	.name = "offence",
	.operands = "[list [SUBJECT] | cause ID CAUSE | withdraw ID]",
	.summary = "show offences, say what their cause was, take one back",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
