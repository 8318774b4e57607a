/* SPDX-License-Identifier: MIT */
/*
 * Mail of mailing lists, by its envelope sender, and mail that is relayed: of
 * that only a delivery tells that it went out, and the sender stands in a line
 * before it.
 *
 * What a system user submits that list software runs as (mailman, sympa) is
 * charged to nobody, so it is no subject's.
 */
#include "pick_priv.h"

#include "mailguard/mailing_list.h"
#include "mailguard/mem.h"

/* "staff@a.example"; nothing for what is of no list. */
static void add_name(struct mg_slice sender, struct mg_buf *out)
{
	struct mg_slice name;

	if (!mg_mailing_list_of(sender, &name))
		return;
	mg_buf_add(out, name);
	mg_buf_add_char(out, '@');
	mg_buf_add(out, mg_address_domain(sender));
}

static const struct mg_subject *origin_of(const struct mg_pick_job *job,
					  const struct mg_pick_line *l)
{
	struct mg_counter *c = job->counter;
	const struct mg_flight_entry *e =
		l->has_id ? mg_flights_find(&c->flights, l->id.id) : NULL;

	return e && e->flight.origin != MG_ACCOUNT_NONE
		       ? &c->origins.items[e->flight.origin]
		       : NULL;
}

void mg_pick_list_take(struct mg_pick_facts *facts,
		       const struct mg_pick_job *job,
		       const struct mg_pick_line *l)
{
	const struct mg_subject *o = origin_of(job, l);
	struct mg_buf b;

	/* The sender of a script is the script's word, and it is named. */
	if (!o || (o->kind != MG_ORIGIN_MAILBOX && o->kind != MG_ORIGIN_USER))
		return;
	mg_buf_init(&b, 2 * MG_LINE_MAX);
	add_name(l->sender, &b);
	if (b.len)
		mg_pick_facts_add(facts, job, MG_FACT_LIST, mg_buf_slice(&b));
	mg_buf_release(&b);
}

/* As much of a text as there is room for. */
static void keep(char *to, size_t size, struct mg_slice text)
{
	const size_t len = text.len < size ? text.len : size - 1;

	memset(to, 0, size);
	if (len)
		memcpy(to, text.ptr, len);
}

void mg_pick_relay_hear(struct mg_pick_facts *facts,
			const struct mg_pick_line *l)
{
	struct mg_pick_heard *h;
	struct mg_buf b;

	if (!facts->heard)
		facts->heard = mg_mem_zalloc(MG_PICK_HEARD_MAX, sizeof(*h));
	h = &facts->heard[facts->at_heard++ % MG_PICK_HEARD_MAX];
	mg_buf_init(&b, 2 * MG_LINE_MAX);
	add_name(l->sender, &b);
	keep(h->id, sizeof(h->id), l->id.id);
	keep(h->ip, sizeof(h->ip), l->ip);
	keep(h->list, sizeof(h->list), mg_buf_slice(&b));
	mg_buf_release(&b);
}

static const struct mg_pick_heard *find(const struct mg_pick_facts *facts,
					struct mg_slice id)
{
	for (size_t i = 0; facts->heard && i < MG_PICK_HEARD_MAX; i++)
		if (mg_slice_is(mg_slice_str(facts->heard[i].id), id))
			return &facts->heard[i];
	return NULL;
}

void mg_pick_relay_take(struct mg_pick_facts *facts,
			const struct mg_pick_job *job,
			const struct mg_pick_line *l)
{
	const struct mg_subject *o = origin_of(job, l);
	const struct mg_pick_heard *h = find(facts, l->id.id);

	if (o && o->kind == MG_ORIGIN_RELAY)
		mg_pick_facts_add(facts, job, MG_FACT_RELAY, o->name);
	if (h && h->ip[0])
		mg_pick_facts_add(facts, job, MG_FACT_ADDRESS,
				  mg_slice_str(h->ip));
	if (h && h->list[0])
		mg_pick_facts_add(facts, job, MG_FACT_LIST,
				  mg_slice_str(h->list));
}
