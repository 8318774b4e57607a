/* SPDX-License-Identifier: MIT */
#include "mailguard/tally.h"

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/*
 * Both parts are numbers of our own making, so no key is needed; the odd
 * constant (2^64 divided by the golden ratio) spreads them.
 */
static uint64_t hash_of(uint32_t subject, int64_t at)
{
	const uint64_t x = ((uint64_t)at / MG_SLOT_S) << 32 ^ subject;

	return x * 0x9e3779b97f4a7c15U >> 16;
}

static uint32_t find_cell(const struct mg_tally *t, uint32_t subject,
			  int64_t at)
{
	const uint64_t hash = hash_of(subject, at);
	size_t place;
	uint32_t i;

	for (i = mg_map_first(&t->by_key, hash, &place); i != MG_MAP_NONE;
	     i = mg_map_next(&t->by_key, hash, &place))
		if (t->cells[i].subject == subject && t->cells[i].at == at)
			break;
	return i;
}

static uint32_t add_cell(struct mg_tally *t, uint32_t subject, int64_t at)
{
	const uint32_t i = (uint32_t)t->n_cells;

	t->cells = mg_vec_room(t->cells, t->n_cells, &t->cap_cells,
			       sizeof(*t->cells));
	t->cells[t->n_cells++] = (struct mg_tally_cell){ .subject = subject,
							 .at = at };
	mg_map_add(&t->by_key, hash_of(subject, at), i);
	return i;
}

static void know_subject(struct mg_tally *t, uint32_t subject)
{
	size_t want = t->n_last ? t->n_last : 64;

	if (subject < t->n_last)
		return;
	while (want <= subject)
		want *= 2;
	t->last = mg_mem_resize(t->last, want, sizeof(*t->last));
	memset(t->last + t->n_last, 0, (want - t->n_last) * sizeof(*t->last));
	t->n_last = want;
}

struct mg_counts *mg_tally_at(struct mg_tally *t, uint32_t subject, int64_t at)
{
	uint32_t i;

	know_subject(t, subject);
	i = t->last[subject];
	if (i == 0 || t->cells[i - 1].at != at) {
		i = find_cell(t, subject, at);
		if (i == MG_MAP_NONE)
			i = add_cell(t, subject, at);
		t->last[subject] = ++i;
	}
	return &t->cells[i - 1].counts;
}

void mg_tally_clear(struct mg_tally *t)
{
	for (size_t i = 0; i < t->n_cells; i++)
		t->last[t->cells[i].subject] = 0;
	t->n_cells = 0;
	mg_map_clear(&t->by_key);
}

void mg_tally_release(struct mg_tally *t)
{
	mg_mem_free(t->cells);
	mg_mem_free(t->last);
	mg_map_release(&t->by_key);
	*t = (struct mg_tally){ 0 };
}
