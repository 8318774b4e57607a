/* SPDX-License-Identifier: MIT */
/*
 * contain - one incident, one move: a mailbox whose password was stolen.
 *
 * The move is an act of its own, MG_ACT_CONTAIN, that does nothing: it is what a
 * person ends. Its steps are acts that have it as their target, each with its own
 * marks and its own end:
 *
 *   MG_ACT_SUSPEND    outgoing mail is refused (enforce.h, effect.h)
 *   MG_ACT_QUEUE      what is in the queue is stopped there (halt.h)
 *   MG_ACT_PASSWORD   a hook gives the mailbox a password that nobody knows
 *   MG_ACT_SESSIONS   Dovecot and hooks throw out what is logged in
 *
 * All of them are in the ledger before the first has an effect; one that fails
 * leaves the others in force and is tried again by later sweeps. The bundle of
 * evidence is that of the move. Sessions end after the password is another one,
 * since a mail program that is thrown out comes back at once. Neither of these
 * two can be taken back: once done they are over.
 *
 * Effects of this module itself: those of sessions.h, and rows of the ledger.
 */
#ifndef MAILGUARD_CONTAIN_H
#define MAILGUARD_CONTAIN_H

#include "mailguard/acts.h"
#include "mailguard/enforce.h"
#include "mailguard/err.h"

enum mg_contain_act {
	MG_CONTAIN_MOVE,
	MG_CONTAIN_SUSPEND, /* the first of its steps (mg_act_is_step) */
	MG_CONTAIN_QUEUE,
	MG_CONTAIN_PASSWORD,
	MG_CONTAIN_SESSIONS,
	MG_CONTAIN_ACTS
};

/* Slices of the steps point into it: it is not to be copied. */
struct mg_contain {
	struct mg_act acts[MG_CONTAIN_ACTS];
};

/*
 * mg_contain_describe - the acts of a move.
 *
 * like   in   per, subject, domain, account, owner, identity, since, until,
 *             with_login, by and reason; borrowed as long as out
 */
void mg_contain_describe(const struct mg_act *like, struct mg_contain *out);

/* Adds all of them, in a transaction of its own. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_contain_add(struct mg_enforcer *e,
				const struct mg_contain *contain,
				struct mg_err *err);

/*
 * mg_contain_prepare - what a step needs before hooks are run.
 *
 * Of MG_ACT_SESSIONS: that the password was seen to; then what is open on
 * Dovecot is ended. Of any other act nothing. Returns 1 where hooks may be run;
 * 0 where it is not their turn, or something failed and was said; -MG_EIO.
 */
MG_NODISCARD int mg_contain_prepare(struct mg_enforcer *e,
				    const struct mg_act *act,
				    struct mg_err *err);

/*
 * mg_contain_finish - the end of a step of which no hook has anything left to do.
 *
 * A password that nobody changed is left to a person, and is said once.
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_contain_finish(struct mg_enforcer *e,
				   const struct mg_act *act,
				   struct mg_err *err);

/* Ends the moves of which no step is in force any more. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_contain_settle(struct mg_enforcer *e, struct mg_err *err);

#endif
