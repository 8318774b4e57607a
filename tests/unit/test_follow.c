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

#define PATH "/var/log/exim/main.log" /* a name only */

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

static struct mg_follow find(int fd, const char *path)
{
	struct mg_file_info info = { .dev = 1, .ino = 2 };
	struct mg_follow f;

	info.size_bytes = mg_file_size(fd, &err);
	assert_int_equal(
		mg_follow_find(fd, &info, path, store, source.id, &f, &err), 0);
	assert_string_equal(f.cursor.path, path);
	assert_int_equal(f.cursor.dev, 1);
	assert_int_equal(f.cursor.ino, 2);
	return f;
}

/* Reads the log up to an offset. Returns its row. */
static int64_t consume(int fd, const char *path, int64_t to)
{
	struct mg_follow f = find(fd, path);

	assert_int_equal(mg_follow_advance(&f.cursor, fd, &key, to, &err), 0);
	assert_int_equal(f.cursor.offset, to);
	assert_int_equal(mg_store_put_cursor(store, source.id, &f.cursor, &err),
			 0);
	assert_true(f.cursor.id > 0);
	return f.cursor.id;
}

static void test_a_new_log(void **state)
{
	const int fd = new_file();
	struct mg_follow f;

	(void)state;
	f = find(fd, PATH); /* empty */
	assert_int_equal(f.cursor.id, 0);
	assert_int_equal(f.cursor.offset, 0);
	append(fd, 'a', 3);
	f = find(fd, PATH);
	assert_int_equal(f.cursor.id, 0);
	assert_int_equal(f.cursor.offset, 0);
	assert_int_equal(f.replaced, 0);
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
		struct mg_follow f;

		append(fd, 'a', lines[i] - n);
		n = lines[i];
		f = find(fd, PATH);
		assert_int_equal(f.cursor.id, row);
		assert_int_equal(f.replaced, 0);
		assert_int_equal(f.longer, 0);
		row = consume(fd, PATH, n * 20);
	}
	assert_int_equal(find(fd, PATH).cursor.offset, 500 * 20);
	assert_int_equal(close(fd), 0);
}

/* Renamed by logrotate: the content says which log it is, not the name. */
static void test_renamed_and_replaced(void **state)
{
	const int old = new_file(), new = new_file();
	struct mg_follow f;
	int64_t row;

	(void)state;
	append(old, 'a', 100);
	row = consume(old, PATH, 60 * 20);
	append(old, 'a', 5);
	append(new, 'b', 200);

	f = find(old, PATH ".1");
	assert_int_equal(f.cursor.id, row);
	assert_int_equal(f.cursor.offset, 60 * 20);
	assert_int_equal(f.replaced, 0);

	f = find(new, PATH);
	assert_int_equal(f.cursor.id, 0);
	assert_int_equal(f.cursor.offset, 0);
	assert_int_equal(f.replaced, row);
	assert_int_equal(f.replaced_offset, 60 * 20);
	/* At another path nothing was replaced. */
	assert_int_equal(find(new, PATH "2").replaced, 0);
	assert_int_equal(close(old), 0);
	assert_int_equal(close(new), 0);
}

/* The one read last at a path is the one replaced. */
static void test_replaced_twice(void **state)
{
	const int one = new_file(), two = new_file(), three = new_file();
	int64_t second;

	(void)state;
	append(one, 'a', 10);
	append(two, 'b', 10);
	append(three, 'c', 10);
	(void)consume(one, PATH, 200);
	second = consume(two, PATH, 100);
	assert_int_equal(find(three, PATH).replaced, second);
	assert_int_equal(find(three, PATH).replaced_offset, 100);
	assert_int_equal(close(one), 0);
	assert_int_equal(close(two), 0);
	assert_int_equal(close(three), 0);
}

static void test_truncated(void **state)
{
	static const struct {
		int regrown; /* lines of new text after the cut */
	} rows[] = { { 0 }, { 1 }, { 99 }, { 100 }, { 101 }, { 300 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const int fd = new_file();
		struct mg_follow f;
		int64_t row;

		append(fd, (char)('a' + i), 100);
		row = consume(fd, PATH, 100 * 20);
		assert_int_equal(ftruncate(fd, 0), 0);
		append(fd, (char)('A' + i), rows[i].regrown);
		f = find(fd, PATH);
		assert_int_equal(f.cursor.id, 0);
		assert_int_equal(f.cursor.offset, 0);
		assert_int_equal(f.longer, 0);
		assert_int_equal(f.replaced, row);
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
		(void)consume(fd, PATH, 2000);
		append(fd, (char)('a' + i), 10);
		assert_int_equal(find(fd, PATH).cursor.offset, 2000);
		assert_int_equal(pwrite(fd, "#", 1, at[i]), 1);
		assert_int_equal(find(fd, PATH).cursor.offset, 0);
		assert_int_equal(close(fd), 0);
	}
}

static void test_copies(void **state)
{
	const int fd = new_file(), whole = new_file(), older = new_file();
	struct mg_follow f;
	int64_t row;

	(void)state;
	append(fd, 'a', 100);
	copy(fd, whole, 2000);
	copy(fd, older, 1400);
	row = consume(fd, PATH, 1800);
	f = find(whole, "/root/copy");
	assert_int_equal(f.cursor.id, row);
	assert_int_equal(f.cursor.offset, 1800);
	assert_int_equal(f.longer, 0);
	/* All of an older copy was counted. */
	f = find(older, "/root/copy");
	assert_int_equal(f.cursor.id, row);
	assert_int_equal(f.longer, 1800);
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
	row = consume(one, PATH, 40);
	assert_int_equal(find(one, PATH).cursor.id, row);
	assert_int_equal(find(two, PATH).cursor.id, 0);
	assert_int_equal(find(two, PATH).replaced, row);
	assert_int_equal(close(one), 0);
	assert_int_equal(close(two), 0);
}

static void test_sources_are_apart(void **state)
{
	const int fd = new_file();
	struct mg_source other;

	(void)state;
	append(fd, 'a', 10);
	(void)consume(fd, PATH, 200);
	assert_int_equal(mg_store_source(store, MG_LIT("other"), &other, &err),
			 0);
	source = other;
	assert_int_equal(find(fd, PATH).cursor.id, 0);
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

static void test_long_path(void **state)
{
	static const struct {
		size_t len;
		int want;
	} rows[] = { { 1023, 0 }, { 1024, -MG_ELIMIT } };
	const struct mg_file_info info = { .size_bytes = 0 };
	const int fd = new_file();

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct mg_follow f;
		struct mg_buf path;

		mg_buf_init(&path, 2000);
		mg_buf_add_fill(&path, 'x', rows[i].len);
		assert_int_equal(mg_follow_find(fd, &info, path.ptr, store,
						source.id, &f, &err),
				 rows[i].want);
		mg_buf_release(&path);
	}
	assert_int_equal(close(fd), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_a_new_log),
		TEST(test_appended),
		TEST(test_renamed_and_replaced),
		TEST(test_replaced_twice),
		TEST(test_truncated),
		TEST(test_changed_before_the_offset),
		TEST(test_copies),
		TEST(test_short_heads),
		TEST(test_sources_are_apart),
		TEST(test_advance),
		TEST(test_what_cannot_be_read),
		TEST(test_long_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
