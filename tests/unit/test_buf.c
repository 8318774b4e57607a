/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/buf.h"

static void assert_text(const struct mg_buf *b, const char *want)
{
	assert_non_null(b->ptr);
	assert_string_equal(b->ptr, want);
	assert_int_equal(b->len, strlen(want));
	assert_int_equal(b->ptr[b->len], '\0');
}

static void add_plain(struct mg_buf *b, const char *s)
{
	mg_buf_add(b, mg_slice_str(s));
}

static void add_fmt(struct mg_buf *b, const char *s)
{
	mg_buf_add_fmt(b, "%s", s);
}

static void add_first_char(struct mg_buf *b, const char *s)
{
	mg_buf_add_char(b, s[0]);
}

static void add_fill(struct mg_buf *b, const char *s)
{
	mg_buf_add_fill(b, s[0], strlen(s));
}

static void add_printable(struct mg_buf *b, const char *s)
{
	mg_buf_add_printable(b, mg_slice_str(s));
}

static void test_limit_of_each_addition(void **state)
{
	static const struct {
		size_t max;
		void (*add)(struct mg_buf *, const char *);
		const char *text;
		bool fits;
	} rows[] = {
		{ 0, add_plain, "", true },
		{ 0, add_plain, "a", false },
		{ 3, add_plain, "abc", true },
		{ 3, add_plain, "abcd", false },
		{ 0, mg_buf_add_str, "", true },
		{ 3, mg_buf_add_str, "abc", true },
		{ 3, mg_buf_add_str, "abcd", false },
		{ 0, mg_buf_add_str, NULL, true },
		{ 1, add_first_char, "a", true },
		{ 0, add_first_char, "a", false },
		{ 0, add_fmt, "", true },
		{ 3, add_fmt, "abc", true },
		{ 3, add_fmt, "abcd", false },
		{ 0, add_fill, "", true },
		{ 3, add_fill, "---", true },
		{ 3, add_fill, "----", false },
		{ 4, add_printable, "\n", true },
		{ 3, add_printable, "\n", false },
		{ 2, add_printable, "\\", true },
		{ 1, add_printable, "\\", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_err err = { .code = MG_OK, .text = "untouched" };
		struct mg_buf b;

		mg_buf_init(&b, rows[i].max);
		assert_text(&b, "");
		rows[i].add(&b, rows[i].text);
		assert_int_equal(b.truncated, !rows[i].fits);
		assert_true(b.len <= rows[i].max);
		if (rows[i].fits) {
			assert_int_equal(mg_buf_check(&b, "it", &err), 0);
			assert_int_equal(err.code, MG_OK);
			assert_string_equal(err.text, "untouched");
		} else {
			assert_text(&b, "");
			assert_int_equal(mg_buf_check(&b, "it", &err),
					 -MG_ELIMIT);
			assert_int_equal(err.code, MG_ELIMIT);
			assert_memory_equal(err.text, "it is longer than", 17);
		}
		mg_buf_release(&b);
	}
}

static void test_check_names_the_limit(void **state)
{
	struct mg_err err;
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, 3);
	mg_buf_add_str(&b, "abcd");
	assert_int_equal(mg_buf_check(&b, "the table", &err), -MG_ELIMIT);
	assert_string_equal(err.text, "the table is longer than 3 bytes");
	assert_int_equal(mg_buf_check(&b, "the table", NULL), -MG_ELIMIT);
	mg_buf_release(&b);
}

static void test_nothing_follows_what_did_not_fit(void **state)
{
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, 4);
	mg_buf_add_str(&b, "ab");
	mg_buf_add_str(&b, "cde");
	mg_buf_add_char(&b, 'c');
	mg_buf_add_str(&b, "c");
	mg_buf_add_fmt(&b, "%d", 1);
	mg_buf_add_fill(&b, '-', 1);
	mg_buf_add_printable(&b, MG_LIT("c"));
	assert_true(b.truncated);
	assert_text(&b, "ab");

	mg_buf_clear(&b);
	assert_false(b.truncated);
	assert_text(&b, "");
	mg_buf_add_str(&b, "abcd");
	assert_false(b.truncated);
	assert_text(&b, "abcd");
	mg_buf_release(&b);
}

/* Two additions around every size at which memory may be taken. */
static void test_growth(void **state)
{
	(void)state;
	for (size_t first = 0; first <= 130; first++)
		for (size_t second = 0; second <= 260; second++) {
			struct mg_buf b;

			mg_buf_init(&b, 390);
			mg_buf_add_fill(&b, 'a', first);
			mg_buf_add_fill(&b, 'b', second);
			assert_int_equal(b.len, first + second);
			assert_int_equal(strlen(b.ptr), b.len);
			assert_int_equal(strspn(b.ptr, "a"), first);
			assert_int_equal(strspn(b.ptr + first, "b"), second);
			mg_buf_release(&b);
		}
}

static void test_growth_one_by_one(void **state)
{
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, 100000);
	for (size_t i = 0; i < 100000; i++) {
		mg_buf_add_char(&b, (char)('a' + i % 26));
		assert_int_equal(b.len, i + 1);
		assert_int_equal(b.ptr[i], 'a' + (int)(i % 26));
		assert_int_equal(b.ptr[i + 1], '\0');
	}
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(b.ptr[i], 'a' + (int)(i % 26));
	assert_false(b.truncated);
	mg_buf_add_char(&b, 'x');
	assert_true(b.truncated);
	assert_int_equal(b.len, 100000);
	mg_buf_release(&b);
}

static void test_size_that_no_memory_has(void **state)
{
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, 10);
	mg_buf_add_char(&b, 'a');
	mg_buf_add_fill(&b, 'b', SIZE_MAX);
	assert_true(b.truncated);
	assert_text(&b, "a");
	mg_buf_release(&b);
}

static void test_bytes_pass_unchanged(void **state)
{
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, 10);
	mg_buf_add(&b, MG_LIT("a\0b\xff"));
	mg_buf_add_char(&b, '\0');
	assert_true(mg_slice_is(mg_buf_slice(&b), MG_LIT("a\0b\xff\0")));
	mg_buf_add_fmt(&b, "%03d%%", 7);
	assert_true(mg_slice_is(mg_buf_slice(&b), MG_LIT("a\0b\xff\0"
							 "007%")));
	mg_buf_release(&b);
}

static void test_printable(void **state)
{
	static const struct {
		struct mg_slice in;
		const char *want;
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, "" },
		{ MG_LIT_INIT(" ~"), " ~" },
		{ MG_LIT_INIT("\x1f\x7f"), "\\x1f\\x7f" },
		{ MG_LIT_INIT("a\0b"), "a\\x00b" },
		{ MG_LIT_INIT("\r\n\t"), "\\x0d\\x0a\\x09" },
		{ MG_LIT_INIT("\\x0a"), "\\\\x0a" },
		{ MG_LIT_INIT("\33[31m"), "\\x1b[31m" },
		{ MG_LIT_INIT("\x9b" "31m"), "\\x9b31m" },
		/* U+202E, which turns the rest of a line around. */
		{ MG_LIT_INIT("\xe2\x80\xae"), "\\xe2\\x80\\xae" },
		{ MG_LIT_INIT("\"%s'"), "\"%s'" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_buf b;

		mg_buf_init(&b, 100);
		mg_buf_add_printable(&b, rows[i].in);
		assert_text(&b, rows[i].want);
		mg_buf_release(&b);
	}
}

/* Two inputs never look alike: what was printed can be read back. */
static void test_printable_can_be_read_back(void **state)
{
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, 4);
	for (int c = 0; c < 256; c++) {
		const char in = (char)c;
		char want[8];

		if (c == '\\')
			(void)snprintf(want, sizeof(want), "\\\\");
		else if (c >= 0x20 && c < 0x7f)
			(void)snprintf(want, sizeof(want), "%c", c);
		else
			(void)snprintf(want, sizeof(want), "\\x%02x", c);
		mg_buf_clear(&b);
		mg_buf_add_printable(&b, mg_slice_of(&in, 1));
		assert_false(b.truncated);
		assert_text(&b, want);
	}
	mg_buf_release(&b);
}

static void test_release_of_zeroed_and_reuse(void **state)
{
	struct mg_buf b = { 0 };

	(void)state;
	mg_buf_release(&b);
	mg_buf_release(&b);
	mg_buf_init(&b, 100);
	mg_buf_clear(&b);
	assert_text(&b, "");
	mg_buf_add_str(&b, "once");
	mg_buf_release(&b);
	assert_text(&b, "");
	mg_buf_init(&b, 100);
	mg_buf_add_str(&b, "again");
	assert_text(&b, "again");
	mg_buf_release(&b);
}

/* What empty buffers point to is one place for all of them. */
static void test_empty_buffers_do_not_share_text(void **state)
{
	struct mg_buf a, b;

	(void)state;
	mg_buf_init(&a, 10);
	mg_buf_init(&b, 10);
	mg_buf_add_str(&a, "a");
	assert_text(&b, "");
	mg_buf_release(&a);
	mg_buf_release(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit_of_each_addition),
		cmocka_unit_test(test_check_names_the_limit),
		cmocka_unit_test(test_nothing_follows_what_did_not_fit),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_growth_one_by_one),
		cmocka_unit_test(test_size_that_no_memory_has),
		cmocka_unit_test(test_bytes_pass_unchanged),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_printable_can_be_read_back),
		cmocka_unit_test(test_release_of_zeroed_and_reuse),
		cmocka_unit_test(test_empty_buffers_do_not_share_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
