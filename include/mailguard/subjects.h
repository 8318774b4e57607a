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
	size_t max;    /* numbers never reach it */
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
 * Returns the number; when the maximum is reached, that of an unattributed
 * origin named "too-many-origins" (of the sender domain without a name), so
 * that the totals stay whole while names run out.
 */
uint32_t mg_subjects_number(struct mg_subjects *s,
			    const struct mg_subject *subject);

#endif
