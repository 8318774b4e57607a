/* SPDX-License-Identifier: MIT */
/*
 * login - who logged in to this session, whatever sudo(8) or su(1) made of him
 * since: the login user id that the kernel keeps for audit(7).
 *
 * pam_loginuid(8) sets it once, at the login; what is started by it inherits it.
 * It tells people apart who work as root. It is no proof against root, who can be
 * anybody.
 */
#ifndef MAILGUARD_LOGIN_H
#define MAILGUARD_LOGIN_H

#include <stdint.h>

#include "mailguard/err.h"

/*
 * mg_login_uid - the login user id of this process.
 *
 * Returns 0; -MG_ECONF where nobody logged in (a service, cron, a container) or the
 * kernel does not keep it, saying what to do.
 *
 * Source: proc_pid_loginuid(5), pam_loginuid(8).
 */
MG_NODISCARD int mg_login_uid(uint32_t *out, struct mg_err *err);

/* From now on it is this one; for tests. */
void mg_login_set_uid(uint32_t uid);

#endif
