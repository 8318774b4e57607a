/* SPDX-License-Identifier: MIT */
/*
 * notice - mail about what was done: to the account's contact, its owner and
 * the administrators, and to those once a day what there was.
 *
 * Hooks are told by their verb notify, each of every action. Mail is one for an
 * action and a recipient; of the same kind about the same subject one a day, but
 * for what stops somebody; so many a day to one customer, and an hour in all,
 * half of which are the administrators' own. What is over the hour waits for the
 * next, for a day at most. Mail goes only to whom the settings name.
 *
 * The effects here are sendmail(8), run without a shell, told the recipient as
 * an argument and a message of ours to read; and hooks (hook.h). That one is
 * begun is on disk before, and that it was taken is a mark of the action after:
 * DONE, or NOTICED of the letter to a customer whose account is to be removed.
 * What a crash cuts off between the two is not sent twice, but for that letter
 * and for hooks.
 */
#ifndef MAILGUARD_NOTICE_H
#define MAILGUARD_NOTICE_H

#include "mailguard/enforce.h"
#include "mailguard/err.h"

/* Marks of notices are by these and the role: "notice:customer". */
#define MG_NOTICE_CUSTOMER "notice:customer"
#define MG_NOTICE_OWNER "notice:owner"
#define MG_NOTICE_ADMIN "notice:admin"
#define MG_NOTICE_HOOK "notify:" /* and its name */

/*
 * mg_notices_send - tell of what was begun since it was called last, and the
 * digest where it is due.
 *
 * Runs sendmail outside of any transaction, under the lock. What could not be
 * sent is said by e->fail once, and tried again for a day. Returns 0 or
 * -MG_EIO of the store.
 */
MG_NODISCARD int mg_notices_send(struct mg_enforcer *e, struct mg_err *err);

/*
 * mg_notice_test - a message that says that messages arrive.
 *
 * to   in   as typed
 *
 * Returns 0; -MG_EUSAGE for an address that cannot be written to; -MG_ECONF;
 * -MG_EIO.
 */
MG_NODISCARD int mg_notice_test(const struct mg_enforcer *e, struct mg_slice to,
				struct mg_err *err);

/* mg_notice_digest - the text of the digest of the day before, added. */
MG_NODISCARD int mg_notice_digest(const struct mg_enforcer *e,
				  struct mg_buf *out, struct mg_err *err);

#endif
