/* SPDX-License-Identifier: MIT */
/*
 * checks - logins per slot, address and login, gathered in memory between two
 * commits.
 *
 * The lines of a chunk bound how many there are; how many of them a state
 * takes, budget.h says. Lines come nearly in the order of time, so the rows of
 * the last two slots have maps of their own, small enough for a processor's
 * cache: one map of all rows took a quarter of the time of a log of Dovecot.
 * What lies further back is found through such a map, which learns of rows when
 * it is asked for the first time.
 */
#ifndef MAILGUARD_CHECKS_H
#define MAILGUARD_CHECKS_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/hash.h"
#include "mailguard/map.h"
#include "mailguard/store.h"

struct mg_checks_cell {
	struct mg_check check;
	uint32_t origin; /* whose login it is, MG_ACCOUNT_NONE for none */
};

struct mg_checks {
	struct mg_checks_cell *cells; /* owned; in order of first touch */
	size_t n_cells, cap_cells;
	struct mg_checks_slot {
		int64_t at; /* whose rows; no later slot was in this place */
		struct mg_map by_key;
	} recent[2];     /* slots by turns */
	size_t n_mapped; /* the first so many cells are in the map of all */
	struct mg_map by_key;
	struct mg_hash_key key; /* addresses are chosen by strangers */
};

void mg_checks_init(struct mg_checks *c, const struct mg_hash_key *key);
void mg_checks_release(struct mg_checks *c);

/*
 * mg_checks_add - add counts to a row.
 *
 * check    in   the row, and what to add to it
 * origin   in   number of an origin, MG_ACCOUNT_NONE for none; that of the
 *               first call for a row stands
 */
void mg_checks_add(struct mg_checks *c, const struct mg_check *check,
		   uint32_t origin);

/* Forgets all rows, keeps the memory. */
void mg_checks_clear(struct mg_checks *c);

#endif
