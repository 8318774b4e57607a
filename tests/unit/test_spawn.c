/* SPDX-License-Identifier: MIT */
/*
 * What runs in a worker here may use what its jail allows: reads at an offset,
 * writes, and little else. The jail has its own tests.
 */
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

#define FDS_SEEN 1200 /* descriptors that a child looks at */
#define N_EXTRA 40    /* descriptors that it must not have */
#define HANG_S 60     /* then SIGALRM ends the test; no test comes near it */
/* 32 and 33 are libc's own: nobody else may set them, whoever ignored them. */
#define LIBC_SIGNALS (3ULL << 31)
#define MUCH (4 * 1000 * 1000) /* bytes; more than a pipe holds */
#define N_SPINS 50000000       /* reads, some seconds, until a child gives up */

static const struct mg_jail jail = { MG_PRIV_UID, MG_PRIV_UID };
static int input = -1; /* a file for workers to read */
static struct mg_err err;

static int make_input(void **state)
{
	(void)state;
	(void)alarm(HANG_S);
	err = (struct mg_err){ .code = MG_OK, .text = "untouched" };
	input = memfd_create("input", MFD_CLOEXEC);
	return input < 0 || write(input, "some input", 10) != 10;
}

static int close_input(void **state)
{
	(void)state;
	(void)alarm(0);
	return close(input);
}

static void assert_err_untouched(void)
{
	assert_int_equal(err.code, MG_OK);
	assert_string_equal(err.text, "untouched");
}

static void start(struct mg_worker *w, mg_worker_fn fn, void *arg)
{
	assert_int_equal(mg_worker_start(w, input, fn, arg, &jail, &err), 0);
	assert_true(w->pid > 0);
	assert_true(w->from_fd >= 0);
	assert_true(fcntl(w->from_fd, F_GETFD) & FD_CLOEXEC);
}

/* Reads until the end; returns the bytes, at most len. */
static size_t read_result(const struct mg_worker *w, void *to, size_t len)
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

static void assert_done(const struct mg_worker *w)
{
	assert_int_equal(w->pid, 0);
	assert_int_equal(w->from_fd, -1);
	/* No child is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* ---- bytes and statuses */

static int copy_input(void *arg, int in_fd, int out_fd)
{
	char text[64];
	const int64_t n = mg_file_read_at(in_fd, text, sizeof(text), 0, NULL);

	(void)arg;
	return leave(
		n < 0 ||
		mg_file_write_all(out_fd, mg_slice_of(text, (size_t)n), NULL));
}

static void test_result_bytes(void **state)
{
	struct mg_worker w;
	char got[64];

	(void)state;
	start(&w, copy_input, NULL);
	assert_int_equal(read_result(&w, got, sizeof(got)), 10);
	assert_memory_equal(got, "some input", 10);
	assert_int_equal(mg_worker_wait(&w, &err), 0);
	assert_err_untouched();
	assert_done(&w);
	assert_int_equal(mg_worker_wait(&w, &err), 0);
	/* The caller's descriptor is still its own. */
	assert_true(fcntl(input, F_GETFD) >= 0);
}

/* Far more than a pipe holds. */
static int write_much(void *arg, int in_fd, int out_fd)
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

static void test_many_result_bytes(void **state)
{
	static unsigned char got[MUCH + 1];
	struct mg_worker w;

	(void)state;
	start(&w, write_much, NULL);
	assert_int_equal(read_result(&w, got, sizeof(got)), MUCH);
	for (size_t i = 0; i < MUCH; i++)
		assert_int_equal(got[i], i / 1000 & 0xff);
	assert_int_equal(mg_worker_wait(&w, &err), 0);
	assert_done(&w);
}

static int exit_with(void *arg, int in_fd, int out_fd)
{
	const int *status = arg;

	(void)in_fd;
	(void)out_fd;
	return leave(*status);
}

static void test_exit_status(void **state)
{
	static const struct {
		int status, want;
		const char *says;
	} rows[] = {
		{ 0, 0, "untouched" },
		{ 1, -MG_EIO, "the child process ended with status 1" },
		{ MG_ELIMIT, -MG_EIO, "the child process ended with status 6" },
		{ 255, -MG_EIO, "the child process ended with status 255" },
		{ MG_WORKER_NO_JAIL, -MG_EIO,
		  "the child process could not be jailed (user ids, limits, seccomp), so it did not run" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = rows[i].status;
		struct mg_worker w;
		char byte;

		start(&w, exit_with, &status);
		assert_int_equal(read_result(&w, &byte, 1), 0);
		assert_int_equal(mg_worker_wait(&w, &err), rows[i].want);
		assert_int_equal(err.code, -rows[i].want);
		assert_string_equal(err.text, rows[i].says);
		assert_done(&w);
	}
}

/* What the child does to its argument stays there. */
static int change_argument(void *arg, int in_fd, int out_fd)
{
	int *n = arg;

	(void)in_fd;
	*n += 1;
	return leave(mg_file_write_all(
		out_fd, mg_slice_of((const char *)n, sizeof(*n)), NULL));
}

static void test_child_has_its_own_memory(void **state)
{
	struct mg_worker w;
	int here = 41, there = 0;

	(void)state;
	start(&w, change_argument, &here);
	assert_int_equal(read_result(&w, &there, sizeof(there)), sizeof(there));
	assert_int_equal(mg_worker_wait(&w, &err), 0);
	assert_int_equal(there, 42);
	assert_int_equal(here, 41);
}

/* ---- ends by signals */

/* Until it has ended; mg_worker_wait finds it as it is. */
static void await_end(const struct mg_worker *w)
{
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)w->pid, &info, WEXITED | WNOWAIT),
			 0);
}

/* Ends a child that waits for its pipe to be read. */
static void start_and_end(struct mg_worker *w, int number)
{
	char byte;

	start(w, write_much, NULL);
	assert_int_equal(read_result(w, &byte, 1), 1);
	assert_int_equal(kill(w->pid, number), 0);
}

static void test_killed_by_a_signal(void **state)
{
	static const struct {
		int number;
		const char *says;
	} rows[] = {
		{ SIGKILL, "the child process was ended by signal 9 (KILL)" },
		{ SIGTERM, "the child process was ended by signal 15 (TERM)" },
		{ SIGXCPU, "the child process was ended by signal 24 (XCPU)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_worker w;

		start_and_end(&w, rows[i].number);
		await_end(&w);
		assert_int_equal(mg_worker_wait(&w, &err), -MG_EIO);
		assert_int_equal(err.code, MG_EIO);
		assert_string_equal(err.text, rows[i].says);
		assert_done(&w);
	}
}

/* These have no name in the C library. */
static void test_killed_by_a_signal_without_a_name(void **state)
{
	struct mg_worker w;
	char want[64];

	(void)state;
	start_and_end(&w, SIGRTMAX);
	await_end(&w);
	assert_int_equal(mg_worker_wait(&w, &err), -MG_EIO);
	(void)snprintf(want, sizeof(want), "ended by signal %d (", SIGRTMAX);
	assert_non_null(strstr(err.text, want));
	assert_null(strstr(err.text, "null"));
	assert_done(&w);
}

static int open_something(void *arg, int in_fd, int out_fd)
{
	(void)arg;
	(void)in_fd;
	(void)out_fd;
	return leave(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0);
}

static void test_child_is_jailed(void **state)
{
	struct mg_worker w;

	(void)state;
	start(&w, open_something, NULL);
	assert_int_equal(mg_worker_wait(&w, &err), -MG_EIO);
	assert_string_equal(err.text,
			    "the child process was ended by signal 31 (SYS)");
	assert_done(&w);
}

/* A child whose bytes nobody wants does not keep the parent waiting. */
static void test_wait_closes_the_pipe(void **state)
{
	struct mg_worker w;

	(void)state;
	start(&w, write_much, NULL);
	assert_int_equal(mg_worker_wait(&w, &err), -MG_EIO);
	assert_string_equal(err.text,
			    "the child process was ended by signal 13 (PIPE)");
	assert_done(&w);
}

/* ---- programs */

/* What a shell prints, and how it ended. */
static int print(const char *script, char *got, size_t len)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct mg_worker w;
	size_t n;

	assert_int_equal(mg_program_start(&w, "/bin/sh", argv, &err), 0);
	assert_true(fcntl(w.from_fd, F_GETFD) & FD_CLOEXEC);
	n = read_result(&w, got, len - 1);
	got[n] = '\0';
	n = (size_t)-mg_worker_wait(&w, &err);
	assert_done(&w);
	return (int)n;
}

static void test_a_program_has_nothing_of_ours(void **state)
{
	char got[256];

	(void)state;
	assert_int_equal(setenv("LD_PRELOAD", "", 1), 0);
	assert_int_equal(setenv("MG_SECRET", "x", 1), 0);
	assert_int_equal(fcntl(input, F_SETFD, 0), 0);
	assert_int_equal(print("/usr/bin/env | grep -v '^_\\|^PWD'; cat; n=0;"
			       "while [ $n -lt 200 ]; do"
			       " [ ! -e /proc/self/fd/$n ] || echo $n;"
			       " n=$((n + 1)); done",
			       got, sizeof(got)),
			 0);
	assert_string_equal(got, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
				 "LC_ALL=C\n0\n1\n2\n");
	assert_int_equal(unsetenv("LD_PRELOAD"), 0);
	assert_int_equal(unsetenv("MG_SECRET"), 0);
}

static void test_how_a_program_ends(void **state)
{
	static const struct {
		const char *script, *part;
	} rows[] = {
		{ "exit 3", "status 3" },
		{ "kill -9 $$", "signal 9 (KILL)" },
		{ "exec /nonexistent", "status 127" },
	};
	const char *const argv[] = { "x", NULL };
	struct mg_worker w;
	char got[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(print(rows[i].script, got, sizeof(got)),
				 MG_EIO);
		assert_non_null(strstr(err.text, rows[i].part));
	}
	assert_int_equal(mg_program_start(&w, "/nonexistent", argv, &err), 0);
	assert_int_equal(mg_worker_wait(&w, &err), -MG_EIO);
	assert_non_null(strstr(err.text, "status 127"));
	/* One that is given up while it prints. */
	assert_int_equal(mg_program_start(&w, "/usr/bin/yes", argv, &err), 0);
	mg_worker_kill(&w);
	assert_done(&w);
}

static void test_kill(void **state)
{
	struct mg_worker w;

	(void)state;
	start(&w, write_much, NULL);
	mg_worker_kill(&w);
	assert_done(&w);
	mg_worker_kill(&w);
	assert_int_equal(mg_worker_wait(&w, &err), 0);
	assert_err_untouched();
}

static void test_worker_that_was_never_started(void **state)
{
	struct mg_worker w = { .pid = 0, .from_fd = -1 };

	(void)state;
	assert_int_equal(mg_worker_wait(&w, &err), 0);
	mg_worker_kill(&w);
	assert_err_untouched();
	assert_done(&w);
}

/* ---- what a child has */

/*
 * Any descriptor can be read or written, or both fail with EBADF. Those that
 * the tests open can be read.
 */
static int look_around(void *arg, int in_fd, int out_fd)
{
	static char is_open[FDS_SEEN];

	(void)arg;
	for (int fd = 0; fd < FDS_SEEN; fd++) {
		char byte;

		is_open[fd] = pread(fd, &byte, 1, 0) >= 0 || errno != EBADF ||
			      write(fd, "", 0) == 0;
	}
	if (in_fd != 0 || out_fd != 1 || write(STDERR_FILENO, "e", 1) != 1)
		return leave(1);
	return leave(mg_file_write_all(
		out_fd, mg_slice_of(is_open, sizeof(is_open)), NULL));
}

/* Three descriptors: what it was given, the pipe, stderr. */
static void check_view(int in_fd)
{
	const int kept = dup(STDERR_FILENO);
	char is_open[FDS_SEEN], said = ' ';
	struct mg_worker w;
	int ends[2], rc;
	size_t n;

	assert_true(kept >= 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	(void)dup2(ends[1], STDERR_FILENO);
	rc = mg_worker_start(&w, in_fd, look_around, NULL, &jail, &err);
	(void)dup2(kept, STDERR_FILENO);
	(void)close(kept);
	(void)close(ends[1]);
	assert_int_equal(rc, 0);
	n = read_result(&w, is_open, sizeof(is_open));
	assert_int_equal(mg_worker_wait(&w, &err), 0);
	assert_int_equal(n, sizeof(is_open));
	assert_int_equal(read(ends[0], &said, 1), 1);
	assert_int_equal(said, 'e');
	(void)close(ends[0]);
	for (int fd = 0; fd < FDS_SEEN; fd++)
		if (is_open[fd] != (fd < 3))
			fail_msg("descriptor %d is %s", fd,
				 is_open[fd] ? "open" : "closed");
}

static void test_child_has_three_descriptors(void **state)
{
	int extra[N_EXTRA];

	(void)state;
	/* None of them close-on-exec, which would not help anyway. */
	for (size_t i = 0; i < N_EXTRA - 1; i++) {
		extra[i] = dup(input);
		assert_true(extra[i] >= 0);
	}
	extra[N_EXTRA - 1] = fcntl(input, F_DUPFD, 900);
	assert_true(extra[N_EXTRA - 1] >= 900);
	check_view(input);
	check_view(extra[N_EXTRA - 1]);
	for (size_t i = 0; i < N_EXTRA; i++)
		assert_int_equal(close(extra[i]), 0);
}

/* In a child of the test. Returns its exit status. */
static int run_with(int in_fd, bool close_0, bool close_1)
{
	const int in = in_fd < 0 ? input : in_fd;
	struct mg_worker w;
	char got[64];
	size_t n = 0;
	ssize_t more;

	(void)alarm(HANG_S);
	if (in_fd >= 0)
		(void)dup2(input, in);
	if (close_0)
		(void)close(0);
	if (close_1)
		(void)close(1);
	if (mg_worker_start(&w, in, copy_input, NULL, &jail, NULL))
		return 2;
	while ((more = read(w.from_fd, got + n, sizeof(got) - n)) > 0)
		n += (size_t)more;
	if (n != 10 || memcmp(got, "some input", 10))
		return 3;
	return mg_worker_wait(&w, NULL) ? 4 : 0;
}

/* Where the numbers that the child uses are taken here, or free for a pipe. */
static void test_any_numbers_in_the_parent(void **state)
{
	static const struct {
		int in_fd; /* -1: `input` as it is */
		bool close_0, close_1;
	} rows[] = {
		{ 0, false, false }, { 1, false, false }, { -1, true, false },
		{ -1, false, true }, { -1, true, true },  { 1, true, false },
		{ 0, false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pid_t child;
		int status;

		(void)fflush(NULL);
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			_exit(run_with(rows[i].in_fd, rows[i].close_0,
				       rows[i].close_1));
		assert_int_equal(waitpid(child, &status, 0), child);
		if (status)
			fail_msg("row %zu: status %#x", i, (unsigned)status);
	}
}

static void ignore_nothing(int number)
{
	(void)number;
}

/* A line of /proc/PID/status that is a set of signals. */
static unsigned long long signals_of(pid_t pid, const char *name)
{
	unsigned long long set = ~0ULL;
	char path[64], line[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			set = strtoull(line + strlen(name), NULL, 16);
	(void)fclose(f);
	return set;
}

static void test_signals_are_as_at_start_up(void **state)
{
	unsigned long long blocked, ignored, caught;
	struct mg_worker w;
	sigset_t some, kept;
	char byte;

	(void)state;
	assert_int_equal(sigemptyset(&some), 0);
	assert_int_equal(sigaddset(&some, SIGTERM), 0);
	assert_int_equal(sigaddset(&some, SIGUSR2), 0);
	assert_int_equal(sigprocmask(SIG_BLOCK, &some, &kept), 0);
	assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	assert_true(signal(SIGINT, ignore_nothing) != SIG_ERR);
	start(&w, write_much, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &kept, NULL);
	assert_int_equal(read_result(&w, &byte, 1), 1);
	blocked = signals_of(w.pid, "SigBlk:");
	ignored = signals_of(w.pid, "SigIgn:");
	caught = signals_of(w.pid, "SigCgt:");
	mg_worker_kill(&w);
	assert_int_equal(blocked & ~LIBC_SIGNALS, 0);
	assert_int_equal(ignored & ~LIBC_SIGNALS, 0);
	assert_int_equal(caught & ~LIBC_SIGNALS, 0);
}

static int flush_stdout(void *arg, int in_fd, int out_fd)
{
	(void)arg;
	(void)in_fd;
	(void)out_fd;
	return leave(fflush(stdout));
}

/* What waits in a buffer here must not get among the bytes of the child. */
static void test_buffered_text_stays_out_of_the_result(void **state)
{
	const int file = memfd_create("stdout", MFD_CLOEXEC);
	const int kept = dup(STDOUT_FILENO);
	struct mg_worker w;
	size_t n_read;
	char got[64];
	int rc;

	(void)state;
	assert_true(file >= 0 && kept >= 0);
	(void)fflush(stdout);
	(void)dup2(file, STDOUT_FILENO);
	(void)fputs("once", stdout);
	start(&w, flush_stdout, NULL);
	n_read = read_result(&w, got, sizeof(got));
	rc = mg_worker_wait(&w, &err);
	(void)fflush(stdout);
	(void)dup2(kept, STDOUT_FILENO);
	(void)close(kept);
	assert_int_equal(rc, 0);
	assert_int_equal(n_read, 0);
	assert_int_equal(mg_file_size(file, &err), 4);
	(void)close(file);
}

/* ---- the parent dies */

/* Not in a write: the end of the pipe, not of the parent, would end it. */
static int spin(void *arg, int in_fd, int out_fd)
{
	char byte;

	(void)arg;
	if (write(out_fd, "x", 1) != 1)
		return leave(1);
	for (int i = 0; i < N_SPINS; i++)
		if (pread(in_fd, &byte, 1, 0) != 1)
			return leave(2);
	return leave(3);
}

/* In a child of the test: starts a worker, tells its number, and waits. */
static int be_its_parent(int tell_fd)
{
	struct mg_worker w;
	char byte;

	(void)alarm(HANG_S);
	if (mg_worker_start(&w, input, spin, NULL, &jail, NULL) ||
	    read(w.from_fd, &byte, 1) != 1 ||
	    write(tell_fd, &w.pid, sizeof(w.pid)) != sizeof(w.pid))
		return 1;
	while (pause() < 0)
		continue;
	return 1;
}

static void test_child_dies_with_its_parent(void **state)
{
	pid_t parent, worker;
	int ends[2], status;

	(void)state;
	/* The orphan becomes ours, so that its end can be seen. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe(ends), 0);
	(void)fflush(NULL);
	parent = fork();
	assert_true(parent >= 0);
	if (parent == 0)
		_exit(be_its_parent(ends[1]));
	(void)close(ends[1]);
	assert_int_equal(read(ends[0], &worker, sizeof(worker)),
			 sizeof(worker));
	(void)close(ends[0]);
	assert_int_equal(kill(parent, SIGKILL), 0);
	assert_int_equal(waitpid(parent, &status, 0), parent);
	assert_int_equal(waitpid(worker, &status, 0), worker);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

#define WITH_INPUT(test)                                                       \
	cmocka_unit_test_setup_teardown(test, make_input, close_input)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_INPUT(test_result_bytes),
		WITH_INPUT(test_many_result_bytes),
		WITH_INPUT(test_exit_status),
		WITH_INPUT(test_child_has_its_own_memory),
		WITH_INPUT(test_killed_by_a_signal),
		WITH_INPUT(test_killed_by_a_signal_without_a_name),
		WITH_INPUT(test_child_is_jailed),
		WITH_INPUT(test_wait_closes_the_pipe),
		WITH_INPUT(test_a_program_has_nothing_of_ours),
		WITH_INPUT(test_how_a_program_ends),
		WITH_INPUT(test_kill),
		WITH_INPUT(test_worker_that_was_never_started),
		WITH_INPUT(test_child_has_three_descriptors),
		WITH_INPUT(test_any_numbers_in_the_parent),
		WITH_INPUT(test_signals_are_as_at_start_up),
		WITH_INPUT(test_buffered_text_stays_out_of_the_result),
		WITH_INPUT(test_child_dies_with_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
