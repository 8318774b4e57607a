/* SPDX-License-Identifier: MIT */
/* The limits that Exim looks up, and the ACLs that count. */
#include "accounts_fixture.h"

#include <string.h>

#include "mailguard/rules_exim.h"
#include "mailguard/rules_exim_native.h"

#define NOW 1795356000 /* 2026-11-22 14:00 UTC */
#define TEXT_MAX 65536
#define CLAUSE(id, subject, count, limit, action)                              \
	"{ id = \"" id "\"; rule = \"rate\"; subject = \"" subject             \
	"\"; count = \"" count "\"; limit = " limit "; action = \"" action     \
	"\"; }"

/* Of these Exim counts 1, 2 and 4. */
static const char text[] =
	"policy: { name = \"p\"; version = \"1\"; clauses = (" CLAUSE("seen", "domain", "recipients", "9", "observe") "," CLAUSE(
		"box", "mailbox", "recipients", "100",
		"throttle") "," CLAUSE("dom", "domain", "recipients", "500",
				       "throttle") "," CLAUSE("checks", "ip",
							      "checks", "30",
							      "block") "," CLAUSE("acc",
										  "account",
										  "messages",
										  "1000",
										  "throttle") ");"
											      "overrides = ("
											      "{ clause = \"dom\"; account = \"alice\"; limit = 600; reason = \"r\"; },"
											      "{ clause = \"dom\"; domain = \"a.example\"; limit = 2000;"
											      "  until = \"2026-11-22 23:00Z\"; reason = \"r\"; },"
											      "{ clause = \"dom\"; domain = \"c.example\"; limit = 1;"
											      "  until = \"2026-11-22 13:00Z\"; reason = \"over\"; },"
											      "{ clause = \"box\"; mailbox = \"joe@a.example\"; limit = 5;"
											      "  reason = \"r\"; },"
											      "{ clause = \"box\"; domain = \"b.example\"; limit = 7;"
											      "  reason = \"r\"; } );"
											      "waivers = ( { account = \"bob\"; clause = \"acc\"; reason = \"r\"; } );"
											      "};";

static const char want[] =
	"login=joe@a.example: l1=5 t1=253402300799 .\n"
	"account=alice: .\n"
	"login=alice: account=alice domain=a.example .\n"
	"uid=1001: account=alice domain=a.example .\n"
	"account=bob: l4=1000000000000 t4=253402300799 .\n"
	"login=bob: account=bob domain=c.example .\n"
	"uid=1002: account=bob domain=c.example .\n"
	"domain=a.example: account=alice l2=2000 t2=1795388400 .\n"
	"domain=b.example: account=alice l1=7 t1=253402300799 "
	"l2=600 t2=253402300799 .\n"
	"domain=c.example: account=bob .\n"
	"# END mailguard\n";

static struct mg_policies policies;

static int load(void **state)
{
	if (mg_policies_read_text(&policies, "p", mg_slice_str(text), &utc,
				  &err) < 0)
		fail_msg("%s", err.text);
	return load_accounts(state);
}

static int unload(void **state)
{
	mg_policies_release(&policies);
	return free_accounts(state);
}

static void test_limits(void **state)
{
	struct mg_buf b;
	const char *line;

	(void)state;
	mg_buf_init(&b, TEXT_MAX);
	mg_rules_exim_add_limits(&b, &policies, &accounts, NOW);
	assert_true(mg_rules_exim_is_intact(mg_buf_slice(&b)));
	line = strchr(b.ptr, '\n');
	assert_string_equal(line + 1, want);
	mg_buf_release(&b);
}

/* A name of the account tables or of a policy that could be anything else in the
   file is left out. */
static void test_hostile_names(void **state)
{
	struct mg_accounts hostile = accounts;
	struct mg_domain domains[] = { accounts.domains[A_EXAMPLE],
				       accounts.domains[B_EXAMPLE],
				       accounts.domains[C_EXAMPLE] };
	struct mg_buf b;

	(void)state;
	domains[0].name = MG_LIT("a.example: account=bob .\ndomain=x");
	hostile.domains = domains;
	mg_buf_init(&b, TEXT_MAX);
	mg_rules_exim_add_limits(&b, &policies, &hostile, NOW);
	assert_null(strstr(b.ptr, "domain=x"));
	assert_non_null(strstr(b.ptr, "domain=b.example: account=alice"));
	assert_non_null(strstr(b.ptr, "uid=1001: account=alice .\n"));
	mg_buf_release(&b);
}

static void check_order(const char *in, const char *const *parts)
{
	for (; *parts; parts++) {
		const char *at = strstr(in, *parts);

		if (!at)
			fail_msg("not there or too early: %s", *parts);
		in = at + strlen(*parts);
	}
}

/* The smallest unit first, whatever the order of the clauses. */
static void test_acls(void **state)
{
	static const char *const parts[] = {
		"mailguard_is_over:\n",
		"${if !exists{/m/limits}}",
		"mailguard_counts_1}",
		"mailguard_counts_2}",
		"mailguard_counts_4}",
		"lsearch{/m/limits}",
		"mailguard_counts_1:\n",
		"{100}",
		"mailguard_1_box_${eval:$tod_epoch/3600}_",
		"mailguard_counts_2:\n",
		"{500}",
		" allowed in 60 minutes",
		"mailguard_counts_4:\n",
		"$recipients_count",
		"count=1",
		NULL,
	};
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, TEXT_MAX);
	mg_rules_exim_add_native(&b, &policies, MG_LIT("/m/limits"));
	assert_false(b.truncated);
	check_order(b.ptr, parts);
	assert_null(strstr(b.ptr, "mailguard_counts_0"));
	assert_null(strstr(b.ptr, "mailguard_counts_3"));
	assert_null(strstr(b.ptr, "sender_address"));
	mg_buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_acls),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
