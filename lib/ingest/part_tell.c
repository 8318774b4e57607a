/* SPDX-License-Identifier: MIT */
/*
 * What a helper has counted, in the order in which the first child needs it:
 * what it must know before it takes any of it; then, for each line that was
 * left, what came before that line; then the rest.
 */
#include "part_priv.h"
#include "tell_priv.h"

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* The messages to tell, and how far telling has come. */
struct telling {
	struct mg_tell *tell;
	struct mg_counter *c;
	/* By order, NULL for those that are done; owned, the entries are not. */
	const struct mg_flight_entry **flights;
	size_t n_flights, at_flight;
	/* Those that are charged to an origin of a later line; owned likewise. */
	const struct mg_flight_entry **late;
	size_t n_late, cap_late;
	struct mg_part_mark told;
	size_t n_callers;
};

/* By their numbers, which run from 1. */
static void gather_flights(struct telling *t)
{
	const struct mg_flights *f = &t->c->flights;
	const struct mg_part *p = t->c->part;

	t->n_flights = f->next_seq - 1;
	t->flights = mg_mem_zalloc(t->n_flights + 1, sizeof(*t->flights));
	for (size_t i = 0; i < f->n_entries; i++)
		if (mg_part_know(&f->entries[i]) == MG_PART_OWN &&
		    f->entries[i].is_live)
			t->flights[f->entries[i].flight.seq - 1] =
				&f->entries[i];
	for (size_t i = 0; i < p->n_flights; i++)
		t->flights[p->flights[i].flight.seq - 1] = &p->flights[i];
}

static int tell_hashes(struct mg_tell *tell, enum mg_record_type type,
		       const struct mg_part_hashes *h)
{
	struct mg_record record = { .type = type };
	struct mg_record_hashes *body = &record.body.hashes;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < h->n; i += body->n) {
		body->n = h->n - i < MG_RECORD_HASHES ? h->n - i
						      : MG_RECORD_HASHES;
		memcpy(body->hashes, h->items + i,
		       body->n * sizeof(*body->hashes));
		rc = mg_tell_say(tell, &record);
	}
	return rc;
}

static int tell_part(struct telling *t, int64_t from, int64_t to)
{
	const struct mg_counter *c = t->c;
	const struct mg_part *p = c->part;
	struct mg_record record = { .type = MG_RECORD_PART };
	int rc;

	record.body.part = (struct mg_record_part){
		.from = from,
		.to = to,
		.first_at = c->first_at,
		.caller_min = p->caller_min,
		.n_added = c->flights.next_seq - 1 + p->n_notes,
		.n_callers = (uint32_t)p->n_callers_most,
		.n_alike = (uint32_t)c->flights.most_alike,
		.n_new = { (uint32_t)(c->origins.n_items - c->origins.n_told),
			   (uint32_t)(c->senders.n_items - c->senders.n_told) },
		.is_lost = p->is_lost,
		.is_yearless = p->is_yearless,
		.has_forgotten_senders = p->has_forgotten_senders,
	};
	rc = mg_tell_say(t->tell, &record);
	if (rc < 0 || p->is_lost)
		return rc;
	rc = tell_hashes(t->tell, MG_RECORD_ABSENT, &p->absent);
	if (rc == 0)
		rc = tell_hashes(t->tell, MG_RECORD_ASKED, &p->asked);
	return rc;
}

static int tell_flight(struct telling *t, const struct mg_flight_entry *e)
{
	struct mg_record record = { .type = MG_RECORD_FLIGHT };

	record.body.flight = e->flight;
	if (e->flight.origin != MG_ACCOUNT_NONE &&
	    e->flight.origin >= t->c->origins.n_told) {
		record.body.flight.origin = MG_ACCOUNT_NONE;
		t->late = mg_vec_room(t->late, t->n_late, &t->cap_late,
				      sizeof(*t->late));
		t->late[t->n_late++] = e;
	}
	return mg_tell_say(t->tell, &record);
}

static int tell_flights(struct telling *t, uint64_t n_added)
{
	int rc = 0;

	for (; rc == 0 && t->at_flight < n_added; t->at_flight++) {
		const struct mg_flight_entry *e = t->flights[t->at_flight];

		if (!e)
			continue;
		rc = tell_flight(t, e);
		if (rc == 0)
			rc = mg_tell_tracked(t->tell, e);
	}
	return rc;
}

/* All origins are named by now. */
static int tell_late(struct telling *t)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < t->n_late; i++)
		rc = tell_flight(t, t->late[i]);
	return rc;
}

/* What came before a line, or the end. */
static int tell_until(struct telling *t, const struct mg_part_mark *mark,
		      uint64_t n_added)
{
	struct mg_counter *c = t->c;
	int rc = mg_tell_subjects(t->tell, MG_SPACE_ORIGIN, &c->origins,
				  mark->n_subjects[MG_SPACE_ORIGIN]);

	if (rc == 0)
		rc = mg_tell_subjects(t->tell, MG_SPACE_SENDER, &c->senders,
				      mark->n_subjects[MG_SPACE_SENDER]);
	if (rc == 0)
		rc = mg_tell_facts(t->tell, MG_SPACE_ORIGIN, &c->by_origin,
				   t->told.n_cells[MG_SPACE_ORIGIN],
				   mark->n_cells[MG_SPACE_ORIGIN]);
	if (rc == 0)
		rc = mg_tell_facts(t->tell, MG_SPACE_SENDER, &c->by_sender,
				   t->told.n_cells[MG_SPACE_SENDER],
				   mark->n_cells[MG_SPACE_SENDER]);
	if (rc == 0)
		rc = mg_tell_larges(t->tell, &c->larges, t->told.n_larges,
				    mark->n_larges);
	if (rc == 0)
		rc = mg_tell_shapes(t->tell, &c->shapes, t->told.n_shapes,
				    mark->n_shapes);
	t->told = *mark;
	return rc < 0 ? rc : tell_flights(t, n_added);
}

static int tell_note(struct telling *t, const struct mg_part_note *n)
{
	struct mg_record record = { .type = MG_RECORD_NOTE };
	int rc = tell_until(t, &n->mark, n->note.n_added);

	for (; rc == 0 && t->n_callers < n->n_callers; t->n_callers++)
		rc = mg_tell_caller(t->tell,
				    &t->c->part->callers[t->n_callers]);
	record.body.note = n->note;
	return rc < 0 ? rc : mg_tell_say(t->tell, &record);
}

/* Behind the last line: what happened after it, and what is left at the end. */
static int tell_rest(struct telling *t, int64_t from, int64_t to)
{
	struct mg_counter *c = t->c;
	struct mg_record record = { .type = MG_RECORD_NOTE };
	const struct mg_part_mark all = mg_part_mark_of(c);
	int rc = tell_until(t, &all, t->n_flights);

	record.body.note = c->part->since;
	record.body.note.byte = to;
	record.body.note.n_added = c->flights.next_seq - 1;
	if (rc == 0)
		rc = mg_tell_say(t->tell, &record);
	if (rc == 0)
		rc = tell_late(t);
	if (rc == 0)
		rc = mg_tell_callers(t->tell, c);
	if (rc == 0)
		rc = mg_tell_checks(t->tell, &c->checks);
	return rc < 0 ? rc : mg_tell_sums(t->tell, c, from, to);
}

/* The subjects at least, since they have numbers; nothing else can be used. */
static int tell_lost(struct telling *t)
{
	const int rc = mg_tell_subjects(t->tell, MG_SPACE_ORIGIN,
					&t->c->origins, t->c->origins.n_items);

	return rc < 0 ? rc
		      : mg_tell_subjects(t->tell, MG_SPACE_SENDER,
					 &t->c->senders, t->c->senders.n_items);
}

static int tell_all(struct telling *t, int64_t from, int64_t to)
{
	const struct mg_part *p = t->c->part;
	int rc = tell_part(t, from, to);

	if (rc < 0)
		return rc;
	if (p->is_lost)
		return tell_lost(t);
	gather_flights(t);
	for (size_t i = 0; rc == 0 && i < p->n_notes; i++)
		rc = tell_note(t, &p->notes[i]);
	return rc < 0 ? rc : tell_rest(t, from, to);
}

int mg_part_tell(struct mg_tell *tell, struct mg_counter *c, int64_t from,
		 int64_t to, struct mg_err *err)
{
	struct telling t = { .tell = tell, .c = c };
	int rc;

	/* Shapes that found no room would be other ones in the first child. */
	for (size_t i = 0; i < c->shapes.n_items; i++)
		if (c->shapes.items[i].len == 0)
			c->part->is_lost = true;
	if (from == to)
		c->part->is_lost = true;
	if (tell->is_brief)
		c->senders.n_told = c->senders.n_items;
	tell->err = err;
	rc = tell_all(&t, from, to);
	mg_mem_free(t.late);
	mg_mem_free(t.flights);
	mg_part_begin(c);
	return rc < 0 ? rc : mg_record_flush(&tell->pipe, err);
}
