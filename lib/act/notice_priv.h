/* SPDX-License-Identifier: MIT */
/*
 * notice_priv - a message handed to sendmail(8).
 */
#ifndef MG_NOTICE_PRIV_H
#define MG_NOTICE_PRIV_H

#include "mailguard/notice.h"

#define MG_NOTICE_MAX (256U << 10) /* bytes of a body */

/*
 * mg_notice_mail - send one.
 *
 * to   in   mg_address_is_safe
 * id   in   letters, digits, dots and "-"
 *
 * Returns 0 once sendmail took it, else -MG_ECONF or -MG_EIO.
 */
MG_NODISCARD int mg_notice_mail(const struct mg_enforcer *e, struct mg_slice to,
				struct mg_slice id, struct mg_slice subject,
				struct mg_slice body, struct mg_err *err);

/* Sends the digest to all administrators where its time has come. */
MG_NODISCARD int mg_notice_digest_due(struct mg_enforcer *e,
				      struct mg_err *err);

#endif
