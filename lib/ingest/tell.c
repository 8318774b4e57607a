/* SPDX-License-Identifier: MIT */
#include "tell_priv.h"

int mg_tell_say(struct mg_tell *t, const struct mg_record *record)
{
	return mg_record_write(&t->pipe, record, t->err);
}

int mg_tell_subjects(struct mg_tell *t, enum mg_space space,
		     struct mg_subjects *subjects, size_t to)
{
	struct mg_record record = { .type = MG_RECORD_SUBJECT };
	struct mg_record_subject *body = &record.body.subject;
	int rc = 0;

	if (t->is_brief && space == MG_SPACE_SENDER)
		subjects->n_told = to;
	for (; rc == 0 && subjects->n_told < to; subjects->n_told++) {
		const struct mg_subject *s = &subjects->items[subjects->n_told];

		body->space = space;
		body->kind = s->kind;
		body->domain = s->domain;
		body->account = s->account;
		body->len = (uint32_t)s->name.len;
		if (s->name.len)
			memcpy(body->name, s->name.ptr, s->name.len);
		rc = mg_tell_say(t, &record);
	}
	return rc;
}

static bool is_zero(const struct mg_counts *counts)
{
	for (int i = 0; i < MG_COUNTS; i++)
		if (counts->n[i])
			return false;
	return true;
}

int mg_tell_facts(struct mg_tell *t, enum mg_space space,
		  const struct mg_tally *tally, size_t from, size_t to)
{
	struct mg_record record = { .type = MG_RECORD_FACT };
	int rc = 0;

	if (t->is_brief)
		return 0;
	for (size_t i = from; rc == 0 && i < to; i++) {
		/* What was added and taken back again leaves no row. */
		if (is_zero(&tally->cells[i].counts))
			continue;
		record.body.fact = (struct mg_record_fact){
			.space = space,
			.subject = tally->cells[i].subject,
			.at = tally->cells[i].at,
			.counts = tally->cells[i].counts,
		};
		rc = mg_tell_say(t, &record);
	}
	return rc;
}

static int say_facts(struct mg_tell *t, enum mg_space space,
		     struct mg_tally *tally)
{
	const int rc = mg_tell_facts(t, space, tally, 0, tally->n_cells);

	mg_tally_clear(tally);
	return rc;
}

int mg_tell_larges(struct mg_tell *t, const struct mg_larges *l, size_t from,
		   size_t to)
{
	struct mg_record record = { .type = MG_RECORD_LARGE };
	int rc = 0;

	if (t->is_brief)
		return 0;
	for (size_t i = from; rc == 0 && i < to; i++) {
		/* What was added and taken back again leaves no row. */
		if (l->cells[i].large.n == 0)
			continue;
		record.body.large = (struct mg_record_large){
			.large = l->cells[i].large,
			.origin = l->cells[i].origin,
		};
		rc = mg_tell_say(t, &record);
	}
	return rc;
}

static int say_larges(struct mg_tell *t, struct mg_larges *l)
{
	const int rc = mg_tell_larges(t, l, 0, l->n_cells);

	mg_larges_clear(l);
	return rc;
}

int mg_tell_checks(struct mg_tell *t, struct mg_checks *checks)
{
	struct mg_record record = { .type = MG_RECORD_CHECK };
	int rc = 0;

	for (size_t i = 0; rc == 0 && !t->is_brief && i < checks->n_cells;
	     i++) {
		record.body.check.check = checks->cells[i].check;
		record.body.check.origin = checks->cells[i].origin;
		rc = mg_tell_say(t, &record);
	}
	mg_checks_clear(checks);
	return rc;
}

int mg_tell_tracked(struct mg_tell *t, const struct mg_flight_entry *e)
{
	struct mg_record record = { .type = MG_RECORD_TRACKED };
	int rc = 0;

	memcpy(record.body.tracked.id, e->flight.id, sizeof(e->flight.id));
	for (size_t i = e->n_tracked_told; rc == 0 && i < e->n_tracked; i++) {
		record.body.tracked.hash = e->tracked[i];
		rc = mg_tell_say(t, &record);
	}
	return rc;
}

/* Deletions first: an id that is gone may be in flight again. */
static int say_flights(struct mg_tell *t, struct mg_flights *f)
{
	struct mg_record record = { .type = MG_RECORD_GONE };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < f->n_gone; i++) {
		memcpy(record.body.gone, f->gone[i], sizeof(f->gone[i]));
		rc = mg_tell_say(t, &record);
	}
	record.type = MG_RECORD_FLIGHT;
	for (size_t i = 0; rc == 0 && i < f->n_dirty; i++) {
		const struct mg_flight_entry *e = &f->entries[f->dirty[i]];

		if (!e->is_live)
			continue;
		record.body.flight = e->flight;
		rc = mg_tell_say(t, &record);
		if (rc == 0)
			rc = mg_tell_tracked(t, e);
	}
	mg_flights_settle(f);
	return rc;
}

int mg_tell_caller(struct mg_tell *t, const struct mg_caller *caller)
{
	struct mg_record record = { .type = MG_RECORD_CALLER };
	struct mg_record_caller *body = &record.body.caller;

	memset(body, 0, sizeof(*body));
	body->at = caller->at;
	body->pid = caller->pid;
	body->len = caller->len;
	memcpy(body->directory, caller->directory, body->len);
	return mg_tell_say(t, &record);
}

int mg_tell_callers(struct mg_tell *t, const struct mg_counter *c)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->n_callers; i++)
		rc = mg_tell_caller(t, &c->callers[i]);
	return rc;
}

int mg_tell_shapes(struct mg_tell *t, const struct mg_shapes *shapes,
		   size_t from, size_t to)
{
	struct mg_record record = { .type = MG_RECORD_SHAPE };
	int rc = 0;

	for (size_t i = from; rc == 0 && i < to; i++) {
		record.body.shape = shapes->items[i];
		rc = mg_tell_say(t, &record);
	}
	return rc;
}

static int say_shapes(struct mg_tell *t, struct mg_shapes *shapes)
{
	const int rc = mg_tell_shapes(t, shapes, 0, shapes->n_items);

	shapes->n_items = 0;
	return rc;
}

int mg_tell_sums(struct mg_tell *t, struct mg_counter *c, int64_t from,
		 int64_t to)
{
	struct mg_record record = { .type = MG_RECORD_CHUNK };

	record.body.chunk = (struct mg_record_chunk){
		.from = from,
		.to = to,
		.first_at = c->first_at,
		.last_at = c->last_at,
		.next_seq = c->flights.next_seq,
		.n_orphans = c->n_orphans,
		.n_forgotten = c->flights.n_forgotten,
	};
	memcpy(record.body.chunk.n_lines, c->n_lines, sizeof(c->n_lines));
	memcpy(record.body.chunk.n_odd, c->n_odd, sizeof(c->n_odd));
	memset(c->n_lines, 0, sizeof(c->n_lines));
	memset(c->n_odd, 0, sizeof(c->n_odd));
	c->n_orphans = 0;
	c->flights.n_forgotten = 0;
	return mg_tell_say(t, &record);
}

int mg_tell_chunk(struct mg_tell *t, struct mg_counter *c, int64_t from,
		  int64_t to, struct mg_err *err)
{
	int rc;

	t->err = err;
	rc = mg_tell_subjects(t, MG_SPACE_ORIGIN, &c->origins,
			      c->origins.n_items);
	if (rc == 0)
		rc = mg_tell_subjects(t, MG_SPACE_SENDER, &c->senders,
				      c->senders.n_items);
	if (rc == 0)
		rc = say_facts(t, MG_SPACE_ORIGIN, &c->by_origin);
	if (rc == 0)
		rc = say_facts(t, MG_SPACE_SENDER, &c->by_sender);
	if (rc == 0)
		rc = say_larges(t, &c->larges);
	if (rc == 0)
		rc = mg_tell_checks(t, &c->checks);
	if (rc == 0)
		rc = say_flights(t, &c->flights);
	if (rc == 0)
		rc = mg_tell_callers(t, c);
	if (rc == 0)
		rc = say_shapes(t, &c->shapes);
	if (rc == 0)
		rc = mg_tell_sums(t, c, from, to);
	if (c->senders.n_items > MG_SENDERS_KEPT)
		mg_counter_forget_senders(c);
	return rc < 0 ? rc : mg_record_flush(&t->pipe, err);
}

int mg_tell_failed(struct mg_tell *t, int64_t at, int64_t file_at, int number,
		   struct mg_err *err)
{
	struct mg_record record = { .type = MG_RECORD_FAILED };
	int rc;

	t->err = err;
	record.body.failed.at = at;
	record.body.failed.file_at = file_at;
	record.body.failed.number = number;
	rc = mg_tell_say(t, &record);
	return rc < 0 ? rc : mg_record_flush(&t->pipe, err);
}

int mg_tell_seen(struct mg_tell *t, struct mg_seen *seen, struct mg_err *err)
{
	struct mg_record record = { .type = MG_RECORD_ENTRY };
	int rc = 0;

	t->err = err;
	for (size_t i = 0; rc == 0 && i < seen->n_series; i++) {
		struct mg_seen_series *s = &seen->series[i];

		if (s->is_told)
			continue;
		record.body.entry = s->last;
		rc = mg_tell_say(t, &record);
		s->is_told = true;
	}
	return rc;
}

int mg_tell_identity(struct mg_tell *t, const struct mg_identity *identity,
		     struct mg_err *err)
{
	struct mg_record record = { .type = MG_RECORD_IDENTITY };

	t->err = err;
	record.body.identity = (struct mg_record_identity){
		.match = identity->match,
		.log = identity->log,
		.offset = identity->offset,
	};
	return mg_tell_say(t, &record);
}

int mg_tell_place(struct mg_tell *t, const struct mg_place *place,
		  struct mg_err *err)
{
	struct mg_record record = { .type = MG_RECORD_PLACE };

	t->err = err;
	record.body.place = *place;
	return mg_tell_say(t, &record);
}

int mg_tell_end(struct mg_tell *t, int64_t at, struct mg_err *err)
{
	struct mg_record record = { .type = MG_RECORD_END };
	int rc;

	t->err = err;
	record.body.end.at = at;
	rc = mg_tell_say(t, &record);
	return rc < 0 ? rc : mg_record_flush(&t->pipe, err);
}

int mg_tell_peek(struct mg_tell *t, const struct mg_record_peek *peek,
		 struct mg_err *err)
{
	struct mg_record record = { .type = MG_RECORD_PEEK };
	int rc;

	t->err = err;
	record.body.peek = *peek;
	rc = mg_tell_say(t, &record);
	return rc < 0 ? rc : mg_record_flush(&t->pipe, err);
}
