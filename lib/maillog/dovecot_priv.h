/* SPDX-License-Identifier: MIT */
/*
 * dovecot_priv - what the files of dovecot share.
 */
#ifndef MG_DOVECOT_PRIV_H
#define MG_DOVECOT_PRIV_H

#include "mailguard/dovecot.h"

/*
 * What a login process says of a session; service is set. Fills the rest.
 */
void mg_dovecot_parse_login(struct mg_slice message,
			    struct mg_dovecot_line *out);

/* Whether a message begins as one of a session that ended without a login. */
bool mg_dovecot_ends_session(struct mg_slice message);

/*
 * How many tries to log in failed, from the message in front of the elements:
 * "Disconnected: Inactivity (auth failed, 2 attempts in 60 secs)".
 *
 * Returns false for words of no known shape; n is 0 where none failed.
 */
bool mg_dovecot_failed_tries(struct mg_slice message, uint32_t *n);

#endif
