/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/limits.h"
#include "mailguard/seen.h"

static struct mg_entry entry(uint8_t series, uint64_t seqnum, int64_t at_us)
{
	struct mg_entry e = { .seqnum = seqnum, .at_us = at_us };

	memset(e.id, series, sizeof(e.id));
	return e;
}

static bool pass(struct mg_seen *s, uint8_t series, uint64_t seqnum)
{
	const struct mg_entry e = entry(series, seqnum, (int64_t)seqnum);

	return mg_seen_pass(s, &e);
}

static void test_each_counts_once(void **state)
{
	static const struct {
		uint8_t series;
		uint64_t seqnum;
		bool is_new;
	} rows[] = {
		{ 1, 5, true },
		{ 1, 5, false },
		{ 1, 4, false },
		{ 1, 6, true },
		/* Another series has numbers of its own. */
		{ 2, 1, true },
		{ 1, 6, false },
		{ 2, 1, false },
		{ 2, 2, true },
		{ 1, 9, true },
		{ 1, 7, false },
		{ 3, 0, true },
		{ 3, 0, false },
	};
	struct mg_seen s = { .n_series = 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(pass(&s, rows[i].series, rows[i].seqnum),
				 rows[i].is_new);
	assert_int_equal(s.n_series, 3);
	mg_seen_release(&s);
	mg_seen_release(&s);
}

static void test_what_was_restored_is_told(void **state)
{
	struct mg_seen s = { .n_series = 0 };
	const struct mg_entry known = entry(1, 7, 7);

	(void)state;
	mg_seen_restore(&s, &known);
	assert_true(s.series[0].is_told);
	assert_false(pass(&s, 1, 7));
	assert_true(s.series[0].is_told);
	assert_true(pass(&s, 1, 8));
	assert_false(s.series[0].is_told);
	assert_int_equal(s.series[0].last.seqnum, 8);
	mg_seen_release(&s);
}

/* One over the limit: the one that was read longest ago makes room. */
static void test_series_are_bounded(void **state)
{
	struct mg_seen s = { .n_series = 0 };
	struct mg_entry e;

	(void)state;
	for (int i = 0; i < MG_JOURNAL_SERIES_MAX; i++) {
		e = entry(0, 1, 1000 + i);
		e.id[0] = (uint8_t)i;
		e.at_us = i == 7 ? 1 : e.at_us;
		assert_true(mg_seen_pass(&s, &e));
	}
	assert_int_equal(s.n_series, MG_JOURNAL_SERIES_MAX);
	e = entry(9, 1, 5000);
	assert_true(mg_seen_pass(&s, &e));
	assert_int_equal(s.n_series, MG_JOURNAL_SERIES_MAX);
	assert_false(mg_seen_pass(&s, &e));
	e = entry(0, 1, 1000);
	assert_false(mg_seen_pass(&s, &e));
	e.id[0] = 7;
	assert_true(mg_seen_pass(&s, &e));
	mg_seen_release(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_counts_once),
		cmocka_unit_test(test_what_was_restored_is_told),
		cmocka_unit_test(test_series_are_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
