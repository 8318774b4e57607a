/* SPDX-License-Identifier: MIT */
/*
 * report_fixture - a small store, and what a report of it prints.
 */
#ifndef MG_TEST_REPORT_FIXTURE_H
#define MG_TEST_REPORT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
static inline struct mg_tz zone(int32_t offset_s)
{
	struct mg_tz tz;

	memset(&tz, 0, sizeof(tz));
	tz.first_offset = tz.later.std_offset = offset_s;
	return tz;
}

static struct mg_store *store;

static inline void add(enum mg_origin_kind kind, const char *name,
		       const char *domain, const char *account, int64_t hour,
		       struct mg_counts counts)
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

static inline void add_sender(const char *domain, int64_t hour, int64_t n)
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

static inline int begin(void **state)
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

static inline int end(void **state)
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

static inline void prints_as(struct mg_report_opts opts, uint64_t want_rows,
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

static inline void prints(struct mg_report_query query, enum mg_format format,
			  const struct mg_tz *tz, uint64_t want_rows,
			  uint64_t want_left, const char *want)
{
	prints_as((struct mg_report_opts){ .query = query,
					   .format = format,
					   .tz = tz },
		  want_rows, want_left, want);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
