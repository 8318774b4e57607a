/* SPDX-License-Identifier: MIT */
#include "mailguard/larges.h"

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* Numbers of our own making and a keyed hash; the odd constants spread them. */
static uint64_t hash_of(uint32_t origin, const struct mg_large *l)
{
	const uint64_t x = ((uint64_t)l->at / MG_SLOT_S) << 32 ^ origin;
	const uint64_t y = (uint64_t)l->topic << 32 ^ l->n_recipients;

	return (x * 0x9e3779b97f4a7c15U ^ y * 0xc2b2ae3d27d4eb4fU) >> 8;
}

void mg_larges_add(struct mg_larges *l, uint32_t origin,
		   const struct mg_large *large)
{
	const uint64_t hash = hash_of(origin, large);
	size_t at;
	uint32_t i;

	for (i = mg_map_first(&l->by_key, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&l->by_key, hash, &at)) {
		struct mg_larges_cell *known = &l->cells[i];

		if (known->origin != origin || known->large.at != large->at ||
		    known->large.n_recipients != large->n_recipients ||
		    known->large.topic != large->topic)
			continue;
		known->large.n += large->n;
		return;
	}
	mg_map_add(&l->by_key, hash, (uint32_t)l->n_cells);
	l->cells = mg_vec_room(l->cells, l->n_cells, &l->cap_cells,
			       sizeof(*l->cells));
	l->cells[l->n_cells++] = (struct mg_larges_cell){ .large = *large,
							  .origin = origin };
}

void mg_larges_clear(struct mg_larges *l)
{
	if (l->n_cells)
		mg_map_clear(&l->by_key);
	l->n_cells = 0;
}

void mg_larges_release(struct mg_larges *l)
{
	mg_mem_free(l->cells);
	mg_map_release(&l->by_key);
	*l = (struct mg_larges){ 0 };
}
