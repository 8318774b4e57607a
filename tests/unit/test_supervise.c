/* SPDX-License-Identifier: MIT */
/*
 * A zoo of programs that misbehave: each is ended, none is waited for longer
 * than its time, and what they print is taken.
 */
#include "hook_fixture.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "mailguard/clock.h"
#include "mailguard/file.h"
#include "mailguard/supervise.h"

#define LONELY 54321 /* a user without a process */

static const char *const env[] = { "PATH=/usr/bin:/bin", NULL };

/* The hook as it is. */
static int supervise_hook(int64_t seconds, int lock_fd, struct mg_ended *ended)
{
	const char *const argv[] = { "hook", top, NULL };
	struct mg_supervised p = { .argv = argv,
				   .env = env,
				   .input = MG_LIT("some"),
				   .seconds = seconds,
				   .grace_s = 1,
				   .lock_fd = lock_fd };
	struct mg_root root;
	int rc;

	assert_int_equal(mg_root_open(&root, top, &err), 0);
	assert_int_equal(mg_root_open_program(&root, "/hooks/h", &p.fd, &err),
			 0);
	mg_root_close(&root);
	rc = mg_supervise(&p, ended, &err);
	assert_int_equal(close(p.fd), 0);
	return rc;
}

static int supervise(const char *script, int64_t seconds, int lock_fd,
		     struct mg_ended *ended)
{
	put_hook("h", script);
	return supervise_hook(seconds, lock_fd, ended);
}

static void test_F54_A44_how_it_ends(void **state)
{
	static const struct {
		const char *script;
		enum mg_end how;
		int code;
		bool is_cut, has_left;
		size_t out, errors; /* bytes */
	} rows[] = {
		{ "cat; exit 3", MG_END_STATUS, 3, 0, 0, 4, 0 },
		{ "echo x >&2", MG_END_STATUS, 0, 0, 0, 0, 2 },
		{ "kill -15 $$", MG_END_SIGNAL, 15, 0, 0, 0, 0 },
		/* Hangs; ignores SIGTERM; closes its pipes and hangs. */
		{ "sleep 60", MG_END_TIME, 0, 0, 0, 0, 0 },
		{ "trap '' TERM; while :; do sleep 9; done", MG_END_TIME, 0, 0,
		  0, 0, 0 },
		{ "exec >&- 2>&-; sleep 60", MG_END_TIME, 0, 0, 0, 0, 0 },
		{ "echo a; exec >&- 2>&-; exit 5", MG_END_STATUS, 5, 0, 0, 2,
		  0 },
		/* Ends on SIGTERM and says that all is well. */
		{ "trap 'exit 0' TERM; sleep 60 & wait", MG_END_TIME, 0, 0, 0,
		  0, 0 },
		{ "kill -STOP $$", MG_END_TIME, 0, 0, 0, 0, 0 },
		/* More than is kept, and without an end. */
		{ "head -c 1000000000 /dev/zero", MG_END_STATUS, 0, 1, 0, 65536,
		  0 },
		{ "head -c 65536 /dev/zero", MG_END_STATUS, 0, 0, 0, 65536, 0 },
		{ "head -c 65537 /dev/zero >&2", MG_END_STATUS, 0, 1, 0, 0,
		  65536 },
		{ "yes", MG_END_TIME, 0, 1, 0, 65536, 0 },
		/* A daemon that holds the pipe. */
		{ "setsid sleep 3 & echo a; exit 0", MG_END_STATUS, 0, 0, 1, 2,
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const int64_t from = mg_clock_mono_ms();
		struct mg_ended e;

		assert_int_equal(supervise(rows[i].script,
					   rows[i].how == MG_END_TIME ? 1 : 60,
					   -1, &e),
				 0);
		if (e.how != rows[i].how || e.code != rows[i].code ||
		    e.is_cut != rows[i].is_cut ||
		    e.has_left != rows[i].has_left ||
		    e.out.len != rows[i].out || e.errors.len != rows[i].errors)
			fail_msg("%s: %d %d %d %d %zu %zu", rows[i].script,
				 (int)e.how, e.code, e.is_cut, e.has_left,
				 e.out.len, e.errors.len);
		assert_true(mg_clock_mono_ms() - from < 60000);
		mg_ended_release(&e);
	}
}

static bool is_alive(const char *file)
{
	char text[32] = "";
	const int fd = open(below(file), O_RDONLY);
	int alive;

	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	(void)close(fd);
	alive = kill((pid_t)strtol(text, NULL, 10), 0);
	return alive == 0;
}

/* Whoever left the group and the session is ended, too. */
static void test_F54_double_fork(void **state)
{
	struct mg_ended e;

	(void)state;
	assert_int_equal(
		supervise("setsid sh -c 'echo $$ >$1/one; trap \"\" TERM HUP; "
			  "setsid sh -c \"echo \\$\\$ >$1/two; sleep 60\" & "
			  "sleep 60' x \"$1\" & sleep 60",
			  1, -1, &e),
		0);
	assert_int_equal(e.how, MG_END_TIME);
	assert_false(e.has_left);
	assert_false(is_alive("/one"));
	assert_false(is_alive("/two"));
	mg_ended_release(&e);
}

/* What one that ended in time left behind goes on. */
static void test_left_behind(void **state)
{
	struct mg_ended e;

	(void)state;
	assert_int_equal(supervise("setsid sh -c 'echo $$ >$1/one; exec sleep "
				   "5' x \"$1\" >/dev/null 2>&1 & "
				   "while [ ! -s \"$1/one\" ]; do :; done",
				   5, -1, &e),
			 0);
	assert_int_equal(e.how, MG_END_STATUS);
	assert_false(e.has_left);
	assert_true(is_alive("/one"));
	mg_ended_release(&e);
}

static void wait_for(const char *path)
{
	for (int i = 0; i < 1000 && access(below(path), F_OK) < 0; i++)
		(void)poll(NULL, 0, 10);
	assert_int_equal(access(below(path), F_OK), 0);
}

/* The lock is held, and the work done, without who asked for it. */
static void test_F55_parent_is_killed(void **state)
{
	const int lock = open(below("/lock"), O_RDWR | O_CREAT, 0600);
	struct mg_ended e;
	int again;
	pid_t pid;

	(void)state;
	assert_int_equal(flock(lock, LOCK_EX), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)supervise("echo begun >$1/begun; sleep 1; yes | head -c "
				"200000; echo a >$1/ended",
				20, lock, &e);
		_exit(0);
	}
	(void)close(lock);
	wait_for("/begun");
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	again = open(below("/lock"), O_RDWR);
	assert_int_not_equal(flock(again, LOCK_EX | LOCK_NB), 0);
	wait_for("/ended");
	assert_int_equal(flock(again, LOCK_EX), 0); /* soon */
	(void)close(again);
}

/* But for two that libc keeps to itself (signal(7)): make may leave them so. */
static unsigned long long ignored(const char *status)
{
	const char *at = strstr(status, "SigIgn:\t");

	assert_non_null(at);
	return strtoull(at + strlen("SigIgn:\t"), NULL, 16) & ~0x180000000ULL;
}

/* Whatever who started us left us with. */
static void test_A41_F61_clean_start(void **state)
{
	static const char script[] =
		"grep -E '^(SigBlk|SigIgn)' /proc/self/status; "
		"ulimit -f; umask; pwd; env; ls /proc/self/fd | tr '\\n' ' '; "
		"ps -o tty= -p $$";
	sigset_t all, old;
	struct mg_ended e;
	const int kept = dup(0);

	(void)state;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &old);
	(void)signal(SIGHUP, SIG_IGN);
	(void)umask(077);
	assert_int_equal(setenv("LD_PRELOAD", "/nonexistent", 1), 0);
	assert_int_equal(supervise(script, 10, -1, &e), 0);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	(void)unsetenv("LD_PRELOAD");
	assert_non_null(strstr(e.out.ptr, "SigBlk:\t0000000000000000\n"));
	assert_int_equal(ignored(e.out.ptr), 0);
	assert_non_null(strstr(e.out.ptr, "\nunlimited\n0022\n/\n"));
	assert_non_null(strstr(e.out.ptr, "\n0 1 2 3 4 ?"));
	assert_null(strstr(e.out.ptr, "LD_PRELOAD"));
	mg_ended_release(&e);
	(void)close(kept);
}

/* The supervisor is the second and last process that its user may have. */
static int with_no_process_left(void)
{
	const struct rlimit two = { 2, 2 };
	struct mg_ended e;

	if (setgid(LONELY) < 0 || setuid(LONELY) < 0 ||
	    setrlimit(RLIMIT_NPROC, &two) < 0 ||
	    supervise_hook(10, -1, &e) != 0)
		return 1;
	return e.how == MG_END_NOT_RUN && e.code == EAGAIN ? 0 : 2;
}

/* Root may have as many as it likes. */
static void test_F53_the_supervisor_cannot_start_it(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	if (geteuid() != 0)
		return;
	put_hook("h", "touch \"$1/ran\"");
	assert_int_equal(chown(top, LONELY, LONELY), 0);
	assert_int_equal(chown(below("/hooks"), LONELY, LONELY), 0);
	assert_int_equal(chown(below("/hooks/h"), LONELY, LONELY), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(with_no_process_left());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_not_equal(access(below("/ran"), F_OK), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_F54_A44_how_it_ends),
		TEST(test_F54_double_fork),
		TEST(test_left_behind),
		TEST(test_F55_parent_is_killed),
		TEST(test_A41_F61_clean_start),
		TEST(test_F53_the_supervisor_cannot_start_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
