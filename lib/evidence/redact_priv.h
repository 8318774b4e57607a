/* SPDX-License-Identifier: MIT */
/*
 * redact_priv - the steps of a redaction: addresses first, then what stands
 * alone, line by line.
 */
#ifndef MG_REDACT_PRIV_H
#define MG_REDACT_PRIV_H

#include <string.h>

#include "mailguard/redact.h"

/* --- bytes --- */

static inline char mg_redact_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool mg_redact_is_alnum(char c)
{
	return (c >= '0' && c <= '9') ||
	       (mg_redact_lower(c) >= 'a' && mg_redact_lower(c) <= 'z');
}

/* Any byte of a name in another script is above ASCII (RFC 6531). */
static inline bool mg_redact_is_wide(char c)
{
	return (unsigned char)c >= 0x80;
}

/* What may stand in a local part without quotes, and more. */
static inline bool mg_redact_is_local(char c)
{
	return mg_redact_is_wide(c) || ((unsigned char)c > ' ' && c != 0x7f &&
					!strchr("<>()[],;:\"@", c));
}

static inline bool mg_redact_is_domain(char c)
{
	return mg_redact_is_wide(c) || mg_redact_is_alnum(c) || c == '.' ||
	       c == '-' || c == '_';
}

/* --- names (redact.c) --- */

/* Whether it is one of the subject's domains, however it is capitalised. */
bool mg_redact_is_own(const struct mg_redact *r, struct mg_slice domain);

/* Whether it is the local part, or the name, of the subject itself. */
bool mg_redact_is_kept(const struct mg_redact *r, struct mg_slice name);

/* A local part that was hidden is a hidden word from here on. */
void mg_redact_learn(struct mg_redact *r, struct mg_slice local);

/* Text without an address, its hidden words as pseudonyms. */
void mg_redact_add_words(const struct mg_redact *r, struct mg_slice text,
			 struct mg_buf *out);

/* The pseudonym of an address, or with an empty domain of a word. */
void mg_redact_add_name(const struct mg_redact *r, struct mg_slice local,
			struct mg_slice domain, struct mg_buf *out);

/* --- lines --- */

/* A line with its addresses and words hidden (redact_line.c). */
void mg_redact_line(struct mg_redact *r, struct mg_slice line,
		    struct mg_buf *out);

/* A line that has been through that: what stands alone is hidden, too. */
void mg_redact_bare(struct mg_redact *r, enum mg_redact_kind kind,
		    struct mg_slice line, struct mg_buf *out);

/* An account's name and domains, as account.json of a bundle lists them. */
void mg_redact_own_of(struct mg_redact *r, struct mg_slice account);

#endif
