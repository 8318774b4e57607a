/* SPDX-License-Identifier: MIT */
#include "effect_priv.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/arena.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define BY_MAX (MG_HOOK_NAME_MAX + 8)
#define BY_US MG_LIT("mailguard")
#define WAIT_MIN_S 60 /* after the first failure; twice as long after each */
#define WAIT_MAX_S 3600
#define BLIND_STARTS_MAX 2 /* where query cannot tell what became of one */

struct run {
	struct mg_enforcer *e;
	struct mg_hooks hooks;
	struct mg_act *acts; /* owned */
	size_t n_acts, cap_acts;
	struct mg_arena text;
	struct mg_err *err;
};

/* One hook of one act, and what its marks say. */
struct effect {
	struct run *run;
	const struct mg_act *act;
	const struct mg_hook_call *call;
	const char *hook;
	char by[BY_MAX];       /* "hook:" and its name */
	enum mg_act_mark last; /* 0: none */
	int64_t last_at;
	int n_started, n_failed, n_drifted;
	struct mg_buf detail;
};

/* --- marks --- */

static int put_mark(struct run *r, const char *id, enum mg_act_mark mark,
		    struct mg_slice by, struct mg_slice detail)
{
	struct mg_store *s = r->e->store;
	int rc = mg_store_begin(s, r->err);

	if (rc == 0)
		rc = mg_acts_mark(s, r->e->now, id, mark, by, detail, r->err);
	if (rc == 0)
		rc = mg_store_commit(s, r->err);
	if (rc < 0)
		mg_store_rollback(s);
	return rc;
}

static int mark(struct effect *f, enum mg_act_mark what)
{
	f->last = what;
	return put_mark(f->run, f->act->id, what, mg_slice_str(f->by),
			mg_buf_slice(&f->detail));
}

static void say(struct effect *f, const char *what)
{
	struct mg_enforcer *e = f->run->e;
	struct mg_err failure = { 0 };

	(void)mg_fail(&failure, MG_EIO, "%s %.*s:%.*s (%.8s): %s%s%.*s",
		      mg_act_words[f->act->verb], MG_SLICE_ARG(f->act->per),
		      MG_SLICE_ARG(f->act->subject), f->act->id, what,
		      f->detail.len ? ": " : "",
		      MG_SLICE_ARG(mg_buf_slice(&f->detail)));
	e->fail(e->arg, f->by, &failure);
}

static int stick(struct effect *f, const char *why)
{
	say(f, why);
	return mark(f, MG_MARK_STUCK);
}

static int fail(struct effect *f)
{
	if (f->n_failed + 1 >= MG_EFFECT_TRIES_MAX)
		return stick(f, "failed too often; a person must look, and "
				"'mailguard undo' ends it");
	say(f, "failed, and is tried again");
	return mark(f, MG_MARK_FAILED);
}

static int take_mark(void *arg, int64_t made_at, enum mg_act_mark what,
		     struct mg_slice by, struct mg_slice detail)
{
	struct effect *f = arg;

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

/* --- one hook --- */

static enum mg_hook_result call_hook(struct effect *f,
				     const struct mg_hook_call *call,
				     struct mg_buf *said)
{
	const struct mg_hook_host host = mg_effect_host(f->run->e);
	enum mg_hook_result result;
	struct mg_err err = { 0 };

	if (mg_hook_run(&host, &f->run->hooks, f->hook, call, &result, said,
			&err) < 0)
		mg_buf_add_str(said, err.text);
	return result;
}

static void add_words(struct effect *f, const char *words)
{
	if (f->detail.len)
		mg_buf_add_str(&f->detail, "; ");
	mg_buf_add_str(&f->detail, words);
}

/* One of the three answers; what a hook that gives none says is kept. */
static enum mg_hook_result ask(struct effect *f)
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

/* What a hook says is checked; one that cannot be asked is believed. */
static int judge(struct effect *f, enum mg_hook_result said)
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
	return fail(f);
}

static int start(struct effect *f)
{
	int rc;

	mg_buf_clear(&f->detail);
	rc = mark(f, MG_MARK_STARTED);
	return rc < 0 ? rc : judge(f, call_hook(f, f->call, &f->detail));
}

/* One that was started before: what became of that decides. */
static int start_again(struct effect *f)
{
	const int n_max = f->act->verb == MG_ACT_TERMINATE ? 1
							   : BLIND_STARTS_MAX;
	const enum mg_hook_result answer = ask(f);

	if (answer == MG_HOOK_IS_DONE) {
		add_words(f, "query says that it is done");
		return mark(f, MG_MARK_DONE);
	}
	if (answer == MG_HOOK_UNKNOWN && f->last == MG_MARK_STARTED &&
	    f->n_started >= n_max)
		return stick(f, "nobody knows whether it was done; a person "
				"must look");
	return start(f);
}

static bool is_due(const struct effect *f, int64_t now)
{
	int64_t wait_s = WAIT_MIN_S;

	for (int i = 1; i < f->n_failed && wait_s < WAIT_MAX_S; i++)
		wait_s *= 2;
	return now - f->last_at >= wait_s || now < f->last_at;
}

/* A61: somebody took back what is in force. */
static int reconcile(struct effect *f)
{
	int rc;

	if (f->act->verb != MG_ACT_SUSPEND || ask(f) != MG_HOOK_IS_NOT_DONE)
		return 0;
	mg_buf_clear(&f->detail);
	say(f, f->n_drifted ? "was taken back again by somebody else, and is "
			      "left so"
			    : "was taken back by somebody else, and is begun "
			      "once more");
	rc = mark(f, MG_MARK_DRIFTED);
	if (rc < 0)
		return rc;
	return f->n_drifted ? mark(f, MG_MARK_STUCK) : start(f);
}

/* To end what a hook never began is not its affair. */
static int has_part(struct effect *f, bool *out)
{
	const struct mg_slice target = f->act->target;
	char id[MG_ACT_ID_MAX];

	*out = true;
	if (f->act->verb != MG_ACT_UNSUSPEND)
		return 0;
	(void)snprintf(id, sizeof(id), "%.*s", MG_SLICE_ARG(target));
	return mg_acts_has_mark(f->run->e->store, id, MG_MARK_STARTED,
				mg_slice_str(f->by), out, f->run->err);
}

static int step(struct effect *f)
{
	switch (f->last) {
	case MG_MARK_SKIPPED:
	case MG_MARK_STUCK:
		return 0;
	case MG_MARK_DONE:
		return reconcile(f);
	case MG_MARK_FAILED:
		return is_due(f, f->run->e->now) ? start_again(f) : 0;
	case MG_MARK_STARTED:
	case MG_MARK_DRIFTED:
		return start_again(f);
	default:
		return start(f);
	}
}

/* --- an act --- */

/* Returns 0 where it has more to do, 1 where it has not, or -MG_EIO. */
static int run_hook(struct run *r, const struct mg_act *act,
		    const struct mg_hook_call *call, const char *hook)
{
	struct effect f = { .run = r, .act = act, .call = call, .hook = hook };
	bool has_a_part;
	int rc;

	(void)snprintf(f.by, sizeof(f.by), "hook:%s", hook);
	mg_buf_init(&f.detail, MG_HOOK_OUTPUT_MAX);
	rc = has_part(&f, &has_a_part);
	if (rc == 0 && has_a_part)
		rc = mg_acts_each_mark(r->e->store, act->id, take_mark, &f,
				       r->err);
	if (rc == 0 && has_a_part)
		rc = step(&f);
	mg_buf_release(&f.detail);
	if (rc < 0)
		return rc;
	return !has_a_part || f.last == MG_MARK_DONE ||
	       f.last == MG_MARK_SKIPPED || f.last == MG_MARK_STUCK;
}

static int end_act(struct run *r, const struct mg_act *act, const char *why)
{
	return put_mark(r, act->id, MG_MARK_ENDED, BY_US, mg_slice_str(why));
}

/* Its account is another one by now: said once, and over. */
static int give_up(struct run *r, const struct mg_act *act,
		   const struct mg_err *why)
{
	r->e->fail(r->e->arg, act->id, why);
	return end_act(r, act, why->text);
}

/* Nobody there whom a hook could be told of, or no name for one: it stands all the
   same, since a panel may be at its tables, and a customer may take a domain away
   and bring it back. Said once. */
static int wait_for(struct run *r, const struct mg_act *act,
		    const struct mg_err *why)
{
	struct mg_err said = *why;
	bool was_said = false;
	int rc = mg_acts_has_mark(r->e->store, act->id, MG_MARK_STUCK, BY_US,
				  &was_said, r->err);

	if (rc < 0 || was_said)
		return rc;
	said.code = MG_EIO; /* the host's, for the status of a sweep */
	r->e->fail(r->e->arg, act->id, &said);
	return put_mark(r, act->id, MG_MARK_STUCK, BY_US,
			mg_slice_str(why->text));
}

/* Whether another suspension of the same stands; then that one is to last. */
static bool is_covered(const struct run *r, const struct mg_act *act)
{
	for (size_t i = 0; i < r->n_acts; i++)
		if (r->acts[i].verb == MG_ACT_SUSPEND &&
		    mg_slice_is(r->acts[i].per, act->per) &&
		    mg_slice_is(r->acts[i].subject, act->subject))
			return true;
	return false;
}

static int run_hooks(struct run *r, const struct mg_act *act,
		     const struct mg_hook_call *call)
{
	bool is_settled = true;

	for (size_t i = 0; i < r->hooks.n; i++) {
		const int rc = run_hook(r, act, call, r->hooks.names[i]);

		if (rc < 0)
			return rc;
		is_settled = is_settled && rc;
	}
	return is_settled && act->verb != MG_ACT_SUSPEND ? end_act(r, act, "")
							 : 0;
}

/* No hook is run without evidence; the next sweep tries again. */
static int prove_and_run(struct run *r, const struct mg_act *act,
			 struct mg_hook_call *call)
{
	struct mg_err why = { 0 };
	struct mg_buf path;
	int rc = 0;

	mg_buf_init(&path, PATH_MAX);
	if (mg_effect_prove(r->e, act, &path, &why) < 0) {
		r->e->fail(r->e->arg, "evidence", &why);
	} else {
		call->evidence = mg_buf_slice(&path);
		rc = run_hooks(r, act, call);
	}
	mg_buf_release(&path);
	return rc;
}

static int run_act(struct run *r, const struct mg_act *act)
{
	struct mg_hook_call call;
	struct mg_err why = { 0 };
	const int rc = mg_effect_call(r->e, act, &call, &why);

	if (rc == -MG_ECONF) /* was said; the next sweep can tell */
		return 0;
	if (rc == -MG_EFOUND)
		return give_up(r, act, &why);
	if (rc < 0)
		return wait_for(r, act, &why);
	if (act->verb == MG_ACT_SUSPEND)
		return prove_and_run(r, act, &call);
	/* Each is taken back under its own key, once none stands. */
	return is_covered(r, act) ? 0 : run_hooks(r, act, &call);
}

/* --- all of them --- */

static int take_act(void *arg, const struct mg_act *act)
{
	struct run *r = arg;

	if (act->verb != MG_ACT_SUSPEND && act->verb != MG_ACT_UNSUSPEND)
		return 0;
	r->acts = mg_vec_room(r->acts, r->n_acts, &r->cap_acts,
			      sizeof(*r->acts));
	r->acts[r->n_acts++] = mg_act_copy(act, &r->text);
	return 0;
}

static int add_undo(struct run *r, const struct mg_act *over)
{
	struct mg_act undo = *over;
	int rc;

	undo.verb = MG_ACT_UNSUSPEND;
	undo.target = mg_slice_str(over->id);
	undo.is_waiting = false;
	undo.since = r->e->now;
	undo.until = MG_ACT_NO_END;
	undo.by = BY_US;
	undo.reason = MG_LIT("the suspension is over");
	mg_act_id(undo.verb, undo.per, undo.subject, undo.target, undo.id);
	rc = mg_store_begin(r->e->store, r->err);
	if (rc == 0)
		rc = mg_acts_add(r->e->store, r->e->now, &undo, r->err);
	if (rc >= 0)
		rc = mg_store_commit(r->e->store, r->err);
	if (rc < 0)
		mg_store_rollback(r->e->store);
	return rc;
}

/* What is over by its time or by a person's word is taken back. */
static int add_undos(struct run *r)
{
	int rc = mg_acts_each(r->e->store, MG_ACTS_LAPSED, r->e->now, take_act,
			      r, r->err);

	for (size_t i = 0; rc == 0 && i < r->n_acts; i++)
		rc = add_undo(r, &r->acts[i]);
	r->n_acts = 0;
	return rc;
}

int mg_effects_run(struct mg_enforcer *e, struct mg_err *err)
{
	struct run r = { .e = e, .err = err };
	int rc = add_undos(&r);

	if (rc == 0)
		rc = mg_acts_each(e->store, MG_ACTS_IN_FORCE, e->now, take_act,
				  &r, err);
	if (rc == 0 && r.n_acts)
		rc = mg_hooks_find(e->root, e->settings->hooks.folder, &r.hooks,
				   err);
	for (size_t i = 0; rc == 0 && i < r.n_acts; i++)
		rc = run_act(&r, &r.acts[i]);
	mg_mem_free(r.acts);
	mg_arena_release(&r.text);
	return rc;
}

int mg_effects_plan(struct mg_enforcer *e, const struct mg_act *act,
		    struct mg_buf *out, size_t *n_hooks, struct mg_err *err)
{
	struct mg_hooks hooks = { .n = 0 };
	struct mg_hook_call call;
	int rc = mg_effect_call(e, act, &call, err);

	if (rc == 0)
		rc = mg_hooks_find(e->root, e->settings->hooks.folder, &hooks,
				   err);
	for (size_t i = 0; rc == 0 && i < hooks.n; i++) {
		mg_buf_add_fmt(out, "%s/%s %s ", hooks.folder, hooks.names[i],
			       mg_hook_words[call.verb]);
		mg_hook_add_json(&call, out);
	}
	*n_hooks = hooks.n;
	return rc;
}
