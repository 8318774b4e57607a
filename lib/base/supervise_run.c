/* SPDX-License-Identifier: MIT */
/*
 * The supervisor: a fork of the process that asked, which holds nothing of it
 * but the lock.
 */
#include "spawn_priv.h"
#include "supervise_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mailguard/clock.h"
#include "mailguard/file.h"
#include "mailguard/mem.h"
#include "mailguard/num.h"

/* Where the supervisor has what it was given, and the program its own. */
enum { IN = 0, OUT = 1, ERRORS = 2, PROGRAM = 3, LOCK = 4, UNUSED = 5 };
enum { EXEC_FAILURE = 4 };

#define TICK_MS 10
#define KILL_TRIES 500 /* ticks; a process that waits for a disk cannot die */

struct watch {
	const struct mg_supervised *p;
	pid_t pid;
	int out, errors; /* our ends; -1 once they are closed */
	int64_t term_ms, kill_ms;
	bool has_ended, is_late, is_cut, has_left;
	int status;
	struct mg_buf said[2]; /* out, errors */
};

/* Copies above the fixed numbers first: the originals may have one of them. */
static bool place(int *fds, const int *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0 &&
		    (fds[i] = fcntl(fds[i], F_DUPFD, UNUSED)) < 0)
			return false;
	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0 && dup2(fds[i], at[i]) < 0)
			return false;
	return true;
}

/* --- in the program's process --- */

static void lift_limits(void)
{
	static const __rlimit_resource_t limits[] = { RLIMIT_FSIZE,
						      RLIMIT_CPU };

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		struct rlimit limit;

		if (getrlimit(limits[i], &limit) == 0) {
			limit.rlim_cur = limit.rlim_max;
			(void)setrlimit(limits[i], &limit); /* best effort */
		}
	}
}

/* Returns where it could not be run, with errno. */
static void become(const struct mg_supervised *p, int out, int errors,
		   int *failure)
{
	int fds[] = { IN, out, errors, PROGRAM, *failure };
	static const int at[] = { IN, OUT, ERRORS, PROGRAM, EXEC_FAILURE };

	if (setpgid(0, 0) < 0 || chdir("/") < 0 ||
	    !place(fds, at, sizeof(at) / sizeof(*at)))
		return;
	*failure = EXEC_FAILURE;
	mg_spawn_close_from(UNUSED);
	(void)fcntl(EXEC_FAILURE, F_SETFD, FD_CLOEXEC);
	(void)umask(022);
	lift_limits();
	mg_spawn_reset_signals();
	/* fexecve(3) takes pointers to what it does not change. */
	(void)fexecve(PROGRAM, (char *const *)(uintptr_t)p->argv,
		      (char *const *)(uintptr_t)p->env);
}

static _Noreturn void run_program(const struct mg_supervised *p, int out,
				  int errors, int failure)
{
	int number, rc;

	become(p, out, errors, &failure);
	number = errno;
	rc = mg_file_write_all(
		failure, mg_slice_of((const char *)&number, sizeof(number)),
		NULL);
	mg_mem_exit_child(rc < 0 ? -rc : MG_EIO);
}

/* --- in the supervisor --- */

/* Returns 0, or the errno of a program that was not run. */
static int start(struct watch *w)
{
	int out[2], errors[2], failure[2], number = 0;

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0 ||
	    pipe2(failure, O_CLOEXEC) < 0)
		return errno;
	w->pid = fork();
	if (w->pid < 0)
		return errno;
	if (w->pid == 0)
		run_program(w->p, out[1], errors[1], failure[1]);
	(void)setpgid(w->pid, w->pid); /* whoever is first */
	(void)close(out[1]);
	(void)close(errors[1]);
	(void)close(failure[1]);
	w->out = out[0];
	w->errors = errors[0];
	if (mg_file_read_some(failure[0], &number, sizeof(number), NULL) !=
	    sizeof(number))
		number = 0; /* closed by the exec */
	(void)close(failure[0]);
	return number;
}

/* All of it up to the maximum, whatever the sizes of the reads are. */
static void take(struct watch *w, int *fd, struct mg_buf *to)
{
	char some[16384];
	const int64_t n = mg_file_read_some(*fd, some, sizeof(some), NULL);
	const size_t room = to->max - to->len;

	if (n <= 0) {
		mg_file_close(fd);
		return;
	}
	if ((size_t)n > room)
		w->is_cut = true;
	mg_buf_add(to, mg_slice_of(some, (size_t)n > room ? room : (size_t)n));
}

static void take_output(struct watch *w, int timeout_ms)
{
	struct pollfd fds[] = { { w->out, POLLIN, 0 },
				{ w->errors, POLLIN, 0 } };

	if (poll(fds, 2, timeout_ms) <= 0)
		return;
	if (fds[0].revents)
		take(w, &w->out, &w->said[0]);
	if (fds[1].revents)
		take(w, &w->errors, &w->said[1]);
}

/* Orphans come here too. Returns false once there are no children at all. */
static bool reap(struct watch *w)
{
	int status;
	pid_t got;

	while ((got = waitpid(-1, &status, WNOHANG)) > 0)
		if (got == w->pid) {
			w->has_ended = true;
			w->status = status;
		}
	return got == 0 || errno != ECHILD;
}

/* Who left the group is a child of ours once its parent is gone. */
static void kill_children(void)
{
	struct mg_root root = { .fd = -1 };
	struct mg_slice rest;
	struct mg_buf text;
	char path[64];
	uint64_t pid;

	(void)snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children",
		       (long)getpid(), (long)getpid());
	mg_buf_init(&text, MG_SUPERVISE_OUTPUT_MAX);
	if (mg_root_open(&root, "/", NULL) == 0 &&
	    mg_root_read(&root, path, &text, NULL) == 0) {
		rest = mg_buf_slice(&text);
		while (mg_num_cut(&rest, INT32_MAX, &pid)) {
			(void)kill((pid_t)pid, SIGKILL);
			(void)mg_slice_cut_lit(&rest, MG_LIT(" "));
		}
	}
	mg_root_close(&root);
	mg_buf_release(&text);
}

static void end_all(struct watch *w)
{
	bool is_left = true;

	for (int i = 0; is_left && i < KILL_TRIES; i++) {
		if (!w->has_ended)
			(void)kill(-w->pid, SIGKILL);
		kill_children();
		take_output(w, i ? TICK_MS : 0);
		is_left = reap(w);
	}
	w->has_left = is_left;
}

static void watch(struct watch *w)
{
	while (!w->has_ended && mg_clock_mono_ms() < w->kill_ms) {
		if (!w->is_late && mg_clock_mono_ms() >= w->term_ms) {
			w->is_late = true;
			(void)kill(-w->pid, SIGTERM);
		}
		take_output(w, TICK_MS);
		(void)reap(w);
	}
	if (w->is_late || !w->has_ended) {
		w->is_late = true;
		end_all(w);
	}
}

/* What is in the pipes still; what holds them open is not waited for. */
static void take_rest(struct watch *w)
{
	const int64_t until_ms = mg_clock_mono_ms() + MG_SUPERVISE_LINGER_MS;

	while ((w->out >= 0 || w->errors >= 0) && mg_clock_mono_ms() < until_ms)
		take_output(w, TICK_MS);
	w->has_left |= w->out >= 0 || w->errors >= 0;
}

static struct mg_supervise_answer answer_of(const struct watch *w)
{
	struct mg_supervise_answer a;

	memset(&a, 0, sizeof(a)); /* its gaps are written, too */
	a.is_cut = w->is_cut;
	a.has_left = w->has_left;
	a.out_len = (uint32_t)w->said[0].len;
	a.errors_len = (uint32_t)w->said[1].len;
	if (w->is_late) {
		a.how = MG_END_TIME;
	} else if (WIFSIGNALED(w->status)) {
		a.how = MG_END_SIGNAL;
		a.code = WTERMSIG(w->status);
	} else {
		a.how = MG_END_STATUS;
		a.code = WEXITSTATUS(w->status);
	}
	return a;
}

static int write_answer(const struct watch *w,
			const struct mg_supervise_answer *a)
{
	struct mg_buf text;
	int rc;

	mg_buf_init(&text, sizeof(*a) + 2 * MG_SUPERVISE_OUTPUT_MAX);
	mg_buf_add(&text, mg_slice_of((const char *)a, sizeof(*a)));
	mg_buf_add(&text, mg_buf_slice(&w->said[0]));
	mg_buf_add(&text, mg_buf_slice(&w->said[1]));
	rc = mg_file_write_all(OUT, mg_buf_slice(&text), NULL);
	mg_buf_release(&text);
	return rc;
}

static int supervise(struct watch *w)
{
	struct mg_supervise_answer a;
	const int failure = start(w);

	if (failure) {
		memset(&a, 0, sizeof(a));
		a.how = MG_END_NOT_RUN;
		a.code = failure;
	} else {
		w->term_ms = mg_clock_mono_ms() + w->p->seconds * 1000;
		w->kill_ms = w->term_ms + w->p->grace_s * 1000;
		watch(w);
		take_rest(w);
		a = answer_of(w);
	}
	return write_answer(w, &a);
}

void mg_supervise_run(const struct mg_supervised *p, int in_fd, int answer_fd)
{
	int fds[] = { in_fd, answer_fd, p->fd, p->lock_fd };
	static const int at[] = { IN, OUT, PROGRAM, LOCK };
	struct watch w = { .p = p, .out = -1, .errors = -1 };

	(void)signal(SIGPIPE, SIG_IGN); /* it outlives who asked */
	mg_buf_init(&w.said[0], MG_SUPERVISE_OUTPUT_MAX);
	mg_buf_init(&w.said[1], MG_SUPERVISE_OUTPUT_MAX);
	if (setsid() < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ||
	    !place(fds, at, sizeof(at) / sizeof(*at)))
		mg_mem_exit_child(MG_EIO);
	mg_spawn_close_from(p->lock_fd >= 0 ? UNUSED : LOCK);
	/* Nobody may be left to read the answer. */
	mg_mem_exit_child(supervise(&w) < 0 ? MG_EIO : MG_OK);
}
