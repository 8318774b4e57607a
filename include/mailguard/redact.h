/* SPDX-License-Identifier: MIT */
/*
 * redact - texts of a bundle without the addresses of others.
 *
 * The local part of each mail address that is not certainly the subject's own
 * becomes a pseudonym: equal addresses have equal ones under one key, and who
 * has no key can try none. Where a local part stands alone (Exim's short form,
 * an unqualified recipient, a word of a remote server's answer), it is hidden
 * as well. Rather too much is hidden than too little.
 *
 * The texts are hostile: this runs in a jailed child (mg_redact_all).
 */
#ifndef MAILGUARD_REDACT_H
#define MAILGUARD_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "mailguard/arena.h"
#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/map.h"
#include "mailguard/priv.h"
#include "mailguard/slice.h"

#define MG_REDACT_KEY_LEN 32 /* bytes */

/* What a pseudonym begins with; 16 hexadecimal digits follow. */
#define MG_REDACT_PREFIX "hidden-"

/* How a text is read. */
enum mg_redact_kind {
	MG_REDACT_TEXT, /* headers, pages for people */
	MG_REDACT_LOG,  /* lines of a mail server */
	MG_REDACT_JSON, /* its strings are rewritten, its shape stays */
};

struct mg_redact {
	unsigned char key[MG_REDACT_KEY_LEN];
	struct mg_slice *domains; /* owned; the texts are the arena's */
	size_t n_domains, cap_domains;
	struct mg_slice kept[2]; /* the subject's names, in small letters */
	size_t n_kept;
	struct mg_slice *hidden; /* owned; local parts, in small letters */
	size_t n_hidden, cap_hidden;
	struct mg_map by_text; /* of those */
	bool is_key;           /* in a name of a JSON member: words stay */
	struct mg_arena arena;
};

void mg_redact_init(struct mg_redact *r,
		    const unsigned char key[MG_REDACT_KEY_LEN]);
/* Accepts a zeroed one. */
void mg_redact_release(struct mg_redact *r);

/* Addresses of this very domain are the subject's; not those below it. */
void mg_redact_own(struct mg_redact *r, struct mg_slice domain);

/* A name of the subject, which is no stranger's wherever it stands; up to two
   are kept. */
void mg_redact_keep(struct mg_redact *r, struct mg_slice name);

/*
 * mg_redact_text - append a text as others may see it.
 *
 * Words are hidden that were local parts of addresses in the texts so far: who
 * wants all of them gone has all texts read twice, and takes the second.
 */
void mg_redact_text(struct mg_redact *r, enum mg_redact_kind kind,
		    struct mg_slice text, struct mg_buf *out);

/* A text to be rewritten, and what became of it. */
struct mg_redact_item {
	enum mg_redact_kind kind;
	struct mg_slice text;
	struct mg_slice redacted; /* out; into the answer */
};

/* What is to be hidden, and from whom nothing is. */
struct mg_redact_ask {
	unsigned char key[MG_REDACT_KEY_LEN];
	/* "mailbox", its name; own is its domain, or the domain itself. */
	struct mg_slice per, subject;
	/* Of other subjects own are the "domains" of this JSON; may be empty. */
	struct mg_slice account;
};

/*
 * mg_redact_all - rewrite texts in a jailed child; this process copies bytes.
 *
 * answer   out  initialised by the caller; holds what the items point to
 *
 * Returns 0; -MG_ELIMIT for more than the answer takes; -MG_EIO, -MG_EPARSE
 * where the child failed or said what cannot be.
 */
MG_NODISCARD int mg_redact_all(const struct mg_redact_ask *ask,
			       const struct mg_jail *jail,
			       struct mg_redact_item *items, size_t n,
			       struct mg_buf *answer, struct mg_err *err);

#endif
