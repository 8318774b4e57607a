/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/report.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define T_2026_03_01 INT64_C(1772323200)
#define NOW (T_2026_03_01 + 12 * 3600 + 34 * 60 + 56)

static struct mg_err err;

/* A zone without changes. */
static struct mg_tz zone(int32_t offset_s)
{
	struct mg_tz tz;

	memset(&tz, 0, sizeof(tz));
	tz.first_offset = tz.later.std_offset = offset_s;
	return tz;
}

/* ---- words */

static void test_by(void **state)
{
	enum mg_report_by by = MG_BY_DOMAIN;

	(void)state;
	assert_true(mg_report_by_parse(MG_LIT("ip"), &by));
	assert_int_equal(by, MG_BY_IP);
	assert_true(mg_report_by_parse(MG_LIT("sender-domain"), &by));
	assert_int_equal(by, MG_BY_SENDER_DOMAIN);
	assert_false(mg_report_by_parse(MG_LIT("domains"), &by));
	assert_false(mg_report_by_parse(MG_LIT("Domain"), &by));
	assert_false(mg_report_by_parse(MG_LIT(""), &by));
	assert_int_equal(by, MG_BY_SENDER_DOMAIN);
	assert_true(mg_report_by_parse(MG_LIT("domain"), &by));
	assert_int_equal(by, MG_BY_DOMAIN);
}

static void test_formats(void **state)
{
	static const struct {
		const char *word;
		enum mg_format format;
	} rows[] = {
		{ "table", MG_FORMAT_TABLE },
		{ "json", MG_FORMAT_JSON },
		{ "csv", MG_FORMAT_CSV },
		{ "html", MG_FORMAT_HTML },
		{ "prometheus", MG_FORMAT_PROMETHEUS },
	};
	enum mg_format format;

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_true(mg_report_format_parse(mg_slice_str(rows[i].word),
						   &format));
		assert_int_equal(format, rows[i].format);
	}
	assert_false(mg_report_format_parse(MG_LIT("JSON"), &format));
	assert_false(mg_report_format_parse(MG_LIT("tabl"), &format));
	assert_false(mg_report_format_parse(MG_LIT(""), &format));
	assert_int_equal(format, MG_FORMAT_PROMETHEUS);
}

static void test_times(void **state)
{
	/* Kathmandu's hours start at a quarter past those of UTC. */
	enum { UTC = 0, EAST = 20700, WEST = -18000 };
	static const struct {
		const char *word;
		int32_t offset_s;
		int64_t want;
	} rows[] = {
		/* Durations, to the start of their hour. */
		{ "0s", UTC, T_2026_03_01 + 12 * 3600 },
		{ "1h", UTC, T_2026_03_01 + 11 * 3600 },
		{ "24h", UTC, T_2026_03_01 - 12 * 3600 },
		{ "34m", UTC, T_2026_03_01 + 12 * 3600 },
		{ "35m", UTC, T_2026_03_01 + 11 * 3600 },
		{ "2096s", UTC, T_2026_03_01 + 12 * 3600 },
		{ "2097s", UTC, T_2026_03_01 + 11 * 3600 },
		{ "2000m", UTC, T_2026_03_01 - 86400 + 3 * 3600 },
		{ "4000d", UTC,
		  T_2026_03_01 + 12 * 3600 - INT64_C(4000) * 86400 },
		{ "1w", UTC, T_2026_03_01 + 12 * 3600 - 7 * 86400 },
		{ "7d", UTC, T_2026_03_01 + 12 * 3600 - 7 * 86400 },
		{ "1h", EAST, T_2026_03_01 + 11 * 3600 + 900 },
		{ "1h", WEST, T_2026_03_01 + 11 * 3600 },
		{ "0001h", UTC, T_2026_03_01 + 11 * 3600 },
		/* Days; it is 12:34 in UTC, and 18:19 in the east. */
		{ "today", UTC, T_2026_03_01 },
		{ "yesterday", UTC, T_2026_03_01 - 86400 },
		{ "today", EAST, T_2026_03_01 - EAST },
		{ "yesterday", EAST, T_2026_03_01 - 86400 - EAST },
		{ "today", WEST, T_2026_03_01 - WEST },
		/* Dates. */
		{ "2026-03-01", UTC, T_2026_03_01 },
		{ "2026-03-01", EAST, T_2026_03_01 - EAST },
		{ "2026-03-01", WEST, T_2026_03_01 - WEST },
		{ "2026-03-01Z", EAST, T_2026_03_01 },
		{ "2026-03-01T12:34", UTC, T_2026_03_01 + 45240 },
		{ "2026-03-01 12:34", UTC, T_2026_03_01 + 45240 },
		{ "2026-03-01T12:34:56", UTC, NOW },
		{ "2026-03-01T12:34:56", EAST, NOW - EAST },
		{ "2026-03-01T12:34:56Z", EAST, NOW },
		{ "2026-03-01T00:00Z", WEST, T_2026_03_01 },
		{ "2024-02-29", UTC, 1709164800 },
		{ "1969-12-31T23:59:59", UTC, -1 },
		{ "0001-01-01", UTC, INT64_C(-62135596800) },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_tz tz = zone(rows[i].offset_s);
		int64_t got = 0;

		if (mg_report_time_parse(mg_slice_str(rows[i].word), &tz, NOW,
					 &got, &err) != 0)
			fail_msg("'%s': %s", rows[i].word, err.text);
		if (got != rows[i].want)
			fail_msg("'%s' %+d: %lld, not %lld", rows[i].word,
				 rows[i].offset_s, (long long)got,
				 (long long)rows[i].want);
		if (rows[i].offset_s)
			continue;
		/* No zone is UTC. */
		assert_int_equal(mg_report_time_parse(mg_slice_str(
							      rows[i].word),
						      NULL, NOW, &got, &err),
				 0);
		assert_int_equal(got, rows[i].want);
	}
}

static void test_what_is_no_time(void **state)
{
	static const char *const rows[] = {
		"",
		"h",
		"24",
		"24 h",
		" 24h",
		"24H",
		"24hours",
		"1y",
		"-1h",
		"+1h",
		"1.5h",
		"3155760001s",
		"99999999999999999999d",
		"1h30m",
		"Today",
		"tomorrow",
		"yesterday ",
		"2026-03-1",
		"2026-3-01",
		"2026-02-29",
		"2026-00-01",
		"2026-13-01",
		"0000-01-01",
		"26-03-01",
		"2026-03-01T",
		"2026-03-01T12",
		"2026-03-01T12:",
		"2026-03-01T24:00",
		"2026-03-01T12:60",
		"2026-03-01T12:34:",
		"2026-03-01T12:34:61",
		"2026-03-01T12:34:56.7",
		"2026-03-01T12:34+01:00",
		"2026-03-01z",
		"2026-03-01ZZ",
		"2026-03-01  12:00",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t got = 5;

		err = (struct mg_err){ 0 };
		if (mg_report_time_parse(mg_slice_str(rows[i]), NULL, NOW, &got,
					 &err) != -MG_EUSAGE)
			fail_msg("'%s' was taken", rows[i]);
		assert_int_equal(got, 5);
		assert_int_equal(err.code, MG_EUSAGE);
	}
}

/* ---- a small store, in each format */

static struct mg_store *store;

static void add(enum mg_origin_kind kind, const char *name, const char *domain,
		const char *account, int64_t hour, struct mg_counts counts)
{
	const struct mg_origin o = { kind, mg_slice_str(name),
				     mg_slice_str(domain),
				     mg_slice_str(account), MG_LIT("") };
	int64_t row;

	assert_int_equal(mg_store_origin(store, &o, &row, &err), 0);
	assert_int_equal(mg_store_add_facts(store,
					    &(struct mg_store_fact){ hour, row,
								     counts },
					    1, &err),
			 0);
}

static void add_sender(const char *domain, int64_t hour, int64_t n)
{
	const struct mg_counts counts = { { n, 2 * n, 0, 0, 0, 0, 0, 9 * n } };
	int64_t row;

	assert_int_equal(
		mg_store_sender(store, mg_slice_str(domain), &row, &err), 0);
	assert_int_equal(mg_store_add_sender_facts(store,
						   &(struct mg_store_fact){
							   hour, row, counts },
						   1, &err),
			 0);
}

static int begin(void **state)
{
	const int64_t h = T_2026_03_01;

	(void)state;
	assert_int_equal(mg_store_open(&store, NULL, MG_STORE_SCRATCH, &err),
			 0);
	add(MG_ORIGIN_MAILBOX, "joe@a.example", "a.example", "alice", h,
	    (struct mg_counts){ { 10, 120, 100, 5, 15, 3, 0, 123456 } });
	add(MG_ORIGIN_SCRIPT, "/home/alice/x", "a.example", "alice", h + 3600,
	    (struct mg_counts){ { 1, 1, 1, 0, 0, 0, 0, 800 } });
	add(MG_ORIGIN_FORWARDER, "i@c.example", "c.example", "bob", h,
	    (struct mg_counts){ { 0, 0, 0, 0, 0, 0, 7, 0 } });
	add(MG_ORIGIN_RELAY, "c.example", "c.example", "bob", h,
	    (struct mg_counts){ { 2, 2, 2, 0, 0, 0, 0, 60 } });
	add(MG_ORIGIN_UNKNOWN, "odd-line", "", "", h,
	    (struct mg_counts){ { 1, 5, 0, 0, 0, 0, 0, 10 } });
	add_sender("a.example", h, 11);
	add_sender("", h, 1);
	return 0;
}

static int end(void **state)
{
	(void)state;
	mg_store_close(store);
	return 0;
}

static const struct mg_report_query all_time = {
	.by = MG_BY_DOMAIN,
	.since = INT64_MIN,
	.until = INT64_MAX,
};

static void prints_as(struct mg_report_opts opts, uint64_t want_rows,
		      uint64_t want_left, const char *want)
{
	static char got[16384];
	uint64_t n_rows = 99, n_left = 99;
	ssize_t n;

	opts.fd = memfd_create("report", MFD_CLOEXEC);
	assert_true(opts.fd >= 0);
	assert_int_equal(mg_report_run(store, &opts, &n_rows, &n_left, &err),
			 0);
	n = pread(opts.fd, got, sizeof(got) - 1, 0);
	assert_true(n >= 0);
	got[n] = '\0';
	assert_string_equal(got, want);
	assert_int_equal(n_rows, want_rows);
	assert_int_equal(n_left, want_left);
	assert_int_equal(close(opts.fd), 0);
}

static void prints(struct mg_report_query query, enum mg_format format,
		   const struct mg_tz *tz, uint64_t want_rows,
		   uint64_t want_left, const char *want)
{
	prints_as((struct mg_report_opts){ .query = query,
					   .format = format,
					   .tz = tz },
		  want_rows, want_left, want);
}

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

/* ---- whom it is about */

static void test_subjects(void **state)
{
	static const struct {
		const char *word;
		enum mg_report_by kind, by;
		const char *name;
	} rows[] = {
		{ "domain:A.Example", MG_BY_DOMAIN, MG_BY_DOMAIN, "a.example" },
		{ "mailbox:Joe@A.example", MG_BY_MAILBOX, MG_BY_MAILBOX,
		  "joe@a.example" },
		{ "mailbox:alice", MG_BY_MAILBOX, MG_BY_MAILBOX, "alice" },
		{ "account:alice", MG_BY_ACCOUNT, MG_BY_DOMAIN, "alice" },
		{ "owner:nobody here", MG_BY_OWNER, MG_BY_DOMAIN,
		  "nobody here" },
		{ "script:/home/a:b", MG_BY_SCRIPT, MG_BY_SCRIPT, "/home/a:b" },
		{ "ip:192.0.2.1", MG_BY_IP, MG_BY_IP, "192.0.2.1" },
		{ "192.0.2.1", MG_BY_IP, MG_BY_IP, "192.0.2.1" },
		{ "2001:DB8:0::1", MG_BY_IP, MG_BY_IP, "2001:db8::1" },
		/* Bare, and known as one thing. */
		{ "a.example", MG_BY_DOMAIN, MG_BY_DOMAIN, "a.example" },
		{ "A.EXAMPLE", MG_BY_DOMAIN, MG_BY_DOMAIN, "a.example" },
		{ "joe@a.example", MG_BY_MAILBOX, MG_BY_MAILBOX,
		  "joe@a.example" },
		{ "alice", MG_BY_ACCOUNT, MG_BY_DOMAIN, "alice" },
		{ "/home/alice/x", MG_BY_SCRIPT, MG_BY_SCRIPT,
		  "/home/alice/x" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_report_about about;

		if (mg_report_about_parse(store, mg_slice_str(rows[i].word),
					  &about, &err) != 0)
			fail_msg("'%s': %s", rows[i].word, err.text);
		assert_int_equal(about.kind, rows[i].kind);
		assert_int_equal(mg_report_by_of(&about), rows[i].by);
		assert_true(mg_slice_is(mg_slice_of(about.name, about.len),
					mg_slice_str(rows[i].name)));
	}
}

static void test_what_is_no_subject(void **state)
{
	static const struct {
		const char *word, *why;
	} rows[] = {
		{ "", "nothing was counted for ''" },
		{ "none.example", "nothing was counted for 'none.example'" },
		{ "domain:", "'' is no name of a domain" },
		{ "domain:a b", "'a b' is no name of a domain" },
		{ "mailbox:a b@a.example", "is no name of a mailbox" },
		{ "account:", "is no name of an account" },
		{ "ip:192.0.2.256", "is no name of an ip" },
		{ "list:x", "'list:x' begins with none of domain:" },
		{ "bob", "'bob' is more than one thing: put mailbox: or "
			 "account: before it" },
	};
	struct mg_report_about about;
	char longest[MG_ORIGIN_NAME_MAX + 16];

	(void)state;
	add(MG_ORIGIN_MAILBOX, "bob", "c.example", "bob", T_2026_03_01,
	    (struct mg_counts){ { 1, 1, 0, 0, 0, 0, 0, 1 } });
	for (size_t i = 0; i < LENGTH(rows); i++) {
		err = (struct mg_err){ 0 };
		assert_int_equal(
			mg_report_about_parse(store, mg_slice_str(rows[i].word),
					      &about, &err),
			-MG_EUSAGE);
		if (!strstr(err.text, rows[i].why))
			fail_msg("'%s': %s", rows[i].word, err.text);
	}
	(void)snprintf(longest, sizeof(longest), "script:%0*d",
		       MG_ORIGIN_NAME_MAX, 1);
	assert_int_equal(mg_report_about_parse(store, mg_slice_str(longest),
					       &about, &err),
			 0);
	(void)snprintf(longest, sizeof(longest), "script:%0*d",
		       MG_ORIGIN_NAME_MAX + 1, 1);
	assert_int_equal(mg_report_about_parse(store, mg_slice_str(longest),
					       &about, &err),
			 -MG_EUSAGE);
}

static void test_subjects_that_do_not_fit(void **state)
{
	struct mg_report_query q = all_time;
	struct mg_report_about about = { .kind = MG_BY_IP };

	(void)state;
	assert_int_equal(mg_report_set_about(&q, &about, &err), -MG_EUSAGE);
	q.by = MG_BY_IP;
	assert_int_equal(mg_report_set_about(&q, &about, &err), 0);
	q.by = MG_BY_SENDER_DOMAIN;
	about.kind = MG_BY_ACCOUNT;
	assert_int_equal(mg_report_set_about(&q, &about, &err), -MG_EUSAGE);
	about.kind = MG_BY_DOMAIN;
	assert_int_equal(mg_report_set_about(&q, &about, &err), 0);
}

static void test_sorts(void **state)
{
	struct mg_report_query q = all_time;

	(void)state;
	assert_int_equal(mg_report_sort_parse(MG_LIT("FAILED"), &q, &err), 0);
	assert_int_equal(q.sort, MG_SORT_COUNT);
	assert_int_equal(q.sort_count, MG_FAILED);
	assert_int_equal(mg_report_sort_parse(MG_LIT("account"), &q, &err), 0);
	assert_int_equal(q.sort, MG_SORT_ACCOUNT);
	assert_int_equal(mg_report_sort_parse(MG_LIT("checks"), &q, &err),
			 -MG_EUSAGE);
	assert_int_equal(mg_report_sort_parse(MG_LIT("hour"), &q, &err),
			 -MG_EUSAGE);
	assert_int_equal(mg_report_sort_parse(MG_LIT(""), &q, &err),
			 -MG_EUSAGE);
	q.by = MG_BY_IP;
	assert_int_equal(mg_report_sort_parse(MG_LIT("checks"), &q, &err), 0);
	assert_int_equal(q.sort_count, MG_SORT_CHECKS);
	assert_int_equal(mg_report_sort_parse(MG_LIT("mailboxes"), &q, &err),
			 0);
	assert_int_equal(q.sort_count, MG_SORT_MAILBOXES);
}

/* Metrics are bounded, and neither they nor a page have hours. */
static void test_what_does_not_go_together(void **state)
{
	static const struct mg_report_opts rows[] = {
		{ .format = MG_FORMAT_HTML, .query = { .hours = true } },
		{ .format = MG_FORMAT_HTML, .query = { .slots = true } },
		{ .format = MG_FORMAT_PROMETHEUS,
		  .query = { .hours = true, .top = 1 } },
		{ .format = MG_FORMAT_PROMETHEUS, .query = { .top = 0 } },
		{ .format = MG_FORMAT_PROMETHEUS,
		  .query = { .top = MG_REPORT_METRICS_MAX + 1 } },
	};
	uint64_t n_rows, n_left;

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(mg_report_run(store, &rows[i], &n_rows,
					       &n_left, &err),
				 -MG_EUSAGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_what_is_no_time),
		TEST(test_json),
		TEST(test_csv),
		TEST(test_table),
		TEST(test_hours),
		TEST(test_sender_domains),
		TEST(test_addresses),
		TEST(test_nothing),
		TEST(test_terminal),
		TEST(test_metrics),
		TEST(test_subjects),
		TEST(test_what_is_no_subject),
		TEST(test_subjects_that_do_not_fit),
		TEST(test_sorts),
		TEST(test_what_does_not_go_together),
		TEST(test_what_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
