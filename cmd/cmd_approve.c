/* SPDX-License-Identifier: MIT */
/*
 * approve - a person lets go ahead what waits.
 *
 * What removes an account needs more: several people, told apart by who logged in,
 * each of whom sees what would be removed and types the account's name and a code
 * that belongs to this action, this account and this evidence alone. It never
 * carries a termination out: sweeps do.
 */
#include "act_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/buf.h"
#include "mailguard/effect.h"
#include "mailguard/file.h"
#include "mailguard/login.h"
#include "mailguard/sha256.h"
#include "mailguard/terminate.h"

#define SAID_MAX (4U << 20)
#define TYPED_MAX 256
#define CODE_LEN 6 /* digits; a slip of the hand finds none */
#define BY_MAX 32

struct approve_opts {
	struct mg_command_place place;
	const char *reason, *account, *code;
};

#define FIELD(f) offsetof(struct approve_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "reason", 'r', MG_OPTION_TEXT, FIELD(reason), "TEXT", "why, for the ledger and for those who ask; needed" },
	{ "account", 0, MG_OPTION_TEXT, FIELD(account), "NAME", "of a termination: the account's name, instead of typing it" },
	{ "code", 0, MG_OPTION_TEXT, FIELD(code), "CODE", "of a termination: the code that it showed, likewise" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

struct approving {
	struct mg_act_run *r;
	const struct approve_opts *o;
	struct mg_act act;
	struct mg_arena text;
	struct mg_termination t;
	char code[CODE_LEN + 1];
	char by[BY_MAX];
	bool is_shown; /* before it was typed */
};

/* --- which --- */

static int take(void *arg, const struct mg_act *act)
{
	struct approving *a = arg;

	if (!strcmp(act->id, a->act.id))
		a->act = mg_act_copy(act, &a->text);
	return 0;
}

static int find(struct approving *a, const char *word, struct mg_err *err)
{
	struct mg_act_run *r = a->r;
	int rc = mg_acts_find(r->store, word, a->act.id, err);

	if (rc == 0)
		rc = mg_acts_each(r->store, MG_ACTS_WAITING, r->enforcer.now,
				  take, a, err);
	if (rc == 0 && !a->act.verb)
		rc = mg_fail(err, MG_EUSAGE,
			     "%s does not wait for approval: it is in force, "
			     "or over",
			     a->act.id);
	return rc;
}

/* --- what is shown of a termination --- */

static void add_domains(struct mg_act_run *r, struct mg_slice account,
			struct mg_buf *out)
{
	const struct mg_accounts *a = r->enforcer.accounts(r->enforcer.arg);
	const uint32_t i = a ? mg_accounts_user(a, account) : MG_ACCOUNT_NONE;
	size_t n = 0;

	if (i == MG_ACCOUNT_NONE)
		return;
	mg_buf_add_fmt(out, "  home      ");
	mg_buf_add_printable(out, a->accounts[i].home);
	mg_buf_add_str(out, "\n  domains  ");
	for (size_t d = 0; d < a->n_domains; d++)
		if (a->domains[d].account == i) {
			mg_buf_add_char(out, ' ');
			mg_buf_add_printable(out, a->domains[d].name);
			n++;
		}
	mg_buf_add_fmt(out, " (%zu)\n", n);
}

static void add_line(struct mg_buf *out, const char *what, struct mg_slice text)
{
	mg_buf_add_fmt(out, "  %-9s ", what);
	mg_buf_add_printable(out, text);
	mg_buf_add_char(out, '\n');
}

static int show(struct approving *a, struct mg_err *err)
{
	const struct mg_act *act = &a->act;
	struct mg_enforcer *e = &a->r->enforcer;
	struct mg_buf out, plan;
	size_t n_hooks;
	int rc;

	mg_buf_init(&out, SAID_MAX);
	mg_buf_init(&plan, SAID_MAX / 4);
	rc = mg_effects_plan(e, act, &plan, &n_hooks, err);
	mg_buf_add_fmt(&out, "%s  removes the account ", act->id);
	mg_buf_add_printable(&out, act->subject);
	mg_buf_add_str(&out, " for good, with all that is in it\n");
	add_line(&out, "identity", act->identity);
	add_line(&out, "owner", act->owner);
	add_domains(a->r, act->account, &out);
	add_line(&out, "begun by", act->by);
	add_line(&out, "reason", act->reason);
	if (act->limit)
		mg_buf_add_fmt(&out,
			       "  counted   %" PRId64 " of %" PRId64
			       " allowed in %" PRId64 " minutes\n",
			       act->n, act->limit, act->window_s / 60);
	add_line(&out, "evidence", mg_slice_str(a->t.sha256));
	add_line(&out, "", mg_slice_str(a->t.path));
	add_line(&out, "needs", mg_buf_slice(&a->t.missing));
	mg_buf_add_str(&out, "  runs      ");
	mg_buf_add(&out, mg_buf_slice(&plan));
	if (rc == 0)
		rc = mg_file_write_all(STDOUT_FILENO, mg_buf_slice(&out), err);
	mg_buf_release(&plan);
	mg_buf_release(&out);
	return rc;
}

/* --- who, and what is meant --- */

static int look_mark(void *arg, int64_t made_at, enum mg_act_mark mark,
		     struct mg_slice by, struct mg_slice detail)
{
	struct approving *a = arg;

	(void)made_at;
	(void)detail;
	return mark == MG_MARK_APPROVED && mg_slice_is(by, mg_slice_str(a->by));
}

static int identify(struct approving *a, struct mg_err *err)
{
	uint32_t uid;
	int rc = mg_login_uid(&uid, err);

	if (rc < 0)
		return rc;
	(void)snprintf(a->by, sizeof(a->by), "login uid %" PRIu32, uid);
	rc = mg_acts_each_mark(a->r->store, a->act.id, look_mark, a, err);
	return rc == 1 ? mg_fail(err, MG_EUSAGE,
				 "you (%s) approved it already: it needs "
				 "somebody else",
				 a->by)
		       : rc;
}

/* What was shown is what is approved: another action, account or bundle has
   another code. */
static void make_code(struct approving *a)
{
	unsigned char digest[MG_SHA256_LEN];
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add_number(&h, a->act.verb);
	mg_sha256_add_text(&h, mg_slice_str(a->act.id));
	mg_sha256_add_text(&h, a->act.subject);
	mg_sha256_add_text(&h, a->act.identity);
	mg_sha256_add_text(&h, mg_slice_str(a->t.sha256));
	mg_sha256_end(&h, digest);
	mg_sha256_format(digest, CODE_LEN / 2, a->code);
}

/* What was typed, or given. */
static int check_typed(const struct approving *a, struct mg_err *err)
{
	if (!mg_slice_is(a->act.subject, mg_slice_str(a->o->account)))
		return mg_fail(err, MG_EUSAGE,
			       "that is not the account's name, which is "
			       "'%.*s': nothing is approved",
			       MG_SLICE_ARG(a->act.subject));
	if (strcmp(a->o->code, a->code) != 0)
		return mg_fail(err, MG_EUSAGE,
			       "that is not the code of this action, account "
			       "and evidence: nothing is approved");
	return 0;
}

/* --- approved --- */

static int note(struct approving *a, struct mg_err *err)
{
	struct mg_buf detail;
	int rc;

	mg_buf_init(&detail, SAID_MAX);
	mg_buf_add_fmt(&detail, "%.*s, for evidence %.16s: %s",
		       MG_SLICE_ARG(mg_act_run_person()), a->t.sha256,
		       a->o->reason);
	rc = mg_act_run_mark(a->r, a->act.id, MG_MARK_APPROVED,
			     mg_slice_str(a->by), mg_buf_slice(&detail), err);
	mg_buf_release(&detail);
	return rc;
}

/* Returns 0 where it is approved, 1 where name and code have to be typed. */
static int approve_termination(struct approving *a, struct mg_err *err)
{
	int rc = identify(a, err);

	if (rc == 0)
		rc = mg_terminate_look(&a->r->enforcer, &a->act, &a->t, err);
	if (rc == 0 && a->t.void_why)
		rc = mg_fail(err, MG_EUSAGE, "%s: the next sweep withdraws it",
			     a->t.void_why);
	if (rc == 0 && !a->t.is_proven)
		rc = mg_fail(err, MG_EIO,
			     "there is no evidence that can be verified, so "
			     "nobody can know what to approve; 'mailguard why "
			     "%.8s' tells more",
			     a->act.id);
	make_code(a);
	if (rc == 0 && !a->is_shown)
		rc = show(a, err);
	if (rc < 0)
		return rc;
	if (!a->o->account || !a->o->code)
		return 1;
	rc = check_typed(a, err);
	return rc < 0 ? rc : note(a, err);
}

static int approve(struct approving *a, const char *word, struct mg_err *err)
{
	int rc = find(a, word, err);

	if (rc < 0)
		return rc;
	if (a->act.verb == MG_ACT_TERMINATE)
		return approve_termination(a, err);
	if (a->o->account || a->o->code)
		return mg_fail(err, MG_EUSAGE,
			       "--account and --code are for terminations; "
			       "this is a %s",
			       mg_act_words[a->act.verb]);
	rc = mg_act_run_mark(a->r, a->act.id, MG_MARK_APPROVED,
			     mg_act_run_person(), mg_slice_str(a->o->reason),
			     err);
	return rc < 0 ? rc : mg_act_run_carry_out(a->r, err);
}

static void say(const struct approving *a)
{
	struct mg_buf subject;

	mg_buf_init(&subject, SAID_MAX);
	mg_buf_add_printable(&subject, a->act.subject);
	printf("approved %s (%s %.*s:%s)\n", a->act.id,
	       mg_act_words[a->act.verb], MG_SLICE_ARG(a->act.per),
	       subject.ptr);
	mg_buf_release(&subject);
}

/* With the state held: sweeps wait for it, so nobody types meanwhile. */
static int try(const struct approve_opts *o, const char *word, bool is_shown,
	       char code[CODE_LEN + 1], struct mg_err *err)
{
	struct mg_act_run r;
	struct approving a = { .r = &r, .o = o, .is_shown = is_shown };
	int rc = mg_act_run_open(&r, &o->place, "approve", err);

	if (rc == 0)
		rc = approve(&a, word, err);
	if (rc == 0)
		say(&a);
	memcpy(code, a.code, sizeof(a.code));
	mg_termination_release(&a.t);
	mg_arena_release(&a.text);
	mg_act_run_close(&r);
	return rc;
}

/* A line from the keyboard, without its end. */
static const char *type(const char *what, char room[TYPED_MAX])
{
	printf("%s: ", what);
	(void)fflush(stdout); /* main looks at it at the end */
	if (!fgets(room, TYPED_MAX, stdin))
		room[0] = '\0';
	room[strcspn(room, "\n")] = '\0';
	return room;
}

static int ask_and_try(const struct approve_opts *o, const char *word,
		       struct mg_err *err)
{
	char name[TYPED_MAX], typed[TYPED_MAX], prompt[64];
	char code[CODE_LEN + 1] = "";
	struct approve_opts answered = *o;
	int rc = try(o, word, false, code, err);

	if (rc != 1)
		return rc;
	if (!isatty(STDIN_FILENO))
		return mg_fail(err, MG_EUSAGE,
			       "if that is the account, give --account with "
			       "its name, and --code %s",
			       code);
	if (!answered.account)
		answered.account = type("type the account's name", name);
	(void)snprintf(prompt, sizeof(prompt), "type the code %s", code);
	if (!answered.code)
		answered.code = type(prompt, typed);
	return try(&answered, word, true, code, err);
}

static int run(const void *opts, int argc, char **argv)
{
	const struct approve_opts *o = opts;
	struct mg_err err = { 0 };
	int rc = 0;

	if (argc != 2)
		rc = mg_fail(&err, MG_EUSAGE,
			     "approve what? give one id of an action");
	else if (!o->reason || !*o->reason)
		rc = mg_fail(&err, MG_EUSAGE,
			     "--reason is needed: it stands in the ledger, and "
			     "answers those who ask");
	if (rc == 0)
		rc = ask_and_try(o, argv[1], &err);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static const struct approve_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_approve = {
	.name = "approve",
	.operands = "ACTION",
	.summary = "let an action go ahead that waits",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
