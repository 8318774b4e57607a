/* SPDX-License-Identifier: MIT */
#include "mailguard/sha256.h"

#include <endian.h>

#define BLOCK 64

/* The first 32 bits of the fractional parts of the cube roots of the first 64
   primes (FIPS 180-4 section 4.2.2). */
static const uint32_t k[BLOCK] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotr(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

/* The message schedule (section 6.2.2, step 1). */
static void expand(const unsigned char *block, uint32_t w[BLOCK])
{
	for (size_t i = 0; i < 16; i++) {
		memcpy(&w[i], block + 4 * i, sizeof(w[i]));
		w[i] = be32toh(w[i]);
	}
	for (size_t i = 16; i < BLOCK; i++) {
		const uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] +
		       (rotr(a, 7) ^ rotr(a, 18) ^ a >> 3) +
		       (rotr(b, 17) ^ rotr(b, 19) ^ b >> 10);
	}
}

static void take_block(uint32_t state[8], const unsigned char *block)
{
	uint32_t w[BLOCK], v[8];

	expand(block, w);
	memcpy(v, state, sizeof(v));
	for (size_t i = 0; i < BLOCK; i++) {
		const uint32_t big1 = rotr(v[4], 6) ^ rotr(v[4], 11) ^
				      rotr(v[4], 25);
		const uint32_t big0 = rotr(v[0], 2) ^ rotr(v[0], 13) ^
				      rotr(v[0], 22);
		const uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
		const uint32_t most = (v[0] & v[1]) ^ (v[0] & v[2]) ^
				      (v[1] & v[2]);
		const uint32_t t = v[7] + big1 + choose + k[i] + w[i];

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += t;
		v[0] = t + big0 + most;
	}
	for (size_t i = 0; i < 8; i++)
		state[i] += v[i];
}

void mg_sha256_init(struct mg_sha256 *h)
{
	/* Likewise, of the square roots of the first 8 primes. */
	*h = (struct mg_sha256){ .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372,
					    0xa54ff53a, 0x510e527f, 0x9b05688c,
					    0x1f83d9ab, 0x5be0cd19 } };
}

void mg_sha256_add(struct mg_sha256 *h, struct mg_slice s)
{
	while (s.len) {
		const size_t at = h->n_bytes % BLOCK;
		const size_t n = s.len < BLOCK - at ? s.len : BLOCK - at;

		memcpy(h->block + at, s.ptr, n);
		h->n_bytes += n;
		s = mg_slice_from(s, n);
		if (at + n == BLOCK)
			take_block(h->state, h->block);
	}
}

void mg_sha256_end(struct mg_sha256 *h, unsigned char out[MG_SHA256_LEN])
{
	static const char pad[BLOCK] = { (char)0x80 };
	const uint64_t n_bits = htobe64(h->n_bytes * 8);
	const size_t at = h->n_bytes % BLOCK;

	/* One bit, zeros up to the last eight bytes of a block, the length. */
	mg_sha256_add(h, mg_slice_of(pad, at < 56 ? 56 - at : 120 - at));
	mg_sha256_add(h, mg_slice_of((const char *)&n_bits, sizeof(n_bits)));
	for (size_t i = 0; i < 8; i++) {
		const uint32_t word = htobe32(h->state[i]);

		memcpy(out + 4 * i, &word, sizeof(word));
	}
}

void mg_sha256_add_number(struct mg_sha256 *h, int64_t n)
{
	const uint64_t big = htobe64((uint64_t)n);

	mg_sha256_add(h, mg_slice_of((const char *)&big, sizeof(big)));
}

void mg_sha256_add_text(struct mg_sha256 *h, struct mg_slice s)
{
	mg_sha256_add_number(h, (int64_t)s.len);
	mg_sha256_add(h, s);
}

void mg_sha256_format(const unsigned char digest[MG_SHA256_LEN], size_t n,
		      char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[digest[i] >> 4];
		*out++ = digits[digest[i] & 15];
	}
	*out = '\0';
}
