/* SPDX-License-Identifier: MIT */
/* Lines of access logs, as servers write them and clients would have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mailguard/weblog.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

/* 22 November 2026, 02:17:38 +0100. */
#define AT 1795310258

static void test_lines(void **state)
{
	static const struct {
		const char *line, *client, *method, *path;
	} rows[] = {
		{ "203.0.113.7 - - [22/Nov/2026:02:17:38 +0100] \"POST /shop/a.php?u=joe HTTP/1.1\" 200 5 \"-\" \"x\"",
		  "203.0.113.7", "POST", "/shop/a.php" },
		{ "2001:db8::7 - joe b [22/Nov/2026:01:17:38 +0000] \"GET / HTTP/1.1\" 200 5",
		  "2001:db8::7", "GET", "/" },
		/* The virtual host in front. */
		{ "a.example:443 203.0.113.7 - - [21/Nov/2026:20:17:38 -0500] \"HEAD /x HTTP/2.0\" 200 5",
		  "203.0.113.7", "HEAD", "/x" },
		/* Names of clients. */
		{ "host.b.example - - [22/Nov/2026:02:17:38 +0100] \"VERSION-CONTROL /x\" 200 5",
		  "host.b.example", "VERSION-CONTROL", "/x" },
		/* No request, or none that is one. */
		{ "203.0.113.7 - - [22/Nov/2026:02:17:38 +0100] \"-\" 408 0",
		  "203.0.113.7", "", "" },
		{ "203.0.113.7 - - [22/Nov/2026:02:17:38 +0100] \"\\x16\\x03 /a\" 400 0",
		  "203.0.113.7", "", "" },
		/* A user who calls himself what ends a stamp. */
		{ "203.0.113.7 - x [01/Jan/2020:00:00:00 +0000] \\\"GET [22/Nov/2026:02:17:38 +0100] \"PUT /y HTTP/1.1\" 200 5",
		  "203.0.113.7", "PUT", "/y" },
		/* What he asks for with quotes and brackets in it. */
		{ "203.0.113.7 - - [22/Nov/2026:02:17:38 +0100] \"POST /a\\\"b] [01/Jan/2020:00:00:00 +0000] HTTP/1.1\" 200 5",
		  "203.0.113.7", "POST", "/a\\\"b]" },
		/* Cut off. */
		{ "203.0.113.7 - - [22/Nov/2026:02:17:38 +0100] \"POST /a",
		  "203.0.113.7", "POST", "/a" },
		{ "203.0.113.7 - - [22/Nov/2026:02:17:38 +0100] \"POST /a\\",
		  "203.0.113.7", "POST", "/a\\" },
	};
	struct mg_weblog_line l;

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_true(mg_weblog_parse(mg_slice_str(rows[i].line), &l));
		assert_int_equal(l.at, AT);
		assert_true(
			mg_slice_is(l.client, mg_slice_str(rows[i].client)));
		assert_true(
			mg_slice_is(l.method, mg_slice_str(rows[i].method)));
		assert_true(mg_slice_is(l.path, mg_slice_str(rows[i].path)));
	}
}

static void test_others(void **state)
{
	static const char *const rows[] = {
		"",
		"] \"",
		"[] \"",
		"203.0.113.7 - - 22/Nov/2026:02:17:38 +0100] \"GET / HTTP/1.1\" 200 5",
		"203.0.113.7 - - [22/Nov/2026:02:17:38 +0100] GET / 200 5",
		"203.0.113.7 - - [22/Nov/2026:02:17:38] \"GET / HTTP/1.1\" 200 5",
		"203.0.113.7 - - [31/Nov/2026:02:17:38 +0100] \"GET / HTTP/1.1\" 200 5",
		"203.0.113.7 - - [22/Nov/2026:25:17:38 +0100] \"GET / HTTP/1.1\" 200 5",
		"203.0.113.7 - - [22/nov/2026:02:17:38 +0100] \"GET / HTTP/1.1\" 200 5",
		"203.0.113.7 - - [22/Nov/2026:02:17:38 +0100 ] \"GET / HTTP/1.1\" 200 5",
		"2026-11-22 02:17:38 <= joe@a.example H=x [203.0.113.7] T=\"x\"",
	};
	struct mg_weblog_line l;

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_false(mg_weblog_parse(mg_slice_str(rows[i]), &l));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests_name("weblog", tests, NULL, NULL);
}
