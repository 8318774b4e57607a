/* SPDX-License-Identifier: MIT */
#include "mailguard/hash.h"

#include <endian.h>
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

/* Eight bytes, little-endian whatever the machine is. */
static inline uint64_t load_word(const char *p)
{
	uint64_t m;

	memcpy(&m, p, sizeof(m));
	return le64toh(m);
}

/* The same of n bytes, fewer than 8. */
static uint64_t load(const char *p, size_t n)
{
	uint64_t m = 0;

	for (size_t i = 0; i < n; i++)
		m |= (uint64_t)(unsigned char)p[i] << (8 * i);
	return m;
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
		take_word(v, load_word(s.ptr));
	take_word(v, length | load(s.ptr, s.len));
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		round_once(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

__extension__ typedef unsigned __int128 wide;

static uint64_t fold(uint64_t a, uint64_t b)
{
	const wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t load_half(const char *p)
{
	uint32_t m;

	memcpy(&m, p, sizeof(m));
	return le32toh(m);
}

uint64_t mg_hash_quick(const struct mg_hash_key *key, struct mg_slice s)
{
	/* 2^64 divided by the golden ratio: lengths far apart. */
	uint64_t h = key->k0 ^ (s.len * 0x9e3779b97f4a7c15U), a, b;
	const char *p = s.ptr;
	size_t n = s.len;

	for (; n > 16; p += 16, n -= 16)
		h = fold(load_word(p) ^ key->k1, load_word(p + 8) ^ h);
	/* The last up to 16 bytes as two words that may overlap. */
	if (n >= 8) {
		a = load_word(p);
		b = load_word(p + n - 8);
	} else if (n >= 4) {
		a = load_half(p);
		b = load_half(p + n - 4);
	} else {
		a = load(p, n);
		b = 0;
	}
	h = fold(a ^ key->k1, b ^ h);
	return fold(h ^ key->k0, key->k1 ^ 0x9e3779b97f4a7c15U);
}

struct mg_hash_key mg_hash_key_of(const unsigned char raw[MG_HASH_KEY_LEN])
{
	char bytes[MG_HASH_KEY_LEN];

	memcpy(bytes, raw, sizeof(bytes));
	return (struct mg_hash_key){ load_word(bytes), load_word(bytes + 8) };
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
