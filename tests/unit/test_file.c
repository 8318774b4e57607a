/* SPDX-License-Identifier: MIT */
/* Files that the user names, the state directory, and descriptors. */
#include "file_fixture.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/file.h"

/* ---- files that the user names */

static void test_open_log(void **state)
{
	static const struct {
		const char *path, *says; /* NULL: it works */
	} rows[] = {
		{ "plain", NULL },
		{ "empty", NULL },
		{ "link", NULL },
		{ "dirlink/plain", NULL },
		{ "missing", "cannot open 'missing': no such file" },
		{ "", "cannot open '': no such file" },
		{ "broken", "cannot open 'broken': no such file" },
		{ "loop", "cannot open 'loop': too many levels" },
		{ "dir", "cannot read 'dir': it is a directory" },
		{ "dirlink", "cannot read 'dirlink': it is a directory" },
		{ "fifo", "cannot read 'fifo': it is not a regular file" },
		{ "fifolink", "'fifolink': it is not a regular file" },
		{ "/dev/null", "'/dev/null': it is not a regular file" },
	};

	(void)state;
	make_kinds();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_file_info info = { .size_bytes = -7 };
		int fd = -7;

		err = (struct mg_err){ .code = MG_OK, .text = "untouched" };
		if (rows[i].says) {
			assert_int_equal(mg_file_open_log(rows[i].path, &fd,
							  &info, &err),
					 -MG_EIO);
			assert_err(MG_EIO, rows[i].says);
			assert_int_equal(fd, -7);
			assert_int_equal(info.size_bytes, -7);
			continue;
		}
		assert_int_equal(
			mg_file_open_log(rows[i].path, &fd, &info, &err), 0);
		assert_err_untouched();
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		assert_true(info.is_regular);
		mg_file_close(&fd);
	}
}

static void test_open_log_tells_what_it_is(void **state)
{
	struct mg_file_info info;
	struct stat st;
	int fd;

	(void)state;
	make_kinds();
	assert_int_equal(chmod("plain", 0640), 0);
	assert_int_equal(stat("plain", &st), 0);
	assert_int_equal(mg_file_open_log("link", &fd, &info, &err), 0);
	assert_int_equal(info.dev, st.st_dev);
	assert_int_equal(info.ino, st.st_ino);
	assert_int_equal(info.size_bytes, 10);
	assert_int_equal(info.uid, geteuid());
	assert_int_equal(info.mode, 0640);
	assert_true(info.is_regular);
	assert_false(info.is_directory);
	assert_int_equal(mg_file_size(fd, &err), 10);
	mg_file_close(&fd);
	assert_int_equal(mg_file_size(fd, &err), -MG_EIO);
	assert_err(MG_EIO, "bad file descriptor");
}

static void test_scratch_and_pump(void **state)
{
	static const int64_t sizes[] = { 0, 1, 65535, 65536, 65537, 300000 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct mg_buf b;
		char *got = malloc(400000);
		int from = -1, to = -1, end;

		assert_non_null(got);
		mg_buf_init(&b, 1 << 20);
		for (int64_t k = 0; k < sizes[i]; k++)
			mg_buf_add_char(&b, (char)(k % 251));
		assert_int_equal(mg_file_make_scratch(&from, &err), 0);
		assert_int_equal(mg_file_make_scratch(&to, &err), 0);
		assert_true(fcntl(to, F_GETFD) & FD_CLOEXEC);
		assert_int_equal(
			mg_file_write_all(from, mg_buf_slice(&b), &err), 0);
		assert_int_equal(lseek(from, 0, SEEK_SET), 0);
		/* Some of it, the rest, and nothing more. */
		assert_int_equal(mg_file_pump(from, to, sizes[i] / 2, &err),
				 sizes[i] / 2);
		assert_int_equal(mg_file_pump(from, to, 1 << 20, &err),
				 sizes[i] - sizes[i] / 2);
		assert_int_equal(mg_file_pump(from, to, 1 << 20, &err), 0);
		assert_int_equal(mg_file_read_at(to, got, 400000, 0, &err),
				 sizes[i]);
		assert_true(
			mg_slice_is(mg_slice_of(got, b.len), mg_buf_slice(&b)));
		end = from;
		mg_file_close(&from);
		assert_int_equal(mg_file_pump(end, to, 1, &err), -MG_EIO);
		mg_file_close(&to);
		mg_buf_release(&b);
		free(got);
	}
}

static void test_scratch_gives_back(void **state)
{
	static const char zeros[4096];
	static char bytes[1 << 20], got[4096];
	struct stat st;
	int fd = -1;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(mg_file_make_scratch(&fd, &err), 0);
	assert_int_equal(
		mg_file_write_all(fd, mg_slice_of(bytes, sizeof(bytes)), &err),
		0);
	mg_file_empty_until(fd, sizeof(bytes) - 4096);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, sizeof(bytes));
	assert_int_equal(st.st_blocks * 512, 4096);
	assert_int_equal(mg_file_read_at(fd, got, 4096, 8192, &err), 4096);
	assert_memory_equal(got, zeros, sizeof(got));
	assert_int_equal(mg_file_read_at(fd, got, 4096, sizeof(bytes) - 4096,
					 &err),
			 4096);
	assert_memory_equal(got, bytes, sizeof(got));
	mg_file_close(&fd);
	mg_file_empty_until(fd, 1); /* nothing to do, and no harm */
}

static void test_programs(void **state)
{
	static const struct {
		mode_t mode;
		int want;
	} rows[] = {
		{ 0755, 0 },         { 0700, 0 },         { 0500, 0 },
		{ 0644, -MG_ECONF }, { 0775, -MG_ECONF }, { 0757, -MG_ECONF },
	};

	(void)state;
	make_kinds();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(chmod("plain", rows[i].mode), 0);
		assert_int_equal(mg_file_check_program("plain", &err),
				 rows[i].want);
	}
	assert_int_equal(mg_file_check_program("missing", &err), 1);
	assert_int_equal(mg_file_check_program("plain/x", &err), 1);
	assert_int_equal(mg_file_check_program("dir", &err), -MG_ECONF);
	assert_int_equal(mg_file_check_program("fifo", &err), -MG_ECONF);
	if (geteuid() != 0)
		return;
	assert_int_equal(chmod("plain", 0755), 0);
	assert_int_equal(chown("plain", 4711, 0), 0);
	assert_int_equal(mg_file_check_program("plain", &err), -MG_ECONF);
}

static void test_read_at(void **state)
{
	static const struct {
		size_t len;
		int64_t offset;
		const char *want;
	} rows[] = {
		{ 10, 0, "0123456789" },
		{ 11, 0, "0123456789" },
		{ 9, 0, "012345678" },
		{ 0, 0, "" },
		{ 3, 7, "789" },
		{ 4, 7, "789" },
		{ 1, 9, "9" },
		{ 5, 10, "" },
		{ 5, 1000, "" },
		{ 0, 1000, "" },
		{ 5, INT64_MAX - 5, "" },
	};
	struct mg_file_info info;
	int fd, dir;

	(void)state;
	make_file("digits", MG_LIT("0123456789"));
	assert_int_equal(mg_file_open_log("digits", &fd, &info, &err), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t want = strlen(rows[i].want);
		char to[16];

		memset(to, '-', sizeof(to));
		assert_int_equal(mg_file_read_at(fd, to, rows[i].len,
						 rows[i].offset, &err),
				 want);
		assert_memory_equal(to, rows[i].want, want);
		assert_int_equal(to[want], '-');
	}
	assert_err_untouched();

	assert_int_equal(mg_file_read_at(fd, &info, 1, -1, &err), -MG_EIO);
	assert_err(MG_EIO, "cannot read at byte -1: ");
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	assert_int_equal(mg_file_read_at(dir, &info, 1, 0, &err), -MG_EIO);
	assert_err(MG_EIO, "cannot read at byte 0: is a directory");
	mg_file_close(&dir);
	mg_file_close(&fd);
	assert_int_equal(mg_file_read_at(fd, &info, 1, 0, NULL), -MG_EIO);
}

/* The place of the descriptor is not used, and stays. */
static void test_read_at_leaves_the_position(void **state)
{
	struct mg_file_info info;
	char to[4];
	int fd;

	(void)state;
	make_file("digits", MG_LIT("0123456789"));
	assert_int_equal(mg_file_open_log("digits", &fd, &info, &err), 0);
	assert_int_equal(mg_file_read_some(fd, to, 2, &err), 2);
	assert_int_equal(mg_file_read_at(fd, to, 2, 7, &err), 2);
	assert_int_equal(mg_file_read_some(fd, to, 1, &err), 1);
	assert_int_equal(to[0], '2');
	mg_file_close(&fd);
}

/* ---- the state directory */

static void test_space(void **state)
{
	struct mg_file_space space = { .free_bytes = -1 };

	(void)state;
	assert_int_equal(mg_file_space("missing", &space), 1);
	assert_int_equal(space.free_bytes, -1);
	assert_int_equal(mg_file_space(".", &space), 0);
	assert_true(space.free_bytes >= 0);
	assert_int_equal(mg_file_space("/proc", &space), 0);
	assert_int_equal(space.free_bytes, 0);
	assert_false(space.is_remote);
}

static void test_private_dir_is_made(void **state)
{
	struct stat st;
	int fd = -7;

	(void)state;
	(void)umask(0);
	assert_int_equal(mg_file_make_private_dir("new", &fd, &err), 0);
	assert_err_untouched();
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	mg_file_close(&fd);
	/* And accepted the next time. */
	assert_int_equal(mg_file_make_private_dir("new", &fd, &err), 0);
	mg_file_close(&fd);
}

static void test_private_dir_modes(void **state)
{
	static const struct {
		mode_t mode;
		int want;
	} rows[] = {
		{ 0700, 0 },         { 0755, 0 },          { 0711, 0 },
		{ 0720, -MG_ECONF }, { 0702, -MG_ECONF },  { 0770, -MG_ECONF },
		{ 0777, -MG_ECONF }, { 01777, -MG_ECONF }, { 02770, -MG_ECONF },
	};

	(void)state;
	assert_int_equal(mkdir("dir", 0700), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = -7;

		err = (struct mg_err){ .code = MG_OK, .text = "untouched" };
		assert_int_equal(chmod("dir", rows[i].mode), 0);
		assert_int_equal(mg_file_make_private_dir("dir", &fd, &err),
				 rows[i].want);
		if (rows[i].want) {
			assert_err(MG_ECONF, "'dir' can be written by others");
			assert_int_equal(fd, -7);
		} else {
			assert_err_untouched();
			mg_file_close(&fd);
		}
	}
}

static void test_dir_for_others(void **state)
{
	struct stat st;

	(void)state;
	(void)umask(077);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(mg_file_make_dir("new", 0711, &err), 0);
		assert_err_untouched();
		assert_int_equal(stat("new", &st), 0);
		assert_int_equal(st.st_mode & 07777, 0711);
	}
	assert_int_equal(chmod("new", 0731), 0);
	assert_int_equal(mg_file_make_dir("new", 0711, &err), -MG_ECONF);
	assert_err(MG_ECONF, "(mode 0731); chmod 711 it");
}

static void test_remove(void **state)
{
	struct stat st;

	(void)state;
	make_kinds();
	assert_int_equal(mg_file_remove("link", &err), 0);
	assert_int_equal(stat("plain", &st), 0);
	assert_int_equal(mg_file_remove("plain", &err), 0);
	assert_int_equal(mg_file_remove("plain", &err), 0);
	assert_int_equal(mg_file_remove("missing/file", &err), 0);
	assert_err_untouched();
	assert_int_equal(stat("plain", &st), -1);
	assert_int_equal(mg_file_remove("dir", &err), -MG_EIO);
	assert_err(MG_EIO, "cannot remove 'dir'");
}

static void test_private_dir_that_cannot_be(void **state)
{
	static const struct {
		const char *path, *says;
	} rows[] = {
		{ "missing/new", "cannot make state directory 'missing/new'" },
		{ "plain/new", "cannot make state directory 'plain/new'" },
		{ "", "cannot make state directory ''" },
		{ "plain", "cannot open state directory 'plain'" },
		{ "fifo", "cannot open state directory 'fifo'" },
		{ "broken", "cannot open state directory 'broken'" },
	};

	(void)state;
	make_kinds();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = -7;

		assert_int_equal(mg_file_make_private_dir(rows[i].path, &fd,
							  &err),
				 -MG_EIO);
		assert_err(MG_EIO, rows[i].says);
		assert_int_equal(fd, -7);
	}
	assert_false(mg_file_exists("missing"));
}

/* Root gives one away; for others there is "/", which is not theirs. */
static void test_private_dir_of_another_user(void **state)
{
	const char *path = "/";
	int fd = -7;

	(void)state;
	if (geteuid() == 0) {
		path = "dir";
		assert_int_equal(mkdir("dir", 0700), 0);
		if (chown("dir", NOBODY, NOBODY) < 0)
			skip(); /* a user namespace without that user */
	}
	assert_int_equal(mg_file_make_private_dir(path, &fd, &err), -MG_ECONF);
	assert_err(MG_ECONF, "belongs to uid");
	assert_int_equal(fd, -7);
}

static void test_exists(void **state)
{
	static const struct {
		const char *path;
		bool want;
	} rows[] = {
		{ "plain", true },    { "dir", true },     { "fifo", true },
		{ "link", true },     { "broken", false }, { "loop", false },
		{ "missing", false }, { "", false },
	};

	(void)state;
	make_kinds();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(mg_file_exists(rows[i].path), rows[i].want);
}

/* ---- descriptors */

static bool is_null_device(int fd)
{
	struct stat st, null;

	return fstat(fd, &st) == 0 && stat("/dev/null", &null) == 0 &&
	       S_ISCHR(st.st_mode) && st.st_rdev == null.st_rdev;
}

/* In a child that has only `open` of the three. Returns its exit status. */
static int fill_gaps(unsigned open_mask, int file)
{
	if (dup2(file, 3) != 3)
		return 10;
	for (int fd = 0; fd < 3; fd++)
		if (open_mask & 1U << fd) {
			if (dup2(3, fd) != fd)
				return 11;
		} else {
			(void)close(fd);
		}
	(void)close(3);
	if (mg_file_open_standard(NULL) != 0)
		return 12;
	for (int fd = 0; fd < 3; fd++)
		if (is_null_device(fd) == (bool)(open_mask & 1U << fd))
			return 20 + fd;
	/* Nothing is left behind. */
	return fcntl(3, F_GETFD) < 0 ? 0 : 13;
}

static void test_open_standard(void **state)
{
	(void)state;
	make_file("plain", MG_LIT(""));
	for (unsigned mask = 0; mask < 8; mask++) {
		const pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0)
			_exit(fill_gaps(mask, open("plain", O_RDWR)));
		reap(child);
	}
}

static void test_close(void **state)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const int number = fd;

	(void)state;
	assert_true(fd >= 0);
	mg_file_close(&fd);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(number, F_GETFD), -1);
	mg_file_close(&fd);
	assert_int_equal(fd, -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIRECTORY(test_open_log),
		IN_DIRECTORY(test_open_log_tells_what_it_is),
		IN_DIRECTORY(test_scratch_and_pump),
		IN_DIRECTORY(test_scratch_gives_back),
		IN_DIRECTORY(test_programs),
		IN_DIRECTORY(test_read_at),
		IN_DIRECTORY(test_read_at_leaves_the_position),
		IN_DIRECTORY(test_space),
		IN_DIRECTORY(test_private_dir_is_made),
		IN_DIRECTORY(test_private_dir_modes),
		IN_DIRECTORY(test_dir_for_others),
		IN_DIRECTORY(test_remove),
		IN_DIRECTORY(test_private_dir_that_cannot_be),
		IN_DIRECTORY(test_private_dir_of_another_user),
		IN_DIRECTORY(test_exists),
		IN_DIRECTORY(test_open_standard),
		IN_DIRECTORY(test_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
