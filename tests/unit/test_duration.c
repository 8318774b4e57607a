/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mailguard/duration.h"

#define NONE INT64_C(-1)

static void test_parse(void **state)
{
	static const struct row {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{ "90s", 90 },
		{ "5m", 300 },
		{ "1h", 3600 },
		{ "14d", 14 * 86400 },
		{ "2w", 14 * 86400 },
		{ "0s", 0 },
		{ "007d", 7 * 86400 },
		{ "36525d", MG_DURATION_MAX },
		{ "3155760000s", MG_DURATION_MAX },
		{ "36526d", NONE },
		{ "3155760001s", NONE },
		{ "99999999999999999999d", NONE },
		{ "18446744073709551615w", NONE },
		{ "", NONE },
		{ "5", NONE },
		{ "h", NONE },
		{ "1H", NONE },
		{ "1y", NONE },
		{ "-1h", NONE },
		{ " 1h", NONE },
		{ "1 h", NONE },
		{ "1h ", NONE },
		{ "1h30m", NONE },
		{ "1.5h", NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t out = NONE;
		const bool is_good =
			mg_duration_parse(mg_slice_str(rows[i].text), &out);

		if (is_good != (rows[i].seconds != NONE) ||
		    out != rows[i].seconds)
			fail_msg("'%s' is %lld", rows[i].text, (long long)out);
	}
}

static void test_add(void **state)
{
	static const struct row {
		int64_t seconds;
		const char *text;
	} rows[] = {
		{ 0, "0s" },
		{ 1, "1s" },
		{ 60, "1m" },
		{ 3600, "1h" },
		{ 5400, "90m" },
		{ 86400, "1d" },
		{ 86401, "86401s" },
		{ 7 * 86400, "7d" },
		{ 400 * 86400, "400d" },
		{ MG_DURATION_MAX, "36525d" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mg_buf b;
		int64_t back;

		mg_buf_init(&b, 64);
		mg_duration_add(&b, rows[i].seconds);
		assert_string_equal(b.ptr, rows[i].text);
		assert_true(mg_duration_parse(mg_buf_slice(&b), &back));
		assert_int_equal(back, rows[i].seconds);
		mg_buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_add),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
