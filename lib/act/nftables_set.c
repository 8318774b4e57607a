/* SPDX-License-Identifier: MIT */
#include "mailguard/nftables_set.h"

#include <stdlib.h>
#include <string.h>

#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define KEY_BYTES (1 + sizeof(struct mg_ip)) /* 'b', then the address */
#define ENTRY_BYTES 24

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

/* --- what is kept ---
 *
 * Sets are kept in rows of some 256 entries: a million rows take a second to
 * read. A row begins at an address that its own bytes say, so that a few that
 * come and go change the rows that they stand in, and no others.
 */

#define ROW_BITS 8
#define ROW_MAX 4096 /* entries; bytes of addresses are chosen by attackers */

_Static_assert(sizeof(struct mg_nftables_entry) == ENTRY_BYTES,
	       "entries are kept as they are");

static bool begins_row(const struct mg_ip *ip)
{
	uint64_t half[2];

	memcpy(half, ip, sizeof(half));
	/* Odd constants: 2^64 by the golden ratio, and by the root of 2. */
	return ((half[0] * 0x9e3779b97f4a7c15U) ^
		(half[1] * 0xb504f333f9de6485U)) >>
		       (64 - ROW_BITS) ==
	       0;
}

/* Behind the last entry of the row that begins at `at`. */
static size_t row_end(const struct mg_nftables_set *s, size_t at)
{
	size_t end = at + 1;

	while (end < s->n && end - at < ROW_MAX &&
	       !begins_row(&s->entries[end].ip))
		end++;
	return end < s->n ? end : s->n;
}

void mg_nftables_set_take(struct mg_nftables_set *s,
			  const struct mg_applied *row)
{
	if (row->key.len != KEY_BYTES || row->key.ptr[0] != 'b')
		return;
	for (size_t at = 0; at + ENTRY_BYTES <= row->value.len;
	     at += ENTRY_BYTES) {
		struct mg_nftables_entry e;

		memcpy(&e, row->value.ptr + at, sizeof(e));
		add(s, &e.ip, e.until);
	}
}

struct writing {
	const struct mg_backend_host *host;
	const char *backend;
	struct mg_err *err;
};

static int write_row(const struct writing *w, const struct mg_nftables_set *s,
		     size_t at, size_t end, bool keep)
{
	struct mg_applied row = { .until = 0 };
	char key[KEY_BYTES] = "b";

	memcpy(key + 1, &s->entries[at].ip, sizeof(struct mg_ip));
	row.key = mg_slice_of(key, sizeof(key));
	row.value = mg_slice_of((const char *)&s->entries[at],
				(end - at) * ENTRY_BYTES);
	return keep ? mg_applied_put(w->host->store, w->backend, &row, w->err)
		    : mg_applied_drop(w->host->store, w->backend, row.key,
				      w->err);
}

static bool is_same_row(const struct mg_nftables_entry *a,
			const struct mg_nftables_entry *b, size_t n_a,
			size_t n_b)
{
	return n_a == n_b && !memcmp(a, b, n_a * ENTRY_BYTES);
}

int mg_nftables_set_write_down(const struct mg_backend_host *h,
			       const char *backend,
			       const struct mg_nftables_set *from,
			       const struct mg_nftables_set *to,
			       struct mg_err *err)
{
	const struct writing w = { h, backend, err };
	size_t i = 0, j = 0;
	int rc = 0;

	while (rc == 0 && (i < from->n || j < to->n)) {
		const size_t i_end = i < from->n ? row_end(from, i) : i;
		const size_t j_end = j < to->n ? row_end(to, j) : j;
		const int c = i == i_end   ? 1
			      : j == j_end ? -1
					   : order_ips(&from->entries[i].ip,
						       &to->entries[j].ip);

		if (c < 0)
			rc = write_row(&w, from, i, i_end, false);
		else if (c > 0 ||
			 !is_same_row(&from->entries[i], &to->entries[j],
				      i_end - i, j_end - j))
			rc = write_row(&w, to, j, j_end, true);
		i = c <= 0 ? i_end : i;
		j = c >= 0 ? j_end : j;
	}
	return rc;
}

/* --- compared --- */

/* One of the two is NULL where only the other set has the address. */
static void add_change(struct mg_nftables_changes *out,
		       const struct mg_nftables_entry *from,
		       const struct mg_nftables_entry *to, int64_t now)
{
	if ((!to && from->until <= now) ||
	    (to && from && to->until == from->until))
		return;
	out->items = mg_vec_room(out->items, out->n, &out->cap,
				 sizeof(*out->items));
	out->items[out->n++] = (struct mg_nft_change){
		.ip = to ? to->ip : from->ip,
		.seconds = to ? to->until - now : 0,
	};
}

void mg_nftables_set_compare(const struct mg_nftables_set *from,
			     const struct mg_nftables_set *to, int64_t now,
			     struct mg_nftables_changes *out)
{
	size_t i = 0, j = 0;

	while (i < from->n || j < to->n) {
		const int c = i == from->n ? 1
			      : j == to->n ? -1
					   : order_ips(&from->entries[i].ip,
						       &to->entries[j].ip);

		add_change(out, c <= 0 ? &from->entries[i] : NULL,
			   c >= 0 ? &to->entries[j] : NULL, now);
		i += c <= 0;
		j += c >= 0;
	}
}

bool mg_nftables_set_add_diff(const struct mg_nftables_set *from,
			      const struct mg_nftables_set *to, int64_t now,
			      struct mg_buf *out)
{
	struct mg_nftables_changes changes = { .n = 0 };
	bool differs;

	mg_nftables_set_compare(from, to, now, &changes);
	for (size_t i = 0; i < changes.n; i++) {
		char ip[MG_IP_TEXT_MAX];

		mg_ip_format(&changes.items[i].ip, ip);
		mg_buf_add_fmt(out, "%cblocked %s\n",
			       changes.items[i].seconds ? '+' : '-', ip);
	}
	differs = changes.n;
	mg_nftables_changes_release(&changes);
	return differs;
}

void mg_nftables_set_count(const struct mg_nftables_set *s, int64_t now,
			   int64_t *n4, int64_t *n6)
{
	*n4 = *n6 = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->entries[i].until > now)
			++*(mg_ip_is_v4(&s->entries[i].ip) ? n4 : n6);
}

void mg_nftables_set_fill(const struct mg_nftables_set *s, int64_t now,
			  int64_t size, mg_backend_fill_fn fn, void *arg)
{
	struct mg_backend_fill of4 = { "blocked4", 0, size };
	struct mg_backend_fill of6 = { "blocked6", 0, size };

	mg_nftables_set_count(s, now, &of4.n, &of6.n);
	fn(arg, &of4);
	fn(arg, &of6);
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
