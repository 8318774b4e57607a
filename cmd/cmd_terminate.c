/* SPDX-License-Identifier: MIT */
/*
 * terminate - an account is to be removed, with all that is in it. This only says
 * so: it waits for evidence, a final notice, the approvals of several people and
 * a long time, and a sweep carries it out through a hook. Nothing removes an
 * account at once, whatever option is given.
 */
#include "act_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/buf.h"
#include "mailguard/file.h"
#include "mailguard/terminate.h"

#define KEY_MAX 64
#define PLAN_MAX (4U << 20)
#define STDOUT_FD 1

struct terminate_opts {
	struct mg_command_place place;
	const char *reason;
	bool dry_run;
};

#define FIELD(f) offsetof(struct terminate_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "reason", 'r', MG_OPTION_TEXT, FIELD(reason), "TEXT", "why, for the ledger and for those who ask; needed" },
	{ "dry-run", 'n', MG_OPTION_FLAG, FIELD(dry_run), NULL, "print what is missing and exactly what would be run, and do nothing" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

/* What there is of the account already. */
struct found {
	struct mg_slice account;
	char suspension[MG_ACT_ID_MAX], termination[MG_ACT_ID_MAX];
};

static int take(void *arg, const struct mg_act *act)
{
	struct found *f = arg;

	if (!mg_slice_is(act->per, MG_LIT("account")) ||
	    !mg_slice_is(act->subject, f->account))
		return 0;
	if (act->verb == MG_ACT_SUSPEND)
		memcpy(f->suspension, act->id, sizeof(f->suspension));
	if (act->verb == MG_ACT_TERMINATE)
		memcpy(f->termination, act->id, sizeof(f->termination));
	return 0;
}

/* What waits is no suspension, and is a termination. */
static int find(struct mg_act_run *r, struct mg_slice account,
		struct found *out, struct mg_err *err)
{
	const int64_t now = r->enforcer.now;
	int rc;

	*out = (struct found){ .account = account };
	rc = mg_acts_each(r->store, MG_ACTS_WAITING, now, take, out, err);
	out->suspension[0] = '\0';
	return rc < 0 ? rc
		      : mg_acts_each(r->store, MG_ACTS_IN_FORCE, now, take, out,
				     err);
}

static int check(const struct found *f, struct mg_err *err)
{
	if (f->termination[0])
		return mg_fail(err, MG_EUSAGE,
			       "it is to be terminated already, by %.8s; "
			       "'mailguard why %.8s' tells what is missing",
			       f->termination, f->termination);
	if (!f->suspension[0])
		return mg_fail(err, MG_EUSAGE,
			       "an account is suspended before it is "
			       "terminated: 'mailguard suspend account:%.*s'",
			       MG_SLICE_ARG(f->account));
	return 0;
}

static int describe(struct mg_act_run *r, const struct terminate_opts *o,
		    const char *word, struct found *found,
		    char identity[MG_EFFECT_IDENTITY_MAX], struct mg_act *act,
		    struct mg_err *err)
{
	char key[KEY_MAX];
	int rc;

	*act = (struct mg_act){
		.since = r->enforcer.now,
		.by = mg_act_run_person(),
		.reason = mg_slice_str(o->reason),
	};
	rc = mg_act_run_subject(r, word, act, err);
	if (rc == 0 && !mg_slice_is(act->per, MG_LIT("account")))
		rc = mg_fail(err, MG_EUSAGE, "'%s' is no account", word);
	if (rc == 0)
		rc = find(r, act->subject, found, err);
	if (rc == 0)
		rc = check(found, err);
	if (rc < 0)
		return rc;
	mg_terminate_describe(&r->enforcer, found->suspension, identity, act);
	(void)snprintf(key, sizeof(key), "%" PRId64, act->since);
	mg_act_id(act->verb, act->per, act->subject, mg_slice_str(key),
		  act->id);
	return 0;
}

/* What it needs, and what hooks would be told. */
static int explain(struct mg_act_run *r, const struct mg_act *act,
		   struct mg_slice plan, bool is_dry, struct mg_buf *out,
		   struct mg_err *err)
{
	struct mg_termination t;
	const int rc = mg_terminate_look(&r->enforcer, act, &t, err);

	mg_buf_add_fmt(out, "%s account:",
		       is_dry ? "would let wait: terminate"
			      : "waits: terminate");
	mg_buf_add_printable(out, act->subject);
	mg_buf_add_str(out, "\nstill needs: ");
	mg_buf_add_printable(out, mg_buf_slice(&t.missing));
	mg_buf_add_str(out, "\nthen runs:\n");
	mg_buf_add(out, plan);
	if (!is_dry)
		mg_buf_add_fmt(out,
			       "'mailguard approve %.8s' shows it to those who "
			       "approve, 'mailguard undo %.8s' withdraws it\n",
			       act->id, act->id);
	mg_termination_release(&t);
	return rc;
}

static int terminate(struct mg_act_run *r, const struct terminate_opts *o,
		     const char *word, struct mg_err *err)
{
	char identity[MG_EFFECT_IDENTITY_MAX];
	struct mg_buf plan, out;
	struct found found;
	struct mg_act act;
	size_t n_hooks = 0;
	int rc = describe(r, o, word, &found, identity, &act, err);

	mg_buf_init(&plan, PLAN_MAX);
	mg_buf_init(&out, 2 * PLAN_MAX);
	if (rc == 0)
		rc = mg_effects_plan(&r->enforcer, &act, &plan, &n_hooks, err);
	if (rc == 0 && n_hooks == 0)
		rc = mg_fail(err, MG_ECONF,
			     "nothing here removes an account: install a hook, "
			     "see mailguard-hooks(7)");
	if (rc == 0 && !o->dry_run)
		rc = mg_terminate_begin(&r->enforcer, &act, err);
	if (rc == 0)
		rc = explain(r, &act, mg_buf_slice(&plan), o->dry_run, &out,
			     err);
	if (rc == 0)
		rc = mg_file_write_all(STDOUT_FD, mg_buf_slice(&out), err);
	mg_buf_release(&out);
	mg_buf_release(&plan);
	return rc;
}

static int run(const void *opts, int argc, char **argv)
{
	const struct terminate_opts *o = opts;
	struct mg_act_run r;
	struct mg_err err = { 0 };
	int rc = mg_act_run_words(argc, "terminate what? give one account",
				  o->reason, &err);

	if (rc < 0)
		return mg_command_fail(&err);
	rc = mg_act_run_open(&r, &o->place, "terminate", &err);
	if (rc == 0)
		rc = terminate(&r, o, argv[1], &err);
	mg_act_run_close(&r);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static const struct terminate_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_terminate = {
	.name = "terminate",
	.operands = "ACCOUNT",
	.summary = "have an account removed, once several people approved",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
