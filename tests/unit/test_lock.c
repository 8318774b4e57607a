/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/file.h"
#include "mailguard/lock.h"

#define HANG_S 60 /* then SIGALRM ends the test; no test comes near it */

static char directory[4096];
static int dir = -1; /* the state directory */
static struct mg_err err;

static int make_directory(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)alarm(HANG_S);
	err = (struct mg_err){ .code = MG_OK, .text = "untouched" };
	(void)snprintf(directory, sizeof(directory), "%s/mg-lock-XXXXXX",
		       tmp ? tmp : P_tmpdir);
	if (!mkdtemp(directory))
		return -1;
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0;
}

static int remove_directory(void **state)
{
	(void)state;
	(void)alarm(0);
	(void)unlinkat(dir, MG_LOCK_NAME, 0); /* not every test has one */
	(void)unlinkat(dir, MG_LOCK_NAME, AT_REMOVEDIR);
	(void)close(dir);
	return rmdir(directory);
}

static void assert_err_untouched(void)
{
	assert_int_equal(err.code, MG_OK);
	assert_string_equal(err.text, "untouched");
}

/* The text of the lock file. */
/* The text of the file from now on. */
static void put_holder(const char *text)
{
	const int fd = openat(dir, MG_LOCK_NAME,
			      O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static const char *holder(void)
{
	static char text[512];
	const int fd = openat(dir, MG_LOCK_NAME, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	(void)close(fd);
	return text;
}

/* What a second taker in a process of its own is told. */
struct answer {
	int rc, fd;
	struct mg_err err;
};

static struct answer ask_in_child(void)
{
	struct answer a;
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		memset(&a, 0, sizeof(a));
		a.fd = -7;
		a.rc = mg_lock_take(dir, "report", &a.fd, &a.err);
		_exit(write(ends[1], &a, sizeof(a)) != sizeof(a));
	}
	(void)close(ends[1]);
	assert_int_equal(read(ends[0], &a, sizeof(a)), sizeof(a));
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	return a;
}

static void test_take(void **state)
{
	char want[128];
	struct stat st;
	int fd = -7;

	(void)state;
	assert_int_equal(mg_lock_take(dir, "sweep", &fd, &err), 0);
	assert_err_untouched();
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777 & 077, 0);
	(void)snprintf(want, sizeof(want), "process %ld, sweep\n",
		       (long)getpid());
	assert_string_equal(holder(), want);
	mg_file_close(&fd);
}

static void test_second_taker_is_told_the_holder(void **state)
{
	char want[128], kept[512];
	struct answer a;
	int fd = -7;

	(void)state;
	assert_int_equal(mg_lock_take(dir, "sweep", &fd, &err), 0);
	(void)snprintf(kept, sizeof(kept), "%s", holder());
	(void)snprintf(want, sizeof(want),
		       "another mailguard is at work: process %ld, sweep",
		       (long)getpid());
	a = ask_in_child();
	assert_int_equal(a.rc, -MG_EBUSY);
	assert_int_equal(a.err.code, MG_EBUSY);
	assert_string_equal(a.err.text, want);
	assert_int_equal(a.fd, -7);
	/* Who failed changed nothing. */
	assert_string_equal(holder(), kept);
	a = ask_in_child();
	assert_string_equal(a.err.text, want);

	mg_file_close(&fd);
	a = ask_in_child();
	assert_int_equal(a.rc, 0);
	assert_int_equal(a.err.code, MG_OK);
}

/* The same process, through another descriptor. */
static void test_second_taker_here(void **state)
{
	int first = -7, second = -7;

	(void)state;
	assert_int_equal(mg_lock_take(dir, "sweep", &first, &err), 0);
	assert_int_equal(mg_lock_take(dir, "sweep", &second, &err), -MG_EBUSY);
	assert_int_equal(second, -7);
	mg_file_close(&first);
	assert_int_equal(mg_lock_take(dir, "sweep", &second, &err), 0);
	mg_file_close(&second);
}

/* A file can be removed while somebody holds it. */
static void test_F52_lock_file_deleted_while_held(void **state)
{
	int first = -7, second = -7;

	(void)state;
	assert_int_equal(mg_lock_take(dir, "sweep", &first, &err), 0);
	assert_int_equal(unlinkat(dir, MG_LOCK_NAME, 0), 0);
	assert_int_equal(mg_lock_try(dir, "sweep", &second, &err), -MG_EBUSY);
	assert_int_equal(second, -7);
	mg_file_close(&first);
	assert_int_equal(mg_lock_try(dir, "sweep", &second, &err), 0);
	mg_file_close(&second);
}

/* Taken, not yet or no longer signed. */
static void test_holder_that_left_no_name(void **state)
{
	int first = -7, second = -7;

	(void)state;
	assert_int_equal(mg_lock_take(dir, "sweep", &first, &err), 0);
	put_holder("");
	assert_int_equal(mg_lock_take(dir, "sweep", &second, &err), -MG_EBUSY);
	assert_string_equal(err.text, "another mailguard is at work");
	mg_file_close(&first);
}

static void test_freed_when_the_holder_is_killed(void **state)
{
	char want[128];
	int ends[2], status;
	pid_t child;
	int fd = -7;
	char byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)alarm(HANG_S);
		if (mg_lock_take(dir, "sweep", &fd, NULL) == 0 &&
		    write(ends[1], "x", 1) == 1)
			for (;;)
				(void)pause();
		_exit(1);
	}
	(void)close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	(void)close(ends[0]);

	(void)snprintf(want, sizeof(want),
		       "another mailguard is at work: process %ld, sweep",
		       (long)child);
	assert_int_equal(mg_lock_take(dir, "report", &fd, &err), -MG_EBUSY);
	assert_string_equal(err.text, want);
	assert_int_equal(fd, -7);

	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(mg_lock_take(dir, "report", &fd, &err), 0);
	/* The text of the dead one is replaced, though it may be longer. */
	(void)snprintf(want, sizeof(want), "process %ld, report\n",
		       (long)getpid());
	assert_string_equal(holder(), want);
	mg_file_close(&fd);
}

/* A watch lets go again and again, so others wait; a watch itself does not. */
static void test_a_watch_is_waited_for(void **state)
{
	int ends[2], status;
	pid_t child;
	int fd = -7;
	char byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)alarm(HANG_S);
		if (mg_lock_try(dir, MG_LOCK_WATCH, &fd, NULL) < 0 ||
		    write(ends[1], "x", 1) != 1)
			_exit(1);
		(void)poll(NULL, 0, 200);
		_exit(0);
	}
	(void)close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	(void)close(ends[0]);
	assert_int_equal(mg_lock_try(dir, "x", &fd, &err), -MG_EBUSY);
	assert_non_null(strstr(err.text, ", watch"));
	assert_int_equal(fd, -7);
	err = (struct mg_err){ .code = MG_OK, .text = "untouched" };
	assert_int_equal(mg_lock_take(dir, "sweep", &fd, &err), 0);
	assert_err_untouched();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	mg_file_close(&fd);
}

static void test_text_of_another_holder_is_replaced(void **state)
{
	char want[128];
	int fd = -7;

	(void)state;
	fd = openat(dir, MG_LOCK_NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	for (int i = 0; i < 30; i++)
		assert_int_equal(write(fd, "left behind\n", 12), 12);
	(void)close(fd);
	assert_int_equal(mg_lock_take(dir, "sweep", &fd, &err), 0);
	(void)snprintf(want, sizeof(want), "process %ld, sweep\n",
		       (long)getpid());
	assert_string_equal(holder(), want);
	mg_file_close(&fd);
}

/* Longer than is read back: a command's name is not, but a file may be. */
static void test_long_text_of_a_holder_is_cut(void **state)
{
	int first = -7, second = -7;
	char text[300] = "";

	(void)state;
	assert_int_equal(mg_lock_take(dir, "sweep", &first, &err), 0);
	memset(text, 'x', sizeof(text) - 1);
	put_holder(text);
	assert_int_equal(mg_lock_take(dir, "sweep", &second, &err), -MG_EBUSY);
	assert_memory_equal(err.text, "another mailguard is at work: xxx", 33);
	assert_int_equal(strlen(err.text), 30 + 128);
	mg_file_close(&first);
}

static void test_no_lock_file_to_have(void **state)
{
	int fd = -7;

	(void)state;
	assert_int_equal(symlinkat("elsewhere", dir, MG_LOCK_NAME), 0);
	assert_int_equal(mg_lock_take(dir, "sweep", &fd, &err), -MG_EIO);
	assert_int_equal(err.code, MG_EIO);
	assert_non_null(strstr(err.text, "too many levels of symbolic links"));
	assert_int_equal(fd, -7);
	assert_int_equal(unlinkat(dir, MG_LOCK_NAME, 0), 0);
	assert_int_equal(mkdirat(dir, MG_LOCK_NAME, 0700), 0);
	assert_int_equal(mg_lock_take(dir, "sweep", &fd, &err), -MG_EIO);
	assert_int_equal(mg_lock_take(-1, "sweep", &fd, &err), -MG_EIO);
	assert_int_equal(fd, -7);
}

#define WITH_DIRECTORY(test)                                                   \
	cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_DIRECTORY(test_take),
		WITH_DIRECTORY(test_second_taker_is_told_the_holder),
		WITH_DIRECTORY(test_second_taker_here),
		WITH_DIRECTORY(test_F52_lock_file_deleted_while_held),
		WITH_DIRECTORY(test_holder_that_left_no_name),
		WITH_DIRECTORY(test_freed_when_the_holder_is_killed),
		WITH_DIRECTORY(test_a_watch_is_waited_for),
		WITH_DIRECTORY(test_text_of_another_holder_is_replaced),
		WITH_DIRECTORY(test_long_text_of_a_holder_is_cut),
		WITH_DIRECTORY(test_no_lock_file_to_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
