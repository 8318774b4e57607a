/* SPDX-License-Identifier: MIT */
/*
 * rules_postfix_priv - lines of main.cf and master.cf. What stands there is a
 * person's: nothing of it is put in another form, and what is put in can be told
 * apart, so that taking it out needs no copy of the old file and undoes no later
 * change.
 */
#ifndef MG_RULES_POSTFIX_PRIV_H
#define MG_RULES_POSTFIX_PRIV_H

#include "mailguard/rules_postfix.h"

#define MG_CF_BEGIN                                                            \
	"# mailguard: begin. Out again by: mailguard rules remove postfix"
#define MG_CF_END "# mailguard: end"
#define MG_CF_SMTP "$mailguard_smtp,"
#define MG_CF_LOCAL "$mailguard_local,"
#define MG_CF_PICKUP "  -o cleanup_service_name=mailguard-cleanup"

/* The settings that ours stand in front of. */
extern const struct mg_slice mg_cf_smtp_name, mg_cf_local_name;

/* The next line with its end, so that a file comes out byte for byte. */
bool mg_cf_cut_line(struct mg_slice *rest, struct mg_slice *line);

/* Without it. */
struct mg_slice mg_cf_line_text(struct mg_slice line);

/* The next word, behind blanks; empty where there is none. */
struct mg_slice mg_cf_cut_word(struct mg_slice *s);

/* A comment or nothing: part of no entry, wherever it stands. */
bool mg_cf_is_comment(struct mg_slice line);

/* The first line of an entry; the others begin with a blank. */
bool mg_cf_is_start(struct mg_slice line);

/* Finds where the value of an option begins in a line: behind "name=" and
   blanks. Not where it is the end of another name, or is only referred to. */
bool mg_cf_find_value(struct mg_slice line, struct mg_slice name, size_t *at);

/* Appends the line, with a word in front of the value of an option in it;
   nothing, and false, where it has none. */
bool mg_cf_put_in(struct mg_slice line, struct mg_slice name,
		  struct mg_slice word, struct mg_buf *out);

/* Begins the block at the end, on a line of its own. */
void mg_cf_begin_block(struct mg_buf *out);

#endif
