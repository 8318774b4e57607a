/* SPDX-License-Identifier: MIT */
/*
 * dovecot - what the text of a Dovecot line says.
 *
 * Only the lines of the login processes change a count:
 *
 *     imap-login: Login: ELEMENTS
 *     imap-login: Disconnected (auth failed, 2 attempts in 6 secs): ELEMENTS
 *
 * where ELEMENTS is, as login_log_format_elements has it unless it was changed,
 *
 *     user=<NAME>, method=PLAIN, rip=IP, lip=IP, mpid=N, TLS, session=<ID>
 *
 * Hostile is the NAME of a login that failed: any text that a client sends (a
 * quoted string, a literal, AUTHENTICATE), control characters replaced, cut
 * after 80 bytes, and nothing quoted. It may spell ">, rip=192.0.2.1, lip=".
 * So is the name of a mechanism that Dovecot does not know, in capitals. What
 * stands before user=< is Dovecot's own, and so is all that follows rip=:
 * addresses, numbers, words of the TLS library. Therefore the message is taken
 * from the left and the address at the last ", rip=". That holds as long as an
 * admin who changes login_log_format_elements leaves user=<%u> before rip=%r
 * and puts nothing behind it that a client chooses (the host name of SNI, the
 * original user). A line whose fields do not fit is MG_DOVECOT_ODD and counts
 * for nobody.
 *
 * What is easily got wrong: a session with a wrong password and then a right
 * one has a Login line only; the auth process (auth_verbose) writes a line a
 * try besides, so those count nothing; up to 2.3 the reason of the last try
 * hides the number of tries; 2.4 gives it, but a try that the client broke off
 * is among them.
 *
 * Source: Dovecot's login-common/client-common.c of 2.0 to 2.4
 * (client_get_log_str, client_get_extra_disconnect_reason), str-sanitize.c;
 * logs of 2.3.19 and 2.4.1; older shapes after published logs.
 */
#ifndef MAILGUARD_DOVECOT_H
#define MAILGUARD_DOVECOT_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/address.h"
#include "mailguard/slice.h"

enum mg_dovecot_kind {
	/* Lines that change a count. */
	MG_DOVECOT_LOGIN,  /* POP3 or IMAP: a check */
	MG_DOVECOT_FAILED, /* a session ended in which a try to log in failed */
	/* Lines that are known and change none. */
	MG_DOVECOT_ODD,         /* one of the two, but its fields do not fit */
	MG_DOVECOT_OTHER_LOGIN, /* submission, ManageSieve */
	MG_DOVECOT_UNTRIED,     /* a session ended without a failed try */
	MG_DOVECOT_PROXY,       /* a session handed to another server */
	MG_DOVECOT_AUTH,        /* a single try, told before its session is */
	MG_DOVECOT_SESSION,     /* what somebody does who is logged in */
	MG_DOVECOT_DELIVERY,    /* lmtp, lda */
	MG_DOVECOT_DAEMON,      /* start, stop, warnings and errors */
	MG_DOVECOT_OTHER,       /* words of no known shape */
	MG_DOVECOT_KINDS        /* how many there are */
};

enum mg_dovecot_service {
	MG_DOVECOT_IMAP,
	MG_DOVECOT_POP3,
	MG_DOVECOT_SUBMISSION,
	MG_DOVECOT_SIEVE,
	MG_DOVECOT_NO_SERVICE, /* not of a login process */
};

/* A line. Slices point into the text. */
struct mg_dovecot_line {
	enum mg_dovecot_kind kind;
	enum mg_dovecot_service service;

	/* LOGIN, OTHER_LOGIN, FAILED */
	struct mg_ip ip;
	/*
	 * What stands in user=<>, as written. Of LOGIN and OTHER_LOGIN it is a
	 * name that Dovecot knows; of FAILED a stranger's text.
	 */
	struct mg_slice user;

	/* FAILED: tries that did, 1..MG_DOVECOT_ATTEMPTS_MAX */
	uint32_t n_attempts;
};

/* What a kind is called in output: "login", "failed". */
const char *mg_dovecot_kind_name(enum mg_dovecot_kind kind);

/*
 * mg_dovecot_parse - what a text says.
 *
 * text   in   "PROCESS: [LEVEL: ]MESSAGE", behind the tag of syslog or the
 *             stamp of Dovecot's own file; without "message repeated"
 * out    out  always filled; slices point into text
 *
 * Never fails: a text that is not understood is MG_DOVECOT_OTHER.
 * Cost: linear in the text.
 */
void mg_dovecot_parse(struct mg_slice text, struct mg_dovecot_line *out);

/*
 * mg_dovecot_quick - the same of a text of one of the commonest shapes.
 *
 * Returns false for any other text; out is undefined then. Otherwise it has
 * what mg_dovecot_parse gives, and is of a kind that is neither odd nor other.
 */
bool mg_dovecot_quick(struct mg_slice text, struct mg_dovecot_line *out);

/*
 * Whether a text begins as one of Dovecot's: with a process or a level. In a
 * file of Dovecot's own every line does; a host name there is syslog's.
 */
bool mg_dovecot_is_own(struct mg_slice text);

#endif
