/* SPDX-License-Identifier: MIT */
/*
 * map - from a 64-bit hash to the numbers of things kept in an array.
 *
 * The map holds no keys: the caller keeps its things in an array, asks for the
 * numbers that carry a hash, and compares the real keys itself:
 *
 *     for (i = mg_map_first(&m, h, &at); i != MG_MAP_NONE;
 *          i = mg_map_next(&m, h, &at))
 *             if (mg_slice_is(things[i].name, name))
 *                     return i;
 *
 * Hashes of names that strangers choose come from mg_hash with a secret key,
 * else one of them could make every look-up slow.
 */
#ifndef MAILGUARD_MAP_H
#define MAILGUARD_MAP_H

#include <stddef.h>
#include <stdint.h>

#define MG_MAP_NONE UINT32_MAX

struct mg_map_slot {
	uint64_t hash;
	uint32_t number; /* MG_MAP_NONE in an empty slot */
};

/* Zeroed it is an empty map. */
struct mg_map {
	struct mg_map_slot *slots; /* owned */
	size_t n_slots;            /* a power of two, or 0 */
	size_t len;
};

/* Frees what it holds; accepts a zeroed one. */
void mg_map_release(struct mg_map *m);

/* Makes it empty, keeps the memory. */
void mg_map_clear(struct mg_map *m);

/* Makes room for n numbers in all, so that adding them moves nothing. */
void mg_map_reserve(struct mg_map *m, size_t n);

/*
 * Adds a number under a hash. The same pair twice stands there twice; number
 * must not be MG_MAP_NONE.
 */
void mg_map_add(struct mg_map *m, uint64_t hash, uint32_t number);

/* Takes one such pair out; none there is fine. */
void mg_map_remove(struct mg_map *m, uint64_t hash, uint32_t number);

/* The next one after mg_map_first or mg_map_next with the same hash. */
static inline uint32_t mg_map_next(const struct mg_map *m, uint64_t hash,
				   size_t *at)
{
	for (;;) {
		*at = (*at + 1) & (m->n_slots - 1);
		if (m->slots[*at].number == MG_MAP_NONE ||
		    m->slots[*at].hash == hash)
			return m->slots[*at].number;
	}
}

/* The first number under a hash, MG_MAP_NONE when there is none. */
static inline uint32_t mg_map_first(const struct mg_map *m, uint64_t hash,
				    size_t *at)
{
	*at = (size_t)hash - 1; /* _next steps forward first */
	return m->n_slots ? mg_map_next(m, hash, at) : MG_MAP_NONE;
}

#endif
