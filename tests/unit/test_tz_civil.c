/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mailguard/tz.h"

#define DAY_S 86400

static struct mg_civil civil(int year, int month, int day, int hour, int minute,
			     int second)
{
	return (struct mg_civil){ year, month, day, hour, minute, second };
}

static void test_civil_days_count_every_day(void **state)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30,
				      31, 31, 30, 31, 30, 31 };
	int64_t days = -719162; /* 0001-01-01 */
	struct mg_civil c;

	(void)state;
	for (int year = 1; year <= 9999; year++) {
		const bool leap = (year % 4 == 0 && year % 100) ||
				  year % 400 == 0;

		for (int month = 1; month <= 12; month++) {
			const int n = length[month - 1] + (month == 2 && leap);

			for (int day = 1; day <= n; day++, days++) {
				assert_int_equal(
					mg_civil_days(year, month, day), days);
				mg_civil_of(days * DAY_S + 86399, 0, &c);
				assert_int_equal(c.year, year);
				assert_int_equal(c.month, month);
				assert_int_equal(c.day, day);
				assert_int_equal(c.hour, 23);
				assert_int_equal(c.minute, 59);
				assert_int_equal(c.second, 59);
			}
			c = civil(year, month, n + 1, 0, 0, 0);
			assert_false(mg_civil_is_valid(&c));
			c.day = n;
			assert_true(mg_civil_is_valid(&c));
		}
	}
}

static void test_civil_of_stays_in_its_years(void **state)
{
	static const struct {
		int64_t t;
		int32_t offset;
		struct mg_civil want;
	} rows[] = {
		{ 0, 0, { 1970, 1, 1, 0, 0, 0 } },
		{ -1, 0, { 1969, 12, 31, 23, 59, 59 } },
		{ 0, -1, { 1969, 12, 31, 23, 59, 59 } },
		{ 1772323200, 19800, { 2026, 3, 1, 5, 30, 0 } },
		{ -62135596800, 0, { 1, 1, 1, 0, 0, 0 } },
		{ -62135596801, 0, { 1, 1, 1, 0, 0, 0 } },
		{ -62135596800, -3600, { 1, 1, 1, 0, 0, 0 } },
		{ 253402300799, 0, { 9999, 12, 31, 23, 59, 59 } },
		{ 253402300800, 0, { 9999, 12, 31, 23, 59, 59 } },
		{ 253402300799, 3600, { 9999, 12, 31, 23, 59, 59 } },
		{ INT64_MIN, -3600, { 1, 1, 1, 0, 0, 0 } },
		{ INT64_MAX, 3600, { 9999, 12, 31, 23, 59, 59 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_civil c;

		mg_civil_of(rows[i].t, rows[i].offset, &c);
		assert_memory_equal(&c, &rows[i].want, sizeof(c));
	}
}

static void test_civil_is_valid(void **state)
{
	static const struct {
		struct mg_civil c;
		bool want;
	} rows[] = {
		{ { 2026, 3, 1, 0, 0, 0 }, true },
		{ { 1, 1, 1, 0, 0, 0 }, true },
		{ { 0, 1, 1, 0, 0, 0 }, false },
		{ { 9999, 12, 31, 23, 59, 60 }, true },
		{ { 10000, 1, 1, 0, 0, 0 }, false },
		{ { 2026, 0, 1, 0, 0, 0 }, false },
		{ { 2026, 13, 1, 0, 0, 0 }, false },
		{ { 2026, 1, 0, 0, 0, 0 }, false },
		{ { 2023, 2, 29, 0, 0, 0 }, false },
		{ { 2024, 2, 29, 0, 0, 0 }, true },
		{ { 1900, 2, 29, 0, 0, 0 }, false },
		{ { 2000, 2, 29, 0, 0, 0 }, true },
		{ { 2026, 1, 1, 24, 0, 0 }, false },
		{ { 2026, 1, 1, -1, 0, 0 }, false },
		{ { 2026, 1, 1, 0, 60, 0 }, false },
		{ { 2026, 1, 1, 0, -1, 0 }, false },
		{ { 2026, 1, 1, 0, 0, 61 }, false },
		{ { 2026, 1, 1, 0, 0, -1 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(mg_civil_is_valid(&rows[i].c), rows[i].want);
}

static void test_second_60_counts_as_59(void **state)
{
	const struct mg_civil leap = civil(2016, 12, 31, 23, 59, 60);
	const struct mg_civil plain = civil(2016, 12, 31, 23, 59, 59);

	(void)state;
	assert_int_equal(mg_civil_utc(&leap), 1483228799);
	assert_int_equal(mg_civil_utc(&plain), 1483228799);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_civil_days_count_every_day),
		cmocka_unit_test(test_civil_of_stays_in_its_years),
		cmocka_unit_test(test_civil_is_valid),
		cmocka_unit_test(test_second_60_counts_as_59),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
