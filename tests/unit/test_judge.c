/* SPDX-License-Identifier: MIT */
/*
 * Each rule of mail counts at its edges, and random counts against sums over every
 * window.
 */
#include "judge_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_the_limit_itself_is_allowed(void **state)
{
	(void)state;
	add(ANN, 3, 300);
	add(BEN, 4, 200);
	expect("");
	add(ANN, 4, 1);
	expect("a.example -7-5 501/500; ");
}

static void test_a_window_is_twelve_slots(void **state)
{
	(void)state;
	add(ANN, 12, 300);
	add(ANN, 23, 201); /* the last that sees slot 12 */
	expect("a.example 12-24 501/500; ");
	mail[1].at = SLOT(24);
	expect("");
}

static void test_one_finding_an_hour_of_its_first_window(void **state)
{
	(void)state;
	add(ANN, 1, 600);
	add(ANN, 2, 700);
	add(ANN, 12, 600); /* the next hour; slot 1 still in its window */
	expect("a.example -10-2 600/500; a.example 1-13 1900/500; ");
}

static void test_where_nothing_was_sent_no_window_ends(void **state)
{
	(void)state;
	add(ANN, 11, 501);
	add(ANN, 14, 0);
	expect("a.example 0-12 501/500; ");
}

static void test_a_clock_hour_starts_anew(void **state)
{
	(void)state;
	clause.is_clock = true;
	add(ANN, 11, 300);
	add(ANN, 12, 300);
	expect("");
	add(ANN, 13, 201);
	expect("a.example 12-14 501/500; ");
	evidence.hour_offset_s = 900; /* hours start at slots 3, 15 */
	expect("a.example 3-13 600/500; ");
}

static void test_windows_of_minutes(void **state)
{
	(void)state;
	clause.window_s = 600;
	add(ANN, 1, 300);
	add(ANN, 3, 300);
	expect("");
	add(ANN, 2, 201);
	expect("a.example 1-3 501/500; ");
	clause.window_s = 300;
	expect("");
	clause.limit = 299;
	expect("a.example 1-2 300/299; ");
}

static void test_whose_it_is(void **state)
{
	static const struct {
		enum mg_per per;
		const char *wanted;
	} rows[] = {
		{ MG_PER_DOMAIN, "a.example -10-2 13/2; b.example -10-2 5/2; "
				 "shop.example -10-2 4/2; " },
		{ MG_PER_MAILBOX, "x@b.example -10-2 5/2; " },
		{ MG_PER_SCRIPT, "/home/alice/shop -10-2 4/2; " },
		{ MG_PER_ACCOUNT, "alice -10-2 17/2; bob -10-2 5/2; " },
		{ MG_PER_OWNER, "rita -10-2 22/2; " },
	};

	(void)state;
	clause.limit = 2;
	add(ANN, 1, 1);
	add(BEN, 1, 2);
	add(SHOP, 1, 4);
	add(OTHER, 1, 5);
	add(RELAYED, 1, 1000); /* its sender's word alone */
	add(CROWD, 1, 10);     /* counts for all that it belongs to */
	for (size_t i = 0; i < LENGTH(rows); i++) {
		clause.per = rows[i].per;
		expect(rows[i].wanted);
	}
}

static void test_only_what_is_new_is_judged(void **state)
{
	(void)state;
	add(ANN, 1, 600);
	add(OTHER, 1, 600);
	mail[0].is_new = mail[1].is_new = false;
	expect("");
	add(ANN, 13, 1); /* not in the window of slot 1 */
	expect("");
	add(ANN, 12, 1); /* sees slot 1 */
	expect("a.example 1-13 601/500; ");
	mail[3].at = SLOT(0); /* and slot 1 sees it */
	expect("a.example -10-2 601/500; ");
}

static void test_what_is_new_counts_in_the_next_hour_too(void **state)
{
	(void)state;
	add(ANN, 12, 400);
	mail[0].is_new = false;
	add(ANN, 11, 200);
	expect("a.example 1-13 600/500; ");
}

static void test_what_is_taken_back_is_said(void **state)
{
	(void)state;
	add(ANN, 1, 600);
	mail[0].is_new = false;
	add(ANN, 1, -100);
	expect("no a.example; ");
	mail[1].counts.n[MG_RECIPIENTS] = -99;
	expect("a.example -10-2 501/500; ");
}

static void test_a_warning_comes_before(void **state)
{
	(void)state;
	clause.warn_at = 80;
	add(ANN, 1, 399);
	expect("");
	add(ANN, 2, 1);
	expect("a.example near -9-3 400/500; ");
	add(ANN, 3, 101);
	expect("a.example -8-4 501/500; a.example near -9-3 400/500; ");
	mail[0].counts.n[MG_RECIPIENTS] = 501; /* at once */
	expect("a.example -10-2 501/500; no a.example near; ");
}

static void test_the_share_of_unknown_recipients(void **state)
{
	(void)state;
	clause.rule = MG_RULE_FAILURE_RATE;
	clause.limit = 30;
	clause.minimum = 100;
	clause.warn_at = 50;
	add(ANN, 1, 0);
	mail[0].counts.n[MG_DELIVERED] = 69;
	mail[0].counts.n[MG_FAILED] = 30;
	mail[0].counts.n[MG_UNKNOWN_RECIPIENTS] = 30;
	expect("no a.example; no a.example near; "); /* 99 in all */
	mail[0].counts.n[MG_DELIVERED] = 70;
	expect("no a.example; a.example near -10-2 30/30 of 100; ");
	mail[0].counts.n[MG_FAILED] = mail[0].counts.n[MG_UNKNOWN_RECIPIENTS] =
		31;
	expect("a.example -10-2 31/30 of 101; no a.example near; ");
	mail[0].counts.n[MG_DELIVERED] = 1000;
	expect("no a.example; no a.example near; ");
}

static void test_counts_of_a_liar_do_not_wrap(void **state)
{
	(void)state;
	clause.warn_at = 80;
	clause.rule = MG_RULE_FAILURE_RATE;
	clause.limit = 100;
	for (int i = 0; i < 4000; i++) {
		add(ANN, i % 12, INT64_MAX);
		mail[i].counts.n[MG_UNKNOWN_RECIPIENTS] = INT64_MAX / 2;
		mail[i].counts.n[MG_FAILED] = i % 2 ? INT64_MAX / 2
						    : INT64_MIN / 4;
	}
	assert_int_equal(mg_judge(&policy, &evidence, write_down, NULL), 0);
	clause.rule = MG_RULE_RATE;
	expect("a.example -11-1 281474976710656/100; no a.example near; ");
}

/* --- random counts, against every window summed up by hand --- */

#define SLOTS 40

struct view { /* what is known of an hour, as a ledger would keep it */
	bool is_found;
	int64_t until, n;
} view[8];

static int remember(void *arg, const struct mg_verdict *v)
{
	struct view *known = &view[(v->hour - HOUR) / 3600];

	(void)arg;
	assert_false(v->is_warning);
	if (known->is_found && known->until - MG_SLOT_S < v->since)
		return 0;
	*known = (struct view){ v->is_found, v->until, v->n };
	return 0;
}

/* In so many pieces, each judged when it has come. */
static void judge_in_pieces(const int64_t *n, int pieces)
{
	int64_t rest[SLOTS];

	memcpy(rest, n, sizeof(rest));
	evidence.n_mail = 0;
	memset(view, 0, sizeof(view));
	for (int piece = 0; piece < pieces; piece++) {
		for (size_t i = 0; i < evidence.n_mail; i++)
			mail[i].is_new = false;
		for (int slot = 0; slot < SLOTS; slot++) {
			const int64_t part = piece + 1 == pieces ? rest[slot]
					     : random() % 3 == 0
						     ? rest[slot] / 2
						     : 0;

			rest[slot] -= part;
			if (part)
				add(ANN, slot, part);
		}
		assert_int_equal(mg_judge(&policy, &evidence, remember, NULL),
				 0);
	}
}

static void test_random_counts_in_any_pieces(void **state)
{
	(void)state;
	srandom(1);
	for (int turn = 0; turn < 3000; turn++) {
		struct view wanted[8] = { { .is_found = false } };
		int64_t n[SLOTS];

		clause.is_clock = turn % 2;
		for (int i = 0; i < SLOTS; i++)
			n[i] = random() % 4 ? 0 : random() % 300;
		for (int end = 0; end < SLOTS; end++) {
			int64_t sum = 0;
			int from = clause.is_clock ? end / 12 * 12 : end - 11;

			for (int i = from > 0 ? from : 0; i <= end; i++)
				sum += n[i];
			if (n[end] && sum > 500 && !wanted[end / 12].is_found)
				wanted[end / 12] = (struct view){ true,
								  SLOT(end + 1),
								  sum };
		}
		judge_in_pieces(n, 1 + turn % 5);
		assert_memory_equal(view, wanted, sizeof(view));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_the_limit_itself_is_allowed),
		CASE(test_a_window_is_twelve_slots),
		CASE(test_one_finding_an_hour_of_its_first_window),
		CASE(test_where_nothing_was_sent_no_window_ends),
		CASE(test_a_clock_hour_starts_anew),
		CASE(test_windows_of_minutes),
		CASE(test_whose_it_is),
		CASE(test_only_what_is_new_is_judged),
		CASE(test_what_is_new_counts_in_the_next_hour_too),
		CASE(test_what_is_taken_back_is_said),
		CASE(test_a_warning_comes_before),
		CASE(test_the_share_of_unknown_recipients),
		CASE(test_counts_of_a_liar_do_not_wrap),
		CASE(test_random_counts_in_any_pieces),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
