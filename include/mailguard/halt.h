/* SPDX-License-Identifier: MIT */
/*
 * halt - mail of a subject that lies in the queue is stopped there, and let go
 * again.
 *
 * Which messages are the subject's say the counts: what was charged to it, and
 * is not known to be completed. Of them the mail server is told by id: Exim
 * freezes them (exim -Mf), Postfix puts them on hold (postsuper -h). What was
 * stopped before, by a person or for another action, stays as it is and is not
 * let go by us; nothing is ever deleted.
 *
 * Effects: these two tools and their opposites (exim -Mt, postsuper -H), with
 * ids as arguments or input; for a mailbox that may not log in either those of
 * sessions.h; rows of what was stopped in the state, and marks.
 */
#ifndef MAILGUARD_HALT_H
#define MAILGUARD_HALT_H

#include <stdint.h>

#include "mailguard/acts.h"
#include "mailguard/buf.h"
#include "mailguard/enforce.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/store.h"

/*
 * mg_halt_queued - stop what a subject has in the queue.
 *
 * store   in   locked, outside of a transaction
 * act     in   id, per and subject
 * n       out  messages that are stopped now and were not before
 *
 * Doing it again stops what has come since; of a long queue that is done in
 * several calls. Returns 0; -MG_ECONF where the
 * host has none of the tools that are needed; -MG_EIO.
 */
MG_NODISCARD int mg_halt_queued(const struct mg_root *root,
				struct mg_store *store,
				const struct mg_act *act, uint64_t *n,
				struct mg_err *err);

/*
 * mg_halt_plan - append the commands that mg_halt_queued would run, a line each.
 *
 * Returns 0, also where nothing is queued; -MG_EIO.
 */
MG_NODISCARD int mg_halt_plan(struct mg_store *store, const struct mg_act *act,
			      struct mg_buf *out, struct mg_err *err);

/*
 * mg_halt_let_go - let go what was stopped for an action.
 *
 * n   out  messages
 *
 * Returns as above. What has gone from the queue meanwhile is passed over.
 */
MG_NODISCARD int mg_halt_let_go(const struct mg_root *root,
				struct mg_store *store, const char *act,
				uint64_t *n, struct mg_err *err);

/* The acts that something is stopped for; some more than once. */
typedef int (*mg_halt_act_fn)(void *arg, struct mg_slice act);
MG_NODISCARD int mg_halt_each_act(struct mg_store *store, mg_halt_act_fn fn,
				  void *arg, struct mg_err *err);

/* Forgets what others had stopped; once nothing is suspended any more. Returns 0
   or -MG_EIO. */
MG_NODISCARD int mg_halt_forget(struct mg_store *store, struct mg_err *err);

/*
 * mg_halt_refresh - the queue, and what is logged in, in line with what is
 * suspended.
 *
 * Outside of a transaction. What could not be done is said by e->fail, and tried
 * again the next time. Returns 0 or -MG_EIO of the store.
 */
MG_NODISCARD int mg_halt_refresh(struct mg_enforcer *e, struct mg_err *err);

#endif
