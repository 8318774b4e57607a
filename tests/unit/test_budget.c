/* SPDX-License-Identifier: MIT */
/*
 * Names by their order of coming. Every row is taken twice: with one budget,
 * and with a fresh one for each step, as after a sweep. Rows of hours are taken
 * a third time, announced.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/budget.h"
#include "mailguard/buf.h"
#include "mailguard/rollup.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define HOUR INT64_C(1795312800)
#define ALICE 0
#define BOB 1
#define NOBODY MG_ACCOUNT_NONE

static struct mg_account names[] = {
	{ .name = MG_LIT_INIT("alice") },
	{ .name = MG_LIT_INIT("bob") },
};
static struct mg_domain domains[] = {
	{ .name = MG_LIT_INIT("a.example"), .account = ALICE },
};
static struct mg_accounts accounts;
static const struct mg_hash_key key = { 1, 2 };
static struct mg_store *store;
static struct mg_budget budget;

/* How the steps of a test are taken. */
enum { AT_ONCE, ANEW, ANNOUNCED, WAYS };
static const char *const ways[WAYS] = { "at once", "anew", "announced" };
static struct mg_err err;

static int fill_tables(void **state)
{
	(void)state;
	accounts = (struct mg_accounts){ .accounts = names,
					 .n_accounts = LENGTH(names),
					 .domains = domains,
					 .n_domains = LENGTH(domains),
					 .key = key };
	for (uint32_t i = 0; i < LENGTH(names); i++)
		mg_map_add(&accounts.by_name,
			   mg_hash_quick(&key, names[i].name), i);
	mg_map_add(&accounts.by_domain, mg_hash_quick(&key, domains[0].name),
		   0);
	assert_int_equal(mg_accounts_user(&accounts, MG_LIT("bob")), BOB);
	assert_int_equal(mg_accounts_domain(&accounts, MG_LIT("a.example")), 0);
	return 0;
}

static int empty_tables(void **state)
{
	(void)state;
	mg_map_release(&accounts.by_name);
	mg_map_release(&accounts.by_domain);
	return 0;
}

static void renew(void)
{
	mg_budget_release(&budget);
	budget = (struct mg_budget){ .store = store,
				     .accounts = &accounts,
				     .max_names = 2,
				     .max_senders = 2,
				     .max_checks = 2,
				     .max_net_checks = 2 };
}

static void begin(void)
{
	assert_int_equal(mg_store_open(&store, NULL, MG_STORE_SCRATCH, &err),
			 0);
	assert_int_equal(mg_store_begin(store, &err), 0);
	renew();
}

static void end(void)
{
	mg_budget_release(&budget);
	mg_budget_release(&budget);
	mg_store_close(store);
}

/* ---- origins */

static int64_t row_of(enum mg_origin_kind kind, const char *name,
		      const char *domain, uint32_t account)
{
	struct mg_origin origin = { .kind = kind, .name = mg_slice_str(name) };
	int64_t row = -1;

	if (account != NOBODY) {
		origin.domain = mg_slice_str(domain);
		origin.account = names[account].name;
	}
	assert_int_equal(
		mg_budget_origin(&budget, &origin, account, &row, &err), 0);
	assert_true(row > 0);
	return row;
}

static void test_names_of_an_account(void **state)
{
	/* same: the step before it that gets the same row, or itself */
	static const struct {
		enum mg_origin_kind kind;
		const char *name, *domain;
		uint32_t account;
		size_t same;
	} steps[] = {
		{ MG_ORIGIN_FORWARDER, "1@a", "a", ALICE, 0 },
		{ MG_ORIGIN_FORWARDER, "1@a", "a", ALICE, 0 },
		{ MG_ORIGIN_FORWARDER, "2@a", "a", ALICE, 2 },
		/* The room is taken: one crowd for each domain, */
		{ MG_ORIGIN_FORWARDER, "3@a", "a", ALICE, 3 },
		{ MG_ORIGIN_FORWARDER, "4@a", "a", ALICE, 3 },
		{ MG_ORIGIN_FORWARDER, "1@b", "b", ALICE, 5 },
		{ MG_ORIGIN_FORWARDER, "2@b", "b", ALICE, 5 },
		/* who has a name keeps it, */
		{ MG_ORIGIN_FORWARDER, "2@a", "a", ALICE, 2 },
		/* other kinds and accounts have room of their own, */
		{ MG_ORIGIN_MAILBOX, "3@a", "a", ALICE, 8 },
		{ MG_ORIGIN_MAILBOX, "4@a", "a", ALICE, 9 },
		{ MG_ORIGIN_MAILBOX, "5@a", "a", ALICE, 10 },
		{ MG_ORIGIN_FORWARDER, "3@c", "c", BOB, 11 },
		{ MG_ORIGIN_FORWARDER, "4@c", "c", BOB, 12 },
		{ MG_ORIGIN_FORWARDER, "5@c", "c", BOB, 13 },
		/* and so have those without an account. */
		{ MG_ORIGIN_USER, "uid-1", NULL, NOBODY, 14 },
		{ MG_ORIGIN_USER, "uid-2", NULL, NOBODY, 15 },
		{ MG_ORIGIN_USER, "uid-3", NULL, NOBODY, 16 },
		{ MG_ORIGIN_USER, "uid-4", NULL, NOBODY, 16 },
		/* The child's own crowd is the same one, and takes no room. */
		{ MG_ORIGIN_FORWARDER, "*", "a", ALICE, 3 },
		{ MG_ORIGIN_SCRIPT, "*", "a", ALICE, 19 },
		{ MG_ORIGIN_SCRIPT, "/1", "a", ALICE, 20 },
		{ MG_ORIGIN_SCRIPT, "/2", "a", ALICE, 21 },
		{ MG_ORIGIN_SCRIPT, "/3", "a", ALICE, 19 },
	};
	int64_t rows[LENGTH(steps)];

	(void)state;
	for (int way = AT_ONCE; way <= ANEW; way++) {
		begin();
		for (size_t i = 0; i < LENGTH(steps); i++) {
			rows[i] = row_of(steps[i].kind, steps[i].name,
					 steps[i].domain, steps[i].account);
			for (size_t k = 0; k < i; k++)
				if ((rows[k] == rows[i]) !=
				    (steps[k].same == steps[i].same))
					fail_msg("steps %zu and %zu, %s", k, i,
						 ways[way]);
			if (way == ANEW)
				renew();
		}
		end();
	}
}

/* ---- senders */

static int add_row(void *arg, const struct mg_report_row *row)
{
	mg_buf_add_fmt(arg, "%lld '%.*s' %lld\n",
		       (long long)((row->hour - HOUR) / 3600),
		       MG_SLICE_ARG(row->domain),
		       (long long)row->counts.n[MG_MESSAGES]);
	return 0;
}

static void test_senders_of_an_hour(void **state)
{
	static const struct {
		int hour;
		const char *domain;
	} steps[] = {
		{ 0, "1.test" },
		{ 0, "1.test" },
		{ 0, "2.test" },
		{ 0, "3.test" },
		{ 0, "4.test" },
		{ 0, "2.test" },
		{ 0, "3.test" },
		{ 0, "" },
		{ 0, "a.example" },
		{ 0, "*" },
		/* Each hour anew, one out of order too. */
		{ 1, "4.test" },
		{ 1, "3.test" },
		{ 0, "4.test" },
		{ 1, "2.test" },
		{ 1, "4.test" },
		{ 0, "1.test" },
		/* One of ours takes room, but needs none. */
		{ 2, "a.example" },
		{ 2, "5.test" },
		{ 2, "6.test" },
		/* The child's own crowd takes none. */
		{ 3, "*" },
		{ 3, "5.test" },
		{ 3, "6.test" },
	};
	const struct mg_report_query query = { .by = MG_BY_SENDER_DOMAIN,
					       .since = INT64_MIN,
					       .until = INT64_MAX,
					       .hours = true };
	struct mg_buf got;
	uint64_t n_left;

	(void)state;
	mg_buf_init(&got, 4096);
	for (int way = 0; way < WAYS; way++) {
		begin();
		for (size_t i = 0; i < LENGTH(steps); i++) {
			struct mg_store_fact fact = {
				.at = HOUR + 3600 * steps[i].hour,
				.counts = { .n = { [MG_MESSAGES] = 1 } },
			};
			int64_t own = 0;

			if (way == ANNOUNCED)
				assert_int_equal(
					mg_budget_expect_sender(&budget,
								fact.at, &err),
					0);
			assert_int_equal(
				mg_budget_sender(&budget, fact.at,
						 mg_slice_str(steps[i].domain),
						 &own, &fact.row, &err),
				0);
			assert_int_equal(mg_store_add_sender_facts(store, &fact,
								   1, &err),
					 0);
			if (way == ANEW)
				renew();
		}
		mg_buf_clear(&got);
		assert_int_equal(mg_store_report(store, &query, add_row, &got,
						 &n_left, &err),
				 0);
		assert_string_equal(got.ptr, "0 '*' 5\n"
					     "0 '1.test' 3\n"
					     "0 '2.test' 2\n"
					     "0 '' 1\n"
					     "0 'a.example' 1\n"
					     "1 '4.test' 2\n"
					     "1 '*' 1\n"
					     "1 '3.test' 1\n"
					     "2 '*' 1\n"
					     "2 '5.test' 1\n"
					     "2 'a.example' 1\n"
					     "3 '*' 1\n"
					     "3 '5.test' 1\n"
					     "3 '6.test' 1\n");
		end();
	}
	mg_buf_release(&got);
}

/* ---- checks */

/* Takes a row; returns whether it has its name. */
static bool is_named(int way, int64_t hour, unsigned ip, uint64_t login)
{
	struct mg_check check = { .at = hour, .login = login };
	int64_t origin = 0;
	bool named;

	check.ip.bytes[15] = (unsigned char)ip;
	check.n[MG_CHECK_IMAP] = 1;
	if (way == ANNOUNCED)
		assert_int_equal(mg_budget_expect_check(&budget, &check, &err),
				 0);
	assert_int_equal(mg_budget_check(&budget, &check, &origin, &err), 0);
	named = !mg_ip_is_nobody(&check.ip);
	assert_int_equal(check.login, named ? login : 0);
	assert_int_equal(check.n[MG_CHECK_IMAP], 1);
	assert_int_equal(mg_store_add_checks(store,
					     &(struct mg_store_check){
						     .check = check,
						     .origin = origin },
					     1, &err),
			 0);
	return named;
}

static void test_checks(void **state)
{
	static const struct {
		int64_t hour;
		unsigned ip;
		uint64_t login;
		bool is_named;
	} rows[] = {
		{ HOUR, 1, 0, true },        { HOUR, 2, 0, true },
		{ HOUR, 3, 0, false },       { HOUR, 1, 0, true },
		{ HOUR, 3, 7, true }, /* a login, of which there are fewer */
		{ HOUR, 3, 8, true },        { HOUR, 3, 9, false },
		{ HOUR, 4, 7, false },       { HOUR, 3, 7, true },
		{ HOUR, 3, 0, false },       { HOUR, 2, 0, true },
		{ HOUR + 3600, 3, 0, true }, { HOUR + 3600, 3, 9, true },
		{ HOUR + 3600, 4, 0, true }, { HOUR + 3600, 5, 0, false },
		{ HOUR, 4, 0, false },
	};

	(void)state;
	for (int way = 0; way < WAYS; way++) {
		begin();
		for (size_t i = 0; i < LENGTH(rows); i++) {
			if (way == ANEW)
				renew();
			if (is_named(way, rows[i].hour, rows[i].ip,
				     rows[i].login) != rows[i].is_named)
				fail_msg("row %zu, %s", i, ways[way]);
		}
		end();
	}
}

/* A check of an address and a login, and the address that it counts under. */
struct check_row {
	const char *ip;
	uint64_t login;
	const char *want;
};

/* Takes rows that are written together. */
static void take_checks(const struct check_row *rows, size_t n, bool announced)
{
	struct mg_store_check all[4] = { 0 };

	assert_true(n <= LENGTH(all));
	for (size_t i = 0; i < n; i++) {
		struct mg_check *c = &all[i].check;

		c->at = HOUR;
		c->login = rows[i].login;
		c->n[MG_CHECK_IMAP] = 1;
		assert_true(mg_ip_parse(mg_slice_str(rows[i].ip), &c->ip));
		if (announced)
			assert_int_equal(
				mg_budget_expect_check(&budget, c, &err), 0);
	}
	for (size_t i = 0; i < n; i++) {
		struct mg_check *c = &all[i].check;
		char got[MG_IP_TEXT_MAX];

		assert_int_equal(
			mg_budget_check(&budget, c, &all[i].origin, &err), 0);
		mg_ip_format(&c->ip, got);
		assert_string_equal(got, rows[i].want);
		assert_int_equal(c->login,
				 mg_ip_is_nobody(&c->ip) ? 0 : rows[i].login);
	}
	assert_int_equal(mg_store_add_checks(store, all, n, &err), 0);
}

/*
 * Of ten rows of an hour, the last five take two of a network each; also where
 * four are announced and written together.
 */
static void test_checks_of_a_network(void **state)
{
	static const struct check_row rows[] = {
		{ "2001:db8::1", 7, "2001:db8::1" },
		{ "2001:db8::2", 7, "2001:db8::2" },
		{ "2001:db8::3", 7, "2001:db8::3" },
		{ "192.0.2.1", 7, "192.0.2.1" },
		{ "2001:db8::4", 7, "2001:db8::4" },
		/* Half of them are taken. */
		{ "2001:db8::5", 7, "2001:db8::" },
		{ "2001:db8::6", 7, "2001:db8::" },
		{ "2001:db8::6", 8, "2001:db8::" },
		{ "2001:db8::4", 7, "2001:db8::4" },
		{ "2001:db8::4", 8, "2001:db8::" },
		{ "2001:db8::9", 0, "2001:db8::9" }, /* failed ones apart */
		{ "2001:db8:0:1::1", 7, "2001:db8:0:1::1" },
		{ "2001:db8:0:1::2", 7, "2001:db8:0:1::2" },
		{ "2001:db8:0:1::3", 7, "2001:db8:0:1::" },
		/* Of IPv4 nobody has so many. */
		{ "192.0.2.2", 7, "192.0.2.2" },
		{ "192.0.2.3", 7, "192.0.2.3" },
		{ "192.0.2.4", 7, "192.0.2.4" },
		/* All are. */
		{ "192.0.2.5", 7, "::" },
		{ "2001:db8:0:2::1", 7, "::" },
		{ "2001:db8:0:1::4", 7, "2001:db8:0:1::" },
		{ "2001:db8:0:1::1", 7, "2001:db8:0:1::1" },
	};

	(void)state;
	for (int way = 0; way <= WAYS; way++) {
		const size_t n = way == WAYS ? 4 : 1;

		begin();
		budget.max_checks = 10;
		for (size_t i = 0; i < LENGTH(rows); i += n) {
			const size_t left = LENGTH(rows) - i;

			if (way == ANEW)
				renew();
			budget.max_checks = 10;
			take_checks(rows + i, left < n ? left : n,
				    way >= ANNOUNCED);
		}
		end();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_an_account),
		cmocka_unit_test(test_senders_of_an_hour),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_checks_of_a_network),
	};

	return cmocka_run_group_tests(tests, fill_tables, empty_tables);
}
