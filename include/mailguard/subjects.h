/* SPDX-License-Identifier: MIT */
/*
 * subjects - numbers for what is counted, given in the order of first sight.
 *
 * The parser child numbers origins and sender domains as it meets them, and
 * tells the parent each one once. Names come from the log; here they are
 * already in the allowed alphabet of their kind.
 */
#ifndef MAILGUARD_SUBJECTS_H
#define MAILGUARD_SUBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/arena.h"
#include "mailguard/hash.h"
#include "mailguard/map.h"
#include "mailguard/slice.h"

/* What stands for all whose names are too many; no name of any kind. */
extern const struct mg_slice mg_crowd_name;

/* Domain and account are numbers in the account tables. */
struct mg_subject {
	uint32_t kind;    /* enum mg_origin_kind, 0 for a sender's domain */
	uint32_t domain;  /* MG_ACCOUNT_NONE for none */
	uint32_t account; /* MG_ACCOUNT_NONE for none */
	struct mg_slice name;
};

struct mg_subjects {
	struct mg_subject *items; /* owned; by number */
	size_t n_items, cap_items;
	size_t n_told; /* the first so many are known to the parent */
	size_t max;    /* numbers of names stay below it */
	struct mg_arena names;
	struct mg_map by_key;
	struct mg_hash_key key;
};

void mg_subjects_init(struct mg_subjects *s, const struct mg_hash_key *key,
		      size_t max);
void mg_subjects_release(struct mg_subjects *s);

/*
 * mg_subjects_number - the number of a subject, a new one if it is new.
 *
 * Returns the number; when the maximum is reached, that of "*" of the same
 * kind, domain and account, so that sums stay right while names run out. Those
 * may lie above the maximum, and are no more than there are domains.
 */
uint32_t mg_subjects_number(struct mg_subjects *s,
			    const struct mg_subject *subject);

/* The number of a subject, MG_MAP_NONE where it has none. */
uint32_t mg_subjects_find(const struct mg_subjects *s,
			  const struct mg_subject *subject);

#endif
