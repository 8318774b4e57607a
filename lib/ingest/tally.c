/* SPDX-License-Identifier: MIT */
#include "mailguard/tally.h"

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

/* Cells of a subject that are looked at one by one, the latest first. */
#define NEAR 4

/* One of those that lie further back. */
static uint32_t find_mapped(struct mg_tally *t, uint32_t subject, int64_t at)
{
	const uint64_t hash = hash_of(subject, at);
	size_t place;
	uint32_t i;

	for (; t->n_mapped < t->n_cells; t->n_mapped++) {
		const struct mg_tally_cell *cell = &t->cells[t->n_mapped];

		mg_map_add(&t->by_key, hash_of(cell->subject, cell->at),
			   (uint32_t)t->n_mapped);
	}
	for (i = mg_map_first(&t->by_key, hash, &place); i != MG_MAP_NONE;
	     i = mg_map_next(&t->by_key, hash, &place))
		if (t->cells[i].subject == subject && t->cells[i].at == at)
			break;
	return i;
}

/* A new cell, in front of another of its subject (number + 1; 0 for none). */
static uint32_t add_cell(struct mg_tally *t, uint32_t subject, int64_t at,
			 uint32_t before)
{
	t->cells = mg_vec_room(t->cells, t->n_cells, &t->cap_cells,
			       sizeof(*t->cells));
	t->cells[t->n_cells++] = (struct mg_tally_cell){ .subject = subject,
							 .before = before,
							 .at = at };
	return (uint32_t)t->n_cells;
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

/* The number + 1 of a cell that lies before the latest one of its subject. */
static uint32_t seek_before(struct mg_tally *t, uint32_t subject, int64_t at)
{
	uint32_t after = t->last[subject].cell, i;

	for (int n = 0; n < NEAR; n++) {
		i = t->cells[after - 1].before;
		if (i && t->cells[i - 1].at == at)
			return i;
		if (i == 0 || t->cells[i - 1].at < at) {
			i = add_cell(t, subject, at, i);
			t->cells[after - 1].before = i;
			return i;
		}
		after = i;
	}
	/* One that is new lies behind those that were looked at, and always
	   will: only the map need know it. */
	i = find_mapped(t, subject, at);
	return i != MG_MAP_NONE ? i + 1 : add_cell(t, subject, at, 0);
}

struct mg_counts *mg_tally_seek(struct mg_tally *t, uint32_t subject,
				int64_t at)
{
	const int32_t period = mg_tally_period(at);
	struct mg_tally_last *last;
	uint32_t i;

	know_subject(t, subject);
	last = &t->last[subject];
	if (last->cell && last->period == period) {
		i = last->cell;
	} else if (last->cell && last->period > period) {
		i = seek_before(t, subject, at);
	} else {
		i = add_cell(t, subject, at, last->cell);
		*last = (struct mg_tally_last){ i, period };
	}
	return &t->cells[i - 1].counts;
}

void mg_tally_clear(struct mg_tally *t)
{
	for (size_t i = 0; i < t->n_cells; i++)
		t->last[t->cells[i].subject].cell = 0;
	t->n_cells = 0;
	if (t->n_mapped)
		mg_map_clear(&t->by_key);
	t->n_mapped = 0;
}

void mg_tally_release(struct mg_tally *t)
{
	mg_mem_free(t->cells);
	mg_mem_free(t->last);
	mg_map_release(&t->by_key);
	*t = (struct mg_tally){ 0 };
}
