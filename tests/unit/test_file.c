/* SPDX-License-Identifier: MIT */
/*
 * Each test has a directory of its own and stands in it. What is made there is
 * made past the module under test.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/file.h"

#define NOBODY 65534
#define HANG_S 60 /* then SIGALRM ends the test; no test comes near it */

static char directory[4096];
static int start_fd = -1; /* where the program was started */
static struct mg_err err;

static int enter_directory(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)alarm(HANG_S);
	(void)umask(022);
	err = (struct mg_err){ .code = MG_OK, .text = "untouched" };
	(void)snprintf(directory, sizeof(directory), "%s/mg-file-XXXXXX",
		       tmp ? tmp : P_tmpdir);
	start_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return start_fd < 0 || !mkdtemp(directory) || chdir(directory) < 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int leave_directory(void **state)
{
	int rc;

	(void)state;
	rc = fchdir(start_fd);
	(void)close(start_fd);
	(void)alarm(0);
	return rc | nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_file(const char *path, struct mg_slice bytes)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			    0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
	assert_int_equal(close(fd), 0);
}

/* One of each kind that a customer can put in a place. */
static void make_kinds(void)
{
	make_file("plain", MG_LIT("some\0text\n"));
	make_file("empty", MG_LIT(""));
	assert_int_equal(mkdir("dir", 0755), 0);
	make_file("dir/plain", MG_LIT("inner"));
	assert_int_equal(mkfifo("fifo", 0644), 0);
	assert_int_equal(symlink("plain", "link"), 0);
	assert_int_equal(symlink("dir", "dirlink"), 0);
	assert_int_equal(symlink("fifo", "fifolink"), 0);
	assert_int_equal(symlink("missing", "broken"), 0);
	assert_int_equal(symlink("loop", "loop"), 0);
}

static void assert_err_untouched(void)
{
	assert_int_equal(err.code, MG_OK);
	assert_string_equal(err.text, "untouched");
}

static void assert_err(int code, const char *part)
{
	assert_int_equal(err.code, code);
	if (!strstr(err.text, part))
		fail_msg("'%s' does not say '%s'", err.text, part);
}

/* ---- the host's root */

static struct mg_root open_here(void)
{
	struct mg_root root;

	assert_int_equal(mg_root_open(&root, ".", &err), 0);
	assert_true(fcntl(root.fd, F_GETFD) & FD_CLOEXEC);
	assert_string_equal(root.path, ".");
	return root;
}

static void test_root_open(void **state)
{
	static const struct {
		const char *path, *want; /* NULL: it works */
	} rows[] = {
		{ "dir", NULL },
		{ "dirlink", NULL }, /* the user named it */
		{ "/", NULL },
		{ "missing", "no such file" },
		{ "plain", "not a directory" },
		{ "fifo", "not a directory" },
		{ "", "no such file" },
	};

	(void)state;
	make_kinds();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_root root = { .fd = -7, .path = NULL };

		if (rows[i].want) {
			assert_int_equal(mg_root_open(&root, rows[i].path,
						      &err),
					 -MG_EIO);
			assert_err(MG_EIO, rows[i].want);
			assert_int_equal(root.fd, -7);
			assert_null(root.path);
			continue;
		}
		assert_int_equal(mg_root_open(&root, rows[i].path, &err), 0);
		assert_err_untouched();
		assert_ptr_equal(root.path, rows[i].path);
		mg_root_close(&root);
		assert_int_equal(root.fd, -1);
		mg_root_close(&root);
	}
	mg_root_close(NULL);
}

/* The FIFO has no writer: a read that waited would end in SIGALRM. */
static void test_root_read(void **state)
{
	static const struct {
		const char *path;
		int want;
		const char *says;
	} rows[] = {
		{ "/plain", 0, NULL },
		{ "//plain", 0, NULL },
		{ "/dir/plain", 0, NULL },
		{ "/empty", 0, NULL },
		{ "/missing", 1, NULL },
		{ "/missing/plain", 1, NULL },
		{ "/plain/plain", 1, NULL },
		{ "/", -MG_EIO, "'/': it is a directory" },
		{ "/dir", -MG_EIO, "'/dir': it is a directory" },
		{ "/fifo", -MG_EIO, "'/fifo': it is not a regular file" },
		{ "/link", -MG_EIO, "'/link': too many levels of symbolic" },
		{ "/dirlink", -MG_EIO, "'/dirlink': " },
		{ "/fifolink", -MG_EIO, "'/fifolink': too many levels of" },
		{ "/broken", -MG_EIO, "'/broken': too many levels of" },
		{ "/loop", -MG_EIO, "'/loop': too many levels of symbolic" },
	};
	struct mg_root root;

	(void)state;
	make_kinds();
	root = open_here();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_buf out;

		err = (struct mg_err){ .code = MG_OK, .text = "untouched" };
		mg_buf_init(&out, 100);
		assert_int_equal(mg_root_read(&root, rows[i].path, &out, &err),
				 rows[i].want);
		if (rows[i].want < 0)
			assert_err(MG_EIO, rows[i].says);
		else
			assert_err_untouched();
		if (rows[i].want)
			assert_int_equal(out.len, 0);
		mg_buf_release(&out);
	}
	mg_root_close(&root);
}

static void test_root_read_gives_the_bytes(void **state)
{
	struct mg_root root;
	struct mg_buf out;

	(void)state;
	make_kinds();
	root = open_here();
	mg_buf_init(&out, 100);
	assert_int_equal(mg_root_read(&root, "/plain", &out, &err), 0);
	assert_true(mg_slice_is(mg_buf_slice(&out), MG_LIT("some\0text\n")));
	mg_buf_release(&out);
	mg_root_close(&root);
}

/* At the limit, one over; in one piece and in several. */
static void test_root_read_limit(void **state)
{
	static const size_t rows[] = { 1, 100, 8191, 8192, 8193, 50000 };
	struct mg_root root;

	(void)state;
	root = open_here();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_buf text, out;

		mg_buf_init(&text, rows[i]);
		for (size_t at = 0; at < rows[i]; at++)
			mg_buf_add_char(&text, (char)('a' + at % 23));
		make_file("file", mg_buf_slice(&text));

		err = (struct mg_err){ .code = MG_OK, .text = "untouched" };
		mg_buf_init(&out, rows[i]);
		assert_int_equal(mg_root_read(&root, "/file", &out, &err), 0);
		assert_true(
			mg_slice_is(mg_buf_slice(&out), mg_buf_slice(&text)));
		assert_err_untouched();
		mg_buf_release(&out);

		mg_buf_init(&out, rows[i] - 1);
		assert_int_equal(mg_root_read(&root, "/file", &out, &err),
				 -MG_ELIMIT);
		assert_err(MG_ELIMIT, "/file is longer than");
		mg_buf_release(&out);
		mg_buf_release(&text);
		assert_int_equal(unlink("file"), 0);
	}
	mg_root_close(&root);
}

/* Built-in paths stay in the tree that was opened, whatever has its name. */
static void test_root_is_held(void **state)
{
	struct mg_root root;
	struct mg_buf out;

	(void)state;
	make_kinds();
	assert_int_equal(mg_root_open(&root, "dir", &err), 0);
	assert_int_equal(rename("dir", "moved"), 0);
	assert_int_equal(mkdir("dir", 0755), 0);
	make_file("dir/plain", MG_LIT("planted"));
	mg_buf_init(&out, 100);
	assert_int_equal(mg_root_read(&root, "/plain", &out, &err), 0);
	assert_string_equal(out.ptr, "inner");
	mg_buf_release(&out);
	mg_root_close(&root);
}

static void test_root_has(void **state)
{
	static const struct {
		const char *path;
		bool want;
	} rows[] = {
		{ "/", true },          { "/plain", true },
		{ "/dir/plain", true }, { "/dir", true },
		{ "/fifo", true },      { "/link", true },
		{ "/broken", true },    { "/loop", true },
		{ "/missing", false },  { "/plain/plain", false },
	};
	struct mg_root root;

	(void)state;
	make_kinds();
	root = open_here();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(mg_root_has(&root, rows[i].path),
				 rows[i].want);
	mg_root_close(&root);
}

/* The names of a directory as "a b ", in order. */
static void test_root_list(void **state)
{
	static const struct {
		const char *path;
		const char *want; /* NULL: rc instead */
		int rc;
	} rows[] = {
		{ "/dir", "plain ", 0 },     { "/names", "-x .y B a a b ", 0 },
		{ "/bare", "", 0 },          { "/missing", NULL, 1 },
		{ "/plain", NULL, -MG_EIO }, { "/dirlink", NULL, -MG_EIO },
	};
	struct mg_root root;

	(void)state;
	make_kinds();
	assert_int_equal(mkdir("bare", 0755), 0);
	assert_int_equal(mkdir("names", 0755), 0);
	make_file("names/a b", MG_LIT(""));
	make_file("names/a", MG_LIT(""));
	make_file("names/B", MG_LIT(""));
	make_file("names/.y", MG_LIT(""));
	make_file("names/-x", MG_LIT(""));
	root = open_here();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_file_info info = { .is_directory = false };
		struct mg_buf out;

		mg_buf_init(&out, 100);
		assert_int_equal(mg_root_list(&root, rows[i].path, &out, &info,
					      &err),
				 rows[i].rc);
		assert_int_equal(info.is_directory, rows[i].rc == 0);
		for (size_t at = 0; at < out.len; at++)
			if (!out.ptr[at])
				out.ptr[at] = ' ';
		if (rows[i].want)
			assert_string_equal(out.ptr, rows[i].want);
		mg_buf_release(&out);
	}
	for (size_t max = 13; max <= 14; max++) {
		struct mg_file_info info;
		struct mg_buf out;

		mg_buf_init(&out, max);
		assert_int_equal(mg_root_list(&root, "/names", &out, &info,
					      &err),
				 max < 14 ? -MG_ELIMIT : 0);
		mg_buf_release(&out);
	}
	mg_root_close(&root);
}

/* What a look tells is what a reader of the file is told. */
static void test_root_look(void **state)
{
	struct mg_file_info looked, read;
	struct mg_root root;
	struct mg_buf out;

	(void)state;
	make_kinds();
	root = open_here();
	mg_buf_init(&out, 100);
	assert_int_equal(mg_root_read_info(&root, "/plain", &out, &read, &err),
			 0);
	assert_int_equal(mg_root_look(&root, "/plain", &looked, &err), 0);
	assert_true(looked.dev == read.dev && looked.ino == read.ino);
	assert_true(looked.mtime_ns == read.mtime_ns);
	assert_int_equal(looked.size_bytes, out.len);
	assert_true(looked.mtime_ns > INT64_C(1000000000) * 1000000000);
	assert_true(looked.is_regular && mg_file_is_ours(&looked));
	assert_int_equal(mg_root_look(&root, "/dir", &looked, &err), 0);
	assert_true(looked.is_directory);
	assert_int_equal(mg_root_look(&root, "/link", &looked, &err), 0);
	assert_false(looked.is_regular || looked.is_directory);
	assert_int_equal(mg_root_look(&root, "/missing", &looked, &err), 1);
	assert_int_equal(mg_root_look(&root, "/plain/x", &looked, &err), 1);
	looked.uid ^= 1;
	assert_false(mg_file_is_ours(&looked) && looked.uid != geteuid());
	mg_buf_release(&out);
	mg_root_close(&root);
}

static void test_root_readlink(void **state)
{
	static const struct {
		const char *path, *want; /* NULL: it returns 1 */
	} rows[] = {
		{ "/link", "plain" },     { "/broken", "missing" },
		{ "/loop", "loop" },      { "/plain", NULL },
		{ "/dir", NULL },         { "/missing", NULL },
		{ "/plain/plain", NULL },
	};
	struct mg_root root;
	struct mg_buf out;

	(void)state;
	make_kinds();
	root = open_here();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mg_buf_init(&out, 7);
		assert_int_equal(mg_root_readlink(&root, rows[i].path, &out),
				 rows[i].want == NULL);
		assert_string_equal(out.ptr, rows[i].want ? rows[i].want : "");
		assert_false(out.truncated);
		mg_buf_release(&out);
	}
	/* What does not fit is seen in the buffer. */
	mg_buf_init(&out, 6);
	assert_int_equal(mg_root_readlink(&root, "/broken", &out), 0);
	assert_true(out.truncated);
	mg_buf_release(&out);
	mg_root_close(&root);
}

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

/* ---- locks, writing */

static void test_open_lock(void **state)
{
	static const struct {
		const char *name, *says; /* NULL: it works */
	} rows[] = {
		{ "new", NULL },
		{ "new", NULL }, /* now it is there */
		{ "plain", NULL },
		{ "link", "'link': too many levels of symbolic links" },
		{ "broken", "'broken': too many levels of symbolic links" },
		{ "dir", "'dir': is a directory" },
		{ "missing/new", "'missing/new': no such file" },
	};
	int dir;

	(void)state;
	make_kinds();
	(void)umask(0);
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = -7;

		err = (struct mg_err){ .code = MG_OK, .text = "untouched" };
		if (rows[i].says) {
			assert_int_equal(mg_file_open_lock(dir, rows[i].name,
							   &fd, &err),
					 -MG_EIO);
			assert_err(MG_EIO, rows[i].says);
			assert_int_equal(fd, -7);
			continue;
		}
		assert_int_equal(
			mg_file_open_lock(dir, rows[i].name, &fd, &err), 0);
		assert_err_untouched();
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		mg_file_close(&fd);
	}
	mg_file_close(&dir);
	assert_false(mg_file_exists("missing"));
}

static void test_lock_file_is_private_and_kept(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	(void)umask(0);
	assert_int_equal(mg_file_open_lock(AT_FDCWD, "lock", &fd, &err), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(mg_file_write_all(fd, MG_LIT("held"), &err), 0);
	mg_file_close(&fd);
	assert_int_equal(mg_file_open_lock(AT_FDCWD, "lock", &fd, &err), 0);
	assert_int_equal(mg_file_size(fd, &err), 4);
	mg_file_close(&fd);
}

static void test_rewrite(void **state)
{
	static const char *const rows[] = { "first", "longer than that", "x",
					    "", "again" };
	struct mg_root root;
	int fd;

	(void)state;
	root = open_here();
	fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_buf out;

		assert_int_equal(
			mg_file_rewrite(fd, mg_slice_str(rows[i]), &err), 0);
		mg_buf_init(&out, 100);
		assert_int_equal(mg_root_read(&root, "/file", &out, &err), 0);
		assert_string_equal(out.ptr, rows[i]);
		mg_buf_release(&out);
	}
	assert_err_untouched();
	mg_file_close(&fd);
	assert_int_equal(mg_file_rewrite(fd, MG_LIT("x"), &err), -MG_EIO);
	assert_err(MG_EIO, "cannot empty a file: bad file descriptor");
	mg_root_close(&root);
}

static void test_write_all_to_no_file(void **state)
{
	int fd;

	(void)state;
	make_file("plain", MG_LIT(""));
	fd = open("plain", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(mg_file_write_all(fd, MG_LIT(""), &err), 0);
	assert_err_untouched();
	assert_int_equal(mg_file_write_all(fd, MG_LIT("x"), &err), -MG_EIO);
	assert_err(MG_EIO, "cannot write: bad file descriptor");
	mg_file_close(&fd);
}

/* A write that is cut short at the limit of the file, and then refused. */
static void test_write_all_to_a_full_file(void **state)
{
	struct rlimit kept, limit;
	int fd, exact, over;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
	limit = (struct rlimit){ .rlim_cur = 10, .rlim_max = kept.rlim_max };
	fd = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	exact = mg_file_write_all(fd, MG_LIT("0123456789"), &err);
	(void)lseek(fd, 5, SEEK_SET);
	over = mg_file_write_all(fd, MG_LIT("567890"), &err);
	(void)setrlimit(RLIMIT_FSIZE, &kept);
	(void)signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(exact, 0);
	assert_int_equal(over, -MG_EIO);
	assert_err(MG_EIO, "cannot write: file too large");
	assert_int_equal(mg_file_size(fd, &err), 10);
	mg_file_close(&fd);
}

/* ---- interrupted calls */

#define N_PIECES 20 /* taken one by one, the writer interrupted each time */

static volatile sig_atomic_t n_signals;

static void count_signal(int number)
{
	(void)number;
	n_signals++;
}

/* From now on SIGUSR1 interrupts what waits. */
static void catch_signal(void)
{
	const struct sigaction action = { .sa_handler = count_signal };

	n_signals = 0;
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
}

/* In a child: returns when its parent waits in the kernel. */
static void await_waiting_parent(void)
{
	char path[64], text[512], letter = ' ';

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)getppid());
	while (letter != 'S') {
		const int fd = open(path, O_RDONLY | O_CLOEXEC);
		const ssize_t n = read(fd, text, sizeof(text) - 1);
		const char *name_end;

		(void)close(fd);
		text[n > 0 ? n : 0] = '\0';
		name_end = strrchr(text, ')');
		if (!name_end || getppid() == 1)
			_exit(1);
		letter = name_end[2];
		(void)sched_yield();
	}
}

/* In a child: returns when its parent was interrupted and waits again. */
static void interrupt_parent(void)
{
	await_waiting_parent();
	(void)kill(getppid(), SIGUSR1);
	await_waiting_parent();
}

static void reap(pid_t child)
{
	int status;
	pid_t got;

	do
		got = waitpid(child, &status, 0);
	while (got < 0 && errno == EINTR);
	assert_int_equal(got, child);
	assert_int_equal(status, 0);
}

/*
 * Interrupts the writer when it has written a part, and again when it has
 * written nothing since. Then takes all the rest.
 */
static _Noreturn void disturb_writer(int from)
{
	size_t total = 0;
	char piece[4096];
	ssize_t n;

	(void)alarm(HANG_S);
	for (int i = 0; i < N_PIECES; i++) {
		interrupt_parent();
		interrupt_parent();
		n = read(from, piece, sizeof(piece));
		total += n > 0 ? (size_t)n : 0;
	}
	while ((n = read(from, piece, sizeof(piece))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (piece[i] != 'w')
				_exit(2);
		total += (size_t)n;
	}
	_exit(total == 1000000 ? 0 : 3);
}

static void test_write_all_in_many_pieces(void **state)
{
	struct mg_buf text;
	int ends[2], rc;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	catch_signal();
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(ends[1]);
		disturb_writer(ends[0]);
	}
	(void)close(ends[0]);
	mg_buf_init(&text, 1000000);
	mg_buf_add_fill(&text, 'w', 1000000);
	rc = mg_file_write_all(ends[1], mg_buf_slice(&text), &err);
	mg_file_close(&ends[1]);
	mg_buf_release(&text);
	reap(child);
	(void)signal(SIGUSR1, SIG_DFL);
	assert_int_equal(rc, 0);
	assert_err_untouched();
	assert_int_equal(n_signals, 2 * N_PIECES);
}

static void test_read_some_goes_on_after_a_signal(void **state)
{
	char to[16];
	int ends[2];
	int64_t n;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	catch_signal();
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)alarm(HANG_S);
		interrupt_parent();
		_exit(write(ends[1], "abc", 3) != 3);
	}
	(void)close(ends[1]);
	n = mg_file_read_some(ends[0], to, sizeof(to), &err);
	reap(child);
	(void)signal(SIGUSR1, SIG_DFL);
	assert_int_equal(n, 3);
	assert_memory_equal(to, "abc", 3);
	assert_int_equal(n_signals, 1);
	assert_int_equal(mg_file_read_some(ends[0], to, sizeof(to), &err), 0);
	assert_err_untouched();
	mg_file_close(&ends[0]);
	assert_int_equal(mg_file_read_some(ends[0], to, sizeof(to), &err),
			 -MG_EIO);
	assert_err(MG_EIO, "cannot read: bad file descriptor");
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

#define IN_DIRECTORY(test)                                                     \
	cmocka_unit_test_setup_teardown(test, enter_directory, leave_directory)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIRECTORY(test_root_open),
		IN_DIRECTORY(test_root_read),
		IN_DIRECTORY(test_root_read_gives_the_bytes),
		IN_DIRECTORY(test_root_read_limit),
		IN_DIRECTORY(test_root_is_held),
		IN_DIRECTORY(test_root_has),
		IN_DIRECTORY(test_root_list),
		IN_DIRECTORY(test_root_look),
		IN_DIRECTORY(test_root_readlink),
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
		IN_DIRECTORY(test_private_dir_that_cannot_be),
		IN_DIRECTORY(test_private_dir_of_another_user),
		IN_DIRECTORY(test_exists),
		IN_DIRECTORY(test_open_lock),
		IN_DIRECTORY(test_lock_file_is_private_and_kept),
		IN_DIRECTORY(test_rewrite),
		IN_DIRECTORY(test_write_all_to_no_file),
		IN_DIRECTORY(test_write_all_to_a_full_file),
		IN_DIRECTORY(test_write_all_in_many_pieces),
		IN_DIRECTORY(test_read_some_goes_on_after_a_signal),
		IN_DIRECTORY(test_open_standard),
		IN_DIRECTORY(test_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
