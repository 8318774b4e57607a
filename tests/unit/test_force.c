/* SPDX-License-Identifier: MIT */
/*
 * What is in force as keys: the names that get in, the order, the text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/force.h"

#define ACT MG_LIT("0123456789abcdef")

static struct mg_force_entry named(enum mg_force_key key, const char *name,
				   int64_t until)
{
	return (struct mg_force_entry){ .key = key,
					.name = mg_slice_str(name),
					.until = until,
					.act = ACT };
}

static void test_only_names_get_in(void **state)
{
	static const char *const good[] = { "a.example", "joe@a.example", "bob",
					    "x_1-2+3=4@b.example" };
	static const char *const bad[] = {
		"",       "-rf",   "a b@c",  "a\nb@c",
		"a:b",    "a#b",   "a{b}",   "a'b@c",
		"$x",     "a,b",   "a/../b", "\xc3\xa4@b.example",
		"a\"b@c", "a%s@b", "a*",     "a\\b@c.example"
	};
	struct mg_force f = { .entries = NULL };
	struct mg_force_entry e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		e = named(MG_FORCE_LOGIN, good[i], 1);
		assert_true(mg_force_add(&f, &e));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		e = named(MG_FORCE_DOMAIN, bad[i], 1);
		assert_false(mg_force_add(&f, &e));
	}
	assert_int_equal(f.n_entries, sizeof(good) / sizeof(*good));
	mg_force_release(&f);
}

static void test_every_other_byte_is_refused(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		const char text[] = { 'a', (char)c };
		const bool is_name = (c >= 'a' && c <= 'z') ||
				     (c >= 'A' && c <= 'Z') ||
				     (c >= '0' && c <= '9') ||
				     (c && strchr("._-+@=", c));

		assert_int_equal(mg_force_name_is_safe(mg_slice_of(text, 2)),
				 is_name);
	}
}

static void test_of_one_key_the_last_to_end_stays(void **state)
{
	struct mg_force f = { .entries = NULL };
	const struct mg_force_entry entries[] = {
		named(MG_FORCE_DOMAIN, "B.example", 5),
		named(MG_FORCE_LOGIN, "b.example", 7),
		named(MG_FORCE_DOMAIN, "b.example", 9),
		named(MG_FORCE_DOMAIN, "a.example", 1),
	};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_true(mg_force_add(&f, &entries[i]));
	mg_force_sort(&f);
	assert_int_equal(f.n_entries, 3);
	assert_int_equal(f.entries[0].key, MG_FORCE_LOGIN);
	assert_string_equal(f.entries[1].name.ptr, "a.example");
	assert_string_equal(f.entries[2].name.ptr, "b.example");
	assert_int_equal(f.entries[2].until, 9);
	mg_force_release(&f);
}

static struct mg_network network(const char *text)
{
	struct mg_network n;

	assert_true(mg_network_parse(mg_slice_str(text), &n));
	return n;
}

static void test_a_login_from_each_address_is_a_key(void **state)
{
	struct mg_force f = { .entries = NULL };
	const char *const networks[] = { "192.0.2.9", "192.0.2.7",
					 "192.0.2.9" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct mg_force_entry e = named(MG_FORCE_LOGIN_FROM,
						"Joe@a.example", (int)i);

		assert_true(mg_network_parse(mg_slice_str(networks[i]),
					     &e.network));
		assert_true(mg_force_add(&f, &e));
	}
	mg_force_sort(&f);
	assert_int_equal(f.n_entries, 2);
	assert_string_equal(f.entries[0].name.ptr, "joe@a.example");
	assert_int_equal(f.entries[0].until, 1);
	assert_int_equal(f.entries[1].until, 2);
	mg_force_release(&f);
}

static void test_a_suspension_stays_whatever_ends_later(void **state)
{
	struct mg_force f = { .entries = NULL };
	struct mg_force_entry e = named(MG_FORCE_LOGIN, "joe@a.example", 5);
	struct mg_buf text;

	(void)state;
	assert_true(mg_force_add(&f, &e));
	e.verb = MG_FORCE_SUSPEND;
	assert_true(mg_force_add(&f, &e));
	e.verb = MG_FORCE_HOLD;
	e.until = 9;
	assert_true(mg_force_add(&f, &e));
	mg_force_sort(&f);
	assert_int_equal(f.n_entries, 1);
	assert_int_equal(f.entries[0].verb, MG_FORCE_SUSPEND);
	mg_buf_init(&text, 512);
	mg_force_add_text(&text, &f.entries[0], NULL);
	assert_string_equal(text.ptr,
			    "mailguard: joe@a.example is suspended and may not "
			    "send; ask your provider, who knows it as "
			    "0123456789abcdef");
	mg_buf_release(&text);
	mg_force_release(&f);
}

static void test_a_range_with_an_exempt_address_is_exempt(void **state)
{
	struct mg_force f = { .entries = NULL };
	const struct mg_network office = network("192.0.2.0/28"),
				one = network("2001:db8::7"),
				inside = network("192.0.2.7"),
				around = network("192.0.2.0/24"),
				beside = network("192.0.2.16"),
				net6 = network("2001:db8::/64"),
				other6 = network("2001:db8:0:1::/64");

	(void)state;
	mg_force_add_exempt(&f, &office);
	mg_force_add_exempt(&f, &one);
	assert_true(mg_force_is_exempt(&f, &inside));
	assert_true(mg_force_is_exempt(&f, &around));
	assert_false(mg_force_is_exempt(&f, &beside));
	assert_true(mg_force_is_exempt(&f, &net6));
	assert_false(mg_force_is_exempt(&f, &other6));
	mg_force_release(&f);
}

static void test_texts(void **state)
{
	struct mg_force_entry e = named(MG_FORCE_DOMAIN, "a.example", 3661);
	struct mg_buf text;
	char name[254];

	(void)state;
	mg_buf_init(&text, 1024);
	mg_force_add_text(&text, &e, NULL);
	assert_string_equal(text.ptr,
			    "mailguard: a.example may not send for now, try "
			    "again after 1970-01-01 01:01:01 +0000 "
			    "(0123456789abcdef)");
	mg_buf_clear(&text);
	e.n = 512;
	e.limit = 500;
	e.window_s = 3600;
	mg_force_add_text(&text, &e, NULL);
	assert_string_equal(text.ptr,
			    "mailguard: a.example has sent 512 of 500 allowed "
			    "in 60 minutes, try again after 1970-01-01 "
			    "01:01:01 +0000 (0123456789abcdef)");
	memset(name, 'a', sizeof(name));
	e.name = mg_slice_of(name, sizeof(name));
	e.n = e.limit = INT64_MAX;
	e.window_s = INT64_MAX;
	mg_buf_clear(&text);
	mg_force_add_text(&text, &e, NULL);
	assert_non_null(strstr(text.ptr, "this domain has sent"));
	assert_true(text.len <= 250);
	mg_buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_names_get_in),
		cmocka_unit_test(test_every_other_byte_is_refused),
		cmocka_unit_test(test_of_one_key_the_last_to_end_stays),
		cmocka_unit_test(test_a_login_from_each_address_is_a_key),
		cmocka_unit_test(test_a_suspension_stays_whatever_ends_later),
		cmocka_unit_test(test_a_range_with_an_exempt_address_is_exempt),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
