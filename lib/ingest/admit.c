/* SPDX-License-Identifier: MIT */
#include "admit_priv.h"

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

void mg_admit_init(struct mg_admit *a, struct mg_store *store,
		   const struct mg_accounts *accounts, int64_t source,
		   int32_t hour_offset_s)
{
	*a = (struct mg_admit){
		.store = store,
		.accounts = accounts,
		.source = source,
		.hour_offset_s = hour_offset_s,
		.latest = INT64_MAX,
		.budget = { .store = store,
			    .accounts = accounts,
			    .max_names = MG_NAMES_MAX,
			    .max_senders = MG_SENDERS_HOUR_MAX,
			    .max_checks = MG_CHECK_ROWS_MAX,
			    .max_net_checks = MG_CHECK_NET_ROWS_MAX },
	};
}

void mg_admit_release(struct mg_admit *a)
{
	for (int i = 0; i < MG_SPACES; i++) {
		mg_tally_release(&a->hours[i]);
		mg_mem_free(a->subjects[i]);
		a->subjects[i] = NULL;
		a->n_subjects[i] = a->cap_subjects[i] = 0;
		mg_arena_release(&a->names[i]);
	}
	mg_budget_release(&a->budget);
	mg_docket_release(&a->docket);
	mg_mem_free(a->slots);
	mg_mem_free(a->large);
	mg_mem_free(a->checks);
	mg_mem_free(a->facts);
	a->slots = NULL;
	a->large = NULL;
	a->checks = NULL;
	a->facts = NULL;
	a->n_large = a->cap_large = 0;
	a->n_slots = a->cap_slots = a->n_checks = a->cap_facts = 0;
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
	int rc = 0;

	if (a->is_brief)
		rc = mg_admit_check_subject(a->accounts, MG_SPACE_ORIGIN, s,
					    err);
	if (rc < 0)
		return rc;
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
	const enum mg_space space = (enum mg_space)s->space;
	const struct mg_slice name = mg_slice_of(s->name, s->len);
	const struct mg_subject subject = {
		.kind = s->kind,
		.domain = s->domain,
		.account = s->account,
		.name = mg_arena_copy(&a->names[space], name),
	};
	int64_t row = 0;
	int rc = 0;

	if (!a->is_brief)
		rc = mg_admit_check_subject(a->accounts, space, &subject, err);
	if (rc == 0 && !a->is_brief && takes_room(s))
		rc = add_origin_row(a, &subject, &row, err);
	if (rc == 0)
		add_subject(a, space, &subject, row);
	return rc;
}

int mg_admit_origin_row(struct mg_admit *a, uint32_t number, int64_t *row,
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

bool mg_admit_is_period(const struct mg_admit *a, int64_t at, int seconds)
{
	return at >= MG_ADMIT_HOUR_MIN && at <= MG_ADMIT_HOUR_MAX &&
	       (at - a->hour_offset_s) % seconds == 0;
}

static void add(struct mg_tally *t, uint32_t subject, int64_t at,
		const struct mg_counts *counts)
{
	struct mg_counts *sum = mg_tally_at(t, subject, at);

	for (int i = 0; i < MG_COUNTS; i++)
		sum->n[i] += counts->n[i];
}

static void add_slot(struct mg_admit *a, const struct mg_record_fact *f)
{
	a->slots = mg_vec_room(a->slots, a->n_slots, &a->cap_slots,
			       sizeof(*a->slots));
	a->slots[a->n_slots++] = (struct mg_tally_cell){
		.subject = f->subject,
		.at = f->at,
		.counts = f->counts,
	};
}

/* Facts of a chunk are gathered, and written in the order of their rows. */
static int admit_fact(struct mg_admit *a, const struct mg_record_fact *f,
		      struct mg_err *err)
{
	const bool is_origin = f->space == MG_SPACE_ORIGIN;
	int64_t hour;

	if (f->subject >= a->n_subjects[f->space])
		return mg_admit_refuse(err, "a number");
	if (!mg_admit_is_period(a, f->at, is_origin ? MG_SLOT_S : 3600))
		return mg_admit_refuse(err, is_origin ? "a slot" : "an hour");
	hour = f->at - (f->at - a->hour_offset_s) % 3600;
	if (!a->is_dry)
		add(&a->hours[f->space], f->subject, hour, &f->counts);
	/* Of a dry run only what the next chunk is judged by. Slots of a time
	   to come would be kept until it does, and each hour of it judged. */
	if (is_origin && f->at <= a->latest && (!a->is_dry || a->reach_s))
		add_slot(a, f);
	return 0;
}

static int admit_check(struct mg_admit *a, const struct mg_record_check *r,
		       struct mg_err *err)
{
	struct mg_store_check *c;
	int64_t origin = 0;
	int rc;

	if (!mg_admit_is_period(a, r->check.at, MG_SLOT_S))
		return mg_admit_refuse(err, "a slot");
	rc = mg_admit_origin_row(a, r->origin, &origin, err);
	if (rc < 0 || (a->is_dry && !a->reach_s))
		return rc;
	if (!a->checks)
		a->checks = mg_mem_zalloc(MG_ADMIT_CHECKS, sizeof(*a->checks));
	c = &a->checks[a->n_checks++];
	c->check = r->check;
	c->check.at -= (r->check.at - a->hour_offset_s) % 3600;
	c->slot = r->check.at;
	c->origin = origin;
	return a->n_checks < MG_ADMIT_CHECKS ? 0
					     : mg_admit_write_checks(a, err);
}

static int admit_flight(struct mg_admit *a, const struct mg_flight *f,
			struct mg_err *err)
{
	int64_t origin = 0;
	const int rc = mg_admit_origin_row(a, f->origin, &origin, err);

	if (rc < 0)
		return rc;
	memcpy(a->flight, f->id, sizeof(a->flight));
	return mg_store_put_flight(a->store, a->source, f, origin, err);
}

/* They follow the message that they belong to. */
static int admit_tracked(struct mg_admit *a, const struct mg_record_tracked *t,
			 struct mg_err *err)
{
	if (memcmp(a->flight, t->id, sizeof(t->id)) != 0)
		return mg_admit_refuse(err, "recipients of another message");
	return mg_store_add_tracked(a->store, a->source, t->id, t->hash, err);
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
	case MG_RECORD_LARGE:
		return mg_admit_large(a, &record->body.large, err);
	case MG_RECORD_CHECK:
		return admit_check(a, &record->body.check, err);
	case MG_RECORD_GONE:
		return mg_store_delete_flight(a->store, a->source,
					      record->body.gone, err);
	case MG_RECORD_FLIGHT:
		return admit_flight(a, &record->body.flight, err);
	case MG_RECORD_TRACKED:
		return admit_tracked(a, &record->body.tracked, err);
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
