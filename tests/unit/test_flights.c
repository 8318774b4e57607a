/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/flights.h"

#define NOW INT64_C(1795313974)

static const struct mg_hash_key key = { 5, 6 };
static struct mg_flights flights;

static void begin(size_t max)
{
	mg_flights_init(&flights, &key, max);
}

static struct mg_flight_entry *add(const char *id, int64_t at)
{
	const struct mg_slice s = mg_slice_str(id);

	return mg_flights_add(&flights, mg_flights_find(&flights, s), s, at);
}

static struct mg_flight_entry *find(const char *id)
{
	return mg_flights_find(&flights, mg_slice_str(id));
}

static void drop(const char *id)
{
	mg_flights_drop(&flights, find(id));
}

static void test_ids(void **state)
{
	static const char *const ids[] = { "x", "1xUxB0-000CXd-35",
					   "1xUxB0-00000000CXd-0nge" };

	(void)state;
	begin(10);
	for (size_t i = 0; i < 3; i++) {
		const struct mg_flight_entry *e = add(ids[i], NOW);

		assert_string_equal(e->flight.id, ids[i]);
		assert_int_equal(e->flight.at, NOW);
		assert_int_equal(e->flight.seq, i + 1);
		assert_true(e->is_live && e->is_dirty && !e->is_stored);
	}
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(find(ids[i])->flight.id, ids[i]);
	assert_null(find("1xUxB0-000CXd-3"));
	assert_null(find("1XUXB0-000CXD-35")); /* case counts */
	assert_null(find(""));
	mg_flights_release(&flights);
	mg_flights_release(&flights);
	assert_null(find("x"));
	assert_int_equal(flights.next_seq, 1);
}

static void test_the_same_id_again_is_another_message(void **state)
{
	(void)state;
	begin(10);
	add("x", NOW)->flight.n_recipients = 7;
	mg_flights_settle(&flights);
	assert_int_equal(add("x", NOW + 1)->flight.n_recipients, 0);
	assert_int_equal(flights.n_live, 1);
	assert_int_equal(find("x")->flight.seq, 2);
	/* The store has a row of the first: gone, and then there again. */
	assert_int_equal(flights.n_gone, 1);
	assert_string_equal(flights.gone[0], "x");
	assert_int_equal(flights.n_dirty, 1);
	assert_false(find("x")->is_stored);
	mg_flights_release(&flights);
}

static void test_forgetting_by_age(void **state)
{
	static const struct {
		int64_t later_s;
		bool is_kept;
	} rows[] = {
		{ 0, true },
		{ MG_FLIGHT_AGE_S, true },
		{ MG_FLIGHT_AGE_S + 1, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(10);
		(void)add("old", NOW);
		(void)add("new", NOW + rows[i].later_s);
		assert_int_equal(find("old") != NULL, rows[i].is_kept);
		assert_non_null(find("new"));
		assert_int_equal(flights.n_forgotten, !rows[i].is_kept);
		mg_flights_release(&flights);
	}
}

static void test_forgetting_by_number(void **state)
{
	(void)state;
	begin(3);
	(void)add("a", NOW);
	(void)add("b", NOW);
	(void)add("c", NOW);
	assert_int_equal(flights.n_forgotten, 0);
	(void)add("d", NOW);
	assert_int_equal(flights.n_live, 3);
	assert_int_equal(flights.n_forgotten, 1);
	assert_null(find("a"));
	drop("c");
	(void)add("e", NOW); /* there is room */
	assert_non_null(find("b"));
	(void)add("f", NOW);
	assert_null(find("b"));
	assert_non_null(find("d"));
	assert_int_equal(flights.n_forgotten, 2);
	/* One that takes the place of itself drives out nobody. */
	(void)add("f", NOW);
	assert_non_null(find("d"));
	assert_non_null(find("e"));
	assert_int_equal(flights.n_forgotten, 2);
	mg_flights_release(&flights);
}

static void test_what_is_told(void **state)
{
	(void)state;
	begin(10);
	(void)add("a", NOW);
	drop("a"); /* the store never knew it */
	assert_int_equal(flights.n_gone, 0);
	(void)add("b", NOW);
	(void)add("c", NOW);
	mg_flights_settle(&flights);
	assert_int_equal(flights.n_dirty, 0);
	assert_true(find("b")->is_stored);
	assert_false(find("b")->is_dirty);

	mg_flights_touch(&flights, find("b"));
	mg_flights_touch(&flights, find("b"));
	assert_int_equal(flights.n_dirty, 1);
	drop("b");
	drop("c");
	assert_int_equal(flights.n_gone, 2);
	/* A new message in a dirty slot is told in its stead, once. */
	(void)add("d", NOW);
	(void)add("e", NOW);
	for (size_t i = 0; i < flights.n_dirty; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(flights.dirty[i],
					     flights.dirty[k]);
	assert_true(find("d")->is_dirty && find("e")->is_dirty);
	assert_int_equal(flights.n_entries, 2);
	mg_flights_settle(&flights);
	assert_int_equal(flights.n_gone, 0);
	mg_flights_release(&flights);
}

static void test_restored_are_as_the_store_has_them(void **state)
{
	struct mg_flight f = { .id = "1xUxB0-000CXd-35",
			       .state = MG_FLIGHT_INBOUND,
			       .n_recipients = 4,
			       .at = NOW,
			       .message_id = 99,
			       .seq = 17 };
	struct mg_flight_entry *e;

	(void)state;
	begin(10);
	e = mg_flights_restore(&flights, &f);
	assert_true(e->is_live && e->is_stored && !e->is_dirty);
	assert_memory_equal(&e->flight, &f, sizeof(f));
	assert_ptr_equal(find(f.id), e);
	assert_ptr_equal(mg_flights_find_message_id(&flights, 99), e);
	assert_int_equal(flights.n_dirty, 0);
	drop(f.id);
	assert_int_equal(flights.n_gone, 1);
	assert_string_equal(flights.gone[0], f.id);
	assert_null(mg_flights_find_message_id(&flights, 99));
	mg_flights_release(&flights);
}

static void test_message_ids(void **state)
{
	(void)state;
	begin(10);
	(void)add("a", NOW);
	(void)add("b", NOW);
	(void)add("c", NOW);
	find("a")->flight.state = MG_FLIGHT_CHARGED;
	find("b")->flight.state = MG_FLIGHT_INBOUND;
	find("c")->flight.state = MG_FLIGHT_INBOUND;
	/* Added in another order than they came in. */
	mg_flights_set_message_id(&flights, find("c"), 42);
	mg_flights_set_message_id(&flights, find("b"), 42);
	mg_flights_set_message_id(&flights, find("a"), 42);
	assert_ptr_equal(mg_flights_find_message_id(&flights, 42), find("b"));
	find("b")->flight.n_forwards = MG_FORWARDS_MAX - 1;
	assert_ptr_equal(mg_flights_find_message_id(&flights, 42), find("b"));
	find("b")->flight.n_forwards = MG_FORWARDS_MAX;
	assert_ptr_equal(mg_flights_find_message_id(&flights, 42), find("c"));
	drop("c");
	assert_null(mg_flights_find_message_id(&flights, 42));
	assert_null(mg_flights_find_message_id(&flights, 43));
	/* And in the order they came in. */
	(void)add("e", NOW);
	(void)add("f", NOW);
	find("e")->flight.state = MG_FLIGHT_INBOUND;
	find("f")->flight.state = MG_FLIGHT_INBOUND;
	mg_flights_set_message_id(&flights, find("e"), 77);
	mg_flights_set_message_id(&flights, find("f"), 77);
	assert_ptr_equal(mg_flights_find_message_id(&flights, 77), find("e"));
	/* None is none. */
	(void)add("d", NOW);
	find("d")->flight.state = MG_FLIGHT_INBOUND;
	mg_flights_set_message_id(&flights, find("d"), 0);
	assert_null(mg_flights_find_message_id(&flights, 0));
	mg_flights_release(&flights);
}

static void test_tracking(void **state)
{
	struct mg_flight_entry *e;

	(void)state;
	begin(10);
	e = add("a", NOW);
	mg_flights_settle(&flights);
	assert_int_equal(mg_flights_track(&flights, e, 5), 1);
	assert_true(e->is_dirty);
	assert_int_equal(mg_flights_track(&flights, e, 5), 0);
	for (uint64_t i = 1; i < MG_TRACKED_MAX; i++)
		assert_int_equal(mg_flights_track(&flights, e, 1000 + i), 1);
	assert_int_equal(e->n_tracked, MG_TRACKED_MAX);
	assert_int_equal(mg_flights_track(&flights, e, 7), -1);
	assert_int_equal(mg_flights_track(&flights, e, 5), 0);
	assert_int_equal(e->n_tracked_told, 0);
	mg_flights_settle(&flights);
	assert_int_equal(e->n_tracked_told, MG_TRACKED_MAX);
	drop("a");
	assert_int_equal(add("b", NOW)->n_tracked, 0); /* in the same slot */
	mg_flights_release(&flights);
}

/* ---- against a plain array */

enum { MODEL_IDS = 60, MODEL_MAX = 40, MODEL_STEPS = 60000 };

struct model {
	bool is_live, is_stored;
	int64_t at;
	uint64_t seq;
	uint32_t n;
};

static struct model model[MODEL_IDS];
static bool gone[MODEL_IDS];
static uint64_t next_seq, n_forgotten;

static const char *name_of(uint32_t i)
{
	static char name[24];

	(void)snprintf(name, sizeof(name), "1xUxB0-00000000%03u-0nge", i);
	return name;
}

static size_t model_live(void)
{
	size_t n = 0;

	for (uint32_t i = 0; i < MODEL_IDS; i++)
		n += model[i].is_live;
	return n;
}

static void model_drop(uint32_t i)
{
	if (model[i].is_stored)
		gone[i] = true;
	model[i] = (struct model){ .is_live = false };
}

static uint32_t model_oldest(void)
{
	uint32_t oldest = MODEL_IDS;

	for (uint32_t i = 0; i < MODEL_IDS; i++)
		if (model[i].is_live &&
		    (oldest == MODEL_IDS || model[i].seq < model[oldest].seq))
			oldest = i;
	return oldest;
}

static void model_add(uint32_t i, int64_t at)
{
	const uint64_t seq = next_seq++;

	if (model[i].is_live)
		model_drop(i);
	for (;;) {
		const uint32_t oldest = model_oldest();

		if (oldest == MODEL_IDS ||
		    (model_live() < MODEL_MAX &&
		     model[oldest].at >= at - MG_FLIGHT_AGE_S))
			break;
		model_drop(oldest);
		n_forgotten++;
	}
	model[i] = (struct model){ .is_live = true, .at = at, .seq = seq };
}

static void compare(void)
{
	assert_int_equal(flights.n_live, model_live());
	assert_int_equal(flights.n_forgotten, n_forgotten);
	for (uint32_t i = 0; i < MODEL_IDS; i++) {
		const struct mg_flight_entry *e = find(name_of(i));

		assert_int_equal(e != NULL, model[i].is_live);
		if (!e)
			continue;
		assert_int_equal(e->flight.seq, model[i].seq);
		assert_int_equal(e->flight.at, model[i].at);
		assert_int_equal(e->flight.n_recipients, model[i].n);
		assert_int_equal(e->is_stored, model[i].is_stored);
	}
}

/* What would be told brings a store to the model's state. */
static void settle(void)
{
	bool is_gone[MODEL_IDS] = { false };

	for (size_t i = 0; i < flights.n_gone; i++)
		for (uint32_t k = 0; k < MODEL_IDS; k++)
			if (!strcmp(flights.gone[i], name_of(k)))
				is_gone[k] = true;
	assert_memory_equal(is_gone, gone, sizeof(gone));
	for (uint32_t i = 0; i < MODEL_IDS; i++) {
		const struct mg_flight_entry *e = find(name_of(i));
		bool is_told = e == NULL || e->is_stored;

		for (size_t k = 0; k < flights.n_dirty; k++)
			if (e == &flights.entries[flights.dirty[k]])
				is_told = true;
		assert_true(is_told);
		model[i].is_stored = model[i].is_live;
	}
	mg_flights_settle(&flights);
	memset(gone, 0, sizeof(gone));
}

static void test_against_a_plain_array(void **state)
{
	const uint32_t seed = 20261122;
	uint32_t x = seed;
	int64_t at = NOW;

	(void)state;
	print_message("# seed %u\n", seed);
	begin(MODEL_MAX);
	next_seq = 1;
	for (int step = 0; step < MODEL_STEPS; step++) {
		struct mg_flight_entry *e;
		uint32_t r, i;

		x = x * 1664525 + 1013904223;
		r = x >> 8;
		i = r / 16 % MODEL_IDS;
		e = find(name_of(i));
		switch (r % 16) {
		case 0:
			settle();
			break;
		case 1: /* a quiet time */
			at += MG_FLIGHT_AGE_S / 8;
			break;
		case 2:
		case 3:
		case 4:
		case 5:
		case 6:
			if (e) {
				mg_flights_drop(&flights, e);
				model_drop(i);
			}
			break;
		case 7:
			if (e) {
				e->flight.n_recipients++;
				model[i].n++;
				mg_flights_touch(&flights, e);
			}
			break;
		default:
			at += r % 64;
			(void)add(name_of(i), at);
			model_add(i, at);
			break;
		}
		if (step % 16 == 0)
			compare();
		/* Slots are used again. */
		assert_true(flights.n_entries <= MODEL_MAX + 1);
	}
	compare();
	mg_flights_release(&flights);
}

/* The queue of ages is packed; what is done does not stay in it. */
static void test_queue_stays_small(void **state)
{
	(void)state;
	begin(100);
	(void)add("first", NOW);
	for (int i = 0; i < 100000; i++) {
		(void)add("x", NOW + 1);
		drop("x");
	}
	assert_true(flights.n_queue < 8192);
	assert_non_null(find("first"));
	(void)add("y", NOW + 1 + MG_FLIGHT_AGE_S);
	assert_null(find("first"));
	mg_flights_release(&flights);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_the_same_id_again_is_another_message),
		cmocka_unit_test(test_forgetting_by_age),
		cmocka_unit_test(test_forgetting_by_number),
		cmocka_unit_test(test_what_is_told),
		cmocka_unit_test(test_restored_are_as_the_store_has_them),
		cmocka_unit_test(test_message_ids),
		cmocka_unit_test(test_tracking),
		cmocka_unit_test(test_against_a_plain_array),
		cmocka_unit_test(test_queue_stays_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
