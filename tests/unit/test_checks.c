/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/account.h"
#include "mailguard/checks.h"

#define HOUR INT64_C(1795312800)
#define NONE MG_ACCOUNT_NONE

static const struct mg_hash_key key = { 5, 6 };

static struct mg_check check(int64_t hour, unsigned ip, uint64_t login,
			     enum mg_check_count which, int64_t n)
{
	struct mg_check c = { .at = hour, .login = login };

	c.ip.bytes[14] = (unsigned char)(ip >> 8);
	c.ip.bytes[15] = (unsigned char)ip;
	c.n[which] = n;
	return c;
}

static void add(struct mg_checks *c, int64_t hour, unsigned ip, uint64_t login,
		int64_t n)
{
	const struct mg_check one = check(hour, ip, login, MG_CHECK_IMAP, n);

	mg_checks_add(c, &one, login ? (uint32_t)login : NONE);
}

static void test_every_part_tells_rows_apart(void **state)
{
	struct mg_checks c;

	(void)state;
	mg_checks_init(&c, &key);
	for (int turn = 0; turn < 2; turn++) {
		add(&c, HOUR, 1, 7, 1);
		add(&c, HOUR + 3600, 1, 7, 10);
		add(&c, HOUR, 2, 7, 100);
		add(&c, HOUR, 1, 8, 1000);
		add(&c, HOUR, 1, 0, 10000);
	}
	assert_int_equal(c.n_cells, 5);
	assert_int_equal(c.cells[0].check.n[MG_CHECK_IMAP], 2);
	assert_int_equal(c.cells[1].check.n[MG_CHECK_IMAP], 20);
	assert_int_equal(c.cells[2].check.n[MG_CHECK_IMAP], 200);
	assert_int_equal(c.cells[3].check.n[MG_CHECK_IMAP], 2000);
	assert_int_equal(c.cells[4].check.n[MG_CHECK_IMAP], 20000);
	assert_int_equal(c.cells[3].origin, 8);
	assert_int_equal(c.cells[4].origin, NONE);
	mg_checks_release(&c);
}

static void test_counts_are_kept_apart(void **state)
{
	struct mg_checks c;

	(void)state;
	mg_checks_init(&c, &key);
	for (int i = 0; i < MG_CHECK_COUNTS; i++) {
		const struct mg_check one =
			check(HOUR, 1, 7, (enum mg_check_count)i, i + 1);

		mg_checks_add(&c, &one, 3);
	}
	assert_int_equal(c.n_cells, 1);
	for (int i = 0; i < MG_CHECK_COUNTS; i++)
		assert_int_equal(c.cells[0].check.n[i], i + 1);
	mg_checks_release(&c);
}

static void test_clearing(void **state)
{
	struct mg_checks c;

	(void)state;
	mg_checks_init(&c, &key);
	for (unsigned turn = 0; turn < 3; turn++) {
		for (unsigned i = 0; i < 20000; i++)
			add(&c, HOUR, i % 10000, 7, 1);
		assert_int_equal(c.n_cells, 10000);
		assert_int_equal(c.cells[9999].check.n[MG_CHECK_IMAP], 2);
		mg_checks_clear(&c);
		assert_int_equal(c.n_cells, 0);
	}
	mg_checks_release(&c);
	mg_checks_release(&c);
}

/* Slots forth and back: those with a map of their own, and all others. */
static void test_rows_are_found_in_any_order_of_time(void **state)
{
	static const int order[] = { 0, 1, 0, 3, 2, 0, 1, 9, 3, 8, 2, 0, 9 };
	enum { N = sizeof(order) / sizeof(*order), ROWS = 50 };
	int64_t sums[10] = { 0 };
	struct mg_checks c;

	(void)state;
	mg_checks_init(&c, &key);
	for (int turn = 0; turn < 2; turn++) {
		memset(sums, 0, sizeof(sums));
		for (int i = 0; i < N; i++) {
			sums[order[i]] += i + 1;
			for (unsigned ip = 1; ip <= ROWS; ip++)
				add(&c, HOUR + order[i] * 300, ip, 7, i + 1);
		}
		assert_int_equal(c.n_cells, 6 * ROWS);
		for (size_t i = 0; i < c.n_cells; i++)
			assert_int_equal(
				c.cells[i].check.n[MG_CHECK_IMAP],
				sums[(c.cells[i].check.at - HOUR) / 300]);
		mg_checks_clear(&c);
	}
	mg_checks_release(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_part_tells_rows_apart),
		cmocka_unit_test(test_counts_are_kept_apart),
		cmocka_unit_test(test_clearing),
		cmocka_unit_test(test_rows_are_found_in_any_order_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
