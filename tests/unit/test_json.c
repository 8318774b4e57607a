/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "mailguard/json.h"

/* A copy that ends where its memory does, so that a read outside is seen. */
static void add_copy(struct mg_buf *b, struct mg_slice s)
{
	char *copy = malloc(s.len ? s.len : 1);

	assert_non_null(copy);
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	mg_json_add_string(b, mg_slice_of(copy + (s.len ? 0 : 1), s.len));
	free(copy);
}

static void test_strings(void **state)
{
	static const struct {
		struct mg_slice in;
		const char *want;
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, "\"\"" },
		{ { "plain a@example.com", 19 }, "\"plain a@example.com\"" },
		{ { "\"\\/", 3 }, "\"\\\"\\\\/\"" },
		{ { "\b\f\n\r\t", 5 }, "\"\\b\\f\\n\\r\\t\"" },
		{ { "\0\1\x1f", 3 }, "\"\\u0000\\u0001\\u001f\"" },
		{ { "\33[31m", 5 }, "\"\\u001b[31m\"" },
		{ { "a\x7f" "b", 3 }, "\"a\\u007fb\"" },

		/* The first and last character of each length. */
		{ { "\xc2\x80", 2 }, "\"\\u0080\"" },
		{ { "\xdf\xbf", 2 }, "\"\\u07ff\"" },
		{ { "\xe0\xa0\x80", 3 }, "\"\\u0800\"" },
		{ { "\xed\x9f\xbf", 3 }, "\"\\ud7ff\"" },
		{ { "\xee\x80\x80", 3 }, "\"\\ue000\"" },
		{ { "\xef\xbf\xbf", 3 }, "\"\\uffff\"" },
		{ { "\xf0\x90\x80\x80", 4 }, "\"\\ud800\\udc00\"" },
		{ { "\xf4\x8f\xbf\xbf", 4 }, "\"\\udbff\\udfff\"" },
		{ { "J\xc3\xb6rg", 5 }, "\"J\\u00f6rg\"" },
		/* U+202E, which turns the rest of a line around. */
		{ { "a\xe2\x80\xae", 4 }, "\"a\\u202e\"" },

		/* A byte that starts nothing. */
		{ { "\x80", 1 }, "\"\\ufffd\"" },
		{ { "\xbf" "a", 2 }, "\"\\ufffda\"" },
		{ { "\xff\xfe", 2 }, "\"\\ufffd\\ufffd\"" },
		{ { "\xf5\x80", 2 }, "\"\\ufffd\\ufffd\"" },
		/* Longer forms of "/", which filters have been fooled by. */
		{ { "\xc0\xaf", 2 }, "\"\\ufffd\\ufffd\"" },
		{ { "\xc1\xbf", 2 }, "\"\\ufffd\\ufffd\"" },
		{ { "\xe0\x80\xaf", 3 }, "\"\\ufffd\\ufffd\\ufffd\"" },
		{ { "\xe0\x9f\xbf", 3 }, "\"\\ufffd\\ufffd\\ufffd\"" },
		{ { "\xf0\x8f\xbf\xbf", 4 },
		  "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
		/* Surrogates, and what lies above U+10FFFF. */
		{ { "\xed\xa0\x80", 3 }, "\"\\ufffd\\ufffd\\ufffd\"" },
		{ { "\xf4\x90\x80\x80", 4 },
		  "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
		/* Cut short: by the end, by a letter, by a new start. */
		{ { "\xc3", 1 }, "\"\\ufffd\"" },
		{ { "\xe2\x82", 2 }, "\"\\ufffd\"" },
		{ { "\xf0\x9f\x98", 3 }, "\"\\ufffd\"" },
		{ { "\xf0\x9f\x98\"", 4 }, "\"\\ufffd\\\"\"" },
		{ { "\xe2\xe2\x82\xac", 4 }, "\"\\ufffd\\u20ac\"" },
		/* The example of Unicode 15.0 section 3.9, table 3-11. */
		{ { "\xe1\x80\xe2\xf0\x91\x92\xf1\xbf" "A", 9 },
		  "\"\\ufffd\\ufffd\\ufffd\\ufffdA\"" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_buf b;

		mg_buf_init(&b, 1000);
		add_copy(&b, rows[i].in);
		assert_false(b.truncated);
		assert_string_equal(b.ptr, rows[i].want);
		mg_buf_release(&b);
	}
}

/* Every byte, and every pair of bytes: valid for a reader, and only ASCII. */
static void test_any_pair_of_bytes(void **state)
{
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, 1000);
	for (int i = 0; i < 65536; i++) {
		const char pair[] = { (char)(i >> 8), (char)(i & 0xff) };
		struct json_object *json;

		mg_buf_clear(&b);
		add_copy(&b, mg_slice_of(pair, sizeof(pair)));
		for (size_t at = 0; at < b.len; at++)
			assert_in_range(b.ptr[at], ' ', '~');
		json = json_tokener_parse(b.ptr);
		assert_non_null(json);
		if (i < 0x8000 && (i & 0x80) == 0) {
			assert_int_equal(json_object_get_string_len(json), 2);
			assert_memory_equal(json_object_get_string(json), pair,
					    2);
		}
		(void)json_object_put(json);
	}
	mg_buf_release(&b);
}

static void test_the_limit_of_the_buffer(void **state)
{
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, 8);
	mg_json_add_string(&b, MG_LIT("\xc3\xb6"));
	assert_false(b.truncated);
	assert_string_equal(b.ptr, "\"\\u00f6\"");
	mg_buf_release(&b);
	mg_buf_init(&b, 7);
	mg_json_add_string(&b, MG_LIT("\xc3\xb6"));
	assert_true(b.truncated);
	mg_buf_release(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_any_pair_of_bytes),
		cmocka_unit_test(test_the_limit_of_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
