/* SPDX-License-Identifier: MIT */
/*
 * merge - what a helper counted of a part of a log (part.h) becomes what the
 * first child would have counted of it, which has the state at its start.
 *
 * Runs in the first child. A helper is another child and no better than its
 * bytes: what it says is held to the rules of records and of its own numbers,
 * and can do no more than lie about the counts of a log.
 */
#ifndef MAILGUARD_MERGE_H
#define MAILGUARD_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/arena.h"
#include "mailguard/count.h"
#include "mailguard/record.h"

/* A subject by the number that a helper has for it, and by ours. */
struct mg_merge_subject {
	struct mg_subject subject;
	uint32_t number; /* MG_MAP_NONE while there is none */
};

struct mg_merge_subjects {
	struct mg_merge_subject *items; /* owned */
	size_t n, cap;
	struct mg_arena names;
};

/* One helper, as the first child knows it. */
struct mg_merge {
	struct mg_record_pipe pipe; /* from the helper */
	int log_fd;                 /* borrowed */
	struct mg_merge_subjects subjects[MG_SPACES];
	uint64_t n_forgets;  /* of the counter, when they were translated */
	size_t n_remembered; /* origins whose numbers were settled */
	bool is_astray;      /* it numbers origins that are none of ours */
	struct mg_record_part part;
	uint64_t base; /* to add to the order of the part's messages */
	char *bytes;   /* of the log, around the last note; owned */
	int64_t bytes_at;
	size_t n_bytes;
	uint64_t n_parts, n_again; /* parts so far; of those to be read */
};

/*
 * from_fd   in   the end of the helper's pipe; the caller's
 * log_fd    in   the log
 * c         in   with the subjects that both know from the start
 */
void mg_merge_init(struct mg_merge *m, int from_fd, int log_fd,
		   const struct mg_counter *c);

/* Frees what it holds; accepts a zeroed one. */
void mg_merge_release(struct mg_merge *m);

/*
 * mg_merge_part - take the next part of the helper.
 *
 * from, to   in   its bytes, both just behind a newline
 * reached    out  where what was taken ends
 *
 * Returns 1 when it was taken, 0 when the caller has to read the part itself
 * and then to call mg_merge_settle; -MG_EIO or -MG_EPARSE when the helper broke
 * down, and the counter cannot be used any more.
 */
MG_NODISCARD int mg_merge_part(struct mg_merge *m, struct mg_counter *c,
			       int64_t from, int64_t to, int64_t *reached,
			       struct mg_err *err);

/* The part was read here: what the helper named in it is known by now. */
void mg_merge_settle(struct mg_merge *m, const struct mg_counter *c);

#endif
