/* SPDX-License-Identifier: MIT */
#include "effect_priv.h"

#include <limits.h>

#include "mailguard/arena.h"
#include "mailguard/clock.h"
#include "mailguard/contain.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define BY_US MG_LIT("mailguard")

/* An act, and what hooks are told of it. */
struct job {
	struct mg_act act;
	struct mg_hook_call call;
	size_t n_open; /* hooks that have more to do */
	bool is_ready; /* something may be done about it */
};

struct run {
	struct mg_enforcer *e;
	struct mg_hooks hooks;
	struct job *jobs; /* owned */
	size_t n_jobs, cap_jobs;
	struct mg_effect *effects; /* owned; those whose turn may come */
	size_t n_effects, cap_effects;
	struct mg_arena text;
	struct mg_err *err;
};

/* --- an act --- */

static int end_act(struct run *r, const struct mg_act *act, const char *why)
{
	return mg_effect_mark(r->e, act->id, MG_MARK_ENDED, BY_US,
			      mg_slice_str(why), r->err);
}

/* Its account is another one by now: said once, and over. */
static int give_up(struct run *r, const struct mg_act *act,
		   const struct mg_err *why)
{
	r->e->fail(r->e->arg, act->id, why);
	return end_act(r, act, why->text);
}

static int take_word(void *arg, int64_t made_at, enum mg_act_mark mark,
		     struct mg_slice by, struct mg_slice detail)
{
	enum mg_act_mark *last = arg;

	(void)made_at;
	(void)detail;
	if (mg_slice_is(by, BY_US))
		*last = mark;
	return 0;
}

/*
 * Nobody there whom a hook could be told of, or no name for one: it stands all the
 * same, since a panel may be at its tables, and a customer may take a domain away
 * and bring it back. Said once, and once more when it is over; why: NULL then.
 */
static int wait_for(struct run *r, const struct mg_act *act,
		    const struct mg_err *why)
{
	enum mg_act_mark last = 0;
	struct mg_err said;
	int rc = mg_acts_each_mark(r->e->store, act->id, take_word, &last,
				   r->err);

	if (rc < 0 || (last == MG_MARK_STUCK) == (why != NULL))
		return rc;
	if (!why)
		return mg_effect_mark(r->e, act->id, MG_MARK_SETTLED, BY_US,
				      MG_LIT("it is there again"), r->err);
	said = *why;
	said.code = MG_EIO; /* the host's, for the status of a sweep */
	r->e->fail(r->e->arg, act->id, &said);
	return mg_effect_mark(r->e, act->id, MG_MARK_STUCK, BY_US,
			      mg_slice_str(why->text), r->err);
}

/* Whether another suspension of the same stands; then that one is to last. */
static bool is_covered(const struct run *r, const struct mg_act *act)
{
	for (size_t i = 0; i < r->n_jobs; i++) {
		const struct mg_act *other = &r->jobs[i].act;

		if (other->verb == MG_ACT_SUSPEND &&
		    mg_slice_is(other->per, act->per) &&
		    mg_slice_is(other->subject, act->subject))
			return true;
	}
	return false;
}

/* A step of a move goes by what hooks did not do, too (contain.c). */
static bool is_open(const struct mg_effect *f)
{
	return f->turn < MG_EFFECT_STUCK ||
	       (f->turn == MG_EFFECT_STUCK && !mg_act_is_step(f->act));
}

/* Only a sweep has the time to ask about what stands. */
static bool has_turn(const struct run *r, const struct mg_effect *f)
{
	return f->turn < MG_EFFECT_STANDING ||
	       (f->turn == MG_EFFECT_STANDING && r->e->is_sweep);
}

static int add_effects(struct run *r, size_t of)
{
	struct job *job = &r->jobs[of];

	for (size_t i = 0; i < r->hooks.n; i++) {
		struct mg_effect f = { .e = r->e,
				       .hooks = &r->hooks,
				       .hook = i,
				       .act = &job->act,
				       .call = &job->call,
				       .of = of };
		const int rc = mg_effect_load(&f, r->err);

		if (rc < 0)
			return rc;
		job->n_open += is_open(&f);
		if (!has_turn(r, &f))
			continue;
		r->effects = mg_vec_room(r->effects, r->n_effects,
					 &r->cap_effects, sizeof(*r->effects));
		r->effects[r->n_effects++] = f;
	}
	return 0;
}

/* Whom it is about, as the tables have that now; then what hooks have to do. */
static int prepare(struct run *r, size_t of)
{
	struct job *job = &r->jobs[of];
	struct mg_err why = { 0 };
	int rc = mg_effect_call(r->e, &job->act, &job->call, &why);

	if (rc == -MG_ECONF) /* was said; the next sweep can tell */
		return 0;
	if (rc == -MG_EFOUND)
		return give_up(r, &job->act, &why);
	if (rc < 0)
		return wait_for(r, &job->act, &why);
	rc = mg_act_is_step(&job->act) ? 0 : wait_for(r, &job->act, NULL);
	if (rc < 0)
		return rc;
	/* Each is taken back under its own key, once none stands. */
	if (job->act.verb == MG_ACT_UNSUSPEND && is_covered(r, &job->act))
		return 0;
	rc = mg_contain_prepare(r->e, &job->act, r->err);
	if (rc != 1)
		return rc;
	job->is_ready = true;
	return add_effects(r, of);
}

/* --- its hooks --- */

/* No hook is run without evidence; the next sweep tries again. */
static void prove(struct run *r, struct job *job)
{
	struct mg_err why = { 0 };
	struct mg_buf path;

	mg_buf_init(&path, PATH_MAX);
	if (mg_effect_prove(r->e, &job->act, &path, &why) < 0) {
		r->e->fail(r->e->arg, "evidence", &why);
		job->is_ready = false;
	}
	job->call.evidence = mg_arena_copy(&r->text, mg_buf_slice(&path));
	mg_buf_release(&path);
}

static int run_effect(void *arg, struct mg_effect *f)
{
	struct run *r = arg;
	struct job *job = &r->jobs[f->of];
	int rc;

	if (job->act.verb == MG_ACT_SUSPEND && job->call.evidence.len == 0 &&
	    job->is_ready)
		prove(r, job);
	if (!job->is_ready)
		return 0;
	rc = mg_effect_step(f, r->err);
	job->n_open -= !is_open(f);
	return rc;
}

/* What is no state, but done once, is over with its last hook. */
static int end_job(struct run *r, struct job *job)
{
	const struct mg_act *act = &job->act;

	if (act->verb == MG_ACT_SUSPEND) {
		if (r->hooks.n == 0)
			prove(r, job); /* no hook has asked for it */
		return 0;
	}
	job->is_ready = false;
	return mg_act_is_step(act) ? mg_contain_finish(r->e, act, r->err)
				   : end_act(r, act, "");
}

static int end_jobs(struct run *r)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->n_jobs; i++)
		if (r->jobs[i].is_ready && r->jobs[i].n_open == 0)
			rc = end_job(r, &r->jobs[i]);
	return rc;
}

/* --- all of them --- */

/* Warnings of policies are many, and are told by the verb notify. */
static bool is_for_hooks(const struct mg_act *act)
{
	switch (act->verb) {
	case MG_ACT_WARN:
		return !mg_slice_is(act->by, MG_LIT("policy"));
	case MG_ACT_SUSPEND:
	case MG_ACT_UNSUSPEND:
	case MG_ACT_PASSWORD:
	case MG_ACT_SESSIONS:
		return true;
	default:
		return false;
	}
}

static int take_act(void *arg, const struct mg_act *act)
{
	struct run *r = arg;

	if (!is_for_hooks(act))
		return 0;
	r->jobs = mg_vec_room(r->jobs, r->n_jobs, &r->cap_jobs,
			      sizeof(*r->jobs));
	r->jobs[r->n_jobs++] =
		(struct job){ .act = mg_act_copy(act, &r->text) };
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

	for (size_t i = 0; rc == 0 && i < r->n_jobs; i++)
		rc = add_undo(r, &r->jobs[i].act);
	r->n_jobs = 0;
	return rc;
}

static int count_trouble(void *arg, const struct mg_act_trouble *trouble)
{
	uint64_t *n = arg;

	(void)trouble;
	++*n;
	return 0;
}

static int run_round(struct run *r, bool is_of_sessions, int64_t until_ms)
{
	int rc = 0;

	r->n_effects = 0;
	for (size_t i = 0; rc == 0 && i < r->n_jobs; i++)
		if (is_of_sessions == (r->jobs[i].act.verb == MG_ACT_SESSIONS))
			rc = prepare(r, i);
	if (rc == 0)
		rc = mg_effect_take_turns(r->e, r->effects, r->n_effects,
					  until_ms, run_effect, r, r->err);
	return rc < 0 ? rc : end_jobs(r);
}

/* Sessions wait for passwords. */
static int run_jobs(struct run *r)
{
	const int64_t until_ms = mg_clock_mono_ms() +
				 r->e->settings->hooks.budget * 1000;
	int rc = mg_hooks_find(r->e->root, r->e->settings->hooks.folder,
			       &r->hooks, r->err);

	if (rc == 0)
		rc = run_round(r, false, until_ms);
	return rc < 0 ? rc : run_round(r, true, until_ms);
}

int mg_effects_run(struct mg_enforcer *e, struct mg_err *err)
{
	struct run r = { .e = e, .err = err };
	int rc = add_undos(&r);

	if (rc == 0)
		rc = mg_acts_each(e->store, MG_ACTS_IN_FORCE, e->now, take_act,
				  &r, err);
	if (rc == 0 && r.n_jobs)
		rc = run_jobs(&r);
	if (rc == 0)
		rc = mg_contain_settle(e, err);
	e->n_troubles = 0;
	if (rc == 0)
		rc = mg_acts_each_trouble(e->store, e->now, count_trouble,
					  &e->n_troubles, err);
	mg_mem_free(r.effects);
	mg_mem_free(r.jobs);
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
