/* SPDX-License-Identifier: MIT */
/*
 * flights - the messages in flight: accepted, and not yet completed.
 *
 * Lines of one message stand minutes or days apart and share only its queue
 * id; what an id means is kept here, saved with the cursor. Strangers decide
 * how many there are, so the table is bounded and forgets the oldest first,
 * by the time of the log and never by the clock: the same log gives the same
 * table however it is read.
 */
#ifndef MAILGUARD_FLIGHTS_H
#define MAILGUARD_FLIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/hash.h"
#include "mailguard/map.h"
#include "mailguard/store.h"

/*
 * State of a place that is held for an id whose message, if there is one, only
 * another process knows (part.h). Such a flight has the flags TRACKED and
 * LOCAL, so that no line about it can be told by a look at it; it is never
 * stored.
 */
#define MG_FLIGHT_ELSEWHERE 0

/* A message, and what has to be told to the store about it. */
struct mg_flight_entry {
	struct mg_flight flight;
	uint64_t hash;     /* of the id */
	uint64_t *tracked; /* owned; hashes of recipients seen */
	size_t n_tracked, cap_tracked;
	size_t n_tracked_told; /* the first so many are in the store */
	bool is_live;          /* false for a free slot */
	bool is_stored;        /* the store has a row of it */
	bool is_dirty;         /* and it says something else */
};

struct mg_flights {
	struct mg_flight_entry *entries; /* owned; by slot */
	size_t n_entries, cap_entries;
	uint32_t *free_slots; /* owned */
	size_t n_free, cap_free;
	uint32_t *dirty; /* owned; slots, each once */
	size_t n_dirty, cap_dirty;
	char (*gone)[24]; /* owned; stored ids to delete */
	size_t n_gone, cap_gone;
	struct {
		uint32_t slot;
		uint64_t seq;
	} * queue; /* owned; by age */
	size_t queue_at, n_queue, cap_queue;
	size_t n_live, max;
	uint64_t next_seq;
	uint64_t n_forgotten; /* dropped for age or number */
	size_t most_alike;    /* messages that one Message-ID ever found */
	struct mg_map by_id, by_message_id;
	struct mg_hash_key key;
};

void mg_flights_init(struct mg_flights *f, const struct mg_hash_key *key,
		     size_t max);
void mg_flights_release(struct mg_flights *f);

/* An id with zeros behind it, as words; ids of 24 bytes and more are none. */
struct mg_flight_key {
	uint64_t words[3];
};

static inline bool mg_flight_key_of(struct mg_slice id,
				    struct mg_flight_key *out)
{
	uint64_t *w = out->words;
	const size_t n = id.len;

	w[0] = n < 8 ? mg_hash_tail(id.ptr, n) : mg_hash_word(id.ptr);
	w[1] = w[2] = 0;
	if (n >= 16)
		w[1] = mg_hash_word(id.ptr + 8);
	/* The last eight bytes, without those that were taken already. */
	if (n > 16 && n < 24)
		w[2] = mg_hash_word(id.ptr + n - 8) >> (8 * (24 - n));
	else if (n > 8 && n < 16)
		w[1] = mg_hash_word(id.ptr + n - 8) >> (8 * (16 - n));
	return n < 24;
}

/* Ids are looked for with every line. */
static inline uint64_t mg_flight_key_hash(const struct mg_hash_key *key,
					  const struct mg_flight_key *k)
{
	const uint64_t h = mg_hash_fold(k->words[0] ^ key->k0,
					k->words[1] ^ key->k1);

	return mg_hash_fold(h ^ k->words[2], key->k0 ^ MG_HASH_ODD);
}

static inline bool mg_flight_key_is(const struct mg_flight_key *k,
				    const char id[24])
{
	return mg_hash_word(id) == k->words[0] &&
	       mg_hash_word(id + 8) == k->words[1] &&
	       mg_hash_word(id + 16) == k->words[2];
}

/* What stands for an id where it is only asked about; the same in all children. */
static inline uint64_t mg_flights_hash(const struct mg_flights *f,
				       struct mg_slice id)
{
	struct mg_flight_key key;

	(void)mg_flight_key_of(id, &key);
	return mg_flight_key_hash(&f->key, &key);
}

/* The entry of an id, or NULL. Stands until the next _add or _restore. */
static inline struct mg_flight_entry *mg_flights_find(struct mg_flights *f,
						      struct mg_slice id)
{
	struct mg_flight_key key;
	uint64_t hash;
	uint32_t i;
	size_t at;

	if (!mg_flight_key_of(id, &key))
		return NULL;
	hash = mg_flight_key_hash(&f->key, &key);
	for (i = mg_map_first(&f->by_id, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&f->by_id, hash, &at))
		if (mg_flight_key_is(&key, f->entries[i].flight.id))
			return &f->entries[i];
	return NULL;
}

/*
 * The oldest inbound message with a Message-ID (as keyed hash) that may still
 * explain a forward (MG_FORWARDS_MAX), or NULL.
 */
struct mg_flight_entry *mg_flights_find_message_id(struct mg_flights *f,
						   uint64_t message_id);

/* The same of a message whose origin is charged: what a content filter gets. */
struct mg_flight_entry *mg_flights_find_charged(struct mg_flights *f,
						uint64_t message_id);

/*
 * mg_flights_add - a new message; an old one of the same id is dropped.
 *
 * old  in   what mg_flights_find says of the id, nothing added since
 * id   in   1..23 bytes
 * at   in   the time of its line: messages older than MG_FLIGHT_AGE_S before
 *           it are forgotten, and the oldest when the table is full
 */
struct mg_flight_entry *mg_flights_add(struct mg_flights *f,
				       struct mg_flight_entry *old,
				       struct mg_slice id, int64_t at);

/* A message as the store had it; in order of seq. */
struct mg_flight_entry *mg_flights_restore(struct mg_flights *f,
					   const struct mg_flight *flight);

/*
 * Forgets what is older than MG_FLIGHT_AGE_S at a time, as a message that comes
 * then would do.
 */
void mg_flights_forget(struct mg_flights *f, int64_t at);

/* Holds the place of an id that is not there; takes no number of an order. */
struct mg_flight_entry *mg_flights_hold(struct mg_flights *f,
					struct mg_slice id, int64_t at);

/*
 * A message that another process met: as it is, but new to the store. Its id is
 * not there; its seq is above all that are.
 */
struct mg_flight_entry *mg_flights_import(struct mg_flights *f,
					  const struct mg_flight *flight);

/* Whether there may be a message whose id has a hash; a wrong yes is rare. */
bool mg_flights_may_have(const struct mg_flights *f, uint64_t hash);

/* Any message with a Message-ID, whatever its state; NULL for none. */
struct mg_flight_entry *mg_flights_any_alike(struct mg_flights *f,
					     uint64_t message_id);

/* The most messages in flight that a Message-ID finds. */
size_t mg_flights_count_alike(const struct mg_flights *f);

/* Says that the entry changed and has to be told. */
void mg_flights_touch(struct mg_flights *f, struct mg_flight_entry *e);

/* Makes it findable by its Message-ID. */
void mg_flights_set_message_id(struct mg_flights *f, struct mg_flight_entry *e,
			       uint64_t message_id);

/* The message is done: forget it, and the store shall too. */
void mg_flights_drop(struct mg_flights *f, struct mg_flight_entry *e);

/*
 * mg_flights_track - note something about a recipient of a message, as a hash.
 *
 * Returns 1 when it is new, 0 when it was noted before, -1 when it is new and
 * MG_TRACKED_MAX are noted already.
 */
int mg_flights_track(struct mg_flights *f, struct mg_flight_entry *e,
		     uint64_t hash);

/* Everything is told: nothing is dirty or gone any more. */
void mg_flights_settle(struct mg_flights *f);

#endif
