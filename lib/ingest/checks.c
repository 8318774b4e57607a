/* SPDX-License-Identifier: MIT */
#include "mailguard/checks.h"

#include "mailguard/mem.h"
#include "mailguard/vec.h"

void mg_checks_init(struct mg_checks *c, const struct mg_hash_key *key)
{
	*c = (struct mg_checks){ .key = *key };
}

void mg_checks_release(struct mg_checks *c)
{
	mg_mem_free(c->cells);
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

void mg_checks_add(struct mg_checks *c, const struct mg_check *check,
		   uint32_t origin)
{
	const uint64_t hash = hash_of(c, check);
	size_t at;
	uint32_t i;

	for (i = mg_map_first(&c->by_key, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&c->by_key, hash, &at)) {
		struct mg_check *known = &c->cells[i].check;

		if (!is_same(known, check))
			continue;
		for (int k = 0; k < MG_CHECK_COUNTS; k++)
			known->n[k] += check->n[k];
		return;
	}
	mg_map_add(&c->by_key, hash, (uint32_t)c->n_cells);
	c->cells = mg_vec_room(c->cells, c->n_cells, &c->cap_cells,
			       sizeof(*c->cells));
	c->cells[c->n_cells++] = (struct mg_checks_cell){ .check = *check,
							  .origin = origin };
}

void mg_checks_clear(struct mg_checks *c)
{
	c->n_cells = 0;
	mg_map_clear(&c->by_key);
}
