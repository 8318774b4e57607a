/* SPDX-License-Identifier: MIT */
#include "mailguard/subjects.h"

#include "mailguard/account.h"
#include "mailguard/mem.h"
#include "mailguard/store.h"
#include "mailguard/vec.h"

const struct mg_slice mg_crowd_name = MG_LIT_INIT("*");

void mg_subjects_init(struct mg_subjects *s, const struct mg_hash_key *key,
		      size_t max)
{
	*s = (struct mg_subjects){ .key = *key, .max = max };
}

void mg_subjects_release(struct mg_subjects *s)
{
	mg_mem_free(s->items);
	mg_arena_release(&s->names);
	mg_map_release(&s->by_key);
	mg_subjects_init(s, &s->key, s->max);
}

static bool is_same(const struct mg_subject *a, const struct mg_subject *b)
{
	return a->kind == b->kind && a->domain == b->domain &&
	       a->account == b->account && mg_slice_is(a->name, b->name);
}

static uint32_t number_of_crowd(struct mg_subjects *s,
				const struct mg_subject *subject)
{
	struct mg_subject crowd = *subject;

	crowd.name = mg_crowd_name;
	return mg_subjects_number(s, &crowd);
}

/* The name carries nearly all of what tells subjects apart. */
static uint64_t hash_of(const struct mg_subjects *s,
			const struct mg_subject *subject)
{
	return mg_hash_quick(&s->key, subject->name) + subject->kind;
}

static uint32_t find(const struct mg_subjects *s,
		     const struct mg_subject *subject, uint64_t hash)
{
	uint32_t i;
	size_t at;

	for (i = mg_map_first(&s->by_key, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&s->by_key, hash, &at))
		if (is_same(&s->items[i], subject))
			break;
	return i;
}

uint32_t mg_subjects_find(const struct mg_subjects *s,
			  const struct mg_subject *subject)
{
	return find(s, subject, hash_of(s, subject));
}

uint32_t mg_subjects_number(struct mg_subjects *s,
			    const struct mg_subject *subject)
{
	const uint64_t hash = hash_of(s, subject);
	uint32_t i = find(s, subject, hash);

	if (i != MG_MAP_NONE)
		return i;
	if (s->n_items >= s->max && !mg_slice_is(subject->name, mg_crowd_name))
		return number_of_crowd(s, subject);
	i = (uint32_t)s->n_items;
	s->items = mg_vec_room(s->items, s->n_items, &s->cap_items,
			       sizeof(*s->items));
	s->items[s->n_items] = *subject;
	s->items[s->n_items++].name = mg_arena_copy(&s->names, subject->name);
	mg_map_add(&s->by_key, hash, i);
	return i;
}
