/* SPDX-License-Identifier: MIT */
/* Workers and programs, and how they end. */
#include "spawn_fixture.h"

/* ---- bytes and statuses */

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
