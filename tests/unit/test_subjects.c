/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mailguard/account.h"
#include "mailguard/store.h"
#include "mailguard/subjects.h"

static const struct mg_hash_key key = { 3, 4 };

static struct mg_subject subject(uint32_t kind, uint32_t domain,
				 uint32_t account, const char *name)
{
	return (struct mg_subject){ kind, domain, account, mg_slice_str(name) };
}

static void test_every_part_tells_subjects_apart(void **state)
{
	const struct mg_subject all[] = {
		subject(1, 0, 0, "joe@a.example"),
		subject(1, 0, 0, "ann@a.example"),
		subject(2, 0, 0, "joe@a.example"),
		subject(1, 1, 0, "joe@a.example"),
		subject(1, 0, 1, "joe@a.example"),
		subject(1, MG_ACCOUNT_NONE, MG_ACCOUNT_NONE, "joe@a.example"),
		subject(1, 0, 0, "joe@a.exampl"),
		subject(1, 0, 0, "Joe@a.example"),
		subject(0, MG_ACCOUNT_NONE, MG_ACCOUNT_NONE, ""),
	};
	const uint32_t n = sizeof(all) / sizeof(*all);
	struct mg_subjects s;

	(void)state;
	mg_subjects_init(&s, &key, 100);
	for (int turn = 0; turn < 2; turn++)
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(mg_subjects_number(&s, &all[i]), i);
	assert_int_equal(s.n_items, n);
	for (uint32_t i = 0; i < n; i++) {
		assert_true(mg_slice_is(s.items[i].name, all[i].name));
		assert_int_equal(s.items[i].kind, all[i].kind);
		assert_int_equal(s.items[i].domain, all[i].domain);
		assert_int_equal(s.items[i].account, all[i].account);
	}
	mg_subjects_release(&s);
}

/* Lines come and go; the name is a copy. */
static void test_names_are_copied(void **state)
{
	char text[] = "joe@a.example";
	struct mg_subject one = subject(1, 0, 0, text);
	struct mg_subjects s;

	(void)state;
	mg_subjects_init(&s, &key, 10);
	assert_int_equal(mg_subjects_number(&s, &one), 0);
	text[0] = 'x';
	assert_true(mg_slice_is(s.items[0].name, MG_LIT("joe@a.example")));
	assert_int_equal(mg_subjects_number(&s, &one), 1);
	mg_subjects_release(&s);
}

static void test_many(void **state)
{
	struct mg_subjects s;

	(void)state;
	mg_subjects_init(&s, &key, 5000);
	for (int turn = 0; turn < 2; turn++)
		for (uint32_t i = 0; i < 5000; i++) {
			struct mg_subject one;
			char name[32];

			(void)snprintf(name, sizeof(name), "u%u@a.example", i);
			one = subject(1, 0, 0, name);
			assert_int_equal(mg_subjects_number(&s, &one), i);
		}
	mg_subjects_release(&s);
}

/* What comes when all numbers are given is its account's crowd. */
static void test_maximum(void **state)
{
	const struct mg_subject a = subject(1, 0, 0, "a");
	const struct mg_subject b = subject(1, 0, 0, "b");
	const struct mg_subject c = subject(1, 0, 0, "c");
	const struct mg_subject d = subject(1, 0, 0, "d");
	const struct mg_subject other_kind = subject(2, 0, 0, "c");
	const struct mg_subject other_account = subject(1, 1, 1, "c");
	struct mg_subjects s;

	(void)state;
	mg_subjects_init(&s, &key, 2);
	assert_int_equal(mg_subjects_number(&s, &a), 0);
	assert_int_equal(mg_subjects_number(&s, &b), 1);
	assert_int_equal(mg_subjects_number(&s, &c), 2);
	assert_int_equal(mg_subjects_number(&s, &d), 2);
	assert_int_equal(mg_subjects_number(&s, &a), 0);
	assert_true(mg_slice_is(s.items[2].name, mg_crowd_name));
	assert_int_equal(s.items[2].kind, 1);
	assert_int_equal(mg_subjects_number(&s, &other_kind), 3);
	assert_int_equal(mg_subjects_number(&s, &other_account), 4);
	assert_int_equal(s.items[4].account, 1);
	assert_int_equal(s.n_items, 5);
	mg_subjects_release(&s);
}

static void test_released_is_empty_and_usable(void **state)
{
	const struct mg_subject a = subject(1, 0, 0, "a");
	struct mg_subjects s;

	(void)state;
	mg_subjects_init(&s, &key, 2);
	assert_int_equal(mg_subjects_number(&s, &a), 0);
	mg_subjects_release(&s);
	mg_subjects_release(&s);
	assert_int_equal(s.n_items, 0);
	assert_int_equal(mg_subjects_number(&s, &a), 0);
	mg_subjects_release(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_part_tells_subjects_apart),
		cmocka_unit_test(test_names_are_copied),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_released_is_empty_and_usable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
