/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mailguard/slice.h"

static const struct mg_slice nothing = { NULL, 0 };

/* The very bytes, not only equal ones. */
static void assert_same(struct mg_slice a, struct mg_slice b)
{
	assert_ptr_equal(a.ptr, b.ptr);
	assert_int_equal(a.len, b.len);
}

static void test_making(void **state)
{
	static const struct mg_slice constant = MG_LIT_INIT("a\0b");
	static const char text[] = "text";

	(void)state;
	assert_same(mg_slice_str(NULL), nothing);
	assert_int_equal(mg_slice_str("").len, 0);
	assert_same(mg_slice_str(text), mg_slice_of(text, 4));
	assert_same(mg_slice_from(mg_slice_str(text), 1),
		    mg_slice_of(text + 1, 3));
	assert_same(mg_slice_from(mg_slice_str(text), 4),
		    mg_slice_of(text + 4, 0));
	assert_int_equal(constant.len, 3);
	assert_memory_equal(constant.ptr, "a\0b", 3);
	assert_int_equal(MG_LIT("").len, 0);
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void test_cmp_and_is(void **state)
{
	static const struct {
		struct mg_slice a, b;
		int want;
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, { NULL, 0 }, 0 },
		{ { NULL, 0 }, MG_LIT_INIT(""), 0 },
		{ { NULL, 0 }, MG_LIT_INIT("a"), -1 },
		{ MG_LIT_INIT("a"), MG_LIT_INIT("a"), 0 },
		{ MG_LIT_INIT("a"), MG_LIT_INIT("b"), -1 },
		{ MG_LIT_INIT("a"), MG_LIT_INIT("ab"), -1 },
		{ MG_LIT_INIT("b"), MG_LIT_INIT("ab"), 1 },
		{ MG_LIT_INIT("A"), MG_LIT_INIT("a"), -1 },
		{ MG_LIT_INIT("\x7f"), MG_LIT_INIT("\x80"), -1 },
		{ MG_LIT_INIT("\xff"), MG_LIT_INIT(""), 1 },
		{ MG_LIT_INIT("a\0b"), MG_LIT_INIT("a\0c"), -1 },
		{ MG_LIT_INIT("a\0"), MG_LIT_INIT("a"), 1 },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mg_slice a = rows[i].a, b = rows[i].b;

		assert_int_equal(sign(mg_slice_cmp(a, b)), rows[i].want);
		assert_int_equal(sign(mg_slice_cmp(b, a)), -rows[i].want);
		assert_int_equal(mg_slice_is(a, b), rows[i].want == 0);
		assert_int_equal(mg_slice_is(b, a), rows[i].want == 0);
	}
}

static bool is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Every pair of bytes: '@' is no small '`', nor 0xc4 a large 0xe4. */
static void test_is_nocase_for_letters_only(void **state)
{
	(void)state;
	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			const char x[] = { '-', (char)a },
				   y[] = { '-', (char)b };
			const bool want = a == b ||
					  (is_letter(a) && is_letter(b) &&
					   (a ^ b) == 0x20);

			assert_int_equal(mg_slice_is_nocase(mg_slice_of(x, 2),
							    mg_slice_of(y, 2)),
					 want);
		}
	assert_true(mg_slice_is_nocase(nothing, MG_LIT("")));
	assert_false(mg_slice_is_nocase(MG_LIT("a"), MG_LIT("ab")));
	assert_false(mg_slice_is_nocase(MG_LIT("a"), nothing));
}

static void test_has_prefix_and_cut_lit(void **state)
{
	static const struct {
		struct mg_slice s, lit;
		bool want;
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, MG_LIT_INIT("a"), false },
		{ { "", 0 }, { NULL, 0 }, true },
		{ MG_LIT_INIT("a"), { NULL, 0 }, true },
		{ MG_LIT_INIT("a"), MG_LIT_INIT("a"), true },
		{ MG_LIT_INIT("a"), MG_LIT_INIT("ab"), false },
		{ MG_LIT_INIT("ab"), MG_LIT_INIT("a"), true },
		{ MG_LIT_INIT("ab"), MG_LIT_INIT("A"), false },
		{ MG_LIT_INIT("ab"), MG_LIT_INIT("b"), false },
		{ MG_LIT_INIT("\0b"), MG_LIT_INIT("\0"), true },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mg_slice before = rows[i].s;
		struct mg_slice s = before;

		assert_int_equal(mg_slice_has_prefix(s, rows[i].lit),
				 rows[i].want);
		assert_int_equal(mg_slice_cut_lit(&s, rows[i].lit),
				 rows[i].want);
		assert_same(s, rows[i].want
				       ? mg_slice_from(before, rows[i].lit.len)
				       : before);
	}
}

static void test_find_and_rfind(void **state)
{
	static const struct {
		struct mg_slice s;
		char c;
		size_t first, last;
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, 'a', 0, 0 },
		{ MG_LIT_INIT("a"), 'a', 0, 0 },
		{ MG_LIT_INIT("b"), 'a', 1, 1 },
		{ MG_LIT_INIT("abca"), 'a', 0, 3 },
		{ MG_LIT_INIT("abca"), 'b', 1, 1 },
		{ MG_LIT_INIT("abca"), '\0', 4, 4 },
		{ MG_LIT_INIT("a\0b\0"), '\0', 1, 3 },
		{ MG_LIT_INIT("a\xff"), '\xff', 1, 1 },
		{ { "abc", 2 }, 'c', 2, 2 },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(mg_slice_find(rows[i].s, rows[i].c),
				 rows[i].first);
		assert_int_equal(mg_slice_rfind(rows[i].s, rows[i].c),
				 rows[i].last);
	}
}

static void test_search(void **state)
{
	static const struct {
		struct mg_slice s, what;
		size_t want;
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, { NULL, 0 }, 0 },
		{ { NULL, 0 }, MG_LIT_INIT("a"), 0 },
		{ MG_LIT_INIT("abc"), { NULL, 0 }, 0 },
		{ MG_LIT_INIT("abc"), MG_LIT_INIT("abc"), 0 },
		{ MG_LIT_INIT("abc"), MG_LIT_INIT("abcd"), 3 },
		{ MG_LIT_INIT("abc"), MG_LIT_INIT("c"), 2 },
		{ MG_LIT_INIT("aaab"), MG_LIT_INIT("aab"), 1 },
		{ MG_LIT_INIT("a=> b=> "), MG_LIT_INIT("=> "), 1 },
		{ MG_LIT_INIT("abc"), MG_LIT_INIT("B"), 3 },
		{ MG_LIT_INIT("a\0bc"), MG_LIT_INIT("\0b"), 1 },
		{ { "abc", 2 }, MG_LIT_INIT("bc"), 2 },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(mg_slice_search(rows[i].s, rows[i].what),
				 rows[i].want);
}

static void test_trim(void **state)
{
	static const struct {
		struct mg_slice s;
		const char *want;
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, "" },
		{ MG_LIT_INIT(" "), "" },
		{ MG_LIT_INIT("\t \t"), "" },
		{ MG_LIT_INIT("a"), "a" },
		{ MG_LIT_INIT(" \ta b\t "), "a b" },
		{ MG_LIT_INIT("a "), "a" },
		{ MG_LIT_INIT(" a"), "a" },
		/* Blanks are these two only. */
		{ MG_LIT_INIT("\n\v\f\r"), "\n\v\f\r" },
		{ MG_LIT_INIT("\xa0"), "\xa0" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(mg_slice_is(mg_slice_trim(rows[i].s),
					mg_slice_str(rows[i].want)));
}

static void test_cut_at(void **state)
{
	static const struct {
		struct mg_slice s;
		const char *piece, *rest; /* NULL: false, nothing changed */
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, NULL, NULL },
		{ MG_LIT_INIT("ab"), NULL, NULL },
		{ { "ab:", 2 }, NULL, NULL },
		{ MG_LIT_INIT(":"), "", "" },
		{ MG_LIT_INIT("ab:"), "ab", "" },
		{ MG_LIT_INIT(":ab"), "", "ab" },
		{ MG_LIT_INIT("a:b:c"), "a", "b:c" },
		{ MG_LIT_INIT("::"), "", ":" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mg_slice before = rows[i].s;
		const struct mg_slice kept = MG_LIT("untouched");
		struct mg_slice s = before, out = kept;

		if (!rows[i].piece) {
			assert_false(mg_slice_cut_at(&s, ':', &out));
			assert_same(s, before);
			assert_same(out, kept);
			continue;
		}
		assert_true(mg_slice_cut_at(&s, ':', &out));
		assert_true(mg_slice_is(out, mg_slice_str(rows[i].piece)));
		assert_true(mg_slice_is(s, mg_slice_str(rows[i].rest)));
	}
}

static void test_cut_line(void **state)
{
	static const struct {
		struct mg_slice s;
		const char *want; /* lines, each in brackets */
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, "" },
		{ MG_LIT_INIT("\n"), "[]" },
		{ MG_LIT_INIT("a"), "[a]" },
		{ MG_LIT_INIT("a\n"), "[a]" },
		{ MG_LIT_INIT("a\nb"), "[a][b]" },
		{ MG_LIT_INIT("\n\nb\n"), "[][][b]" },
		{ MG_LIT_INIT("a\r\nb"), "[a\r][b]" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_slice s = rows[i].s, want;
		struct mg_slice line = MG_LIT("untouched");
		const struct mg_slice kept = line;

		want = mg_slice_str(rows[i].want);
		while (want.len) {
			assert_int_equal(mg_slice_cut_line(&s, &line), 1);
			assert_true(mg_slice_cut_lit(&want, MG_LIT("[")));
			assert_true(mg_slice_cut_lit(&want, line));
			assert_true(mg_slice_cut_lit(&want, MG_LIT("]")));
		}
		assert_int_equal(s.len, 0);
		line = kept;
		assert_int_equal(mg_slice_cut_line(&s, &line), 0);
		assert_same(line, kept);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_making),
		cmocka_unit_test(test_cmp_and_is),
		cmocka_unit_test(test_is_nocase_for_letters_only),
		cmocka_unit_test(test_has_prefix_and_cut_lit),
		cmocka_unit_test(test_find_and_rfind),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_cut_at),
		cmocka_unit_test(test_cut_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
