/* SPDX-License-Identifier: MIT */
/* Logs that are appended to, replaced, truncated, copied. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/follow.h"

static struct mg_store *store;
static struct mg_source source;
static struct mg_hash_key key;
static struct mg_err err;
static char dir[64];

static int begin(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/mailguard-follow-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mg_store_open(&store, NULL, MG_STORE_SCRATCH, &err),
			 0);
	assert_int_equal(mg_store_source(store, MG_LIT("test"), &source, &err),
			 0);
	key = mg_store_key(store);
	return 0;
}

static int end(void **state)
{
	(void)state;
	mg_store_close(store);
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

/* An open file without a name, so that no two of a test share an inode. */
static int new_file(void)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/log-XXXXXX", dir);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	return fd;
}

/* n lines of 20 bytes; tag tells one log from another. */
static void append(int fd, char tag, int n)
{
	for (int i = 0; i < n; i++) {
		char line[32];

		(void)snprintf(line, sizeof(line), "%c line number %05d\n", tag,
			       (int)(lseek(fd, 0, SEEK_END) / 20));
		assert_int_equal(write(fd, line, strlen(line)), 20);
	}
}

static void copy(int from, int to, int64_t n)
{
	for (int64_t at = 0; at < n; at++) {
		char c;

		assert_int_equal(pread(from, &c, 1, at), 1);
		assert_int_equal(pwrite(to, &c, 1, at), 1);
	}
}

/* What was found; id and offset are 0 for a log that is new. */
struct found {
	struct mg_cursor cursor;
	enum mg_match match;
};

static struct found find(int fd)
{
	struct mg_file_info info = { .dev = 1, .ino = 2 };
	struct found f = { .match = MG_MATCH_NONE };
	int rc;

	info.size_bytes = mg_file_size(fd, &err);
	rc = mg_follow_find(fd, &info, store, source.id, &f.cursor, &err);
	assert_true(rc >= 0);
	f.match = (enum mg_match)rc;
	if (f.match == MG_MATCH_NONE)
		assert_int_equal(f.cursor.id, 0);
	else
		assert_int_equal(mg_follow_match(fd, &info, &key, &f.cursor,
						 &err),
				 f.match);
	return f;
}

/* Reads the log up to an offset. Returns its row. */
static int64_t consume(int fd, int64_t to)
{
	struct mg_cursor c = find(fd).cursor;

	assert_int_equal(mg_follow_advance(&c, fd, &key, to, &err), 0);
	assert_int_equal(c.offset, to);
	c.dev = 1;
	c.ino = 2;
	assert_int_equal(mg_store_put_cursor(store, source.id, &c, &err), 0);
	assert_true(c.id > 0);
	return c.id;
}

static void test_a_new_log(void **state)
{
	const int fd = new_file();
	struct found f;

	(void)state;
	f = find(fd); /* empty */
	assert_int_equal(f.cursor.id, 0);
	assert_int_equal(f.cursor.offset, 0);
	append(fd, 'a', 3);
	f = find(fd);
	assert_int_equal(f.cursor.id, 0);
	assert_int_equal(f.cursor.offset, 0);
	assert_int_equal(close(fd), 0);
}

static void test_appended(void **state)
{
	static const int lines[] = { 1, 2, 12, 13, 50, 51, 52, 60, 500 };
	const int fd = new_file();
	int64_t row = 0;
	int n = 0;

	(void)state;
	/* Across the lengths of anchor and head (256 and 1024 bytes). */
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct found f;

		append(fd, 'a', lines[i] - n);
		n = lines[i];
		f = find(fd);
		assert_int_equal(f.cursor.id, row);
		assert_true(f.match != MG_MATCH_SHORTER);
		row = consume(fd, n * 20);
	}
	assert_int_equal(find(fd).cursor.offset, 500 * 20);
	assert_int_equal(close(fd), 0);
}

/* Renamed by logrotate: the content says which log it is, not the name. */
static void test_two_logs(void **state)
{
	const int old = new_file(), new = new_file();
	struct found f;
	int64_t row;

	(void)state;
	append(old, 'a', 100);
	row = consume(old, 60 * 20);
	append(old, 'a', 5);
	append(new, 'b', 200);

	f = find(old);
	assert_int_equal(f.cursor.id, row);
	assert_int_equal(f.cursor.offset, 60 * 20);

	f = find(new);
	assert_int_equal(f.cursor.id, 0);
	assert_int_equal(f.cursor.offset, 0);
	assert_int_equal(close(old), 0);
	assert_int_equal(close(new), 0);
}

static void test_truncated(void **state)
{
	static const struct {
		int regrown; /* lines of new text after the cut */
	} rows[] = { { 0 }, { 1 }, { 99 }, { 100 }, { 101 }, { 300 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const int fd = new_file();
		struct found f;

		append(fd, (char)('a' + i), 100);
		(void)consume(fd, 100 * 20);
		assert_int_equal(ftruncate(fd, 0), 0);
		append(fd, (char)('A' + i), rows[i].regrown);
		f = find(fd);
		assert_int_equal(f.cursor.id, 0);
		assert_int_equal(f.cursor.offset, 0);
		assert_true(f.match != MG_MATCH_SHORTER);
		assert_int_equal(close(fd), 0);
	}
}

/* The same head, and other text before the place where reading stopped. */
static void test_changed_before_the_offset(void **state)
{
	static const int64_t at[] = { 0, 1023, 2000 - 256, 1999 };

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		const int fd = new_file();

		append(fd, (char)('a' + i), 100);
		(void)consume(fd, 2000);
		append(fd, (char)('a' + i), 10);
		assert_int_equal(find(fd).cursor.offset, 2000);
		assert_int_equal(pwrite(fd, "#", 1, at[i]), 1);
		assert_int_equal(find(fd).cursor.offset, 0);
		assert_int_equal(close(fd), 0);
	}
}

static void test_copies(void **state)
{
	const int fd = new_file(), whole = new_file(), older = new_file();
	struct found f;
	int64_t row;

	(void)state;
	append(fd, 'a', 100);
	copy(fd, whole, 2000);
	copy(fd, older, 1400);
	row = consume(fd, 1800);
	f = find(whole);
	assert_int_equal(f.cursor.id, row);
	assert_int_equal(f.cursor.offset, 1800);
	assert_true(f.match != MG_MATCH_SHORTER);
	/* All of an older copy was counted. */
	f = find(older);
	assert_int_equal(f.cursor.id, row);
	assert_int_equal(f.match, MG_MATCH_SHORTER);
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(whole), 0);
	assert_int_equal(close(older), 0);
}

/* Two young logs that start alike are told apart by what was read. */
static void test_short_heads(void **state)
{
	const int one = new_file(), two = new_file();
	int64_t row;

	(void)state;
	append(one, 'a', 2);
	append(two, 'a', 1);
	append(two, 'b', 1);
	row = consume(one, 40);
	assert_int_equal(find(one).cursor.id, row);
	assert_int_equal(find(two).cursor.id, 0);
	assert_int_equal(close(one), 0);
	assert_int_equal(close(two), 0);
}

static void test_sources_are_apart(void **state)
{
	const int fd = new_file();
	struct mg_source other;

	(void)state;
	append(fd, 'a', 10);
	(void)consume(fd, 200);
	assert_int_equal(mg_store_source(store, MG_LIT("other"), &other, &err),
			 0);
	source = other;
	assert_int_equal(find(fd).cursor.id, 0);
	assert_int_equal(close(fd), 0);
}

static void test_advance(void **state)
{
	static const struct {
		int64_t to;
		uint32_t head_len, anchor_len;
		int want;
	} rows[] = {
		{ 20, 20, 20, 0 },          { 240, 240, 240, 0 },
		{ 260, 260, 256, 0 },       { 1020, 1020, 256, 0 },
		{ 1040, 1024, 256, 0 },     { 2000, 1024, 256, 0 },
		{ 19, 0, 0, -MG_EPARSE },   { 21, 0, 0, -MG_EPARSE },
		{ 2001, 0, 0, -MG_EPARSE }, { 4000, 0, 0, -MG_EPARSE },
	};
	const int fd = new_file();

	(void)state;
	append(fd, 'a', 100);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct mg_cursor before = { .id = 7, .offset = 3 };
		struct mg_cursor c = before;

		err = (struct mg_err){ 0 };
		assert_int_equal(mg_follow_advance(&c, fd, &key, rows[i].to,
						   &err),
				 rows[i].want);
		assert_int_equal(err.code, -rows[i].want);
		if (rows[i].want) {
			assert_memory_equal(&c, &before, sizeof(c));
			continue;
		}
		assert_int_equal(c.id, 7);
		assert_int_equal(c.offset, rows[i].to);
		assert_int_equal(c.head_len, rows[i].head_len);
		assert_int_equal(c.anchor_len, rows[i].anchor_len);
	}
	assert_int_equal(close(fd), 0);
}

static void test_what_cannot_be_read(void **state)
{
	char path[128];
	struct mg_cursor c = { .id = 0 };
	int fd;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/write-only", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(mg_follow_advance(&c, fd, &key, 1, &err), -MG_EIO);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

/* A file of which nothing was read says nothing about any other. */
static void test_nothing_was_read(void **state)
{
	struct mg_cursor c = { .dev = 1, .ino = 2, .path = "/x" };
	const int fd = new_file();

	(void)state;
	assert_int_equal(mg_store_put_cursor(store, source.id, &c, &err), 0);
	append(fd, 'a', 1);
	assert_int_equal(find(fd).match, MG_MATCH_NONE);
	assert_int_equal(close(fd), 0);
}

static void test_packed_hash(void **state)
{
	static const int64_t sizes[] = { 0, 20, 1020, 1040, 2040, 2060, 9000 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		const int fd = new_file();
		uint64_t one, two;

		append(fd, 'a', (int)(sizes[i] / 20));
		assert_int_equal(ftruncate(fd, sizes[i]), 0);
		assert_int_equal(mg_follow_packed_hash(fd, sizes[i], &key, &one,
						       &err),
				 0);
		if (sizes[i]) {
			/* The last byte, and with it the checksum. */
			assert_int_equal(pwrite(fd, "#", 1, sizes[i] - 1), 1);
			assert_int_equal(mg_follow_packed_hash(fd, sizes[i],
							       &key, &two,
							       &err),
					 0);
			assert_true(one != two);
		}
		assert_int_equal(close(fd), 0);
	}
}

/* What the control of the fault tests loses. For good: it comes last. */
static void test_inodes(void **state)
{
	const int one = new_file(), two = new_file();
	int64_t row;

	(void)state;
	append(one, 'a', 100);
	append(two, 'b', 100);
	row = consume(one, 1000);
	mg_follow_trust_inodes();
	assert_int_equal(find(two).cursor.id, row);
	assert_int_equal(find(two).cursor.offset, 1000);
	assert_int_equal(ftruncate(two, 500), 0);
	assert_int_equal(find(two).match, MG_MATCH_NONE);
	assert_int_equal(close(one), 0);
	assert_int_equal(close(two), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_a_new_log),
		TEST(test_appended),
		TEST(test_two_logs),
		TEST(test_truncated),
		TEST(test_changed_before_the_offset),
		TEST(test_copies),
		TEST(test_short_heads),
		TEST(test_sources_are_apart),
		TEST(test_advance),
		TEST(test_what_cannot_be_read),
		TEST(test_nothing_was_read),
		TEST(test_packed_hash),
		TEST(test_inodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
