/* SPDX-License-Identifier: MIT */
/*
 * judge_priv - the evidence as one clause sees it.
 */
#ifndef MG_JUDGE_PRIV_H
#define MG_JUDGE_PRIV_H

#include "mailguard/arena.h"
#include "mailguard/judge.h"

#define MG_JUDGE_NONE UINT32_MAX

/*
 * Counts above these are as good as endless: of a slot, and of a window. A
 * parser that lies makes them up, and neither the sum of a million nor a product
 * with percents may wrap.
 */
#define MG_JUDGE_ITEM_MAX ((int64_t)1 << 40)
#define MG_JUDGE_SUM_MAX ((int64_t)1 << 48)

struct mg_judge_item {
	uint32_t subject; /* number */
	uint32_t origin;  /* MG_JUDGE_NONE for nobody's */
	int64_t at;
	int64_t n, of;
	uint64_t tag; /* of what distinct ones are counted */
	bool is_new;
};

/* How much there is of a tag, while it is worked out. */
struct mg_judge_sum {
	uint64_t tag;
	int64_t n;
};

/* By subject, then slot. */
struct mg_judge_items {
	struct mg_judge_item *items; /* owned */
	size_t n;
	struct mg_slice *names; /* owned; by number of a subject; an address
				   as its 16 bytes */
	struct mg_ip *ips;      /* owned; what names of addresses borrow */
	struct mg_arena text;   /* likewise of mailboxes with an address */
};

/* Those of a clause; release them in any case. */
void mg_judge_collect(const struct mg_clause *c, const struct mg_docket *d,
		      struct mg_judge_items *out);
void mg_judge_items_release(struct mg_judge_items *items);

/*
 * How many different tags the items have that count anything. Scratch holds n.
 */
int64_t mg_judge_distinct(const struct mg_judge_item *items, size_t n,
			  struct mg_judge_sum *scratch);

/*
 * mg_judge_large - what a clause about messages to many says of a window: n is
 * how many recipients the largest had, or how many had the commonest subject
 * line; 0 for none. Scratch holds n.
 *
 * _is_large tells which items it was of.
 */
struct mg_judge_sum mg_judge_large(const struct mg_clause *c,
				   const struct mg_judge_item *items, size_t n,
				   struct mg_judge_sum *scratch);
bool mg_judge_is_large(const struct mg_clause *c,
		       const struct mg_judge_item *item,
		       const struct mg_judge_sum *sum);

#endif
