/* SPDX-License-Identifier: MIT */
/*
 * What was gathered of a chunk, into the store.
 *
 * Rows are put in the order in which the tables keep them: neighbours share a
 * page, and a page that is visited once is found, changed and kept once.
 */
#include "admit_priv.h"

#include <stdlib.h>
#include <string.h>

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* --- facts --- */

static int by_place(const void *a, const void *b)
{
	const struct mg_store_fact *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

static void sort_facts(struct mg_admit *a)
{
	if (a->n_facts)
		qsort(a->facts, a->n_facts, sizeof(*a->facts), by_place);
}

static struct mg_store_fact *add_fact(struct mg_admit *a,
				      const struct mg_tally_cell *cell)
{
	struct mg_store_fact *f;

	a->facts = mg_vec_room(a->facts, a->n_facts, &a->cap_facts,
			       sizeof(*a->facts));
	f = &a->facts[a->n_facts++];
	*f = (struct mg_store_fact){ .at = cell->at, .counts = cell->counts };
	return f;
}

/* Cells of origins from a time on, as facts in the order of the tables. */
static int gather_origins(struct mg_admit *a, const struct mg_tally_cell *cells,
			  size_t n, int64_t from, struct mg_err *err)
{
	int rc = 0;

	a->n_facts = 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (cells[i].at >= from)
			rc = mg_admit_origin_row(a, cells[i].subject,
						 &add_fact(a, &cells[i])->row,
						 err);
	sort_facts(a);
	return rc;
}

static int gather_senders(struct mg_admit *a, struct mg_err *err)
{
	const struct mg_tally *t = &a->hours[MG_SPACE_SENDER];
	int rc = 0;

	a->n_facts = 0;
	for (size_t i = 0; rc == 0 && i < t->n_cells; i++)
		rc = mg_budget_expect_sender(&a->budget, t->cells[i].at, err);
	for (size_t i = 0; rc == 0 && i < t->n_cells; i++) {
		const struct mg_tally_cell *cell = &t->cells[i];
		struct mg_admit_subject *s =
			&a->subjects[MG_SPACE_SENDER][cell->subject];

		rc = mg_budget_sender(&a->budget, cell->at, s->subject.name,
				      &s->row, &add_fact(a, cell)->row, err);
	}
	sort_facts(a);
	return rc;
}

static int write_hours(struct mg_admit *a, struct mg_err *err)
{
	const struct mg_tally *t = &a->hours[MG_SPACE_ORIGIN];
	int rc = gather_origins(a, t->cells, t->n_cells, INT64_MIN, err);

	if (rc == 0)
		rc = mg_store_add_facts(a->store, a->facts, a->n_facts, err);
	if (rc == 0)
		rc = gather_senders(a, err);
	if (rc == 0)
		rc = mg_store_add_sender_facts(a->store, a->facts, a->n_facts,
					       err);
	return rc;
}

/* A plan of another day says nothing of today: it is that of the tables. */
static void name_plans(struct mg_admit *a)
{
	struct mg_docket *d = &a->docket;

	mg_mem_free(d->plans);
	d->plans = mg_mem_zalloc(d->n_origins + 1, sizeof(*d->plans));
	for (size_t i = 0; i < d->n_origins; i++) {
		const uint32_t account =
			mg_accounts_user(a->accounts, d->origins[i].account);

		if (account != MG_ACCOUNT_NONE)
			d->plans[i] = a->accounts->accounts[account].plan;
	}
}

/* What was gathered, beside what the state has of the same windows. */
static int fill_docket(struct mg_admit *a, struct mg_err *err)
{
	int rc = gather_origins(a, a->slots, a->n_slots, INT64_MIN, err);

	a->docket.hour_offset_s = a->hour_offset_s;
	for (size_t i = 0; rc == 0 && i < a->n_facts; i++)
		mg_docket_add_mail(&a->docket, &a->facts[i], true);
	if (rc == 0)
		rc = mg_docket_load(&a->docket, a->store, a->reach_s, err);
	if (rc == 0)
		name_plans(a);
	return rc;
}

static int write_slots(struct mg_admit *a, int64_t last_at, struct mg_err *err)
{
	/* A log without any stamp has reached no time. */
	const int64_t from = last_at < MG_ADMIT_HOUR_MIN
				     ? INT64_MIN
				     : last_at - MG_SLOTS_KEPT_S;
	int rc = gather_origins(a, a->slots, a->n_slots, from, err);

	if (rc == 0)
		rc = mg_store_drop_slots(a->store, a->source, from, err);
	if (rc == 0)
		rc = mg_admit_write_large(a, from, err);
	if (rc == 0)
		rc = mg_store_add_slots(a->store, a->source, a->facts,
					a->n_facts, err);
	if (rc == 0 && a->reach_s)
		rc = mg_docket_keep_checks(&a->docket, a->store, a->source,
					   from, err);
	return rc;
}

/* --- checks --- */

static int by_check(const void *a, const void *b)
{
	const struct mg_check *x = &((const struct mg_store_check *)a)->check;
	const struct mg_check *y = &((const struct mg_store_check *)b)->check;
	const int64_t p = (int64_t)x->login, q = (int64_t)y->login;
	const int ips = memcmp(&x->ip, &y->ip, sizeof(x->ip));

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return ips ? ips : (p > q) - (p < q);
}

int mg_admit_write_checks(struct mg_admit *a, struct mg_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < a->n_checks; i++)
		rc = mg_budget_expect_check(&a->budget, &a->checks[i].check,
					    err);
	for (size_t i = 0; rc == 0 && i < a->n_checks; i++)
		rc = mg_budget_check(&a->budget, &a->checks[i].check,
				     &a->checks[i].origin, err);
	if (rc == 0 && a->n_checks) {
		qsort(a->checks, a->n_checks, sizeof(*a->checks), by_check);
		rc = mg_store_add_checks(a->store, a->checks, a->n_checks, err);
	}
	for (size_t i = 0; rc == 0 && a->reach_s && i < a->n_checks; i++)
		if (a->checks[i].slot <= a->latest)
			mg_docket_add_check(&a->docket, &a->checks[i], true);
	a->n_checks = 0;
	return rc;
}

/* --- all of it --- */

static void forget_senders(struct mg_admit *a)
{
	a->n_subjects[MG_SPACE_SENDER] = 0;
	mg_arena_release(&a->names[MG_SPACE_SENDER]);
}

int mg_admit_chunk(struct mg_admit *a, int64_t last_at, struct mg_err *err)
{
	int rc = write_hours(a, err);

	if (rc == 0)
		rc = mg_admit_write_checks(a, err);
	if (rc == 0)
		rc = mg_admit_settle_large(a, err);
	if (rc == 0 && a->reach_s)
		rc = fill_docket(a, err);
	if (rc == 0)
		rc = write_slots(a, last_at, err);
	for (int space = 0; space < MG_SPACES; space++)
		mg_tally_clear(&a->hours[space]);
	a->n_slots = a->n_large = 0;
	if (a->n_subjects[MG_SPACE_SENDER] > MG_SENDERS_KEPT)
		forget_senders(a);
	return rc;
}
