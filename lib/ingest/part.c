/* SPDX-License-Identifier: MIT */
#include "part_priv.h"

#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* No event since the last note. */
static const struct mg_record_note nothing = { .forget_at = INT64_MIN,
					       .caller_at = INT64_MIN };

static void add_hash(struct mg_part_hashes *h, uint64_t hash)
{
	h->items = mg_vec_room(h->items, h->n, &h->cap, sizeof(*h->items));
	h->items[h->n++] = hash;
}

void mg_part_begin(struct mg_counter *c)
{
	struct mg_part *p = c->part;

	p->has_forgotten_senders = c->senders.n_items > MG_SENDERS_KEPT;
	if (p->has_forgotten_senders)
		mg_counter_forget_senders(c);
	p->is_lost = p->is_yearless = false;
	p->zone_end = INT64_MIN;
	p->added_min = p->caller_min = INT64_MAX;
	p->added_max = INT64_MIN;
	p->n_callers_most = 0;
	p->since = nothing;
	for (size_t i = 0; i < p->n_flights; i++)
		mg_mem_free(p->flights[i].tracked);
	p->n_notes = p->n_callers = p->n_flights = 0;
	p->absent.n = p->asked.n = 0;
	if (p->away.len)
		mg_map_clear(&p->away);
	mg_flights_release(&c->flights);
	mg_tally_clear(&c->by_origin);
	mg_tally_clear(&c->by_sender);
	mg_larges_clear(&c->larges);
	mg_checks_clear(&c->checks);
	c->shapes.n_items = 0;
	c->n_callers = 0;
	/* A stamp that is the same as the last one has to be looked at anew. */
	c->line_stamp.year = 0;
	c->quick_stamp = MG_NO_QUICK_STAMP;
	c->first_at = INT64_MAX;
	c->n_orphans = 0;
	memset(c->n_lines, 0, sizeof(c->n_lines));
	memset(c->n_odd, 0, sizeof(c->n_odd));
}

void mg_part_init(struct mg_part *p, struct mg_counter *c)
{
	*p = (struct mg_part){ .is_lost = false };
	c->part = p;
	mg_part_begin(c);
}

void mg_part_release(struct mg_part *p)
{
	for (size_t i = 0; i < p->n_flights; i++)
		mg_mem_free(p->flights[i].tracked);
	mg_mem_free(p->flights);
	mg_mem_free(p->callers);
	mg_map_release(&p->away);
	mg_mem_free(p->asked.items);
	mg_mem_free(p->absent.items);
	mg_mem_free(p->notes);
}

/* --- stamps --- */

/* What the helper believed before, of another part, says nothing any more. */
void mg_part_begin_at(struct mg_counter *c, int64_t at)
{
	c->last_at = INT64_MIN;
	c->part->zone_end = at + MG_PART_ZONE_S;
}

/*
 * An hour that the clock shows twice, or a year that is not plain, is told by
 * the newest stamp before. Here that may be another one than in the first
 * child, by up to MG_PART_NEAR_S (merge.c).
 */
void mg_part_note_stamp(struct mg_counter *c, const struct mg_civil *at,
			bool had_year, bool has_zone)
{
	struct mg_part *p = c->part;
	const int64_t instant = mg_civil_utc(at);

	if (!has_zone && mg_tz_to_utc(c->tz, at, INT64_MIN) !=
				 mg_tz_to_utc(c->tz, at, INT64_MAX))
		p->is_lost = true;
	if (had_year)
		return;
	p->is_yearless = true;
	if (instant > c->latest || (c->first_at != INT64_MAX &&
				    (instant > c->last_at + MG_PART_NEAR_S ||
				     instant < c->last_at - MG_PART_NEAR_S)))
		p->is_lost = true;
}

/* --- what happened, for the state of the first child --- */

/* No message of a part may be forgotten for its age by a later line of it. */
static void widen(struct mg_part *p, int64_t at)
{
	if (at < p->added_min)
		p->added_min = at;
	if (at > p->added_max)
		p->added_max = at;
	if (p->added_max - p->added_min > MG_FLIGHT_AGE_S)
		p->is_lost = true;
}

void mg_part_note_added(struct mg_part *p, int64_t at)
{
	if (at > p->since.forget_at)
		p->since.forget_at = at;
	widen(p, at);
}

void mg_part_note_caller(struct mg_counter *c, int64_t at)
{
	struct mg_part *p = c->part;

	if (at > p->since.caller_at)
		p->since.caller_at = at;
	if (at < p->caller_min)
		p->caller_min = at;
	if (c->n_callers > p->n_callers_most)
		p->n_callers_most = c->n_callers;
}

/* --- lines that are left --- */

enum mg_part_known mg_part_know(const struct mg_flight_entry *e)
{
	if (!e)
		return MG_PART_UNSEEN;
	return e->flight.state == MG_FLIGHT_ELSEWHERE ? MG_PART_ELSEWHERE
						      : MG_PART_OWN;
}

struct mg_part_mark mg_part_mark_of(const struct mg_counter *c)
{
	return (struct mg_part_mark){
		.n_subjects = { c->origins.n_items, c->senders.n_items },
		.n_cells = { c->by_origin.n_cells, c->by_sender.n_cells },
		.n_larges = c->larges.n_cells,
		.n_shapes = c->shapes.n_items,
	};
}

void mg_part_leave(struct mg_counter *c)
{
	struct mg_part *p = c->part;
	struct mg_part_note *n;

	if (p->n_notes == MG_PART_NOTES_MAX) {
		p->is_lost = true;
		return;
	}
	p->notes = mg_vec_room(p->notes, p->n_notes, &p->cap_notes,
			       sizeof(*p->notes));
	n = &p->notes[p->n_notes++];
	n->note = p->since;
	n->note.byte = c->line_byte;
	n->note.last_at = c->last_at;
	n->note.n_added = c->flights.next_seq - 1;
	n->mark = mg_part_mark_of(c);
	n->n_callers = p->n_callers;
	p->since = nothing;
}

void mg_part_leave_id(struct mg_counter *c, struct mg_slice id, int64_t at)
{
	if (!mg_flights_find(&c->flights, id))
		(void)mg_flights_hold(&c->flights, id, at);
	widen(c->part, at < c->latest ? at : c->latest); /* it may add one */
	mg_part_leave(c);
}

void mg_part_leave_last(struct mg_counter *c, struct mg_flight_entry *e)
{
	if (e)
		mg_flights_drop(&c->flights, e);
	mg_part_leave(c);
}

/* --- what is taken for granted --- */

void mg_part_take_absent(struct mg_counter *c, struct mg_slice id)
{
	add_hash(&c->part->absent, mg_flights_hash(&c->flights, id));
}

void mg_part_take_unasked(struct mg_counter *c, uint64_t message_id)
{
	add_hash(&c->part->asked, message_id);
}

bool mg_part_is_away(const struct mg_part *p, uint64_t message_id)
{
	size_t at;

	return mg_map_first(&p->away, message_id, &at) != MG_MAP_NONE;
}

static void send_away(struct mg_part *p, uint64_t message_id)
{
	if (message_id && !mg_part_is_away(p, message_id))
		mg_map_add(&p->away, message_id, 0);
}

void mg_part_hand_over(struct mg_counter *c, struct mg_flight_entry *e)
{
	struct mg_part *p = c->part;
	struct mg_flight_entry *copy;
	const struct mg_flight f = e->flight;

	p->flights = mg_vec_room(p->flights, p->n_flights, &p->cap_flights,
				 sizeof(*p->flights));
	copy = &p->flights[p->n_flights++];
	*copy = *e;
	e->tracked = NULL; /* the copy's now */
	e->n_tracked = e->cap_tracked = 0;
	mg_flights_drop(&c->flights, e);
	(void)mg_flights_hold(&c->flights,
			      mg_slice_of(f.id, strnlen(f.id, sizeof(f.id))),
			      f.at);
	send_away(p, f.message_id);
}

void mg_part_hand_over_alike(struct mg_counter *c, uint64_t message_id)
{
	struct mg_flight_entry *e;

	while ((e = mg_flights_any_alike(&c->flights, message_id)))
		mg_part_hand_over(c, e);
	send_away(c->part, message_id);
}
