/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/scan.h"

#define BLOCK 4096

static const enum mg_scan ways[] = { MG_SCAN_BEST, MG_SCAN_PLAIN, MG_SCAN_SSE2,
				     MG_SCAN_AVX2 };

/* The same numbers in each run: every test must be able to fail again. */
static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525U + 1013904223U;
	return *state >> 16;
}

static void check_block(struct mg_slice block)
{
	static uint32_t want[BLOCK + 64], got[BLOCK + 64];
	size_t n = 0;

	for (size_t i = 0; i < block.len; i++)
		if (block.ptr[i] == '\n')
			want[n++] = (uint32_t)i;
	for (size_t w = 0; w < sizeof(ways) / sizeof(*ways); w++) {
		assert_int_equal(mg_scan_newlines(ways[w], block, got), n);
		assert_memory_equal(got, want, n * sizeof(*want));
	}
}

static void test_newlines(void **state)
{
	char block[BLOCK];
	uint32_t seed = 1;

	(void)state;
	check_block(mg_slice_of(NULL, 0));
	/* From a newline in every byte to nearly none, at each length. */
	for (uint32_t share = 1; share <= 256; share *= 4)
		for (size_t len = 0; len < 260; len++) {
			for (size_t i = 0; i < len; i++)
				block[i] = next(&seed) % share ? 'x' : '\n';
			check_block(mg_slice_of(block, len));
		}
	memset(block, '\n', sizeof(block));
	check_block(mg_slice_of(block, sizeof(block)));
	check_block(mg_slice_of(block + 1, sizeof(block) - 3));
	memset(block, '\n' | 0x80, sizeof(block));
	check_block(mg_slice_of(block, sizeof(block)));
}

static size_t first_of(struct mg_slice s, char a, char b, char c)
{
	size_t i = 0;

	while (i < s.len && s.ptr[i] != a && s.ptr[i] != b && s.ptr[i] != c)
		i++;
	return i;
}

static void test_any(void **state)
{
	char block[100];
	uint32_t seed = 2;

	(void)state;
	assert_int_equal(mg_scan_any(mg_slice_of(NULL, 0), 'a', 'b', 'c'), 0);
	for (size_t len = 0; len < sizeof(block); len++)
		for (int round = 0; round < 50; round++) {
			struct mg_slice s = mg_slice_of(block, len);

			for (size_t i = 0; i < len; i++)
				block[i] = (char)(next(&seed) % 40 + 'A');
			assert_int_equal(mg_scan_any(s, 'A', 'b', '\\'),
					 first_of(s, 'A', 'b', '\\'));
			assert_int_equal(mg_scan_any(s, 'C', 'C', 'C'),
					 first_of(s, 'C', 'C', 'C'));
		}
}

static void check_marks_of(enum mg_scan how, struct mg_slice s)
{
	uint64_t blanks[MG_SCAN_WORDS(200)], hiding[MG_SCAN_WORDS(200)];

	memset(blanks, 0x55, sizeof(blanks));
	memset(hiding, 0x55, sizeof(hiding));
	mg_scan_marks(how, s, blanks, hiding);
	for (size_t i = 0; i <= s.len; i++) {
		const struct mg_slice rest = mg_slice_from(s, i);

		assert_int_equal(mg_scan_next(blanks, i),
				 i + first_of(rest, ' ', ' ', ' '));
		assert_int_equal(mg_scan_next(hiding, i),
				 i + first_of(rest, '"', '\\', '"'));
	}
}

static void check_marks(struct mg_slice s)
{
	for (unsigned how = MG_SCAN_BEST; how <= MG_SCAN_AVX2; how++)
		check_marks_of((enum mg_scan)how, s);
}

static void test_marks(void **state)
{
	static const char bytes[] = " \"\\abcdefg\xa0\xa2\xdc\x80\0\n";
	char block[200];
	uint32_t seed = 3;

	(void)state;
	check_marks(mg_slice_of(block, 0));
	/* In memory of its own, so that nothing behind its end is read. */
	for (size_t len = 1; len < sizeof(block); len++)
		for (int round = 0; round < 20; round++) {
			char *text = malloc(len);

			assert_non_null(text);
			for (size_t i = 0; i < len; i++)
				text[i] = bytes[next(&seed) % sizeof(bytes)];
			check_marks(mg_slice_of(text, len));
			free(text);
		}
}

static void test_alnum(void **state)
{
	char block[16];

	(void)state;
	for (int c = 0; c < 256; c++)
		for (unsigned at = 0; at < 16; at++) {
			const unsigned is = (c >= '0' && c <= '9') ||
					    (c >= 'A' && c <= 'Z') ||
					    (c >= 'a' && c <= 'z');

			memset(block, '-', sizeof(block));
			block[at] = (char)c;
			assert_int_equal(mg_scan_alnum16(block), is << at);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newlines),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_alnum),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
