/* SPDX-License-Identifier: MIT */
#include "effect_priv.h"

#include <limits.h>

#include "mailguard/arena.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define BY_US MG_LIT("mailguard")

struct run {
	struct mg_enforcer *e;
	struct mg_hooks hooks;
	struct mg_act *acts; /* owned */
	size_t n_acts, cap_acts;
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
	return mg_effect_mark(r->e, act->id, MG_MARK_STUCK, BY_US,
			      mg_slice_str(why->text), r->err);
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
		struct mg_effect f = { .e = r->e,
				       .hooks = &r->hooks,
				       .hook = r->hooks.names[i],
				       .act = act,
				       .call = call };
		bool is_its_part_settled;
		const int rc = mg_effect_hook(&f, &is_its_part_settled, r->err);

		if (rc < 0)
			return rc;
		is_settled = is_settled && is_its_part_settled;
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
