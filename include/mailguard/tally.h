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

#include "mailguard/map.h"
#include "mailguard/store.h"

struct mg_tally_cell {
	uint32_t subject;
	uint32_t before; /* the subject's latest cell before `at` + 1, or 0 */
	int64_t at; /* start of the period: an hour or a slot, Unix seconds */
	struct mg_counts counts;
};

/* Zeroed it is empty. */
struct mg_tally {
	struct mg_tally_cell *cells; /* owned; in order of first touch */
	size_t n_cells, cap_cells;
	uint32_t *last; /* owned; by subject: its latest cell + 1 */
	size_t n_last;
	size_t n_mapped; /* the first so many cells are in the map */
	struct mg_map by_key;
};

/* mg_tally_at where it is not the subject's latest cell. */
struct mg_counts *mg_tally_seek(struct mg_tally *t, uint32_t subject,
				int64_t at);

/* The counts of a subject in a period, to add to; stand until the next call. */
static inline struct mg_counts *mg_tally_at(struct mg_tally *t,
					    uint32_t subject, int64_t at)
{
	const uint32_t i = subject < t->n_last ? t->last[subject] : 0;

	if (i && t->cells[i - 1].at == at)
		return &t->cells[i - 1].counts;
	return mg_tally_seek(t, subject, at);
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
