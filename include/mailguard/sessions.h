/* SPDX-License-Identifier: MIT */
/*
 * sessions - what a mailbox has open is ended, so that a password or a
 * suspension that is new holds at once.
 *
 * Effects: doveadm kick, and doveadm auth cache flush, for one login; nothing is
 * kept, and there is nothing to undo.
 *
 * Source: doveadm-kick(1), doveadm-auth(1) of Dovecot 2.3 and 2.4.
 */
#ifndef MAILGUARD_SESSIONS_H
#define MAILGUARD_SESSIONS_H

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/slice.h"

/*
 * mg_sessions_end - end the IMAP and POP3 sessions of a login, and make Dovecot
 * forget what it remembers of its password.
 *
 * login   in   user@domain, as the account tables have confirmed it
 *
 * Returns 0, also where it has none open; 1 where no Dovecot runs or is
 * installed; -MG_EPARSE for a login that no command line may get; -MG_EIO.
 */
MG_NODISCARD int mg_sessions_end(const struct mg_root *root,
				 struct mg_slice login, struct mg_err *err);

/* Appends the commands that it would run, a line each; nothing where the host
   has no doveadm. */
void mg_sessions_plan(const struct mg_root *root, struct mg_slice login,
		      struct mg_buf *out);

#endif
