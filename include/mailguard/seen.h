/* SPDX-License-Identifier: MIT */
/*
 * seen - which entries of the journal have been counted.
 *
 * Entries are numbered, rising within a series; a new series begins when the
 * journal is made anew. What is remembered is the last number of each, so that
 * an export that is given twice, or that begins before the place where reading
 * stopped, counts once.
 */
#ifndef MAILGUARD_SEEN_H
#define MAILGUARD_SEEN_H

#include <stdbool.h>
#include <stddef.h>

#include "mailguard/entry.h"

struct mg_seen_series {
	struct mg_entry last;
	bool is_told; /* the store knows it */
};

/* Zeroed it has seen nothing. */
struct mg_seen {
	struct mg_seen_series *series; /* owned */
	size_t n_series, cap_series;
	size_t at; /* of the entry before: nearly always of the next as well */
};

/* What the store knows of a series. */
void mg_seen_restore(struct mg_seen *s, const struct mg_entry *last);

/*
 * mg_seen_pass - an entry in the order of the journal.
 *
 * Returns false when it was counted before; else it is the last one now. Of
 * more than MG_JOURNAL_SERIES_MAX series the oldest is forgotten.
 */
bool mg_seen_pass(struct mg_seen *s, const struct mg_entry *place);

/* Frees what it holds; accepts a zeroed one. */
void mg_seen_release(struct mg_seen *s);

#endif
