/* SPDX-License-Identifier: MIT */
/*
 * spawn_fixture - workers of tests. What runs in one may use what its jail
 * allows: reads at an offset, writes, and little else. The jail has its own
 * tests.
 */
#ifndef MG_TEST_SPAWN_FIXTURE_H
#define MG_TEST_SPAWN_FIXTURE_H

#include "leave.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/file.h"
#include "mailguard/spawn.h"

#define HANG_S 60 /* then SIGALRM ends the test; no test comes near it */

#define MUCH (4 * 1000 * 1000) /* bytes; more than a pipe holds */

static const struct mg_jail jail = { MG_PRIV_UID, MG_PRIV_UID };
static int input = -1; /* a file for workers to read */
static struct mg_err err;

static inline int make_input(void **state)
{
	(void)state;
	(void)alarm(HANG_S);
	err = (struct mg_err){ .code = MG_OK, .text = "untouched" };
	input = memfd_create("input", MFD_CLOEXEC);
	return input < 0 || write(input, "some input", 10) != 10;
}

static inline int close_input(void **state)
{
	(void)state;
	(void)alarm(0);
	return close(input);
}

static inline void assert_err_untouched(void)
{
	assert_int_equal(err.code, MG_OK);
	assert_string_equal(err.text, "untouched");
}

static inline void start(struct mg_worker *w, mg_worker_fn fn, void *arg)
{
	assert_int_equal(mg_worker_start(w, input, fn, arg, &jail, &err), 0);
	assert_true(w->pid > 0);
	assert_true(w->from_fd >= 0);
	assert_true(fcntl(w->from_fd, F_GETFD) & FD_CLOEXEC);
}

/* Reads until the end; returns the bytes, at most len. */
static inline size_t read_result(const struct mg_worker *w, void *to,
				 size_t len)
{
	size_t done = 0;

	while (done < len) {
		const int64_t n = mg_file_read_some(w->from_fd,
						    (char *)to + done,
						    len - done, &err);

		assert_true(n >= 0);
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static inline void assert_done(const struct mg_worker *w)
{
	assert_int_equal(w->pid, 0);
	assert_int_equal(w->from_fd, -1);
	/* No child is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* A worker that says what it was given to read. */
static inline int copy_input(void *arg, int in_fd, int out_fd)
{
	char text[64];
	const int64_t n = mg_file_read_at(in_fd, text, sizeof(text), 0, NULL);

	(void)arg;
	return leave(
		n < 0 ||
		mg_file_write_all(out_fd, mg_slice_of(text, (size_t)n), NULL));
}

/* Far more than a pipe holds. */
static inline int write_much(void *arg, int in_fd, int out_fd)
{
	char piece[1000];

	(void)arg;
	(void)in_fd;
	for (int i = 0; i < MUCH / 1000; i++) {
		memset(piece, i & 0xff, sizeof(piece));
		if (mg_file_write_all(out_fd, mg_slice_of(piece, sizeof(piece)),
				      NULL))
			return leave(1);
	}
	return leave(0);
}

#define WITH_INPUT(test)                                                       \
	cmocka_unit_test_setup_teardown(test, make_input, close_input)

#endif
