/* SPDX-License-Identifier: MIT */
/*
 * suspend, unsuspend - a person stops the outgoing mail of a mailbox, a domain
 * or an account until a person lets it go again. Never a website, never mail
 * that comes in. The intent is in the ledger before anything outside changes.
 */
#include "act_run.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/buf.h"
#include "mailguard/effect.h"
#include "mailguard/file.h"
#include "mailguard/form.h"
#include "mailguard/incident.h"
#include "mailguard/policies.h"
#include "mailguard/shelf.h"

#define PLAN_MAX (4U << 20)
#define STDOUT_FD 1

struct suspend_opts {
	struct mg_command_place place;
	const char *time, *reason, *incident;
	bool with_login, skip_ladder, dry_run, incident_form;
};

#define FIELD(f) offsetof(struct suspend_opts, f)

/* clang-format off */
static const struct mg_option suspend_options[] = {
	{ "reason", 'r', MG_OPTION_TEXT, FIELD(reason), "TEXT", "why, for the ledger and for those who ask; needed" },
	{ "for", 0, MG_OPTION_TEXT, FIELD(time), "TIME", "how long: 1h, 2d (default: until a person ends it)" },
	{ "with-login", 0, MG_OPTION_FLAG, FIELD(with_login), NULL, "stop logins, too, and end sessions" },
	{ "skip-ladder", 0, MG_OPTION_FLAG, FIELD(skip_ladder), NULL, "at the host's discretion, whatever rung of a policy comes next; the ledger says so" },
	{ "dry-run", 'n', MG_OPTION_FLAG, FIELD(dry_run), NULL, "print exactly what would be written and run, and do nothing" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};

static const struct mg_option unsuspend_options[] = {
	{ "reason", 'r', MG_OPTION_TEXT, FIELD(reason), "TEXT", "why, for the ledger and for those who ask; needed" },
	{ "incident", 0, MG_OPTION_TEXT, FIELD(incident), "FILE", "an incident form that is filled in, for the ledger" },
	{ "incident-form", 0, MG_OPTION_FLAG, FIELD(incident_form), NULL, "print one that is not, and do nothing" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

/* The suspension of a subject that is in force. */
struct found {
	const struct mg_act *like;
	char id[MG_ACT_ID_MAX];
};

static int take_same(void *arg, const struct mg_act *act)
{
	struct found *f = arg;

	if (act->verb == MG_ACT_SUSPEND &&
	    mg_slice_is(act->per, f->like->per) &&
	    mg_slice_is(act->subject, f->like->subject))
		memcpy(f->id, act->id, sizeof(f->id));
	return 0;
}

static int find(struct mg_act_run *r, const struct mg_act *like,
		struct found *out, struct mg_err *err)
{
	*out = (struct found){ .like = like };
	return mg_acts_each(r->store, MG_ACTS_IN_FORCE, r->enforcer.now,
			    take_same, out, err);
}

/* --- suspend --- */

static int describe(struct mg_act_run *r, const struct suspend_opts *o,
		    const char *word, char identity[MG_EFFECT_IDENTITY_MAX],
		    struct mg_act *act, struct mg_err *err)
{
	int rc;

	*act = (struct mg_act){
		.verb = MG_ACT_SUSPEND,
		.since = r->enforcer.now,
		.with_local = true,
		.with_login = o->with_login,
		.pace = r->host.settings.enforce.pace,
		.by = mg_act_run_person(),
		.reason = mg_slice_str(o->reason),
	};
	rc = mg_act_run_until(o->time, r->enforcer.now, &act->until, err);
	return rc < 0 ? rc : mg_act_run_customer(r, word, identity, act, err);
}

/* The intent is written, looked at, and taken back. */
static int plan(struct mg_act_run *r, const struct mg_act *act,
		struct mg_buf *out, struct mg_err *err)
{
	size_t n_hooks;
	int rc = mg_store_begin(r->store, err);

	if (rc == 0)
		rc = mg_acts_add(r->store, r->enforcer.now, act, err);
	if (rc >= 0)
		rc = mg_act_run_plan(r, out, err);
	mg_store_rollback(r->store);
	return rc < 0 ? rc
		      : mg_effects_plan(&r->enforcer, act, out, &n_hooks, err);
}

static int begin(struct mg_act_run *r, const struct suspend_opts *o,
		 const struct mg_act *act, struct mg_err *err)
{
	int rc = mg_store_begin(r->store, err);

	if (rc == 0)
		rc = mg_acts_add(r->store, r->enforcer.now, act, err);
	if (rc >= 0 && o->skip_ladder)
		rc = mg_acts_mark(r->store, r->enforcer.now, act->id,
				  MG_MARK_OFF_LADDER, act->by,
				  MG_LIT("at the host's discretion"), err);
	if (rc >= 0)
		rc = mg_store_commit(r->store, err);
	if (rc < 0)
		mg_store_rollback(r->store);
	return rc < 0 ? rc : mg_act_run_carry_out(r, err);
}

/* Neither a second one, nor one that nobody carries out. */
static int check(struct mg_act_run *r, const struct mg_act *act,
		 struct mg_err *err)
{
	struct mg_buf unused;
	struct found found;
	size_t n_hooks = 0;
	int rc = find(r, act, &found, err);

	if (rc == 0 && found.id[0])
		return mg_fail(err, MG_EUSAGE,
			       "it is suspended already, by %.8s; 'mailguard "
			       "why %.8s' tells more",
			       found.id, found.id);
	mg_buf_init(&unused, PLAN_MAX);
	if (rc == 0)
		rc = mg_effects_plan(&r->enforcer, act, &unused, &n_hooks, err);
	mg_buf_release(&unused);
	if (rc == 0 && n_hooks == 0 &&
	    !(mg_enforce_keys(&r->host.settings) & mg_enforce_keys_of(act)))
		rc = mg_fail(err, MG_ECONF,
			     "nothing here carries it out: name back ends in "
			     "'enforce.by', see mailguard.conf(5), or install "
			     "a hook, see mailguard-hooks(7)");
	return rc;
}

static void say(const struct mg_act_run *r, const struct suspend_opts *o,
		const struct mg_act *act, struct mg_buf *out)
{
	mg_buf_add_fmt(out, "%ssuspend %.*s:", o->dry_run ? "would " : "",
		       MG_SLICE_ARG(act->per));
	mg_buf_add_printable(out, act->subject);
	if (act->until < MG_ACT_NO_END) {
		mg_buf_add_str(out, " until ");
		mg_tz_add(out, act->until, r->host.tz);
	}
	if (o->skip_ladder)
		mg_buf_add_str(out, " off the ladder");
	if (!o->dry_run)
		mg_buf_add_fmt(out, "; 'mailguard undo %.8s' ends it", act->id);
	mg_buf_add_char(out, '\n');
}

static int suspend(struct mg_act_run *r, const struct suspend_opts *o,
		   const char *word, struct mg_err *err)
{
	char identity[MG_EFFECT_IDENTITY_MAX] = "";
	struct mg_act act;
	struct mg_buf out;
	int rc = describe(r, o, word, identity, &act, err);

	mg_buf_init(&out, PLAN_MAX);
	if (rc == 0)
		rc = check(r, &act, err);
	if (rc == 0) {
		say(r, o, &act, &out);
		rc = o->dry_run ? plan(r, &act, &out, err)
				: begin(r, o, &act, err);
	}
	if (rc == 0)
		rc = mg_file_write_all(STDOUT_FD, mg_buf_slice(&out), err);
	mg_buf_release(&out);
	return rc;
}

/* --- unsuspend --- */

static int print_form(struct mg_err *err)
{
	struct mg_buf form;
	int rc;

	mg_buf_init(&form, MG_INCIDENT_MAX);
	mg_incident_add_form(&form);
	rc = mg_file_write_all(STDOUT_FD, mg_buf_slice(&form), err);
	mg_buf_release(&form);
	return rc;
}

static int demand(const char *where, struct mg_err *err)
{
	return mg_fail(err, MG_EUSAGE,
		       "--incident FILE is needed here (%s): 'mailguard "
		       "unsuspend --incident-form' prints the form",
		       where);
}

/* Without a form: whether one is demanded, by the setting or by a policy. */
static int check_form(const struct mg_act_run *r, const struct mg_act *like,
		      struct mg_err *err)
{
	struct mg_policies p = { .n_items = 0 };
	struct mg_slice name = MG_LIT("");
	int rc;

	if (r->host.settings.enforce.incident)
		return demand("'enforce.incident' in mailguard.conf(5)", err);
	rc = mg_command_read_policies(&p, &r->host, NULL, err);
	if (rc == 0)
		rc = mg_form_is_asked(r->store, p.items, p.n_items, like,
				      r->enforcer.now, &name, err);
	if (rc == 1) {
		rc = demand("'incident' in mailguard-policy(5)", err);
		mg_err_prefix(err, "policy '%.*s'", MG_SLICE_ARG(name));
	}
	mg_policies_release(&p);
	return rc;
}

/* What the form says, and the hash that it is kept under. */
static int add_form(const struct mg_act_run *r, const char *path,
		    struct mg_buf *out, struct mg_err *err)
{
	char sha256[MG_SHA256_TEXT_MAX];
	struct mg_buf form;
	int rc;

	mg_buf_init(&form, MG_INCIDENT_MAX);
	mg_buf_add_str(out, "; ");
	rc = mg_shelf_read(path, &form, err);
	if (rc == 0)
		rc = mg_incident_parse(mg_buf_slice(&form), out, err);
	if (rc == -MG_EPARSE)
		mg_err_prefix(err, "'%s'", path);
	if (rc == 0)
		rc = mg_form_keep(r->host.state, mg_buf_slice(&form), sha256,
				  err);
	if (rc == 0)
		mg_buf_add_fmt(out, "; form %s", sha256);
	mg_buf_release(&form);
	return rc;
}

/* The reason for the ledger, with the form. */
static int add_reason(const struct mg_act_run *r, const struct suspend_opts *o,
		      const struct mg_act *like, struct mg_buf *out,
		      struct mg_err *err)
{
	mg_buf_add_str(out, o->reason);
	return o->incident ? add_form(r, o->incident, out, err)
			   : check_form(r, like, err);
}

static int unsuspend(struct mg_act_run *r, const struct suspend_opts *o,
		     const char *word, struct mg_err *err)
{
	struct mg_act like = { .id = "" };
	struct mg_buf reason;
	struct found found;
	int rc = mg_act_run_subject(r, word, &like, err);

	mg_buf_init(&reason, PLAN_MAX);
	if (rc == 0)
		rc = find(r, &like, &found, err);
	if (rc == 0 && !found.id[0])
		rc = mg_fail(err, MG_EUSAGE,
			     "no suspension of ours is in force against '%s'",
			     word);
	if (rc == 0)
		rc = add_reason(r, o, &like, &reason, err);
	while (rc == 0 && found.id[0]) {
		rc = mg_act_run_mark(r, found.id, MG_MARK_RELEASED,
				     mg_act_run_person(), mg_buf_slice(&reason),
				     err);
		if (rc == 0)
			printf("ended %s\n", found.id);
		if (rc == 0)
			rc = find(r, &like, &found, err);
	}
	mg_buf_release(&reason);
	return rc < 0 ? rc : mg_act_run_carry_out(r, err);
}

/* --- both --- */

static int run(const struct suspend_opts *o, const char *name, int argc,
	       char **argv,
	       int (*act)(struct mg_act_run *, const struct suspend_opts *,
			  const char *, struct mg_err *))
{
	struct mg_act_run r;
	struct mg_err err = { 0 };
	char missing[64];
	int rc;

	(void)snprintf(missing, sizeof(missing), "%s what? give one subject",
		       name);
	rc = mg_act_run_words(argc, missing, o->reason, &err);
	if (rc < 0)
		return mg_command_fail(&err);
	rc = mg_act_run_open(&r, &o->place, name, &err);
	if (rc == 0)
		rc = act(&r, o, argv[1], &err);
	mg_act_run_close(&r);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static int run_suspend(const void *opts, int argc, char **argv)
{
	return run(opts, "suspend", argc, argv, suspend);
}

static int run_unsuspend(const void *opts, int argc, char **argv)
{
	const struct suspend_opts *o = opts;
	struct mg_err err = { 0 };

	if (o->incident_form)
		return print_form(&err) < 0 ? mg_command_fail(&err) : MG_OK;
	return run(opts, "unsuspend", argc, argv, unsuspend);
}

static const struct suspend_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_suspend = {
	.name = "suspend",
	.operands = "SUBJECT",
	.summary = "stop the outgoing mail of a subject until a person ends it",
	.options = suspend_options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run_suspend,
};

const struct mg_command mg_cmd_unsuspend = {
	.name = "unsuspend",
	.operands = "SUBJECT",
	.summary = "end a suspension",
	.options = unsuspend_options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run_unsuspend,
};
