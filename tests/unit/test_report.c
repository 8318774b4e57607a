/* SPDX-License-Identifier: MIT */
/* A small store, in each format. */
#include "report_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mailguard/report.h"

static void test_json(void **state)
{
	(void)state;
	prints(all_time, MG_FORMAT_JSON, NULL, 4, 0,
	       "{\"schema\":\"mailguard.report/1\",\"by\":\"domain\",\"hours\":false,\"slots\":false,\"since\":null,\"until\":null,\"subject\":null,\"rows\":[\n"
	       "{\"domain\":\"a.example\",\"account\":\"alice\",\"messages\":11,\"recipients\":121,\"delivered\":101,\"deferred\":5,\"failed\":15,\"unknown_recipients\":3,\"forwarded\":0,\"bytes\":124256,\"origin_kind\":\"mailbox\",\"origin\":\"joe@a.example\"},\n"
	       "{\"domain\":null,\"account\":null,\"messages\":1,\"recipients\":5,\"delivered\":0,\"deferred\":0,\"failed\":0,\"unknown_recipients\":0,\"forwarded\":0,\"bytes\":10,\"origin_kind\":\"unknown\",\"origin\":\"odd-line\"},\n"
	       "{\"domain\":\"c.example\",\"account\":\"bob\",\"weak\":true,\"messages\":2,\"recipients\":2,\"delivered\":2,\"deferred\":0,\"failed\":0,\"unknown_recipients\":0,\"forwarded\":0,\"bytes\":60,\"origin_kind\":\"relay\",\"origin\":\"c.example\"},\n"
	       "{\"domain\":\"c.example\",\"account\":\"bob\",\"messages\":0,\"recipients\":0,\"delivered\":0,\"deferred\":0,\"failed\":0,\"unknown_recipients\":0,\"forwarded\":7,\"bytes\":0,\"origin_kind\":null,\"origin\":null}\n"
	       "]}\n");
}

static void test_csv(void **state)
{
	(void)state;
	prints(all_time, MG_FORMAT_CSV, NULL, 4, 0,
	       "domain,account,weak,messages,recipients,delivered,deferred,failed,unknown_recipients,forwarded,bytes,origin_kind,origin\n"
	       "a.example,alice,,11,121,101,5,15,3,0,124256,mailbox,joe@a.example\n"
	       ",,,1,5,0,0,0,0,0,10,unknown,odd-line\n"
	       "c.example,bob,yes,2,2,2,0,0,0,0,60,relay,c.example\n"
	       "c.example,bob,,0,0,0,0,0,0,7,0,,\n");
}

static void test_table(void **state)
{
	(void)state;
	prints(all_time, MG_FORMAT_TABLE, NULL, 4, 0,
	       "mail by domain, 2026-03-01 00:00 to 02:00 UTC\n"
	       "DOMAIN            ACCOUNT  MESSAGES  RCPT  DELIVERED  DEFERRED  FAILED  UNKNOWN   UNKN  FWD   BYTES  ORIGIN\n"
	       "a.example         alice          11   121        101         5      15        3  2.5 %    0  124256  joe@\n"
	       "(unattributed)    -               1     5          0         0       0        0      -    0      10  odd-line\n"
	       "c.example (weak)  bob             2     2          2         0       0        0  0.0 %    0      60  (relay)\n"
	       "c.example         bob             0     0          0         0       0        0      -    7       0  -\n");
}

static void test_hours(void **state)
{
	const struct mg_tz east = zone(20700);
	struct mg_report_query q = all_time;

	(void)state;
	q.hours = true;
	q.top = 1;
	q.since = T_2026_03_01;
	q.until = T_2026_03_01 + 7200;
	prints(q, MG_FORMAT_JSON, NULL, 2, 3,
	       "{\"schema\":\"mailguard.report/1\",\"by\":\"domain\",\"hours\":true,\"slots\":false,\"since\":\"2026-03-01T00:00:00Z\",\"until\":\"2026-03-01T02:00:00Z\",\"subject\":null,\"rows\":[\n"
	       "{\"hour\":\"2026-03-01T00:00:00Z\",\"domain\":\"a.example\",\"account\":\"alice\",\"messages\":10,\"recipients\":120,\"delivered\":100,\"deferred\":5,\"failed\":15,\"unknown_recipients\":3,\"forwarded\":0,\"bytes\":123456,\"origin_kind\":\"mailbox\",\"origin\":\"joe@a.example\"},\n"
	       "{\"hour\":\"2026-03-01T01:00:00Z\",\"domain\":\"a.example\",\"account\":\"alice\",\"messages\":1,\"recipients\":1,\"delivered\":1,\"deferred\":0,\"failed\":0,\"unknown_recipients\":0,\"forwarded\":0,\"bytes\":800,\"origin_kind\":\"script\",\"origin\":\"/home/alice/x\"}\n"
	       "]}\n");
	prints(q, MG_FORMAT_CSV, &east, 2, 3,
	       "hour,domain,account,weak,messages,recipients,delivered,deferred,failed,unknown_recipients,forwarded,bytes,origin_kind,origin\n"
	       "2026-03-01T05:45:00+05:45,a.example,alice,,10,120,100,5,15,3,0,123456,mailbox,joe@a.example\n"
	       "2026-03-01T06:45:00+05:45,a.example,alice,,1,1,1,0,0,0,0,800,script,/home/alice/x\n");
	prints(q, MG_FORMAT_TABLE, &east, 2, 3,
	       "mail by domain, 2026-03-01 05:45 to 07:45 UTC+05:45\n"
	       "HOUR              DOMAIN     ACCOUNT  MESSAGES  RCPT  DELIVERED  DEFERRED  FAILED  UNKNOWN   UNKN  FWD   BYTES  ORIGIN\n"
	       "2026-03-01 05:45  a.example  alice          10   120        100         5      15        3  2.6 %    0  123456  joe@\n"
	       "2026-03-01 06:45  a.example  alice           1     1          1         0       0        0  0.0 %    0     800  .../x\n");
}

static void add_check(struct mg_check c)
{
	const struct mg_store_check check = { .check = c };

	assert_int_equal(mg_store_add_checks(store, &check, 1, &err), 0);
}

static void test_addresses(void **state)
{
	struct mg_check c = { .at = T_2026_03_01, .login = 7 };
	struct mg_report_query q = all_time;

	(void)state;
	assert_true(mg_ip_parse(MG_LIT("192.0.2.1"), &c.ip));
	c.n[MG_CHECK_IMAP] = 3;
	c.n[MG_CHECK_POP3] = 4;
	add_check(c);
	c = (struct mg_check){ .at = T_2026_03_01 };
	c.n[MG_CHECK_FAILED_LOGINS] = 5;
	c.n[MG_CHECK_FAILED_SESSIONS] = 2;
	add_check(c);
	q.by = MG_BY_IP;
	prints(q, MG_FORMAT_JSON, NULL, 2, 0,
	       "{\"schema\":\"mailguard.report/1\",\"by\":\"ip\",\"hours\":false,\"slots\":false,\"since\":null,\"until\":null,\"subject\":null,\"rows\":[\n"
	       "{\"ip\":\"192.0.2.1\",\"checks\":7,\"imap\":3,\"pop3\":4,\"failed_logins\":0,\"failed_sessions\":0,\"mailboxes\":1},\n"
	       "{\"ip\":null,\"checks\":0,\"imap\":0,\"pop3\":0,\"failed_logins\":5,\"failed_sessions\":2,\"mailboxes\":0}\n"
	       "]}\n");
	prints(q, MG_FORMAT_CSV, NULL, 2, 0,
	       "ip,checks,imap,pop3,failed_logins,failed_sessions,mailboxes\n"
	       "192.0.2.1,7,3,4,0,0,1\n"
	       ",0,0,0,5,2,0\n");
	prints(q, MG_FORMAT_TABLE, NULL, 2, 0,
	       "checks by address, 2026-03-01 00:00 to 01:00 UTC\n"
	       "ADDRESS               CHECKS  IMAP  POP3  FAILED LOGINS  FAILED SESSIONS  MAILBOXES\n"
	       "192.0.2.1                  7     3     4              0                0          1\n"
	       "(too many addresses)       0     0     0              5                2          0\n");
}

static void test_sender_domains(void **state)
{
	struct mg_report_query q = all_time;

	(void)state;
	q.by = MG_BY_SENDER_DOMAIN;
	prints(q, MG_FORMAT_JSON, NULL, 2, 0,
	       "{\"schema\":\"mailguard.report/1\",\"by\":\"sender-domain\",\"hours\":false,\"slots\":false,\"since\":null,\"until\":null,\"subject\":null,\"rows\":[\n"
	       "{\"domain\":\"a.example\",\"messages\":11,\"recipients\":22,\"bytes\":99},\n"
	       "{\"domain\":null,\"messages\":1,\"recipients\":2,\"bytes\":9}\n"
	       "]}\n");
	prints(q, MG_FORMAT_CSV, NULL, 2, 0,
	       "domain,messages,recipients,bytes\n"
	       "a.example,11,22,99\n"
	       ",1,2,9\n");
	prints(q, MG_FORMAT_TABLE, NULL, 2, 0,
	       "mail by domain of the sender, 2026-03-01 00:00 to 01:00 UTC\n"
	       "SENDER DOMAIN  MESSAGES  RCPT  BYTES\n"
	       "a.example            11    22     99\n"
	       "(no domain)           1     2      9\n");
}

static void test_nothing(void **state)
{
	struct mg_report_query q = all_time;

	(void)state;
	q.since = T_2026_03_01 + 86400;
	prints(q, MG_FORMAT_JSON, NULL, 0, 0,
	       "{\"schema\":\"mailguard.report/1\",\"by\":\"domain\",\"hours\":false,\"slots\":false,\"since\":\"2026-03-02T00:00:00Z\",\"until\":null,\"subject\":null,\"rows\":[]}\n");
	prints(q, MG_FORMAT_CSV, NULL, 0, 0,
	       "domain,account,weak,messages,recipients,delivered,deferred,failed,unknown_recipients,forwarded,bytes,origin_kind,origin\n");
	prints(q, MG_FORMAT_TABLE, NULL, 0, 0,
	       "mail by domain, nothing counted\n"
	       "DOMAIN  ACCOUNT  MESSAGES  RCPT  DELIVERED  DEFERRED  FAILED  UNKNOWN  UNKN  FWD  BYTES  ORIGIN\n");
}

static void test_what_cannot_be_written(void **state)
{
	const struct mg_report_opts opts = { .query = all_time,
					     .format = MG_FORMAT_CSV,
					     .fd = -1 };
	uint64_t n_rows, n_left;

	(void)state;
	err = (struct mg_err){ 0 };
	assert_int_equal(mg_report_run(store, &opts, &n_rows, &n_left, &err),
			 -MG_EIO);
	assert_int_equal(err.code, MG_EIO);
}

/* ---- on a terminal, and for a collector */

static void test_terminal(void **state)
{
	struct mg_report_opts opts = {
		.query = all_time,
		.term = { .is_terminal = true, .width = 64 },
	};

	(void)state;
	prints_as(opts, 4, 0,
		  "mail by domain, 2026-03-01 00:00 to 02:00 UTC\n"
		  "DOMAIN            RCPT   UNKN  FWD  COMPARED      ORIGIN\n"
		  "a.example          121  2.5 %    0  ############  joe@\n"
		  "(unattributed)       5      -    0  #             odd-line\n"
		  "c.example (weak)     2  0.0 %    0  #             (relay)\n"
		  "c.example            0      -    7                -\n");
	/* Of its own peak, where there is a course. */
	add(MG_ORIGIN_MAILBOX, "joe@a.example", "a.example", "alice",
	    T_2026_03_01 + 3 * 3600,
	    (struct mg_counts){ { 1, 60, 0, 0, 0, 0, 0, 1 } });
	opts.term.is_utf8 = true;
	opts.query.top = 2;
	prints_as(opts, 2, 2,
		  "mail by domain, 2026-03-01 00:00 to 04:00 UTC\n"
		  "DOMAIN          ACCOUNT  RCPT   UNKN  FWD  BY HOUR  ORIGIN\n"
		  "a.example       alice     181  2.5 %    0  \xe2\x96\x88"
		  "\xe2\x96\x81 \xe2\x96\x84     joe@\n"
		  "(unattributed)  -           5      -    0  \xe2\x96\x88"
		  "        odd-line\n");
	opts.term.width = MG_TERM_WIDTH_MIN;
	opts.term.has_colour = true;
	opts.query.top = 1;
	prints_as(opts, 1, 3,
		  "mail by domain, 2026-03-01 00:00 to 04:00 UTC\n"
		  "\33[1mDOMAIN\33[0m     \33[1mRCPT\33[0m   "
		  "\33[1mUNKN\33[0m  \33[1mFWD\33[0m  "
		  "\33[1mORIGIN\33[0m\n"
		  "a.example   181  2.5 %    0  joe@\n");
}

static void test_metrics(void **state)
{
	struct mg_report_opts opts = {
		.query = { .by = MG_BY_SENDER_DOMAIN,
			   .since = T_2026_03_01,
			   .until = INT64_MAX,
			   .top = 1 },
		.format = MG_FORMAT_PROMETHEUS,
		.now = NOW,
	};

	(void)state;
	prints_as(
		opts, 1, 1,
		"# TYPE mailguard_sender_domain_since_timestamp_seconds gauge\n"
		"mailguard_sender_domain_since_timestamp_seconds 1772323200\n"
		"# TYPE mailguard_sender_domain_made_timestamp_seconds gauge\n"
		"mailguard_sender_domain_made_timestamp_seconds 1772368496\n"
		"# HELP mailguard_sender_domain_messages Submissions accepted\n"
		"# TYPE mailguard_sender_domain_messages gauge\n"
		"mailguard_sender_domain_messages{domain=\"a.example\"} 11\n"
		"mailguard_sender_domain_messages{domain=\"(others)\"} 1\n"
		"# HELP mailguard_sender_domain_recipients Addresses in the submissions\n"
		"# TYPE mailguard_sender_domain_recipients gauge\n"
		"mailguard_sender_domain_recipients{domain=\"a.example\"} 22\n"
		"mailguard_sender_domain_recipients{domain=\"(others)\"} 2\n"
		"# HELP mailguard_sender_domain_bytes Size of the submissions\n"
		"# TYPE mailguard_sender_domain_bytes gauge\n"
		"mailguard_sender_domain_bytes{domain=\"a.example\"} 99\n"
		"mailguard_sender_domain_bytes{domain=\"(others)\"} 9\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_json),           TEST(test_csv),
		TEST(test_table),          TEST(test_hours),
		TEST(test_sender_domains), TEST(test_addresses),
		TEST(test_nothing),        TEST(test_terminal),
		TEST(test_metrics),        TEST(test_what_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
