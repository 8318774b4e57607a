/* SPDX-License-Identifier: MIT */
/* What a clause does, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/policy.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define ID .id = MG_LIT_INIT("x")
#define HOUR .window_s = 3600
#define STEPS " Counted in steps of 5 minutes, so over 55 to 60 minutes."

static void test_sentences(void **state)
{
	static const struct {
		struct mg_clause clause;
		const char *want;
	} rows[] = {
		{ { ID, HOUR, .measure = MG_MEASURE_RECIPIENTS, .limit = 500,
		    .warn_at = 80, .action = MG_ACTION_THROTTLE },
		  "x: if, in any hour, a domain sends to 500"
		  " recipients, throttle it. Warn from 400 on." STEPS },
		{ { ID, HOUR, .is_clock = true, .per = MG_PER_SCRIPT,
		    .measure = MG_MEASURE_MESSAGES, .limit = 9,
		    .action = MG_ACTION_HOLD },
		  "x: if, in an hour of the clock, a script sends 9"
		  " messages, hold its mail." },
		{ { ID, HOUR, .per = MG_PER_IP, .measure = MG_MEASURE_CHECKS,
		    .is_each = true, .limit = 30, .action = MG_ACTION_BLOCK,
		    .for_s = 3600 },
		  "x: if, in any hour, an address (of IPv6, a /64 network) has"
		  " 30 POP3 and IMAP logins for each mailbox behind"
		  " it, block it for 1 hour." STEPS },
		{ { ID, HOUR, .per = MG_PER_MAILBOX_IP,
		    .measure = MG_MEASURE_POP3_CHECKS, .limit = 30,
		    .action = MG_ACTION_BLOCK },
		  "x: if, in any hour, a mailbox, from one address (IPv6: a"
		  " /64), has 30 POP3 logins, block it there." STEPS
		  " From other addresses it goes on, and so do other mailboxes"
		  " from there: Dovecot can tell them apart, no firewall can." },
		{ { ID, HOUR, .rule = MG_RULE_FAILURE_RATE, .per = MG_PER_OWNER,
		    .limit = 10, .minimum = 50, .warn_at = 80,
		    .action = MG_ACTION_WARN },
		  "x: if, in any hour, an owner, all accounts together, sends"
		  " to at least 50 recipients, and more than 10 % of them do"
		  " not exist, warn of it. Warn from 8 % on." STEPS },
		{ { ID, .window_s = 900, .rule = MG_RULE_COMPROMISED_LOGIN,
		    .per = MG_PER_MAILBOX, .limit = 3,
		    .action = MG_ACTION_OBSERVE, .for_s = 5400 },
		  "x: if, in any 15 minutes, a mailbox is logged in to from"
		  " more than 3 networks (/24, of IPv6 /48), only note it for"
		  " 90 minutes. Counted in steps of 5 minutes, so over 10 to"
		  " 15 minutes." },
		{ { ID, .window_s = 300, .rule = MG_RULE_RECIPIENTS_PER_MESSAGE,
		    .per = MG_PER_MAILBOX, .limit = 200, .warn_at = 80,
		    .action = MG_ACTION_THROTTLE, .for_s = 3600 },
		  "x: if a mailbox sends one message to more than 200"
		  " recipients, throttle it for 1 hour. Warn from 160 on." },
		{ { ID, HOUR, .rule = MG_RULE_MASS_PROFILE,
		    .per = MG_PER_ACCOUNT, .limit = 3, .maximum = 200,
		    .near = 90, .action = MG_ACTION_WARN },
		  "x: if, in any hour, an account sends more than 3 messages"
		  " with the same subject line, each to 180 recipients or more"
		  " (90 % of the 200 allowed), warn of it." STEPS
		  " Mail counts whose subject line is in the log: of Exim with"
		  " log_selector = +subject, of Postfix none." },
	};
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 1024);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		mg_buf_clear(&got);
		mg_clause_explain(&rows[i].clause, &got);
		assert_string_equal(got.ptr, rows[i].want);
	}
	mg_buf_release(&got);
}

/* Each has its words: none of the tables has a hole. */
static void test_texts_that_fit_their_limit(void **state)
{
	static const struct {
		const char *text;
		int64_t limit;
		bool fits;
	} rows[] = {
		{ "500 mails in any hour", 500, true },
		{ "500 mails in any hour", 50, false },
		{ "at most 1,000, please", 1000, true },
		{ "at most 1.000.", 1000, true },
		{ "at most 1 000 000 mails", 1000000, true },
		{ "at most 1,0000 mails", 1000, false },
		{ "30 an hour, 500 a day", 500, true },
		{ "99999999999999999999999 mails", 5, false },
		{ "not too many", 500, true },
		{ "", 500, true },
		{ "1,", 1, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct mg_clause c = { .text = mg_slice_str(rows[i].text),
					     .limit = rows[i].limit };

		assert_int_equal(mg_clause_text_fits(&c), rows[i].fits);
	}
}

static void test_all_have_words(void **state)
{
	struct mg_clause c = { ID, HOUR };
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 1024);
	for (int i = 0; i < MG_PERS * MG_MEASURES; i++) {
		mg_buf_clear(&got);
		c.per = (enum mg_per)(i / MG_MEASURES);
		c.measure = (enum mg_measure)(i % MG_MEASURES);
		mg_clause_explain(&c, &got);
		assert_null(strstr(got.ptr, "null"));
	}
	for (int i = 0; mg_action_words[i]; i++) {
		mg_buf_clear(&got);
		c.action = (enum mg_action)i;
		mg_clause_explain(&c, &got);
		assert_null(strstr(got.ptr, "null"));
	}
	mg_buf_release(&got);
}

/* What changes what follows is another policy; what is not set is not in it. */
static void test_hash(void **state)
{
	struct mg_policy p = { .name = MG_LIT_INIT("p") };
	unsigned char without[MG_SHA256_LEN], with[MG_SHA256_LEN];

	(void)state;
	mg_policy_hash(&p, without);
	p.wants_form = true;
	mg_policy_hash(&p, with);
	assert_memory_not_equal(with, without, MG_SHA256_LEN);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_texts_that_fit_their_limit),
		cmocka_unit_test(test_all_have_words),
		cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
