/* SPDX-License-Identifier: MIT */
/*
 * The one thing here that cannot be undone. Hooks are run as for any other effect;
 * who was begun is asked even where the account is gone by now, since it may be
 * gone because it was removed.
 */
#include "effect_priv.h"
#include "terminate_priv.h"

#include <stdio.h>

#define BY_US MG_LIT("mailguard")
#define REMOVED MG_LIT("the account was removed")

struct removal {
	struct mg_enforcer *e;
	const struct mg_act *act;
	struct mg_hooks hooks;
	struct mg_hook_call call;
	bool is_barred;
	bool is_done, is_settled; /* by one hook; by all */
	struct mg_err *err;
};

static int run_hook(struct removal *r, size_t hook)
{
	/* Once the account is gone the others are told so. */
	struct mg_effect f = { .e = r->e,
			       .hooks = &r->hooks,
			       .hook = hook,
			       .act = r->act,
			       .call = &r->call,
			       .is_barred = r->is_barred && !r->is_done };
	int rc = mg_effect_load(&f, r->err);

	if (rc == 0)
		rc = mg_effect_step(&f, r->err);
	r->is_done |= f.last == MG_MARK_DONE;
	r->is_settled = r->is_settled && f.turn == MG_EFFECT_SETTLED;
	return rc;
}

/* With the account its suspension is over. */
static int end(struct removal *r)
{
	char target[MG_ACT_ID_MAX];
	int rc;

	(void)snprintf(target, sizeof(target), "%.*s",
		       MG_SLICE_ARG(r->act->target));
	r->e->n_terminated++;
	rc = mg_effect_mark(r->e, target, MG_MARK_ENDED, BY_US, REMOVED,
			    r->err);
	return rc < 0 ? rc
		      : mg_effect_mark(r->e, r->act->id, MG_MARK_ENDED, BY_US,
				       REMOVED, r->err);
}

/* What no hook did is for a person, who withdraws it. */
static int run_hooks(struct removal *r)
{
	int rc = 0;

	r->is_settled = true;
	for (size_t i = 0; rc == 0 && i < r->hooks.n; i++)
		rc = run_hook(r, i);
	return rc == 0 && r->is_settled && r->is_done ? end(r) : rc;
}

/* Whom hooks are told of. Returns 0, or 1 where nobody can be told yet. */
static int address(struct removal *r)
{
	struct mg_err why = { 0 };
	int rc = mg_effect_call(r->e, r->act, &r->call, &why);

	if (rc == -MG_EPARSE && r->is_barred)
		rc = mg_effect_call_gone(r->act, &r->call, &why);
	if (rc < 0)
		r->e->fail(r->e->arg, r->act->id, &why);
	return rc < 0;
}

int mg_terminate_carry_out(struct mg_enforcer *e, const struct mg_act *act,
			   bool may_begin, struct mg_err *err)
{
	struct removal r = {
		.e = e, .act = act, .is_barred = !may_begin, .err = err
	};
	struct mg_err why = { 0 };
	struct mg_buf path;
	int rc = mg_hooks_find(e->root, e->settings->hooks.folder, &r.hooks,
			       err);

	if (rc < 0 || address(&r))
		return rc;
	mg_buf_init(&path, PATH_MAX);
	if (mg_effect_prove(e, act, &path, &why) < 0) {
		e->fail(e->arg, "evidence", &why);
	} else {
		r.call.evidence = mg_buf_slice(&path);
		rc = run_hooks(&r);
	}
	mg_buf_release(&path);
	return rc;
}
