/* SPDX-License-Identifier: MIT */
/*
 * What became of a message's recipients, and what that says about messages
 * whose arrival line did not say enough.
 */
#include "count_priv.h"

#include "mailguard/address.h"

/* An address of another host, reached over the network. */
static bool goes_out(struct mg_counter *c, const struct mg_outcome *o)
{
	return o->ip.len && !mg_ip_is_loopback(o->ip) &&
	       mg_count_hosted(c, o->address) == MG_ACCOUNT_NONE;
}

/* A hosted address that passes inbound mail on pays for nothing, but the
   forwards are shown: they are why good servers get a bad name. */
static void count_forward(struct mg_counter *c, struct mg_slice original,
			  uint32_t domain, int64_t slot)
{
	char name[MG_MAILBOX_MAX];
	const size_t len = mg_mailbox_canonical(original, name);
	const struct mg_domain *d = &c->accounts->domains[domain];
	const uint32_t origin = mg_count_origin(c, MG_ORIGIN_FORWARDER,
						len ? mg_slice_of(name, len)
						    : d->name,
						domain, d->account);

	mg_tally_add(&c->by_origin, origin, slot, MG_FORWARDED, 1);
}

/*
 * Mail from outside that goes out again: by a hosted address's doing it is a
 * forward, else somebody was allowed to relay.
 */
static void count_inbound(struct mg_counter *c, struct mg_flight_entry *e,
			  const struct mg_outcome *o, int64_t slot)
{
	struct mg_flight *f = &e->flight;
	uint32_t domain = MG_ACCOUNT_NONE;

	if (!goes_out(c, o))
		return;
	if (o->original.len)
		domain = mg_count_hosted(c, o->original);
	if (domain != MG_ACCOUNT_NONE) {
		if (o->what == MG_DELIVERED)
			count_forward(c, o->original, domain, slot);
		return;
	}
	f->state = MG_FLIGHT_RELAY;
	f->flags |= MG_FLIGHT_TRACKED; /* its list may hold hosted addresses */
	f->n_recipients = 0;
	mg_tally_add(&c->by_origin, f->origin, f->slot, MG_MESSAGES, 1);
	mg_tally_add(&c->by_origin, f->origin, f->slot, MG_BYTES, f->bytes);
	mg_flights_touch(&c->flights, e);
}

/*
 * What is noted of a recipient, by what it was before redirection: that it
 * exists, that it was put off, that it led outside. Told apart by the two lowest
 * bits of the hash.
 */
enum note { NOTE_RECIPIENT, NOTE_DEFERRED, NOTE_EXPANDED, NOTE_MASK };

static uint64_t note_of(const struct mg_counter *c, const struct mg_outcome *o,
			enum note note)
{
	const struct mg_slice who = o->original.len ? o->original : o->address;

	return (mg_hash(&c->key, who) & ~(uint64_t)NOTE_MASK) | note;
}

static size_t count_noted(const struct mg_flight_entry *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n_tracked; i++)
		n += (e->tracked[i] & NOTE_MASK) == NOTE_RECIPIENT;
	return n;
}

/*
 * Recipients of a message without a whole list: each address once. Beyond
 * MG_TRACKED_MAX only what is final counts, which an address is once.
 */
static void count_recipient(struct mg_counter *c, struct mg_flight_entry *e,
			    const struct mg_outcome *o)
{
	struct mg_flight *f = &e->flight;
	const int noted = mg_flights_track(&c->flights, e,
					   note_of(c, o, NOTE_RECIPIENT));

	if (noted == 0 || (noted < 0 && o->what == MG_DEFERRED))
		return;
	/* The cut list was counted when it came; these may be the same. */
	if (noted > 0 && count_noted(e) <= f->n_recipients)
		return;
	/* No redirect has that many: it is a message of its own after all. */
	if (f->state == MG_FLIGHT_FORWARD &&
	    f->n_recipients >= MG_FORWARD_RECIPIENTS) {
		mg_count_charge(c, f, -1);
		f->state = MG_FLIGHT_CHARGED;
		mg_count_charge(c, f, 1);
	}
	mg_count_large(c, f, f->n_recipients, -1);
	mg_count_large(c, f, ++f->n_recipients, 1);
	mg_flights_touch(&c->flights, e);
	mg_tally_add(&c->by_origin, f->origin, f->slot,
		     f->state == MG_FLIGHT_FORWARD ? MG_FORWARDED
						   : MG_RECIPIENTS,
		     1);
}

/*
 * A recipient is put off once, however often the queue is run: "retry time not
 * reached" comes again with each run.
 */
static bool is_repeated(struct mg_counter *c, struct mg_flight_entry *e,
			const struct mg_outcome *o)
{
	return o->what == MG_DEFERRED &&
	       mg_flights_track(&c->flights, e, note_of(c, o, NOTE_DEFERRED)) ==
		       0;
}

/*
 * An alias in the list stands for one recipient; every further address outside
 * that it leads to is one more, or a customer would send to any number through
 * an alias of his own. Through an alias of somebody else it is that one's
 * forward. Postfix has led aliases on before it counts (QUEUED).
 */
static void count_expansion(struct mg_counter *c, struct mg_flight_entry *e,
			    const struct mg_outcome *o, int64_t slot)
{
	const struct mg_flight *f = &e->flight;
	uint32_t domain;

	if (o->what == MG_DEFERRED || !o->original.len || !goes_out(c, o) ||
	    f->flags & MG_FLIGHT_QUEUED)
		return;
	domain = mg_count_hosted(c, o->original);
	if (domain == MG_ACCOUNT_NONE ||
	    mg_flights_track(&c->flights, e, note_of(c, o, NOTE_EXPANDED)) == 1)
		return;
	if (c->accounts->domains[domain].account ==
	    c->origins.items[f->origin].account)
		mg_tally_add(&c->by_origin, f->origin, f->slot, MG_RECIPIENTS,
			     1);
	else
		count_forward(c, o->original, domain, slot);
}

static void count_result(struct mg_counter *c, struct mg_flight_entry *e,
			 const struct mg_outcome *o, int64_t slot)
{
	const uint32_t origin = e->flight.origin;

	if (is_repeated(c, e, o))
		return;
	mg_tally_add(&c->by_origin, origin, slot, o->what, 1);
	if (o->what == MG_FAILED && o->is_unknown)
		mg_tally_add(&c->by_origin, origin, slot, MG_UNKNOWN_RECIPIENTS,
			     1);
}

void mg_count_outcome(struct mg_counter *c, struct mg_flight_entry *e,
		      const struct mg_outcome *o, int64_t slot)
{
	if (e->flight.state == MG_FLIGHT_INBOUND)
		count_inbound(c, e, o, slot);
	if (e->flight.state == MG_FLIGHT_INBOUND ||
	    e->flight.state == MG_FLIGHT_BOUNCE ||
	    (e->flight.state == MG_FLIGHT_RELAY && !goes_out(c, o)))
		return;
	if (e->flight.flags & MG_FLIGHT_TRACKED)
		count_recipient(c, e, o);
	if (e->flight.state == MG_FLIGHT_CHARGED)
		count_expansion(c, e, o, slot);
	if (e->flight.state != MG_FLIGHT_FORWARD)
		count_result(c, e, o, slot);
}
