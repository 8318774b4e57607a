/* SPDX-License-Identifier: MIT */
/*
 * What is asked of a small state: two domains of alice, one of bob, a relay, a
 * forwarder and mail of nobody, in two hours. Plain sums are in test_store.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/rollup.h"

#define HOUR INT64_C(1772323200)
#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static char directory[4096];
static struct mg_store *store;
static struct mg_err err;

struct fact {
	int hour;
	enum mg_origin_kind kind;
	const char *name, *domain, *account, *owner;
	int64_t messages, recipients, unknown, forwarded;
};

static const struct fact facts[] = {
	{ 0, MG_ORIGIN_MAILBOX, "info@a.example", "a.example", "alice", "root",
	  1, 10, 4, 0 },
	{ 0, MG_ORIGIN_MAILBOX, "joe@a.example", "a.example", "alice", "root",
	  1, 9, 0, 0 },
	{ 0, MG_ORIGIN_SCRIPT, "/home/alice/b", "b.example", "alice", "root", 5,
	  5, 5, 0 },
	{ 0, MG_ORIGIN_RELAY, "x@a.example", "a.example", "alice", "root", 1, 3,
	  0, 0 },
	{ 1, MG_ORIGIN_MAILBOX, "joe@a.example", "a.example", "alice", "root",
	  1, 2, 0, 0 },
	{ 1, MG_ORIGIN_MAILBOX, "bob", "c.example", "bob", "alice", 2, 20, 1,
	  0 },
	{ 1, MG_ORIGIN_FORWARDER, "sales@d.example", "d.example", "bob",
	  "alice", 0, 0, 0, 7 },
	{ 1, MG_ORIGIN_USER, "root", "", "", "", 1, 1, 0, 0 },
};

static void add_fact(const struct fact *f)
{
	const struct mg_origin origin = {
		.kind = f->kind,
		.name = mg_slice_str(f->name),
		.domain = mg_slice_str(f->domain),
		.account = mg_slice_str(f->account),
		.owner = mg_slice_str(f->owner),
	};
	struct mg_store_fact fact = { .at = HOUR + 3600 * f->hour };

	fact.counts.n[MG_MESSAGES] = f->messages;
	fact.counts.n[MG_RECIPIENTS] = f->recipients;
	fact.counts.n[MG_UNKNOWN_RECIPIENTS] = f->unknown;
	fact.counts.n[MG_FORWARDED] = f->forwarded;
	assert_int_equal(mg_store_origin(store, &origin, &fact.row, &err), 0);
	assert_int_equal(mg_store_add_facts(store, &fact, 1, &err), 0);
}

static void add_sender(int hour, const char *domain, int64_t messages)
{
	struct mg_store_fact fact = { .at = HOUR + 3600 * hour };

	fact.counts.n[MG_MESSAGES] = messages;
	fact.counts.n[MG_RECIPIENTS] = messages;
	assert_int_equal(mg_store_sender(store, mg_slice_str(domain), &fact.row,
					 &err),
			 0);
	assert_int_equal(mg_store_add_sender_facts(store, &fact, 1, &err), 0);
}

static void add_check(int hour, const char *ip, const char *login, int64_t imap,
		      int64_t failed)
{
	struct mg_check check = { .at = HOUR + 3600 * hour };
	const struct mg_origin origin = {
		.kind = MG_ORIGIN_MAILBOX,
		.name = mg_slice_str(login),
		.domain = MG_LIT("a.example"),
		.account = MG_LIT("alice"),
		.owner = MG_LIT("root"),
	};
	int64_t id = 0;

	assert_true(mg_ip_parse(mg_slice_str(ip), &check.ip));
	check.n[MG_CHECK_IMAP] = imap;
	check.n[MG_CHECK_FAILED_LOGINS] = failed;
	if (login) {
		check.login = strlen(login);
		assert_int_equal(mg_store_origin(store, &origin, &id, &err), 0);
	}
	assert_int_equal(mg_store_add_checks(store,
					     &(struct mg_store_check){
						     .check = check,
						     .origin = id },
					     1, &err),
			 0);
}

static int begin(void **state)
{
	(void)state;
	(void)snprintf(directory, sizeof(directory), "%s/mg-rollup-XXXXXX",
		       getenv("TMPDIR") ? getenv("TMPDIR") : P_tmpdir);
	assert_non_null(mkdtemp(directory));
	assert_int_equal(mg_store_open(&store, directory, MG_STORE_WRITE, &err),
			 0);
	for (size_t i = 0; i < LENGTH(facts); i++)
		add_fact(&facts[i]);
	add_sender(0, "far.test", 3);
	add_sender(1, "a.example", 2);
	add_check(0, "192.0.2.1", "info@a.example", 5, 0);
	add_check(1, "192.0.2.1", "joe@a.example", 1, 0);
	add_check(1, "192.0.2.2", NULL, 0, 9);
	return 0;
}

static int end(void **state)
{
	char command[sizeof(directory) + 16];

	(void)state;
	mg_store_close(store);
	store = NULL;
	(void)snprintf(command, sizeof(command), "rm -r '%s'", directory);
	return system(command); /* NOLINT: a directory of ours */
}

/* "NAME|DOMAIN|ACCOUNT|OWNER RECIPIENTS;" without what is empty. */
static int show(void *arg, const struct mg_report_row *row)
{
	const struct mg_slice texts[] = { row->name, row->domain, row->account,
					  row->owner };
	const char *bar = "";

	for (size_t i = 0; i < LENGTH(texts); i++) {
		if (texts[i].len == 0)
			continue;
		mg_buf_add_str(arg, bar);
		mg_buf_add(arg, texts[i]);
		bar = "|";
	}
	mg_buf_add_fmt(arg, "%s %lld;", row->is_weak ? "~" : "",
		       (long long)(row->counts.n[MG_RECIPIENTS] +
				   row->checks[MG_CHECK_IMAP]));
	return 0;
}

static void rows_are(struct mg_report_query q, mg_report_fn fn,
		     const char *want)
{
	struct mg_buf got;
	uint64_t n_left;

	if (q.until == 0) {
		q.since = INT64_MIN;
		q.until = INT64_MAX;
	}
	mg_buf_init(&got, 4096);
	assert_int_equal(mg_store_report(store, &q, fn, &got, &n_left, &err),
			 0);
	assert_string_equal(got.ptr, want);
	mg_buf_release(&got);
}

static void test_sorts(void **state)
{
	static const struct {
		struct mg_report_query q;
		const char *want;
	} rows[] = {
		{ { .by = MG_BY_DOMAIN },
		  "a.example|alice 21;c.example|bob 20;b.example|alice 5;"
		  "a.example|alice~ 3; 1;d.example|bob 0;" },
		{ { .by = MG_BY_DOMAIN,
		    .sort = MG_SORT_COUNT,
		    .sort_count = MG_UNKNOWN_RECIPIENTS },
		  "b.example|alice 5;a.example|alice 21;c.example|bob 20;"
		  "a.example|alice~ 3; 1;d.example|bob 0;" },
		{ { .by = MG_BY_DOMAIN,
		    .sort = MG_SORT_COUNT,
		    .sort_count = MG_FORWARDED,
		    .top = 1 },
		  "d.example|bob 0;" },
		{ { .by = MG_BY_DOMAIN, .sort = MG_SORT_DOMAIN },
		  " 1;a.example|alice 21;a.example|alice~ 3;b.example|alice 5;"
		  "c.example|bob 20;d.example|bob 0;" },
		{ { .by = MG_BY_DOMAIN, .sort = MG_SORT_ACCOUNT },
		  " 1;a.example|alice 21;a.example|alice~ 3;b.example|alice 5;"
		  "c.example|bob 20;d.example|bob 0;" },
		{ { .by = MG_BY_MAILBOX, .sort = MG_SORT_NAME },
		  "bob|c.example|bob 20;info@a.example|a.example|alice 10;"
		  "joe@a.example|a.example|alice 11;" },
		{ { .by = MG_BY_ACCOUNT, .sort = MG_SORT_OWNER },
		  " 1;bob|alice 20;alice|root 26;alice|root~ 3;" },
		{ { .by = MG_BY_SENDER_DOMAIN }, "far.test 3;a.example 2;" },
		{ { .by = MG_BY_SENDER_DOMAIN, .sort = MG_SORT_DOMAIN },
		  "a.example 2;far.test 3;" },
		{ { .by = MG_BY_IP }, "192.0.2.1 6;192.0.2.2 0;" },
		{ { .by = MG_BY_IP,
		    .sort = MG_SORT_COUNT,
		    .sort_count = MG_CHECK_FAILED_LOGINS },
		  "192.0.2.2 0;192.0.2.1 6;" },
		{ { .by = MG_BY_IP,
		    .sort = MG_SORT_COUNT,
		    .sort_count = MG_SORT_MAILBOXES },
		  "192.0.2.1 6;192.0.2.2 0;" },
		{ { .by = MG_BY_IP, .sort = MG_SORT_NAME },
		  "192.0.2.1 6;192.0.2.2 0;" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		rows_are(rows[i].q, show, rows[i].want);
}

#define ABOUT(kind, text) .about = kind, .about_name = MG_LIT_INIT(text)

static void test_what_it_is_about(void **state)
{
	static const struct {
		struct mg_report_query q;
		const char *want;
	} rows[] = {
		{ { .by = MG_BY_MAILBOX, ABOUT(MG_BY_DOMAIN, "a.example") },
		  "joe@a.example|a.example|alice 11;"
		  "info@a.example|a.example|alice 10;" },
		{ { .by = MG_BY_DOMAIN, ABOUT(MG_BY_ACCOUNT, "alice") },
		  "a.example|alice 21;b.example|alice 5;a.example|alice~ 3;" },
		{ { .by = MG_BY_DOMAIN, ABOUT(MG_BY_OWNER, "alice") },
		  "c.example|bob 20;d.example|bob 0;" },
		{ { .by = MG_BY_DOMAIN, ABOUT(MG_BY_MAILBOX, "joe@a.example") },
		  "a.example|alice 11;" },
		{ { .by = MG_BY_SCRIPT, ABOUT(MG_BY_SCRIPT, "/home/alice/b") },
		  "/home/alice/b|b.example|alice 5;" },
		{ { .by = MG_BY_DOMAIN, ABOUT(MG_BY_DOMAIN, "none.example") },
		  "" },
		{ { .by = MG_BY_DOMAIN,
		    ABOUT(MG_BY_DOMAIN, "a.example' OR '1'='1") },
		  "" },
		{ { .by = MG_BY_SENDER_DOMAIN,
		    ABOUT(MG_BY_DOMAIN, "far.test") },
		  "far.test 3;" },
		{ { .by = MG_BY_IP, ABOUT(MG_BY_IP, "192.0.2.2") },
		  "192.0.2.2 0;" },
		{ { .by = MG_BY_IP, ABOUT(MG_BY_DOMAIN, "a.example") },
		  "192.0.2.1 6;" },
		{ { .by = MG_BY_IP, ABOUT(MG_BY_MAILBOX, "joe@a.example") },
		  "192.0.2.1 1;" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		rows_are(rows[i].q, show, rows[i].want);
}

static int show_main(void *arg, const struct mg_report_row *row)
{
	mg_buf_add_fmt(arg, "%d ", (int)(row->hour ? row->hour - HOUR : 0));
	mg_buf_add(arg, row->domain);
	mg_buf_add_fmt(arg, " %d ", (int)row->main_kind);
	mg_buf_add(arg, row->main_name);
	mg_buf_add_char(arg, ';');
	return 0;
}

/* Over all it is joe, in the first hour info. */
static void test_main_origin(void **state)
{
	(void)state;
	rows_are((struct mg_report_query){ .by = MG_BY_DOMAIN }, show_main,
		 "0 a.example 1 joe@a.example;0 c.example 1 bob;"
		 "0 b.example 2 /home/alice/b;0 a.example 4 x@a.example;"
		 "0  3 root;0 d.example 0 ;");
	rows_are((struct mg_report_query){ .by = MG_BY_DOMAIN,
					   .hours = true,
					   .top = 1 },
		 show_main,
		 "0 a.example 1 info@a.example;3600 c.example 1 bob;");
	rows_are((struct mg_report_query){ .by = MG_BY_DOMAIN,
					   .hours = true,
					   ABOUT(MG_BY_DOMAIN, "a.example") },
		 show_main,
		 "0 a.example 1 info@a.example;0 a.example 4 x@a.example;"
		 "3600 a.example 1 joe@a.example;");
}

static int show_course(void *arg, int64_t at, uint32_t row, int64_t n,
		       int64_t bad)
{
	mg_buf_add_fmt(arg, "%d:%d:%d/%d ", (int)(at - HOUR) / 3600, (int)row,
		       (int)n, (int)bad);
	return 0;
}

static int stop(void *arg, int64_t at, uint32_t row, int64_t n, int64_t bad)
{
	(void)arg;
	(void)at;
	(void)row;
	(void)n;
	(void)bad;
	return 42;
}

static void course_is(struct mg_report_query q, struct mg_rollup_totals want,
		      const char *course)
{
	const struct mg_rollup_totals *totals;
	struct mg_rollup *r;
	struct mg_buf got;

	q.since = INT64_MIN;
	q.until = INT64_MAX;
	mg_buf_init(&got, 4096);
	assert_int_equal(mg_rollup_open(store, &q, &r, &err), 0);
	assert_int_equal(mg_rollup_rows(r, show, &got, &err), 0);
	mg_buf_clear(&got);
	assert_int_equal(mg_rollup_course(r, show_course, &got, &err), 0);
	assert_string_equal(got.ptr, course);
	totals = mg_rollup_totals(r);
	assert_int_equal(totals->n_rows, want.n_rows);
	assert_int_equal(totals->n_left, want.n_left);
	assert_int_equal(totals->first, want.first);
	assert_int_equal(totals->last, want.last);
	assert_int_equal(totals->all.counts.n[MG_RECIPIENTS],
			 want.all.counts.n[MG_RECIPIENTS]);
	assert_int_equal(totals->left.counts.n[MG_RECIPIENTS],
			 want.left.counts.n[MG_RECIPIENTS]);
	assert_int_equal(mg_rollup_course(r, stop, NULL, &err),
			 *course ? 42 : 0);
	mg_rollup_close(r);
	mg_buf_release(&got);
}

static void test_course(void **state)
{
	const struct mg_rollup_totals two = {
		.n_rows = 2,
		.n_left = 4,
		.first = HOUR,
		.last = HOUR + 3600,
		.all = { .counts = { .n = { [MG_RECIPIENTS] = 50 } } },
		.left = { .counts = { .n = { [MG_RECIPIENTS] = 9 } } },
	};

	(void)state;
	course_is((struct mg_report_query){ .by = MG_BY_DOMAIN, .top = 2 }, two,
		  "0:0:10/4 0:0:9/0 0:-1:5/5 0:-1:3/0 "
		  "1:0:2/0 1:1:20/1 1:-1:0/0 1:-1:1/0 ");
	course_is((struct mg_report_query){ .by = MG_BY_DOMAIN,
					    ABOUT(MG_BY_DOMAIN, "b.example") },
		  (struct mg_rollup_totals){
			  .n_rows = 1,
			  .first = HOUR,
			  .last = HOUR,
			  .all = { .counts = { .n = { 5, 5 } } } },
		  "0:0:5/5 ");
	course_is((struct mg_report_query){ .by = MG_BY_DOMAIN,
					    ABOUT(MG_BY_DOMAIN, "none") },
		  (struct mg_rollup_totals){ .first = INT64_MAX,
					     .last = INT64_MIN },
		  "");
	course_is((struct mg_report_query){ .by = MG_BY_IP },
		  (struct mg_rollup_totals){
			  .n_rows = 2, .first = HOUR, .last = HOUR + 3600 },
		  "0:-1:5/0 1:-1:1/9 ");
}

/* What a sweep commits meanwhile is not in it, and does not wait. */
static void test_one_moment(void **state)
{
	const struct mg_report_query q = { .by = MG_BY_ACCOUNT,
					   .since = INT64_MIN,
					   .until = INT64_MAX };
	struct mg_store *writer = store;
	struct mg_rollup *r;
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 4096);
	assert_int_equal(mg_store_open(&store, directory, MG_STORE_READ, &err),
			 0);
	assert_int_equal(mg_rollup_open(store, &q, &r, &err), 0);
	{
		struct mg_store *reader = store;

		store = writer;
		add_fact(&facts[0]);
		store = reader;
	}
	assert_int_equal(mg_rollup_rows(r, show, &got, &err), 0);
	assert_string_equal(got.ptr,
			    "alice|root 26;bob|alice 20;alice|root~ 3; 1;");
	mg_rollup_close(r);
	mg_buf_release(&got);
	mg_store_close(store);
	store = writer;
}

static void test_kinds(void **state)
{
	static const struct {
		const char *name;
		enum mg_report_by kinds[3]; /* MG_BY_KINDS for none */
	} rows[] = {
		{ "alice", { MG_BY_ACCOUNT, MG_BY_OWNER, MG_BY_KINDS } },
		{ "bob", { MG_BY_ACCOUNT, MG_BY_MAILBOX, MG_BY_KINDS } },
		{ "root", { MG_BY_OWNER, MG_BY_KINDS, MG_BY_KINDS } },
		{ "a.example", { MG_BY_DOMAIN, MG_BY_KINDS, MG_BY_KINDS } },
		{ "joe@a.example",
		  { MG_BY_MAILBOX, MG_BY_KINDS, MG_BY_KINDS } },
		{ "/home/alice/b", { MG_BY_SCRIPT, MG_BY_KINDS, MG_BY_KINDS } },
		{ "x@a.example", { MG_BY_KINDS, MG_BY_KINDS, MG_BY_KINDS } },
		{ "", { MG_BY_KINDS, MG_BY_KINDS, MG_BY_KINDS } },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		bool kinds[MG_BY_KINDS];

		assert_int_equal(mg_rollup_kinds(store,
						 mg_slice_str(rows[i].name),
						 kinds, &err),
				 0);
		for (int k = 0; k < MG_BY_KINDS; k++) {
			bool want = false;

			for (size_t j = 0; j < 3; j++)
				want = want || (int)rows[i].kinds[j] == k;
			assert_int_equal(kinds[k], want);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_sorts),       TEST(test_what_it_is_about),
		TEST(test_main_origin), TEST(test_course),
		TEST(test_one_moment),  TEST(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
