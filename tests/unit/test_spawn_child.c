/* SPDX-License-Identifier: MIT */
/* What a worker has, and has not, of its parent. */
#include "spawn_fixture.h"

#define FDS_SEEN 1200 /* descriptors that a child looks at */
#define N_EXTRA 40    /* descriptors that it must not have */
/* 32 and 33 are libc's own: nobody else may set them, whoever ignored them. */
#define LIBC_SIGNALS (3ULL << 31)
#define N_SPINS 50000000 /* reads, some seconds, until a child gives up */

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_INPUT(test_child_has_three_descriptors),
		WITH_INPUT(test_any_numbers_in_the_parent),
		WITH_INPUT(test_signals_are_as_at_start_up),
		WITH_INPUT(test_buffered_text_stays_out_of_the_result),
		WITH_INPUT(test_child_dies_with_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
