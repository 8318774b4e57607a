/* SPDX-License-Identifier: MIT */
#include "mailguard/checks.h"

#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define RECENT                                                                 \
	(sizeof(((struct mg_checks *)0)->recent) /                             \
	 sizeof(struct mg_checks_slot))

void mg_checks_init(struct mg_checks *c, const struct mg_hash_key *key)
{
	*c = (struct mg_checks){ .key = *key };
	for (size_t i = 0; i < RECENT; i++)
		c->recent[i].at = INT64_MIN;
}

void mg_checks_release(struct mg_checks *c)
{
	mg_mem_free(c->cells);
	for (size_t i = 0; i < RECENT; i++)
		mg_map_release(&c->recent[i].by_key);
	mg_map_release(&c->by_key);
	mg_checks_init(c, &c->key);
}

static uint64_t hash_of(const struct mg_checks *c, const struct mg_check *check)
{
	char key[sizeof(check->at) + sizeof(check->ip) + sizeof(check->login)];

	memcpy(key, &check->at, sizeof(check->at));
	memcpy(key + sizeof(check->at), &check->ip, sizeof(check->ip));
	memcpy(key + sizeof(check->at) + sizeof(check->ip), &check->login,
	       sizeof(check->login));
	return mg_hash_quick(&c->key, mg_slice_of(key, sizeof(key)));
}

static bool is_same(const struct mg_check *a, const struct mg_check *b)
{
	return a->at == b->at && a->login == b->login &&
	       !memcmp(&a->ip, &b->ip, sizeof(a->ip));
}

/* The map of all rows. */
static struct mg_map *map_all(struct mg_checks *c)
{
	for (; c->n_mapped < c->n_cells; c->n_mapped++)
		mg_map_add(&c->by_key, hash_of(c, &c->cells[c->n_mapped].check),
			   (uint32_t)c->n_mapped);
	return &c->by_key;
}

/* A map that has every row of a slot. */
static struct mg_map *map_of(struct mg_checks *c, int64_t at)
{
	struct mg_checks_slot *slot =
		&c->recent[(uint64_t)(at / MG_SLOT_S) % RECENT];

	if (slot->at > at)
		return map_all(c);
	if (slot->at < at && slot->by_key.len)
		mg_map_clear(&slot->by_key);
	slot->at = at;
	return &slot->by_key;
}

void mg_checks_add(struct mg_checks *c, const struct mg_check *check,
		   uint32_t origin)
{
	const uint64_t hash = hash_of(c, check);
	struct mg_map *map = map_of(c, check->at);
	size_t at;
	uint32_t i;

	for (i = mg_map_first(map, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(map, hash, &at)) {
		struct mg_check *known = &c->cells[i].check;

		if (!is_same(known, check))
			continue;
		for (int k = 0; k < MG_CHECK_COUNTS; k++)
			known->n[k] += check->n[k];
		return;
	}
	if (map != &c->by_key) /* that one learns of it when it is asked */
		mg_map_add(map, hash, (uint32_t)c->n_cells);
	c->cells = mg_vec_room(c->cells, c->n_cells, &c->cap_cells,
			       sizeof(*c->cells));
	c->cells[c->n_cells++] = (struct mg_checks_cell){ .check = *check,
							  .origin = origin };
}

void mg_checks_clear(struct mg_checks *c)
{
	c->n_cells = 0;
	for (size_t i = 0; i < RECENT; i++) {
		c->recent[i].at = INT64_MIN;
		if (c->recent[i].by_key.len)
			mg_map_clear(&c->recent[i].by_key);
	}
	if (c->n_mapped)
		mg_map_clear(&c->by_key);
	c->n_mapped = 0;
}
