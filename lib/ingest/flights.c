/* SPDX-License-Identifier: MIT */
#include "mailguard/flights.h"

#include <assert.h>

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define QUEUE_SLACK 1024 /* dead places in the queue before it is packed */

void mg_flights_init(struct mg_flights *f, const struct mg_hash_key *key,
		     size_t max)
{
	*f = (struct mg_flights){ .key = *key, .max = max, .next_seq = 1 };
}

void mg_flights_release(struct mg_flights *f)
{
	for (size_t i = 0; i < f->n_entries; i++)
		mg_mem_free(f->entries[i].tracked);
	mg_mem_free(f->entries);
	mg_mem_free(f->free_slots);
	mg_mem_free(f->dirty);
	mg_mem_free(f->gone);
	mg_mem_free(f->queue);
	mg_map_release(&f->by_id);
	mg_map_release(&f->by_message_id);
	mg_flights_init(f, &f->key, f->max);
}

static uint32_t slot_of(const struct mg_flights *f,
			const struct mg_flight_entry *e)
{
	return (uint32_t)(e - f->entries);
}

/*
 * The oldest of a state, whatever the order in the map: a restart may change
 * that order and must not change the answer.
 */
static struct mg_flight_entry *find_state(struct mg_flights *f,
					  uint64_t message_id,
					  enum mg_flight_state state)
{
	struct mg_flight_entry *oldest = NULL;
	size_t at;
	uint32_t i;

	for (i = mg_map_first(&f->by_message_id, message_id, &at);
	     i != MG_MAP_NONE;
	     i = mg_map_next(&f->by_message_id, message_id, &at)) {
		struct mg_flight_entry *e = &f->entries[i];

		if (e->flight.state == state &&
		    e->flight.n_forwards < MG_FORWARDS_MAX &&
		    (!oldest || e->flight.seq < oldest->flight.seq))
			oldest = e;
	}
	return oldest;
}

struct mg_flight_entry *mg_flights_find_message_id(struct mg_flights *f,
						   uint64_t message_id)
{
	return find_state(f, message_id, MG_FLIGHT_INBOUND);
}

struct mg_flight_entry *mg_flights_find_charged(struct mg_flights *f,
						uint64_t message_id)
{
	return find_state(f, message_id, MG_FLIGHT_CHARGED);
}

void mg_flights_touch(struct mg_flights *f, struct mg_flight_entry *e)
{
	if (e->is_dirty)
		return;
	e->is_dirty = true;
	f->dirty = mg_vec_room(f->dirty, f->n_dirty, &f->cap_dirty,
			       sizeof(*f->dirty));
	f->dirty[f->n_dirty++] = slot_of(f, e);
}

void mg_flights_set_message_id(struct mg_flights *f, struct mg_flight_entry *e,
			       uint64_t message_id)
{
	size_t n = 0, at;

	for (uint32_t i = mg_map_first(&f->by_message_id, message_id, &at);
	     i != MG_MAP_NONE && n < MG_SAME_MESSAGE_ID_MAX;
	     i = mg_map_next(&f->by_message_id, message_id, &at))
		n++;
	e->flight.message_id = 0;
	if (message_id == 0 || n == MG_SAME_MESSAGE_ID_MAX)
		return;
	e->flight.message_id = message_id;
	mg_map_add(&f->by_message_id, message_id, slot_of(f, e));
	if (n + 1 > f->most_alike)
		f->most_alike = n + 1;
}

void mg_flights_drop(struct mg_flights *f, struct mg_flight_entry *e)
{
	const uint32_t slot = slot_of(f, e);

	assert(e->is_live);
	if (e->is_stored) {
		f->gone = mg_vec_room(f->gone, f->n_gone, &f->cap_gone,
				      sizeof(*f->gone));
		memcpy(f->gone[f->n_gone++], e->flight.id,
		       sizeof(e->flight.id));
	}
	mg_map_remove(&f->by_id, e->hash, slot);
	if (e->flight.message_id)
		mg_map_remove(&f->by_message_id, e->flight.message_id, slot);
	mg_mem_free(e->tracked);
	/* A dirty slot stays in the list; _settle and its readers look at
	   is_live, and a new message in the slot is told in its stead. */
	*e = (struct mg_flight_entry){ .is_dirty = e->is_dirty };
	f->free_slots = mg_vec_room(f->free_slots, f->n_free, &f->cap_free,
				    sizeof(*f->free_slots));
	f->free_slots[f->n_free++] = slot;
	f->n_live--;
}

static bool is_current(const struct mg_flights *f, size_t i)
{
	const struct mg_flight_entry *e = &f->entries[f->queue[i].slot];

	return e->is_live && e->flight.seq == f->queue[i].seq;
}

/* Takes places out of the queue whose message is done. */
static void pack_queue(struct mg_flights *f)
{
	size_t n = 0;

	for (size_t i = f->queue_at; i < f->n_queue; i++)
		if (is_current(f, i))
			f->queue[n++] = f->queue[i];
	f->queue_at = 0;
	f->n_queue = n;
}

static void forget_old(struct mg_flights *f, int64_t at)
{
	for (; f->queue_at < f->n_queue; f->queue_at++) {
		struct mg_flight_entry *e =
			&f->entries[f->queue[f->queue_at].slot];

		if (!is_current(f, f->queue_at))
			continue;
		if (f->n_live < f->max && e->flight.at >= at - MG_FLIGHT_AGE_S)
			return;
		f->n_forgotten++;
		mg_flights_drop(f, e);
	}
}

static uint64_t hash_of(const struct mg_flights *f,
			const struct mg_flight *flight)
{
	/* Zero padded, so one byte less says the same. */
	return mg_flights_hash(f,
			       mg_slice_of(flight->id, sizeof(flight->id) - 1));
}

/* A slot with an id, findable. */
static struct mg_flight_entry *hold(struct mg_flights *f,
				    const struct mg_flight *flight)
{
	struct mg_flight_entry *e;
	uint32_t slot;

	if (f->n_free) {
		slot = f->free_slots[--f->n_free];
	} else {
		slot = (uint32_t)f->n_entries;
		f->entries = mg_vec_room(f->entries, f->n_entries,
					 &f->cap_entries, sizeof(*f->entries));
		f->entries[f->n_entries++] = (struct mg_flight_entry){ 0 };
	}
	e = &f->entries[slot];
	e->flight = *flight;
	e->is_live = true;
	f->n_live++;
	e->hash = hash_of(f, flight);
	mg_map_add(&f->by_id, e->hash, slot);
	return e;
}

/* The same, and last in the queue. */
static struct mg_flight_entry *place(struct mg_flights *f,
				     const struct mg_flight *flight)
{
	struct mg_flight_entry *e = hold(f, flight);

	if (f->n_queue - f->queue_at > 2 * f->n_live + QUEUE_SLACK ||
	    f->queue_at > f->n_queue / 2 + QUEUE_SLACK)
		pack_queue(f);
	f->queue = mg_vec_room(f->queue, f->n_queue, &f->cap_queue,
			       sizeof(*f->queue));
	f->queue[f->n_queue].slot = slot_of(f, e);
	f->queue[f->n_queue++].seq = flight->seq;
	return e;
}

struct mg_flight_entry *mg_flights_add(struct mg_flights *f,
				       struct mg_flight_entry *old,
				       struct mg_slice id, int64_t at)
{
	struct mg_flight_entry *e;
	struct mg_flight fresh = { .at = at, .seq = f->next_seq++ };

	assert(id.len > 0 && id.len < sizeof(fresh.id));
	if (old)
		mg_flights_drop(f, old);
	forget_old(f, at);
	memcpy(fresh.id, id.ptr, id.len);
	e = place(f, &fresh);
	mg_flights_touch(f, e);
	return e;
}

struct mg_flight_entry *mg_flights_restore(struct mg_flights *f,
					   const struct mg_flight *flight)
{
	struct mg_flight_entry *e = place(f, flight);

	e->is_stored = true;
	mg_flights_set_message_id(f, e, flight->message_id);
	return e;
}

void mg_flights_forget(struct mg_flights *f, int64_t at)
{
	forget_old(f, at);
}

struct mg_flight_entry *mg_flights_hold(struct mg_flights *f,
					struct mg_slice id, int64_t at)
{
	struct mg_flight held = {
		.state = MG_FLIGHT_ELSEWHERE,
		.flags = MG_FLIGHT_TRACKED | MG_FLIGHT_LOCAL,
		.origin = UINT32_MAX,
		.at = at,
	};

	assert(id.len > 0 && id.len < sizeof(held.id));
	memcpy(held.id, id.ptr, id.len);
	return hold(f, &held);
}

struct mg_flight_entry *mg_flights_import(struct mg_flights *f,
					  const struct mg_flight *flight)
{
	struct mg_flight_entry *e = place(f, flight);

	mg_flights_set_message_id(f, e, flight->message_id);
	mg_flights_touch(f, e);
	return e;
}

bool mg_flights_may_have(const struct mg_flights *f, uint64_t hash)
{
	size_t at;

	return mg_map_first(&f->by_id, hash, &at) != MG_MAP_NONE;
}

struct mg_flight_entry *mg_flights_any_alike(struct mg_flights *f,
					     uint64_t message_id)
{
	size_t at;
	const uint32_t i = mg_map_first(&f->by_message_id, message_id, &at);

	return i == MG_MAP_NONE ? NULL : &f->entries[i];
}

static size_t count_alike(const struct mg_flights *f, uint64_t message_id)
{
	size_t n = 0, at;

	for (uint32_t i = mg_map_first(&f->by_message_id, message_id, &at);
	     i != MG_MAP_NONE;
	     i = mg_map_next(&f->by_message_id, message_id, &at))
		n++;
	return n;
}

size_t mg_flights_count_alike(const struct mg_flights *f)
{
	size_t most = 0;

	for (size_t i = 0; i < f->n_entries; i++) {
		const struct mg_flight_entry *e = &f->entries[i];
		const size_t n = e->is_live && e->flight.message_id
					 ? count_alike(f, e->flight.message_id)
					 : 0;

		if (n > most)
			most = n;
	}
	return most;
}

int mg_flights_track(struct mg_flights *f, struct mg_flight_entry *e,
		     uint64_t hash)
{
	for (size_t i = 0; i < e->n_tracked; i++)
		if (e->tracked[i] == hash)
			return 0;
	if (e->n_tracked == MG_TRACKED_MAX)
		return -1;
	e->tracked = mg_vec_room(e->tracked, e->n_tracked, &e->cap_tracked,
				 sizeof(*e->tracked));
	e->tracked[e->n_tracked++] = hash;
	mg_flights_touch(f, e);
	return 1;
}

void mg_flights_settle(struct mg_flights *f)
{
	for (size_t i = 0; i < f->n_dirty; i++) {
		struct mg_flight_entry *e = &f->entries[f->dirty[i]];

		e->is_dirty = false;
		e->is_stored = e->is_live;
		e->n_tracked_told = e->n_tracked;
	}
	f->n_dirty = 0;
	f->n_gone = 0;
}
