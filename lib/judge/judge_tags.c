/* SPDX-License-Identifier: MIT */
/*
 * What the tags of a window say: how many there are, and of messages to many how
 * many recipients the largest had, and how often the same was sent.
 *
 * The tag of such messages is a number of recipients and, in its lower half, a
 * subject line. What a message was before it got one recipient more is taken
 * back, so only sums say what there was.
 */
#include "judge_priv.h"

#include <stdlib.h>

#define TOPIC UINT64_C(0xffffffff)

static int by_tag(const void *a, const void *b)
{
	const struct mg_judge_sum *x = a, *y = b;

	return (x->tag > y->tag) - (x->tag < y->tag);
}

int64_t mg_judge_distinct(const struct mg_judge_item *items, size_t n,
			  struct mg_judge_sum *scratch)
{
	size_t n_tags = 0;
	int64_t n_distinct = 0;

	for (size_t i = 0; i < n; i++)
		if (items[i].n > 0)
			scratch[n_tags++].tag = items[i].tag;
	if (n_tags)
		qsort(scratch, n_tags, sizeof(*scratch), by_tag);
	for (size_t i = 0; i < n_tags; i++)
		n_distinct += i == 0 || scratch[i].tag != scratch[i - 1].tag;
	return n_distinct;
}

/* Sums by tag under a mask, rising. Returns how many there are. */
static size_t sum_up(const struct mg_judge_item *items, size_t n, uint64_t mask,
		     struct mg_judge_sum *sums)
{
	size_t n_sums = 0;

	for (size_t i = 0; i < n; i++)
		sums[i] = (struct mg_judge_sum){ items[i].tag & mask,
						 items[i].n };
	if (n)
		qsort(sums, n, sizeof(*sums), by_tag);
	for (size_t i = 0; i < n; i++) {
		if (n_sums && sums[n_sums - 1].tag == sums[i].tag)
			sums[n_sums - 1].n += sums[i].n;
		else
			sums[n_sums++] = sums[i];
	}
	return n_sums;
}

static struct mg_judge_sum largest(const struct mg_judge_item *items, size_t n,
				   struct mg_judge_sum *scratch)
{
	size_t n_sums = sum_up(items, n, ~TOPIC, scratch);

	while (n_sums && scratch[n_sums - 1].n <= 0)
		n_sums--;
	if (n_sums == 0)
		return (struct mg_judge_sum){ 0 };
	return (struct mg_judge_sum){
		.tag = scratch[n_sums - 1].tag,
		.n = (int64_t)(scratch[n_sums - 1].tag >> 32),
	};
}

static struct mg_judge_sum most_alike(const struct mg_judge_item *items,
				      size_t n, struct mg_judge_sum *scratch)
{
	const size_t n_sums = sum_up(items, n, TOPIC, scratch);
	struct mg_judge_sum most = { 0 };

	for (size_t i = 0; i < n_sums; i++)
		if (scratch[i].n > most.n)
			most = scratch[i];
	return most;
}

struct mg_judge_sum mg_judge_large(const struct mg_clause *c,
				   const struct mg_judge_item *items, size_t n,
				   struct mg_judge_sum *scratch)
{
	return c->rule == MG_RULE_MASS_PROFILE ? most_alike(items, n, scratch)
					       : largest(items, n, scratch);
}

bool mg_judge_is_large(const struct mg_clause *c,
		       const struct mg_judge_item *item,
		       const struct mg_judge_sum *sum)
{
	const uint64_t mask = c->rule == MG_RULE_MASS_PROFILE ? TOPIC : ~TOPIC;

	return (item->tag & mask) == sum->tag;
}
