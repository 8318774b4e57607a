/* SPDX-License-Identifier: MIT */
/*
 * store_fixture - a state of each test's own, and rows to put into it.
 */
#ifndef MG_TEST_STORE_FIXTURE_H
#define MG_TEST_STORE_FIXTURE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/rollup.h"
#include "mailguard/store.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define HOUR INT64_C(1795312800)

static char dir[64];
static struct mg_store *store;
static struct mg_err err;

static inline const char *path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static inline int begin(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/mailguard-store-XXXXXX");
	assert_non_null(mkdtemp(dir));
	store = NULL;
	err = (struct mg_err){ 0 };
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	mg_store_close(store);
	store = NULL;
	(void)unlink(path_of(MG_STORE_NAME));
	(void)unlink(path_of(MG_STORE_NAME "-wal"));
	(void)unlink(path_of(MG_STORE_NAME "-shm"));
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

static inline int open_as(enum mg_store_mode mode)
{
	mg_store_close(store);
	store = NULL;
	err = (struct mg_err){ 0 };
	return mg_store_open(&store, dir, mode, &err);
}

static inline void reopen(enum mg_store_mode mode)
{
	const int rc = open_as(mode);

	if (rc != 0)
		fail_msg("%s", err.text);
}

static inline struct mg_origin origin(enum mg_origin_kind kind,
				      const char *name, const char *domain,
				      const char *account, const char *owner)
{
	return (struct mg_origin){ kind, mg_slice_str(name),
				   mg_slice_str(domain), mg_slice_str(account),
				   mg_slice_str(owner) };
}

static inline int64_t row_of(struct mg_origin o)
{
	int64_t id = 0;

	if (mg_store_origin(store, &o, &id, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(id > 0);
	return id;
}

static inline struct mg_counts counts(int64_t messages, int64_t recipients)
{
	struct mg_counts c = { { 0 } };

	c.n[MG_MESSAGES] = messages;
	c.n[MG_RECIPIENTS] = recipients;
	return c;
}

static inline int add(int64_t hour, int64_t row, struct mg_counts c)
{
	return mg_store_add_facts(store,
				  &(struct mg_store_fact){ hour, row, c }, 1,
				  &err);
}

/* A report as text: "HOUR DOMAIN ACCOUNT[ weak] COUNTS;", hours after HOUR. */
static inline int show(void *arg, const struct mg_report_row *row)
{
	struct mg_buf *b = arg;

	mg_buf_add_fmt(b, "%lld",
		       row->hour ? (long long)(row->hour - HOUR) / 3600 : 0LL);
	mg_buf_add_fmt(b, " %.*s", MG_SLICE_ARG(row->domain));
	mg_buf_add_fmt(b, " %.*s%s", MG_SLICE_ARG(row->account),
		       row->is_weak ? " weak" : "");
	for (int i = 0; i < MG_COUNTS; i++)
		mg_buf_add_fmt(b, " %lld", (long long)row->counts.n[i]);
	mg_buf_add_char(b, ';');
	return 0;
}

static inline void reports(struct mg_report_query q, uint64_t want_left,
			   const char *want)
{
	uint64_t n_left = 99;
	struct mg_buf got;

	mg_buf_init(&got, 65536);
	assert_int_equal(mg_store_report(store, &q, show, &got, &n_left, &err),
			 0);
	assert_string_equal(got.ptr, want);
	assert_int_equal(n_left, want_left);
	mg_buf_release(&got);
}

static const struct mg_report_query all_time = {
	.by = MG_BY_DOMAIN,
	.since = INT64_MIN,
	.until = INT64_MAX,
};

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
