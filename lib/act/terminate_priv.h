/* SPDX-License-Identifier: MIT */
/*
 * terminate_priv - the parts of looking at a termination.
 */
#ifndef MG_TERMINATE_PRIV_H
#define MG_TERMINATE_PRIV_H

#include "mailguard/terminate.h"

/* One that is looked at. */
struct mg_terminate_case {
	struct mg_enforcer *e;
	const struct mg_act *act;
	char target[MG_ACT_ID_MAX]; /* the suspension */
	struct mg_termination *t;
};

/* One more thing is missing: what is appended names it. */
struct mg_buf *mg_terminate_need(struct mg_terminate_case *c);

/* Whose it is, and that it is suspended by us, the hooks say. Returns 0 or
   -MG_EIO. */
MG_NODISCARD int mg_terminate_check_subject(struct mg_terminate_case *c,
					    struct mg_err *err);

/* That nothing of it is protected or exempt, and no breaker is open. Returns 0 or
   -MG_EIO. */
MG_NODISCARD int mg_terminate_check_guards(struct mg_terminate_case *c,
					   struct mg_err *err);

/* mg_effect_identity as it is now; "" where the tables have no such account. */
void mg_terminate_identity(struct mg_enforcer *e, const struct mg_act *act,
			   char out[MG_EFFECT_IDENTITY_MAX]);

/* Sweeps that saw it suspended. */
MG_NODISCARD int mg_terminate_sweeps(struct mg_store *s, const char *id,
				     int64_t *out, struct mg_err *err);

/*
 * mg_terminate_carry_out - run each hook once, after the evidence, and never where
 * nobody knows whether it was (effect.h). One that is done ends the suspension, too.
 *
 * may_begin   in   nothing is missing; else hooks that were begun are asked what
 *                  became of it
 *
 * Returns 0, whatever hooks did, or -MG_EIO.
 */
MG_NODISCARD int mg_terminate_carry_out(struct mg_enforcer *e,
					const struct mg_act *act,
					bool may_begin, struct mg_err *err);

#endif
