/* SPDX-License-Identifier: MIT */
/*
 * tally - counts per period and subject, gathered in memory between two commits.
 *
 * A subject is a number: of an origin, or of a sender's domain. Lines come
 * nearly in the order of time, so each subject remembers its latest cell and
 * each cell the one before it. What lies further back is found through a map,
 * which learns of cells when it is asked for the first time.
 */
#ifndef MAILGUARD_TALLY_H
#define MAILGUARD_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/limits.h"
#include "mailguard/map.h"
#include "mailguard/store.h"

struct mg_tally_cell {
	uint32_t subject;
	uint32_t before; /* the subject's latest cell before `at` + 1, or 0 */
	int64_t at; /* start of the period: an hour or a slot, Unix seconds */
	struct mg_counts counts;
};

/* The latest cell of a subject. */
struct mg_tally_last {
	uint32_t cell;  /* its number + 1; 0 for none */
	int32_t period; /* the slot that it starts with, by mg_tally_period */
};

/* Zeroed it is empty. */
struct mg_tally {
	struct mg_tally_cell *cells; /* owned; in order of first touch */
	size_t n_cells, cap_cells;
	struct mg_tally_last *last; /* owned; by subject */
	size_t n_last;
	size_t n_mapped; /* the first so many cells are in the map */
	struct mg_map by_key;
};

/* Hours and slots both start with a slot, in every zone. */
static inline int32_t mg_tally_period(int64_t at)
{
	return (int32_t)(at / MG_SLOT_S);
}

/* mg_tally_at where it is not the subject's latest cell. */
struct mg_counts *mg_tally_seek(struct mg_tally *t, uint32_t subject,
				int64_t at);

/* The counts of a subject in a period, to add to; stand until the next call. */
static inline struct mg_counts *mg_tally_at(struct mg_tally *t,
					    uint32_t subject, int64_t at)
{
	/* The cell itself is looked at only to add to it: it is far away. */
	if (subject < t->n_last && t->last[subject].cell &&
	    t->last[subject].period == mg_tally_period(at))
		return &t->cells[t->last[subject].cell - 1].counts;
	return mg_tally_seek(t, subject, at);
}

/*
 * Asks the memory for what tells where a subject's latest cell is, and, when
 * that is there, for the cell.
 */
static inline void mg_tally_prefetch(const struct mg_tally *t, uint32_t subject)
{
	if (subject < t->n_last)
		__builtin_prefetch(&t->last[subject]);
}

static inline void mg_tally_prefetch_cell(const struct mg_tally *t,
					  uint32_t subject)
{
	const struct mg_tally_cell *cell;

	if (subject >= t->n_last || !t->last[subject].cell)
		return;
	cell = &t->cells[t->last[subject].cell - 1];
	__builtin_prefetch(cell, 1);
	__builtin_prefetch(&cell->counts.n[MG_COUNTS - 1], 1);
}

/* Adds n to one count of a subject in a period. */
static inline void mg_tally_add(struct mg_tally *t, uint32_t subject,
				int64_t at, enum mg_count which, int64_t n)
{
	mg_tally_at(t, subject, at)->n[which] += n;
}

/* Forgets all cells, keeps the memory. */
void mg_tally_clear(struct mg_tally *t);

void mg_tally_release(struct mg_tally *t);

#endif
