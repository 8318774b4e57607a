/* SPDX-License-Identifier: MIT */
/*
 * rules_postfix - what is in force, in the words of Postfix.
 *
 * The map is a text of logins, domains and user ids which postmap(1) makes an
 * LMDB file of, in one transaction: daemons that have it open read the old one
 * or the new one, at once, and whoever dies while writing it leaves the old one.
 * Nothing in such a file ends by itself; so what a key leads to is a time and
 * another key, which a SQLite query without a database lets through until that
 * time, and only that leads to the answer:
 *
 *     joe@example.com        -> 1795356260 text/joe@example.com   (LMDB)
 *                            -> text/joe@example.com              (SQLite)
 *     text/joe@example.com   -> 450 4.7.1 mailguard: ...          (LMDB)
 *
 * Both kinds are open before a daemon enters its chroot, and the answer keeps
 * its capitals, which no key does.
 *
 * Source: access(5), lmdb_table(5), sqlite_table(5), DATABASE_README (pipemap);
 * tried with Postfix 3.7.
 */
#ifndef MAILGUARD_RULES_POSTFIX_H
#define MAILGUARD_RULES_POSTFIX_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/force.h"
#include "mailguard/slice.h"
#include "mailguard/tz.h"

#define MG_RULES_POSTFIX_MAP "throttle" /* the text; the map adds ".lmdb" */
#define MG_RULES_POSTFIX_PROBE                                                 \
	"probe/mailguard"                     /* a key that is always there */
#define MG_RULES_POSTFIX_CF_MAX (1024 * 1024) /* bytes of main.cf, master.cf */
#define MG_RULES_POSTFIX_KEY_MAX 272          /* bytes of a key, terminated */

/* The files of queries that stand beside the map, ended by NULL. */
struct mg_rules_postfix_query {
	const char *name; /* of the file */
	const char *text;
};

extern const struct mg_rules_postfix_query mg_rules_postfix_queries[];

/* Appends the map: all entries but those of addresses, and the probe. */
void mg_rules_postfix_add_map(struct mg_buf *out, const struct mg_force *f,
			      const struct mg_tz *tz);

/* The key of an entry in the map: "joe@example.com", "domain/example.com",
   "uid/5001". */
void mg_rules_postfix_key(const struct mg_force_entry *entry,
			  char out[MG_RULES_POSTFIX_KEY_MAX]);

/* Whether Postfix puts mail of this entry on hold, instead of refusing it. */
bool mg_rules_postfix_holds(const struct mg_force_entry *entry);

/*
 * mg_rules_postfix_add_lookup - append what Postfix looks a kind of key up in.
 *
 * dir   in   of the map and the queries, absolute
 */
void mg_rules_postfix_add_lookup(struct mg_buf *out, struct mg_slice dir,
				 enum mg_force_key key);

/* Appends the lines that an administrator adds by hand, with words. */
void mg_rules_postfix_add_lines(struct mg_buf *out, struct mg_slice dir);

/* Whether a directory can stand in those lines: letters, digits, "/._-". */
bool mg_rules_postfix_dir_is_safe(struct mg_slice dir);

/*
 * mg_rules_postfix_install_main - main.cf with our lines: the check stands
 * first in smtpd_sender_restrictions and in header_checks, and what they say
 * is in a block at the end.
 *
 * text   in   main.cf, with or without our lines
 * out    out  initialised by the caller; main.cf is appended
 *
 * Returns 0; -MG_ECONF where that must be done by hand, and why; -MG_ELIMIT.
 */
MG_NODISCARD int mg_rules_postfix_install_main(struct mg_slice text,
					       struct mg_slice dir,
					       struct mg_buf *out,
					       struct mg_err *err);

/*
 * mg_rules_postfix_install_master - master.cf with our lines: services with
 * smtpd_sender_restrictions of their own get the check there, too, and what
 * local users hand in goes through a cleanup service of its own.
 *
 * Returns as mg_rules_postfix_install_main.
 */
MG_NODISCARD int mg_rules_postfix_install_master(struct mg_slice text,
						 struct mg_slice dir,
						 struct mg_buf *out,
						 struct mg_err *err);

/* Appends main.cf or master.cf without our lines: what it was before they were
   installed, with what was changed since. */
void mg_rules_postfix_uninstall(struct mg_slice text, struct mg_buf *out);

/* A message in the queue, as `postqueue -j` says it. */
struct mg_rules_postfix_message {
	struct mg_slice id; /* of letters and digits */
	int64_t arrived;    /* Unix seconds */
};

/*
 * mg_rules_postfix_held - whether a line of `postqueue -j` is about a message
 * on hold. Nothing that a sender could choose is looked at.
 */
bool mg_rules_postfix_held(struct mg_slice line,
			   struct mg_rules_postfix_message *out);

/*
 * mg_rules_postfix_local_user - the user who handed a message in by sendmail.
 *
 * headers   in   what `postcat -qh` prints: its first line is from pickup(8)
 *
 * Returns false for a message that came otherwise.
 */
bool mg_rules_postfix_local_user(struct mg_slice headers, uint32_t *uid);

/*
 * mg_rules_postfix_login - who logged in to send a message.
 *
 * envelope   in   what `postcat -qe` prints of one that did not come from a
 *                 local user, whose records may hold line ends of his
 *
 * Returns false where nobody did.
 */
bool mg_rules_postfix_login(struct mg_slice envelope, struct mg_slice *login);

/*
 * mg_rules_postfix_due - how many held messages may go out by now.
 *
 * pace   in      so many an hour; 0 for all
 * from   in/out  Unix seconds since when they have been due, moved on by what
 *                the answer takes. Of a long silence ten minutes count: what
 *                was not released in time makes no burst.
 */
int64_t mg_rules_postfix_due(int64_t pace, int64_t now, int64_t *from);

#endif
