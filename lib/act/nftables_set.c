/* SPDX-License-Identifier: MIT */
#include "mailguard/nftables_set.h"

#include <stdlib.h>
#include <string.h>

#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define KEY_BYTES (1 + sizeof(struct mg_ip)) /* 'b', then the address */

static void add(struct mg_nftables_set *s, const struct mg_ip *ip,
		int64_t until)
{
	s->entries = mg_vec_room(s->entries, s->n, &s->cap,
				 sizeof(*s->entries));
	s->entries[s->n++] = (struct mg_nftables_entry){ *ip, until };
}

static int order_ips(const struct mg_ip *a, const struct mg_ip *b)
{
	return memcmp(a, b, sizeof(*a));
}

static int order_entries(const void *a, const void *b)
{
	const struct mg_nftables_entry *x = a, *y = b;

	return order_ips(&x->ip, &y->ip);
}

static int order_untils(const void *a, const void *b)
{
	const struct mg_nftables_entry *x = a, *y = b;

	if (x->until != y->until)
		return x->until > y->until ? -1 : 1;
	return order_ips(&x->ip, &y->ip);
}

/* What is in force is by address, and so are the first bits of them. */
static void fold(struct mg_nftables_set *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct mg_nftables_entry *e = &s->entries[i];

		if (n == 0 || order_ips(&s->entries[n - 1].ip, &e->ip))
			s->entries[n++] = *e;
		else if (s->entries[n - 1].until < e->until)
			s->entries[n - 1].until = e->until;
	}
	s->n = n;
}

/* A set that is full takes nothing at all, so that the last to end go in. */
static void cut(struct mg_nftables_set *s, int64_t size)
{
	if (s->n <= (size_t)size)
		return;
	qsort(s->entries, s->n, sizeof(*s->entries), order_untils);
	s->n = (size_t)size;
	qsort(s->entries, s->n, sizeof(*s->entries), order_entries);
}

void mg_nftables_set_want(struct mg_nftables_set *s,
			  const struct mg_nft_table *table,
			  const struct mg_force *force, int64_t now,
			  size_t *n_left_out)
{
	size_t n_all = 0, n_wide = 0;

	for (size_t i = 0; i < force->n_entries; i++) {
		const struct mg_force_entry *e = &force->entries[i];
		struct mg_ip ip;

		if (e->key != MG_FORCE_ADDRESS || e->until <= now)
			continue;
		if (mg_nft_key(table, &e->network, &ip))
			add(s, &ip, e->until);
		else
			n_wide++;
	}
	fold(s);
	n_all = s->n;
	cut(s, table->size);
	*n_left_out = n_wide + n_all - s->n;
}

void mg_nftables_set_take(struct mg_nftables_set *s,
			  const struct mg_applied *row)
{
	struct mg_ip ip;

	if (row->key.len != KEY_BYTES || row->key.ptr[0] != 'b')
		return;
	memcpy(&ip, row->key.ptr + 1, sizeof(ip));
	add(s, &ip, row->until);
}

/* Calls fn for each address that only one of them has (NULL: the other), or
   both with other times; until it does not return 0. */
typedef int (*differ_fn)(void *arg, const struct mg_nftables_entry *from,
			 const struct mg_nftables_entry *to);

static int compare(const struct mg_nftables_set *from,
		   const struct mg_nftables_set *to, differ_fn fn, void *arg)
{
	size_t i = 0, j = 0;
	int rc = 0;

	while (rc == 0 && (i < from->n || j < to->n)) {
		const struct mg_nftables_entry *a = i < from->n
							    ? &from->entries[i]
							    : NULL;
		const struct mg_nftables_entry *b = j < to->n ? &to->entries[j]
							      : NULL;
		const int c = !a ? 1 : !b ? -1 : order_ips(&a->ip, &b->ip);

		if (c || a->until != b->until)
			rc = fn(arg, c <= 0 ? a : NULL, c >= 0 ? b : NULL);
		i += c <= 0;
		j += c >= 0;
	}
	return rc;
}

struct changing {
	struct mg_nftables_changes *out;
	int64_t now;
};

static int add_change(void *arg, const struct mg_nftables_entry *from,
		      const struct mg_nftables_entry *to)
{
	struct changing *c = arg;
	struct mg_nftables_changes *out = c->out;

	if (!to && from->until <= c->now)
		return 0;
	out->items = mg_vec_room(out->items, out->n, &out->cap,
				 sizeof(*out->items));
	out->items[out->n++] = (struct mg_nft_change){
		.ip = to ? to->ip : from->ip,
		.seconds = to ? to->until - c->now : 0,
	};
	return 0;
}

void mg_nftables_set_compare(const struct mg_nftables_set *from,
			     const struct mg_nftables_set *to, int64_t now,
			     struct mg_nftables_changes *out)
{
	struct changing c = { out, now };

	(void)compare(from, to, add_change, &c);
}

struct writing {
	const struct mg_backend_host *host;
	const char *backend;
	struct mg_err *err;
};

static int write_row(void *arg, const struct mg_nftables_entry *from,
		     const struct mg_nftables_entry *to)
{
	const struct writing *w = arg;
	const struct mg_ip *ip = to ? &to->ip : &from->ip;
	struct mg_applied row = { .until = to ? to->until : 0 };
	char key[KEY_BYTES] = "b";

	memcpy(key + 1, ip, sizeof(*ip));
	row.key = mg_slice_of(key, sizeof(key));
	return to ? mg_applied_put(w->host->store, w->backend, &row, w->err)
		  : mg_applied_drop(w->host->store, w->backend, row.key,
				    w->err);
}

int mg_nftables_set_write_down(const struct mg_backend_host *h,
			       const char *backend,
			       const struct mg_nftables_set *from,
			       const struct mg_nftables_set *to,
			       struct mg_err *err)
{
	struct writing w = { h, backend, err };

	return compare(from, to, write_row, &w);
}

void mg_nftables_set_release(struct mg_nftables_set *s)
{
	mg_mem_free(s->entries);
	*s = (struct mg_nftables_set){ .n = 0 };
}

void mg_nftables_changes_release(struct mg_nftables_changes *c)
{
	mg_mem_free(c->items);
	*c = (struct mg_nftables_changes){ .n = 0 };
}
