/* SPDX-License-Identifier: MIT */
/*
 * Messages to many recipients at once, and many of them.
 */
#include "judge_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Messages of an origin in a slot, of one size and subject line, new. */
static struct mg_docket_large *
add_large(uint32_t origin, int slot, uint32_t size, uint32_t topic, int64_t n)
{
	struct mg_docket_large *l = &large[evidence.n_large++];

	*l = (struct mg_docket_large){ .origin = origin,
				       .is_new = true,
				       .large = { SLOT(slot), size, topic,
						  n } };
	return l;
}

static void one_message(void)
{
	clause.rule = MG_RULE_RECIPIENTS_PER_MESSAGE;
	clause.window_s = MG_SLOT_S;
	clause.limit = 200;
}

static void test_a_message_is_over_by_itself(void **state)
{
	(void)state;
	one_message();
	add_large(ANN, 3, 200, 0, 5);
	add_large(BEN, 3, 199, 7, 1);
	expect("");
	clause.action = MG_ACTION_THROTTLE; /* what is allowed is allowed */
	expect("");
	add_large(BEN, 4, 201, 7, 1);
	add_large(ANN, 5, 900, 7, 1); /* the hour has its finding */
	expect("a.example 4-5 201/200; ");
	clause.warn_at = 80;
	expect("a.example 4-5 201/200; a.example near 3-4 200/200; ");
}

static void test_the_largest_of_a_slot(void **state)
{
	(void)state;
	one_message();
	add_large(ANN, 3, 201, 0, 5);
	add_large(BEN, 3, 999, 0, 1);
	add_large(OTHER, 3, 500, 0, 1);
	add_large(RELAYED, 3, 5000, 0, 1); /* its sender's word alone */
	expect("a.example 3-4 999/200; b.example 3-4 500/200; ");
}

static void test_what_was_taken_back_was_never_there(void **state)
{
	(void)state;
	one_message();
	add_large(ANN, 3, 300, 0, 1)->is_new = false;
	add_large(ANN, 3, 300, 0, -1);
	add_large(ANN, 3, 150, 0, 1);
	expect("no a.example; ");
	add_large(ANN, 3, 250, 0, 1);
	expect("a.example 3-4 250/200; ");
}

static struct mg_verdict last;

static int keep_last(void *arg, const struct mg_verdict *v)
{
	(void)arg;
	last = *v;
	return 0;
}

static const struct mg_verdict *seen_main(void)
{
	last = (struct mg_verdict){ .is_found = false };
	assert_int_equal(mg_judge(&policy, &evidence, keep_last, NULL), 0);
	return &last;
}

static void test_who_sent_the_largest(void **state)
{
	(void)state;
	one_message();
	add_large(ANN, 3, 201, 0, 50);
	add_large(SHOP, 3, 202, 0, 1);
	clause.per = MG_PER_ACCOUNT;
	assert_ptr_equal(seen_main()->main, &origins[SHOP]);
	assert_int_equal(last.main_n, 202);
	assert_int_equal(last.n_local, 1);
}

static void mass(void)
{
	clause.rule = MG_RULE_MASS_PROFILE;
	clause.limit = 3;
	clause.maximum = 200;
	clause.near = 90;
}

static void test_the_same_again_and_again(void **state)
{
	(void)state;
	mass();
	add_large(ANN, 1, 180, 7, 2);
	add_large(ANN, 5, 200, 7, 1);
	add_large(BEN, 5, 179, 7, 9);  /* not near enough */
	add_large(BEN, 6, 200, 8, 3);  /* another subject line */
	add_large(ANN, 6, 200, 0, 99); /* nobody knows */
	expect("");
	add_large(BEN, 12, 5000, 7, 1); /* more than near is near, too */
	expect("a.example 1-13 4/3; ");
	assert_ptr_equal(seen_main()->main, &origins[ANN]);
	assert_int_equal(last.main_n, 3);
	large[5].large.at = SLOT(13);
	expect("");
}

static void test_subject_lines_of_one_subject_alone(void **state)
{
	(void)state;
	mass();
	add_large(ANN, 1, 200, 7, 3);
	add_large(OTHER, 1, 200, 7, 3);
	expect("");
	clause.per = MG_PER_OWNER; /* of both */
	expect("rita -10-2 6/3; ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_message_is_over_by_itself),
		CASE(test_the_largest_of_a_slot),
		CASE(test_what_was_taken_back_was_never_there),
		CASE(test_who_sent_the_largest),
		CASE(test_the_same_again_and_again),
		CASE(test_subject_lines_of_one_subject_alone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
