/* SPDX-License-Identifier: MIT */
/*
 * tell_priv - what is said of a chunk, piece by piece: a helper says a part of
 * a log in the same words (part_tell.c), in another order.
 *
 * All return 0 or -MG_EIO, with t->err filled.
 */
#ifndef MG_TELL_PRIV_H
#define MG_TELL_PRIV_H

#include "mailguard/tell.h"

MG_NODISCARD int mg_tell_say(struct mg_tell *t, const struct mg_record *record);

/* Those that were not told yet, up to a number. */
MG_NODISCARD int mg_tell_subjects(struct mg_tell *t, enum mg_space space,
				  struct mg_subjects *subjects, size_t to);

/* Cells from an index to another; they stay. */
MG_NODISCARD int mg_tell_facts(struct mg_tell *t, enum mg_space space,
			       const struct mg_tally *tally, size_t from,
			       size_t to);

/* All of them; they go. */
MG_NODISCARD int mg_tell_larges(struct mg_tell *t, const struct mg_larges *l,
				size_t from, size_t to);
MG_NODISCARD int mg_tell_checks(struct mg_tell *t, struct mg_checks *checks);

/* Shapes from an index to another; they stay. */
MG_NODISCARD int mg_tell_shapes(struct mg_tell *t,
				const struct mg_shapes *shapes, size_t from,
				size_t to);

MG_NODISCARD int mg_tell_tracked(struct mg_tell *t,
				 const struct mg_flight_entry *e);
MG_NODISCARD int mg_tell_caller(struct mg_tell *t,
				const struct mg_caller *caller);
MG_NODISCARD int mg_tell_callers(struct mg_tell *t, const struct mg_counter *c);

/* The numbers of a chunk, which start anew; after everything else of it. */
MG_NODISCARD int mg_tell_sums(struct mg_tell *t, struct mg_counter *c,
			      int64_t from, int64_t to);

#endif
