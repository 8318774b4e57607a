/* SPDX-License-Identifier: MIT */
/*
 * halt_priv - the tools that stop messages in a queue, and let them go.
 */
#ifndef MG_HALT_PRIV_H
#define MG_HALT_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/slice.h"

#define MG_HALT_ID_MAX 23   /* octets of a queue id */
#define MG_HALT_AT_ONCE 200 /* ids that a tool is told of in one run */

/*
 * Whether a text is a queue id, and whose: "1w0000-000001-00" is Exim's,
 * "3F2A7C" and "4cXb1k2nQzz1Y" are Postfix's. Nothing else is told to a tool.
 */
bool mg_halt_is_id(struct mg_slice id, bool *is_exim);

/* A message. */
struct mg_halt_item {
	const char *id; /* borrowed */
	bool is_exim;   /* else Postfix's */
	bool is_known;  /* stopped already, by whomever */
	bool is_taken;  /* the tool says that it did it */
	bool is_busy;   /* being delivered just now: asked for again */
	bool is_again;  /* the tool was told of it before, for this act */
};

/* What one run of a tool is told: messages of one mail server. */
struct mg_halt_batch {
	struct mg_halt_item *items[MG_HALT_AT_ONCE]; /* borrowed */
	size_t n;                                    /* one or more */
};

/*
 * mg_halt_tell - have a batch stopped, or let go.
 *
 * b   in, out  is_taken and is_busy of each item are set
 *
 * exim -Mf and -Mt (Exim's specification, section 5.2), postsuper -h and -H
 * (postsuper(1)). Returns 0; -MG_ECONF where the host has not got the tool;
 * -MG_EIO.
 */
MG_NODISCARD int mg_halt_tell(const struct mg_root *root,
			      struct mg_halt_batch *b, bool go,
			      struct mg_err *err);

/* Appends the command that mg_halt_tell would run, with the ids. */
void mg_halt_say(const struct mg_halt_batch *b, bool go, struct mg_buf *out);

#endif
