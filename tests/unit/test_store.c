/* SPDX-License-Identifier: MIT */
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

/* The schema version in the header of a database, big-endian. */
#define SCHEMA_AT 60

static char dir[64];
static struct mg_store *store;
static struct mg_err err;

static const char *path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int begin(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/mailguard-store-XXXXXX");
	assert_non_null(mkdtemp(dir));
	store = NULL;
	err = (struct mg_err){ 0 };
	return 0;
}

static int end(void **state)
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

static int open_as(enum mg_store_mode mode)
{
	mg_store_close(store);
	store = NULL;
	err = (struct mg_err){ 0 };
	return mg_store_open(&store, dir, mode, &err);
}

static void reopen(enum mg_store_mode mode)
{
	const int rc = open_as(mode);

	if (rc != 0)
		fail_msg("%s", err.text);
}

/* ---- opening */

static void test_a_reader_needs_a_state(void **state)
{
	(void)state;
	assert_int_equal(open_as(MG_STORE_READ), -MG_ECONF);
	assert_int_equal(err.code, MG_ECONF);
	assert_null(store);
	assert_int_not_equal(access(path_of(MG_STORE_NAME), F_OK), 0);
}

static void test_an_empty_file_is_no_state(void **state)
{
	const int fd = open(path_of(MG_STORE_NAME), O_WRONLY | O_CREAT, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(open_as(MG_STORE_READ), -MG_ECONF);
	reopen(MG_STORE_WRITE); /* which makes one of it */
	reopen(MG_STORE_READ);
}

static void test_a_writer_makes_one(void **state)
{
	struct mg_hash_key key;

	(void)state;
	reopen(MG_STORE_WRITE);
	key = mg_store_key(store);
	reopen(MG_STORE_READ);
	assert_int_equal(mg_store_key(store).k0, key.k0);
	assert_int_equal(mg_store_key(store).k1, key.k1);
	assert_true(key.k0 != 0 || key.k1 != 0);
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_key(store).k0, key.k0);
}

static void test_a_scratch_store_leaves_nothing(void **state)
{
	(void)state;
	reopen(MG_STORE_SCRATCH);
	mg_store_close(store);
	store = NULL;
	assert_int_not_equal(access(path_of(MG_STORE_NAME), F_OK), 0);
	assert_int_not_equal(access(":memory:", F_OK), 0);
}

static void test_a_missing_directory(void **state)
{
	(void)state;
	assert_int_equal(mg_store_open(&store, "/nonexistent/x", MG_STORE_WRITE,
				       &err),
			 -MG_EIO);
	assert_int_equal(mg_store_open(&store, "/nonexistent/x", MG_STORE_READ,
				       &err),
			 -MG_ECONF);
	assert_null(store);
}

static void write_at(off_t at, const void *bytes, size_t len)
{
	const int fd = open(path_of(MG_STORE_NAME), O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

static void test_a_newer_schema_is_refused(void **state)
{
	static const enum mg_store_mode modes[] = { MG_STORE_READ,
						    MG_STORE_WRITE };

	(void)state;
	for (size_t i = 0; i < LENGTH(modes); i++) {
		const unsigned char version[4] = { 0, 0, 0,
						   MG_STORE_SCHEMA + 1 };
		const unsigned char same[4] = { 0, 0, 0, MG_STORE_SCHEMA };

		reopen(MG_STORE_WRITE);
		mg_store_close(store);
		store = NULL;
		write_at(SCHEMA_AT, version, sizeof(version));
		assert_int_equal(open_as(modes[i]), -MG_ECONF);
		assert_non_null(strstr(err.text, "newer"));
		write_at(SCHEMA_AT, same, sizeof(same));
		reopen(modes[i]);
	}
}

static void test_what_is_no_database(void **state)
{
	(void)state;
	reopen(MG_STORE_WRITE);
	mg_store_close(store);
	store = NULL;
	write_at(0, "something else entirely", 23);
	assert_int_equal(open_as(MG_STORE_WRITE), -MG_EIO);
	assert_int_equal(open_as(MG_STORE_READ), -MG_EIO);
}

static void test_readers_cannot_write(void **state)
{
	struct mg_source source;

	(void)state;
	reopen(MG_STORE_WRITE);
	reopen(MG_STORE_READ);
	assert_int_equal(mg_store_source(store, MG_LIT("x"), &source, &err),
			 -MG_EIO);
}

static void test_close_accepts_null(void **state)
{
	(void)state;
	mg_store_close(NULL);
}

static void test_hour_offset_is_kept(void **state)
{
	int32_t got = -1;

	(void)state;
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_hour_offset(store, 900, &got, &err), 0);
	assert_int_equal(got, 900);
	assert_int_equal(mg_store_hour_offset(store, 0, &got, &err), 0);
	assert_int_equal(got, 900);
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_hour_offset(store, 1800, &got, &err), 0);
	assert_int_equal(got, 900);
}

/* ---- rows */

static void test_sources(void **state)
{
	struct mg_source a, b, again;

	(void)state;
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_source(store, MG_LIT("exim"), &a, &err), 0);
	assert_int_equal(mg_store_source(store, MG_LIT("other"), &b, &err), 0);
	assert_int_not_equal(a.id, b.id);
	assert_true(a.last_at == INT64_MIN);
	assert_int_equal(a.next_seq, 1);
	a.last_at = HOUR;
	a.next_seq = 77;
	assert_int_equal(mg_store_put_source(store, &a, &err), 0);
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_source(store, MG_LIT("exim"), &again, &err),
			 0);
	assert_int_equal(again.id, a.id);
	assert_int_equal(again.last_at, HOUR);
	assert_int_equal(again.next_seq, 77);
	/* A log of which no line had a stamp. */
	again.last_at = INT64_MIN;
	assert_int_equal(mg_store_put_source(store, &again, &err), 0);
	assert_int_equal(mg_store_source(store, MG_LIT("exim"), &a, &err), 0);
	assert_true(a.last_at == INT64_MIN);
}

static struct mg_origin origin(enum mg_origin_kind kind, const char *name,
			       const char *domain, const char *account,
			       const char *owner)
{
	return (struct mg_origin){ kind, mg_slice_str(name),
				   mg_slice_str(domain), mg_slice_str(account),
				   mg_slice_str(owner) };
}

static int64_t row_of(struct mg_origin o)
{
	int64_t id = 0;

	if (mg_store_origin(store, &o, &id, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(id > 0);
	return id;
}

static void test_every_part_tells_origins_apart(void **state)
{
	const struct mg_origin all[] = {
		origin(MG_ORIGIN_MAILBOX, "j@a.example", "a.example", "al", ""),
		origin(MG_ORIGIN_MAILBOX, "k@a.example", "a.example", "al", ""),
		origin(MG_ORIGIN_USER, "j@a.example", "a.example", "al", ""),
		origin(MG_ORIGIN_MAILBOX, "j@a.example", "b.example", "al", ""),
		origin(MG_ORIGIN_MAILBOX, "j@a.example", "a.example", "bo", ""),
		origin(MG_ORIGIN_MAILBOX, "j@a.example", "a.example", "al",
		       "rita"),
		origin(MG_ORIGIN_UNKNOWN, "odd-line", "", "", ""),
		origin(MG_ORIGIN_USER, "odd-line", "", "", ""),
	};
	int64_t ids[LENGTH(all)];

	(void)state;
	reopen(MG_STORE_WRITE);
	for (size_t i = 0; i < LENGTH(all); i++) {
		ids[i] = row_of(all[i]);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(ids[i], ids[k]);
	}
	for (size_t i = 0; i < LENGTH(all); i++)
		assert_int_equal(row_of(all[i]), ids[i]);
}

static void test_kinds_are_checked(void **state)
{
	static const unsigned kinds[] = { 0, 7, 1000 };

	(void)state;
	reopen(MG_STORE_WRITE);
	for (size_t i = 0; i < LENGTH(kinds); i++) {
		const struct mg_origin o = origin((enum mg_origin_kind)kinds[i],
						  "x", "", "", "");
		int64_t id = 5;

		assert_int_equal(mg_store_origin(store, &o, &id, &err),
				 -MG_EIO);
		assert_int_equal(id, 5);
	}
}

static struct mg_counts counts(int64_t messages, int64_t recipients)
{
	struct mg_counts c = { { 0 } };

	c.n[MG_MESSAGES] = messages;
	c.n[MG_RECIPIENTS] = recipients;
	return c;
}

static int add(int64_t hour, int64_t row, struct mg_counts c)
{
	return mg_store_add_facts(store,
				  &(struct mg_store_fact){ hour, row, c }, 1,
				  &err);
}

/* A report as text: "HOUR DOMAIN ACCOUNT[ weak] COUNTS;", hours after HOUR. */
static int show(void *arg, const struct mg_report_row *row)
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

static void reports(struct mg_report_query q, uint64_t want_left,
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

static void test_facts_add_up(void **state)
{
	struct mg_counts each = { { 1, 2, 3, 4, 5, 6, 7, 8 } };
	int64_t row;

	(void)state;
	reopen(MG_STORE_WRITE);
	row = row_of(origin(MG_ORIGIN_USER, "al", "a.example", "al", ""));
	assert_int_equal(add(HOUR, row, each), 0);
	assert_int_equal(add(HOUR, row, each), 0);
	assert_int_equal(add(HOUR + 3600, row, each), 0);
	reports(all_time, 0, "0 a.example al 3 6 9 12 15 18 21 24;");
	/* Taken back in another transaction than it was added in. */
	for (int i = 0; i < MG_COUNTS; i++)
		each.n[i] = -each.n[i];
	assert_int_equal(add(HOUR, row, each), 0);
	reports(all_time, 0, "0 a.example al 2 4 6 8 10 12 14 16;");
	assert_int_equal(add(HOUR, row, each), 0);
	reports(all_time, 0, "0 a.example al 1 2 3 4 5 6 7 8;");
}

static void test_a_sum_below_zero_is_refused(void **state)
{
	int64_t row;

	(void)state;
	reopen(MG_STORE_WRITE);
	row = row_of(origin(MG_ORIGIN_USER, "al", "a.example", "al", ""));
	for (int i = 0; i < MG_COUNTS; i++) {
		struct mg_counts c = { { 0 } };

		c.n[i] = -1;
		assert_int_equal(add(HOUR, row, c), -MG_EIO);
		c.n[i] = 1;
		assert_int_equal(add(HOUR, row, c), 0);
		c.n[i] = -2;
		assert_int_equal(add(HOUR, row, c), -MG_EIO);
	}
	reports(all_time, 0, "0 a.example al 1 1 1 1 1 1 1 1;");
}

/* More rows than one run of the statement takes, some of which take back. */
static void test_many_facts_at_once(void **state)
{
	enum { N = 40000 };
	struct mg_store_fact *facts = calloc(N, sizeof(*facts));
	int64_t row;

	(void)state;
	assert_non_null(facts);
	reopen(MG_STORE_WRITE);
	row = row_of(origin(MG_ORIGIN_USER, "al", "a.example", "al", ""));
	for (int turn = 1; turn <= 2; turn++) {
		for (int i = 0; i < N; i++)
			facts[i] = (struct mg_store_fact){ HOUR + 3600 * i, row,
							   counts(turn, i) };
		/* Of the first turn; there is something to be taken back. */
		for (int i = 0; turn == 2 && i < N; i += 7)
			facts[i].counts = counts(-1, 0);
		assert_int_equal(mg_store_add_facts(store, facts, N, &err), 0);
	}
	/* Sums over all i, of both turns. */
	reports(all_time, 0, "0 a.example al 102855 1485665715 0 0 0 0 0 0;");
	assert_int_equal(mg_store_add_facts(store, facts, 0, &err), 0);
	facts[N - 1].counts = counts(-4, 0); /* below zero, behind the others */
	assert_int_equal(mg_store_add_facts(store, facts, N, &err), -MG_EIO);
	free(facts);
}

static int add_slot(int64_t at, int64_t row, struct mg_counts c)
{
	return mg_store_add_slots(store, 1,
				  &(struct mg_store_fact){ at, row, c }, 1,
				  &err);
}

/* Slots are dropped by time, and never stand in the way: what is taken back
   of one that was dropped since is nothing. */
static void test_slots(void **state)
{
	const struct mg_report_query q = { .by = MG_BY_DOMAIN,
					   .slots = true,
					   .since = INT64_MIN,
					   .until = INT64_MAX };
	struct mg_source source;
	int64_t row;

	(void)state;
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_source(store, MG_LIT("s"), &source, &err), 0);
	assert_int_equal(source.id, 1);
	row = row_of(origin(MG_ORIGIN_MAILBOX, "a@a.example", "a.example",
			    "alice", ""));
	assert_int_equal(add_slot(HOUR, row, counts(1, 2)), 0);
	assert_int_equal(add_slot(HOUR, row, counts(1, 3)), 0);
	assert_int_equal(add_slot(HOUR + 3600, row, counts(4, 4)), 0);
	reports(q, 0,
		"0 a.example alice 2 5 0 0 0 0 0 0;"
		"1 a.example alice 4 4 0 0 0 0 0 0;");
	assert_int_equal(mg_store_drop_slots(store, 1, HOUR + 1, &err), 0);
	assert_int_equal(add_slot(HOUR, row, counts(-1, -2)), 0);
	assert_int_equal(add_slot(HOUR + 3600, row, counts(-1, -5)), 0);
	reports(q, 0, "1 a.example alice 3 0 0 0 0 0 0 0;");
	/* Another source's are its own to drop. */
	assert_int_equal(mg_store_drop_slots(store, 2, INT64_MAX, &err), 0);
	reports(q, 0, "1 a.example alice 3 0 0 0 0 0 0 0;");
}

static void test_sender_facts(void **state)
{
	const struct mg_report_query q = { .by = MG_BY_SENDER_DOMAIN,
					   .since = INT64_MIN,
					   .until = INT64_MAX };
	struct mg_counts c = { { 1, 2, 3, 4, 5, 6, 7, 8 } };
	int64_t a, again, none;

	(void)state;
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_sender(store, MG_LIT("a.example"), &a, &err),
			 0);
	assert_int_equal(mg_store_sender(store, MG_LIT(""), &none, &err), 0);
	assert_int_equal(
		mg_store_sender(store, MG_LIT("a.example"), &again, &err), 0);
	assert_int_equal(a, again);
	assert_int_not_equal(a, none);
	assert_int_equal(mg_store_add_sender_facts(
				 store, &(struct mg_store_fact){ HOUR, a, c },
				 1, &err),
			 0);
	assert_int_equal(mg_store_add_sender_facts(
				 store, &(struct mg_store_fact){ HOUR, a, c },
				 1, &err),
			 0);
	/* These are never taken back. */
	c.n[MG_MESSAGES] = -1;
	assert_int_equal(mg_store_add_sender_facts(
				 store, &(struct mg_store_fact){ HOUR, a, c },
				 1, &err),
			 -MG_EIO);
	c.n[MG_MESSAGES] = 1;
	assert_int_equal(mg_store_add_sender_facts(store,
						   &(struct mg_store_fact){
							   HOUR, none, c },
						   1, &err),
			 0);
	reports(q, 0, "0 a.example  2 4 0 0 0 0 0 16;0   1 2 0 0 0 0 0 8;");
}

static void test_rollback_leaves_nothing(void **state)
{
	struct mg_cursor cursor = { .offset = 5, .path = "/x" };
	struct mg_source source;
	int64_t row;

	(void)state;
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_begin(store, &err), 0);
	row = row_of(origin(MG_ORIGIN_USER, "al", "a.example", "al", ""));
	assert_int_equal(add(HOUR, row, counts(1, 1)), 0);
	assert_int_equal(mg_store_source(store, MG_LIT("s"), &source, &err), 0);
	assert_int_equal(mg_store_put_cursor(store, source.id, &cursor, &err),
			 0);
	mg_store_rollback(store);
	mg_store_rollback(store); /* nothing is open: nothing happens */
	reports(all_time, 0, "");
	/* An open transaction ends with the store. */
	assert_int_equal(mg_store_begin(store, &err), 0);
	row = row_of(origin(MG_ORIGIN_USER, "al", "a.example", "al", ""));
	assert_int_equal(add(HOUR, row, counts(1, 1)), 0);
	reopen(MG_STORE_READ);
	reports(all_time, 0, "");
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_begin(store, &err), 0);
	row = row_of(origin(MG_ORIGIN_USER, "al", "a.example", "al", ""));
	assert_int_equal(add(HOUR, row, counts(1, 1)), 0);
	assert_int_equal(mg_store_commit(store, &err), 0);
	reopen(MG_STORE_READ);
	reports(all_time, 0, "0 a.example al 1 1 0 0 0 0 0 0;");
}

static int take_one(void *arg, const struct mg_flight_row *row)
{
	struct mg_flight_row *out = arg;

	*out = *row;
	assert_true(mg_slice_is(row->origin.name, MG_LIT("al")));
	assert_true(mg_slice_is(row->origin.domain, MG_LIT("a.example")));
	assert_true(mg_slice_is(row->origin.account, MG_LIT("al")));
	assert_int_equal(row->origin.owner.len, 0);
	return 0;
}

static int collect_ids(void *arg, const struct mg_flight_row *row)
{
	mg_buf_add_fmt(arg, "%s ", row->flight.id);
	return 0;
}

static int stop(void *arg, const struct mg_flight_row *row)
{
	(void)arg;
	(void)row;
	return 42;
}

static int collect_tracked(void *arg, const char *id, uint64_t hash)
{
	mg_buf_add_fmt(arg, "%s:%llx ", id, (unsigned long long)hash);
	return 0;
}

static void test_flights(void **state)
{
	struct mg_flight f = { .id = "1xUxB0-00000000CXd-0nge",
			       .state = MG_FLIGHT_RELAY,
			       .flags = 3,
			       .n_forwards = 4,
			       .n_recipients = UINT32_MAX,
			       .slot = HOUR,
			       .at = HOUR + 7,
			       .bytes = INT64_MAX,
			       .message_id = UINT64_MAX - 1,
			       .seq = 9 };
	struct mg_flight_row got;
	struct mg_source source;
	struct mg_buf text;
	int64_t row;

	(void)state;
	mg_buf_init(&text, 4096);
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_source(store, MG_LIT("s"), &source, &err), 0);
	row = row_of(origin(MG_ORIGIN_USER, "al", "a.example", "al", ""));
	assert_int_equal(mg_store_put_flight(store, source.id, &f, row, &err),
			 0);
	f.n_recipients = 8; /* the same again is changed */
	assert_int_equal(mg_store_put_flight(store, source.id, &f, row, &err),
			 0);
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_each_flight(store, source.id, take_one, &got,
					      &err),
			 0);
	assert_memory_equal(&got.flight, &f, sizeof(f));
	assert_int_equal(got.origin_id, row);
	assert_int_equal(got.origin.kind, MG_ORIGIN_USER);

	memcpy(f.id, "b", 2);
	f.seq = 3;
	assert_int_equal(mg_store_put_flight(store, source.id, &f, 0, &err), 0);
	assert_int_equal(mg_store_each_flight(store, source.id, collect_ids,
					      &text, &err),
			 0);
	assert_string_equal(text.ptr, "b 1xUxB0-00000000CXd-0nge ");
	assert_int_equal(
		mg_store_each_flight(store, source.id, stop, NULL, &err), 42);
	/* Of another source: none. */
	assert_int_equal(mg_store_each_flight(store, source.id + 1, stop, NULL,
					      &err),
			 0);

	assert_int_equal(mg_store_add_tracked(store, source.id, "b", UINT64_MAX,
					      &err),
			 0);
	assert_int_equal(mg_store_add_tracked(store, source.id, "b", UINT64_MAX,
					      &err),
			 0);
	mg_buf_clear(&text);
	assert_int_equal(mg_store_each_tracked(store, source.id,
					       collect_tracked, &text, &err),
			 0);
	assert_string_equal(text.ptr, "b:ffffffffffffffff ");
	assert_int_equal(mg_store_delete_flight(store, source.id, "b", &err),
			 0);
	mg_buf_clear(&text);
	assert_int_equal(mg_store_each_tracked(store, source.id,
					       collect_tracked, &text, &err),
			 0);
	assert_string_equal(text.ptr, "");
	assert_int_equal(mg_store_delete_flight(store, source.id, "b", &err),
			 0);
	mg_buf_release(&text);
}

static int collect_cwds(void *arg, const struct mg_cwd *cwd)
{
	mg_buf_add_fmt(arg, "%lld %u ", (long long)cwd->at, cwd->pid);
	mg_buf_add(arg, cwd->directory);
	mg_buf_add_char(arg, ';');
	return 0;
}

static void test_cwds(void **state)
{
	static const struct mg_cwd cwds[] = {
		{ 20, UINT32_MAX, MG_LIT_INIT("/home/b") },
		{ 10, 0, MG_LIT_INIT("/home/a") },
		{ 10, 0, MG_LIT_INIT("/home/a") },
	};
	struct mg_source source;
	struct mg_buf text;

	(void)state;
	mg_buf_init(&text, 4096);
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_source(store, MG_LIT("s"), &source, &err), 0);
	for (size_t i = 0; i < LENGTH(cwds); i++)
		assert_int_equal(
			mg_store_add_cwd(store, source.id, &cwds[i], &err), 0);
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_each_cwd(store, source.id, collect_cwds,
					   &text, &err),
			 0);
	assert_string_equal(text.ptr, "20 4294967295 /home/b;10 0 /home/a;"
				      "10 0 /home/a;");
	assert_int_equal(mg_store_clear_cwds(store, source.id, &err), 0);
	mg_buf_clear(&text);
	assert_int_equal(mg_store_each_cwd(store, source.id, collect_cwds,
					   &text, &err),
			 0);
	assert_string_equal(text.ptr, "");
	mg_buf_release(&text);
}

static int collect_entries(void *arg, const struct mg_entry *e)
{
	mg_buf_add_fmt(arg, "%02x%02x %llu %lld;", e->id[0], e->id[15],
		       (unsigned long long)e->seqnum, (long long)e->at_us);
	return 0;
}

static void put_entry(int64_t source, uint8_t series, uint64_t seqnum)
{
	struct mg_entry e = { .seqnum = seqnum, .at_us = (int64_t)seqnum + 1 };

	memset(e.id, series, sizeof(e.id));
	assert_int_equal(mg_store_put_entry(store, source, &e, &err), 0);
}

/* One a series, the one written last first, and no more than the limit. */
static void test_entries(void **state)
{
	struct mg_entry bad = { .seqnum = UINT64_MAX };
	struct mg_source source, other;
	struct mg_buf text;

	(void)state;
	mg_buf_init(&text, 65536);
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_source(store, MG_LIT("s"), &source, &err), 0);
	assert_int_equal(mg_store_source(store, MG_LIT("t"), &other, &err), 0);
	put_entry(source.id, 1, 5);
	put_entry(source.id, 2, 6);
	put_entry(source.id, 1, INT64_MAX - 1);
	put_entry(other.id, 3, 7);
	assert_int_equal(mg_store_put_entry(store, source.id, &bad, &err),
			 -MG_EIO);
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_each_entry(store, source.id, collect_entries,
					     &text, &err),
			 0);
	assert_string_equal(text.ptr, "0101 9223372036854775806 "
				      "9223372036854775807;0202 6 7;");
	for (int i = 0; i < MG_JOURNAL_SERIES_MAX; i++) {
		struct mg_entry e = { .seqnum = 1 };

		e.id[3] = 1;
		e.id[4] = (uint8_t)i;
		assert_int_equal(mg_store_put_entry(store, source.id, &e, &err),
				 0);
	}
	mg_buf_clear(&text);
	assert_int_equal(mg_store_each_entry(store, source.id, collect_entries,
					     &text, &err),
			 0);
	assert_int_equal(text.len, MG_JOURNAL_SERIES_MAX * strlen("0000 1 0;"));
	mg_buf_clear(&text);
	assert_int_equal(mg_store_each_entry(store, other.id, collect_entries,
					     &text, &err),
			 0);
	assert_string_equal(text.ptr, "0303 7 8;");
	mg_buf_release(&text);
}

static int collect_cursors(void *arg, const struct mg_cursor *c)
{
	mg_buf_add_fmt(arg, "%s %lld %u %llx %u %llx;", c->path,
		       (long long)c->offset, c->head_len,
		       (unsigned long long)c->head_hash, c->anchor_len,
		       (unsigned long long)c->anchor_hash);
	return 0;
}

static void test_cursors(void **state)
{
	struct mg_cursor a = { .offset = 5,
			       .head_len = 5,
			       .anchor_len = 4,
			       .head_hash = UINT64_MAX,
			       .anchor_hash = 1,
			       .dev = UINT64_MAX,
			       .path = "/a" };
	struct mg_cursor b = { .offset = INT64_MAX, .path = "/b" };
	struct mg_source source;
	struct mg_buf text;

	(void)state;
	mg_buf_init(&text, 4096);
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_source(store, MG_LIT("s"), &source, &err), 0);
	assert_int_equal(mg_store_put_cursor(store, source.id, &a, &err), 0);
	assert_int_equal(mg_store_put_cursor(store, source.id, &b, &err), 0);
	assert_true(a.id > 0 && b.id > a.id);
	a.offset = 6;
	assert_int_equal(mg_store_put_cursor(store, source.id, &a, &err), 0);
	b.offset = -1;
	assert_int_equal(mg_store_put_cursor(store, source.id, &b, &err),
			 -MG_EIO);
	assert_int_equal(mg_store_each_cursor(store, source.id, collect_cursors,
					      &text, &err),
			 0);
	assert_string_equal(text.ptr, "/b 9223372036854775807 0 0 0 0;"
				      "/a 6 5 ffffffffffffffff 4 1;");
	mg_buf_release(&text);
}

static void test_lines(void **state)
{
	struct mg_source source;

	(void)state;
	reopen(MG_STORE_WRITE);
	assert_int_equal(mg_store_source(store, MG_LIT("s"), &source, &err), 0);
	assert_int_equal(mg_store_add_lines(store, source.id, "note", 3, &err),
			 0);
	assert_int_equal(mg_store_add_lines(store, source.id, "note", 4, &err),
			 0);
	assert_int_equal(mg_store_add_lines(store, source.id, "x", -1, &err),
			 -MG_EIO);
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_a_reader_needs_a_state),
		TEST(test_an_empty_file_is_no_state),
		TEST(test_a_writer_makes_one),
		TEST(test_a_scratch_store_leaves_nothing),
		TEST(test_a_missing_directory),
		TEST(test_a_newer_schema_is_refused),
		TEST(test_what_is_no_database),
		TEST(test_readers_cannot_write),
		TEST(test_close_accepts_null),
		TEST(test_hour_offset_is_kept),
		TEST(test_sources),
		TEST(test_every_part_tells_origins_apart),
		TEST(test_kinds_are_checked),
		TEST(test_facts_add_up),
		TEST(test_a_sum_below_zero_is_refused),
		TEST(test_many_facts_at_once),
		TEST(test_slots),
		TEST(test_sender_facts),
		TEST(test_rollback_leaves_nothing),
		TEST(test_flights),
		TEST(test_cwds),
		TEST(test_entries),
		TEST(test_cursors),
		TEST(test_lines),
		TEST(test_shapes),
		TEST(test_drift),
		TEST(test_reports),
		TEST(test_checks),
		TEST(test_what_no_check_can_be),
		TEST(test_a_report_stops_when_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
