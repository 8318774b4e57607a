/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

/* The schema version in the header of a database, big-endian. */
#define SCHEMA_AT 60

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
