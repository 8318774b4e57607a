/* SPDX-License-Identifier: MIT */
/* A child that lies is refused. */
#include "admit_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/admit.h"
#include "mailguard/rollup.h"

static void test_facts(void **state)
{
	static const struct {
		int32_t hour_offset_s;
		uint32_t number;
		int64_t hour;
		bool ok;
	} rows[] = {
		{ 0, 0, HOUR, true },
		{ 0, 1, HOUR, false },
		{ 0, UINT32_MAX, HOUR, false },
		{ 0, 0, HOUR + 1, false },
		{ 0, 0, HOUR + 299, false },
		{ 900, 0, HOUR + 900, true },
		{ 900, 0, HOUR + 1, false },
		{ 0, 0, INT64_C(631152000), true },
		{ 0, 0, INT64_C(631152000) - 3600, false },
		{ 0, 0, INT64_C(7258118400), true },
		{ 0, 0, INT64_C(7258118400) + 3600, false },
		{ 0, 0, 0, false },
		{ 900, 0, INT64_MIN, false },
		{ 900, 0, INT64_MAX, false },
	};

	struct mg_record r;

	(void)state;
	know(MG_SPACE_ORIGIN);
	know(MG_SPACE_SENDER);
	admit.hour_offset_s = 0;
	/* Slots of origins, hours of senders' domains. */
	r = fact(MG_SPACE_ORIGIN, 0, HOUR + 300);
	assert_int_equal(say(&r), 0);
	r = fact(MG_SPACE_SENDER, 0, HOUR + 300);
	assert_int_equal(say(&r), -MG_EPARSE);
	for (int space = 0; space < MG_SPACES; space++)
		for (size_t i = 0; i < LENGTH(rows); i++) {
			r = fact((enum mg_space)space, rows[i].number,
				 rows[i].hour);
			admit.hour_offset_s = rows[i].hour_offset_s;
			if (say(&r) != (rows[i].ok ? 0 : -MG_EPARSE))
				fail_msg("number %u hour %lld", rows[i].number,
					 (long long)rows[i].hour);
		}
}

static struct mg_record check(uint32_t origin, int64_t hour)
{
	struct mg_record r;

	memset(&r, 0, sizeof(r));
	r.type = MG_RECORD_CHECK;
	r.body.check.check.at = hour;
	r.body.check.check.ip.bytes[15] = 1;
	r.body.check.origin = origin;
	if (origin != NONE) {
		r.body.check.check.login = 7;
		r.body.check.check.n[MG_CHECK_IMAP] = 1;
	}
	return r;
}

static void test_checks(void **state)
{
	static const struct {
		uint32_t number;
		int64_t hour;
		bool ok;
	} rows[] = {
		{ 0, HOUR, true },          { NONE, HOUR, true },
		{ 1, HOUR, false },         { NONE - 1, HOUR, false },
		{ 0, HOUR + 1, false },     { NONE, HOUR + 901, false },
		{ NONE, INT64_MIN, false }, { NONE, INT64_MAX, false },
	};

	(void)state;
	know(MG_SPACE_ORIGIN);
	know(MG_SPACE_SENDER);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_record r = check(rows[i].number, rows[i].hour);

		if (say(&r) != (rows[i].ok ? 0 : -MG_EPARSE))
			fail_msg("number %u hour %lld", rows[i].number,
				 (long long)rows[i].hour);
	}
}

struct sums {
	unsigned n_rows;
	int64_t n_checks;
};

static int sum_checks(void *arg, const struct mg_report_row *row)
{
	struct sums *s = arg;

	s->n_rows++;
	s->n_checks += row->checks[MG_CHECK_IMAP];
	return 0;
}

/* More than are gathered at a time, and each address twice. */
static void test_many_checks(void **state)
{
	enum { N = MG_ADMIT_CHECKS + 100 };
	const struct mg_report_query query = { .by = MG_BY_IP,
					       .since = INT64_MIN,
					       .until = INT64_MAX };
	struct sums sums = { 0 };
	uint64_t n_left;

	(void)state;
	know(MG_SPACE_ORIGIN);
	for (uint32_t i = 0; i < 2 * N; i++) {
		struct mg_record r = check(0, HOUR);

		r.body.check.check.ip.bytes[14] = (unsigned char)(i % N);
		r.body.check.check.ip.bytes[13] = (unsigned char)(i % N >> 8);
		assert_int_equal(say(&r), 0);
	}
	assert_int_equal(mg_admit_chunk(&admit, HOUR, &err), 0);
	assert_int_equal(mg_store_report(store, &query, sum_checks, &sums,
					 &n_left, &err),
			 0);
	assert_int_equal(sums.n_rows, N);
	assert_int_equal(sums.n_checks, 2 * N);
}

/* The spaces are apart: what is known of one says nothing of the other. */
static void test_spaces_are_apart(void **state)
{
	const struct mg_record r = fact(MG_SPACE_ORIGIN, 0, HOUR);

	(void)state;
	know(MG_SPACE_SENDER);
	assert_int_equal(say(&r), -MG_EPARSE);
}

static void test_counts_never_go_below_zero(void **state)
{
	struct mg_record r = fact(MG_SPACE_ORIGIN, 0, HOUR);

	(void)state;
	know(MG_SPACE_ORIGIN);
	assert_int_equal(say(&r), 0);
	assert_int_equal(mg_admit_chunk(&admit, HOUR, &err), 0);
	r.body.fact.counts.n[MG_MESSAGES] = -1;
	assert_int_equal(say(&r), 0);
	assert_int_equal(mg_admit_chunk(&admit, HOUR, &err), 0);
	assert_int_equal(say(&r), 0);
	assert_int_equal(mg_admit_chunk(&admit, HOUR, &err), -MG_EIO);
}

/* A log of which no line had a stamp. */
static void test_no_time_was_reached(void **state)
{
	const struct mg_record r = fact(MG_SPACE_ORIGIN, 0, HOUR);

	(void)state;
	know(MG_SPACE_ORIGIN);
	assert_int_equal(say(&r), 0);
	assert_int_equal(mg_admit_chunk(&admit, INT64_MIN, &err), 0);
}

static int note_flight(void *arg, const struct mg_flight_row *row)
{
	int64_t *origin = arg;

	*origin = row->origin_id;
	return 1;
}

static void test_flights(void **state)
{
	struct mg_record r = flight("x", 1);
	int64_t origin = -1;

	(void)state;
	mg_admit_know(&admit, MG_SPACE_ORIGIN, 12345);
	know(MG_SPACE_ORIGIN);
	assert_int_equal(say(&r), 0);
	assert_int_equal(mg_store_each_flight(store, admit.source, note_flight,
					      &origin, &err),
			 1);
	assert_int_equal(origin, admit.subjects[MG_SPACE_ORIGIN][1].row);
	r = flight("y", 2);
	assert_int_equal(say(&r), -MG_EPARSE);
	r = flight("y", NONE - 1);
	assert_int_equal(say(&r), -MG_EPARSE);
	r = flight("x", NONE); /* charged to nobody so far */
	assert_int_equal(say(&r), 0);
	assert_int_equal(mg_store_each_flight(store, admit.source, note_flight,
					      &origin, &err),
			 1);
	assert_int_equal(origin, 0);
}

static int count_calls(void *arg, const char *id, uint64_t hash)
{
	int *n = arg;

	(void)id;
	(void)hash;
	(*n)++;
	return 0;
}

static void test_tracked_and_gone(void **state)
{
	struct mg_record tracked, gone, r = flight("x", NONE);
	int n = 0;

	(void)state;
	memset(&tracked, 0, sizeof(tracked));
	tracked.type = MG_RECORD_TRACKED;
	tracked.body.tracked.id[0] = 'x';
	tracked.body.tracked.hash = UINT64_MAX;
	assert_int_equal(say(&tracked), -MG_EPARSE); /* of no message */
	assert_int_equal(say(&r), 0);
	assert_int_equal(say(&tracked), 0);
	assert_int_equal(say(&tracked), 0);
	assert_int_equal(mg_store_each_tracked(store, admit.source, count_calls,
					       &n, &err),
			 0);
	assert_int_equal(n, 1);
	r = flight("y", NONE);
	assert_int_equal(say(&r), 0);
	assert_int_equal(say(&tracked), -MG_EPARSE); /* not of the last one */
	memset(&gone, 0, sizeof(gone));
	gone.type = MG_RECORD_GONE;
	gone.body.gone[0] = 'x';
	assert_int_equal(say(&gone), 0);
	assert_int_equal(say(&gone), 0); /* gone is gone */
	n = 0;
	assert_int_equal(mg_store_each_tracked(store, admit.source, count_calls,
					       &n, &err),
			 0);
	assert_int_equal(n, 0);
}

static void test_shapes(void **state)
{
	struct mg_record r;

	(void)state;
	memset(&r, 0, sizeof(r));
	r.type = MG_RECORD_SHAPE;
	r.body.shape.why = MG_SHAPE_ODD;
	r.body.shape.n = 3;
	r.body.shape.len = 1;
	r.body.shape.text[0] = 'x';
	assert_int_equal(say(&r), 0);
	assert_int_equal(say(&r), 0);
}

static struct mg_record large(uint32_t origin, int64_t at, uint32_t size,
			      uint32_t topic, int64_t n)
{
	struct mg_record r;

	memset(&r, 0, sizeof(r));
	r.type = MG_RECORD_LARGE;
	r.body.large.origin = origin;
	r.body.large.large = (struct mg_large){ at, size, topic, n };
	return r;
}

static void take_large(uint32_t size, uint32_t topic, int64_t n)
{
	const struct mg_record r = large(0, HOUR, size, topic, n);

	assert_int_equal(say(&r), 0);
}

static void end_chunk(void)
{
	mg_docket_clear(&admit.docket);
	assert_int_equal(mg_admit_chunk(&admit, HOUR, &err), 0);
}

static void test_messages_to_many(void **state)
{
	static const struct {
		uint32_t number;
		int64_t at;
		bool ok;
	} rows[] = {
		{ 0, HOUR, true },      { 0, HOUR + 300, true },
		{ 1, HOUR, false },     { NONE, HOUR, false },
		{ 0, HOUR + 1, false }, { 0, INT64_MAX, false },
	};

	(void)state;
	know(MG_SPACE_ORIGIN);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_record r = large(rows[i].number, rows[i].at, 10,
						 0, 1);

		if (say(&r) != (rows[i].ok ? 0 : -MG_EPARSE))
			fail_msg("number %u at %lld", rows[i].number,
				 (long long)rows[i].at);
	}
}

/* What the docket shows is what was there, and what is new. */
static int64_t sum_large(uint32_t size, uint32_t topic)
{
	int64_t n = 0;

	for (size_t i = 0; i < admit.docket.n_large; i++)
		if (admit.docket.large[i].large.n_recipients == size &&
		    admit.docket.large[i].large.topic == topic)
			n += admit.docket.large[i].large.n;
	return n;
}

static void test_what_is_taken_back_is_gone(void **state)
{
	(void)state;
	admit.reach_s = 3600;
	know(MG_SPACE_ORIGIN);
	take_large(20, 7, 2);
	end_chunk();
	assert_int_equal(sum_large(20, 7), 2);
	take_large(20, 7, -1);
	take_large(21, 7, 1);
	end_chunk();
	assert_int_equal(sum_large(20, 7), 1);
	assert_int_equal(sum_large(21, 7), 1);
	take_large(20, 7, -1);
	take_large(22, 7, -5); /* of a row that is not there */
	end_chunk();
	take_large(10, 1, 1);
	end_chunk();
	assert_int_equal(admit.docket.n_large, 2); /* 21 and the new one */
	assert_int_equal(sum_large(21, 7), 1);
}

/* Whatever a customer writes into subject lines, a slot has so many rows. */
static void test_sizes_and_subject_lines_are_bounded(void **state)
{
	(void)state;
	admit.reach_s = 3600;
	know(MG_SPACE_ORIGIN);
	for (uint32_t i = 0; i < MG_LARGE_ROWS_MAX; i++) {
		take_large(100, 1 + i, 1);
		if (i % 100 == 0)
			end_chunk();
	}
	end_chunk();
	take_large(100, 1, 1);       /* known */
	take_large(100, 1000000, 1); /* not */
	take_large(4000, 1000001, 1);
	end_chunk();
	assert_int_equal(sum_large(100, 1), 2);
	assert_int_equal(sum_large(100, 1000000), 0);
	assert_int_equal(sum_large(80, 0), 1);
	assert_int_equal(sum_large(2560, 0), 1);
	take_large(4000, 1000001, -1); /* goes where it came to */
	end_chunk();
	assert_int_equal(sum_large(2560, 0), 0);
	assert_int_equal(sum_large(80, 0), 1);
}

static void test_records_of_the_sweep_are_out_of_place(void **state)
{
	struct mg_record r;

	(void)state;
	memset(&r, 0, sizeof(r));
	r.type = MG_RECORD_FAILED;
	assert_int_equal(say(&r), -MG_EPARSE);
	r.type = MG_RECORD_CHUNK;
	r.body.chunk.to = 1;
	assert_int_equal(say(&r), -MG_EPARSE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_facts),
		TEST(test_checks),
		TEST(test_many_checks),
		TEST(test_spaces_are_apart),
		TEST(test_counts_never_go_below_zero),
		TEST(test_no_time_was_reached),
		TEST(test_flights),
		TEST(test_tracked_and_gone),
		TEST(test_shapes),
		TEST(test_messages_to_many),
		TEST(test_what_is_taken_back_is_gone),
		TEST(test_sizes_and_subject_lines_are_bounded),
		TEST(test_records_of_the_sweep_are_out_of_place),
	};

	return cmocka_run_group_tests(tests, load_accounts, free_accounts);
}
