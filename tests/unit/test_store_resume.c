/* SPDX-License-Identifier: MIT */
/* What a sweep needs to go on where it was. */
#include "store_fixture.h"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_flights), TEST(test_cwds),  TEST(test_entries),
		TEST(test_cursors), TEST(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
