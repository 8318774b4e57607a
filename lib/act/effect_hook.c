/* SPDX-License-Identifier: MIT */
/*
 * One hook of one act: what its marks say is what is done next.
 */
#include "effect_priv.h"

#include <stdio.h>

#define WAIT_MIN_S 60 /* after the first failure; twice as long after each */
#define WAIT_MAX_S 3600
#define BLIND_STARTS_MAX 2 /* where query cannot tell what became of one */

/* --- marks --- */

int mg_effect_mark(struct mg_enforcer *e, const char *id, enum mg_act_mark mark,
		   struct mg_slice by, struct mg_slice detail,
		   struct mg_err *err)
{
	int rc = mg_store_begin(e->store, err);

	if (rc == 0)
		rc = mg_acts_mark(e->store, e->now, id, mark, by, detail, err);
	if (rc == 0)
		rc = mg_store_commit(e->store, err);
	if (rc < 0)
		mg_store_rollback(e->store);
	return rc;
}

static int mark(struct mg_effect *f, enum mg_act_mark what)
{
	f->last = what;
	return mg_effect_mark(f->e, f->act->id, what, mg_slice_str(f->by),
			      mg_buf_slice(&f->detail), f->err);
}

static void say(struct mg_effect *f, const char *what)
{
	struct mg_enforcer *e = f->e;
	struct mg_err failure = { 0 };

	(void)mg_fail(&failure, MG_EIO, "%s %.*s:%.*s (%.8s): %s%s%.*s",
		      mg_act_words[f->act->verb], MG_SLICE_ARG(f->act->per),
		      MG_SLICE_ARG(f->act->subject), f->act->id, what,
		      f->detail.len ? ": " : "",
		      MG_SLICE_ARG(mg_buf_slice(&f->detail)));
	e->fail(e->arg, f->by, &failure);
}

static int stick(struct mg_effect *f, const char *why)
{
	say(f, why);
	return mark(f, MG_MARK_STUCK);
}

static int fail(struct mg_effect *f)
{
	if (f->n_failed + 1 >= MG_EFFECT_TRIES_MAX)
		return stick(f, "failed too often; a person must look, and "
				"'mailguard undo' ends it");
	say(f, "failed, and is tried again");
	return mark(f, MG_MARK_FAILED);
}

/* --- one hook --- */

static enum mg_hook_result call_hook(struct mg_effect *f,
				     const struct mg_hook_call *call,
				     struct mg_buf *said)
{
	const struct mg_hook_host host = mg_effect_host(f->e);
	enum mg_hook_result result;
	struct mg_err err = { 0 };

	if (mg_hook_run(&host, f->hooks, f->hooks->names[f->hook], call,
			&result, said, &err) < 0)
		mg_buf_add_str(said, err.text);
	return result;
}

static void add_words(struct mg_effect *f, const char *words)
{
	if (f->detail.len)
		mg_buf_add_str(&f->detail, "; ");
	mg_buf_add_str(&f->detail, words);
}

/* One of the three answers; what a hook that gives none says is kept. */
static enum mg_hook_result ask(struct mg_effect *f)
{
	struct mg_hook_call call = *f->call;
	enum mg_hook_result answer;
	struct mg_buf said;

	mg_buf_init(&said, MG_HOOK_OUTPUT_MAX);
	call.of = call.verb;
	call.verb = MG_HOOK_QUERY;
	answer = call_hook(f, &call, &said);
	if (answer < MG_HOOK_IS_DONE) {
		add_words(f, "query: ");
		mg_buf_add(&f->detail, mg_buf_slice(&said));
		answer = MG_HOOK_UNKNOWN;
	}
	mg_buf_release(&said);
	return answer;
}

/* Times that it may be run where nobody can tell what became of it. */
static int blind_starts_max(const struct mg_effect *f)
{
	return f->act->verb == MG_ACT_TERMINATE ? 1 : BLIND_STARTS_MAX;
}

static int stick_unknown(struct mg_effect *f)
{
	return stick(f, "nobody knows whether it was done; a person must look");
}

/* What a hook says is checked; one that cannot be asked is believed. */
static int judge(struct mg_effect *f, enum mg_hook_result said)
{
	enum mg_hook_result answer;

	if (said == MG_HOOK_SKIPPED)
		return mark(f, MG_MARK_SKIPPED);
	if (said == MG_HOOK_NOT_RUN)
		return fail(f);
	answer = ask(f);
	if (answer == MG_HOOK_IS_DONE && said != MG_HOOK_DONE)
		add_words(f, "query says that it is done");
	if (answer == MG_HOOK_IS_NOT_DONE && said == MG_HOOK_DONE)
		add_words(f, "it says that it did, query says not");
	if (answer == MG_HOOK_IS_DONE ||
	    (answer == MG_HOOK_UNKNOWN && said == MG_HOOK_DONE))
		return mark(f, MG_MARK_DONE);
	/* Who ended before its word, or would have removed an account. */
	if (answer == MG_HOOK_UNKNOWN &&
	    (said == MG_HOOK_LOST || f->act->verb == MG_ACT_TERMINATE) &&
	    f->n_started >= blind_starts_max(f))
		return stick_unknown(f);
	return fail(f);
}

static int start(struct mg_effect *f)
{
	int rc;

	if (f->is_barred)
		return 0;
	mg_buf_clear(&f->detail);
	f->n_started++;
	rc = mark(f, MG_MARK_STARTED);
	return rc < 0 ? rc : judge(f, call_hook(f, f->call, &f->detail));
}

/* One that was started before: what became of that decides. */
static int start_again(struct mg_effect *f)
{
	const enum mg_hook_result answer = ask(f);

	if (answer == MG_HOOK_IS_DONE) {
		add_words(f, "query says that it is done");
		return mark(f, MG_MARK_DONE);
	}
	if (answer == MG_HOOK_UNKNOWN &&
	    (f->last == MG_MARK_STARTED || f->act->verb == MG_ACT_TERMINATE) &&
	    f->n_started >= blind_starts_max(f))
		return stick_unknown(f);
	return start(f);
}

/* A61: somebody took back what is in force. */
static int drift(struct mg_effect *f)
{
	const bool is_first = f->n_drifted++ == 0;
	int rc;

	mg_buf_clear(&f->detail);
	say(f, is_first ? "was taken back by somebody else, and is begun once "
			  "more"
			: "was taken back again by somebody else, and is left "
			  "so");
	add_words(f, "somebody else took it back");
	rc = mark(f, MG_MARK_DRIFTED);
	if (rc < 0)
		return rc;
	return is_first ? start(f) : mark(f, MG_MARK_STUCK);
}

/* --- what is next --- */

static int take_mark(void *arg, int64_t made_at, enum mg_act_mark what,
		     struct mg_slice by, struct mg_slice detail)
{
	struct mg_effect *f = arg;

	(void)detail;
	if (!mg_slice_is(by, mg_slice_str(f->by)))
		return 0;
	f->last = what;
	f->last_at = made_at;
	f->n_started += what == MG_MARK_STARTED;
	f->n_failed += what == MG_MARK_FAILED;
	f->n_drifted += what == MG_MARK_DRIFTED;
	return 0;
}

/* To end what a hook never began is not its affair. */
static int has_part(struct mg_effect *f, bool *out)
{
	const struct mg_slice target = f->act->target;
	char id[MG_ACT_ID_MAX];

	*out = true;
	if (f->act->verb != MG_ACT_UNSUSPEND)
		return 0;
	(void)snprintf(id, sizeof(id), "%.*s", MG_SLICE_ARG(target));
	return mg_acts_has_mark(f->e->store, id, MG_MARK_STARTED,
				mg_slice_str(f->by), out, f->err);
}

static bool is_due(const struct mg_effect *f)
{
	const int64_t now = f->e->now;
	int64_t wait_s = WAIT_MIN_S;

	for (int i = 1; i < f->n_failed && wait_s < WAIT_MAX_S; i++)
		wait_s *= 2;
	return now - f->last_at >= wait_s || now < f->last_at;
}

static enum mg_effect_turn turn_of(const struct mg_effect *f)
{
	switch (f->last) {
	case MG_MARK_SKIPPED:
		return MG_EFFECT_SETTLED;
	case MG_MARK_STUCK:
		return MG_EFFECT_STUCK;
	case MG_MARK_DONE:
		return f->act->verb == MG_ACT_SUSPEND ? MG_EFFECT_STANDING
						      : MG_EFFECT_SETTLED;
	case MG_MARK_FAILED:
		return is_due(f) ? MG_EFFECT_AGAIN : MG_EFFECT_LATER;
	case MG_MARK_STARTED:
	case MG_MARK_DRIFTED:
		return MG_EFFECT_AGAIN;
	default:
		return MG_EFFECT_FIRST;
	}
}

int mg_effect_load(struct mg_effect *f, struct mg_err *err)
{
	bool is_its;
	int rc;

	f->err = err;
	(void)snprintf(f->by, sizeof(f->by), "hook:%s",
		       f->hooks->names[f->hook]);
	rc = has_part(f, &is_its);
	if (rc == 0)
		rc = mg_acts_each_mark(f->e->store, f->act->id, take_mark, f,
				       err);
	f->turn = is_its ? turn_of(f) : MG_EFFECT_SETTLED;
	return rc;
}

static int take_step(struct mg_effect *f)
{
	switch (f->turn) {
	case MG_EFFECT_FIRST:
		return start(f);
	case MG_EFFECT_AGAIN:
		/* Cut off before it was left alone. */
		if (f->last == MG_MARK_DRIFTED && f->n_drifted > 1)
			return mark(f, MG_MARK_STUCK);
		return start_again(f);
	case MG_EFFECT_STANDING:
		return ask(f) == MG_HOOK_IS_NOT_DONE ? drift(f) : 0;
	default:
		return 0;
	}
}

int mg_effect_step(struct mg_effect *f, struct mg_err *err)
{
	int rc;

	f->err = err;
	mg_buf_init(&f->detail, MG_HOOK_OUTPUT_MAX);
	rc = take_step(f);
	mg_buf_release(&f->detail);
	f->last_at = f->e->now;
	f->turn = turn_of(f);
	return rc;
}
