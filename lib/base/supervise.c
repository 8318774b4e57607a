/* SPDX-License-Identifier: MIT */
/*
 * The side that asks: it starts the supervisor and reads its one answer.
 */
#include "supervise_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mailguard/clock.h"
#include "mailguard/file.h"

/* Beyond the program's own time, for a supervisor that hangs itself. */
#define PATIENCE_MS 60000

#define ANSWER_MAX                                                             \
	(sizeof(struct mg_supervise_answer) + 2 * MG_SUPERVISE_OUTPUT_MAX)

/* In a file, as spawn_program.c does: all of it is there at once. */
static int make_input(struct mg_slice text, int *fd, struct mg_err *err)
{
	int rc = mg_file_make_scratch(fd, err);

	if (rc == 0)
		rc = mg_file_write_all(*fd, text, err);
	if (rc == 0 && lseek(*fd, 0, SEEK_SET) < 0)
		rc = mg_fail_errno(err, "cannot rewind a file in memory");
	return rc;
}

static void receive(int fd, struct mg_buf *answer, int64_t until_ms)
{
	char some[16384];
	int64_t n = 1;

	while (n > 0 && mg_clock_mono_ms() < until_ms) {
		struct pollfd p = { fd, POLLIN, 0 };

		if (poll(&p, 1, 1000) <= 0)
			continue;
		n = mg_file_read_some(fd, some, sizeof(some), NULL);
		if (n > 0)
			mg_buf_add(answer, mg_slice_of(some, (size_t)n));
	}
}

/* An answer that is not whole comes from a supervisor that was killed. */
static void take_answer(struct mg_slice answer, struct mg_ended *ended)
{
	struct mg_supervise_answer a;

	*ended = (struct mg_ended){ .how = MG_END_LOST };
	mg_buf_init(&ended->out, MG_SUPERVISE_OUTPUT_MAX);
	mg_buf_init(&ended->errors, MG_SUPERVISE_OUTPUT_MAX);
	if (answer.len < sizeof(a))
		return;
	memcpy(&a, answer.ptr, sizeof(a));
	answer = mg_slice_from(answer, sizeof(a));
	if (a.out_len > answer.len || a.errors_len != answer.len - a.out_len)
		return;
	ended->how = a.how;
	ended->code = a.code;
	ended->is_cut = a.is_cut;
	ended->has_left = a.has_left;
	mg_buf_add(&ended->out, mg_slice_of(answer.ptr, a.out_len));
	mg_buf_add(&ended->errors, mg_slice_from(answer, a.out_len));
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

static int talk(const struct mg_supervised *p, int in_fd, const int ends[2],
		struct mg_ended *ended, struct mg_err *err)
{
	const int64_t until_ms = mg_clock_mono_ms() + PATIENCE_MS +
				 (p->seconds + p->grace_s) * 1000;
	struct mg_buf answer;
	pid_t pid;

	/* What is buffered must not be written twice. */
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0)
		mg_supervise_run(p, in_fd, ends[1]);
	if (pid < 0)
		return mg_fail_errno(err, "cannot start a process for '%s'",
				     p->argv[0]);
	(void)close(ends[1]);
	mg_buf_init(&answer, ANSWER_MAX);
	receive(ends[0], &answer, until_ms);
	take_answer(mg_buf_slice(&answer), ended);
	mg_buf_release(&answer);
	if (mg_clock_mono_ms() >= until_ms)
		(void)kill(pid, SIGKILL);
	reap(pid);
	return 0;
}

int mg_supervise(const struct mg_supervised *p, struct mg_ended *ended,
		 struct mg_err *err)
{
	int in_fd = -1, ends[2] = { -1, -1 };
	int rc = make_input(p->input, &in_fd, err);

	*ended = (struct mg_ended){ .how = MG_END_NOT_RUN };
	if (rc == 0 && pipe2(ends, O_CLOEXEC) < 0)
		rc = mg_fail_errno(err, "cannot make a pipe");
	if (rc == 0) {
		rc = talk(p, in_fd, ends, ended, err);
		if (rc == 0)
			ends[1] = -1; /* closed for the answer to end */
	}
	mg_file_close(&ends[1]);
	mg_file_close(&ends[0]);
	mg_file_close(&in_fd);
	return rc;
}

void mg_ended_release(struct mg_ended *ended)
{
	mg_buf_release(&ended->out);
	mg_buf_release(&ended->errors);
}
