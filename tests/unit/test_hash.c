/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mailguard/hash.h"

static const unsigned char paper_key[MG_HASH_KEY_LEN] = { 0,  1,  2,  3, 4,  5,
							  6,  7,  8,  9, 10, 11,
							  12, 13, 14, 15 };

/* The hash of 00 01 02 ... from a copy that ends where its memory does. */
static uint64_t hash_of_length(const unsigned char *raw_key, size_t len)
{
	const struct mg_hash_key key = mg_hash_key_of(raw_key);
	char *message = malloc(len ? len : 1);
	uint64_t hash;

	assert_non_null(message);
	for (size_t i = 0; i < len; i++)
		message[i] = (char)(i & 0xff);
	hash = mg_hash(&key, mg_slice_of(message + (len ? 0 : 1), len));
	free(message);
	return hash;
}

/*
 * The vectors of the authors' reference code; the row of 15 bytes is the one
 * that appendix A of the paper works out.
 */
static void test_vectors(void **state)
{
	/* clang-format off */
	static const uint64_t want[64] = {
		0x726fdb47dd0e0e31U, 0x74f839c593dc67fdU, 0x0d6c8009d9a94f5aU,
		0x85676696d7fb7e2dU, 0xcf2794e0277187b7U, 0x18765564cd99a68dU,
		0xcbc9466e58fee3ceU, 0xab0200f58b01d137U, 0x93f5f5799a932462U,
		0x9e0082df0ba9e4b0U, 0x7a5dbbc594ddb9f3U, 0xf4b32f46226bada7U,
		0x751e8fbc860ee5fbU, 0x14ea5627c0843d90U, 0xf723ca908e7af2eeU,
		0xa129ca6149be45e5U, 0x3f2acc7f57c29bdbU, 0x699ae9f52cbe4794U,
		0x4bc1b3f0968dd39cU, 0xbb6dc91da77961bdU, 0xbed65cf21aa2ee98U,
		0xd0f2cbb02e3b67c7U, 0x93536795e3a33e88U, 0xa80c038ccd5ccec8U,
		0xb8ad50c6f649af94U, 0xbce192de8a85b8eaU, 0x17d835b85bbb15f3U,
		0x2f2e6163076bcfadU, 0xde4daaaca71dc9a5U, 0xa6a2506687956571U,
		0xad87a3535c49ef28U, 0x32d892fad841c342U, 0x7127512f72f27cceU,
		0xa7f32346f95978e3U, 0x12e0b01abb051238U, 0x15e034d40fa197aeU,
		0x314dffbe0815a3b4U, 0x027990f029623981U, 0xcadcd4e59ef40c4dU,
		0x9abfd8766a33735cU, 0x0e3ea96b5304a7d0U, 0xad0c42d6fc585992U,
		0x187306c89bc215a9U, 0xd4a60abcf3792b95U, 0xf935451de4f21df2U,
		0xa9538f0419755787U, 0xdb9acddff56ca510U, 0xd06c98cd5c0975ebU,
		0xe612a3cb9ecba951U, 0xc766e62cfcadaf96U, 0xee64435a9752fe72U,
		0xa192d576b245165aU, 0x0a8787bf8ecb74b2U, 0x81b3e73d20b49b6fU,
		0x7fa8220ba3b2eceaU, 0x245731c13ca42499U, 0xb78dbfaf3a8d83bdU,
		0xea1ad565322a1a0bU, 0x60e61c23a3795013U, 0x6606d7e446282b93U,
		0x6ca4ecb15c5f91e1U, 0x9f626da15c9625f3U, 0xe51b38608ef25f57U,
		0x958a324ceb064572U,  
	};
	/* clang-format on */

	(void)state;
	for (size_t len = 0; len < sizeof(want) / sizeof(want[0]); len++)
		assert_true(hash_of_length(paper_key, len) == want[len]);
	assert_true(hash_of_length(paper_key, 15) == 0xa129ca6149be45e5U);
}

/* The length goes in modulo 256. Computed with OpenSSL's SIPHASH. */
static void test_lengths_around_a_byte(void **state)
{
	(void)state;
	assert_true(hash_of_length(paper_key, 255) == 0xa9c169fec74db21aU);
	assert_true(hash_of_length(paper_key, 256) == 0x999d0526d2a7bfd7U);
}

static void test_empty_without_a_pointer(void **state)
{
	const struct mg_hash_key key = mg_hash_key_of(paper_key);

	(void)state;
	assert_true(mg_hash(&key, mg_slice_of(NULL, 0)) == 0x726fdb47dd0e0e31U);
}

static void test_key_is_little_endian(void **state)
{
	const struct mg_hash_key key = mg_hash_key_of(paper_key);

	(void)state;
	assert_true(key.k0 == 0x0706050403020100U);
	assert_true(key.k1 == 0x0f0e0d0c0b0a0908U);
}

static void test_every_bit_of_the_key_counts(void **state)
{
	const uint64_t hash = hash_of_length(paper_key, 15);

	(void)state;
	for (size_t bit = 0; bit < MG_HASH_KEY_LEN * 8; bit++) {
		unsigned char key[MG_HASH_KEY_LEN];

		memcpy(key, paper_key, sizeof(key));
		key[bit / 8] = (unsigned char)(key[bit / 8] ^ 1U << bit % 8);
		assert_false(hash_of_length(key, 15) == hash);
	}
}

/* Two of 128 random bits are not equal, and no half of one stays zero. */
static void test_random_keys(void **state)
{
	unsigned char a[MG_HASH_KEY_LEN] = { 0 }, b[MG_HASH_KEY_LEN] = { 0 };
	static const unsigned char zero[MG_HASH_KEY_LEN];
	struct mg_err err = { .code = MG_OK, .text = "untouched" };

	(void)state;
	assert_int_equal(mg_hash_key_random(a, &err), 0);
	assert_int_equal(mg_hash_key_random(b, &err), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, zero, sizeof(a) / 2);
	assert_memory_not_equal(a + sizeof(a) / 2, zero, sizeof(a) / 2);
	assert_int_equal(err.code, MG_OK);
	assert_string_equal(err.text, "untouched");
}

/* Each bit of a name and of the key, at each length, changes the low bits. */
static void test_quick_sees_every_bit(void **state)
{
	const struct mg_hash_key key = { 5, 6 };
	char name[40];

	(void)state;
	memset(name, 'n', sizeof(name));
	for (size_t len = 1; len <= sizeof(name); len++) {
		const struct mg_slice s = mg_slice_of(name, len);
		const uint64_t plain = mg_hash_quick(&key, s);

		for (size_t bit = 0; bit < 8 * len; bit++) {
			name[bit / 8] = (char)(name[bit / 8] ^ 1 << bit % 8);
			assert_true((plain ^ mg_hash_quick(&key, s)) &
				    0xffffffff);
			name[bit / 8] = (char)(name[bit / 8] ^ 1 << bit % 8);
		}
		for (int bit = 0; bit < 64; bit++) {
			struct mg_hash_key other = key;

			other.k0 ^= UINT64_C(1) << bit;
			assert_true(plain != mg_hash_quick(&other, s));
			other = key;
			other.k1 ^= UINT64_C(1) << bit;
			assert_true(plain != mg_hash_quick(&other, s));
		}
	}
	assert_true(mg_hash_quick(&key, MG_LIT("")) !=
		    mg_hash_quick(&key, MG_LIT("\0")));
	assert_true(mg_hash_quick(&key, mg_slice_of(NULL, 0)) ==
		    mg_hash_quick(&key, MG_LIT("")));
}

/* Names that differ little fall into slots as if at random. */
static void test_quick_spreads(void **state)
{
	enum { NAMES = 65536, SLOTS = 65536 };
	static uint8_t slots[SLOTS];
	const struct mg_hash_key key = { 0, 0 }; /* the worst */
	unsigned used = 0, most = 0;

	(void)state;
	for (unsigned i = 0; i < NAMES; i++) {
		char name[32];
		const int len = snprintf(name, sizeof(name),
					 "info%u@shop%u.example", i % 16,
					 i / 16);
		uint8_t *slot =
			&slots[mg_hash_quick(&key,
					     mg_slice_of(name, (size_t)len)) %
			       SLOTS];

		used += *slot == 0;
		if (++*slot > most)
			most = *slot;
	}
	/* 63.2 % of the slots, and some 8 names in the fullest. */
	assert_in_range(used, SLOTS * 62 / 100, SLOTS * 65 / 100);
	assert_in_range(most, 5, 13);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_lengths_around_a_byte),
		cmocka_unit_test(test_empty_without_a_pointer),
		cmocka_unit_test(test_key_is_little_endian),
		cmocka_unit_test(test_every_bit_of_the_key_counts),
		cmocka_unit_test(test_random_keys),
		cmocka_unit_test(test_quick_sees_every_bit),
		cmocka_unit_test(test_quick_spreads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
