/* SPDX-License-Identifier: MIT */
/*
 * rules_dovecot - addresses that may not log in, in the words of Dovecot.
 *
 * Dovecot asks a SQLite file (expiring.h) before it looks at a password: an
 * address that is there and whose time is not over is refused, and the mail
 * program is told why. Everything else that the file may say, also that it is
 * missing, cannot be read or makes no sense, lets the login go on to the
 * passwords. Of an address only POP3 and IMAP: who logs in to send mail from
 * there is not asked for. A login that is closed is so for everything.
 *
 * A passdb with deny = yes is no such thing: where its file cannot be read
 * nobody can log in, its entries do not end, and of IPv6 it knows no networks.
 *
 * Source: the manual of Dovecot, "Password databases", "SQL", "Passdb: result
 * values"; tried with Dovecot 2.3.19 and 2.4.1.
 */
#ifndef MAILGUARD_RULES_DOVECOT_H
#define MAILGUARD_RULES_DOVECOT_H

#include <stdbool.h>

#include "mailguard/buf.h"
#include "mailguard/force.h"
#include "mailguard/slice.h"
#include "mailguard/tz.h"

/* Of a network that nobody is in (RFC 6666); it is always refused, so that
   Dovecot can be asked whether it reads the map. Key and address in it. */
#define MG_RULES_DOVECOT_PROBE_KEY "100:0:0:0"
#define MG_RULES_DOVECOT_PROBE "100::1"

enum mg_dovecot_version {
	MG_DOVECOT_2_3, /* and before */
	MG_DOVECOT_2_4,
};

/*
 * mg_rules_dovecot_version - of what `dovecot --version` prints.
 *
 * Returns false for what is no version, or one of another number than 2.
 */
bool mg_rules_dovecot_version(struct mg_slice text,
			      enum mg_dovecot_version *out);

/*
 * mg_rules_dovecot_add_key - append the key of an address or of 64 bits of
 * IPv6: "192.0.2.9", "2001:db8::7", "2001:db8:0:0"; of a login that is closed, or
 * of all of a domain: "login:joe@a.example", "login:@a.example"; of one that may not come from
 * there: "from:joe@a.example/192.0.2.9".
 *
 * Returns false for a network of another size, which nothing is asked for.
 */
bool mg_rules_dovecot_add_key(struct mg_buf *out,
			      const struct mg_force_entry *entry);

/* Appends what a mail program shows of an entry: one line of printable ASCII. */
void mg_rules_dovecot_add_text(struct mg_buf *out,
			       const struct mg_force_entry *entry,
			       const struct mg_tz *tz);

/*
 * mg_rules_dovecot_add_passdb - append the passdb that has to be the first.
 *
 * map     in   the SQLite file, absolute; of 2.4
 * query   in   the file of mg_rules_dovecot_add_query, absolute; of 2.3
 */
void mg_rules_dovecot_add_passdb(struct mg_buf *out,
				 enum mg_dovecot_version version,
				 struct mg_slice map, struct mg_slice query);

/* Appends the file beside it that 2.3 wants. */
void mg_rules_dovecot_add_query(struct mg_buf *out, struct mg_slice map);

/* Whether a path can stand in those lines: letters, digits, "/._-". */
bool mg_rules_dovecot_path_is_safe(struct mg_slice path);

/* Whether in what `doveconf` prints the first passdb is ours. */
bool mg_rules_dovecot_is_first(struct mg_slice doveconf, struct mg_slice map,
			       struct mg_slice query);

#endif
