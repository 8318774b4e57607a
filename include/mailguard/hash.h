/* SPDX-License-Identifier: MIT */
/*
 * hash - a keyed hash for tables and fingerprints of names that strangers
 * choose: without the key nobody can aim two names at one slot.
 */
#ifndef MAILGUARD_HASH_H
#define MAILGUARD_HASH_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mailguard/err.h"
#include "mailguard/slice.h"

#define MG_HASH_KEY_LEN 16 /* bytes */

struct mg_hash_key {
	uint64_t k0, k1;
};

/*
 * mg_hash - SipHash-2-4 of a slice.
 *
 * Source: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF",
 * 2012; the test vectors of appendix A are in the unit test.
 */
uint64_t mg_hash(const struct mg_hash_key *key, struct mg_slice s);

/* Eight bytes as a word, little-endian whatever the machine is. */
static inline uint64_t mg_hash_word(const char *p)
{
	uint64_t m;

	memcpy(&m, p, sizeof(m));
	return le64toh(m);
}

/* The same of n bytes, fewer than 8, with zeros behind them. */
static inline uint64_t mg_hash_tail(const char *p, size_t n)
{
	uint32_t low, high;

	if (n < 4)
		return n == 0 ? 0
			      : (uint64_t)(unsigned char)p[0] |
					(uint64_t)(unsigned char)p[n / 2]
						<< (8 * (n / 2)) |
					(uint64_t)(unsigned char)p[n - 1]
						<< (8 * (n - 1));
	/* Two halves that may overlap. */
	memcpy(&low, p, sizeof(low));
	memcpy(&high, p + n - 4, sizeof(high));
	return le32toh(low) | (uint64_t)le32toh(high) << (8 * (n - 4));
}

__extension__ typedef unsigned __int128 mg_hash_wide;

/* The product of two words, folded into one. */
static inline uint64_t mg_hash_fold(uint64_t a, uint64_t b)
{
	const mg_hash_wide product = (mg_hash_wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* 2^64 divided by the golden ratio: no pattern in common with what is hashed. */
#define MG_HASH_ODD 0x9e3779b97f4a7c15U

/*
 * mg_hash_quick - a keyed hash for tables in memory, far quicker.
 *
 * Products of 64 by 64 bits, folded; without the key no two names can be aimed
 * at one slot. No proof like SipHash's stands behind it, so it is never stored
 * or shown, and its key is one of this run only. Here because each line asks
 * for several.
 */
static inline uint64_t mg_hash_quick(const struct mg_hash_key *key,
				     struct mg_slice s)
{
	uint64_t h = key->k0 ^ (s.len * MG_HASH_ODD), a, b = 0;
	const char *p = s.ptr;
	size_t n = s.len;

	for (; n > 16; p += 16, n -= 16)
		h = mg_hash_fold(mg_hash_word(p) ^ key->k1,
				 mg_hash_word(p + 8) ^ h);
	/* The last up to 16 bytes as two words that may overlap. */
	if (n >= 8) {
		a = mg_hash_word(p);
		b = mg_hash_word(p + n - 8);
	} else {
		a = mg_hash_tail(p, n);
	}
	h = mg_hash_fold(a ^ key->k1, b ^ h);
	return mg_hash_fold(h ^ key->k0, key->k1 ^ MG_HASH_ODD);
}

/* The key from its 16 bytes, little-endian as in the paper. */
struct mg_hash_key mg_hash_key_of(const unsigned char raw[MG_HASH_KEY_LEN]);

/*
 * mg_hash_key_random - a fresh key from the kernel (getrandom(2)).
 *
 * raw   out   MG_HASH_KEY_LEN bytes; filled on success only
 *
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_hash_key_random(unsigned char raw[MG_HASH_KEY_LEN],
				    struct mg_err *err);

#endif
