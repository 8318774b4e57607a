/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mailguard/arena.h"

/* The size of a block inside; around it is where copies could overlap. */
#define BLOCK 65536

static char byte_of(size_t copy, size_t at)
{
	return (char)((copy * 131 + at * 7) & 0xff);
}

/* Copies text that is overwritten and freed at once. */
static struct mg_slice add_copy(struct mg_arena *a, size_t copy, size_t len)
{
	char *text = malloc(len);
	struct mg_slice out;

	assert_non_null(text);
	for (size_t at = 0; at < len; at++)
		text[at] = byte_of(copy, at);
	out = mg_arena_copy(a, mg_slice_of(text, len));
	assert_int_equal(out.len, len);
	assert_ptr_not_equal(out.ptr, text);
	memset(text, 'x', len);
	free(text);
	return out;
}

static void check_copy(struct mg_slice s, size_t copy)
{
	for (size_t at = 0; at < s.len; at++)
		if (s.ptr[at] != byte_of(copy, at))
			fail_msg("copy %zu differs at byte %zu", copy, at);
}

static void test_sizes_around_a_block(void **state)
{
	static const size_t rows[] = {
		1,
		2,
		BLOCK - 3,
		1,
		3,
		BLOCK - 1,
		BLOCK,
		BLOCK + 1,
		1,
		BLOCK / 2,
		BLOCK / 2,
		BLOCK / 2 + 1,
		BLOCK / 2 + 1,
		100,
		10 * BLOCK,
		1,
		100,
		BLOCK - 101,
		BLOCK,
		BLOCK,
	};
	struct mg_slice copies[sizeof(rows) / sizeof(rows[0])];
	struct mg_arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		copies[i] = add_copy(&a, i, rows[i]);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_copy(copies[i], i);
	mg_arena_release(&a);
}

/* Whatever was copied before, in every room that a block may have left. */
static void test_structs_between_texts(void **state)
{
	struct mg_arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < 9000; i++) {
		const size_t size = i % 13 == 0 ? BLOCK + i % 40 : 8 + i % 40;
		const char *text =
			mg_arena_copy_text(&a, mg_slice_of("01234567", i % 9));
		unsigned char *bytes = mg_arena_zalloc(&a, size);

		assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
		for (size_t at = 0; at < size; at++)
			assert_int_equal(bytes[at], 0);
		memset(bytes, 'x', size);
		assert_int_equal(strlen(text), i % 9);
	}
	mg_arena_release(&a);
}

static void test_many_copies(void **state)
{
	static struct mg_slice copies[20000];
	struct mg_arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
		copies[i] = add_copy(&a, i, 1 + i % 97);
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
		check_copy(copies[i], i);
	mg_arena_release(&a);
}

static void test_bytes_pass_unchanged(void **state)
{
	struct mg_arena a = { 0 };
	struct mg_slice s;

	(void)state;
	s = mg_arena_copy(&a, MG_LIT("a\0\xff\n"));
	assert_true(mg_slice_is(s, MG_LIT("a\0\xff\n")));
	mg_arena_release(&a);
}

static void test_empty_text_takes_no_memory(void **state)
{
	struct mg_arena a = { 0 };

	(void)state;
	assert_int_equal(mg_arena_copy(&a, mg_slice_of(NULL, 0)).len, 0);
	assert_int_equal(mg_arena_copy(&a, MG_LIT("")).len, 0);
	assert_null(a.last);
	mg_arena_release(&a);
}

static void test_release_and_reuse(void **state)
{
	struct mg_arena a = { 0 };

	(void)state;
	mg_arena_release(&a);
	for (size_t i = 0; i < 3; i++) {
		const struct mg_slice small = add_copy(&a, i, 10);
		const struct mg_slice large = add_copy(&a, i, 2 * BLOCK);

		check_copy(small, i);
		check_copy(large, i);
		mg_arena_release(&a);
		assert_null(a.last);
		mg_arena_release(&a);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes_around_a_block),
		cmocka_unit_test(test_many_copies),
		cmocka_unit_test(test_structs_between_texts),
		cmocka_unit_test(test_bytes_pass_unchanged),
		cmocka_unit_test(test_empty_text_takes_no_memory),
		cmocka_unit_test(test_release_and_reuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
