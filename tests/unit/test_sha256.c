/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/sha256.h"

static void check(const struct mg_sha256 *h, const char *wanted)
{
	struct mg_sha256 copy = *h;
	unsigned char digest[MG_SHA256_LEN];
	char text[MG_SHA256_TEXT_MAX];

	mg_sha256_end(&copy, digest);
	mg_sha256_format(digest, MG_SHA256_LEN, text);
	assert_string_equal(text, wanted);
}

static void test_vectors(void **state)
{
	/* FIPS 180-4 examples, and the empty text. */
	static const struct {
		const char *text, *digest;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		      "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
			 "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039"
		  "a33ce45964ff2167f6ecedd419db06c1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mg_sha256 h;

		mg_sha256_init(&h);
		mg_sha256_add(&h, mg_slice_str(rows[i].text));
		check(&h, rows[i].digest);
	}
}

static void test_a_million_letters_in_any_pieces(void **state)
{
	static char text[1000000];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t piece = 1; piece < 200; piece += 31) {
		struct mg_slice rest = mg_slice_of(text, sizeof(text));
		struct mg_sha256 h;

		mg_sha256_init(&h);
		while (rest.len) {
			const size_t n = rest.len < piece ? rest.len : piece;

			mg_sha256_add(&h, mg_slice_of(rest.ptr, n));
			rest = mg_slice_from(rest, n);
		}
		check(&h, "cdc76e5c9914fb9281a1c7e284d73e67"
			  "f1809a48a497200e046d39ccc7112cd0");
	}
}

static void digest_of(const char *a, const char *b, char *out)
{
	unsigned char digest[MG_SHA256_LEN];
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add_text(&h, mg_slice_str(a));
	mg_sha256_add_text(&h, mg_slice_str(b));
	mg_sha256_add_number(&h, -1);
	mg_sha256_end(&h, digest);
	mg_sha256_format(digest, 8, out);
}

static void test_fields_do_not_run_together(void **state)
{
	char one[17], other[17];

	(void)state;
	digest_of("ab", "c", one);
	digest_of("a", "bc", other);
	assert_int_equal(strlen(one), 16);
	assert_string_not_equal(one, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_a_million_letters_in_any_pieces),
		cmocka_unit_test(test_fields_do_not_run_together),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
