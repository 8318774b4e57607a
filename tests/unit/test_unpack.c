/* SPDX-License-Identifier: MIT */
/* Compressed files: whole, in parts, damaged, made to harm. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/unpack.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define PLAIN_BYTES 2000000

static const struct {
	const char *program;
	enum mg_pack pack;
	size_t block; /* that are unpacked as one */
} packers[] = {
	{ "gzip -1", MG_PACK_GZIP, 65536 },
	{ "bzip2", MG_PACK_BZIP2, 950000 },
	{ "xz -0", MG_PACK_XZ, 400000 },
	{ "zstd -q", MG_PACK_ZSTD, 400000 },
};

static char *plain, *got;
static char dir[64];
static struct mg_err err;

static int begin(void **state)
{
	uint32_t random = 1;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/mailguard-unpack-XXXXXX");
	assert_non_null(mkdtemp(dir));
	plain = malloc(PLAIN_BYTES);
	got = malloc(3 * PLAIN_BYTES);
	assert_non_null(plain);
	assert_non_null(got);
	/* Half noise, half text, so that all of it takes some room. */
	for (size_t i = 0; i < PLAIN_BYTES; i++) {
		random = random * 1664525 + 1013904223;
		plain[i] = (char)(i % 64 < 32 ? random >> 24 : 'a' + i % 26);
	}
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	free(plain);
	free(got);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

/* An open file of its own that holds len bytes of plain, packed. */
static int packed_with(const char *program, size_t len)
{
	char command[512], store[128], path[128];
	FILE *pipe;
	int fd;

	(void)snprintf(store, sizeof(store), "%s/%.2s-%zu", dir, program, len);
	(void)snprintf(path, sizeof(path), "%s/packed", dir);
	if (access(store, F_OK) < 0) {
		(void)snprintf(command, sizeof(command), "%s -c >%s", program,
			       store);
		pipe = popen(command, "w");
		assert_non_null(pipe);
		assert_int_equal(fwrite(plain, 1, len, pipe), len);
		assert_int_equal(pclose(pipe), 0);
	}
	(void)snprintf(command, sizeof(command), "cp %s %s", store, path);
	assert_int_equal(system(command), 0);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	return fd;
}

static off_t size_of(int fd)
{
	return lseek(fd, 0, SEEK_END);
}

/* Everything of a file into got, in pieces of at most n; its length in out. */
static int64_t unpack(int fd, enum mg_pack pack, size_t n, size_t *out)
{
	struct mg_unpack *u = NULL;
	int64_t rc;
	int number;

	*out = 0;
	assert_int_equal(mg_unpack_new(&u, pack, fd, &err), 0);
	while ((rc = mg_unpack_read(u, got + *out, n, &err)) > 0)
		*out += (size_t)rc;
	number = errno;
	assert_true(mg_unpack_at(u) <= size_of(fd));
	/* And so it stays. */
	assert_int_equal(mg_unpack_read(u, got, n, &err), rc);
	mg_unpack_free(u);
	errno = number;
	return rc;
}

static void test_whole(void **state)
{
	static const size_t lengths[] = { 0, 1, 65536, PLAIN_BYTES };
	static const size_t pieces[] = { 7919, 262144, PLAIN_BYTES };

	(void)state;
	for (size_t i = 0; i < LENGTH(packers) * LENGTH(lengths); i++) {
		const size_t len = lengths[i % LENGTH(lengths)];
		const size_t p = i / LENGTH(lengths);
		int fd = packed_with(packers[p].program, len);
		char head[MG_PACK_HEAD];

		assert_int_equal(pread(fd, head, sizeof(head), 0),
				 sizeof(head));
		assert_int_equal(mg_pack_of(mg_slice_of(head, sizeof(head))),
				 packers[p].pack);
		for (size_t j = 0; j < LENGTH(pieces); j++) {
			size_t n;

			assert_int_equal(
				unpack(fd, packers[p].pack, pieces[j], &n), 0);
			assert_int_equal(n, len);
			assert_memory_equal(got, plain, len);
		}
		assert_int_equal(close(fd), 0);
	}
}

/* All of these formats may be put one behind the other. */
static void test_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(packers); i++) {
		int fd = packed_with(packers[i].program, PLAIN_BYTES);
		const off_t size = size_of(fd);
		char *bytes = malloc((size_t)size);
		size_t n;

		assert_non_null(bytes);
		assert_int_equal(pread(fd, bytes, (size_t)size, 0), size);
		assert_int_equal(pwrite(fd, bytes, (size_t)size, size), size);
		free(bytes);
		assert_int_equal(unpack(fd, packers[i].pack, 262144, &n), 0);
		assert_int_equal(n, 2 * PLAIN_BYTES);
		assert_memory_equal(got, plain, PLAIN_BYTES);
		assert_memory_equal(got + PLAIN_BYTES, plain, PLAIN_BYTES);
		assert_int_equal(close(fd), 0);
	}
}

/* What comes before the end of a file that was cut is right. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(packers); i++) {
		static const int parts[] = { 3, 100, 500, 900, 999 };

		for (size_t j = 0; j < LENGTH(parts); j++) {
			int fd = packed_with(packers[i].program, PLAIN_BYTES);
			const off_t size = size_of(fd) * parts[j] / 1000;
			size_t n;

			assert_int_equal(ftruncate(fd, size), 0);
			errno = 0;
			assert_int_equal(unpack(fd, packers[i].pack, 100000,
						&n),
					 -MG_EPARSE);
			assert_int_equal(errno, ENODATA);
			assert_string_equal(err.text,
					    "the compressed data end early");
			assert_memory_equal(got, plain, n);
			assert_true((double)n + (double)packers[i].block >
				    PLAIN_BYTES * (parts[j] / 1000.0));
			assert_int_equal(close(fd), 0);
		}
	}
}

/* One bit anywhere is noticed: by the code, or by a checksum at the end. */
static void test_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(packers) * 8; i++) {
		const size_t p = i / 8;
		int fd = packed_with(packers[p].program, PLAIN_BYTES);
		/* Not in the header, whose name, time and system say nothing. */
		const off_t at = 20 + (size_of(fd) - 40) * (off_t)(i % 8) / 7;
		char byte;
		size_t n;

		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 0x10;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		assert_int_equal(unpack(fd, packers[p].pack, 262144, &n),
				 -MG_EPARSE);
		assert_int_equal(close(fd), 0);
	}
}

static void test_garbage_behind_gzip(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int rc;
	} rows[] = {
		{ "\0\0\0\0\0\0\0\0", 8, 0 }, /* of a tape */
		{ "garbage", 7, -MG_EPARSE },
		{ "\x1f", 1, -MG_EPARSE },
		{ "\0\0\x1f\x8b\x08", 5, -MG_EPARSE },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int fd = packed_with("gzip", 1000);
		size_t n;

		assert_int_equal(pwrite(fd, rows[i].bytes, rows[i].len,
					size_of(fd)),
				 (ssize_t)rows[i].len);
		assert_int_equal(unpack(fd, MG_PACK_GZIP, 64, &n), rows[i].rc);
		assert_int_equal(n, 1000);
		assert_memory_equal(got, plain, n);
		assert_int_equal(close(fd), 0);
	}
}

static void test_no_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(packers); i++) {
		struct mg_unpack *u = NULL;
		char byte;

		assert_int_equal(mg_unpack_new(&u, packers[i].pack, -1, &err),
				 0);
		assert_int_equal(mg_unpack_read(u, &byte, 1, &err), -MG_EIO);
		assert_int_equal(errno, EBADF);
		mg_unpack_free(u);
	}
	mg_unpack_free(NULL);
}

static void test_what_is_not_packed(void **state)
{
	(void)state;
	assert_int_equal(mg_pack_of(MG_LIT("")), MG_PACK_NONE);
	assert_int_equal(mg_pack_of(MG_LIT("\x1f")), MG_PACK_NONE);
	assert_int_equal(mg_pack_of(MG_LIT("2026-11-22")), MG_PACK_NONE);
	assert_int_equal(mg_pack_of(MG_LIT("\x1f\x8b")), MG_PACK_GZIP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_garbage_behind_gzip),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_what_is_not_packed),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
