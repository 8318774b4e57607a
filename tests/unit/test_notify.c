/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/notify.h"

static char directory[4096], path[5000], other[5000];
static int fd = -1;
static struct mg_err err;

static int make_directory(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(directory, sizeof(directory), "%s/mg-notify-XXXXXX",
		       tmp ? tmp : P_tmpdir);
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/log", directory);
	(void)snprintf(other, sizeof(other), "%s/log.1", directory);
	fd = mg_notify_open(&err);
	return fd < 0;
}

static int remove_directory(void **state)
{
	(void)state;
	(void)close(fd);
	(void)unlink(path);
	(void)unlink(other);
	return rmdir(directory);
}

static void write_to(const char *name)
{
	const int file = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);

	assert_true(file >= 0);
	assert_int_equal(write(file, "x\n", 2), 2);
	assert_int_equal(close(file), 0);
}

static bool is_heard(void)
{
	struct pollfd what = { .fd = fd, .events = POLLIN };

	return poll(&what, 1, 0) == 1;
}

static void test_content(void **state)
{
	(void)state;
	write_to(path);
	assert_true(mg_notify_add_file(fd, path));
	assert_true(mg_notify_add_file(fd, path));
	assert_false(is_heard());
	assert_int_equal(mg_notify_take(fd), 0);
	write_to(path);
	write_to(path);
	assert_true(is_heard());
	assert_int_equal(mg_notify_take(fd), MG_NOTICE_CONTENT);
	assert_false(is_heard());
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(mg_notify_take(fd), MG_NOTICE_CONTENT);
	write_to(other);
	assert_false(is_heard());
}

static void test_rotation(void **state)
{
	(void)state;
	write_to(path);
	assert_true(mg_notify_add_file(fd, path));
	assert_true(mg_notify_add_names(fd, directory));
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(mg_notify_take(fd), MG_NOTICE_NAMES);
	write_to(path); /* not watched yet, but its name is news */
	assert_int_equal(mg_notify_take(fd), MG_NOTICE_NAMES);
	write_to(path);
	assert_int_equal(mg_notify_take(fd), 0);
	write_to(other); /* a daemon that has it open still */
	assert_int_equal(mg_notify_take(fd), MG_NOTICE_CONTENT);
	assert_true(mg_notify_add_file(fd, path));
	write_to(path);
	assert_int_equal(mg_notify_take(fd), MG_NOTICE_CONTENT);
}

/* Also without its directory: a link that leads elsewhere. */
static void test_removal(void **state)
{
	int held;

	(void)state;
	write_to(path);
	assert_true(mg_notify_add_file(fd, path));
	held = open(path, O_RDONLY);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mg_notify_take(fd), MG_NOTICE_NAMES);
	assert_int_equal(close(held), 0);
	assert_int_equal(mg_notify_take(fd), MG_NOTICE_NAMES);
}

static void test_nothing_to_watch(void **state)
{
	(void)state;
	assert_false(mg_notify_add_file(fd, path));
	assert_false(mg_notify_add_names(fd, path));
	write_to(path);
	assert_false(mg_notify_add_names(fd, path));
	assert_false(mg_notify_add_file(-1, path));
	assert_int_equal(mg_notify_take(-1), 0);
}

static void test_more_than_one_read(void **state)
{
	(void)state;
	assert_true(mg_notify_add_names(fd, directory));
	for (int i = 0; i < 500; i++) {
		write_to(path);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(mg_notify_take(fd), MG_NOTICE_NAMES);
	assert_false(is_heard());
}

static void test_no_descriptor(void **state)
{
	struct rlimit before, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(mg_notify_open(&err), -MG_EIO);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_string_equal(err.text,
			    "cannot use inotify: too many open files");
}

#define WITH_DIRECTORY(test)                                                   \
	cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_DIRECTORY(test_content),
		WITH_DIRECTORY(test_rotation),
		WITH_DIRECTORY(test_removal),
		WITH_DIRECTORY(test_nothing_to_watch),
		WITH_DIRECTORY(test_more_than_one_read),
		WITH_DIRECTORY(test_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
