/* SPDX-License-Identifier: MIT */
/*
 * file_fixture - each test has a directory of its own and stands in it. What
 * is made there is made past the module under test.
 */
#ifndef MG_TEST_FILE_FIXTURE_H
#define MG_TEST_FILE_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static inline int enter_directory(void **state)
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

static inline int remove_one(const char *path, const struct stat *st, int type,
			     struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int leave_directory(void **state)
{
	int rc;

	(void)state;
	rc = fchdir(start_fd);
	(void)close(start_fd);
	(void)alarm(0);
	return rc | nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void make_file(const char *path, struct mg_slice bytes)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			    0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
	assert_int_equal(close(fd), 0);
}

/* One of each kind that a customer can put in a place. */
static inline void make_kinds(void)
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

static inline void assert_err_untouched(void)
{
	assert_int_equal(err.code, MG_OK);
	assert_string_equal(err.text, "untouched");
}

static inline void assert_err(int code, const char *part)
{
	assert_int_equal(err.code, code);
	if (!strstr(err.text, part))
		fail_msg("'%s' does not say '%s'", err.text, part);
}

static inline struct mg_root open_here(void)
{
	struct mg_root root;

	assert_int_equal(mg_root_open(&root, ".", &err), 0);
	assert_true(fcntl(root.fd, F_GETFD) & FD_CLOEXEC);
	assert_string_equal(root.path, ".");
	return root;
}

static inline void reap(pid_t child)
{
	int status;
	pid_t got;

	do
		got = waitpid(child, &status, 0);
	while (got < 0 && errno == EINTR);
	assert_int_equal(got, child);
	assert_int_equal(status, 0);
}

#define IN_DIRECTORY(test)                                                     \
	cmocka_unit_test_setup_teardown(test, enter_directory, leave_directory)

#endif
