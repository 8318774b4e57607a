/* SPDX-License-Identifier: MIT */
#include "mailguard/seal.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

_Static_assert(MG_SEAL_PUBLIC_LEN == crypto_sign_PUBLICKEYBYTES, "Ed25519");
_Static_assert(MG_SEAL_SECRET_LEN == crypto_sign_SECRETKEYBYTES, "Ed25519");

#define BASE64 sodium_base64_VARIANT_ORIGINAL
#define BASE64_MAX 512 /* characters of the longest line, and some */
#define CHECK_LEN 32   /* BLAKE2b of a secret key */

static const unsigned char algorithm[2] = { 'E', 'd' };

/* What the files hold, byte by byte; there is no padding between bytes. */
struct public_file {
	unsigned char algorithm[2];
	unsigned char number[MG_SEAL_NUMBER_LEN];
	unsigned char key[MG_SEAL_PUBLIC_LEN];
};

struct secret_file {
	unsigned char algorithm[2];
	unsigned char derivation[2]; /* zeros: no password */
	unsigned char check_algorithm[2];
	unsigned char salt[32], limits[16]; /* of a password; zeros */
	unsigned char number[MG_SEAL_NUMBER_LEN];
	unsigned char key[MG_SEAL_SECRET_LEN];
	unsigned char check[CHECK_LEN]; /* of algorithm, number and key */
};

struct signature_file {
	unsigned char algorithm[2];
	unsigned char number[MG_SEAL_NUMBER_LEN];
	unsigned char signature[crypto_sign_BYTES];
};

_Static_assert(sizeof(struct public_file) == 42, "no padding");
_Static_assert(sizeof(struct secret_file) == 158, "no padding");
_Static_assert(sizeof(struct signature_file) == 74, "no padding");

int mg_seal_new(struct mg_seal_secret *out, struct mg_err *err)
{
	unsigned char public[MG_SEAL_PUBLIC_LEN];

	if (sodium_init() < 0 || crypto_sign_keypair(public, out->key) != 0)
		return mg_fail(err, MG_EIO, "cannot make a key");
	randombytes_buf(out->number, sizeof(out->number));
	return 0;
}

void mg_seal_wipe(struct mg_seal_secret *secret)
{
	sodium_memzero(secret, sizeof(*secret));
}

void mg_seal_public_of(const struct mg_seal_secret *secret,
		       struct mg_seal_public *out)
{
	memcpy(out->number, secret->number, sizeof(out->number));
	(void)crypto_sign_ed25519_sk_to_pk(out->key, secret->key);
}

/* Little-endian, so the last byte comes first. */
void mg_seal_id(const unsigned char number[MG_SEAL_NUMBER_LEN],
		char out[MG_SEAL_ID_MAX])
{
	for (size_t i = 0; i < MG_SEAL_NUMBER_LEN; i++)
		(void)snprintf(out + 2 * i, 3, "%02X",
			       number[MG_SEAL_NUMBER_LEN - 1 - i]);
}

static void add_base64(struct mg_buf *out, const void *bytes, size_t len)
{
	char text[BASE64_MAX];

	mg_buf_add_str(out, sodium_bin2base64(text, sizeof(text), bytes, len,
					      BASE64));
	mg_buf_add_char(out, '\n');
	sodium_memzero(text, sizeof(text));
}

/* A line of exactly so many bytes. */
static bool parse_base64(struct mg_slice line, void *out, size_t len)
{
	const char *end;
	size_t got;

	return line.len < BASE64_MAX &&
	       sodium_base642bin(out, len, line.ptr, line.len, NULL, &got, &end,
				 BASE64) == 0 &&
	       got == len && end == line.ptr + line.len;
}

static void check_of(const struct secret_file *f, unsigned char out[CHECK_LEN])
{
	crypto_generichash_state h;

	(void)crypto_generichash_init(&h, NULL, 0, CHECK_LEN);
	(void)crypto_generichash_update(&h, f->algorithm, sizeof(f->algorithm));
	(void)crypto_generichash_update(&h, f->number, sizeof(f->number));
	(void)crypto_generichash_update(&h, f->key, sizeof(f->key));
	(void)crypto_generichash_final(&h, out, CHECK_LEN);
}

void mg_seal_add_secret(struct mg_buf *out, const struct mg_seal_secret *secret)
{
	struct secret_file f = { .check_algorithm = { 'B', '2' } };

	memcpy(f.algorithm, algorithm, sizeof(f.algorithm));
	memcpy(f.number, secret->number, sizeof(f.number));
	memcpy(f.key, secret->key, sizeof(f.key));
	check_of(&f, f.check);
	mg_buf_add_str(out, "untrusted comment: minisign secret key, of "
			    "mailguard; without a password\n");
	add_base64(out, &f, sizeof(f));
	sodium_memzero(&f, sizeof(f));
}

void mg_seal_add_public(struct mg_buf *out, const struct mg_seal_public *key)
{
	struct public_file f;
	char id[MG_SEAL_ID_MAX];

	memcpy(f.algorithm, algorithm, sizeof(f.algorithm));
	memcpy(f.number, key->number, sizeof(f.number));
	memcpy(f.key, key->key, sizeof(f.key));
	mg_seal_id(key->number, id);
	mg_buf_add_fmt(out, "untrusted comment: minisign public key %s\n", id);
	add_base64(out, &f, sizeof(f));
}

/* The line behind the comment; of a text without one, the first. */
static struct mg_slice second_line(struct mg_slice *text)
{
	struct mg_slice line = { "", 0 };

	if (mg_slice_cut_line(text, &line) &&
	    mg_slice_has_prefix(line, MG_LIT("untrusted comment:")))
		(void)mg_slice_cut_line(text, &line);
	return mg_slice_trim(line);
}

int mg_seal_parse_secret(struct mg_slice text, struct mg_seal_secret *out,
			 struct mg_err *err)
{
	static const unsigned char none[2];
	unsigned char check[CHECK_LEN];
	struct secret_file f;
	int rc = 0;

	if (!parse_base64(second_line(&text), &f, sizeof(f)) ||
	    memcmp(f.algorithm, algorithm, sizeof(algorithm)) != 0) {
		rc = mg_fail(err, MG_EPARSE, "this is no secret key");
	} else if (memcmp(f.derivation, none, sizeof(none)) != 0) {
		rc = mg_fail(err, MG_EPARSE, "the secret key has a password");
	} else {
		check_of(&f, check);
		if (sodium_memcmp(check, f.check, sizeof(check)) != 0)
			rc = mg_fail(err, MG_EPARSE, "the secret key is torn");
	}
	if (rc == 0) {
		memcpy(out->number, f.number, sizeof(out->number));
		memcpy(out->key, f.key, sizeof(out->key));
	}
	sodium_memzero(&f, sizeof(f));
	return rc;
}

int mg_seal_parse_public(struct mg_slice text, struct mg_seal_public *out,
			 struct mg_err *err)
{
	struct public_file f;

	if (!parse_base64(second_line(&text), &f, sizeof(f)) ||
	    memcmp(f.algorithm, algorithm, sizeof(algorithm)) != 0)
		return mg_fail(err, MG_EPARSE, "this is no public key");
	memcpy(out->number, f.number, sizeof(out->number));
	memcpy(out->key, f.key, sizeof(out->key));
	return 0;
}

/* What the second signature is over: the first, and the comment. */
static void add_whole(struct mg_buf *out,
		      const unsigned char signature[crypto_sign_BYTES],
		      struct mg_slice comment)
{
	mg_buf_init(out, crypto_sign_BYTES + MG_SEAL_FILE_MAX);
	mg_buf_add(out,
		   mg_slice_of((const char *)signature, crypto_sign_BYTES));
	mg_buf_add(out, comment);
}

void mg_seal_sign(const struct mg_seal_secret *secret, struct mg_slice bytes,
		  struct mg_slice comment, struct mg_buf *out)
{
	unsigned char whole[crypto_sign_BYTES];
	struct signature_file f;
	struct mg_buf text;

	memcpy(f.algorithm, algorithm, sizeof(f.algorithm));
	memcpy(f.number, secret->number, sizeof(f.number));
	(void)crypto_sign_detached(f.signature, NULL,
				   (const unsigned char *)bytes.ptr, bytes.len,
				   secret->key);
	add_whole(&text, f.signature, comment);
	(void)crypto_sign_detached(whole, NULL, (unsigned char *)text.ptr,
				   text.len, secret->key);
	mg_buf_release(&text);
	mg_buf_add_str(out, "untrusted comment: signature of mailguard\n");
	add_base64(out, &f, sizeof(f));
	mg_buf_add_str(out, "trusted comment: ");
	mg_buf_add(out, comment);
	mg_buf_add_char(out, '\n');
	add_base64(out, whole, sizeof(whole));
}

static bool is_signed(const struct mg_seal_public *key, struct mg_slice bytes,
		      const unsigned char signature[crypto_sign_BYTES])
{
	return crypto_sign_verify_detached(signature,
					   (const unsigned char *)bytes.ptr,
					   bytes.len, key->key) == 0;
}

static bool is_whole(const struct mg_seal_public *key,
		     const struct signature_file *f, struct mg_slice comment,
		     const unsigned char whole[crypto_sign_BYTES])
{
	struct mg_buf text;
	bool ok;

	add_whole(&text, f->signature, comment);
	ok = !text.truncated && is_signed(key, mg_buf_slice(&text), whole);
	mg_buf_release(&text);
	return ok;
}

int mg_seal_verify(const struct mg_seal_public *key, struct mg_slice bytes,
		   struct mg_slice signature, struct mg_slice *comment,
		   struct mg_err *err)
{
	unsigned char whole[crypto_sign_BYTES];
	struct mg_slice line, last = { "", 0 };
	struct signature_file f;
	char ours[MG_SEAL_ID_MAX], theirs[MG_SEAL_ID_MAX];

	if (!parse_base64(second_line(&signature), &f, sizeof(f)) ||
	    memcmp(f.algorithm, algorithm, sizeof(algorithm)) != 0 ||
	    !mg_slice_cut_line(&signature, &line) ||
	    !mg_slice_cut_lit(&line, MG_LIT("trusted comment: ")) ||
	    !mg_slice_cut_line(&signature, &last) ||
	    !parse_base64(last, whole, sizeof(whole)))
		return mg_fail(err, MG_EPARSE,
			       "this is no signature of this form");
	mg_seal_id(key->number, ours);
	mg_seal_id(f.number, theirs);
	if (memcmp(f.number, key->number, sizeof(f.number)) != 0)
		return mg_fail(err, MG_EFOUND,
			       "it is signed by key %s and not by key %s",
			       theirs, ours);
	if (!is_signed(key, bytes, f.signature) ||
	    !is_whole(key, &f, line, whole))
		return mg_fail(err, MG_EFOUND,
			       "it is not as it was signed by key %s", ours);
	*comment = line;
	return 0;
}
