/* SPDX-License-Identifier: MIT */
#include "mailguard/contain.h"

#include "effect_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/mem.h"
#include "mailguard/sessions.h"
#include "mailguard/vec.h"

#define BY_US MG_LIT("mailguard")
#define BY_SESSIONS MG_LIT("sessions")
#define KEY_MAX 24 /* of a time, in digits */

/* By what helps first. */
static const enum mg_act_verb verbs[MG_CONTAIN_ACTS] = {
	[MG_CONTAIN_MOVE] = MG_ACT_CONTAIN,
	[MG_CONTAIN_SUSPEND] = MG_ACT_SUSPEND,
	[MG_CONTAIN_QUEUE] = MG_ACT_QUEUE,
	[MG_CONTAIN_PASSWORD] = MG_ACT_PASSWORD,
	[MG_CONTAIN_SESSIONS] = MG_ACT_SESSIONS,
};

/* Done once and for all, whatever time was set for the rest. */
static bool is_once(enum mg_act_verb verb)
{
	return verb == MG_ACT_PASSWORD || verb == MG_ACT_SESSIONS;
}

void mg_contain_describe(const struct mg_act *like, struct mg_contain *out)
{
	struct mg_act *move = &out->acts[MG_CONTAIN_MOVE];
	char key[KEY_MAX];

	*move = *like;
	move->verb = verbs[MG_CONTAIN_MOVE];
	/* Typed again a second later it is another one. */
	(void)snprintf(key, sizeof(key), "%" PRId64, like->since);
	mg_act_id(move->verb, move->per, move->subject, mg_slice_str(key),
		  move->id);
	for (size_t i = MG_CONTAIN_SUSPEND; i < MG_CONTAIN_ACTS; i++) {
		struct mg_act *step = &out->acts[i];

		*step = *like;
		step->verb = verbs[i];
		step->target = mg_slice_str(move->id);
		if (is_once(step->verb))
			step->until = MG_ACT_NO_END;
		mg_act_id(step->verb, step->per, step->subject, step->target,
			  step->id);
	}
}

/* --- rows --- */

int mg_contain_add(struct mg_enforcer *e, const struct mg_contain *contain,
		   struct mg_err *err)
{
	int rc = mg_store_begin(e->store, err);

	for (size_t i = 0; rc >= 0 && i < MG_CONTAIN_ACTS; i++)
		rc = mg_acts_add(e->store, e->now, &contain->acts[i], err);
	if (rc >= 0)
		rc = mg_store_commit(e->store, err);
	if (rc < 0)
		mg_store_rollback(e->store);
	return rc < 0 ? rc : 0;
}

static int mark(struct mg_enforcer *e, const char *id, enum mg_act_mark what,
		struct mg_slice by, const char *detail, struct mg_err *err)
{
	return mg_effect_mark(e, id, what, by, mg_slice_str(detail), err);
}

/* Whether it has any of some marks. Returns 1, 0 or -MG_EIO. */
static int has_one_of(struct mg_enforcer *e, const char *id,
		      const enum mg_act_mark *marks, size_t n,
		      struct mg_slice by, struct mg_err *err)
{
	bool is_there = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && !is_there && i < n; i++)
		rc = mg_acts_has_mark(e->store, id, marks[i], by, &is_there,
				      err);
	return rc < 0 ? rc : is_there;
}

/* --- sessions --- */

/* Whether the password of the same move is another one, or is a person's to see
   to. Its id follows from the move's. */
static int is_password_over(struct mg_enforcer *e, const struct mg_act *act,
			    struct mg_err *err)
{
	static const enum mg_act_mark over[] = { MG_MARK_ENDED,
						 MG_MARK_RELEASED };
	static const enum mg_act_mark stuck[] = { MG_MARK_STUCK };
	char id[MG_ACT_ID_MAX];
	int rc;

	mg_act_id(MG_ACT_PASSWORD, act->per, act->subject, act->target, id);
	rc = has_one_of(e, id, over, 2, MG_LIT(""), err);
	return rc ? rc : has_one_of(e, id, stuck, 1, BY_US, err);
}

/* On the host's own Dovecot. Returns as mg_contain_prepare. */
static int end_sessions(struct mg_enforcer *e, const struct mg_act *act,
			struct mg_err *err)
{
	struct mg_err failure = { 0 };
	int rc = mg_sessions_end(e->root, act->subject, &failure);

	if (rc < 0) {
		e->fail(e->arg, "the sessions", &failure);
		return 0;
	}
	rc = mark(e, act->id, rc == 0 ? MG_MARK_DONE : MG_MARK_SKIPPED,
		  BY_SESSIONS, rc == 0 ? "ended" : "no Dovecot answers here",
		  err);
	return rc < 0 ? rc : 1;
}

int mg_contain_prepare(struct mg_enforcer *e, const struct mg_act *act,
		       struct mg_err *err)
{
	static const enum mg_act_mark over[] = { MG_MARK_DONE,
						 MG_MARK_SKIPPED };
	int rc;

	if (act->verb != MG_ACT_SESSIONS)
		return 1;
	rc = is_password_over(e, act, err);
	if (rc != 1)
		return rc;
	rc = has_one_of(e, act->id, over, 2, BY_SESSIONS, err);
	return rc ? rc : end_sessions(e, act, err);
}

/* --- their ends --- */

/* No hook of this host has the verb, or none could do it. */
static int leave_password(struct mg_enforcer *e, const struct mg_act *act,
			  struct mg_err *err)
{
	static const char why[] =
		"no hook here has given it another password: set one by hand, "
		"then end this step";
	static const enum mg_act_mark stuck[] = { MG_MARK_STUCK };
	struct mg_err failure = { 0 };
	const int rc = has_one_of(e, act->id, stuck, 1, BY_US, err);

	if (rc)
		return rc < 0 ? rc : 0;
	(void)mg_fail(&failure, MG_EIO, "%.*s (%.8s): %s",
		      MG_SLICE_ARG(act->subject), act->id, why);
	e->fail(e->arg, "the password", &failure);
	return mark(e, act->id, MG_MARK_STUCK, BY_US, why, err);
}

int mg_contain_finish(struct mg_enforcer *e, const struct mg_act *act,
		      struct mg_err *err)
{
	static const enum mg_act_mark done[] = { MG_MARK_DONE };
	int rc;

	if (act->verb != MG_ACT_PASSWORD)
		return mark(e, act->id, MG_MARK_ENDED, BY_US, "", err);
	rc = has_one_of(e, act->id, done, 1, MG_LIT(""), err);
	if (rc == 0)
		return leave_password(e, act, err);
	return rc < 0 ? rc
		      : mark(e, act->id, MG_MARK_ENDED, BY_US,
			     "the one that was there cannot be put back", err);
}

struct id {
	char text[MG_ACT_ID_MAX];
};

/* Moves, and those that have a step. */
struct settling {
	struct id *moves, *busy; /* owned */
	size_t n_moves, cap_moves, n_busy, cap_busy;
};

static void take_id(struct id **ids, size_t *n, size_t *cap, struct mg_slice id)
{
	*ids = mg_vec_room(*ids, *n, cap, sizeof(**ids));
	(void)snprintf((*ids)[(*n)++].text, MG_ACT_ID_MAX, "%.*s",
		       MG_SLICE_ARG(id));
}

static int take(void *arg, const struct mg_act *act)
{
	struct settling *s = arg;

	if (act->verb == MG_ACT_CONTAIN)
		take_id(&s->moves, &s->n_moves, &s->cap_moves,
			mg_slice_str(act->id));
	else if (mg_act_is_step(act))
		take_id(&s->busy, &s->n_busy, &s->cap_busy, act->target);
	return 0;
}

static bool is_busy(const struct settling *s, const char *id)
{
	for (size_t i = 0; i < s->n_busy; i++)
		if (!strcmp(s->busy[i].text, id))
			return true;
	return false;
}

int mg_contain_settle(struct mg_enforcer *e, struct mg_err *err)
{
	struct settling s = { .n_moves = 0 };
	int rc = mg_acts_each(e->store, MG_ACTS_IN_FORCE, e->now, take, &s,
			      err);

	for (size_t i = 0; rc == 0 && i < s.n_moves; i++)
		if (!is_busy(&s, s.moves[i].text))
			rc = mark(e, s.moves[i].text, MG_MARK_ENDED, BY_US,
				  "no step of it is in force", err);
	mg_mem_free(s.moves);
	mg_mem_free(s.busy);
	return rc;
}
