/* SPDX-License-Identifier: MIT */
#include "mailguard/map.h"

#include <assert.h>

#include "mailguard/mem.h"

/* Open addressing, linear probing, at most half full. */

static size_t home(const struct mg_map *m, uint64_t hash)
{
	return (size_t)hash & (m->n_slots - 1);
}

static void wipe(struct mg_map *m)
{
	for (size_t i = 0; i < m->n_slots; i++)
		m->slots[i].number = MG_MAP_NONE;
	m->len = 0;
}

void mg_map_release(struct mg_map *m)
{
	mg_mem_free(m->slots);
	*m = (struct mg_map){ 0 };
}

void mg_map_clear(struct mg_map *m)
{
	wipe(m);
}

static void put(struct mg_map *m, uint64_t hash, uint32_t number)
{
	size_t i = home(m, hash);

	while (m->slots[i].number != MG_MAP_NONE)
		i = (i + 1) & (m->n_slots - 1);
	m->slots[i] = (struct mg_map_slot){ .hash = hash, .number = number };
	m->len++;
}

static void resize(struct mg_map *m, size_t n_slots)
{
	const struct mg_map old = *m;

	m->slots = mg_mem_zalloc(n_slots, sizeof(*m->slots));
	m->n_slots = n_slots;
	wipe(m);
	for (size_t i = 0; i < old.n_slots; i++)
		if (old.slots[i].number != MG_MAP_NONE)
			put(m, old.slots[i].hash, old.slots[i].number);
	mg_mem_free(old.slots);
}

void mg_map_reserve(struct mg_map *m, size_t n)
{
	size_t want = m->n_slots ? m->n_slots : 16;

	while (want < 2 * n)
		want *= 2;
	if (want > m->n_slots)
		resize(m, want);
}

void mg_map_add(struct mg_map *m, uint64_t hash, uint32_t number)
{
	assert(number != MG_MAP_NONE);
	if (m->len * 2 >= m->n_slots)
		resize(m, m->n_slots ? m->n_slots * 2 : 16);
	put(m, hash, number);
}

void mg_map_remove(struct mg_map *m, uint64_t hash, uint32_t number)
{
	const size_t mask = m->n_slots - 1;
	size_t hole, i;
	uint32_t found = mg_map_first(m, hash, &hole);

	while (found != MG_MAP_NONE && found != number)
		found = mg_map_next(m, hash, &hole);
	if (found == MG_MAP_NONE)
		return;
	/* Move up whatever would no longer be reached across the hole. */
	for (i = (hole + 1) & mask; m->slots[i].number != MG_MAP_NONE;
	     i = (i + 1) & mask) {
		const size_t want = home(m, m->slots[i].hash);

		if (((i - want) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole].number = MG_MAP_NONE;
	m->len--;
}
