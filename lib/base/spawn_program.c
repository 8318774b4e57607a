/* SPDX-License-Identifier: MIT */
/*
 * Other programs: a fixed path, an argument vector, a clean environment.
 */
#include "spawn_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mailguard/clock.h"
#include "mailguard/file.h"
#include "mailguard/mem.h"

enum { CHILD_ERRORS = 2 };

static int64_t patience_s = INT64_MAX;

/* What a program is given; -1 for an empty input, or for our own errors. */
struct ends {
	int in, out, errors;
};

static _Noreturn void execute(const char *path, const char *const *argv)
{
	static const char *const environment[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL
	};
	const struct rlimit cpu = { MG_PROGRAM_CPU_MAX, MG_PROGRAM_CPU_MAX };

	if (setrlimit(RLIMIT_CPU, &cpu) < 0)
		mg_mem_exit_child(MG_EIO);
	mg_spawn_close_from(CHILD_FIRST_UNUSED);
	mg_spawn_reset_signals();
	/* execve(2) takes pointers to what it does not change. */
	(void)execve(path, (char *const *)(uintptr_t)argv,
		     (char *const *)(uintptr_t)environment);
	mg_mem_exit_child(127);
}

/* The ends are above the standard descriptors, which are always open. */
static void place(const struct ends *e)
{
	int in = e->in;

	if ((in < 0 && mg_file_open_nothing(&in, NULL) < 0) ||
	    dup2(in, CHILD_IN) < 0 || dup2(e->out, CHILD_OUT) < 0 ||
	    (e->errors >= 0 && dup2(e->errors, CHILD_ERRORS) < 0))
		mg_mem_exit_child(MG_EIO);
}

static _Noreturn void run_reader(const char *path, const char *const *argv,
				 int out_fd, pid_t parent)
{
	place(&(struct ends){ -1, out_fd, -1 });
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    getppid() != parent)
		mg_mem_exit_child(MG_EIO);
	execute(path, argv);
}

int mg_program_start(struct mg_worker *w, const char *path,
		     const char *const *argv, struct mg_err *err)
{
	const pid_t parent = getpid();
	int ends[2];
	pid_t pid;

	*w = (struct mg_worker){ .from_fd = -1 };
	if (pipe2(ends, O_CLOEXEC) < 0)
		return mg_fail_errno(err, "cannot make a pipe");
	(void)fcntl(ends[1], F_SETPIPE_SZ, MG_WORKER_PIPE_BYTES);
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_reader(path, argv, ends[1], parent);
	mg_file_close(&ends[1]);
	if (pid < 0) {
		mg_file_close(&ends[0]);
		return mg_fail_errno(err, "cannot start '%s'", path);
	}
	*w = (struct mg_worker){ .pid = pid, .from_fd = ends[0] };
	return 0;
}

/* A program that runs, seen from here. */
struct run {
	const struct mg_program *program;
	struct mg_worker worker; /* its from_fd is not used */
	int out, errors;         /* our ends; -1 once closed */
	int64_t until_ms;
};

/*
 * A file, not a pipe: were this process to end while it writes, the program
 * would take what had come by then for all of it.
 */
static int make_input(struct mg_slice text, int *fd, struct mg_err *err)
{
	int rc;

	if (text.len == 0)
		return 0;
	rc = mg_file_make_scratch(fd, err);
	if (rc == 0)
		rc = mg_file_write_all(*fd, text, err);
	if (rc == 0 && lseek(*fd, 0, SEEK_SET) < 0)
		rc = mg_fail_errno(err, "cannot rewind a file in memory");
	return rc;
}

static int make_pipes(int out[2], int errors[2], struct mg_err *err)
{
	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0)
		return mg_fail_errno(err, "cannot make a pipe");
	return 0;
}

static int begin(struct run *r, struct mg_err *err)
{
	int in = -1, out[2] = { -1, -1 }, errors[2] = { -1, -1 };
	int rc = make_input(r->program->input, &in, err);
	pid_t pid = -1;

	if (rc == 0)
		rc = make_pipes(out, errors, err);
	if (rc == 0) {
		(void)fflush(NULL);
		pid = fork();
	}
	if (pid == 0) {
		(void)setpgid(0, 0);
		place(&(struct ends){ in, out[1], errors[1] });
		execute(r->program->path, r->program->argv);
	}
	if (rc == 0 && pid < 0)
		rc = mg_fail_errno(err, "cannot start '%s'", r->program->path);
	mg_file_close(&in);
	mg_file_close(&out[1]);
	mg_file_close(&errors[1]);
	r->out = out[0];
	r->errors = errors[0];
	if (pid > 0) {
		(void)setpgid(pid, pid); /* whoever is first */
		r->worker = (struct mg_worker){ .pid = pid, .from_fd = -1 };
	}
	return rc;
}

static void receive(int *fd, struct mg_buf *to)
{
	char some[16384];
	const int64_t n = mg_file_read_some(*fd, some, sizeof(some), NULL);

	if (n <= 0)
		mg_file_close(fd);
	else if (to)
		mg_buf_add(to, mg_slice_of(some, (size_t)n));
}

/* Returns false when its time is over. */
static bool talk(struct run *r)
{
	while (r->out >= 0 || r->errors >= 0) {
		struct pollfd fds[] = { { r->out, POLLIN, 0 },
					{ r->errors, POLLIN, 0 } };
		const int64_t left = r->until_ms - mg_clock_mono_ms();

		if (left <= 0)
			return false;
		if (poll(fds, 2, left > 1000 ? 1000 : (int)left) <= 0)
			continue;
		if (fds[0].revents)
			receive(&r->out, r->program->out);
		if (fds[1].revents)
			receive(&r->errors, r->program->errors);
	}
	return true;
}

/*
 * A child of it may hold the pipes open, or it closes them and runs on: its end
 * is waited for apart from theirs.
 */
static bool has_ended(struct run *r, int *status)
{
	while (mg_clock_mono_ms() < r->until_ms) {
		const pid_t got = waitpid(r->worker.pid, status, WNOHANG);

		if (got == r->worker.pid || (got < 0 && errno != EINTR))
			return true;
		(void)poll(NULL, 0, 1);
	}
	return false;
}

static int64_t seconds_of(const struct mg_program *p)
{
	return mg_program_seconds(p->seconds);
}

static int end(struct run *r, int *status, struct mg_err *err)
{
	const char *path = r->program->path;
	const bool in_time = talk(r) && has_ended(r, status);

	if (!in_time) {
		(void)kill(-r->worker.pid, SIGKILL);
		(void)mg_spawn_reap(&r->worker, status);
		return mg_fail(err, MG_EIO,
			       "'%s' took more than %lld s and was ended", path,
			       (long long)seconds_of(r->program));
	}
	if (WIFSIGNALED(*status))
		return mg_fail(err, MG_EIO, "'%s' was ended by signal %d (%s)",
			       path, WTERMSIG(*status),
			       mg_spawn_signal_name(WTERMSIG(*status)));
	*status = WEXITSTATUS(*status);
	return 0;
}

int64_t mg_program_seconds(int64_t seconds)
{
	return seconds < patience_s ? seconds : patience_s;
}

void mg_program_set_patience(int64_t seconds)
{
	patience_s = seconds;
}

int mg_program_run(const struct mg_program *p, int *status, struct mg_err *err)
{
	struct run r = { .program = p, .out = -1, .errors = -1 };
	int rc;

	*status = -1;
	rc = begin(&r, err);
	r.until_ms = mg_clock_mono_ms() + seconds_of(p) * 1000;
	if (rc == 0)
		rc = end(&r, status, err);
	mg_file_close(&r.out);
	mg_file_close(&r.errors);
	return rc;
}

int mg_program_find(const struct mg_root *root, const char *name,
		    char out[PATH_MAX], struct mg_err *err)
{
	static const char *const places[] = { "usr/sbin", "usr/bin", "sbin",
					      "bin" };
	const char *top = strcmp(root->path, "/") ? root->path : "";
	int rc = 1;

	for (size_t i = 0; rc == 1 && i < sizeof(places) / sizeof(*places);
	     i++) {
		const int n = snprintf(out, PATH_MAX, "%s/%s/%s", top,
				       places[i], name);

		if (n > 0 && n < PATH_MAX)
			rc = mg_file_check_program(out, err);
	}
	if (rc == 1)
		return mg_fail(err, MG_ECONF,
			       "there is no '%s' on this host, in none of the "
			       "usual places",
			       name);
	return rc;
}
