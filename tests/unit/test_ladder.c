/* SPDX-License-Identifier: MIT */
/*
 * Rungs at their edges, and random offences against a ladder that is climbed by
 * hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/ladder.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define HOUR_S 3600
#define DAY_S 86400
#define NOW INT64_C(1772323200) /* 2026-03-01 00:00:00 UTC */

static struct mg_rung three[] = {
	{ .offence = 1, .step = MG_STEP_SUSPEND_MAILBOX },
	{ .offence = 2, .step = MG_STEP_SUSPEND_DOMAIN, .for_s = DAY_S },
	{ .offence = 4,
	  .step = MG_STEP_TERMINATE,
	  .grace_s = 14 * DAY_S,
	  .approvals = 2 },
};
static const struct mg_ladder ladder = { three, LENGTH(three), 180 * DAY_S,
					 DAY_S };

static void test_rungs(void **state)
{
	static const struct {
		int64_t n;
		int rung;
	} rows[] = { { 0, -1 }, { 1, 0 }, { 2, 1 },        { 3, 1 },
		     { 4, 2 },  { 5, 2 }, { INT64_MAX, 2 } };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_ptr_equal(mg_ladder_rung(&ladder, rows[i].n),
				 rows[i].rung < 0 ? NULL
						  : &three[rows[i].rung]);
}

/* The first of a ladder need not be at its foot. */
static void test_nothing_below_the_first_rung(void **state)
{
	struct mg_rung second[] = { { .offence = 2, .step = MG_STEP_WARN } };
	const struct mg_ladder late = { second, 1, DAY_S, DAY_S };

	(void)state;
	assert_null(mg_ladder_rung(&late, 1));
	assert_ptr_equal(mg_ladder_rung(&late, 2), second);
}

static void test_what_is_a_strike(void **state)
{
	static const struct {
		struct mg_ladder_offence o;
		bool want;
	} rows[] = {
		{ { .until = NOW + 1 }, true },
		{ { .until = NOW }, false },
		{ { .until = NOW + 1, .cause = MG_CAUSE_DELIBERATE }, true },
		{ { .until = NOW + 1, .cause = MG_CAUSE_COMPROMISED }, false },
		{ { .until = NOW + 1, .is_withdrawn = true }, false },
		{ { .until = NOW + 1, .is_observed = true }, false },
		{ { .until = NOW + 1,
		    .is_observed = true,
		    .is_confirmed = true },
		  true },
		{ { .until = NOW + 1,
		    .is_observed = true,
		    .is_confirmed = true,
		    .cause = MG_CAUSE_COMPROMISED },
		  false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(mg_ladder_is_strike(&rows[i].o, NOW),
				 rows[i].want);
}

static void test_one_incident(void **state)
{
	const struct mg_ladder_offence o = { .at = NOW };
	const struct mg_ladder_offence gone = { .at = NOW,
						.is_withdrawn = true };

	(void)state;
	assert_true(mg_ladder_joins(&ladder, &o, NOW));
	assert_true(mg_ladder_joins(&ladder, &o, NOW + DAY_S - HOUR_S));
	assert_false(mg_ladder_joins(&ladder, &o, NOW + DAY_S));
	assert_true(mg_ladder_joins(&ladder, &o, NOW - DAY_S + HOUR_S));
	assert_false(mg_ladder_joins(&ladder, &o, NOW - DAY_S));
	assert_false(mg_ladder_joins(&ladder, &gone, NOW));
}

static void test_a_stranger_stops_a_mailbox_at_most(void **state)
{
	struct mg_rung warns[] = { { .offence = 1, .step = MG_STEP_WARN } };
	struct mg_rung hard[] = { { .offence = 1, .step = MG_STEP_WARN },
				  { .offence = 2,
				    .step = MG_STEP_SUSPEND_ACCOUNT } };
	const struct mg_ladder lists[] = { { warns, 1, DAY_S, DAY_S },
					   { hard, 2, DAY_S, DAY_S },
					   { NULL, 0, DAY_S, DAY_S } };
	const struct mg_standing third = { .n_strikes = 3, .rung = &three[1] };
	const struct mg_standing none = { .n_strikes = 0 };

	(void)state;
	assert_int_equal(
		mg_ladder_step(&ladder, &third, MG_CAUSE_COMPROMISED)->step,
		MG_STEP_SUSPEND_MAILBOX);
	assert_ptr_equal(mg_ladder_step(&ladder, &third, MG_CAUSE_UNKNOWN),
			 &three[1]);
	assert_null(mg_ladder_step(&ladder, &none, MG_CAUSE_UNKNOWN));
	assert_ptr_equal(mg_ladder_step(&lists[0], &none, MG_CAUSE_COMPROMISED),
			 warns);
	assert_int_equal(
		mg_ladder_step(&lists[1], &none, MG_CAUSE_COMPROMISED)->step,
		MG_STEP_SUSPEND_MAILBOX);
	assert_null(mg_ladder_step(&lists[2], &none, MG_CAUSE_COMPROMISED));
}

static void test_hours(void **state)
{
	(void)state;
	assert_int_equal(mg_ladder_hour(NOW + HOUR_S, 0), NOW);
	assert_int_equal(mg_ladder_hour(NOW + HOUR_S + 300, 0), NOW + HOUR_S);
	assert_int_equal(mg_ladder_hour(NOW + 1800, 1800), NOW - 1800);
	assert_int_equal(mg_ladder_hour(NOW + 2100, 1800), NOW + 1800);
	assert_int_equal(mg_ladder_hour(-1, 0), -HOUR_S);
}

/* By hand: a step up for each strike, as far as the rung's number is reached. */
static int climb(const struct mg_ladder *l, const struct mg_ladder_offence *o,
		 size_t n, int64_t now)
{
	int64_t strikes = 0;
	int rung = -1;

	for (size_t i = 0; i < n; i++) {
		if (o[i].is_withdrawn || o[i].until <= now ||
		    o[i].cause == MG_CAUSE_COMPROMISED ||
		    (o[i].is_observed && !o[i].is_confirmed))
			continue;
		strikes++;
		for (size_t k = 0; k < l->n_rungs; k++)
			if (l->rungs[k].offence == strikes)
				rung = (int)k;
	}
	return rung;
}

static void test_random_offences(void **state)
{
	struct mg_ladder_offence o[12];

	(void)state;
	srand(6);
	for (int round = 0; round < 20000; round++) {
		const size_t n = (size_t)rand() % LENGTH(o);
		struct mg_standing got;
		int want;

		for (size_t i = 0; i < n; i++)
			o[i] = (struct mg_ladder_offence){
				.until = NOW + rand() % 3 - 1,
				.cause = (enum mg_cause)(rand() % MG_CAUSES),
				.is_observed = rand() % 4 == 0,
				.is_confirmed = rand() % 4 == 0,
				.is_withdrawn = rand() % 8 == 0,
			};
		want = climb(&ladder, o, n, NOW);
		got = mg_ladder_stand(&ladder, o, n, NOW);
		assert_ptr_equal(got.rung, want < 0 ? NULL : &three[want]);
	}
}

static void test_explained(void **state)
{
	struct mg_clause clauses[] = {
		{ .id = MG_LIT_INIT("rate") },
		{ .id = MG_LIT_INIT("mass"), .is_offence = true },
		{ .id = MG_LIT_INIT("stolen"),
		  .is_offence = true,
		  .cause = MG_CAUSE_COMPROMISED },
	};
	struct mg_policy p = { .clauses = clauses,
			       .n_clauses = LENGTH(clauses),
			       .ladder = ladder };
	struct mg_buf text;

	(void)state;
	mg_buf_init(&text, 4096);
	mg_ladder_explain(&p, &text);
	assert_string_equal(
		text.ptr,
		"what is found by mass, stolen (compromised) is an offence of "
		"the account; all of it within 1 day is one. An offence counts "
		"for 180 days, and not where a stranger did it.\n"
		"offence 1: suspend the mailbox or script in it until a person "
		"lifts it.\n"
		"offence 2 to 3: suspend the mail of the domain for 1 day.\n"
		"offence 4 and each after it: suspend the account, and "
		"terminate it once 2 people have approved it and 14 days are "
		"over.\n");
	mg_buf_clear(&text);
	p.n_clauses = 1;
	mg_ladder_explain(&p, &text);
	assert_string_equal(text.ptr, "");
	mg_buf_release(&text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rungs),
		cmocka_unit_test(test_nothing_below_the_first_rung),
		cmocka_unit_test(test_what_is_a_strike),
		cmocka_unit_test(test_one_incident),
		cmocka_unit_test(test_a_stranger_stops_a_mailbox_at_most),
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_random_offences),
		cmocka_unit_test(test_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
