/* SPDX-License-Identifier: MIT */
/*
 * What lines of Dovecot come to, by hour, address and login.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/count.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define AT "Nov 22 02:19:34 "
#define LATER "Nov 22 04:00:01 "
#define FROM(ip)                                                               \
	", method=PLAIN, rip=" ip ", lip=10.99.0.4, TLS, session=<AHS4b9Rg>\n"
#define IMAP "imap-login: Info: Login: user=<"
#define POP3 "pop3-login: Info: Login: user=<"
#define FAILED(n)                                                              \
	"imap-login: Info: Disconnected: Connection closed (auth failed, " #n  \
	" attempts in 2 secs): user=<"
#define JOE IMAP "joe@a.example>" FROM("198.51.100.7")

static struct mg_account tables_accounts[] = {
	{ .name = MG_LIT_INIT("alice"), .main_domain = 0 },
};
static struct mg_domain tables_domains[] = {
	{ .name = MG_LIT_INIT("a.example"), .account = 0 },
};
static struct mg_accounts tables;
static const struct mg_hash_key key = { 1, 2 };
static struct mg_counter counter;

static int fill_tables(void **state)
{
	(void)state;
	tables = (struct mg_accounts){
		.accounts = tables_accounts,
		.n_accounts = 1,
		.domains = tables_domains,
		.n_domains = 1,
		.key = key,
	};
	mg_map_add(&tables.by_name,
		   mg_hash_quick(&key, tables_accounts[0].name), 0);
	mg_map_add(&tables.by_domain,
		   mg_hash_quick(&key, tables_domains[0].name), 0);
	return 0;
}

static int empty_tables(void **state)
{
	(void)state;
	mg_map_release(&tables.by_name);
	mg_map_release(&tables.by_domain);
	return 0;
}

/* "02h 198.51.100.7 joe@a.example imap/pop3/failed/sessions" */
static void show(const struct mg_counter *c, const struct mg_checks_cell *x,
		 struct mg_buf *b)
{
	char ip[MG_IP_TEXT_MAX];

	mg_ip_format(&x->check.ip, ip);
	mg_buf_add_fmt(b, "%02dh %s ", (int)(x->check.at / 3600 % 24), ip);
	if (x->origin == MG_ACCOUNT_NONE)
		mg_buf_add_char(b, '-');
	else
		mg_buf_add(b, c->origins.items[x->origin].name);
	for (int i = 0; i < MG_CHECK_COUNTS; i++)
		mg_buf_add_fmt(b, "%c%lld", i ? '/' : ' ',
			       (long long)x->check.n[i]);
	mg_buf_add_char(b, '\n');
}

static void count(const char *log, enum mg_dialect dialect)
{
	static const struct mg_tz utc;
	struct mg_slice rest = mg_slice_str(log), line;

	mg_counter_init(&counter, &tables, &utc, 0, &key);
	counter.dialect = dialect;
	counter.latest = 1795400000; /* 2026-11-23 */
	while (mg_slice_cut_line(&rest, &line))
		mg_counter_line(&counter, line);
}

static void counts(const char *log, enum mg_dialect dialect, const char *want)
{
	struct mg_buf got;

	mg_buf_init(&got, 65536);
	count(log, dialect);
	for (size_t i = 0; i < counter.checks.n_cells; i++)
		show(&counter, &counter.checks.cells[i], &got);
	if (strcmp(got.ptr, want) != 0)
		fail_msg("%s\n got %s\nwant %s", log, got.ptr, want);
	mg_buf_release(&got);
	mg_counter_release(&counter);
}

static void test_checks(void **state)
{
	(void)state;
	counts(AT JOE AT JOE AT POP3 "joe@a.example>" FROM("198.51.100.7"),
	       MG_DIALECT_DOVECOT, "02h 198.51.100.7 joe@a.example 2/1/0/0\n");
	counts(AT JOE LATER JOE, MG_DIALECT_DOVECOT,
	       "02h 198.51.100.7 joe@a.example 1/0/0/0\n"
	       "04h 198.51.100.7 joe@a.example 1/0/0/0\n");
	counts(AT JOE AT IMAP "joe@a.example>" FROM("2001:db8::7"),
	       MG_DIALECT_DOVECOT,
	       "02h 198.51.100.7 joe@a.example 1/0/0/0\n"
	       "02h 2001:db8::7 joe@a.example 1/0/0/0\n");
	counts(AT JOE AT IMAP "JOE@A.Example>" FROM("::ffff:198.51.100.7"),
	       MG_DIALECT_DOVECOT, "02h 198.51.100.7 joe@a.example 2/0/0/0\n");
}

/* The account itself; one that no table has; two of those are two. */
static void test_whose_login_it_is(void **state)
{
	(void)state;
	counts(AT IMAP "alice>" FROM("198.51.100.7") AT IMAP
	       "x@other.test>" FROM("198.51.100.7") AT IMAP
	       "y@other.test>" FROM("198.51.100.7"),
	       MG_DIALECT_DOVECOT,
	       "02h 198.51.100.7 alice 1/0/0/0\n"
	       "02h 198.51.100.7 unknown-login 1/0/0/0\n"
	       "02h 198.51.100.7 unknown-login 1/0/0/0\n");
}

/* Tries and sessions; names of strangers make no origin. */
static void test_failed_logins(void **state)
{
	(void)state;
	counts(AT FAILED(3) "joe@a.example>" FROM("203.0.113.66")
		       AT FAILED(1) "nosuch@a.example>" FROM("203.0.113.66"),
	       MG_DIALECT_DOVECOT, "02h 203.0.113.66 - 0/0/4/2\n");
	count(AT FAILED(1) "nosuch@a.example>" FROM("203.0.113.66"),
	      MG_DIALECT_DOVECOT);
	assert_int_equal(counter.origins.n_items, 0);
	mg_counter_release(&counter);
	counts(AT FAILED(2) "x, rip=192.0.2.1, lip=1.1.1.1, session=<a>" FROM(
		       "203.0.113.66"),
	       MG_DIALECT_DOVECOT, "02h 203.0.113.66 - 0/0/2/1\n");
}

static void test_what_is_no_check(void **state)
{
	(void)state;
	counts(AT "submission-login: Info: Login: user=<joe@a.example>" FROM(
		       "198.51.100.7") AT
	       "managesieve-login: Info: Login: user=<joe@a.example>" FROM(
		       "198.51.100.7") AT
	       "imap-login: Info: Disconnected (no auth attempts in 0 secs): "
	       "user=<>" FROM("198.51.100.7") AT
	       "imap-login: Info: Login: user=<joe>, rip=x\n",
	       MG_DIALECT_DOVECOT, "");
}

/* Their tags are told apart; a repeated line counts as often as it says. */
static void test_syslog(void **state)
{
#define TAG AT "web7 dovecot[2211]: "
	static const char log[] = TAG
		"imap-login: Login: user=<joe@a.example>, "
		"rip=198.51.100.7\n" TAG
		"message repeated 4 times: [ imap-login: Login: "
		"user=<joe@a.example>, rip=198.51.100.7]\n" AT
		"web7 dovecot: pop3-login: Info: Logged in: "
		"user=<joe@a.example>, rip=198.51.100.7\n" TAG
		"message repeated 2 times: [ imap-login: Aborted login "
		"(auth failed, 3 attempts in 9 secs): user=<x>, "
		"rip=203.0.113.66]\n" AT
		"web7 logger: imap-login: Login: user=<joe@a.example>, "
		"rip=192.0.2.1\n" AT "web7 postfix/smtpd[1]: imap-login: "
		"Login: user=<joe@a.example>, rip=192.0.2.1\n";

	(void)state;
	counts(log, MG_DIALECT_SYSLOG,
	       "02h 198.51.100.7 joe@a.example 5/1/0/0\n"
	       "02h 203.0.113.66 - 0/0/6/2\n");
}

static void test_stamps_of_its_own_file(void **state)
{
	(void)state;
	counts("2026-11-22 02:19:34 " JOE "2026-11-22T02:19:34.123456 " JOE
	       "2026-11-22T04:19:34+0200 " JOE "2026-11-22 02:19:34.5 " JOE,
	       MG_DIALECT_DOVECOT, "02h 198.51.100.7 joe@a.example 4/0/0/0\n");
	/* The turn of a year, that the stamps do not have. */
	count("Dec 31 23:59:59 " JOE "Jan  1 00:00:01 " JOE,
	      MG_DIALECT_DOVECOT);
	assert_int_equal(counter.checks.n_cells, 2);
	assert_int_equal(counter.checks.cells[1].check.at -
				 counter.checks.cells[0].check.at,
			 MG_SLOT_S);
	assert_int_equal(counter.checks.cells[1].check.at,
			 INT64_C(1767225600)); /* 2026-01-01 */
	mg_counter_release(&counter);
	/* A line of syslog is none of this file, and counts nowhere. */
	count(AT "web7 dovecot: imap-login: Login: user=<joe>, rip=1.2.3.4\n"
		 "no stamp\n\n",
	      MG_DIALECT_DOVECOT);
	assert_int_equal(counter.n_lines[MG_EXIM_UNSTAMPED], 2);
	assert_int_equal(counter.n_lines[MG_EXIM_BLANK], 1);
	assert_int_equal(counter.checks.n_cells, 0);
	mg_counter_release(&counter);
}

static void test_lines_have_names_and_classes(void **state)
{
	(void)state;
	assert_string_equal(mg_line_kind_name(MG_LINE_DOVECOT +
					      MG_DOVECOT_OTHER),
			    "dovecot/other");
	for (unsigned i = 0; i < MG_DOVECOT_KINDS; i++) {
		char want[32];

		(void)snprintf(want, sizeof(want), "dovecot/%s",
			       mg_dovecot_kind_name((enum mg_dovecot_kind)i));
		assert_string_equal(mg_line_kind_name(MG_LINE_DOVECOT + i),
				    want);
	}
	assert_string_equal(mg_line_kind_name(MG_LINE_KINDS), "?");
	assert_int_equal(mg_line_class(MG_LINE_DOVECOT + MG_DOVECOT_LOGIN),
			 MG_LINE_CHECK);
	assert_int_equal(mg_line_class(MG_LINE_DOVECOT + MG_DOVECOT_FAILED),
			 MG_LINE_FAILED_LOGIN);
	assert_int_equal(mg_line_class(MG_LINE_DOVECOT + MG_DOVECOT_ODD),
			 MG_LINE_NEUTRAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_whose_login_it_is),
		cmocka_unit_test(test_failed_logins),
		cmocka_unit_test(test_what_is_no_check),
		cmocka_unit_test(test_syslog),
		cmocka_unit_test(test_stamps_of_its_own_file),
		cmocka_unit_test(test_lines_have_names_and_classes),
	};

	return cmocka_run_group_tests(tests, fill_tables, empty_tables);
}
