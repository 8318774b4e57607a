/* SPDX-License-Identifier: MIT */
/*
 * effect_priv - the parts of effects: what a hook is told of an act, the evidence
 * before it, the steps of one hook, and whose turn it is.
 */
#ifndef MG_EFFECT_PRIV_H
#define MG_EFFECT_PRIV_H

#include "mailguard/effect.h"
#include "mailguard/hook.h"

/*
 * mg_effect_call - what a hook is told; borrows the act and the tables.
 *
 * Returns 0; -MG_EUSAGE for what no hook is told of; -MG_EPARSE where the tables
 * have not got the account just now; -MG_EFOUND where under that name they have
 * another one; -MG_ECONF where they cannot be read.
 */
MG_NODISCARD int mg_effect_call(struct mg_enforcer *e, const struct mg_act *act,
				struct mg_hook_call *out, struct mg_err *err);

/* The row of an act's account; MG_ACCOUNT_NONE where there is none, or where it
   has not got the domain. */
uint32_t mg_effect_account(const struct mg_accounts *a,
			   const struct mg_act *act);

/* The same of an account that the tables have no more, by what the act knows of
   it. Returns 0 or -MG_EUSAGE. */
MG_NODISCARD int mg_effect_call_gone(const struct mg_act *act,
				     struct mg_hook_call *out,
				     struct mg_err *err);

/*
 * mg_effect_prove - see to it that there is evidence for an act.
 *
 * path   out  initialised by the caller; gets that of the bundle
 *
 * Returns 0; -MG_EIO of the store; else as mg_gather_for_act: none could be made.
 */
MG_NODISCARD int mg_effect_prove(struct mg_enforcer *e,
				 const struct mg_act *act, struct mg_buf *path,
				 struct mg_err *err);

/*
 * mg_effect_mark - say what became of an act, in a transaction of its own.
 *
 * Returns 0 or -MG_EIO: then nothing that should follow may be done.
 */
MG_NODISCARD int mg_effect_mark(struct mg_enforcer *e, const char *id,
				enum mg_act_mark mark, struct mg_slice by,
				struct mg_slice detail, struct mg_err *err);

#define MG_EFFECT_BY_MAX (MG_HOOK_NAME_MAX + 8)

/* When something is done with it, in this order. */
enum mg_effect_turn {
	MG_EFFECT_FIRST,    /* it was never begun */
	MG_EFFECT_AGAIN,    /* it failed, or what became of it is not known */
	MG_EFFECT_STANDING, /* it is done; whether it still is, is asked */
	MG_EFFECT_LATER,    /* it failed, and not long enough ago */
	MG_EFFECT_STUCK,    /* it is left to a person */
	MG_EFFECT_SETTLED,  /* nothing is left to be done */
};

/* One hook of one act; borrows all of it. */
struct mg_effect {
	struct mg_enforcer *e;
	const struct mg_hooks *hooks;
	size_t hook; /* one of them */
	const struct mg_act *act;
	const struct mg_hook_call *call;
	size_t of;      /* which act of the caller's */
	bool is_barred; /* it may be asked, and not begun */

	/* What its marks say: mg_effect_load. */
	char by[MG_EFFECT_BY_MAX]; /* "hook:" and its name */
	enum mg_effect_turn turn;
	enum mg_act_mark last; /* 0: none */
	int64_t last_at;       /* Unix seconds */
	int n_started, n_failed, n_drifted;

	int64_t rank;         /* among those of its turn */
	struct mg_buf detail; /* of the next mark */
	struct mg_err *err;
};

/* Read what became of it so far. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_effect_load(struct mg_effect *f, struct mg_err *err);

/*
 * mg_effect_step - do what is next with it: run the hook, or ask it.
 *
 * Returns 0, whatever the hook did, or -MG_EIO of the store; the turn is that of
 * what is left.
 */
MG_NODISCARD int mg_effect_step(struct mg_effect *f, struct mg_err *err);

/*
 * mg_effect_take_turns - call a function for effects, for as long as the settings
 * give them (hooks.budget); what is begun is ended.
 *
 * effects   in/out   in any order; in that of their turns after it
 * until_ms  in       of the monotonic clock; one of them is called all the same
 *
 * Those that stand take turns from sweep to sweep: where the time is over the
 * state keeps who came last, and the next sweep begins behind it. That others
 * are left is said by e->fail. Returns 0, what fn returned, or -MG_EIO.
 */
typedef int (*mg_effect_fn)(void *arg, struct mg_effect *f);
MG_NODISCARD int mg_effect_take_turns(struct mg_enforcer *e,
				      struct mg_effect *effects, size_t n,
				      int64_t until_ms, mg_effect_fn fn,
				      void *arg, struct mg_err *err);

/* How hooks are run here. */
struct mg_hook_host mg_effect_host(const struct mg_enforcer *e);

#endif
