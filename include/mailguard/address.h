/* SPDX-License-Identifier: MIT */
/*
 * address - mail addresses and host names as tokens in a line.
 *
 * Quoted local parts may hold blanks and anything that looks like the rest of
 * a log line (RFC 5321 4.1.2), so an address is cut as one unit. Names that
 * lead to an account pass through one canonical form here and nowhere else.
 */
#ifndef MAILGUARD_ADDRESS_H
#define MAILGUARD_ADDRESS_H

#include <stdbool.h>

#include "mailguard/buf.h"
#include "mailguard/ip.h"
#include "mailguard/slice.h"

#define MG_DOMAIN_MAX 253  /* bytes, RFC 1035 2.3.4 in text without root dot */
#define MG_MAILBOX_MAX 320 /* bytes: 64 + @ + 255, RFC 5321 4.5.3.1 */

/*
 * mg_address_cut - take one address off the front.
 *
 * s     in/out  moved to the blank behind the address, or to its end
 * out   out     everything up to the first space outside double quotes
 *
 * A backslash takes the next byte with it, inside quotes and outside: Exim
 * accepts a quoted pair (RFC 821 4.1.2) in both places and logs it as it came. Returns false, with
 * nothing changed, for an empty address or a quote that never ends.
 */
bool mg_address_cut(struct mg_slice *s, struct mg_slice *out);

/*
 * mg_address_domain - what stands behind the last @, or the empty slice.
 */
struct mg_slice mg_address_domain(struct mg_slice address);

/*
 * mg_domain_canonical - the form under which a domain is looked up.
 *
 * in    in   a domain as somebody wrote it
 * out   out  room for MG_DOMAIN_MAX bytes; the canonical name on success,
 *            scratch on failure
 *
 * ASCII letters become small, one dot at the end is dropped. Returns the
 * length, or 0 when anything but letters, digits, dot, hyphen and underscore
 * occurs, or when it is empty or too long: then it names no domain.
 * canonical(canonical(x)) is canonical(x).
 */
size_t mg_domain_canonical(struct mg_slice in, char out[MG_DOMAIN_MAX]);

/*
 * mg_mailbox_canonical - the form under which a login is kept.
 *
 * in    in   a login as the client spelled it: user@domain
 * out   out  room for MG_MAILBOX_MAX bytes
 *
 * Small letters throughout (Dovecot's auth_username_format defaults to that,
 * and two spellings must not be two senders). Returns the length, or 0 when
 * the local part holds anything but the unquoted characters of RFC 5322 3.2.3
 * and dots, when the domain is not canonical, or when there is no @.
 */
size_t mg_mailbox_canonical(struct mg_slice in, char out[MG_MAILBOX_MAX]);

/*
 * mg_address_is_safe - whether mail may be sent to it by a command line and a
 * header of ours: an unquoted local part that is no option, no path and no
 * pipe, and a canonical domain. A name alone is one of this host ("root").
 */
bool mg_address_is_safe(struct mg_slice address);

/*
 * mg_mailbox_ip_cut - the parts of "joe@a.example/192.0.2.9": a mailbox, as it
 * is used from one address. Of IPv6 the address stands for its /64.
 *
 * mailbox, ip   out   slices into text
 *
 * Returns false for any other text.
 */
bool mg_mailbox_ip_cut(struct mg_slice text, struct mg_slice *mailbox,
		       struct mg_slice *ip);

#endif
