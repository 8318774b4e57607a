/* SPDX-License-Identifier: MIT */
/*
 * sha256 - a fingerprint that nobody can find a second text for: of policies,
 * and of the rows of the ledger.
 *
 *     mg_sha256_init(&h);
 *     mg_sha256_add(&h, text); ...
 *     mg_sha256_end(&h, digest);
 */
#ifndef MAILGUARD_SHA256_H
#define MAILGUARD_SHA256_H

#include <stdint.h>

#include "mailguard/slice.h"

#define MG_SHA256_LEN 32                           /* bytes */
#define MG_SHA256_TEXT_MAX (2 * MG_SHA256_LEN + 1) /* in hexadecimal, 0 too */

struct mg_sha256 {
	uint32_t state[8];
	uint64_t n_bytes;
	unsigned char block[64]; /* n_bytes % 64 of it are waiting */
};

/*
 * Source: FIPS 180-4, sections 5 and 6.2; the vectors of its examples are in
 * the unit test.
 */
void mg_sha256_init(struct mg_sha256 *h);
void mg_sha256_add(struct mg_sha256 *h, struct mg_slice s);
void mg_sha256_end(struct mg_sha256 *h, unsigned char out[MG_SHA256_LEN]);

/*
 * Fields of a record: a text after its length, a number as eight bytes, so that
 * no two records give the same bytes.
 */
void mg_sha256_add_text(struct mg_sha256 *h, struct mg_slice s);
void mg_sha256_add_number(struct mg_sha256 *h, int64_t n);

/* The first n bytes of a digest as 2 * n digits, and a terminator. */
void mg_sha256_format(const unsigned char digest[MG_SHA256_LEN], size_t n,
		      char *out);

#endif
