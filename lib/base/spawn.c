/* SPDX-License-Identifier: MIT */
#include "mailguard/spawn.h"

#include "spawn_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mailguard/clock.h"
#include "mailguard/file.h"
#include "mailguard/mem.h"

void mg_spawn_reset_signals(void)
{
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL); /* KILL and STOP refuse; fine */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

void mg_spawn_close_from(int first)
{
	if (close_range((unsigned)first, ~0U, 0) < 0)
		for (int fd = first; fd < 4096; fd++)
			(void)close(fd);
}

/* What a worker is given. */
struct gift {
	int in_fd, out_fd;
	struct mg_worker *helpers;
	size_t n_helpers;
	const struct mg_jail *jail;
	int (*enter)(const struct mg_jail *jail, struct mg_err *err);
};

/*
 * Puts what was given where the child looks for it. Copies above the fixed
 * numbers come first: the originals may have one of them.
 */
static int place_gift(const struct gift *g)
{
	const int first_unused = CHILD_FIRST_UNUSED + (int)g->n_helpers;
	const int in = fcntl(g->in_fd, F_DUPFD, first_unused);
	const int out = fcntl(g->out_fd, F_DUPFD, first_unused);
	int rc = in < 0 || out < 0 ? -1 : 0;

	for (size_t i = 0; rc == 0 && i < g->n_helpers; i++) {
		g->helpers[i].from_fd = fcntl(g->helpers[i].from_fd, F_DUPFD,
					      first_unused);
		rc = g->helpers[i].from_fd < 0 ? -1 : 0;
	}
	for (size_t i = 0; rc == 0 && i < g->n_helpers; i++)
		rc = dup2(g->helpers[i].from_fd, MG_WORKER_MORE + (int)i) < 0
			     ? -1
			     : 0;
	if (rc < 0 || dup2(in, CHILD_IN) < 0 || dup2(out, CHILD_OUT) < 0)
		return -1;
	/* The lock and the database are not the child's to hold or to touch. */
	mg_spawn_close_from(first_unused);
	return 0;
}

static _Noreturn void run_child(const struct gift *gift, pid_t parent,
				mg_worker_fn fn, void *arg)
{
	if (place_gift(gift) < 0)
		mg_mem_exit_child(MG_EIO);
	mg_spawn_reset_signals();
	/* Nobody is left to read what it would write. */
	if (getppid() != parent)
		mg_mem_exit_child(MG_EIO);
	if (gift->enter(gift->jail, NULL) < 0)
		mg_mem_exit_child(MG_WORKER_NO_JAIL);
	mg_mem_exit_child(fn(arg, CHILD_IN, CHILD_OUT));
}

static int start(struct mg_worker *w, struct gift *gift, mg_worker_fn fn,
		 void *arg, struct mg_err *err)
{
	const pid_t parent = getpid();
	int ends[2];
	pid_t pid;

	*w = (struct mg_worker){ .from_fd = -1 };
	if (pipe2(ends, O_CLOEXEC) < 0)
		return mg_fail_errno(err, "cannot make a pipe");
	/* So that the child can go on while what it said is taken in; where the
	   system allows less it waits, which changes no result. */
	(void)fcntl(ends[1], F_SETPIPE_SZ, MG_WORKER_PIPE_BYTES);
	/* What is buffered must not be written twice. */
	(void)fflush(NULL);
	gift->out_fd = ends[1];
	pid = fork();
	if (pid == 0)
		run_child(gift, parent, fn, arg);
	mg_file_close(&ends[1]);
	if (pid < 0) {
		mg_file_close(&ends[0]);
		return mg_fail_errno(err, "cannot start a child process");
	}
	*w = (struct mg_worker){ .pid = pid, .from_fd = ends[0] };
	return 0;
}

int mg_worker_start(struct mg_worker *w, int in_fd, mg_worker_fn fn, void *arg,
		    const struct mg_jail *jail, struct mg_err *err)
{
	return mg_worker_start_with(w, in_fd, NULL, 0, fn, arg, jail, err);
}

int mg_worker_start_with(struct mg_worker *w, int in_fd,
			 struct mg_worker *helpers, size_t n, mg_worker_fn fn,
			 void *arg, const struct mg_jail *jail,
			 struct mg_err *err)
{
	struct gift gift = { .in_fd = in_fd,
			     .helpers = helpers,
			     .n_helpers = n,
			     .jail = jail,
			     .enter = mg_priv_enter_jail };
	const int rc = start(w, &gift, fn, arg, err);

	for (size_t i = 0; rc == 0 && i < n; i++)
		mg_file_close(&helpers[i].from_fd);
	return rc;
}

int mg_worker_start_as(struct mg_worker *w, int in_fd, mg_worker_fn fn,
		       void *arg, const struct mg_jail *account,
		       struct mg_err *err)
{
	struct gift gift = { .in_fd = in_fd,
			     .jail = account,
			     .enter = mg_priv_enter_account };

	return start(w, &gift, fn, arg, err);
}

/* mg_file_read_some, as soon as there is something, and not later than that. */
static int64_t read_until(const struct mg_worker *w, void *to, size_t len,
			  int64_t until_ms, struct mg_err *err)
{
	struct pollfd what = { .fd = w->from_fd, .events = POLLIN };
	int64_t left;

	while ((left = until_ms - mg_clock_mono_ms()) > 0)
		if (poll(&what, 1, left > 1000 ? 1000 : (int)left) > 0)
			return mg_file_read_some(w->from_fd, to, len, err);
	return mg_fail(err, MG_EIO, "the child process took too long");
}

int mg_worker_read(const struct mg_worker *w, void *to, size_t len,
		   int64_t until_ms, struct mg_err *err)
{
	size_t done = 0;

	while (done < len) {
		const int64_t n = read_until(w, (char *)to + done, len - done,
					     until_ms, err);

		if (n <= 0)
			return (int)n;
		done += (size_t)n;
	}
	return 1;
}

int64_t mg_worker_pump(const struct mg_worker *w, int to_fd, int64_t max,
		       int64_t until_ms, struct mg_err *err)
{
	char bytes[65536];
	int64_t done = 0, got;

	while (done < max) {
		const int64_t left = max - done;

		got = read_until(w, bytes,
				 left < (int64_t)sizeof(bytes) ? (size_t)left
							       : sizeof(bytes),
				 until_ms, err);
		if (got <= 0)
			return got < 0 ? got : done;
		if (mg_file_write_all(to_fd, mg_slice_of(bytes, (size_t)got),
				      err) < 0)
			return -MG_EIO;
		done += got;
	}
	return done;
}

unsigned mg_worker_cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1; /* more than the set holds: not this host */
	return CPU_COUNT(&set) < 1 ? 1 : (unsigned)CPU_COUNT(&set);
}

int mg_spawn_reap(struct mg_worker *w, int *status)
{
	pid_t got;

	mg_file_close(&w->from_fd);
	do
		got = waitpid(w->pid, status, 0);
	while (got < 0 && errno == EINTR);
	w->pid = 0;
	return got < 0 ? -1 : 0;
}

/* Real-time signals have no name. */
const char *mg_spawn_signal_name(int number)
{
	const char *name = sigabbrev_np(number);

	return name ? name : "no name";
}

int mg_worker_wait(struct mg_worker *w, struct mg_err *err)
{
	int status;

	if (w->pid == 0)
		return 0;
	if (mg_spawn_reap(w, &status) < 0)
		return mg_fail_errno(err, "cannot wait for the child process");
	if (WIFSIGNALED(status))
		w->killed_by = WTERMSIG(status);
	if (WIFSIGNALED(status))
		return mg_fail(err, MG_EIO,
			       "the child process was ended by signal %d (%s)",
			       WTERMSIG(status),
			       mg_spawn_signal_name(WTERMSIG(status)));
	if (WEXITSTATUS(status) == MG_WORKER_NO_JAIL)
		return mg_fail(err, MG_EIO,
			       "the child process could not be jailed (user "
			       "ids, limits, seccomp), so it did not run");
	if (WEXITSTATUS(status))
		return mg_fail(err, MG_EIO,
			       "the child process ended with status %d",
			       WEXITSTATUS(status));
	return 0;
}

void mg_worker_kill(struct mg_worker *w)
{
	int status;

	if (w->pid == 0)
		return;
	(void)kill(w->pid, SIGKILL);
	(void)mg_spawn_reap(w, &status);
}
