/* SPDX-License-Identifier: MIT */
/*
 * contain - one move against a mailbox whose password was stolen: its outgoing
 * mail is refused and what is queued stopped, it gets another password, and what
 * is logged in is thrown out. Nothing else of its owner stops.
 *
 * All of it is in the ledger before anything outside changes.
 */
#include "act_run.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/contain.h"
#include "mailguard/effect.h"
#include "mailguard/file.h"
#include "mailguard/halt.h"
#include "mailguard/sessions.h"

#define PLAN_MAX (4U << 20)
#define STDOUT_FD 1

struct contain_opts {
	struct mg_command_place place;
	const char *time, *reason;
	bool with_login, dry_run;
};

#define FIELD(f) offsetof(struct contain_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "reason", 'r', MG_OPTION_TEXT, FIELD(reason), "TEXT", "why, for the ledger and for those who ask; needed" },
	{ "for", 0, MG_OPTION_TEXT, FIELD(time), "TIME", "how long its mail is stopped: 1h, 2d (default: until a person ends it)" },
	{ "with-login", 0, MG_OPTION_FLAG, FIELD(with_login), NULL, "nobody logs in either, whatever the password" },
	{ "dry-run", 'n', MG_OPTION_FLAG, FIELD(dry_run), NULL, "print exactly what would be written and run, and do nothing" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

/* A move of the same mailbox that is in force. */
struct search {
	const struct mg_act *like;
	char id[MG_ACT_ID_MAX];
};

static int take_same(void *arg, const struct mg_act *act)
{
	struct search *s = arg;

	if (act->verb == MG_ACT_CONTAIN &&
	    mg_slice_is(act->per, s->like->per) &&
	    mg_slice_is(act->subject, s->like->subject))
		memcpy(s->id, act->id, sizeof(s->id));
	return 0;
}

/* Neither a second one, nor of what has no password. */
static int check_subject(struct mg_act_run *r, const struct mg_act *like,
			 const char *word, struct mg_err *err)
{
	struct search s = { .like = like };
	int rc;

	if (!mg_slice_is(like->per, MG_LIT("mailbox")))
		return mg_fail(err, MG_EUSAGE,
			       "'%s' is no mailbox: a domain or an account is "
			       "stopped by 'mailguard suspend'",
			       word);
	/* No map could name it, and a '*' would be a mask to others. */
	if (!mg_force_name_is_safe(like->subject))
		return mg_fail(err, MG_EUSAGE,
			       "'%s' is no name of a mailbox that a mail "
			       "server could be told of",
			       word);
	rc = mg_acts_each(r->store, MG_ACTS_IN_FORCE, r->enforcer.now,
			  take_same, &s, err);
	if (rc == 0 && s.id[0])
		rc = mg_fail(err, MG_EUSAGE,
			     "it is contained already, by %.8s; 'mailguard "
			     "why %.8s' tells more",
			     s.id, s.id);
	return rc;
}

/* Its mail goes on where neither a back end nor a hook stops it. */
static int check_means(struct mg_act_run *r, const struct mg_contain *c,
		       struct mg_err *err)
{
	const struct mg_act *act = &c->acts[MG_CONTAIN_SUSPEND];
	struct mg_buf unused;
	size_t n_hooks = 0;
	int rc;

	mg_buf_init(&unused, PLAN_MAX);
	rc = mg_effects_plan(&r->enforcer, act, &unused, &n_hooks, err);
	mg_buf_release(&unused);
	if (rc == 0 && n_hooks == 0 &&
	    !(mg_enforce_keys(&r->host.settings) & mg_enforce_keys_of(act)))
		rc = mg_fail(err, MG_ECONF,
			     "nothing here stops its mail: name back ends in "
			     "'enforce.by', see mailguard.conf(5), or install "
			     "a hook, see mailguard-hooks(7)");
	return rc;
}

static int describe(struct mg_act_run *r, const struct contain_opts *o,
		    const char *word, char identity[MG_EFFECT_IDENTITY_MAX],
		    struct mg_contain *out, struct mg_err *err)
{
	struct mg_act like = {
		.since = r->enforcer.now,
		.with_local = true,
		.with_login = o->with_login,
		.pace = r->host.settings.enforce.pace,
		.by = mg_act_run_person(),
		.reason = mg_slice_str(o->reason),
	};
	int rc = mg_act_run_until(o->time, like.since, &like.until, err);

	if (rc == 0)
		rc = mg_act_run_subject(r, word, &like, err);
	if (rc == 0)
		rc = check_subject(r, &like, word, err);
	if (rc < 0)
		return rc;
	rc = mg_effect_identity(&r->accounts, &r->host.root, &like, identity,
				err);
	if (rc < 0)
		return rc;
	like.identity = mg_slice_str(identity);
	mg_contain_describe(&like, out);
	return check_means(r, out, err);
}

/* --- what would be done --- */

/* The intents are written, looked at, and taken back. */
static int plan_back_ends(struct mg_act_run *r, const struct mg_contain *c,
			  struct mg_buf *out, struct mg_err *err)
{
	int rc = mg_store_begin(r->store, err);

	for (size_t i = 0; rc >= 0 && i < MG_CONTAIN_ACTS; i++)
		rc = mg_acts_add(r->store, r->enforcer.now, &c->acts[i], err);
	if (rc >= 0)
		rc = mg_act_run_plan(r, out, err);
	mg_store_rollback(r->store);
	return rc < 0 ? rc : 0;
}

static int plan_step(struct mg_act_run *r, const struct mg_act *step,
		     struct mg_buf *out, struct mg_err *err)
{
	size_t n_hooks;

	if (step->verb == MG_ACT_QUEUE)
		return mg_halt_plan(r->store, step, out, err);
	if (step->verb == MG_ACT_SUSPEND)
		mg_buf_add_str(out, "make a bundle of evidence\n");
	if (step->verb == MG_ACT_SESSIONS)
		mg_sessions_plan(&r->host.root, step->subject, out);
	return mg_effects_plan(&r->enforcer, step, out, &n_hooks, err);
}

static int plan(struct mg_act_run *r, const struct mg_contain *c,
		struct mg_buf *out, struct mg_err *err)
{
	/* As it is done. */
	static const enum mg_contain_act order[] = {
		MG_CONTAIN_QUEUE,
		MG_CONTAIN_SUSPEND,
		MG_CONTAIN_PASSWORD,
		MG_CONTAIN_SESSIONS,
	};
	int rc = plan_back_ends(r, c, out, err);

	for (size_t i = 0; rc == 0 && i < sizeof(order) / sizeof(*order); i++)
		rc = plan_step(r, &c->acts[order[i]], out, err);
	return rc;
}

/* --- what was done --- */

struct said {
	struct mg_buf *out;
	bool has_any;
};

/* "hook:cpanel done". What was only begun is for 'why'. */
static int say_mark(void *arg, int64_t made_at, enum mg_act_mark mark,
		    struct mg_slice by, struct mg_slice detail)
{
	struct said *s = arg;

	(void)made_at;
	if (mark == MG_MARK_STARTED ||
	    (mark == MG_MARK_ENDED && detail.len == 0))
		return 0;
	mg_buf_add_str(s->out, s->has_any ? ", " : "");
	mg_buf_add_printable(s->out, by);
	mg_buf_add_fmt(s->out, " %s", mg_mark_words[mark]);
	if (detail.len && !mg_slice_has_prefix(by, MG_LIT("hook:"))) {
		mg_buf_add_str(s->out, ": ");
		mg_buf_add_printable(s->out, detail);
	}
	s->has_any = true;
	return 0;
}

static int say_step(struct mg_act_run *r, const struct mg_act *step,
		    struct mg_buf *out, struct mg_err *err)
{
	struct said s = { .out = out };
	int rc;

	mg_buf_add_fmt(out, "  %-8s %.8s  ", mg_act_words[step->verb],
		       step->id);
	rc = mg_acts_each_mark(r->store, step->id, say_mark, &s, err);
	mg_buf_add_str(out, s.has_any ? "\n" : "is still to be done\n");
	return rc;
}

static int say_steps(struct mg_act_run *r, const struct mg_contain *c,
		     struct mg_buf *out, struct mg_err *err)
{
	int rc = 0;

	for (size_t i = MG_CONTAIN_SUSPEND; rc == 0 && i < MG_CONTAIN_ACTS; i++)
		rc = say_step(r, &c->acts[i], out, err);
	return rc;
}

static void say(const struct mg_contain *c, bool is_dry, struct mg_buf *out)
{
	const struct mg_act *move = &c->acts[MG_CONTAIN_MOVE];

	mg_buf_add_str(out,
		       is_dry ? "would contain mailbox:" : "contain mailbox:");
	mg_buf_add_printable(out, move->subject);
	if (!is_dry)
		mg_buf_add_fmt(out, "; 'mailguard undo %.8s' ends all of it",
			       move->id);
	mg_buf_add_char(out, '\n');
}

/* Whatever a step met with, the others stand and are said. */
static int begin(struct mg_act_run *r, const struct mg_contain *c,
		 struct mg_buf *out, struct mg_err *err)
{
	struct mg_err failure = { 0 };
	int rc = mg_contain_add(&r->enforcer, c, err);

	if (rc < 0)
		return rc;
	rc = mg_act_run_carry_out(r, &failure);
	if (rc < 0 && !r->has_failed) {
		*err = failure;
		return rc;
	}
	return say_steps(r, c, out, err);
}

static int contain(struct mg_act_run *r, const struct contain_opts *o,
		   const char *word, struct mg_err *err)
{
	char identity[MG_EFFECT_IDENTITY_MAX];
	struct mg_contain c;
	struct mg_buf out;
	int rc = describe(r, o, word, identity, &c, err);

	if (rc < 0)
		return rc;
	mg_buf_init(&out, PLAN_MAX);
	say(&c, o->dry_run, &out);
	rc = o->dry_run ? plan(r, &c, &out, err) : begin(r, &c, &out, err);
	if (rc == 0)
		rc = mg_buf_check(&out, "what is to be said", err);
	if (rc == 0)
		rc = mg_file_write_all(STDOUT_FD, mg_buf_slice(&out), err);
	mg_buf_release(&out);
	return rc;
}

static int run_contain(const void *opts, int argc, char **argv)
{
	const struct contain_opts *o = opts;
	struct mg_act_run r;
	struct mg_err err = { 0 };
	int rc = mg_act_run_words(argc, "contain what? give one mailbox",
				  o->reason, &err);
	int status;

	if (rc < 0)
		return mg_command_fail(&err);
	rc = mg_act_run_open(&r, &o->place, "contain", &err);
	if (rc == 0)
		rc = contain(&r, o, argv[1], &err);
	status = r.has_failed ? MG_EFOUND : MG_OK;
	mg_act_run_close(&r);
	return rc < 0 ? mg_command_fail(&err) : status;
}

static const struct contain_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_contain =
	MG_COMMAND_OF_WORD(contain, "MAILBOX",
			   "stop a mailbox whose password was stolen, in one "
			   "move");
