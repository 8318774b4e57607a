/* SPDX-License-Identifier: MIT */
/*
 * Whose counts are whose: the evidence, sorted by what a clause counts over.
 */
#include "judge_priv.h"

#include <stdlib.h>

#include "mailguard/mem.h"

#define V4_MAPPED_BYTES 12 /* of ::ffff:a.b.c.d, before the address */
#define V6_SUBJECT_BYTES 8 /* what one customer gets: a /64 */
#define V6_NETWORK_BYTES 6 /* what one site gets: a /48 */
#define V4_NETWORK_BYTES 15

/* What a subject is called, and which origin or check calls it so. */
struct key {
	struct mg_slice name;
	uint32_t index;
};

static int by_name(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return mg_slice_cmp(x->name, y->name);
}

static int by_place(const void *a, const void *b)
{
	const struct mg_judge_item *x = a, *y = b;

	if (x->subject != y->subject)
		return x->subject < y->subject ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* Equal names get one number; gives who has which (mg_mem_free). */
static uint32_t *number_keys(struct key *keys, size_t n_keys, size_t n_indexes,
			     struct mg_judge_items *out)
{
	uint32_t *numbers = mg_mem_zalloc(n_indexes + 1, sizeof(*numbers));
	size_t n = 0;

	for (size_t i = 0; i < n_indexes; i++)
		numbers[i] = MG_JUDGE_NONE;
	if (n_keys)
		qsort(keys, n_keys, sizeof(*keys), by_name);
	out->names = mg_mem_zalloc(n_keys + 1, sizeof(*out->names));
	for (size_t i = 0; i < n_keys; i++) {
		if (i == 0 || by_name(&keys[i - 1], &keys[i]) != 0)
			out->names[n++] = keys[i].name;
		numbers[keys[i].index] = (uint32_t)n - 1;
	}
	return numbers;
}

/* The name of an origin's subject; empty where it has none. */
static struct mg_slice subject_of(enum mg_per per, const struct mg_origin *o)
{
	const bool is_named = !mg_slice_is(o->name, MG_LIT("*"));

	if (o->kind == MG_ORIGIN_RELAY || o->kind == MG_ORIGIN_UNKNOWN)
		return MG_LIT("");
	switch (per) {
	case MG_PER_DOMAIN:
		return o->domain;
	case MG_PER_ACCOUNT:
		return o->account;
	case MG_PER_OWNER:
		return o->owner;
	case MG_PER_MAILBOX:
		return o->kind == MG_ORIGIN_MAILBOX && is_named ? o->name
								: MG_LIT("");
	case MG_PER_SCRIPT:
		return o->kind == MG_ORIGIN_SCRIPT && is_named ? o->name
							       : MG_LIT("");
	default:
		return MG_LIT("");
	}
}

static uint32_t *number_origins(const struct mg_clause *c,
				const struct mg_docket *d,
				struct mg_judge_items *out)
{
	struct key *keys = mg_mem_zalloc(d->n_origins + 1, sizeof(*keys));
	uint32_t *numbers;
	size_t n = 0;

	for (size_t i = 0; i < d->n_origins; i++) {
		const struct mg_slice name = subject_of(c->per, &d->origins[i]);

		if (name.len)
			keys[n++] = (struct key){ name, (uint32_t)i };
	}
	numbers = number_keys(keys, n, d->n_origins, out);
	mg_mem_free(keys);
	return numbers;
}

static bool is_v4(const struct mg_ip *ip)
{
	static const unsigned char mapped[V4_MAPPED_BYTES] = {
		[10] = 0xff, [11] = 0xff
	};

	return !memcmp(ip->bytes, mapped, sizeof(mapped));
}

/* An address as a subject: of IPv6 the network that its user may choose in. */
static struct mg_ip subject_ip(struct mg_ip ip)
{
	if (!is_v4(&ip))
		memset(ip.bytes + V6_SUBJECT_BYTES, 0,
		       sizeof(ip.bytes) - V6_SUBJECT_BYTES);
	return ip;
}

static uint64_t network_of(const struct mg_ip *ip)
{
	const bool v4 = is_v4(ip);
	const size_t end = v4 ? V4_NETWORK_BYTES : V6_NETWORK_BYTES;
	uint64_t tag = v4;

	for (size_t i = v4 ? V4_MAPPED_BYTES : 0; i < end; i++)
		tag = tag << 8 | ip->bytes[i];
	return tag;
}

static uint32_t *number_ips(const struct mg_docket *d,
			    struct mg_judge_items *out)
{
	struct key *keys = mg_mem_zalloc(d->n_checks + 1, sizeof(*keys));
	uint32_t *numbers;
	size_t n = 0;

	out->ips = mg_mem_zalloc(d->n_checks + 1, sizeof(*out->ips));
	for (size_t i = 0; i < d->n_checks; i++) {
		struct mg_ip *ip = &out->ips[i];

		if (mg_ip_is_nobody(&d->checks[i].check.ip))
			continue;
		*ip = subject_ip(d->checks[i].check.ip);
		keys[n++] = (struct key){
			mg_slice_of((const char *)ip->bytes, sizeof(ip->bytes)),
			(uint32_t)i,
		};
	}
	numbers = number_keys(keys, n, d->n_checks, out);
	mg_mem_free(keys);
	return numbers;
}

/* "joe@a.example/192.0.2.9", of logins that are somebody's. */
static uint32_t *number_pairs(const struct mg_docket *d,
			      struct mg_judge_items *out)
{
	struct key *keys = mg_mem_zalloc(d->n_checks + 1, sizeof(*keys));
	char text[MG_MAILBOX_MAX + 1 + MG_IP_TEXT_MAX];
	uint32_t *numbers;
	size_t n = 0;

	for (size_t i = 0; i < d->n_checks; i++) {
		const struct mg_docket_check *k = &d->checks[i];
		const struct mg_ip ip = subject_ip(k->check.ip);
		struct mg_slice name = MG_LIT("");

		if (k->origin != MG_DOCKET_NOBODY &&
		    !mg_ip_is_nobody(&k->check.ip))
			name = subject_of(MG_PER_MAILBOX,
					  &d->origins[k->origin]);
		if (name.len == 0 || name.len > MG_MAILBOX_MAX)
			continue;
		memcpy(text, name.ptr, name.len);
		text[name.len] = '/';
		mg_ip_format(&ip, text + name.len + 1);
		keys[n++] = (struct key){
			mg_arena_copy(&out->text, mg_slice_str(text)),
			(uint32_t)i,
		};
	}
	numbers = number_keys(keys, n, d->n_checks, out);
	mg_mem_free(keys);
	return numbers;
}

static bool is_about_checks(const struct mg_clause *c)
{
	return c->rule == MG_RULE_COMPROMISED_LOGIN ||
	       (c->rule == MG_RULE_RATE && c->measure >= MG_MEASURE_CHECKS);
}

/* Of mail: by the number of the measure, which those of counts follow. */
static void measure_mail(const struct mg_clause *c, const struct mg_counts *m,
			 struct mg_judge_item *item)
{
	static const enum mg_count which[] = {
		[MG_MEASURE_MESSAGES] = MG_MESSAGES,
		[MG_MEASURE_RECIPIENTS] = MG_RECIPIENTS,
		[MG_MEASURE_DELIVERED] = MG_DELIVERED,
		[MG_MEASURE_DEFERRED] = MG_DEFERRED,
		[MG_MEASURE_FAILED] = MG_FAILED,
		[MG_MEASURE_UNKNOWN] = MG_UNKNOWN_RECIPIENTS,
		[MG_MEASURE_FORWARDED] = MG_FORWARDED,
	};

	if (c->rule == MG_RULE_FAILURE_RATE) {
		item->n = m->n[MG_UNKNOWN_RECIPIENTS];
		item->of = m->n[MG_DELIVERED] + m->n[MG_FAILED];
	} else {
		item->n = m->n[which[c->measure]];
	}
}

static int64_t count_check(enum mg_measure measure, const struct mg_check *k)
{
	switch (measure) {
	case MG_MEASURE_FAILED_LOGINS:
		return k->n[MG_CHECK_FAILED_LOGINS];
	case MG_MEASURE_IMAP_CHECKS:
		return k->n[MG_CHECK_IMAP];
	case MG_MEASURE_POP3_CHECKS:
		return k->n[MG_CHECK_POP3];
	default:
		return k->n[MG_CHECK_IMAP] + k->n[MG_CHECK_POP3];
	}
}

static void measure_check(const struct mg_clause *c, const struct mg_check *k,
			  struct mg_judge_item *item)
{
	const bool of_rate = c->rule == MG_RULE_RATE;

	item->n = count_check(of_rate ? c->measure : MG_MEASURE_CHECKS, k);
	item->tag = of_rate ? k->login : network_of(&k->ip);
}

static void clamp(struct mg_judge_item *item)
{
	const int64_t max = MG_JUDGE_ITEM_MAX;

	item->n = item->n > max ? max : item->n < -max ? -max : item->n;
	item->of = item->of > max ? max : item->of < -max ? -max : item->of;
}

static void collect_mail(const struct mg_clause *c, const struct mg_docket *d,
			 struct mg_judge_items *out)
{
	uint32_t *numbers = number_origins(c, d, out);

	out->items = mg_mem_zalloc(d->n_mail + 1, sizeof(*out->items));
	for (size_t i = 0; i < d->n_mail; i++) {
		const struct mg_docket_mail *m = &d->mail[i];
		struct mg_judge_item *item = &out->items[out->n];

		item->subject = numbers[m->origin];
		if (item->subject == MG_JUDGE_NONE)
			continue;
		item->origin = m->origin;
		item->at = m->at;
		item->is_new = m->is_new;
		measure_mail(c, &m->counts, item);
		clamp(item);
		out->n++;
	}
	mg_mem_free(numbers);
}

/* Messages that nobody knows the subject lines of are alike in nothing. */
static bool is_asked_for(const struct mg_clause *c, const struct mg_large *l)
{
	return c->rule == MG_RULE_RECIPIENTS_PER_MESSAGE ||
	       (l->topic && l->n_recipients >= mg_clause_near_from(c));
}

static void collect_large(const struct mg_clause *c, const struct mg_docket *d,
			  struct mg_judge_items *out)
{
	uint32_t *numbers = number_origins(c, d, out);

	out->items = mg_mem_zalloc(d->n_large + 1, sizeof(*out->items));
	for (size_t i = 0; i < d->n_large; i++) {
		const struct mg_docket_large *l = &d->large[i];
		struct mg_judge_item item = {
			.subject = numbers[l->origin],
			.origin = l->origin,
			.at = l->large.at,
			.n = l->large.n,
			.tag = (uint64_t)l->large.n_recipients << 32 |
			       l->large.topic,
			.is_new = l->is_new,
		};

		if (item.subject == MG_JUDGE_NONE ||
		    !is_asked_for(c, &l->large))
			continue;
		clamp(&item);
		out->items[out->n++] = item;
	}
	mg_mem_free(numbers);
}

static void collect_checks(const struct mg_clause *c, const struct mg_docket *d,
			   struct mg_judge_items *out)
{
	const bool by_ip = c->per == MG_PER_IP;
	const bool by_pair = c->per == MG_PER_MAILBOX_IP;
	uint32_t *numbers = by_ip     ? number_ips(d, out)
			    : by_pair ? number_pairs(d, out)
				      : number_origins(c, d, out);

	out->items = mg_mem_zalloc(d->n_checks + 1, sizeof(*out->items));
	for (size_t i = 0; i < d->n_checks; i++) {
		const struct mg_docket_check *k = &d->checks[i];
		struct mg_judge_item *item = &out->items[out->n];

		if (!by_ip && k->origin == MG_JUDGE_NONE)
			continue;
		item->subject = numbers[by_ip || by_pair ? i : k->origin];
		if (item->subject == MG_JUDGE_NONE)
			continue;
		item->origin = by_ip ? MG_JUDGE_NONE : k->origin;
		item->at = k->at;
		item->is_new = k->is_new;
		measure_check(c, &k->check, item);
		clamp(item);
		out->n++;
	}
	mg_mem_free(numbers);
}

void mg_judge_collect(const struct mg_clause *c, const struct mg_docket *d,
		      struct mg_judge_items *out)
{
	*out = (struct mg_judge_items){ .n = 0 };
	if (is_about_checks(c))
		collect_checks(c, d, out);
	else if (mg_rule_is_of_large(c->rule))
		collect_large(c, d, out);
	else
		collect_mail(c, d, out);
	if (out->n)
		qsort(out->items, out->n, sizeof(*out->items), by_place);
}

void mg_judge_items_release(struct mg_judge_items *items)
{
	mg_mem_free(items->items);
	mg_mem_free(items->names);
	mg_mem_free(items->ips);
	mg_arena_release(&items->text);
	*items = (struct mg_judge_items){ .n = 0 };
}
