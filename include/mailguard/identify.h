/* SPDX-License-Identifier: MIT */
/*
 * identify - which of the known logs a stream of bytes is.
 *
 * What follow.h does for files that the parent can look into, for those that
 * only the parser child can: it gets what is known as data, and says which
 * one it has found. The parent checks that it is one of those.
 */
#ifndef MAILGUARD_IDENTIFY_H
#define MAILGUARD_IDENTIFY_H

#include "mailguard/err.h"
#include "mailguard/follow.h"
#include "mailguard/hash.h"
#include "mailguard/input.h"
#include "mailguard/slice.h"

/* What proves a place in a log: the hashes of a cursor. */
struct mg_place {
	int64_t at; /* byte of the log, just behind a newline */
	uint32_t head_len, anchor_len;
	uint64_t head_hash, anchor_hash;
};

/* A log that it may be. */
struct mg_known {
	int64_t log; /* row */
	struct mg_place place;
};

/* The bytes that the next place is proved with, as they go by. */
struct mg_trail {
	int64_t end; /* byte of the log behind what went by */
	uint32_t n_head, n_anchor;
	char head[MG_FOLLOW_HEAD];
	char anchor[MG_FOLLOW_ANCHOR]; /* those before end */
};

/*
 * mg_trail_add - bytes of a log that lie at an offset go by.
 *
 * What went by already is passed over. Bytes that were left out in between
 * shorten the anchor.
 */
void mg_trail_add(struct mg_trail *t, int64_t at, struct mg_slice bytes);

/* The place behind what went by; something did. */
struct mg_place mg_trail_place(const struct mg_trail *t,
			       const struct mg_hash_key *key);

/* Reads the head of a log, and goes back to its start. */
MG_NODISCARD int mg_identify_head(struct mg_input *in, struct mg_trail *trail,
				  struct mg_err *err);

/* The row of a known log that starts like this one; 0 for none. */
int64_t mg_identify_by_head(const struct mg_trail *trail,
			    const struct mg_hash_key *key,
			    const struct mg_known *known, size_t n_known);

/* What was found. */
struct mg_identity {
	enum mg_match match;
	int64_t log;    /* row; 0 for none */
	int64_t offset; /* up to which it is known; 0 for none */
};

/*
 * mg_identify - find out which log an input is, and go to where reading
 * stopped.
 *
 * in      in/out  at its start; afterwards behind what is known
 * known   in      what it may be, in any order
 * trail   out     as if everything before had gone by
 *
 * Of a log that starts like a known one, but ends before the place where that
 * one was left, nothing is new (MG_MATCH_SHORTER).
 *
 * Returns 0; or what the input returned, at in->at.
 * Cost: unpacks as much as is known, a second time only for a log that starts
 * like a known one and is another.
 */
MG_NODISCARD int mg_identify(struct mg_input *in, const struct mg_hash_key *key,
			     const struct mg_known *known, size_t n_known,
			     struct mg_trail *trail, struct mg_identity *out,
			     struct mg_err *err);

#endif
