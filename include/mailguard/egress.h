/* SPDX-License-Identifier: MIT */
/*
 * egress - connections to mail servers elsewhere that others than the mail
 * server's users opened, as the table of the back end "egress" counts them.
 *
 * The kernel counts by user id, and nothing in it is a stranger's text. A count
 * goes up until the table is taken off or the host starts anew.
 */
#ifndef MAILGUARD_EGRESS_H
#define MAILGUARD_EGRESS_H

#include <stdint.h>

#include "mailguard/backend.h"
#include "mailguard/enforce.h"
#include "mailguard/err.h"
#include "mailguard/find.h"

/* Returns 0 to go on; anything else ends it. */
typedef int (*mg_egress_fn)(void *arg, uint32_t uid, int64_t n);

/*
 * mg_egress_each - what was counted so far, in no order; nothing where the table
 * is not there or is not as it was loaded. Touches nothing.
 *
 * Returns 0; what fn returned; -MG_ECONF without nft; -MG_EIO.
 */
MG_NODISCARD int mg_egress_each(const struct mg_backend_host *h,
				mg_egress_fn fn, void *arg, struct mg_err *err);

/*
 * mg_egress_find - findings of the clauses "direct-smtp".
 *
 * What is new since it was called last is charged to the account of the user id,
 * in the clock hour of e->now: the counts have no times of their own. Of an hour,
 * a clause and an account there is one finding, when the limit is passed. Users
 * that are no account's are not charged. Without such a clause it does nothing.
 *
 * Where the counts cannot be read e->fail is told. Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_egress_find(struct mg_finder *f, struct mg_enforcer *e,
				struct mg_err *err);

#endif
