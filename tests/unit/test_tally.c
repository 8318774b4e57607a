/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/tally.h"

#define HOUR_S 3600

static void test_cells_are_in_the_order_of_first_touch(void **state)
{
	struct mg_tally t = { 0 };

	(void)state;
	mg_tally_add(&t, 7, 7200, MG_MESSAGES, 1);
	mg_tally_add(&t, 3, 3600, MG_BYTES, 500);
	mg_tally_add(&t, 7, 7200, MG_RECIPIENTS, 4);
	mg_tally_add(&t, 7, 3600, MG_MESSAGES, 1);
	mg_tally_add(&t, 7, 7200, MG_MESSAGES, 2);
	assert_int_equal(t.n_cells, 3);
	assert_int_equal(t.cells[0].subject, 7);
	assert_int_equal(t.cells[0].at, 7200);
	assert_int_equal(t.cells[0].counts.n[MG_MESSAGES], 3);
	assert_int_equal(t.cells[0].counts.n[MG_RECIPIENTS], 4);
	assert_int_equal(t.cells[0].counts.n[MG_BYTES], 0);
	assert_int_equal(t.cells[1].subject, 3);
	assert_int_equal(t.cells[1].counts.n[MG_BYTES], 500);
	assert_int_equal(t.cells[2].subject, 7);
	assert_int_equal(t.cells[2].at, 3600);
	mg_tally_release(&t);
}

static void test_counts_are_taken_back(void **state)
{
	struct mg_tally t = { 0 };

	(void)state;
	mg_tally_add(&t, 0, 0, MG_MESSAGES, 1);
	mg_tally_add(&t, 0, 0, MG_MESSAGES, -1);
	mg_tally_add(&t, 0, 0, MG_BYTES, -9);
	assert_int_equal(t.n_cells, 1);
	assert_int_equal(t.cells[0].counts.n[MG_MESSAGES], 0);
	assert_int_equal(t.cells[0].counts.n[MG_BYTES], -9);
	mg_tally_release(&t);
}

static void test_hours_before_1970_and_any_offset(void **state)
{
	static const int64_t hours[] = {
		-3600, 0, 900, 4500, -2700, 7258118400
	};
	struct mg_tally t = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(hours) / sizeof(*hours); i++)
		mg_tally_add(&t, 1, hours[i], MG_MESSAGES, (int64_t)i + 1);
	assert_int_equal(t.n_cells, sizeof(hours) / sizeof(*hours));
	for (size_t i = 0; i < sizeof(hours) / sizeof(*hours); i++) {
		assert_int_equal(t.cells[i].at, hours[i]);
		assert_int_equal(t.cells[i].counts.n[MG_MESSAGES], i + 1);
	}
	mg_tally_release(&t);
}

/* Many subjects and hours against a plain array, over several clearings. */
static void test_against_a_plain_array(void **state)
{
	enum { SUBJECTS = 150, HOURS = 20, STEPS = 20000 };
	static int64_t want[SUBJECTS][HOURS][MG_COUNTS];
	const uint32_t seed = 1;
	uint32_t x = seed;
	struct mg_tally t = { 0 };

	(void)state;
	for (int turn = 0; turn < 3; turn++) {
		size_t n = 0;

		memset(want, 0, sizeof(want));
		for (int i = 0; i < STEPS; i++) {
			uint32_t r;

			x = x * 1664525 + 1013904223;
			r = x >> 8;
			want[r % SUBJECTS][r / 7 % HOURS][r % MG_COUNTS] += 3;
			mg_tally_add(&t, r % SUBJECTS,
				     (int64_t)(r / 7 % HOURS) * HOUR_S + 900,
				     (enum mg_count)(r % MG_COUNTS), 3);
		}
		for (size_t i = 0; i < t.n_cells; i++) {
			const struct mg_tally_cell *c = &t.cells[i];
			const int64_t hour = (c->at - 900) / HOUR_S;

			assert_memory_equal(c->counts.n, want[c->subject][hour],
					    sizeof(c->counts.n));
			memset(want[c->subject][hour], 0,
			       sizeof(want[c->subject][hour]));
		}
		for (int s = 0; s < SUBJECTS; s++)
			for (int h = 0; h < HOURS; h++)
				for (int k = 0; k < MG_COUNTS; k++)
					n += want[s][h][k] != 0;
		assert_int_equal(n, 0);
		mg_tally_clear(&t);
		assert_int_equal(t.n_cells, 0);
	}
	mg_tally_release(&t);
}

static void test_empty(void **state)
{
	struct mg_tally t = { 0 };

	(void)state;
	mg_tally_clear(&t);
	assert_int_equal(t.n_cells, 0);
	mg_tally_release(&t);
	mg_tally_release(&t);
	mg_tally_add(&t, 1000, 0, MG_MESSAGES, 1); /* usable again */
	assert_int_equal(t.n_cells, 1);
	mg_tally_release(&t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells_are_in_the_order_of_first_touch),
		cmocka_unit_test(test_counts_are_taken_back),
		cmocka_unit_test(test_hours_before_1970_and_any_offset),
		cmocka_unit_test(test_against_a_plain_array),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
