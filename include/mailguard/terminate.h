/* SPDX-License-Identifier: MIT */
/*
 * terminate - the removal of an account, which waits until everything that must
 * come before it is there, and nothing that speaks against it.
 *
 * Nothing here removes anything: that is a hook's (effect.h), which is run by a
 * sweep once nothing is missing. What is missing is looked up anew by every sweep,
 * from the ledger, the settings, the account tables, the bundle of evidence and
 * the hooks themselves, and is left for those who only read (mg_acts_missing).
 */
#ifndef MAILGUARD_TERMINATE_H
#define MAILGUARD_TERMINATE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "mailguard/acts.h"
#include "mailguard/buf.h"
#include "mailguard/effect.h"
#include "mailguard/enforce.h"
#include "mailguard/err.h"
#include "mailguard/sha256.h"

/* A termination as it stands. */
struct mg_termination {
	struct mg_buf missing; /* in words, "; " between; empty: nothing */
	size_t n_missing;
	const char *void_why; /* it can never be carried out; or NULL */
	bool is_suspended;    /* a hook says so, and none that it is not */
	bool is_begun;        /* a hook was run */
	bool is_proven;       /* its evidence was verified */
	int64_t n_approvals;  /* of different people */
	int64_t n_sweeps;     /* that saw it suspended */
	int64_t told_at;      /* Unix seconds of the final notice; 0: not yet */
	char sha256[MG_SHA256_TEXT_MAX]; /* of its evidence; "" for none */
	char path[PATH_MAX];             /* likewise */
};

/*
 * mg_terminate_look - what is missing, now.
 *
 * act   in   of MG_ACT_TERMINATE; it need not be in the ledger yet
 * out   out  the caller's (mg_termination_release), also on failure
 *
 * Runs hooks with the verb query. Returns 0, or -MG_EIO of the store or the hooks'
 * directory.
 */
MG_NODISCARD int mg_terminate_look(struct mg_enforcer *e,
				   const struct mg_act *act,
				   struct mg_termination *out,
				   struct mg_err *err);
void mg_termination_release(struct mg_termination *t);

/*
 * mg_terminate_describe - what makes an act a termination.
 *
 * suspension   in      id of that which it stands on; borrowed by the act
 * identity     out     of the account: its user id, and when it was created;
 *                      borrowed by the act
 * act          in/out  of whom it is; what it asks for is raised to the settings'
 */
void mg_terminate_describe(struct mg_enforcer *e, const char *suspension,
			   char identity[MG_EFFECT_IDENTITY_MAX],
			   struct mg_act *act);

/*
 * mg_terminate_begin - add one to the ledger, and see to its evidence.
 *
 * Returns 0; -MG_EIO; -MG_ECONF, -MG_ELIMIT where it waits without evidence, which
 * the next sweep tries to make again.
 */
MG_NODISCARD int mg_terminate_begin(struct mg_enforcer *e,
				    const struct mg_act *act,
				    struct mg_err *err);

/*
 * mg_terminations_run - look at each that waits, and carry out those that miss
 * nothing; of a sweep only.
 *
 * e   in/out  after mg_enforce_look_at_clock; no transaction is open
 *
 * One whose suspension is over, or whose account is another one by now, is
 * withdrawn. Returns 0 or -MG_EIO. What went wrong with one was said by e->fail.
 */
MG_NODISCARD int mg_terminations_run(struct mg_enforcer *e, struct mg_err *err);

#endif
