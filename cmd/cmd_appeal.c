/* SPDX-License-Identifier: MIT */
/*
 * appeal - somebody objects to an action, and how that was settled. As long as an
 * appeal is open no account is removed because of that action. An appeal that is
 * upheld ends the action, as undo does.
 */
#include "act_run.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/buf.h"

#define DETAIL_MAX (1U << 20)

struct appeal_opts {
	struct mg_command_place place;
	const char *reason, *settle;
};

#define FIELD(f) offsetof(struct appeal_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "reason", 'r', MG_OPTION_TEXT, FIELD(reason), "TEXT", "what is said against it, or why it was settled so; needed" },
	{ "settle", 0, MG_OPTION_TEXT, FIELD(settle), "HOW", "close the appeal: upheld (the action ends) or dismissed" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

/* The action, as far as it is open. */
struct found {
	char id[MG_ACT_ID_MAX];
	bool is_there, is_appealed;
};

static int take(void *arg, const struct mg_act *act)
{
	struct found *f = arg;

	f->is_there |= !strcmp(act->id, f->id) && act->verb != MG_ACT_EXEMPT;
	return 0;
}

static int take_mark(void *arg, int64_t made_at, enum mg_act_mark mark,
		     struct mg_slice by, struct mg_slice detail)
{
	struct found *f = arg;

	(void)made_at;
	(void)by;
	(void)detail;
	if (mark == MG_MARK_APPEALED || mark == MG_MARK_SETTLED)
		f->is_appealed = mark == MG_MARK_APPEALED;
	return 0;
}

static int find(struct mg_act_run *r, const char *word, struct found *out,
		struct mg_err *err)
{
	const int64_t now = r->enforcer.now;
	int rc;

	*out = (struct found){ .is_there = false };
	rc = mg_acts_find(r->store, word, out->id, err);
	if (rc == 0)
		rc = mg_acts_each(r->store, MG_ACTS_WAITING, now, take, out,
				  err);
	if (rc == 0)
		rc = mg_acts_each(r->store, MG_ACTS_IN_FORCE, now, take, out,
				  err);
	if (rc == 0 && !out->is_there)
		rc = mg_fail(err, MG_EUSAGE,
			     "%s is over, or spares somebody: there is "
			     "nothing to appeal against",
			     out->id);
	return rc < 0 ? rc
		      : mg_acts_each_mark(r->store, out->id, take_mark, out,
					  err);
}

static int check(const struct found *f, bool is_settled, struct mg_err *err)
{
	if (f->is_appealed && !is_settled)
		return mg_fail(err, MG_EUSAGE,
			       "an appeal against %s is open already; "
			       "--settle closes it",
			       f->id);
	if (!f->is_appealed && is_settled)
		return mg_fail(err, MG_EUSAGE, "no appeal against %s is open",
			       f->id);
	return 0;
}

/* An action is over with the appeal that was upheld, not a moment later. */
static int settle(struct mg_act_run *r, const struct appeal_opts *o,
		  const char *id, bool is_upheld, struct mg_err *err)
{
	const struct mg_slice person = mg_act_run_person();
	const int64_t now = r->enforcer.now;
	struct mg_buf detail;
	int rc = mg_store_begin(r->store, err);

	mg_buf_init(&detail, DETAIL_MAX);
	mg_buf_add_fmt(&detail, "%s: %s", o->settle, o->reason);
	if (rc == 0)
		rc = mg_acts_mark(r->store, now, id, MG_MARK_SETTLED, person,
				  mg_buf_slice(&detail), err);
	if (rc == 0 && is_upheld)
		rc = mg_acts_mark(r->store, now, id, MG_MARK_RELEASED, person,
				  MG_LIT("the appeal was upheld"), err);
	if (rc == 0)
		rc = mg_store_commit(r->store, err);
	if (rc < 0)
		mg_store_rollback(r->store);
	mg_buf_release(&detail);
	return rc < 0 || !is_upheld ? rc : mg_act_run_carry_out(r, err);
}

static int appeal(struct mg_act_run *r, const struct appeal_opts *o,
		  const char *word, struct mg_err *err)
{
	const bool is_upheld = o->settle && !strcmp(o->settle, "upheld");
	struct found found;
	int rc = find(r, word, &found, err);

	if (rc == 0)
		rc = check(&found, o->settle != NULL, err);
	if (rc == 0 && o->settle)
		rc = settle(r, o, found.id, is_upheld, err);
	else if (rc == 0)
		rc = mg_act_run_mark(r, found.id, MG_MARK_APPEALED,
				     mg_act_run_person(),
				     mg_slice_str(o->reason), err);
	if (rc == 0)
		printf("%s %s\n", o->settle ? o->settle : "appeal against",
		       found.id);
	return rc;
}

static int check_words(const struct appeal_opts *o, int argc,
		       struct mg_err *err)
{
	const int rc = mg_act_run_words(
		argc, "appeal against what? give one id of an action",
		o->reason, err);

	if (rc < 0)
		return rc;
	if (o->settle && strcmp(o->settle, "upheld") != 0 &&
	    strcmp(o->settle, "dismissed") != 0)
		return mg_fail(err, MG_EUSAGE,
			       "--settle: '%s' is neither upheld nor dismissed",
			       o->settle);
	return 0;
}

static int run(const void *opts, int argc, char **argv)
{
	const struct appeal_opts *o = opts;
	struct mg_act_run r;
	struct mg_err err = { 0 };
	int rc = check_words(o, argc, &err);

	if (rc < 0)
		return mg_command_fail(&err);
	rc = mg_act_run_open(&r, &o->place, "appeal", &err);
	if (rc == 0)
		rc = appeal(&r, o, argv[1], &err);
	mg_act_run_close(&r);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static const struct appeal_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_appeal = {
	.name = "appeal",
	.operands = "ACTION",
	.summary = "note that somebody objects to an action, and the outcome",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
