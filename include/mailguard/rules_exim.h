/* SPDX-License-Identifier: MIT */
/*
 * rules_exim - what is in force, in the words of Exim.
 *
 * The map is a file that Exim looks names up in, afresh for each message:
 *
 *     domain=example.com: refuse=1795356260 text="mailguard: ..."
 *     uid=5001: hold=1795356260 pace=200 text="mailguard: ..."
 *     login=joe@example.com: refuse=9999999999 final=1 text="mailguard: ..."
 *
 * Until its time a login or a domain is refused at MAIL (451, or 550 where it is
 * final), or mail is held in the queue; Exim compares the numbers with its own clock, so that all of it ends by
 * itself. What was held goes out at its pace afterwards, for which its line
 * stays in the map a while. The lines of configuration that do this are the same
 * on every host; where they go is not.
 *
 * All text of ours stands in blocks that carry a hash of what is between:
 *
 *     # BEGIN mailguard 5f1d0c6e9a3b2748
 *     # END mailguard
 *
 * Pure: no file, no clock. Source: Exim specification, "Access control lists",
 * "Rate limiting", "The redirect router", "Retry configuration"; tried with
 * Exim 4.96.
 */
#ifndef MAILGUARD_RULES_EXIM_H
#define MAILGUARD_RULES_EXIM_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/force.h"
#include "mailguard/slice.h"
#include "mailguard/tz.h"

#define MG_RULES_EXIM_MAP "exim"    /* the file in the directory of maps */
#define MG_RULES_EXIM_PROBE "probe" /* a key that is always there */

/* How long a hold stays in the map once it is over: what it held and did not
   get out by then goes out at once. */
#define MG_RULES_EXIM_KEEP_S (7 * 86400)

/*
 * mg_rules_exim_add_map - append the map: all entries but those of addresses.
 *
 * old   in   the map as it is; of its holds those stay that are over, or that
 *            are no longer in force, which end now
 */
void mg_rules_exim_add_map(struct mg_buf *out, const struct mg_force *f,
			   struct mg_slice old, int64_t now,
			   const struct mg_tz *tz);

/* Whether there is a block in a text; whether all are as they were written. */
bool mg_rules_exim_has_block(struct mg_slice text);
bool mg_rules_exim_is_intact(struct mg_slice text);

/* Files of configuration, by where our lines stand in them. */
enum mg_rules_exim_file {
	MG_EXIM_WHOLE,  /* all of it, or Debian's template of that */
	MG_EXIM_MACROS, /* a file of ours each, of Debian's split form: */
	MG_EXIM_ACL,    /* conf.d/main, conf.d/acl, ... */
	MG_EXIM_ROUTERS,
	MG_EXIM_RETRY,
	MG_EXIM_CPANEL, /* /etc/exim.conf.local, of sections like @CONFIG@ */
	MG_EXIM_CPANEL_MAIL, /* files of ours: statements of the ACL at MAIL */
	MG_EXIM_CPANEL_RCPT, /* and of that at RCPT; empty but in native mode */
};

/* What the lines are made of; all of it borrowed. */
struct mg_rules_exim_lines {
	struct mg_slice map;    /* its path on the host, of letters, digits and
				   "/._-" */
	struct mg_slice native; /* ACLs that count (rules_exim_native.h); empty
				   where Exim does not */
};

/*
 * mg_rules_exim_install - a file with our lines.
 *
 * text   in   as it is, with or without them; empty for a file of ours
 * out    out  initialised by the caller; the file is appended
 *
 * Returns 0; -MG_ECONF where that must be done by hand, and why.
 */
MG_NODISCARD int mg_rules_exim_install(enum mg_rules_exim_file file,
				       struct mg_slice text,
				       const struct mg_rules_exim_lines *lines,
				       struct mg_buf *out, struct mg_err *err);

/* Appends a file without our lines: what it was, with what was changed since;
   nothing of a file of ours. */
void mg_rules_exim_uninstall(struct mg_slice text, struct mg_buf *out);

#endif
