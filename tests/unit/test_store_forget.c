/* SPDX-License-Identifier: MIT */
/* What is too old is taken away, however old somebody makes the oldest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mailguard/store.h"

#define HOUR INT64_C(1772323200) /* 2026-03-01 00:00 UTC */
#define IN_1995 INT64_C(809395200)
#define KEEP_S (10 * 3600)

static struct mg_store *store;
static struct mg_err err;

static int begin(void **state)
{
	(void)state;
	assert_int_equal(mg_store_open(&store, NULL, MG_STORE_SCRATCH, &err),
			 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	mg_store_close(store);
	return 0;
}

/* A count of each kind that is kept by hours. */
static void count(int64_t hour)
{
	const struct mg_origin o = { MG_ORIGIN_USER, MG_LIT("alice"),
				     MG_LIT(""), MG_LIT(""), MG_LIT("") };
	struct mg_store_fact fact = { .at = hour, .counts = { { 1 } } };
	const struct mg_store_check check = {
		.check = { .at = hour,
			   .ip = { .bytes = { [15] = 1 } },
			   .login = 7,
			   .n = { 1 } }
	};

	assert_int_equal(mg_store_origin(store, &o, &fact.row, &err), 0);
	assert_int_equal(mg_store_add_facts(store, &fact, 1, &err), 0);
	assert_int_equal(mg_store_sender(store, MG_LIT("a.example"), &fact.row,
					 &err),
			 0);
	assert_int_equal(mg_store_add_sender_facts(store, &fact, 1, &err), 0);
	assert_int_equal(mg_store_add_checks(store, &check, 1, &err), 0);
}

static int64_t n_senders(int64_t hour)
{
	int64_t n = -1;

	assert_int_equal(mg_store_count_senders(store, hour, &n, &err), 0);
	return n;
}

static int64_t n_checks(int64_t hour)
{
	int64_t n[2] = { -1, -1 };

	assert_int_equal(mg_store_count_checks(store, hour, n, &err), 0);
	return n[0] + n[1];
}

static void forget(int64_t now, int64_t at_once)
{
	assert_int_equal(
		mg_store_forget_hours(store, now, KEEP_S, at_once, &err), 0);
}

/* How many of the hours before HOUR are still there. */
static int n_kept(void)
{
	int n = 0;

	for (int64_t i = 1; i <= 20; i++) {
		assert_int_equal(n_senders(HOUR - i * 3600),
				 n_checks(HOUR - i * 3600));
		n += n_senders(HOUR - i * 3600) != 0;
	}
	return n;
}

static void fill(void)
{
	for (int64_t i = 0; i <= 20; i++)
		count(HOUR - i * 3600);
}

static void test_the_oldest_go_first(void **state)
{
	(void)state;
	fill();
	forget(HOUR, 3);
	assert_int_equal(n_kept(), 17);
	assert_int_equal(n_senders(HOUR - 18 * 3600), 0);
	assert_int_equal(n_senders(HOUR - 17 * 3600), 1);
	forget(HOUR, 100);
	assert_int_equal(n_kept(), 10);
	assert_int_equal(n_senders(HOUR - 10 * 3600), 1);
	forget(HOUR, 1);
	assert_int_equal(n_kept(), 10);
}

/* A host that rests loses nothing, nor does an old log that is swept alone. */
static void test_age_is_before_the_last_hour(void **state)
{
	(void)state;
	fill();
	forget(HOUR + 1000 * 3600, 100);
	assert_int_equal(n_kept(), 10);
}

/* One line before each sweep, stamped so, held all else back. */
static void test_a_stamp_of_long_ago_holds_nothing_back(void **state)
{
	(void)state;
	fill();
	for (int i = 0; i < 5; i++) {
		count(IN_1995);
		forget(HOUR, 3);
	}
	assert_int_equal(n_senders(IN_1995), 0);
	assert_int_equal(n_checks(IN_1995), 0);
	assert_int_equal(n_kept(), 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_the_oldest_go_first),
		TEST(test_age_is_before_the_last_hour),
		TEST(test_a_stamp_of_long_ago_holds_nothing_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
