/* SPDX-License-Identifier: MIT */
/*
 * memo - numbers that were worked out for names, remembered for a while.
 *
 * For answers that depend on the name alone and take long to find. A name that
 * shares its place with another is forgotten for it, so the memory is fixed
 * whatever strangers send; a forgotten answer is worked out again and is the
 * same.
 */
#ifndef MAILGUARD_MEMO_H
#define MAILGUARD_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/hash.h"
#include "mailguard/slice.h"

#define MG_MEMO_NAME_MAX 59 /* bytes; longer names are not remembered */

struct mg_memo_entry { /* 64 bytes: one line of the cache */
	uint32_t number;
	uint8_t len; /* 0 for an empty place */
	char name[MG_MEMO_NAME_MAX];
};

struct mg_memo {
	struct mg_memo_entry *entries; /* owned */
	size_t n_entries;              /* a power of two */
	struct mg_hash_key key;
};

/* n_entries is a power of two; a zeroed memo remembers nothing. */
void mg_memo_init(struct mg_memo *m, size_t n_entries,
		  const struct mg_hash_key *key);
void mg_memo_release(struct mg_memo *m);

/* Forgets all names. */
void mg_memo_clear(struct mg_memo *m);

/*
 * mg_memo_at - the place of a name.
 *
 * Returns the place, which holds the name if mg_memo_holds says so, or NULL for
 * a name that is empty or too long.
 */
struct mg_memo_entry *mg_memo_at(struct mg_memo *m, struct mg_slice name);

static inline bool mg_memo_holds(const struct mg_memo_entry *e,
				 struct mg_slice name)
{
	return e && e->len == name.len &&
	       mg_slice_same(e->name, name.ptr, name.len);
}

/* Remembers a number at the place of its name; a NULL place forgets it. */
static inline void mg_memo_put(struct mg_memo_entry *e, struct mg_slice name,
			       uint32_t number)
{
	if (!e)
		return;
	e->number = number;
	e->len = (uint8_t)name.len;
	memcpy(e->name, name.ptr, name.len);
}

#endif
