/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/html.h"

/* No byte but printable ASCII, and none that HTML heeds but in a reference. */
static void test_every_byte(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		const char byte = (char)c;
		struct mg_buf b;

		mg_buf_init(&b, 64);
		mg_html_add_text(&b, mg_slice_of(&byte, 1));
		assert_true(b.len > 0);
		for (size_t i = 0; i < b.len; i++)
			assert_true(b.ptr[i] >= ' ' && b.ptr[i] <= '~');
		assert_null(strpbrk(b.ptr, "<>\"'"));
		assert_true(b.ptr[0] != '&' || b.ptr[b.len - 1] == ';');
		mg_buf_release(&b);
	}
}

static void test_texts(void **state)
{
	static const struct {
		struct mg_slice in;
		const char *want;
	} rows[] = {
		{ { "", 0 }, "" },
		{ { "a.example", 9 }, "a.example" },
		{ { "</td><script>", 13 }, "&lt;/td&gt;&lt;script&gt;" },
		{ { "\" onload=\"x", 11 }, "&quot; onload=&quot;x" },
		{ { "&lt;", 4 }, "&amp;lt;" },
		{ { "a\\x", 3 }, "a\\\\x" },
		{ { "\xe2\x80\xae"
		    "txt",
		    6 },
		  "\\xe2\\x80\\xaetxt" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mg_buf b;

		mg_buf_init(&b, 256);
		mg_html_add_text(&b, rows[i].in);
		assert_string_equal(b.ptr, rows[i].want);
		mg_buf_release(&b);
	}
}

static void test_page(void **state)
{
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, 65536);
	mg_html_begin(&b, MG_LIT("</title><script>"));
	mg_html_end(&b);
	assert_false(b.truncated);
	assert_non_null(strstr(b.ptr, "<title>&lt;/title&gt;&lt;script&gt;"
				      "</title>"));
	assert_non_null(strstr(b.ptr, "content=\"default-src 'none'; "
				      "style-src 'sha256-"));
	assert_null(strstr(b.ptr, "<script"));
	assert_null(strstr(b.ptr, "url("));
	assert_null(strstr(b.ptr, "http:"));
	assert_null(strstr(b.ptr, "https:"));
	mg_buf_release(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
