/* SPDX-License-Identifier: MIT */
/*
 * Each rule at its edges, and random counts against sums over every window.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/judge.h"
#include "mailguard/limits.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define HOUR INT64_C(1772323200) /* 2026-03-01 00:00:00 UTC */
#define SLOT(n) (HOUR + (n)*MG_SLOT_S)

enum { ANN, BEN, SHOP, OTHER, RELAYED, CROWD };

static struct mg_origin origins[] = {
	[ANN] = { MG_ORIGIN_MAILBOX, MG_LIT_INIT("ann@a.example"),
		  MG_LIT_INIT("a.example"), MG_LIT_INIT("alice"),
		  MG_LIT_INIT("rita") },
	[BEN] = { MG_ORIGIN_MAILBOX, MG_LIT_INIT("ben@a.example"),
		  MG_LIT_INIT("a.example"), MG_LIT_INIT("alice"),
		  MG_LIT_INIT("rita") },
	[SHOP] = { MG_ORIGIN_SCRIPT, MG_LIT_INIT("/home/alice/shop"),
		   MG_LIT_INIT("shop.example"), MG_LIT_INIT("alice"),
		   MG_LIT_INIT("rita") },
	[OTHER] = { MG_ORIGIN_MAILBOX, MG_LIT_INIT("x@b.example"),
		    MG_LIT_INIT("b.example"), MG_LIT_INIT("bob"),
		    MG_LIT_INIT("rita") },
	[RELAYED] = { MG_ORIGIN_RELAY, MG_LIT_INIT("a.example"),
		      MG_LIT_INIT("a.example"), MG_LIT_INIT("alice"),
		      MG_LIT_INIT("rita") },
	[CROWD] = { MG_ORIGIN_MAILBOX, MG_LIT_INIT("*"),
		    MG_LIT_INIT("a.example"), MG_LIT_INIT("alice"),
		    MG_LIT_INIT("rita") },
};

static struct mg_clause clause;
static struct mg_policy policy;
static struct mg_docket_mail mail[4096];
static struct mg_docket_check checks[256];
static struct mg_docket_large large[256];
static struct mg_docket evidence;
static struct mg_buf found;

static int begin(void **state)
{
	(void)state;
	clause = (struct mg_clause){
		.id = MG_LIT("c"),
		.rule = MG_RULE_RATE,
		.per = MG_PER_DOMAIN,
		.measure = MG_MEASURE_RECIPIENTS,
		.window_s = 3600,
		.limit = 500,
	};
	policy = (struct mg_policy){ .clauses = &clause, .n_clauses = 1 };
	evidence = (struct mg_docket){
		.origins = origins,
		.n_origins = LENGTH(origins),
		.mail = mail,
		.checks = checks,
		.large = large,
	};
	memset(mail, 0, sizeof(mail));
	memset(checks, 0, sizeof(checks));
	memset(large, 0, sizeof(large));
	mg_buf_init(&found, 65536);
	return 0;
}

static int end(void **state)
{
	(void)state;
	mg_buf_release(&found);
	return 0;
}

/* Mail of an origin in a slot, new. */
static void add(uint32_t origin, int slot, int64_t n)
{
	struct mg_docket_mail *m = &mail[evidence.n_mail++];

	*m = (struct mg_docket_mail){ .origin = origin,
				      .is_new = true,
				      .at = SLOT(slot) };
	m->counts.n[MG_RECIPIENTS] = n;
	m->counts.n[MG_MESSAGES] = 1;
}

/* "+a.example 3-15 501/500;" with slots; "~" for a warning, "-" for none. */
static int write_down(void *arg, const struct mg_verdict *v)
{
	(void)arg;
	mg_buf_add_fmt(&found, "%s%.*s", v->is_found ? "" : "no ",
		       MG_SLICE_ARG(v->subject));
	if (v->is_warning)
		mg_buf_add_str(&found, " near");
	if (v->is_found)
		mg_buf_add_fmt(&found, " %lld-%lld %lld/%lld",
			       (long long)(v->from - HOUR) / MG_SLOT_S,
			       (long long)(v->until - HOUR) / MG_SLOT_S,
			       (long long)v->n, (long long)v->limit);
	if (v->of)
		mg_buf_add_fmt(&found, " of %lld", (long long)v->of);
	if (v->waiver)
		mg_buf_add_str(&found, " waived");
	mg_buf_add_str(&found, "; ");
	return 0;
}

static void expect(const char *wanted)
{
	mg_buf_clear(&found);
	assert_int_equal(mg_judge(&policy, &evidence, write_down, NULL), 0);
	assert_string_equal(found.ptr, wanted);
}

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

static void check(const char *ip, uint64_t login, int slot, int64_t n)
{
	struct mg_docket_check *c = &checks[evidence.n_checks++];

	*c = (struct mg_docket_check){
		.origin = login ? ANN : UINT32_MAX,
		.is_new = true,
		.at = SLOT(slot),
		.check.login = login,
	};
	assert_true(mg_ip_parse(mg_slice_str(ip), &c->check.ip));
	c->check.n[login ? MG_CHECK_POP3 : MG_CHECK_FAILED_LOGINS] = n;
}

static void test_checks_of_an_address(void **state)
{
	(void)state;
	clause.per = MG_PER_IP;
	clause.measure = MG_MEASURE_CHECKS;
	clause.limit = 30;
	check("192.0.2.1", 7, 1, 20);
	check("192.0.2.1", 7, 5, 10);
	check("192.0.2.1", 0, 5, 500); /* failed ones are no checks */
	check("2001:db8::1", 7, 1, 30);
	expect("");
	check("2001:db8::2", 7, 2, 1); /* the same /64 */
	check("192.0.2.1", 7, 6, 1);
	expect("192.0.2.1 -5-7 31/30; 2001:db8:: -9-3 31/30; ");
	clause.measure = MG_MEASURE_FAILED_LOGINS;
	expect("192.0.2.1 -6-6 500/30; ");
}

static void test_imap_and_pop3_apart(void **state)
{
	(void)state;
	clause.per = MG_PER_IP;
	clause.limit = 30;
	clause.is_each = true;
	check("192.0.2.1", 7, 1, 31);
	check("192.0.2.1", 8, 1, 0);
	checks[1].check.n[MG_CHECK_IMAP] = 32;
	clause.measure = MG_MEASURE_POP3_CHECKS;
	expect("192.0.2.1 -10-2 31/30 of 1; ");
	clause.measure = MG_MEASURE_IMAP_CHECKS;
	expect("192.0.2.1 -10-2 32/30 of 1; ");
	clause.measure = MG_MEASURE_CHECKS; /* of two mailboxes */
	clause.limit = 32;
	expect("no 192.0.2.1; ");
}

static void test_the_allowance_of_each_mailbox(void **state)
{
	(void)state;
	clause.per = MG_PER_IP;
	clause.measure = MG_MEASURE_CHECKS;
	clause.limit = 30;
	clause.is_each = true;
	check("192.0.2.1", 1, 1, 60);
	check("192.0.2.1", 2, 2, 20);
	check("192.0.2.1", 3, 3, 10);
	/* 60 before the others came is over; what follows is another story. */
	expect("192.0.2.1 -10-2 60/30 of 1; ");
	checks[0].at = SLOT(4);
	expect("no 192.0.2.1; ");
	check("192.0.2.1", 3, 4, 1);
	expect("192.0.2.1 -7-5 91/90 of 3; ");
}

static void test_one_mailbox_from_many_networks(void **state)
{
	(void)state;
	clause.rule = MG_RULE_COMPROMISED_LOGIN;
	clause.per = MG_PER_MAILBOX;
	clause.limit = 2;
	check("192.0.2.1", 7, 1, 1);
	check("192.0.2.200", 7, 2, 1); /* the same /24 */
	check("198.51.100.1", 7, 3, 5);
	check("203.0.113.9", 0, 3, 50); /* failed */
	expect("");
	check("2001:db8:1::1", 7, 4, 1);
	expect("ann@a.example -7-5 3/2; ");
	checks[4].at = SLOT(14); /* 192.0.2.200 has left the window */
	expect("");
}

/* Nearer than an owner's, further than an account's. */
static void test_overrides_by_plan(void **state)
{
	struct mg_override overrides[] = {
		{ { .per = MG_PER_OWNER,
		    .name = MG_LIT("rita"),
		    .until = INT64_MAX },
		  .limit = 600 },
		{ { .is_plan = true, .name = MG_LIT("big"), .until = SLOT(3) },
		  .limit = 1000 },
		{ { .per = MG_PER_ACCOUNT,
		    .name = MG_LIT("big"), /* is no plan */
		    .until = INT64_MAX },
		  .limit = 5 },
	};
	struct mg_slice plans[LENGTH(origins)] = {
		[ANN] = MG_LIT("big"), [BEN] = MG_LIT("big")
	};

	(void)state;
	policy.overrides = overrides;
	policy.n_overrides = LENGTH(overrides);
	add(ANN, 2, 1001);
	add(OTHER, 2, 1001);
	expect("a.example -9-3 1001/600; b.example -9-3 1001/600; ");
	evidence.plans = plans;
	expect("a.example -9-3 1001/1000; b.example -9-3 1001/600; ");
	mail[0].at = SLOT(3);
	expect("a.example -8-4 1001/600; b.example -9-3 1001/600; ");
	mail[0].at = SLOT(2);
	clause.per = MG_PER_OWNER; /* has customers of all plans */
	expect("rita -9-3 2002/600; ");
}

static void test_overrides_end(void **state)
{
	struct mg_override overrides[] = {
		{ { .per = MG_PER_OWNER,
		    .name = MG_LIT("rita"),
		    .clause = MG_LIT("c"),
		    .until = INT64_MAX },
		  .limit = 600 },
		{ { .per = MG_PER_DOMAIN,
		    .name = MG_LIT("a.example"),
		    .clause = MG_LIT("c"),
		    .until = SLOT(3) },
		  .limit = 2000 },
		{ { .per = MG_PER_DOMAIN,
		    .name = MG_LIT("a.example"),
		    .clause = MG_LIT("d"),
		    .until = INT64_MAX },
		  .limit = 9000 },
	};

	(void)state;
	policy.overrides = overrides;
	policy.n_overrides = LENGTH(overrides);
	add(ANN, 2, 2000);
	add(OTHER, 2, 601);
	expect("b.example -9-3 601/600; ");
	add(ANN, 3, 1); /* ends behind the override, and falls to the owner's */
	expect("a.example -8-4 2001/600; b.example -9-3 601/600; ");
	mail[0].counts.n[MG_RECIPIENTS] = 2001;
	expect("a.example -9-3 2001/2000; b.example -9-3 601/600; ");
}

static void test_waivers_are_marked(void **state)
{
	struct mg_waiver waiver = { { .per = MG_PER_ACCOUNT,
				      .name = MG_LIT("alice"),
				      .until = SLOT(2) } };

	(void)state;
	policy.waivers = &waiver;
	policy.n_waivers = 1;
	add(ANN, 1, 501);
	add(SHOP, 2, 501);
	expect("a.example -10-2 501/500 waived; shop.example -9-3 501/500; ");
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

/* --- messages to many --- */

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
#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)
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
		CASE(test_checks_of_an_address),
		CASE(test_imap_and_pop3_apart),
		CASE(test_the_allowance_of_each_mailbox),
		CASE(test_one_mailbox_from_many_networks),
		CASE(test_overrides_end),
		CASE(test_overrides_by_plan),
		CASE(test_waivers_are_marked),
		CASE(test_counts_of_a_liar_do_not_wrap),
		CASE(test_random_counts_in_any_pieces),
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
