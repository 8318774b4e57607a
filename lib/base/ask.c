/* SPDX-License-Identifier: MIT */
#include "mailguard/ask.h"

#include "mailguard/file.h"
#include "mailguard/spawn.h"

#define READ_BYTES 65536

struct job {
	const struct mg_question *q;
	size_t max;
};

/* In the child. */
static int answer_it(void *arg, int in_fd, int out_fd)
{
	const struct job *job = arg;
	struct mg_buf answer;

	(void)in_fd;
	/* One record more than is taken, for whoever takes it to see. */
	mg_buf_init(&answer, job->max + job->q->record_bytes);
	job->q->fn(job->q->arg, &answer);
	return -mg_file_write_all(out_fd, mg_buf_slice(&answer), NULL);
}

static int hear(const struct mg_question *q, int fd, struct mg_buf *answer,
		struct mg_err *err)
{
	char some[READ_BYTES];
	int64_t n;

	mg_buf_clear(answer);
	while ((n = mg_file_read_some(fd, some, sizeof(some), err)) > 0)
		mg_buf_add(answer, mg_slice_of(some, (size_t)n));
	if (n < 0)
		return (int)n;
	if (answer->truncated)
		return mg_fail(err, MG_ELIMIT,
			       "a child's answer is too long to take");
	return answer->len % q->record_bytes
		       ? mg_fail(err, MG_EPARSE,
				 "a child's answer ends within a record")
		       : 0;
}

int mg_ask(const struct mg_question *q, const struct mg_jail *jail,
	   struct mg_buf *answer, struct mg_err *err)
{
	struct job job = { q, answer->max };
	struct mg_worker child = { .from_fd = -1 };
	int nothing, rc = mg_file_open_nothing(&nothing, err);

	if (rc < 0)
		return rc;
	rc = mg_worker_start(&child, nothing, answer_it, &job, jail, err);
	mg_file_close(&nothing);
	if (rc < 0)
		return rc;
	rc = hear(q, child.from_fd, answer, err);
	if (rc == 0)
		return mg_worker_wait(&child, err);
	mg_worker_kill(&child);
	return rc;
}
