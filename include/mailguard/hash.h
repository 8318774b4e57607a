/* SPDX-License-Identifier: MIT */
/*
 * hash - a keyed hash for tables and fingerprints of names that strangers
 * choose: without the key nobody can aim two names at one slot.
 */
#ifndef MAILGUARD_HASH_H
#define MAILGUARD_HASH_H

#include <stdint.h>

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

/*
 * mg_hash_quick - a keyed hash for tables in memory, far quicker.
 *
 * Products of 64 by 64 bits, folded; without the key no two names can be aimed
 * at one slot. No proof like SipHash's stands behind it, so it is never stored
 * or shown, and its key is one of this run only.
 */
uint64_t mg_hash_quick(const struct mg_hash_key *key, struct mg_slice s);

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
