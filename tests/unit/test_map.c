/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mailguard/map.h"

#define MODEL_MAX 600  /* pairs in the model */
#define N_NUMBERS 40   /* so few that pairs repeat */
#define N_STEPS 20000  /* of each run */
#define CHECK_EVERY 16 /* steps between looks at everything */

static uint64_t seed = 1; /* the first argument, to repeat a failure */
static uint64_t random_state;

/* splitmix64, S. Vigna; the same everywhere for one seed. */
static uint64_t next_random(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15U;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return z ^ z >> 31;
}

static size_t below(size_t n)
{
	return (size_t)(next_random() % n);
}

/* ---- the model: an array of pairs, searched from its start */

struct model {
	struct {
		uint64_t hash;
		uint32_t number;
	} pairs[MODEL_MAX];
	size_t len;
};

static struct model model;

static void model_remove(uint64_t hash, uint32_t number)
{
	for (size_t i = 0; i < model.len; i++)
		if (model.pairs[i].hash == hash &&
		    model.pairs[i].number == number) {
			model.pairs[i] = model.pairs[--model.len];
			return;
		}
}

/* Every number under a hash as often as the model has it, and no other. */
static void check_hash(const struct mg_map *m, uint64_t hash)
{
	unsigned counts[N_NUMBERS] = { 0 };
	size_t at;

	for (uint32_t n = mg_map_first(m, hash, &at); n != MG_MAP_NONE;
	     n = mg_map_next(m, hash, &at)) {
		assert_true(n < N_NUMBERS);
		counts[n]++;
	}
	for (size_t i = 0; i < model.len; i++)
		if (model.pairs[i].hash == hash)
			counts[model.pairs[i].number]--;
	for (size_t i = 0; i < N_NUMBERS; i++)
		assert_int_equal(counts[i], 0);
}

static void step(struct mg_map *m, const uint64_t *hashes, size_t n_hashes)
{
	const uint64_t hash = hashes[below(n_hashes)];
	const uint32_t number = (uint32_t)below(N_NUMBERS);
	const size_t what = below(1000);

	if (what < 1) {
		mg_map_clear(m);
		model.len = 0;
	} else if (what < 520 && model.len < MODEL_MAX) {
		mg_map_add(m, hash, number);
		model.pairs[model.len].hash = hash;
		model.pairs[model.len++].number = number;
	} else if (what < 800 && model.len) {
		const size_t i = below(model.len);
		const uint64_t h = model.pairs[i].hash;
		const uint32_t n = model.pairs[i].number;

		mg_map_remove(m, h, n);
		model_remove(h, n);
	} else {
		mg_map_remove(m, hash, number);
		model_remove(hash, number);
	}
}

static void run_against_model(const uint64_t *hashes, size_t n_hashes)
{
	struct mg_map m = { 0 };

	model.len = 0;
	for (unsigned i = 0; i < N_STEPS; i++) {
		step(&m, hashes, n_hashes);
		assert_int_equal(m.len, model.len);
		if (i % CHECK_EVERY)
			continue;
		for (size_t h = 0; h < n_hashes; h++)
			check_hash(&m, hashes[h]);
	}
	mg_map_release(&m);
}

static void test_one_hash_for_all(void **state)
{
	static const uint64_t hashes[] = { 7 };

	(void)state;
	run_against_model(hashes, sizeof(hashes) / sizeof(hashes[0]));
}

/* Different hashes that want the same slot, however large the table is. */
static void test_one_slot_for_all(void **state)
{
	uint64_t hashes[100];

	(void)state;
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		hashes[i] = 3 | (uint64_t)i << 40;
	run_against_model(hashes, sizeof(hashes) / sizeof(hashes[0]));
}

/* Runs of neighbours that go around the end of the table. */
static void test_slots_around_the_end(void **state)
{
	uint64_t hashes[40];

	(void)state;
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		hashes[i] = (uint64_t)0 - 4 + i % 8 + ((uint64_t)(i / 8) << 40);
	run_against_model(hashes, sizeof(hashes) / sizeof(hashes[0]));
}

static void test_random_hashes(void **state)
{
	uint64_t hashes[300];

	(void)state;
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		hashes[i] = next_random();
	run_against_model(hashes, sizeof(hashes) / sizeof(hashes[0]));
}

static void test_many_random_runs(void **state)
{
	(void)state;
	for (int run = 0; run < 20; run++) {
		uint64_t hashes[24];
		const uint64_t mask = UINT64_MAX >> below(64);

		for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
			hashes[i] = next_random() & mask;
		/* Equal ones would be checked twice, which is fine. */
		run_against_model(hashes, sizeof(hashes) / sizeof(hashes[0]));
	}
}

/* ---- what the header says, one by one */

static void test_empty(void **state)
{
	struct mg_map m = { 0 };
	size_t at;

	(void)state;
	assert_int_equal(mg_map_first(&m, 0, &at), MG_MAP_NONE);
	mg_map_remove(&m, 0, 0);
	mg_map_clear(&m);
	assert_int_equal(m.len, 0);
	mg_map_release(&m);
	mg_map_release(&m);
	assert_int_equal(mg_map_first(&m, 0, &at), MG_MAP_NONE);
}

static void test_the_same_pair_twice_stands_there_twice(void **state)
{
	struct mg_map m = { 0 };
	size_t at;

	(void)state;
	mg_map_add(&m, 5, 1);
	mg_map_add(&m, 5, 1);
	assert_int_equal(m.len, 2);
	assert_int_equal(mg_map_first(&m, 5, &at), 1);
	assert_int_equal(mg_map_next(&m, 5, &at), 1);
	assert_int_equal(mg_map_next(&m, 5, &at), MG_MAP_NONE);
	mg_map_remove(&m, 5, 1);
	assert_int_equal(m.len, 1);
	assert_int_equal(mg_map_first(&m, 5, &at), 1);
	assert_int_equal(mg_map_next(&m, 5, &at), MG_MAP_NONE);
	mg_map_remove(&m, 5, 1);
	assert_int_equal(mg_map_first(&m, 5, &at), MG_MAP_NONE);
	mg_map_release(&m);
}

static void test_remove_looks_at_hash_and_number(void **state)
{
	struct mg_map m = { 0 };
	size_t at;

	(void)state;
	mg_map_add(&m, 5, 1);
	mg_map_remove(&m, 5, 2);
	mg_map_remove(&m, 6, 1);
	mg_map_remove(&m, 5 | UINT64_C(1) << 60, 1);
	assert_int_equal(m.len, 1);
	assert_int_equal(mg_map_first(&m, 5, &at), 1);
	mg_map_release(&m);
}

static void test_extreme_hashes_and_numbers(void **state)
{
	struct mg_map m = { 0 };
	size_t at;

	(void)state;
	mg_map_add(&m, UINT64_MAX, MG_MAP_NONE - 1);
	mg_map_add(&m, 0, 0);
	assert_int_equal(mg_map_first(&m, UINT64_MAX, &at), MG_MAP_NONE - 1);
	assert_int_equal(mg_map_next(&m, UINT64_MAX, &at), MG_MAP_NONE);
	assert_int_equal(mg_map_first(&m, 0, &at), 0);
	assert_int_equal(mg_map_next(&m, 0, &at), MG_MAP_NONE);
	mg_map_release(&m);
}

static void test_clear_keeps_the_memory(void **state)
{
	struct mg_map m = { 0 };
	size_t at, n_slots;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		mg_map_add(&m, i, i);
	n_slots = m.n_slots;
	mg_map_clear(&m);
	assert_int_equal(m.len, 0);
	assert_int_equal(m.n_slots, n_slots);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(mg_map_first(&m, i, &at), MG_MAP_NONE);
	mg_map_add(&m, 1, 2);
	assert_int_equal(mg_map_first(&m, 1, &at), 2);
	mg_map_release(&m);
}

/* Never more than half full, a power of two: else a look-up may not end. */
static void test_room_is_left_at_every_size(void **state)
{
	struct mg_map m = { 0 };
	size_t at;

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		mg_map_add(&m, i * UINT64_C(0x9e3779b97f4a7c15), i);
		assert_int_equal(m.n_slots & (m.n_slots - 1), 0);
		assert_true(m.len * 2 <= m.n_slots);
	}
	for (uint32_t i = 0; i < 5000; i++)
		assert_int_equal(
			mg_map_first(&m, i * UINT64_C(0x9e3779b97f4a7c15), &at),
			i);
	mg_map_release(&m);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_hash_for_all),
		cmocka_unit_test(test_one_slot_for_all),
		cmocka_unit_test(test_slots_around_the_end),
		cmocka_unit_test(test_random_hashes),
		cmocka_unit_test(test_many_random_runs),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_the_same_pair_twice_stands_there_twice),
		cmocka_unit_test(test_remove_looks_at_hash_and_number),
		cmocka_unit_test(test_extreme_hashes_and_numbers),
		cmocka_unit_test(test_clear_keeps_the_memory),
		cmocka_unit_test(test_room_is_left_at_every_size),
	};

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 10);
	random_state = seed;
	printf("# seed %" PRIu64 "\n", seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
