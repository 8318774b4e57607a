/* SPDX-License-Identifier: MIT */
/*
 * effect_priv - the parts of effects: what a hook is told of an act, the evidence
 * before it, the steps of one hook.
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

/* One hook of one act; borrows all of it. */
struct mg_effect {
	struct mg_enforcer *e;
	const struct mg_hooks *hooks;
	const char *hook; /* name of one of them */
	const struct mg_act *act;
	const struct mg_hook_call *call;

	/* What its marks say; mg_effect_hook fills that and what follows. */
	char by[MG_EFFECT_BY_MAX]; /* "hook:" and its name */
	enum mg_act_mark last;     /* 0: none */
	int64_t last_at;           /* Unix seconds */
	int n_started, n_failed, n_drifted;
	struct mg_buf detail; /* of the next mark */
	struct mg_err *err;
};

/*
 * mg_effect_hook - do what is next with a hook: run it, ask it, or wait.
 *
 * is_settled   out   it has no more to do, by itself
 *
 * Returns 0, whatever the hook did, or -MG_EIO of the store.
 */
MG_NODISCARD int mg_effect_hook(struct mg_effect *f, bool *is_settled,
				struct mg_err *err);

/* How hooks are run here. */
struct mg_hook_host mg_effect_host(const struct mg_enforcer *e);

#endif
