/* SPDX-License-Identifier: MIT */
/*
 * effect_priv - what a hook is told of an act.
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

/* How hooks are run here. */
struct mg_hook_host mg_effect_host(const struct mg_enforcer *e);

#endif
