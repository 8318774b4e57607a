/* SPDX-License-Identifier: MIT */
/*
 * Which lines of Postfix a helper leaves to the first child.
 */
#include "part_priv.h"

#include "mailguard/address.h"

/* The message that a new one says it was; NULL where it names none. */
static struct mg_flight_entry *find_original(struct mg_counter *c,
					     const struct mg_instance *instance,
					     const struct mg_postfix_line *l,
					     bool *is_named)
{
	struct mg_count_key key;

	*is_named = mg_count_key(instance, l->original_id, &key);
	return *is_named ? mg_flights_find(&c->flights, key.id) : NULL;
}

/* smtpd and pickup begin a message; what was known of the id is gone. */
static bool leaves_beginning(struct mg_counter *c, struct mg_slice id,
			     const struct mg_instance *instance,
			     const struct mg_postfix_line *l, int64_t at)
{
	struct mg_flight_entry *e = mg_flights_find(&c->flights, id);
	bool is_named;
	struct mg_flight_entry *original = find_original(c, instance, l,
							 &is_named);

	if (mg_part_know(e) != MG_PART_ELSEWHERE &&
	    (!is_named || mg_part_know(original) == MG_PART_OWN)) {
		if (!e)
			mg_part_take_absent(c, id);
		return false;
	}
	/* The first child needs what is known here of both. */
	if (mg_part_know(original) == MG_PART_OWN)
		mg_part_hand_over(c, original);
	e = mg_flights_find(&c->flights, id);
	if (mg_part_know(e) == MG_PART_OWN)
		mg_part_hand_over(c, e);
	mg_part_leave_id(c, id, at);
	return true;
}

static uint64_t hash_of(const struct mg_counter *c,
			const struct mg_postfix_line *l)
{
	return l->message_id.len && !l->is_resent
		       ? mg_hash(&c->key, l->message_id)
		       : 0;
}

/* Whether a message of this host is looked for by its Message-ID. */
static bool asks(const struct mg_flight_entry *e, uint64_t message_id)
{
	return message_id && e->flight.message_id == 0 &&
	       e->flight.flags & MG_FLIGHT_LOCAL;
}

/* Whether what is looked for may lie before the part. */
static bool may_miss(struct mg_counter *c, uint64_t message_id, int64_t at)
{
	return mg_part_is_away(c->part, message_id) ||
	       (at <= c->part->zone_end &&
		!mg_flights_any_alike(&c->flights, message_id));
}

/* cleanup: a message goes to the first child from here on, or stays here. */
static bool leaves_message_id(struct mg_counter *c, struct mg_slice id,
			      struct mg_flight_entry *e,
			      const struct mg_postfix_line *l, int64_t at)
{
	const uint64_t message_id = hash_of(c, l);

	if (!e && at > c->part->zone_end) {
		mg_part_take_absent(c, id);
		return false;
	}
	if (mg_part_know(e) == MG_PART_OWN) {
		if (!asks(e, message_id))
			return false;
		if (!may_miss(c, message_id, at)) {
			mg_part_take_unasked(c, message_id);
			return false;
		}
		mg_part_hand_over(c, e);
	}
	if (message_id)
		mg_part_hand_over_alike(c, message_id);
	mg_part_leave_id(c, id, at);
	return true;
}

static bool leaves(struct mg_counter *c, struct mg_slice id,
		   const struct mg_instance *instance,
		   const struct mg_postfix_line *l, int64_t at)
{
	struct mg_flight_entry *e = mg_flights_find(&c->flights, id);

	switch (l->kind) {
	case MG_POSTFIX_CLIENT:
	case MG_POSTFIX_PICKUP:
		return leaves_beginning(c, id, instance, l, at);
	case MG_POSTFIX_MESSAGE_ID:
		return leaves_message_id(c, id, e, l, at);
	case MG_POSTFIX_QUEUED:
	case MG_POSTFIX_DELIVERY:
	case MG_POSTFIX_DEFERRAL:
	case MG_POSTFIX_FAILURE:
		if (mg_part_know(e) == MG_PART_OWN)
			return false;
		mg_part_leave_id(c, id, at);
		return true;
	case MG_POSTFIX_REMOVED:
	case MG_POSTFIX_CANCELED:
		if (mg_part_know(e) == MG_PART_OWN)
			return false;
		mg_part_leave_last(c, e);
		return true;
	default:
		return false;
	}
}

bool mg_part_leaves_postfix_line(struct mg_counter *c,
				 const struct mg_instance *instance,
				 const struct mg_postfix_line *l, int64_t at)
{
	struct mg_count_key key;

	return mg_count_key(instance, l->id, &key) &&
	       leaves(c, key.id, instance, l, at);
}
