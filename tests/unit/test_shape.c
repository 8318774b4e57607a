/* SPDX-License-Identifier: MIT */
#include "mutate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/shape.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static struct mg_slice shape_of(const char *service, struct mg_slice text)
{
	static char out[MG_SHAPE_MAX];

	return mg_slice_of(out, mg_shape_of(mg_slice_str(service), text, out));
}

static void is(const char *service, const char *text, const char *want)
{
	const struct mg_slice got = shape_of(service, mg_slice_str(text));

	if (!mg_slice_is(got, mg_slice_str(want)))
		fail_msg("%s\n got: %.*s\nwant: %s", text, MG_SLICE_ARG(got),
			 want);
}

static void test_what_varies_is_replaced(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "Message is frozen", "Message is frozen" },
		{ "1xUxB0-000CXd-35 <= joe@a.example H=(x) [192.0.2.7]:25 S=12",
		  "x <= x@x H=(x) [9.9.9.9]:9 S=9" },
		{ "<= \"a b\"@c.example NEW=\"x \\\" y\" S=1",
		  "<= x NEW=x S=9" },
		{ "an \"unended quotation", "an x quotation" },
		{ "for a@b.test c@d.test e@f.test", "for x@x" },
		{ "a a a b", "a b" },
		{ "aa a", "aa a" },
		{ "a b a b", "a b a b" },
		{ "pid=48213, D=2m3s", "pid=9, D=x" },
		{ "at 02:19:34.123 +0100", "at 9:9:9.9 +9" },
		{ "host mx.a.test /var/log/x", "host x /x" },
		{ "non-delivery -a- a-", "non-delivery -a- a-" },
		{ "=> -> == **", "=> -> == **" },
		{ "a  b ", "a b" },
		{ "KEY=word key=", "KEY=x key=" },
		{ "x9=1", "x" },
		{ "a\tb", "x" },
		{ "\\ \" ' `", "? x ?" },
		{ "", "x" },
		{ " ", "x" },
		{ "abcdefghijklmnopqrstuvwx", "abcdefghijklmnopqrstuvwx" },
		{ "abcdefghijklmnopqrstuvwxy", "x" },
		{ "\xc3\xbc", "??" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		is("", rows[i].text, rows[i].want);
}

static void test_the_service_comes_first(void **state)
{
	(void)state;
	is("smtpd", "connect", "smtpd: connect");
	is("trivial-rewrite", "", "trivial-rewrite: x");
	is("x9", "a a", "x: a");
	is("a", "a", "a: a");
}

static void test_a_shape_is_short(void **state)
{
	char text[4096];
	struct mg_slice got;

	(void)state;
	memset(text, '=', sizeof(text));
	got = shape_of("", mg_slice_of(text, sizeof(text)));
	assert_int_equal(got.len, MG_SHAPE_MAX);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? ' ' : 'a';
	got = shape_of("", mg_slice_of(text, sizeof(text)));
	assert_true(mg_slice_is(got, MG_LIT("a")));
	/* What stands behind the part that is looked at says nothing. */
	memset(text + 1023, '=', sizeof(text) - 1023);
	got = shape_of("", mg_slice_of(text, 1023));
	assert_true(mg_slice_is(got, MG_LIT("a")));
	got = shape_of("", mg_slice_of(text, sizeof(text)));
	assert_true(mg_slice_is(got, MG_LIT("a a=")));
}

static void test_the_alphabet(void **state)
{
	char text[MG_SHAPE_MAX + 1];

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		const char byte = (char)c;
		const bool ok =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c && strchr(" 9<>=*()[]{}:;,.@/+_-#%!?&|~", (int)c));

		assert_int_equal(mg_shape_is_valid(mg_slice_of(&byte, 1)), ok);
	}
	memset(text, 'x', sizeof(text));
	assert_true(mg_shape_is_valid(mg_slice_of(text, 0)));
	assert_true(mg_shape_is_valid(mg_slice_of(text, MG_SHAPE_MAX)));
	assert_false(mg_shape_is_valid(mg_slice_of(text, MG_SHAPE_MAX + 1)));
}

static void test_any_bytes_have_a_valid_shape(void **state)
{
	uint32_t x = MUTATE_SEED;
	char text[300];

	(void)state;
	for (int round = 0; round < MUTATE_RUNS; round++) {
		const size_t len = mutate_next(&x) % sizeof(text);
		char first[MG_SHAPE_MAX];
		struct mg_slice shape;

		for (size_t i = 0; i < len; i++)
			text[i] = mutate_next(&x) % 3
					  ? (char)(mutate_next(&x) % 64 + 32)
					  : (char)mutate_next(&x);
		shape = shape_of("smtp", mg_slice_of(text, len));
		assert_true(shape.len > 0);
		assert_true(mg_shape_is_valid(shape));
		memcpy(first, shape.ptr, shape.len);
		/* The same line has the same shape wherever it stands. */
		assert_true(
			mg_slice_is(shape_of("smtp", mg_slice_of(text, len)),
				    mg_slice_of(first, shape.len)));
	}
}

static void test_shapes_add_up(void **state)
{
	static struct mg_shapes s;

	(void)state;
	mg_shapes_add(&s, MG_SHAPE_UNKNOWN, MG_LIT("a"), 1, 70);
	mg_shapes_add(&s, MG_SHAPE_UNKNOWN, MG_LIT("b"), 2, 80);
	mg_shapes_add(&s, MG_SHAPE_ODD, MG_LIT("a"), 4, 90);
	mg_shapes_add(&s, MG_SHAPE_UNKNOWN, MG_LIT("a"), 8, 60);
	assert_int_equal(s.n_items, 3);
	assert_int_equal(s.items[0].n, 9);
	assert_int_equal(s.items[0].first, 70); /* in the order of the log */
	assert_int_equal(s.items[1].n, 2);
	assert_int_equal(s.items[2].why, MG_SHAPE_ODD);
	assert_int_equal(s.items[2].n, 4);
}

static void test_shapes_are_bounded(void **state)
{
	static struct mg_shapes s;
	char text[8];

	(void)state;
	for (int why = 1; why < MG_SHAPE_WHYS; why++) {
		for (int i = 0; i < 10000; i++) {
			const int len = snprintf(text, sizeof(text), "%d", i);

			mg_shapes_add(&s, (enum mg_shape_why)why,
				      mg_slice_of(text, (size_t)len), 1, i);
		}
	}
	assert_int_equal(s.n_items, MG_SHAPES_ROOM);
	assert_int_equal(s.items[MG_SHAPES_MAX - 1].len, 2);
	assert_int_equal(s.items[MG_SHAPES_MAX].len, 0);
	assert_int_equal(s.items[MG_SHAPES_MAX].n, 10000 - MG_SHAPES_MAX);
	assert_int_equal(s.items[MG_SHAPES_MAX].first, MG_SHAPES_MAX);
	assert_int_equal(s.items[MG_SHAPES_MAX + 1].n, 10000);
	/* What is there already goes on counting. */
	mg_shapes_add(&s, MG_SHAPE_UNKNOWN, MG_LIT("7"), 1, 0);
	assert_int_equal(s.items[7].n, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_varies_is_replaced),
		cmocka_unit_test(test_the_service_comes_first),
		cmocka_unit_test(test_a_shape_is_short),
		cmocka_unit_test(test_the_alphabet),
		cmocka_unit_test(test_any_bytes_have_a_valid_shape),
		cmocka_unit_test(test_shapes_add_up),
		cmocka_unit_test(test_shapes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
