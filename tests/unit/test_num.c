/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/num.h"

#define UNTOUCHED 4711

static void test_parse(void **state)
{
	static const struct {
		struct mg_slice s;
		uint64_t max;
		bool ok;
		uint64_t want;
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("0"), 0, true, 0 },
		{ MG_LIT_INIT("1"), 0, false, 0 },
		{ MG_LIT_INIT("9"), 9, true, 9 },
		{ MG_LIT_INIT("10"), 9, false, 0 },
		{ MG_LIT_INIT("007"), 7, true, 7 },
		{ MG_LIT_INIT("008"), 7, false, 0 },
		{ MG_LIT_INIT("65535"), 65535, true, 65535 },
		{ MG_LIT_INIT("65536"), 65535, false, 0 },

		/* The largest there is, and the ways past it. */
		{ MG_LIT_INIT("18446744073709551615"), UINT64_MAX, true,
		  UINT64_MAX },
		{ MG_LIT_INIT("18446744073709551615"), UINT64_MAX - 1, false,
		  0 },
		{ MG_LIT_INIT("18446744073709551616"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("18446744073709551620"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("99999999999999999999"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("184467440737095516150"), UINT64_MAX, false, 0 },

		/* At most 20 digits. */
		{ MG_LIT_INIT("00000000000000000001"), UINT64_MAX, true, 1 },
		{ MG_LIT_INIT("000000000000000000001"), UINT64_MAX, false, 0 },

		/* Nothing else. */
		{ MG_LIT_INIT("-1"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("+1"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT(" 1"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("1 "), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("1\n"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("1\0"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("0x1"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("1e3"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("1.0"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("1,000"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("/"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT(":"), UINT64_MAX, false, 0 },
		{ MG_LIT_INIT("\xb2"), UINT64_MAX, false, 0 },
		{ { "12", 1 }, UINT64_MAX, true, 1 },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t n = UNTOUCHED;

		if (mg_num_parse(rows[i].s, rows[i].max, &n) != rows[i].ok)
			fail_msg("'%.*s' up to %" PRIu64,
				 MG_SLICE_ARG(rows[i].s), rows[i].max);
		assert_int_equal(n, rows[i].ok ? rows[i].want : UNTOUCHED);
	}
}

static void test_every_small_number_against_every_small_maximum(void **state)
{
	(void)state;
	for (uint64_t value = 0; value <= 220; value++)
		for (uint64_t max = 0; max <= 220; max++) {
			char text[8];
			uint64_t n = UNTOUCHED;

			(void)snprintf(text, sizeof(text), "%" PRIu64, value);
			assert_int_equal(mg_num_parse(mg_slice_str(text), max,
						      &n),
					 value <= max);
			assert_int_equal(n, value <= max ? value : UNTOUCHED);
		}
}

static void test_cut(void **state)
{
	static const struct {
		const char *s;
		uint64_t max;
		const char *rest; /* NULL: false, nothing changed */
		uint64_t want;
	} rows[] = {
		{ "", UINT64_MAX, NULL, 0 },
		{ "x1", UINT64_MAX, NULL, 0 },
		{ "-1", UINT64_MAX, NULL, 0 },
		{ " 1", UINT64_MAX, NULL, 0 },
		{ "1", 1, "", 1 },
		{ "12ab", 12, "ab", 12 },
		{ "12ab", 11, NULL, 0 },
		{ "123", 12, NULL, 0 },
		{ "0:", 0, ":", 0 },
		{ "007.", 7, ".", 7 },
		{ "18446744073709551615-", UINT64_MAX, "-", UINT64_MAX },
		{ "18446744073709551616-", UINT64_MAX, NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mg_slice before = mg_slice_str(rows[i].s);
		struct mg_slice s = before;
		uint64_t n = UNTOUCHED;

		if (!rows[i].rest) {
			assert_false(mg_num_cut(&s, rows[i].max, &n));
			assert_ptr_equal(s.ptr, before.ptr);
			assert_int_equal(s.len, before.len);
			assert_int_equal(n, UNTOUCHED);
			continue;
		}
		assert_true(mg_num_cut(&s, rows[i].max, &n));
		assert_true(mg_slice_is(s, mg_slice_str(rows[i].rest)));
		assert_int_equal(n, rows[i].want);
	}
}

static void test_cut_fixed(void **state)
{
	static const struct {
		struct mg_slice s;
		unsigned n;
		const char *rest; /* NULL: false, nothing changed */
		unsigned want;
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, 1, NULL, 0 },
		{ { NULL, 0 }, 0, NULL, 0 },
		{ MG_LIT_INIT("12"), 0, NULL, 0 },
		{ MG_LIT_INIT("12"), 2, "", 12 },
		{ MG_LIT_INIT("12"), 3, NULL, 0 },
		{ MG_LIT_INIT("123"), 2, "3", 12 },
		{ MG_LIT_INIT("09-"), 2, "-", 9 },
		{ MG_LIT_INIT("9-"), 2, NULL, 0 },
		{ MG_LIT_INIT(" 9"), 2, NULL, 0 },
		{ MG_LIT_INIT("+9"), 2, NULL, 0 },
		{ MG_LIT_INIT("2026-"), 4, "-", 2026 },
		{ MG_LIT_INIT("999999999"), 9, "", 999999999 },
		{ MG_LIT_INIT("0000000001"), 9, "1", 0 },
		{ MG_LIT_INIT("0000000001"), 10, NULL, 0 },
		{ { "123", 2 }, 3, NULL, 0 },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mg_slice before = rows[i].s;
		struct mg_slice s = before;
		unsigned n = UNTOUCHED;

		if (!rows[i].rest) {
			assert_false(mg_num_cut_fixed(&s, rows[i].n, &n));
			assert_ptr_equal(s.ptr, before.ptr);
			assert_int_equal(s.len, before.len);
			assert_int_equal(n, UNTOUCHED);
			continue;
		}
		assert_true(mg_num_cut_fixed(&s, rows[i].n, &n));
		assert_true(mg_slice_is(s, mg_slice_str(rows[i].rest)));
		assert_int_equal(n, rows[i].want);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(
			test_every_small_number_against_every_small_maximum),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_fixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
