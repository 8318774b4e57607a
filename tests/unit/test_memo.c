/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/memo.h"

static const struct mg_hash_key key = { 3, 4 };

static void test_remembers(void **state)
{
	const struct mg_slice name = MG_LIT("a.example");
	struct mg_memo memo;

	(void)state;
	mg_memo_init(&memo, 16, &key);
	assert_int_equal((uintptr_t)memo.entries % sizeof(*memo.entries), 0);
	assert_null(mg_memo_find(&memo, name));
	assert_int_equal(mg_memo_put(&memo, name, 7)->other, 0);
	assert_int_equal(mg_memo_find(&memo, name)->number, 7);
	mg_memo_find(&memo, name)->other = 8;
	assert_int_equal(mg_memo_find(&memo, name)->other, 8);
	mg_memo_clear(&memo);
	assert_null(mg_memo_find(&memo, name));
	mg_memo_release(&memo);
}

static void test_limits(void **state)
{
	char name[MG_MEMO_NAME_MAX + 1];
	struct mg_slice longest = mg_slice_of(name, MG_MEMO_NAME_MAX);
	struct mg_memo memo, none = { 0 };

	(void)state;
	memset(name, 'x', sizeof(name));
	mg_memo_init(&memo, 2, &key);
	assert_non_null(mg_memo_put(&memo, longest, 1));
	assert_non_null(mg_memo_find(&memo, longest));
	assert_null(mg_memo_put(&memo, mg_slice_of(name, sizeof(name)), 1));
	assert_null(mg_memo_find(&memo, mg_slice_of(name, sizeof(name))));
	assert_null(mg_memo_put(&memo, mg_slice_of(NULL, 0), 1));
	assert_null(mg_memo_find(&memo, mg_slice_of(NULL, 0)));
	assert_null(mg_memo_put(&none, longest, 1));
	assert_null(mg_memo_find(&none, longest));
	mg_memo_clear(&none);
	mg_memo_release(&memo);
	mg_memo_release(&none);
}

/* Names of one place push one another out, and are never taken for another. */
static void test_forgets(void **state)
{
	struct mg_memo memo;
	char text[16];
	unsigned held = 0;

	(void)state;
	mg_memo_init(&memo, 8, &key);
	for (uint32_t i = 0; i < 100; i++) {
		(void)snprintf(text, sizeof(text), "%u", i);
		assert_null(mg_memo_find(&memo, mg_slice_str(text)));
		(void)mg_memo_put(&memo, mg_slice_str(text), i);
		assert_int_equal(
			mg_memo_find(&memo, mg_slice_str(text))->number, i);
	}
	for (uint32_t i = 0; i < 100; i++) {
		const struct mg_memo_entry *e;

		(void)snprintf(text, sizeof(text), "%u", i);
		e = mg_memo_find(&memo, mg_slice_str(text));
		if (!e)
			continue;
		assert_int_equal(e->number, i);
		held++;
	}
	assert_int_equal(held, 8);
	mg_memo_release(&memo);
}

/* Two of one place are kept, and the older one goes. */
static void test_two_places(void **state)
{
	struct mg_memo memo;

	(void)state;
	mg_memo_init(&memo, 2, &key);
	(void)mg_memo_put(&memo, MG_LIT("a"), 1);
	(void)mg_memo_put(&memo, MG_LIT("b"), 2);
	assert_int_equal(mg_memo_find(&memo, MG_LIT("a"))->number, 1);
	assert_int_equal(mg_memo_find(&memo, MG_LIT("b"))->number, 2);
	(void)mg_memo_put(&memo, MG_LIT("c"), 3);
	assert_null(mg_memo_find(&memo, MG_LIT("a")));
	assert_int_equal(mg_memo_find(&memo, MG_LIT("b"))->number, 2);
	assert_int_equal(mg_memo_find(&memo, MG_LIT("c"))->number, 3);
	mg_memo_release(&memo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remembers),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_forgets),
		cmocka_unit_test(test_two_places),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
