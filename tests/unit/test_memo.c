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
	struct mg_memo_entry *e;

	(void)state;
	mg_memo_init(&memo, 16, &key);
	e = mg_memo_at(&memo, name);
	assert_false(mg_memo_holds(e, name));
	mg_memo_put(e, name, 7);
	assert_true(mg_memo_holds(mg_memo_at(&memo, name), name));
	assert_int_equal(mg_memo_at(&memo, name)->number, 7);
	mg_memo_release(&memo);
}

static void test_limits(void **state)
{
	char name[MG_MEMO_NAME_MAX + 1];
	struct mg_slice longest = mg_slice_of(name, MG_MEMO_NAME_MAX);
	struct mg_memo memo, none = { 0 };

	(void)state;
	memset(name, 'x', sizeof(name));
	mg_memo_init(&memo, 1, &key);
	mg_memo_put(mg_memo_at(&memo, longest), longest, 1);
	assert_true(mg_memo_holds(mg_memo_at(&memo, longest), longest));
	assert_null(mg_memo_at(&memo, mg_slice_of(name, sizeof(name))));
	assert_null(mg_memo_at(&memo, mg_slice_of(NULL, 0)));
	mg_memo_put(NULL, longest, 1);
	assert_false(mg_memo_holds(NULL, longest));
	assert_null(mg_memo_at(&none, longest));
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
		struct mg_slice name;

		(void)snprintf(text, sizeof(text), "%u", i);
		name = mg_slice_str(text);
		assert_false(mg_memo_holds(mg_memo_at(&memo, name), name));
		mg_memo_put(mg_memo_at(&memo, name), name, i);
	}
	for (uint32_t i = 0; i < 100; i++) {
		struct mg_memo_entry *e;

		(void)snprintf(text, sizeof(text), "%u", i);
		e = mg_memo_at(&memo, mg_slice_str(text));
		if (!mg_memo_holds(e, mg_slice_str(text)))
			continue;
		assert_int_equal(e->number, i);
		held++;
	}
	assert_in_range(held, 1, 8);
	mg_memo_release(&memo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remembers),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_forgets),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
