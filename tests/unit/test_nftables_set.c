/* SPDX-License-Identifier: MIT */
/* Blocked addresses: those that should be, and what changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/nftables_set.h"

#define NOW 1000000

static const struct mg_nft_table rules = { .prefix6 = 64, .size = 3 };

static struct mg_network network_of(const char *text)
{
	struct mg_network n;

	assert_true(mg_network_parse(mg_slice_str(text), &n));
	return n;
}

/* "ADDRESS" to the second, until a NULL. */
struct row {
	const char *address;
	int64_t until;
};

static void want(const struct row *rows, struct mg_nftables_set *out,
		 size_t n_left_out)
{
	struct mg_force force = { .entries = NULL };
	size_t left;

	for (; rows->address; rows++) {
		const struct mg_force_entry e = {
			.key = MG_FORCE_ADDRESS,
			.verb = MG_FORCE_BLOCK,
			.network = network_of(rows->address),
			.until = rows->until,
			.act = MG_LIT("0123456789abcdef"),
		};

		assert_true(mg_force_add(&force, &e));
	}
	mg_force_sort(&force);
	*out = (struct mg_nftables_set){ .n = 0 };
	mg_nftables_set_want(out, &rules, &force, NOW, &left);
	assert_int_equal(left, n_left_out);
	mg_force_release(&force);
}

static void check(const struct mg_nftables_set *set, const struct row *rows)
{
	size_t n = 0;

	for (; rows[n].address; n++) {
		char text[MG_IP_TEXT_MAX];

		assert_true(n < set->n);
		mg_ip_format(&set->entries[n].ip, text);
		assert_string_equal(text, rows[n].address);
		assert_int_equal(set->entries[n].until, rows[n].until);
	}
	assert_int_equal(set->n, n);
}

static void test_wanted(void **state)
{
	static const struct {
		struct row in[6], out[4];
		size_t n_left_out;
	} rows[] = {
		{ { { NULL, 0 } }, { { NULL, 0 } }, 0 },
		/* At its end an address is no longer blocked. */
		{ { { "192.0.2.1", NOW }, { "192.0.2.2", NOW + 1 } },
		  { { "192.0.2.2", NOW + 1 } },
		  0 },
		/* One client, the last end of it. */
		{ { { "2001:db8:0:1::/64", NOW + 5 },
		    { "2001:db8:0:1::1", NOW + 9 },
		    { "2001:db8:0:1::2", NOW + 7 } },
		  { { "2001:db8:0:1::", NOW + 9 } },
		  0 },
		/* More than one client. */
		{ { { "192.0.2.0/24", NOW + 5 }, { "192.0.2.9", NOW + 5 } },
		  { { "192.0.2.9", NOW + 5 } },
		  1 },
		/* As many as there is room for, those that end last. */
		{ { { "192.0.2.1", NOW + 5 },
		    { "192.0.2.2", NOW + 3 },
		    { "192.0.2.3", NOW + 9 },
		    { "192.0.2.4", NOW + 4 },
		    { "192.0.2.5", NOW + 8 } },
		  { { "192.0.2.1", NOW + 5 },
		    { "192.0.2.3", NOW + 9 },
		    { "192.0.2.5", NOW + 8 } },
		  2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mg_nftables_set set;

		want(rows[i].in, &set, rows[i].n_left_out);
		check(&set, rows[i].out);
		mg_nftables_set_release(&set);
	}
}

static void test_compared(void **state)
{
	static const struct row old[] = {
		{ "192.0.2.1", NOW + 5 }, /* stays */
		{ "192.0.2.2", NOW + 5 }, /* is taken out */
		{ "192.0.2.3", NOW + 5 }, /* lasts longer */
		{ NULL, 0 },
	};
	static const struct row new[] = {
		{ "192.0.2.1", NOW + 5 },
		{ "192.0.2.3", NOW + 8 },
		{ "192.0.2.4", NOW + 6 },
		{ NULL, 0 },
	};
	static const struct {
		const char *address;
		int64_t seconds;
	} made[] = { { "192.0.2.2", 0 },
		     { "192.0.2.3", 8 },
		     { "192.0.2.4", 6 } };
	struct mg_nftables_changes changes = { .n = 0 };
	struct mg_nftables_set from, to;

	(void)state;
	want(old, &from, 0);
	want(new, &to, 0);
	mg_nftables_set_compare(&from, &to, NOW, &changes);
	assert_int_equal(changes.n, 3);
	for (size_t i = 0; i < changes.n; i++) {
		const struct mg_network n = network_of(made[i].address);

		assert_memory_equal(&changes.items[i].ip, &n.ip, sizeof(n.ip));
		assert_int_equal(changes.items[i].seconds, made[i].seconds);
	}
	mg_nftables_changes_release(&changes);
	/* What ended by itself needs no word. */
	to.n = 0;
	mg_nftables_set_compare(&from, &to, NOW + 5, &changes);
	assert_int_equal(changes.n, 0);
	mg_nftables_set_release(&from);
	mg_nftables_set_compare(&from, &from, NOW, &changes);
	assert_int_equal(changes.n, 0);
	mg_nftables_set_release(&to);
}

/* Of 10.0.0.0 on so many but one, the middle one of which ends then. */
static void fill(struct mg_nftables_set *s, uint32_t n, uint32_t without,
		 int64_t until)
{
	struct mg_force force = { .entries = NULL };
	const struct mg_nft_table many = { .prefix6 = 64, .size = n };
	size_t left;

	for (uint32_t i = 0; i < n; i++) {
		struct mg_force_entry e = {
			.key = MG_FORCE_ADDRESS,
			.verb = MG_FORCE_BLOCK,
			.network = network_of("10.0.0.0"),
			.until = i == n / 2 ? until : NOW + 9,
			.act = MG_LIT("0123456789abcdef"),
		};

		e.network.ip.bytes[14] = (unsigned char)(i >> 8);
		e.network.ip.bytes[15] = (unsigned char)i;
		if (i != without)
			assert_true(mg_force_add(&force, &e));
	}
	mg_force_sort(&force);
	*s = (struct mg_nftables_set){ .n = 0 };
	mg_nftables_set_want(s, &many, &force, NOW, &left);
	mg_force_release(&force);
}

struct kept {
	struct mg_nftables_set set;
	size_t n_rows;
};

static int take(void *arg, const struct mg_applied *row)
{
	struct kept *k = arg;

	k->n_rows++;
	mg_nftables_set_take(&k->set, row);
	return 0;
}

static void check_kept(struct mg_store *store,
		       const struct mg_nftables_set *want_kept, size_t *n_rows)
{
	struct kept k = { .n_rows = 0 };
	struct mg_err err;

	assert_int_equal(mg_applied_each(store, "t", take, &k, &err), 0);
	assert_int_equal(k.set.n, want_kept->n);
	if (k.set.n)
		assert_memory_equal(k.set.entries, want_kept->entries,
				    k.set.n * sizeof(*k.set.entries));
	*n_rows = k.n_rows;
	mg_nftables_set_release(&k.set);
}

/* What is written down is what is read, whatever changed: rows that end earlier
   or later, one that is gone, all of them. */
static void test_kept(void **state)
{
	struct mg_backend_host h = { .now = NOW };
	struct mg_nftables_set sets[5], last = { .n = 0 };
	struct mg_err err;
	size_t n_rows;

	(void)state;
	assert_int_equal(mg_store_open(&h.store, NULL, MG_STORE_SCRATCH, &err),
			 0);
	fill(&sets[0], 10000, 10000, NOW + 9);
	fill(&sets[1], 10000, 0, NOW + 9);    /* the first of all */
	fill(&sets[2], 10000, 5001, NOW + 5); /* one in the middle */
	fill(&sets[3], 10300, 5001, NOW + 7);
	fill(&sets[4], 0, 0, 0);
	assert_int_equal(mg_store_begin(h.store, &err), 0);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(mg_nftables_set_write_down(&h, "t", &last,
							    &sets[i], &err),
				 0);
		check_kept(h.store, &sets[i], &n_rows);
		assert_in_range(n_rows, sets[i].n / 1000, sets[i].n / 50);
		mg_nftables_set_release(&last);
		last = sets[i];
	}
	assert_int_equal(mg_store_commit(h.store, &err), 0);
	mg_store_close(h.store);
}

static void test_rows_of_others(void **state)
{
	struct mg_nftables_set set = { .n = 0 };
	char bytes[30] = "b";
	const struct mg_applied rows[] = {
		{ .key = mg_slice_of(bytes, 16),
		  .value = mg_slice_of(bytes, 24) },
		{ .key = MG_LIT("table of 17 bytes"),
		  .value = mg_slice_of(bytes, 24) },
		{ .key = mg_slice_of(bytes, 17),
		  .value = mg_slice_of(bytes, 23) },
		{ .key = mg_slice_of(bytes, 17) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		mg_nftables_set_take(&set, &rows[i]);
	assert_int_equal(set.n, 0);
	mg_nftables_set_release(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_compared),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_rows_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
