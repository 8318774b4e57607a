/* SPDX-License-Identifier: MIT */
/*
 * seal - signatures that prove that a file is as this host wrote it.
 *
 * Ed25519 by libsodium, in the form that minisign(1) writes and reads: a key
 * file, a public key, a file.minisig. The file itself is signed and not a hash
 * of it (the old form of minisign), so that signify(1) verifies the same. The
 * secret key has no password, since nobody is there to type one; it is root's.
 *
 * Source: https://jedisct1.github.io/minisign/, sections "Signature format",
 * "Public key format", "Secret key format".
 */
#ifndef MAILGUARD_SEAL_H
#define MAILGUARD_SEAL_H

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/slice.h"

#define MG_SEAL_NUMBER_LEN 8
#define MG_SEAL_PUBLIC_LEN 32
#define MG_SEAL_SECRET_LEN 64
#define MG_SEAL_ID_MAX (2 * MG_SEAL_NUMBER_LEN + 1)

/* Bytes of a key or signature file; minisign's have some 300. */
#define MG_SEAL_FILE_MAX 4096

struct mg_seal_public {
	unsigned char number[MG_SEAL_NUMBER_LEN]; /* of the pair, random */
	unsigned char key[MG_SEAL_PUBLIC_LEN];
};

/* To be wiped (mg_seal_wipe) once it is not needed. */
struct mg_seal_secret {
	unsigned char number[MG_SEAL_NUMBER_LEN];
	unsigned char key[MG_SEAL_SECRET_LEN]; /* the public one is its end */
};

/* A new pair. Returns 0, or -MG_EIO where there is no randomness. */
MG_NODISCARD int mg_seal_new(struct mg_seal_secret *out, struct mg_err *err);
void mg_seal_wipe(struct mg_seal_secret *secret);

void mg_seal_public_of(const struct mg_seal_secret *secret,
		       struct mg_seal_public *out);

/* The number of a key as minisign shows it: 16 hexadecimal digits. */
void mg_seal_id(const unsigned char number[MG_SEAL_NUMBER_LEN],
		char out[MG_SEAL_ID_MAX]);

/* The text of a key file. */
void mg_seal_add_secret(struct mg_buf *out,
			const struct mg_seal_secret *secret);
void mg_seal_add_public(struct mg_buf *out, const struct mg_seal_public *key);

/*
 * mg_seal_parse_secret, _public - a key from its file, or (of a public one)
 * from the second line alone, as minisign -P takes it.
 *
 * Returns 0, or -MG_EPARSE: for a secret with a password, too.
 */
MG_NODISCARD int mg_seal_parse_secret(struct mg_slice text,
				      struct mg_seal_secret *out,
				      struct mg_err *err);
MG_NODISCARD int mg_seal_parse_public(struct mg_slice text,
				      struct mg_seal_public *out,
				      struct mg_err *err);

/*
 * mg_seal_sign - append the text of a signature file.
 *
 * bytes     in   of the file
 * comment   in   signed as well, one line of text: which file it is
 *
 * The same input gives the same text.
 */
void mg_seal_sign(const struct mg_seal_secret *secret, struct mg_slice bytes,
		  struct mg_slice comment, struct mg_buf *out);

/*
 * mg_seal_verify - whether a signature file is of these bytes, by this key.
 *
 * comment   out  what was signed with it; points into signature
 *
 * Returns 0; -MG_EFOUND where it is not, saying what does not fit; -MG_EPARSE
 * for what is no signature of this form.
 */
MG_NODISCARD int mg_seal_verify(const struct mg_seal_public *key,
				struct mg_slice bytes,
				struct mg_slice signature,
				struct mg_slice *comment, struct mg_err *err);

#endif
