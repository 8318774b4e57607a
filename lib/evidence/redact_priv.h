/* SPDX-License-Identifier: MIT */
/*
 * redact_priv - the steps of a redaction: addresses first, then what stands
 * alone, line by line.
 */
#ifndef MG_REDACT_PRIV_H
#define MG_REDACT_PRIV_H

#include "mailguard/redact.h"

/* Whether it is one of the subject's domains, however it is capitalised. */
bool mg_redact_is_own(const struct mg_redact *r, struct mg_slice domain);

/* The pseudonym of an address, or with an empty domain of a word. */
void mg_redact_add_name(const struct mg_redact *r, struct mg_slice local,
			struct mg_slice domain, struct mg_buf *out);

/* A line with its addresses and words hidden. */
void mg_redact_line(struct mg_redact *r, struct mg_slice line,
		    struct mg_buf *out);

/* A line that has been through that: what stands alone is hidden, too. */
void mg_redact_bare(struct mg_redact *r, enum mg_redact_kind kind,
		    struct mg_slice line, struct mg_buf *out);

/* An account's name and domains, as account.json of a bundle lists them. */
void mg_redact_own_of(struct mg_redact *r, struct mg_slice account);

#endif
