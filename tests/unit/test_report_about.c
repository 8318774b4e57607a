/* SPDX-License-Identifier: MIT */
/* Whom a report is about, and in which order. */
#include "report_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/report.h"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_subjects),
		TEST(test_what_is_no_subject),
		TEST(test_subjects_that_do_not_fit),
		TEST(test_sorts),
		TEST(test_what_does_not_go_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
