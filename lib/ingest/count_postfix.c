/* SPDX-License-Identifier: MIT */
/*
 * Postfix: the lines of a message say one thing each, joined by its queue id.
 *
 *   smtpd client=, pickup uid=   who sent it
 *   cleanup message-id=          whether it is another one come again
 *   qmgr from=, size=, nrcpt=    that it was accepted; again at every retry
 *   smtp, lmtp, ... status=      what became of a recipient
 *   qmgr removed                 the id may be used again
 *
 * A message that cleanup names first was made by Postfix itself (a bounce, an
 * alias) and is charged to nobody. One that went through a content filter
 * comes a second time, from this host and with the same Message-ID or naming
 * the first id: its deliveries belong to the first, and it counts once.
 */
#include "count_priv.h"

#include <stdio.h>

#include "mailguard/address.h"

/*
 * Instances ("postfix-out") number their queues apart, so a short id may stand
 * for two messages at once. The default instance's ids stay as they are.
 */
struct mg_instance mg_count_instance(struct mg_slice tag)
{
	const struct mg_slice name = mg_slice_of(tag.ptr,
						 mg_slice_find(tag, '/'));
	struct mg_instance instance = { .len = 0 };
	uint32_t hash = 2166136261U; /* FNV-1a: the same in every state */

	if (mg_slice_is(name, MG_LIT("postfix")))
		return instance;
	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.ptr[i]) * 16777619U;
	(void)snprintf(instance.suffix, sizeof(instance.suffix), "-%04x",
		       (hash ^ hash >> 16) & 0xffff);
	instance.len = 5;
	return instance;
}

bool mg_count_key(const struct mg_instance *instance, struct mg_slice id,
		  struct mg_count_key *out)
{
	out->id = id;
	if (id.len == 0 || id.len >= sizeof(out->text))
		return false;
	if (instance->len == 0 || id.len + instance->len >= sizeof(out->text))
		return true;
	memcpy(out->text, id.ptr, id.len);
	memcpy(out->text + id.len, instance->suffix, instance->len);
	out->id = mg_slice_of(out->text, id.len + instance->len);
	return true;
}

static struct mg_flight_entry *add(struct mg_counter *c,
				   const struct mg_count_key *key,
				   enum mg_flight_state state, uint32_t origin,
				   int64_t at)
{
	struct mg_flight_entry *old = mg_flights_find(&c->flights, key->id);
	struct mg_flight_entry *e = mg_count_new_flight(c, old, key->id, at);

	e->flight.state = (uint8_t)state;
	e->flight.origin = origin;
	e->flight.slot = mg_count_slot(c, at);
	return e;
}

/*
 * What is offered to another host of the network has passed every filter: a
 * later message of the same Message-ID is somebody's copy.
 */
static bool may_come_again(const struct mg_flight_entry *e)
{
	return e->flight.state == MG_FLIGHT_CHARGED &&
	       !(e->flight.flags & MG_FLIGHT_DIRECT);
}

/* The second half of a content filter's loop. */
static void join(struct mg_counter *c, struct mg_flight_entry *e,
		 struct mg_flight_entry *first)
{
	e->flight.state = MG_FLIGHT_AGAIN;
	e->flight.origin = first->flight.origin;
	first->flight.flags |= MG_FLIGHT_FILTERED;
	mg_flights_touch(&c->flights, e);
	mg_flights_touch(&c->flights, first);
}

static void count_client(struct mg_counter *c, const struct mg_count_key *key,
			 const struct mg_instance *instance,
			 const struct mg_postfix_line *l, int64_t at)
{
	struct mg_flight_entry *e, *first;
	struct mg_count_key original;

	if (l->method.len || l->login.len) {
		(void)add(c, key, MG_FLIGHT_CHARGED,
			  l->is_odd ? mg_count_unknown(c, MG_BECAUSE_ODD_LINE)
				    : mg_count_login(c, l->login),
			  at);
		return;
	}
	e = add(c, key, MG_FLIGHT_INBOUND, mg_count_relayed(c), at);
	if (l->is_odd || !mg_ip_is_loopback(l->host.ip))
		return;
	e->flight.flags |= MG_FLIGHT_LOCAL;
	/* XFORWARD, from a host that may use it. */
	if (!mg_count_key(instance, l->original_id, &original))
		return;
	first = mg_flights_find(&c->flights, original.id);
	if (first && may_come_again(first))
		join(c, e, first);
}

/* The system user of a local submission; one without account names nobody. */
static uint32_t work_out_user(struct mg_counter *c, uint32_t uid)
{
	const uint32_t account = mg_accounts_uid(c->accounts, uid);
	char name[24];
	int len;

	if (account != MG_ACCOUNT_NONE)
		return mg_count_origin(
			c, MG_ORIGIN_USER, c->accounts->accounts[account].name,
			c->accounts->accounts[account].main_domain, account);
	len = snprintf(name, sizeof(name), "uid-%u", uid);
	return mg_count_origin(c, MG_ORIGIN_USER,
			       mg_slice_of(name, (size_t)len), MG_ACCOUNT_NONE,
			       MG_ACCOUNT_NONE);
}

static uint32_t user_origin(struct mg_counter *c, uint32_t uid)
{
	char bytes[sizeof(uid)];
	const struct mg_slice key = { bytes, sizeof(bytes) };
	const struct mg_memo_entry *e;
	uint32_t origin;

	memcpy(bytes, &uid, sizeof(uid));
	e = mg_memo_find(&c->uids, key);
	if (e)
		return e->number;
	origin = work_out_user(c, uid);
	(void)mg_memo_put(&c->uids, key, origin);
	return origin;
}

/*
 * Requeued by postsuper: what is known of it goes on under the new id. The uid
 * is Postfix's own.
 */
static void count_requeued(struct mg_counter *c, const struct mg_count_key *key,
			   const struct mg_count_key *old, int64_t at)
{
	struct mg_flight_entry *e = add(c, key, MG_FLIGHT_BOUNCE,
					MG_ACCOUNT_NONE, at);
	struct mg_flight_entry *first = mg_flights_find(&c->flights, old->id);

	if (!first || first == e) /* from before the log begins */
		return;
	e->flight.state = first->flight.state;
	e->flight.flags = first->flight.flags;
	e->flight.n_forwards = first->flight.n_forwards;
	e->flight.origin = first->flight.origin;
	e->flight.n_recipients = first->flight.n_recipients;
	e->flight.topic = first->flight.topic;
	e->flight.slot = first->flight.slot;
	e->flight.bytes = first->flight.bytes;
	for (size_t i = 0; i < first->n_tracked; i++)
		(void)mg_flights_track(&c->flights, e, first->tracked[i]);
	if (first->flight.message_id)
		mg_flights_set_message_id(&c->flights, e,
					  first->flight.message_id);
	mg_flights_drop(&c->flights, first);
	mg_flights_touch(&c->flights, e);
}

static void count_pickup(struct mg_counter *c, const struct mg_count_key *key,
			 const struct mg_instance *instance,
			 const struct mg_postfix_line *l, int64_t at)
{
	struct mg_flight_entry *e;
	struct mg_count_key old;

	if (mg_count_key(instance, l->original_id, &old)) {
		count_requeued(c, key, &old, at);
		return;
	}
	e = add(c, key, MG_FLIGHT_CHARGED,
		l->is_odd ? mg_count_unknown(c, MG_BECAUSE_ODD_LINE)
			  : user_origin(c, l->uid),
		at);
	/* Bounces never come this way: an empty sender was somebody's choice. */
	e->flight.flags |= MG_FLIGHT_LOCAL;
}

/* What the Message-ID says of a message from this host. */
static void recognise(struct mg_counter *c, struct mg_flight_entry *e,
		      uint64_t message_id)
{
	struct mg_flight_entry *other;

	if (!(e->flight.flags & MG_FLIGHT_LOCAL))
		return;
	if (e->flight.state == MG_FLIGHT_INBOUND) {
		other = mg_flights_find_charged(&c->flights, message_id);
		if (other && other != e && may_come_again(other))
			join(c, e, other);
	} else if (e->flight.state == MG_FLIGHT_CHARGED) {
		other = mg_flights_find_message_id(&c->flights, message_id);
		if (!other)
			return;
		other->flight.n_forwards++;
		e->flight.state = MG_FLIGHT_FORWARD;
		mg_flights_touch(&c->flights, other);
		mg_flights_touch(&c->flights, e);
	}
}

static void count_message_id(struct mg_counter *c,
			     const struct mg_count_key *key,
			     const struct mg_postfix_line *l, int64_t at)
{
	struct mg_flight_entry *e = mg_flights_find(&c->flights, key->id);
	uint64_t hash;

	if (!e) /* neither client nor pickup: Postfix made it */
		e = add(c, key, MG_FLIGHT_BOUNCE, MG_ACCOUNT_NONE, at);
	if (l->message_id.len == 0 || l->is_resent || e->flight.message_id)
		return;
	hash = mg_hash(&c->key, l->message_id);
	recognise(c, e, hash);
	if (e->flight.state == MG_FLIGHT_INBOUND ||
	    e->flight.state == MG_FLIGHT_CHARGED)
		mg_flights_set_message_id(&c->flights, e, hash);
	mg_flights_touch(&c->flights, e);
}

static void count_queued(struct mg_counter *c, const struct mg_count_key *key,
			 const struct mg_postfix_line *l)
{
	struct mg_flight_entry *e = mg_flights_find(&c->flights, key->id);
	struct mg_flight *f;

	/* From before the log begins, or a retry: nothing new arrived. */
	if (!e || e->flight.flags & MG_FLIGHT_QUEUED)
		return;
	f = &e->flight;
	f->flags |= MG_FLIGHT_QUEUED;
	f->n_recipients = l->n_recipients;
	f->bytes = (int64_t)l->size_bytes;
	if (f->state == MG_FLIGHT_INBOUND)
		f->origin = mg_count_relay(c, l->sender);
	if (f->state == MG_FLIGHT_FORWARD &&
	    f->n_recipients > MG_FORWARD_RECIPIENTS)
		f->state = MG_FLIGHT_CHARGED;
	mg_count_charge(c, f, 1);
	if (l->sender.len && f->state != MG_FLIGHT_AGAIN)
		mg_count_sender(c, f, l->sender);
	mg_flights_touch(&c->flights, e);
}

static bool is_unknown(const struct mg_postfix_line *l)
{
	static const struct mg_slice codes[] = {
		MG_LIT_INIT("5.1.1"),
		MG_LIT_INIT("5.1.2"),
		MG_LIT_INIT("5.1.6"),
		MG_LIT_INIT("5.1.10"),
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (mg_slice_is(l->dsn, codes[i]))
			return true;
	return mg_exim_is_unknown_recipient(l->text);
}

static void count_status(struct mg_counter *c, const struct mg_count_key *key,
			 const struct mg_postfix_line *l, int64_t at)
{
	struct mg_flight_entry *e = mg_flights_find(&c->flights, key->id);
	const struct mg_outcome outcome = {
		.what = l->kind == MG_POSTFIX_DEFERRAL  ? MG_DEFERRED
			: l->kind == MG_POSTFIX_FAILURE ? MG_FAILED
							: MG_DELIVERED,
		.address = l->address,
		.original = l->original,
		.ip = l->host.ip,
		.is_unknown = l->kind == MG_POSTFIX_FAILURE && is_unknown(l),
	};

	if (!e) {
		c->n_orphans++;
		return;
	}
	/* Into the filter: what becomes of it is said under the second id. */
	if (e->flight.flags & MG_FLIGHT_FILTERED &&
	    outcome.what == MG_DELIVERED && mg_ip_is_loopback(l->host.ip))
		return;
	if (l->host.ip.len && !mg_ip_is_loopback(l->host.ip) &&
	    !(e->flight.flags & MG_FLIGHT_DIRECT)) {
		e->flight.flags |= MG_FLIGHT_DIRECT;
		mg_flights_touch(&c->flights, e);
	}
	mg_count_outcome(c, e, &outcome, mg_count_slot(c, at));
}

static void forget(struct mg_counter *c, const struct mg_count_key *key)
{
	struct mg_flight_entry *e = mg_flights_find(&c->flights, key->id);

	if (e)
		mg_flights_drop(&c->flights, e);
}

void mg_count_postfix(struct mg_counter *c, const struct mg_instance *instance,
		      const struct mg_postfix_line *l, int64_t at)
{
	struct mg_count_key key;

	if (!mg_count_key(instance, l->id, &key))
		return;
	switch (l->kind) {
	case MG_POSTFIX_CLIENT:
		count_client(c, &key, instance, l, at);
		break;
	case MG_POSTFIX_PICKUP:
		count_pickup(c, &key, instance, l, at);
		break;
	case MG_POSTFIX_MESSAGE_ID:
		count_message_id(c, &key, l, at);
		break;
	case MG_POSTFIX_QUEUED:
		count_queued(c, &key, l);
		break;
	case MG_POSTFIX_DELIVERY:
	case MG_POSTFIX_DEFERRAL:
	case MG_POSTFIX_FAILURE:
		count_status(c, &key, l, at);
		break;
	case MG_POSTFIX_REMOVED:
	case MG_POSTFIX_CANCELED:
		forget(c, &key);
		break;
	default:
		break;
	}
}
