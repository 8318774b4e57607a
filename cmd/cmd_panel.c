/* SPDX-License-Identifier: MIT */
/*
 * panel - what the hooks that are shipped run: one verb on a panel, with what
 * the hook was told on standard input.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/file.h"
#include "mailguard/json_pick.h"
#include "mailguard/log.h"
#include "mailguard/num.h"
#include "mailguard/panel.h"

#define INPUT_MAX (1U << 20)
#define SAID_MAX (1U << 20)

struct panel_opts {
	struct mg_command_place place;
	bool dry_run;
};

#define FIELD(f) offsetof(struct panel_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "dry-run", 'n', MG_OPTION_FLAG, FIELD(dry_run), NULL, "only say which commands would be run" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory, below which notes are kept (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};

enum { KEY, OF, KIND, NAME, DOMAIN, ACCOUNT, OWNER, CLAUSE, REASON, EVIDENCE, UID, UNTIL, LOGIN, N_VALUES };
static const char *const keys[N_VALUES] = { "key", "of", "kind", "name", "domain", "account", "owner", "clause", "reason", "evidence", "uid", "until", "login" };
/* clang-format on */

static enum mg_hook_verb verb_of(const char *word)
{
	for (unsigned i = 1; i < MG_HOOK_N_VERBS; i++)
		if (!strcmp(mg_hook_words[i], word))
			return (enum mg_hook_verb)i;
	return MG_HOOK_NONE;
}

static int64_t number_of(const struct mg_json_picked *p, int64_t other)
{
	uint64_t n;

	return p->is_there && mg_num_parse(mg_slice_str(p->text), INT64_MAX, &n)
		       ? (int64_t)n
		       : other;
}

static void fill_call(const struct mg_json_picked v[N_VALUES],
		      struct mg_hook_call *c)
{
	struct mg_slice *const to[] = {
		[KEY] = &c->key,           [KIND] = &c->per,
		[NAME] = &c->subject,      [DOMAIN] = &c->domain,
		[ACCOUNT] = &c->account,   [OWNER] = &c->owner,
		[CLAUSE] = &c->clause,     [REASON] = &c->reason,
		[EVIDENCE] = &c->evidence,
	};

	for (size_t i = 0; i < sizeof(to) / sizeof(*to); i++)
		if (to[i])
			*to[i] = mg_slice_of(v[i].text, v[i].len);
	c->of = verb_of(v[OF].text);
	c->uid = number_of(&v[UID], -1);
	c->until = number_of(&v[UNTIL], 0);
	c->with_login = !strcmp(v[LOGIN].text, "true");
}

static int read_call(const struct mg_jail *jail,
		     struct mg_json_picked v[N_VALUES], struct mg_hook_call *c,
		     struct mg_err *err)
{
	struct mg_buf text;
	int rc;

	mg_buf_init(&text, INPUT_MAX);
	rc = mg_file_read_all(STDIN_FILENO, "standard input", &text, err);
	if (rc == 0)
		rc = mg_json_pick(jail, mg_buf_slice(&text), keys, N_VALUES, v,
				  err);
	if (rc < 0)
		mg_err_prefix(err, "what the hook was told");
	mg_buf_release(&text);
	if (rc == 0)
		fill_call(v, c);
	return rc == 0 ? mg_hook_check(c, err) : rc;
}

static bool begins_nothing(enum mg_hook_verb verb)
{
	return verb == MG_HOOK_QUERY || verb == MG_HOOK_UNSUSPEND ||
	       verb == MG_HOOK_RELEASE;
}

/* Evidence and other hooks take their time, and the name may have been given to
   somebody else since: nothing is begun against him. */
static int check_user(const struct mg_panel_host *h,
		      const struct mg_hook_call *c, struct mg_err *err)
{
	struct mg_jail now;

	if (begins_nothing(c->verb) ||
	    !mg_priv_find_user(h->root, c->account, &now) ||
	    (int64_t)now.uid == c->uid)
		return 0;
	return mg_fail(err, MG_EIO,
		       "'%.*s' has user id %u, not %lld: it is another account "
		       "by now, and is left alone",
		       MG_SLICE_ARG(c->account), (unsigned)now.uid,
		       (long long)c->uid);
}

static int carry_out(const struct mg_panel *panel,
		     const struct mg_panel_host *h,
		     const struct mg_hook_call *c, enum mg_hook_result *result,
		     struct mg_err *err)
{
	return c->verb == MG_HOOK_QUERY ? panel->query(h, c, result, err)
					: panel->act(h, c, result, err);
}

/* The exit status of a hook, and for a query its answer. */
static int answer(const struct mg_hook_call *c, enum mg_hook_result result)
{
	if (result == MG_HOOK_SKIPPED)
		return MG_HOOK_EXIT_NOT_MINE;
	if (result == MG_HOOK_LATER)
		return MG_HOOK_EXIT_LATER;
	if (c->verb == MG_HOOK_QUERY)
		printf("%s\n", mg_hook_result_words[result]);
	return MG_OK;
}

static int run_call(const struct panel_opts *o, const struct mg_panel *panel,
		    struct mg_hook_call *c, enum mg_hook_result *result,
		    struct mg_err *err)
{
	struct mg_command_host host;
	struct mg_json_picked values[N_VALUES];
	struct mg_buf said;
	int rc = mg_command_open_host(&host, &o->place, err);
	const struct mg_panel_host h = { .root = &host.root,
					 .settings = &host.settings,
					 .state = host.state,
					 .jail = mg_priv_jail(&host.root),
					 .is_dry = o->dry_run,
					 .said = &said };

	mg_buf_init(&said, SAID_MAX);
	if (rc == 0)
		rc = read_call(&h.jail, values, c, err);
	if (rc == 0)
		rc = check_user(&h, c, err);
	if (rc == 0)
		rc = carry_out(panel, &h, c, result, err);
	/* Of a query, standard output is the answer and no more. */
	if (said.len)
		(void)fputs(said.ptr,
			    c->verb == MG_HOOK_QUERY ? stderr : stdout);
	mg_buf_release(&said);
	mg_command_close_host(&host);
	return rc;
}

static int run(const void *opts, int argc, char **argv)
{
	const struct mg_panel *panel = NULL;
	struct mg_hook_call call = { .verb = MG_HOOK_NONE };
	enum mg_hook_result result = MG_HOOK_FAILED;
	struct mg_err err = { 0 };
	int rc = 0;

	if (argc == 3) {
		panel = mg_panel_find(mg_slice_str(argv[1]));
		call.verb = verb_of(argv[2]);
	}
	if (!panel)
		rc = mg_fail(&err, MG_EUSAGE,
			     "which panel, and what? see "
			     "mailguard-panel(8)");
	if (rc == 0 && call.verb != MG_HOOK_NONE)
		rc = run_call(opts, panel, &call, &result, &err);
	else if (rc == 0)
		result = MG_HOOK_SKIPPED; /* of a later mailguard */
	return rc < 0 ? mg_command_fail(&err) : answer(&call, result);
}

static const struct panel_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_panel = {
	.name = "panel",
	.operands = "PANEL VERB",
	.summary =
		"one verb on a control panel, for the hooks that are shipped",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
