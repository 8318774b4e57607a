/* SPDX-License-Identifier: MIT */
/*
 * Messages to many of a chunk, into the store.
 *
 * A subject line and a number of recipients are their sender's choice, so an
 * origin has MG_LARGE_ROWS_MAX rows in a slot, first come. What comes above them
 * loses its subject line and is kept as one of fewer recipients, the next power
 * of two below: never more than there were, and some twenty rows at most.
 */
#include "admit_priv.h"

#include <stdlib.h>

#include "mailguard/limits.h"
#include "mailguard/vec.h"

int mg_admit_large(struct mg_admit *a, const struct mg_record_large *r,
		   struct mg_err *err)
{
	struct mg_admit_large *l;

	if (r->origin >= a->n_subjects[MG_SPACE_ORIGIN])
		return mg_admit_refuse(err, "a number");
	if (!mg_admit_is_period(a, r->large.at, MG_SLOT_S))
		return mg_admit_refuse(err, "a slot");
	if (r->large.at > a->latest || (a->is_dry && !a->reach_s))
		return 0;
	a->large = mg_vec_room(a->large, a->n_large, &a->cap_large,
			       sizeof(*a->large));
	l = &a->large[a->n_large];
	*l = (struct mg_admit_large){ .row.large = r->large,
				      .origin = r->origin,
				      .order = a->n_large++ };
	return 0;
}

/* Those of a slot and an origin next to each other, as they came. */
static int by_place(const void *a, const void *b)
{
	const struct mg_admit_large *x = a, *y = b;

	if (x->row.large.at != y->row.large.at)
		return x->row.large.at < y->row.large.at ? -1 : 1;
	if (x->row.row != y->row.row)
		return x->row.row < y->row.row ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void fold(struct mg_large *l)
{
	uint32_t n = MG_LARGE_MIN;

	for (; n <= l->n_recipients / 2; n *= 2)
		;
	l->n_recipients = n;
	l->topic = 0;
}

/* The rows of a slot and an origin, of which the store has so many. */
static int find_room(struct mg_admit *a, struct mg_admit_large *rows, size_t n,
		     int64_t n_stored, struct mg_err *err)
{
	int rc = 0;

	if (n_stored + (int64_t)n <= MG_LARGE_ROWS_MAX)
		return 0;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		bool is_there = false;

		rc = mg_store_has_large(a->store, a->source, &rows[i].row,
					&is_there, err);
		if (!is_there && n_stored >= MG_LARGE_ROWS_MAX)
			fold(&rows[i].row.large);
		else if (!is_there)
			n_stored++;
	}
	return rc;
}

static bool is_same_place(const struct mg_admit_large *x,
			  const struct mg_admit_large *y)
{
	return x->row.large.at == y->row.large.at && x->row.row == y->row.row;
}

int mg_admit_settle_large(struct mg_admit *a, struct mg_err *err)
{
	size_t n;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < a->n_large; i++)
		rc = mg_admit_origin_row(a, a->large[i].origin,
					 &a->large[i].row.row, err);
	if (rc < 0 || a->n_large == 0)
		return rc;
	qsort(a->large, a->n_large, sizeof(*a->large), by_place);
	for (size_t i = 0; rc == 0 && i < a->n_large; i += n) {
		struct mg_admit_large *rows = a->large + i;
		int64_t n_stored = 0;

		for (n = 1; i + n < a->n_large && is_same_place(rows, rows + n);
		     n++)
			;
		rc = mg_store_count_large(a->store, a->source, &rows->row,
					  &n_stored, err);
		if (rc == 0)
			rc = find_room(a, rows, n, n_stored, err);
	}
	for (size_t i = 0; rc == 0 && a->reach_s && i < a->n_large; i++)
		mg_docket_add_large(&a->docket, &a->large[i].row, true);
	return rc;
}

int mg_admit_write_large(struct mg_admit *a, int64_t from, struct mg_err *err)
{
	int rc = mg_store_drop_large(a->store, a->source, from, err);

	for (size_t i = 0; rc == 0 && i < a->n_large; i++)
		if (a->large[i].row.large.at >= from)
			rc = mg_store_add_large(a->store, a->source,
						&a->large[i].row, err);
	return rc;
}
