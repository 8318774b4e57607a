/* SPDX-License-Identifier: MIT */
#include "mailguard/hash.h"

#include <sys/random.h>

static uint64_t rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static inline void round_once(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static inline void take_word(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	round_once(v);
	round_once(v);
	v[0] ^= m;
}

uint64_t mg_hash(const struct mg_hash_key *key, struct mg_slice s)
{
	/* The constants spell "somepseudorandomlygeneratedbytes". */
	uint64_t v[4] = { key->k0 ^ 0x736f6d6570736575U,
			  key->k1 ^ 0x646f72616e646f6dU,
			  key->k0 ^ 0x6c7967656e657261U,
			  key->k1 ^ 0x7465646279746573U };
	const uint64_t length = (uint64_t)s.len << 56;

	for (; s.len >= 8; s = mg_slice_from(s, 8))
		take_word(v, mg_hash_word(s.ptr));
	take_word(v, length | mg_hash_tail(s.ptr, s.len));
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		round_once(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct mg_hash_key mg_hash_key_of(const unsigned char raw[MG_HASH_KEY_LEN])
{
	char bytes[MG_HASH_KEY_LEN];

	memcpy(bytes, raw, sizeof(bytes));
	return (struct mg_hash_key){ mg_hash_word(bytes),
				     mg_hash_word(bytes + 8) };
}

int mg_hash_key_random(unsigned char raw[MG_HASH_KEY_LEN], struct mg_err *err)
{
	unsigned char key[MG_HASH_KEY_LEN];

	/* Requests of up to 256 bytes are never cut short (getrandom(2)). */
	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return mg_fail_errno(err, "cannot get random bytes");
	memcpy(raw, key, sizeof(key));
	return 0;
}
