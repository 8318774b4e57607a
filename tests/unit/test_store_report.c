/* SPDX-License-Identifier: MIT */
/* What was counted, as reports and warnings ask for it. */
#include "store_fixture.h"

/* ---- drift */

static int64_t source_row(void)
{
	struct mg_source source;

	assert_int_equal(mg_store_source(store, MG_LIT("s"), &source, &err), 0);
	return source.id;
}

/* What a query gives, as SQLite's shell would print it. */
static void shell(const char *query, const char *want)
{
	char line[512], got[4096] = "";
	FILE *f;

	(void)snprintf(line, sizeof(line), "sqlite3 '%s' \"%s\"",
		       path_of(MG_STORE_NAME), query);
	f = popen(line, "r");
	assert_non_null(f);
	assert_true(fread(got, 1, sizeof(got) - 1, f) < sizeof(got));
	assert_int_equal(pclose(f), 0);
	assert_string_equal(got, want);
}

static void test_shapes(void **state)
{
	char text[8];
	int64_t id;

	(void)state;
	reopen(MG_STORE_WRITE);
	id = source_row();
	assert_int_equal(mg_store_add_shape(store, id, 1, MG_LIT("a"), 2, &err),
			 0);
	assert_int_equal(mg_store_add_shape(store, id, 1, MG_LIT("a"), 3, &err),
			 0);
	assert_int_equal(mg_store_add_shape(store, id, 2, MG_LIT("a"), 7, &err),
			 0);
	shell("SELECT why, shape, n FROM shape", "1|a|5\n2|a|7\n");
	assert_int_equal(mg_store_begin(store, &err), 0);
	for (int i = 0; i < MG_SHAPE_ROWS_MAX + 500; i++) {
		const int len = snprintf(text, sizeof(text), "%d", i);

		assert_int_equal(mg_store_add_shape(store, id, 1,
						    mg_slice_of(text,
								(size_t)len),
						    1, &err),
				 0);
	}
	/* Those that are there go on counting. */
	assert_int_equal(mg_store_add_shape(store, id, 1, MG_LIT("a"), 1, &err),
			 0);
	assert_int_equal(mg_store_commit(store, &err), 0);
	shell("SELECT count(*), sum(n) FROM shape WHERE shape <> ''",
	      "1024|1035\n");
	shell("SELECT why, n FROM shape WHERE shape = ''", "1|502\n");
	assert_int_equal(mg_store_add_shape(store, id, 0, MG_LIT("b"), 1, &err),
			 -MG_EIO);
	assert_int_equal(mg_store_add_shape(store, id, 1, MG_LIT("a"), 0, &err),
			 -MG_EIO);
}

static void test_drift(void **state)
{
	struct mg_drift mark = { .at = 100,
				 .n_lines = 5000,
				 .n_unknown = 6,
				 .n_odd = 7,
				 .is_alarm = true,
				 .alarm_at = 100 };
	struct mg_drift got;
	int64_t id;

	(void)state;
	reopen(MG_STORE_WRITE);
	id = source_row();
	assert_int_equal(mg_store_drift(store, id, &got, &err), 0);
	assert_false(got.is_alarm);
	assert_true(got.alarm_at == INT64_MIN);
	assert_int_equal(mg_store_put_drift(store, id, &mark, &err), 0);
	mark.at = 200;
	mark.n_unknown = 0;
	mark.is_alarm = false;
	mark.alarm_at = INT64_MIN;
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_drift(store, id, &got, &err), 1);
	assert_int_equal(got.at, 100);
	assert_int_equal(got.n_lines, 5000);
	assert_int_equal(got.n_unknown, 6);
	assert_int_equal(got.n_odd, 7);
	assert_true(got.is_alarm);
	assert_int_equal(got.alarm_at, 100);
	assert_int_equal(mg_store_put_drift(store, id, &mark, &err), 0);
	reopen(MG_STORE_READ);
	assert_int_equal(mg_store_drift(store, id, &got, &err), 1);
	assert_int_equal(got.at, 200);
	assert_false(got.is_alarm);
	assert_int_equal(got.alarm_at, 100); /* when it last was */
	assert_int_equal(mg_store_put_drift(store, id, &mark, &err), -MG_EIO);
}

/* ---- reports */

static void fill(void)
{
	const struct {
		struct mg_origin origin;
		int64_t hour, messages, recipients;
	} rows[] = {
		{ origin(MG_ORIGIN_MAILBOX, "j@a.example", "a.example", "al",
			 ""),
		  HOUR, 1, 10 },
		{ origin(MG_ORIGIN_MAILBOX, "k@a.example", "a.example", "al",
			 "rita"),
		  HOUR, 1, 20 },
		{ origin(MG_ORIGIN_RELAY, "a.example", "a.example", "al", ""),
		  HOUR, 1, 15 },
		{ origin(MG_ORIGIN_MAILBOX, "b@b.example", "b.example", "bo",
			 ""),
		  HOUR, 3, 30 },
		{ origin(MG_ORIGIN_MAILBOX, "c@c.example", "c.example", "bo",
			 ""),
		  HOUR, 2, 30 },
		{ origin(MG_ORIGIN_UNKNOWN, "odd-line", "", "", ""), HOUR, 1,
		  40 },
		{ origin(MG_ORIGIN_USER, "nobody", "", "", ""), HOUR, 1, 2 },
		{ origin(MG_ORIGIN_MAILBOX, "c@c.example", "c.example", "bo",
			 ""),
		  HOUR + 3600, 1, 1 },
		{ origin(MG_ORIGIN_MAILBOX, "j@a.example", "a.example", "al",
			 ""),
		  HOUR + 3600, 1, 1 },
		/* The domain was another's then. */
		{ origin(MG_ORIGIN_MAILBOX, "j@a.example", "a.example", "old",
			 ""),
		  HOUR - 3600, 1, 5 },
	};

	reopen(MG_STORE_WRITE);
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(add(rows[i].hour, row_of(rows[i].origin),
				     counts(rows[i].messages,
					    rows[i].recipients)),
				 0);
	reopen(MG_STORE_READ);
}

static void test_reports(void **state)
{
#define Z " 0 0 0 0 0 0;"
#define UNATTRIBUTED "0   2 42" Z
#define Q(by, hours, since, until, top)                                        \
	{                                                                      \
		by, hours, since, until, top, .slots = false                   \
	}
	static const struct {
		struct mg_report_query q;
		uint64_t n_left;
		const char *want;
	} rows[] = {
		/* Most recipients, then most messages, then the name. */
		{ Q(MG_BY_DOMAIN, false, INT64_MIN, INT64_MAX, 0), 0,
		  UNATTRIBUTED "0 a.example al 3 31" Z "0 c.example bo 3 31" Z
			       "0 b.example bo 3 30" Z
			       "0 a.example al weak 1 15" Z
			       "0 a.example old 1 5" Z },
		{ Q(MG_BY_DOMAIN, false, INT64_MIN, INT64_MAX, 2), 4,
		  UNATTRIBUTED "0 a.example al 3 31" Z },
		{ Q(MG_BY_DOMAIN, false, INT64_MIN, INT64_MAX, 6), 0,
		  UNATTRIBUTED "0 a.example al 3 31" Z "0 c.example bo 3 31" Z
			       "0 b.example bo 3 30" Z
			       "0 a.example al weak 1 15" Z
			       "0 a.example old 1 5" Z },
		/* From here on, and before there. */
		{ Q(MG_BY_DOMAIN, false, HOUR + 3600, INT64_MAX, 0), 0,
		  "0 a.example al 1 1" Z "0 c.example bo 1 1" Z },
		{ Q(MG_BY_DOMAIN, false, HOUR + 3601, INT64_MAX, 0), 0, "" },
		{ Q(MG_BY_DOMAIN, false, INT64_MIN, HOUR, 0), 0,
		  "0 a.example old 1 5" Z },
		{ Q(MG_BY_DOMAIN, false, HOUR, HOUR, 0), 0, "" },
		/* Each hour has its own top. */
		{ Q(MG_BY_DOMAIN, true, INT64_MIN, INT64_MAX, 1), 5,
		  "-1 a.example old 1 5" Z UNATTRIBUTED
		  "1 a.example al 1 1" Z },
		{ Q(MG_BY_DOMAIN, true, HOUR, HOUR + 1, 0), 0,
		  UNATTRIBUTED "0 b.example bo 3 30" Z "0 a.example al 2 30" Z
			       "0 c.example bo 2 30" Z
			       "0 a.example al weak 1 15" Z },
		{ Q(MG_BY_SENDER_DOMAIN, true, INT64_MIN, INT64_MAX, 0), 0,
		  "" },
	};

	(void)state;
	fill();
	for (size_t i = 0; i < LENGTH(rows); i++)
		reports(rows[i].q, rows[i].n_left, rows[i].want);
#undef Q
#undef UNATTRIBUTED
#undef Z
}

static int stop_report(void *arg, const struct mg_report_row *row)
{
	int *n = arg;

	(void)row;
	return ++*n == 2 ? 42 : 0;
}

/* ---- checks */

static struct mg_check check_of(int64_t hour, const char *ip, uint64_t login)
{
	struct mg_check c = { .at = hour, .login = login };

	assert_true(mg_ip_parse(mg_slice_str(ip), &c.ip));
	return c;
}

static void add_check(int64_t hour, const char *ip, uint64_t login,
		      enum mg_check_count which, int64_t n)
{
	struct mg_check c = check_of(hour, ip, login);

	c.n[which] = n;
	assert_int_equal(mg_store_add_checks(
				 store, &(struct mg_store_check){ .check = c },
				 1, &err),
			 0);
}

static int show_check(void *arg, const struct mg_report_row *row)
{
	mg_buf_add_fmt(arg, "%lld ", (long long)(row->hour / 3600));
	mg_buf_add(arg, row->name.len ? row->name : MG_LIT("-"));
	for (int i = 0; i < MG_CHECK_COUNTS; i++)
		mg_buf_add_fmt(arg, " %lld", (long long)row->checks[i]);
	mg_buf_add_fmt(arg, " %lld\n", (long long)row->n_mailboxes);
	return 0;
}

static void checks_are(bool hours, uint32_t top, uint64_t want_left,
		       const char *want)
{
	const struct mg_report_query q = { .by = MG_BY_IP,
					   .hours = hours,
					   .top = top,
					   .since = 3600,
					   .until = 4 * INT64_C(3600) };
	struct mg_buf got;
	uint64_t n_left;

	mg_buf_init(&got, 4096);
	assert_int_equal(
		mg_store_report(store, &q, show_check, &got, &n_left, &err), 0);
	assert_string_equal(got.ptr, want);
	assert_int_equal(n_left, want_left);
	mg_buf_release(&got);
}

static void test_checks(void **state)
{
	(void)state;
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_begin(store, &err), 0);
	for (int turn = 0; turn < 2; turn++) {
		add_check(3600, "192.0.2.1", 7, MG_CHECK_IMAP, 1);
		add_check(3600, "192.0.2.1", 7, MG_CHECK_POP3, 2);
		add_check(3600, "192.0.2.1", UINT64_MAX, MG_CHECK_IMAP, 1);
		add_check(7200, "192.0.2.1", 7, MG_CHECK_IMAP, 5);
		add_check(3600, "192.0.2.1", 0, MG_CHECK_FAILED_LOGINS, 3);
		add_check(3600, "2001:db8::9", 0, MG_CHECK_FAILED_SESSIONS, 1);
		add_check(3600, "2001:db8::9", 0, MG_CHECK_FAILED_LOGINS, 4);
		add_check(7200, "::", 0, MG_CHECK_IMAP, 100);
		add_check(0, "192.0.2.1", 7, MG_CHECK_IMAP, 1000);
		add_check(14400, "192.0.2.1", 7, MG_CHECK_IMAP, 1000);
	}
	/* A mailbox that checks in two hours is one. */
	checks_are(false, 0, 0,
		   "0 - 200 0 0 0 0\n0 192.0.2.1 14 4 6 0 2\n"
		   "0 2001:db8::9 0 0 8 2 0\n");
	checks_are(true, 0, 0,
		   "1 192.0.2.1 4 4 6 0 2\n1 2001:db8::9 0 0 8 2 0\n"
		   "2 - 200 0 0 0 0\n2 192.0.2.1 10 0 0 0 1\n");
	checks_are(true, 1, 2, "1 192.0.2.1 4 4 6 0 2\n2 - 200 0 0 0 0\n");
	assert_int_equal(mg_store_commit(store, &err), 0);
}

static void test_what_no_check_can_be(void **state)
{
	struct mg_store_check c[2];

	(void)state;
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_begin(store, &err), 0);
	for (int i = 0; i < 2; i++)
		c[i] = (struct mg_store_check){
			.check = check_of(3600, "192.0.2.1", 7)
		};
	c[1].check.n[MG_CHECK_POP3] = -1;
	assert_int_equal(mg_store_add_checks(store, c, 2, &err), -MG_EIO);
}

static void test_a_report_stops_when_asked(void **state)
{
	uint64_t n_left;
	int n = 0;

	(void)state;
	fill();
	assert_int_equal(mg_store_report(store, &all_time, stop_report, &n,
					 &n_left, &err),
			 42);
	assert_int_equal(n, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_shapes),
		TEST(test_drift),
		TEST(test_reports),
		TEST(test_checks),
		TEST(test_what_no_check_can_be),
		TEST(test_a_report_stops_when_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
