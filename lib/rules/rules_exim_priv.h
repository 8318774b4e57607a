/* SPDX-License-Identifier: MIT */
/* rules_exim_priv - what the map, the limits and the configuration share. */
#ifndef MAILGUARD_RULES_EXIM_PRIV_H
#define MAILGUARD_RULES_EXIM_PRIV_H

#include "mailguard/policies.h"
#include "mailguard/rules_exim.h"

/* A login, as the map and the limits have it; of one that is no address by the
   letter, too. */
#define MG_EXIM_BEHIND_AT "${sg{$authenticated_id}{\\N^.*@\\N}{}}"

/* Whether Exim, not being root, may read the file in place of @MAP@. */
#define MG_EXIM_IS_READABLE                                                    \
	"${if match{${stat:@MAP@}}"                                            \
	"{\\N^mode=\\S+ smode=-(\\S{6}r|\\S{3}r.* gid=\\N$exim_gid )}}"

/*
 * mg_rules_exim_add_block - append a block.
 *
 * instead   in   the line that it stands for, without its end; empty for none
 * content   in   whole lines
 */
void mg_rules_exim_add_block(struct mg_buf *out, struct mg_slice instead,
			     struct mg_slice content);

/* Options of the main section that name an ACL. */
enum mg_exim_option { MG_EXIM_AT_MAIL, MG_EXIM_AT_RCPT, MG_EXIM_OPTIONS };

/* What refuses whoever logged in, in an ACL at MAIL and at RCPT. */
extern const char mg_rules_exim_mail_statement[];
extern const char mg_rules_exim_rcpt_statement[];

/*
 * mg_rules_exim_add_acls - append our ACLs.
 *
 * next   in   by enum mg_exim_option, the ACL that was there, which ours goes on
 *             with; NULL where statements of ours stand in those
 */
void mg_rules_exim_add_acls(struct mg_buf *out,
			    const struct mg_rules_exim_lines *lines,
			    const struct mg_slice *next);

/* Appends a text with "@MAP@" replaced by a path. */
void mg_rules_exim_add_with_path(struct mg_buf *out, const char *text,
				 struct mg_slice path);

/* Through the clauses that Exim counts by itself. */
struct mg_rules_exim_walk {
	const struct mg_policies *policies;
	size_t policy, clause, n;
	size_t number; /* of the clause, among all that there are */
};

/* The policy of the next one, or NULL. */
const struct mg_policy *mg_rules_exim_next(struct mg_rules_exim_walk *w,
					   const struct mg_clause **clause);

#endif
