/* SPDX-License-Identifier: MIT */
/*
 * Rules of mailbox checks at their edges.
 */
#include "judge_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static void test_a_mailbox_of_an_address(void **state)
{
	(void)state;
	clause.per = MG_PER_MAILBOX_IP;
	clause.measure = MG_MEASURE_CHECKS;
	clause.action = MG_ACTION_BLOCK;
	clause.limit = 30;
	check("192.0.2.1", 7, 1, 29);
	check("192.0.2.1", 8, 1, 29);
	checks[1].origin = BEN;
	check("192.0.2.2", 7, 1, 29);
	check("192.0.2.1", 0, 1, 500); /* of nobody */
	expect("");
	check("192.0.2.1", 7, 2, 1);
	expect("ann@a.example/192.0.2.1 -9-3 30/30; ");
	check("2001:db8::7", 8, 1, 20);
	check("2001:db8::8", 8, 1, 20); /* the same /64 */
	checks[5].origin = checks[6].origin = BEN;
	expect("ann@a.example/192.0.2.1 -9-3 30/30; "
	       "ben@a.example/2001:db8:: -10-2 40/30; ");
	clause.measure = MG_MEASURE_IMAP_CHECKS;
	expect("");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_checks_of_an_address),
		CASE(test_imap_and_pop3_apart),
		CASE(test_the_allowance_of_each_mailbox),
		CASE(test_a_mailbox_of_an_address),
		CASE(test_one_mailbox_from_many_networks),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
