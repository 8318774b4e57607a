/* SPDX-License-Identifier: MIT */
/*
 * undo, release, unblock - a person ends what is in force, or what waits. The
 * ledger keeps both: nothing is taken out of it.
 */
#include "act_run.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/buf.h"
#include "mailguard/log.h"
#include "mailguard/network.h"

/* Acts of one subject; more at once is one by one. */
#define IDS_MAX 256
#define SAID_MAX 2048 /* bytes of a name, escaped */

struct end_opts {
	struct mg_command_place place;
	const char *reason;
};

#define FIELD(f) offsetof(struct end_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "reason", 'r', MG_OPTION_TEXT, FIELD(reason), "TEXT", "why, for the ledger and for those who ask; needed" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

/* The ids that a command is about. */
struct ids {
	char id[IDS_MAX][MG_ACT_ID_MAX];
	struct mg_buf said[IDS_MAX]; /* "block ip:192.0.2.7" */
	size_t n;
	bool has_move;             /* of contain */
	const struct mg_act *like; /* of release: per and subject */
	const char *typed;         /* of undo */
};

static bool is_same_subject(const struct mg_act *a, const struct mg_act *b)
{
	struct mg_network x, y;

	if (!mg_slice_is(a->per, b->per))
		return false;
	if (mg_slice_is(a->per, MG_LIT("ip")))
		return mg_enforce_network(a->subject, &x) &&
		       mg_enforce_network(b->subject, &y) &&
		       (mg_network_has(&x, &y.ip) || mg_network_has(&y, &x.ip));
	return mg_slice_is(a->subject, b->subject);
}

static void take(struct ids *ids, const struct mg_act *act)
{
	struct mg_buf *said = &ids->said[ids->n];

	mg_buf_init(said, SAID_MAX);
	mg_buf_add_fmt(said, "%s %.*s:", mg_act_words[act->verb],
		       MG_SLICE_ARG(act->per));
	mg_buf_add_printable(said, act->subject);
	ids->has_move |= act->verb == MG_ACT_CONTAIN;
	memcpy(ids->id[ids->n++], act->id, MG_ACT_ID_MAX);
}

/* What spares a subject is no burden to be released from. */
static int take_same(void *arg, const struct mg_act *act)
{
	struct ids *ids = arg;

	if (act->verb != MG_ACT_EXEMPT && is_same_subject(act, ids->like) &&
	    ids->n < IDS_MAX)
		take(ids, act);
	return 0;
}

/* With a move go its steps. */
static int take_typed(void *arg, const struct mg_act *act)
{
	struct ids *ids = arg;

	if ((!strcmp(act->id, ids->typed) ||
	     (mg_act_is_step(act) &&
	      mg_slice_is(act->target, mg_slice_str(ids->typed)))) &&
	    ids->n < IDS_MAX)
		take(ids, act);
	return 0;
}

/* A hook that removed an account is done; a notice of it would be, too. */
static int take_removal(void *arg, int64_t made_at, enum mg_act_mark mark,
			struct mg_slice by, struct mg_slice detail)
{
	(void)arg;
	(void)made_at;
	(void)detail;
	return mark == MG_MARK_DONE && mg_slice_has_prefix(by, MG_LIT("hook:"));
}

static int take_termination(void *arg, const struct mg_act *act)
{
	bool *is_termination = arg;

	*is_termination = act->verb == MG_ACT_TERMINATE;
	return 0;
}

/* What cannot be undone says so. */
static int say_over(struct mg_act_run *r, const char *id, struct mg_err *err)
{
	bool is_termination = false;
	int rc = mg_acts_get(r->store, id, take_termination, &is_termination,
			     err);

	if (rc >= 0)
		rc = mg_acts_each_mark(r->store, id, take_removal, NULL, err);
	if (rc < 0)
		return rc;
	return is_termination && rc
		       ? mg_fail(err, MG_EUSAGE,
				 "%s removed the account, which cannot be "
				 "undone; 'mailguard why %.8s' names the "
				 "evidence that was kept",
				 id, id)
		       : mg_fail(err, MG_EUSAGE, "%s is over already", id);
}

/* In force, or waiting. */
static int find_typed(struct mg_act_run *r, const char *word, struct ids *ids,
		      struct mg_err *err)
{
	char id[MG_ACT_ID_MAX];
	int rc = mg_acts_find(r->store, word, id, err);

	ids->typed = id;
	if (rc == 0)
		rc = mg_acts_each(r->store, MG_ACTS_WAITING, r->enforcer.now,
				  take_typed, ids, err);
	if (rc == 0)
		rc = mg_acts_each(r->store, MG_ACTS_IN_FORCE, r->enforcer.now,
				  take_typed, ids, err);
	if (rc == 0 && ids->n == 0)
		rc = say_over(r, id, err);
	return rc;
}

static int find_subject(struct mg_act_run *r, const char *word, struct ids *ids,
			struct mg_err *err)
{
	struct mg_act like = { .id = "" };
	int rc = mg_act_run_subject(r, word, &like, err);

	ids->like = &like;
	if (rc == 0)
		rc = mg_acts_each(r->store, MG_ACTS_IN_FORCE, r->enforcer.now,
				  take_same, ids, err);
	if (rc == 0 && ids->n == 0)
		rc = mg_fail(err, MG_EUSAGE, "nothing is in force against '%s'",
			     word);
	return rc;
}

static int release_all(struct mg_act_run *r, const struct ids *ids,
		       const char *reason, struct mg_err *err)
{
	int rc = mg_store_begin(r->store, err);

	for (size_t i = 0; rc == 0 && i < ids->n; i++)
		rc = mg_acts_mark(r->store, r->enforcer.now, ids->id[i],
				  MG_MARK_RELEASED, mg_act_run_person(),
				  mg_slice_str(reason), err);
	if (rc == 0)
		rc = mg_store_commit(r->store, err);
	if (rc < 0)
		mg_store_rollback(r->store);
	return rc;
}

static int act_on(struct mg_act_run *r, const struct end_opts *o,
		  bool is_subject, const char *word, struct mg_err *err)
{
	struct ids ids = { .n = 0 };
	int rc = is_subject ? find_subject(r, word, &ids, err)
			    : find_typed(r, word, &ids, err);

	if (rc == 0)
		rc = release_all(r, &ids, o->reason, err);
	if (rc == 0)
		rc = mg_act_run_carry_out(r, err);
	for (size_t i = 0; i < ids.n; i++) {
		if (rc == 0)
			printf("ended %s (%s)\n", ids.id[i], ids.said[i].ptr);
		mg_buf_release(&ids.said[i]);
	}
	if (rc == 0 && ids.has_move)
		mg_log(MG_LOG_INFO,
		       "a password from before cannot be put back: the owner "
		       "sets a new one");
	return rc;
}

static int run(const struct end_opts *o, bool is_subject, const char *name,
	       int argc, char **argv)
{
	struct mg_act_run r;
	struct mg_err err = { 0 };
	int rc = 0;

	if (argc != 2)
		rc = mg_fail(&err, MG_EUSAGE, "%s what? give one %s", name,
			     is_subject ? "subject" : "id of an action");
	else if (!o->reason || !*o->reason)
		rc = mg_fail(&err, MG_EUSAGE,
			     "--reason is needed: it stands in the ledger, and "
			     "answers those who ask");
	if (rc < 0)
		return mg_command_fail(&err);
	rc = mg_act_run_open(&r, &o->place, name, &err);
	if (rc == 0)
		rc = act_on(&r, o, is_subject, argv[1], &err);
	mg_act_run_close(&r);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static int run_undo(const void *opts, int argc, char **argv)
{
	return run(opts, false, "undo", argc, argv);
}

static int run_release(const void *opts, int argc, char **argv)
{
	return run(opts, true, "release", argc, argv);
}

static int run_unblock(const void *opts, int argc, char **argv)
{
	return run(opts, true, "unblock", argc, argv);
}

static const struct end_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_undo =
	MG_COMMAND_OF_WORD(undo, "ACTION", "end an action before its time");
const struct mg_command mg_cmd_release = MG_COMMAND_OF_WORD(
	release, "SUBJECT", "end all that is in force against a subject");
const struct mg_command mg_cmd_unblock =
	MG_COMMAND_OF_WORD(unblock, "IP", "let an address check mail again");
