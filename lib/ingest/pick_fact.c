/* SPDX-License-Identifier: MIT */
/*
 * How mail was sent, told by the lines that were picked: each thing once, with
 * how often and since when.
 */
#include "pick_priv.h"

#include "mailguard/address.h"
#include "mailguard/vec.h"

const char *const mg_pick_fact_words[MG_FACT_KINDS] = {
	[MG_FACT_LOGIN] = "login",         [MG_FACT_SCRIPT] = "script",
	[MG_FACT_USER] = "user",           [MG_FACT_RELAY] = "relay",
	[MG_FACT_FORWARDER] = "forwarder", [MG_FACT_ADDRESS] = "address",
	[MG_FACT_HELO] = "helo",           [MG_FACT_CHECK] = "check",
	[MG_FACT_REFUSED] = "refused",     [MG_FACT_DEFERRED] = "deferred",
	[MG_FACT_FILE] = "file",           [MG_FACT_POST] = "post",
	[MG_FACT_CLIENT] = "client",       [MG_FACT_LIST] = "list",
};

/* By the kind of an origin. */
static const enum mg_pick_fact_kind of_origin[] = {
	[MG_ORIGIN_MAILBOX] = MG_FACT_LOGIN,
	[MG_ORIGIN_SCRIPT] = MG_FACT_SCRIPT,
	[MG_ORIGIN_USER] = MG_FACT_USER,
	[MG_ORIGIN_RELAY] = MG_FACT_RELAY,
	[MG_ORIGIN_FORWARDER] = MG_FACT_FORWARDER,
	[MG_ORIGIN_UNKNOWN] = MG_FACT_KINDS,
};

/* Printable ASCII; the rest as \xHH, as far as there is room. */
static struct mg_slice print(struct mg_buf *b, struct mg_slice text)
{
	mg_buf_clear(b);
	for (size_t i = 0; i < text.len && !b->truncated; i++)
		mg_buf_add_printable(b, mg_slice_of(text.ptr + i, 1));
	return mg_buf_slice(b);
}

static void add(struct mg_pick_facts *facts, const struct mg_pick_job *job,
		enum mg_pick_fact_kind kind, struct mg_slice text)
{
	const int64_t now = job->counter->line_at;
	const uint64_t hash =
		mg_hash_quick(&job->counter->accounts->key, text) + kind;
	struct mg_pick_fact *f;
	size_t at;
	uint32_t i;

	for (i = mg_map_first(&facts->by_text, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&facts->by_text, hash, &at)) {
		f = &facts->items[i];
		if (f->kind == kind &&
		    mg_slice_is(mg_slice_of(f->text, f->len), text)) {
			f->n++;
			f->first = now < f->first ? now : f->first;
			f->last = now > f->last ? now : f->last;
			return;
		}
	}
	if (facts->n == MG_PICK_FACTS_MAX) {
		facts->n_untold++;
		return;
	}
	facts->items = mg_vec_room(facts->items, facts->n, &facts->cap,
				   sizeof(*facts->items));
	mg_map_add(&facts->by_text, hash, (uint32_t)facts->n);
	f = &facts->items[facts->n++];
	*f = (struct mg_pick_fact){ .kind = kind,
				    .len = (uint32_t)text.len,
				    .n = 1,
				    .first = now,
				    .last = now };
	memcpy(f->text, text.ptr, text.len);
}

void mg_pick_facts_add(struct mg_pick_facts *facts,
		       const struct mg_pick_job *job,
		       enum mg_pick_fact_kind kind, struct mg_slice text)
{
	struct mg_buf b;

	mg_buf_init(&b, MG_PICK_FACT_MAX);
	add(facts, job, kind, print(&b, text));
	mg_buf_release(&b);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* From the code of the other server's answer on: " 550 5.7.1 ..."; where there
   is none, all of it. */
static struct mg_slice answer(struct mg_slice text)
{
	for (size_t i = 0; i + 4 < text.len; i++) {
		const char *p = text.ptr + i;

		if (p[0] == ' ' && (p[1] == '4' || p[1] == '5') &&
		    is_digit(p[2]) && is_digit(p[3]) &&
		    (p[4] == ' ' || p[4] == '-'))
			return mg_slice_from(text, i + 1);
	}
	while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == ':'))
		text = mg_slice_from(text, 1);
	return text;
}

/*
 * The domain, and its answer without what stands in <>, which is of one
 * recipient: so that the same answers are one.
 */
static void add_refusal(struct mg_pick_facts *facts,
			const struct mg_pick_job *job,
			const struct mg_pick_line *l, struct mg_buf *b)
{
	struct mg_slice rest = answer(l->text), piece;
	struct mg_buf whole;

	mg_buf_init(&whole, 2 * MG_LINE_MAX);
	mg_buf_add(&whole, mg_address_domain(l->address));
	mg_buf_add_str(&whole, ": ");
	while (mg_slice_cut_at(&rest, '<', &piece)) {
		mg_buf_add(&whole, piece);
		if (!mg_slice_cut_at(&rest, '>', &piece))
			break;
		mg_buf_add_str(&whole, "<>");
	}
	mg_buf_add(&whole, rest);
	add(facts, job, l->refusal, print(b, mg_buf_slice(&whole)));
	mg_buf_release(&whole);
}

static struct mg_slice find_named(const struct mg_pick_facts *facts,
				  struct mg_slice id)
{
	for (size_t i = 0; i < MG_PICK_NAMED_MAX; i++)
		if (mg_slice_is(mg_slice_str(facts->named[i].id), id))
			return mg_slice_str(facts->named[i].file);
	return MG_LIT("");
}

/* An ACL speaks before the message has arrived, and is heard before. */
void mg_pick_facts_hear(struct mg_pick_facts *facts,
			const struct mg_pick_line *l)
{
	struct mg_pick_named *n;
	struct mg_buf b;

	if (l->file.len == 0 || !l->has_id)
		return;
	n = &facts->named[facts->at_named++ % MG_PICK_NAMED_MAX];
	*n = (struct mg_pick_named){ .id = "" };
	memcpy(n->id, l->id.id.ptr, l->id.id.len); /* below 24 bytes */
	mg_buf_init(&b, sizeof(n->file) - 1);
	(void)print(&b, l->file);
	memcpy(n->file, b.ptr, b.len);
	mg_buf_release(&b);
}

static void add_arrival(struct mg_pick_facts *facts,
			const struct mg_pick_job *job,
			const struct mg_pick_line *l, struct mg_buf *b)
{
	const struct mg_counter *c = job->counter;
	const struct mg_slice file = l->has_id ? find_named(facts, l->id.id)
					       : MG_LIT("");
	const struct mg_flight_entry *e =
		l->has_id ? mg_flights_find(&job->counter->flights, l->id.id)
			  : NULL;
	const struct mg_subject *o;

	if (e && e->flight.origin != MG_ACCOUNT_NONE) {
		o = &c->origins.items[e->flight.origin];
		if (o->kind < sizeof(of_origin) / sizeof(*of_origin) &&
		    o->kind && of_origin[o->kind] != MG_FACT_KINDS)
			add(facts, job, of_origin[o->kind], print(b, o->name));
		if (o->kind == MG_ORIGIN_SCRIPT || o->kind == MG_ORIGIN_USER)
			mg_pick_sent(facts, job);
	}
	if (l->ip.len)
		add(facts, job, MG_FACT_ADDRESS, print(b, l->ip));
	if (file.len)
		add(facts, job, MG_FACT_FILE, file);
	if (l->helo.len)
		add(facts, job, MG_FACT_HELO, print(b, l->helo));
}

/* A count of the subject from mail that came in for it: it passed it on. */
static bool is_inbound(const struct mg_pick_job *job,
		       const struct mg_pick_line *l)
{
	const struct mg_flight_entry *e =
		l->has_id ? mg_flights_find(&job->counter->flights, l->id.id)
			  : NULL;

	return e && e->flight.state == MG_FLIGHT_INBOUND;
}

void mg_pick_facts_take(struct mg_pick_facts *facts,
			const struct mg_pick_job *job,
			const struct mg_pick_line *l)
{
	struct mg_buf b;

	mg_buf_init(&b, MG_PICK_FACT_MAX);
	if (l->is_arrival)
		add_arrival(facts, job, l, &b);
	else if (is_inbound(job, l) && l->address.len)
		add(facts, job, MG_FACT_FORWARDER, print(&b, l->address));
	if (l->sender.len)
		mg_pick_list_take(facts, job, l);
	if (l->is_relayed)
		mg_pick_relay_take(facts, job, l);
	if (l->is_refusal)
		add_refusal(facts, job, l, &b);
	if (l->check_ip[0])
		add(facts, job, MG_FACT_CHECK, mg_slice_str(l->check_ip));
	mg_buf_release(&b);
}
