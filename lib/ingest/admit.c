/* SPDX-License-Identifier: MIT */
#include "admit_priv.h"

#include <stdlib.h>

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* Hours outside these are no log's: 1990-01-01 and 2200-01-01. */
#define HOUR_MIN 631152000
#define HOUR_MAX 7258118400

void mg_admit_init(struct mg_admit *a, struct mg_store *store,
		   const struct mg_accounts *accounts, int64_t source,
		   int32_t hour_offset_s)
{
	*a = (struct mg_admit){
		.store = store,
		.accounts = accounts,
		.source = source,
		.hour_offset_s = hour_offset_s,
		.budget = { .store = store,
			    .accounts = accounts,
			    .max_names = MG_NAMES_MAX,
			    .max_senders = MG_SENDERS_HOUR_MAX,
			    .max_checks = MG_CHECK_ROWS_MAX },
	};
}

void mg_admit_release(struct mg_admit *a)
{
	mg_tally_release(&a->slots);
	for (int i = 0; i < MG_SPACES; i++) {
		mg_tally_release(&a->hours[i]);
		mg_mem_free(a->subjects[i]);
		a->subjects[i] = NULL;
		a->n_subjects[i] = a->cap_subjects[i] = 0;
		mg_arena_release(&a->names[i]);
	}
	mg_budget_release(&a->budget);
	mg_mem_free(a->facts);
	a->facts = NULL;
	a->cap_facts = 0;
}

static void add_subject(struct mg_admit *a, enum mg_space space,
			const struct mg_subject *subject, int64_t row)
{
	const size_t n = a->n_subjects[space]++;

	a->subjects[space] = mg_vec_room(a->subjects[space], n,
					 &a->cap_subjects[space],
					 sizeof(*a->subjects[space]));
	a->subjects[space][n] = (struct mg_admit_subject){
		.subject = *subject,
		.row = row,
	};
}

void mg_admit_know(struct mg_admit *a, enum mg_space space, int64_t row)
{
	add_subject(a, space, &(struct mg_subject){ .kind = 0 }, row);
}

static int add_origin_row(struct mg_admit *a, const struct mg_subject *s,
			  int64_t *row, struct mg_err *err)
{
	struct mg_origin origin = {
		.kind = (enum mg_origin_kind)s->kind,
		.name = s->name,
	};

	if (s->account != MG_ACCOUNT_NONE) {
		origin.domain = a->accounts->domains[s->domain].name;
		origin.account = a->accounts->accounts[s->account].name;
		origin.owner = a->accounts->accounts[s->account].owner;
	}
	return mg_budget_origin(&a->budget, &origin, s->account, row, err);
}

/*
 * Of names that somebody chose only so many are kept: those of the first lines,
 * so they take their row at once, in the order of the log.
 */
static bool takes_room(const struct mg_record_subject *s)
{
	return s->space == MG_SPACE_ORIGIN && s->kind != MG_ORIGIN_RELAY &&
	       s->kind != MG_ORIGIN_UNKNOWN;
}

static int admit_subject(struct mg_admit *a, const struct mg_record_subject *s,
			 struct mg_err *err)
{
	const struct mg_slice name = mg_slice_of(s->name, s->len);
	const struct mg_subject subject = {
		.kind = s->kind,
		.domain = s->domain,
		.account = s->account,
		.name = mg_arena_copy(&a->names[s->space], name),
	};
	int64_t row = 0;
	int rc = mg_admit_check_subject(a->accounts, s, err);

	if (rc == 0 && takes_room(s))
		rc = add_origin_row(a, &subject, &row, err);
	if (rc == 0)
		add_subject(a, (enum mg_space)s->space, &subject, row);
	return rc;
}

/* The row of an origin that may be none, made when it is first needed. */
static int origin_row(struct mg_admit *a, uint32_t number, int64_t *row,
		      struct mg_err *err)
{
	struct mg_admit_subject *s;
	int rc = 0;

	if (number == MG_ACCOUNT_NONE)
		return 0;
	if (number >= a->n_subjects[MG_SPACE_ORIGIN])
		return mg_admit_refuse(err, "a number");
	s = &a->subjects[MG_SPACE_ORIGIN][number];
	if (s->row == 0)
		rc = add_origin_row(a, &s->subject, &s->row, err);
	*row = s->row;
	return rc;
}

static int sender_row(struct mg_admit *a, uint32_t number, int64_t hour,
		      int64_t *row, struct mg_err *err)
{
	struct mg_admit_subject *s = &a->subjects[MG_SPACE_SENDER][number];

	return mg_budget_sender(&a->budget, hour, s->subject.name, &s->row, row,
				err);
}

/* Whether a time is the start of a period of some seconds. */
static bool is_period(const struct mg_admit *a, int64_t at, int seconds)
{
	return at >= HOUR_MIN && at <= HOUR_MAX &&
	       (at - a->hour_offset_s) % seconds == 0;
}

static void add(struct mg_tally *t, uint32_t subject, int64_t at,
		const struct mg_counts *counts)
{
	struct mg_counts *sum = mg_tally_at(t, subject, at);

	for (int i = 0; i < MG_COUNTS; i++)
		sum->n[i] += counts->n[i];
}

/* Facts of a chunk are gathered, and written in the order of their rows. */
static int admit_fact(struct mg_admit *a, const struct mg_record_fact *f,
		      struct mg_err *err)
{
	const bool is_origin = f->space == MG_SPACE_ORIGIN;
	int64_t hour;

	if (f->subject >= a->n_subjects[f->space])
		return mg_admit_refuse(err, "a number");
	if (!is_period(a, f->at, is_origin ? MG_SLOT_S : 3600))
		return mg_admit_refuse(err, is_origin ? "a slot" : "an hour");
	hour = f->at - (f->at - a->hour_offset_s) % 3600;
	if (a->is_dry)
		return 0;
	add(&a->hours[f->space], f->subject, hour, &f->counts);
	if (is_origin)
		add(&a->slots, f->subject, f->at, &f->counts);
	return 0;
}

static int admit_check(struct mg_admit *a, const struct mg_record_check *r,
		       struct mg_err *err)
{
	struct mg_check check = r->check;
	int64_t origin = 0;
	int rc;

	if (!is_period(a, r->check.hour, 3600))
		return mg_admit_refuse(err, "an hour");
	rc = origin_row(a, r->origin, &origin, err);
	if (rc < 0 || a->is_dry)
		return rc;
	rc = mg_budget_check(&a->budget, &check, &origin, err);
	if (rc < 0)
		return rc;
	return mg_store_add_check(a->store, &check, origin, err);
}

static int admit_flight(struct mg_admit *a, const struct mg_flight *f,
			struct mg_err *err)
{
	int64_t origin = 0;
	const int rc = origin_row(a, f->origin, &origin, err);

	if (rc < 0)
		return rc;
	return mg_store_put_flight(a->store, a->source, f, origin, err);
}

static int admit_caller(struct mg_admit *a, const struct mg_record_caller *c,
			struct mg_err *err)
{
	const struct mg_cwd cwd = {
		.at = c->at,
		.pid = c->pid,
		.directory = mg_slice_of(c->directory, c->len),
	};

	return mg_store_add_cwd(a->store, a->source, &cwd, err);
}

static int admit_shape(struct mg_admit *a, const struct mg_shape *s,
		       struct mg_err *err)
{
	return mg_store_add_shape(a->store, a->source, (int)s->why,
				  mg_slice_of(s->text, s->len), (int64_t)s->n,
				  err);
}

int mg_admit_record(struct mg_admit *a, const struct mg_record *record,
		    struct mg_err *err)
{
	switch (record->type) {
	case MG_RECORD_SUBJECT:
		return admit_subject(a, &record->body.subject, err);
	case MG_RECORD_FACT:
		return admit_fact(a, &record->body.fact, err);
	case MG_RECORD_CHECK:
		return admit_check(a, &record->body.check, err);
	case MG_RECORD_GONE:
		return mg_store_delete_flight(a->store, a->source,
					      record->body.gone, err);
	case MG_RECORD_FLIGHT:
		return admit_flight(a, &record->body.flight, err);
	case MG_RECORD_TRACKED:
		return mg_store_add_tracked(a->store, a->source,
					    record->body.tracked.id,
					    record->body.tracked.hash, err);
	case MG_RECORD_CALLER:
		return admit_caller(a, &record->body.caller, err);
	case MG_RECORD_ENTRY:
		return mg_store_put_entry(a->store, a->source,
					  &record->body.entry, err);
	case MG_RECORD_SHAPE:
		return admit_shape(a, &record->body.shape, err);
	default:
		return mg_fail(err, MG_EPARSE,
			       "the parser sent a record out of place");
	}
}

/* --- what was gathered, into the store --- */

static int by_place(const void *a, const void *b)
{
	const struct mg_store_fact *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* The cells of a tally from a time on, by time and row: as they lie in the
   tables, where neighbours cost least. */
static int put_in_order(struct mg_admit *a, enum mg_space space,
			const struct mg_tally *t, int64_t from,
			struct mg_err *err)
{
	int rc = 0;

	a->n_facts = 0;
	for (size_t i = 0; rc == 0 && i < t->n_cells; i++) {
		struct mg_store_fact *f;

		if (t->cells[i].at < from)
			continue;
		a->facts = mg_vec_room(a->facts, a->n_facts, &a->cap_facts,
				       sizeof(*a->facts));
		f = &a->facts[a->n_facts++];
		f->at = t->cells[i].at;
		f->counts = t->cells[i].counts;
		rc = space == MG_SPACE_ORIGIN
			     ? origin_row(a, t->cells[i].subject, &f->row, err)
			     : sender_row(a, t->cells[i].subject, f->at,
					  &f->row, err);
	}
	if (a->n_facts)
		qsort(a->facts, a->n_facts, sizeof(*a->facts), by_place);
	return rc;
}

static int write_hours(struct mg_admit *a, enum mg_space space,
		       struct mg_err *err)
{
	int rc = put_in_order(a, space, &a->hours[space], INT64_MIN, err);

	for (size_t i = 0; rc == 0 && i < a->n_facts; i++)
		rc = space == MG_SPACE_ORIGIN
			     ? mg_store_add_fact(a->store, &a->facts[i], err)
			     : mg_store_add_sender_fact(a->store, &a->facts[i],
							err);
	return rc;
}

static int write_slots(struct mg_admit *a, int64_t last_at, struct mg_err *err)
{
	/* A log without any stamp has reached no time. */
	const int64_t from = last_at < HOUR_MIN ? INT64_MIN
						: last_at - MG_SLOTS_KEPT_S;
	int rc = put_in_order(a, MG_SPACE_ORIGIN, &a->slots, from, err);

	if (rc == 0)
		rc = mg_store_drop_slots(a->store, a->source, from, err);
	for (size_t i = 0; rc == 0 && i < a->n_facts; i++)
		rc = mg_store_add_slot(a->store, a->source, &a->facts[i], err);
	return rc;
}

static void forget_senders(struct mg_admit *a)
{
	a->n_subjects[MG_SPACE_SENDER] = 0;
	mg_arena_release(&a->names[MG_SPACE_SENDER]);
}

int mg_admit_chunk(struct mg_admit *a, int64_t last_at, struct mg_err *err)
{
	int rc = 0;

	for (int space = 0; rc == 0 && space < MG_SPACES; space++)
		rc = write_hours(a, (enum mg_space)space, err);
	if (rc == 0)
		rc = write_slots(a, last_at, err);
	for (int space = 0; space < MG_SPACES; space++)
		mg_tally_clear(&a->hours[space]);
	mg_tally_clear(&a->slots);
	if (a->n_subjects[MG_SPACE_SENDER] > MG_SENDERS_KEPT)
		forget_senders(a);
	return rc;
}
