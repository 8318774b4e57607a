/* SPDX-License-Identifier: MIT */
/*
 * letter - an action or a warning in words for the customer whom it meets.
 *
 * From a template (template.h) for each kind of action: a file of the host's,
 * TEMPLATES/LANGUAGE/ACTION.txt, or the English one that mailguard has. Its
 * first line is "Subject: ...", in which {id} is the one place that there may
 * be, since customers and strangers choose names; then an empty line, then the
 * text. What comes from logs is escaped.
 *
 * Places:
 *
 *     id        of the action, or of the finding of a warning
 *     subject   "domain a.example"        account, owner, domain
 *     n, limit  what was counted, and what is allowed      window  "1h"
 *     clause, text, policy, version   what the customer agreed to
 *     since, until   in the zone of the host; until is empty where a person
 *               ends it
 *     reason    of a person, in words     contact  whom to write to
 *     mechanism  of a suspension: how the mail was sent, in English
 */
#ifndef MAILGUARD_LETTER_H
#define MAILGUARD_LETTER_H

#include "mailguard/arena.h"
#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/findings.h"
#include "mailguard/ledger.h"
#include "mailguard/tz.h"

struct mg_letter_opts {
	const struct mg_root *root;
	struct mg_slice
		templates;        /* directory of the host; empty: ours alone */
	struct mg_slice language; /* "en": letters, digits and "-" */
	struct mg_slice contact;  /* may be empty */
	const struct mg_tz *tz;   /* of times; NULL for UTC */
	struct mg_slice mechanism; /* how the mail was sent; may be empty */
};

/*
 * What was found when a letter was first written, so that it says the same when
 * it is printed, and nobody looks twice: rows (acts.h) by the ids of actions.
 */
#define MG_LETTER_MECHANISM "mechanism"

/* Fills it in, the arena's; it stays where nobody looked. Returns 1 where
   somebody did, 0, or -MG_EIO. */
MG_NODISCARD int mg_letter_find_mechanism(struct mg_store *s, const char *act,
					  struct mg_arena *arena,
					  struct mg_letter_opts *opts,
					  struct mg_err *err);

/* Whether a word may be the name of a language's directory. */
bool mg_letter_language_is_valid(struct mg_slice language);

/* The English template of an action ("throttle"), or empty for none. */
struct mg_slice mg_letter_english(struct mg_slice action);

/*
 * mg_letter_write - the letter on a row of the ledger.
 *
 * row       in   MG_LEDGER_INTENT, or MG_LEDGER_FINDING for a warning
 * subject   out  one line, added
 * body      out  the text, added
 *
 * Returns 0; 1 where there is nothing to tell a customer (an exemption);
 * -MG_ECONF for a template with a mistake, or that others could change;
 * -MG_EIO; -MG_ELIMIT.
 */
MG_NODISCARD int mg_letter_write(const struct mg_letter_opts *opts,
				 const struct mg_ledger_row *row,
				 struct mg_buf *subject, struct mg_buf *body,
				 struct mg_err *err);

/*
 * mg_letter_print - the letter on what was done last of those asked for, or
 * else was found last, to a descriptor.
 *
 * of       in   subject or id, and the descriptor
 * n_rows   out  1, or 0 where there is none
 */
MG_NODISCARD int mg_letter_print(struct mg_store *s,
				 const struct mg_letter_opts *opts,
				 const struct mg_findings_opts *of,
				 uint64_t *n_rows, struct mg_err *err);

#endif
