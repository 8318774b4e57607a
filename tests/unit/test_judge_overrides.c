/* SPDX-License-Identifier: MIT */
/*
 * Whose limit it is: overrides and waivers.
 */
#include "judge_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

/* Of a mailbox with an address: the mailbox anywhere, or anybody from there. */
static void test_overrides_of_a_part(void **state)
{
	struct mg_override override = {
		.scope.until = INT64_MAX,
		.limit = 40,
	};
	const struct {
		enum mg_per per;
		const char *name;
		const char *wanted;
	} rows[] = {
		{ MG_PER_MAILBOX, "ann@a.example", "" },
		{ MG_PER_IP, "192.0.2.1", "" },
		{ MG_PER_DOMAIN, "a.example", "" },
		{ MG_PER_IP, "192.0.2.2",
		  "ann@a.example/192.0.2.1 -9-3 35/30; " },
		{ MG_PER_MAILBOX, "ben@a.example",
		  "ann@a.example/192.0.2.1 -9-3 35/30; " },
	};

	(void)state;
	clause.per = MG_PER_MAILBOX_IP;
	clause.measure = MG_MEASURE_CHECKS;
	clause.limit = 30;
	checks[0] = (struct mg_docket_check){ .origin = ANN,
					      .is_new = true,
					      .at = SLOT(2) };
	assert_true(mg_ip_parse(MG_LIT("192.0.2.1"), &checks[0].check.ip));
	checks[0].check.n[MG_CHECK_IMAP] = 35;
	evidence.n_checks = 1;
	policy.overrides = &override;
	policy.n_overrides = 1;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		override.scope.per = rows[i].per;
		override.scope.name = mg_slice_str(rows[i].name);
		expect(rows[i].wanted);
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_overrides_by_plan),
		CASE(test_overrides_end),
		CASE(test_overrides_of_a_part),
		CASE(test_waivers_are_marked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
