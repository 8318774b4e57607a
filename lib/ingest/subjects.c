/* SPDX-License-Identifier: MIT */
#include "mailguard/subjects.h"

#include "mailguard/account.h"
#include "mailguard/mem.h"
#include "mailguard/store.h"
#include "mailguard/vec.h"

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

/* What stands for all that come when the numbers run out. */
static const struct mg_subject origin_crowd = {
	.kind = MG_ORIGIN_UNKNOWN,
	.domain = MG_ACCOUNT_NONE,
	.account = MG_ACCOUNT_NONE,
	.name = MG_LIT_INIT("too-many-origins"),
};

static const struct mg_subject sender_crowd = {
	.domain = MG_ACCOUNT_NONE,
	.account = MG_ACCOUNT_NONE,
};

static bool is_crowd(const struct mg_subject *subject)
{
	return is_same(subject, &origin_crowd) ||
	       is_same(subject, &sender_crowd);
}

uint32_t mg_subjects_number(struct mg_subjects *s,
			    const struct mg_subject *subject)
{
	/* The name carries nearly all of what tells subjects apart. */
	const uint64_t hash = mg_hash_quick(&s->key, subject->name) +
			      subject->kind;
	uint32_t i;
	size_t at;

	for (i = mg_map_first(&s->by_key, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&s->by_key, hash, &at))
		if (is_same(&s->items[i], subject))
			return i;
	/* The last number is nobody's: no innocent pays for the crowd. */
	if (s->n_items + 1 >= s->max && !is_crowd(subject))
		return mg_subjects_number(s, subject->kind ? &origin_crowd
							   : &sender_crowd);
	i = (uint32_t)s->n_items;
	s->items = mg_vec_room(s->items, s->n_items, &s->cap_items,
			       sizeof(*s->items));
	s->items[s->n_items] = *subject;
	s->items[s->n_items++].name = mg_arena_copy(&s->names, subject->name);
	mg_map_add(&s->by_key, hash, i);
	return i;
}
