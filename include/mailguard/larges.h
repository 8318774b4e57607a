/* SPDX-License-Identifier: MIT */
/*
 * larges - messages to many, gathered in memory between two commits.
 *
 * What sums of recipients do not tell: how many there were in one message, and
 * how often the same one was sent. Of each origin and slot it is kept how many
 * messages had so many recipients and that subject line, so that a message that
 * turns out to be another's, or to have one recipient more, can be taken from
 * one row and put into another: a sum, where a maximum could not be taken back.
 *
 * A message of fewer than MG_LARGE_MIN recipients is not kept; that is nearly
 * every one. A subject line is text that its sender chose. It says whether two
 * messages are alike, and never who sent them.
 */
#ifndef MAILGUARD_LARGES_H
#define MAILGUARD_LARGES_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/map.h"
#include "mailguard/store.h"

struct mg_larges_cell {
	struct mg_large large;
	uint32_t origin; /* number of an origin */
};

/* Zeroed it is empty. */
struct mg_larges {
	struct mg_larges_cell *cells; /* owned; in order of first touch */
	size_t n_cells, cap_cells;
	struct mg_map by_key;
};

/* Adds large->n messages to a row. */
void mg_larges_add(struct mg_larges *l, uint32_t origin,
		   const struct mg_large *large);

/* Forgets all rows, keeps the memory. */
void mg_larges_clear(struct mg_larges *l);

void mg_larges_release(struct mg_larges *l);

#endif
