/* SPDX-License-Identifier: MIT */
/* Keys and signatures of minisign 0.11, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/seal.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static struct mg_seal_secret secret;
static struct mg_seal_public public;
static struct mg_err err;

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(mg_seal_new(&secret, &err), 0);
	mg_seal_public_of(&secret, &public);
	return 0;
}

static struct mg_buf sign(struct mg_slice bytes, struct mg_slice comment)
{
	struct mg_buf text;

	mg_buf_init(&text, MG_SEAL_FILE_MAX);
	mg_seal_sign(&secret, bytes, comment, &text);
	return text;
}

static void test_what_was_signed_verifies(void **state)
{
	const struct mg_slice bytes[] = { MG_LIT(""), MG_LIT("a"),
					  MG_LIT("a\0b\n") };
	struct mg_slice comment;

	(void)state;
	for (size_t i = 0; i < LENGTH(bytes); i++) {
		struct mg_buf a = sign(bytes[i], MG_LIT("name"));
		struct mg_buf b = sign(bytes[i], MG_LIT("name"));

		assert_string_equal(a.ptr, b.ptr); /* the same each time */
		assert_int_equal(mg_seal_verify(&public, bytes[i],
						mg_buf_slice(&a), &comment,
						&err),
				 0);
		assert_true(mg_slice_is(comment, MG_LIT("name")));
		mg_buf_release(&a);
		mg_buf_release(&b);
	}
}

/* Each byte of the three lines that mean something, changed. */
static void test_a_changed_signature_is_none(void **state)
{
	struct mg_buf text = sign(MG_LIT("bytes"), MG_LIT("name"));
	const char *first = strchr(text.ptr, '\n') + 1;
	struct mg_slice comment;

	(void)state;
	for (size_t i = (size_t)(first - text.ptr); i + 1 < text.len; i++) {
		const char was = text.ptr[i];
		int rc;

		if (was == '\n')
			continue;
		text.ptr[i] = was == 'A' ? 'B' : 'A';
		rc = mg_seal_verify(&public, MG_LIT("bytes"),
				    mg_buf_slice(&text), &comment, &err);
		assert_true(rc == -MG_EFOUND || rc == -MG_EPARSE);
		text.ptr[i] = was;
	}
	assert_int_equal(mg_seal_verify(&public, MG_LIT("byteS"),
					mg_buf_slice(&text), &comment, &err),
			 -MG_EFOUND);
	/* And cut anywhere. */
	for (size_t n = 0; n + 2 < text.len; n++)
		assert_int_not_equal(mg_seal_verify(&public, MG_LIT("bytes"),
						    mg_slice_of(text.ptr, n),
						    &comment, &err),
				     0);
	mg_buf_release(&text);
}

static void test_another_key_is_named(void **state)
{
	struct mg_buf text = sign(MG_LIT("bytes"), MG_LIT("name"));
	struct mg_seal_public other = public;
	struct mg_slice comment;

	(void)state;
	other.number[0] ^= 1;
	assert_int_equal(mg_seal_verify(&other, MG_LIT("bytes"),
					mg_buf_slice(&text), &comment, &err),
			 -MG_EFOUND);
	assert_non_null(strstr(err.text, "and not by key"));
	mg_buf_release(&text);
}

static void test_keys_come_back_from_their_files(void **state)
{
	struct mg_seal_secret back;
	struct mg_seal_public shown;
	struct mg_buf text;
	struct mg_slice rest, line;

	(void)state;
	mg_buf_init(&text, MG_SEAL_FILE_MAX);
	mg_seal_add_secret(&text, &secret);
	assert_int_equal(mg_seal_parse_secret(mg_buf_slice(&text), &back, &err),
			 0);
	assert_memory_equal(&back, &secret, sizeof(back));
	assert_int_equal(mg_seal_parse_public(mg_buf_slice(&text), &shown,
					      &err),
			 -MG_EPARSE);
	/* A byte of the key: the check does not fit. */
	text.ptr[text.len - 60] = text.ptr[text.len - 60] == 'A' ? 'B' : 'A';
	assert_int_equal(mg_seal_parse_secret(mg_buf_slice(&text), &back, &err),
			 -MG_EPARSE);
	mg_buf_clear(&text);
	mg_seal_add_public(&text, &public);
	assert_int_equal(
		mg_seal_parse_public(mg_buf_slice(&text), &shown, &err), 0);
	assert_memory_equal(&shown, &public, sizeof(shown));
	/* The second line alone, too. */
	rest = mg_buf_slice(&text);
	assert_int_equal(mg_slice_cut_line(&rest, &line), 1);
	assert_int_equal(mg_seal_parse_public(rest, &shown, &err), 0);
	assert_int_equal(mg_seal_parse_secret(rest, &back, &err), -MG_EPARSE);
	mg_buf_release(&text);
}

/* Made by minisign 0.11: minisign -G -W, minisign -S -l. */
static void test_minisigns_own_signature_verifies(void **state)
{
	static const char key[] =
		"untrusted comment: minisign public key B9610416781FC6B4\n"
		"RWS0xh94FgRhuedHRVOIFnHh6RnMZ/3E5F3vNvTXr/dz9RH0azGg/xjP\n";
	static const char signature[] =
		"untrusted comment: signature from minisign secret key\n"
		"RWS0xh94FgRhuVQwdw14EKUn4g243qD5+ZAD/YpoSWMxcRkv4wO9BiDhqac7DPCdy/VMbJNk+u1RlypBe8mIzi1DmzvTvsTCVQA=\n"
		"trusted comment: a comment\n"
		"NXDFXtjZ+57M5UPABr2k/4jJoYTBhd6gwNNC9pME8/cdZuaVSeddVqTChh9WgMnbebjeTY3XfV2WBbY0hFHeAg==\n";
	struct mg_seal_public theirs;
	struct mg_slice comment;

	(void)state;
	assert_int_equal(mg_seal_parse_public(mg_slice_str(key), &theirs, &err),
			 0);
	assert_int_equal(mg_seal_verify(&theirs, MG_LIT("hello\n"),
					mg_slice_str(signature), &comment,
					&err),
			 0);
	assert_true(mg_slice_is(comment, MG_LIT("a comment")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_signed_verifies),
		cmocka_unit_test(test_a_changed_signature_is_none),
		cmocka_unit_test(test_another_key_is_named),
		cmocka_unit_test(test_keys_come_back_from_their_files),
		cmocka_unit_test(test_minisigns_own_signature_verifies),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
