/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mailguard/account.h"
#include "mailguard/checks.h"

#define HOUR INT64_C(1795312800)
#define NONE MG_ACCOUNT_NONE

static const struct mg_hash_key key = { 5, 6 };

static struct mg_check check(int64_t hour, unsigned ip, uint64_t login,
			     enum mg_check_count which, int64_t n)
{
	struct mg_check c = { .hour = hour, .login = login };

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

static int64_t sum(const struct mg_checks *c)
{
	int64_t n = 0;

	for (size_t i = 0; i < c->n_cells; i++)
		n += c->cells[i].check.n[MG_CHECK_IMAP];
	return n;
}

static void test_every_part_tells_rows_apart(void **state)
{
	struct mg_checks c;

	(void)state;
	mg_checks_init(&c, &key, 100);
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
	mg_checks_init(&c, &key, 100);
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

/* Above the maximum of an hour all is counted, for nobody. */
static void test_too_many_rows(void **state)
{
	static const struct mg_ip nobody;
	struct mg_checks c;

	(void)state;
	mg_checks_init(&c, &key, 10);
	for (unsigned i = 1; i <= 1000; i++)
		add(&c, HOUR, i, i, 1);
	assert_int_equal(c.n_cells, 11);
	assert_memory_equal(&c.cells[10].check.ip, &nobody, sizeof(nobody));
	assert_int_equal(c.cells[10].check.login, 0);
	assert_int_equal(c.cells[10].origin, NONE);
	assert_int_equal(c.cells[10].check.n[MG_CHECK_IMAP], 990);
	/* Who is known already still counts, and so does another hour. */
	add(&c, HOUR, 10, 10, 1);
	assert_int_equal(c.cells[9].check.n[MG_CHECK_IMAP], 2);
	add(&c, HOUR + 3600, 11, 11, 1);
	assert_int_equal(c.n_cells, 12);
	assert_int_equal(sum(&c), 1002);
	mg_checks_release(&c);
}

/* Who cannot log in crowds out nobody who can. */
static void test_sorts_have_room_of_their_own(void **state)
{
	struct mg_checks c;

	(void)state;
	mg_checks_init(&c, &key, 10);
	for (unsigned i = 1; i <= 1000; i++)
		add(&c, HOUR, i, 0, 1);
	add(&c, HOUR, 5000, 7, 1);
	assert_int_equal(c.n_cells, 12);
	assert_int_equal(c.cells[11].check.login, 7);
	mg_checks_release(&c);
}

/* Rows that an earlier chunk has told are no new ones. */
static void test_settling(void **state)
{
	struct mg_checks c;

	(void)state;
	mg_checks_init(&c, &key, 10);
	for (unsigned turn = 0; turn < 5; turn++) {
		for (unsigned i = 1; i <= 20; i++)
			add(&c, HOUR, i, i, 1);
		assert_int_equal(c.n_cells, 11);
		assert_int_equal(sum(&c), 20);
		mg_checks_settle(&c);
		assert_int_equal(c.n_cells, 11);
		assert_int_equal(sum(&c), 0);
	}
	/* Hours that are over are forgotten, the last but one is not yet. */
	add(&c, HOUR + 3600, 1, 1, 1);
	mg_checks_settle(&c);
	assert_int_equal(c.n_cells, 12);
	add(&c, HOUR + 7200, 1, 1, 1);
	mg_checks_settle(&c);
	assert_int_equal(c.n_cells, 2);
	assert_int_equal(c.n_hours, 2);
	mg_checks_release(&c);
}

static void test_many_hours(void **state)
{
	struct mg_checks c;

	(void)state;
	mg_checks_init(&c, &key, 2);
	for (int i = 0; i < 10000; i++)
		add(&c, HOUR + i * INT64_C(3600), 1, 1, 1);
	assert_int_equal(c.n_cells, 10000);
	assert_int_equal(c.n_hours, 10000);
	mg_checks_settle(&c);
	assert_int_equal(c.n_cells, 2);
	mg_checks_release(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_part_tells_rows_apart),
		cmocka_unit_test(test_counts_are_kept_apart),
		cmocka_unit_test(test_too_many_rows),
		cmocka_unit_test(test_sorts_have_room_of_their_own),
		cmocka_unit_test(test_settling),
		cmocka_unit_test(test_many_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
