/* SPDX-License-Identifier: MIT */
/*
 * memo - numbers that were worked out for names, remembered for a while.
 *
 * For answers that depend on the name alone and take long to find. A name has
 * two places, side by side; one that comes new takes the first, and what was
 * there the second, so that the memory is fixed whatever strangers send. A
 * forgotten answer is worked out again and is the same.
 */
#ifndef MAILGUARD_MEMO_H
#define MAILGUARD_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/hash.h"
#include "mailguard/slice.h"

#define MG_MEMO_NAME_MAX 55 /* bytes; longer names are not remembered */

struct mg_memo_entry { /* 64 bytes: one line of the cache */
	uint32_t number;
	uint32_t other; /* a second answer; 0 until the caller sets it */
	uint8_t len;    /* 0 for an empty place */
	char name[MG_MEMO_NAME_MAX];
};

struct mg_memo {
	struct mg_memo_entry *entries; /* in memory, at a line of the cache */
	size_t n_entries;              /* a power of two, at least 2 */
	void *memory;                  /* owned */
	struct mg_hash_key key;
};

/* n_entries is a power of two from 2 on; a zeroed memo remembers nothing. */
void mg_memo_init(struct mg_memo *m, size_t n_entries,
		  const struct mg_hash_key *key);
void mg_memo_release(struct mg_memo *m);

/* Forgets all names. */
void mg_memo_clear(struct mg_memo *m);

/* The first of the two places of a name, or NULL for none that is kept. */
static inline struct mg_memo_entry *mg_memo_place(const struct mg_memo *m,
						  struct mg_slice name)
{
	if (!m->entries || name.len == 0 || name.len > MG_MEMO_NAME_MAX)
		return NULL;
	return &m->entries[mg_hash_quick(&m->key, name) & (m->n_entries - 2)];
}

static inline bool mg_memo_holds(const struct mg_memo_entry *e,
				 struct mg_slice name)
{
	return e->len == name.len && mg_slice_same(e->name, name.ptr, name.len);
}

/*
 * mg_memo_find - what is remembered of a name.
 *
 * Returns NULL for nothing. Stands until the next mg_memo_put; its numbers may
 * be changed.
 */
static inline struct mg_memo_entry *mg_memo_find(const struct mg_memo *m,
						 struct mg_slice name)
{
	struct mg_memo_entry *e = mg_memo_place(m, name);

	if (!e || mg_memo_holds(e, name))
		return e;
	return mg_memo_holds(e + 1, name) ? e + 1 : NULL;
}

/*
 * Asks the memory for what is remembered of a name that is looked for soon.
 * Returns the place that it most likely has, NULL for a name that has none.
 */
static inline const struct mg_memo_entry *
mg_memo_prefetch(const struct mg_memo *m, struct mg_slice name)
{
	const struct mg_memo_entry *e = mg_memo_place(m, name);

	if (e)
		__builtin_prefetch(e);
	return e;
}

/*
 * mg_memo_put - remember the number of a name that mg_memo_find did not find.
 *
 * Returns NULL for a name that is empty or too long, which is forgotten.
 */
struct mg_memo_entry *mg_memo_put(struct mg_memo *m, struct mg_slice name,
				  uint32_t number);

#endif
