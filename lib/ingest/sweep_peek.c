/* SPDX-License-Identifier: MIT */
#include "sweep_priv.h"

#include "mailguard/mem.h"
#include "mailguard/peek.h"
#include "mailguard/record.h"
#include "mailguard/spawn.h"

/* The one record that such a child writes. */
static int take_peek(int fd, struct mg_peek *out, struct mg_err *err)
{
	struct mg_record_pipe *pipe = mg_mem_zalloc(1, sizeof(*pipe));
	struct mg_record record = { .type = 0 };
	int rc;

	pipe->fd = fd;
	rc = mg_record_read(pipe, &record, err);
	if (rc == 1 && record.type == MG_RECORD_PEEK)
		*out = (struct mg_peek){
			.first_at = record.body.peek.first_at,
			.row = record.body.peek.log,
		};
	else if (rc == 0)
		rc = mg_fail(err, MG_EIO, "the parser said nothing");
	mg_mem_free(pipe);
	if (rc < 0)
		return rc;
	return record.type == MG_RECORD_PEEK ? 0 : 1;
}

static int run_child(struct mg_sweep *s, const struct mg_log *log,
		     struct mg_peek_job *job, struct mg_peek *out,
		     struct mg_err *err)
{
	struct mg_worker worker;
	int rc = mg_worker_start(&worker, log->fd, mg_peek_run, job,
				 mg_sweep_jail(s), err);

	if (rc < 0)
		return rc;
	rc = take_peek(worker.from_fd, out, err);
	if (rc == 0)
		return mg_worker_wait(&worker, err);
	mg_worker_kill(&worker);
	return rc;
}

/* The child may only name what it was handed. */
static int check_row(const struct mg_peek *peek, const struct mg_known *known,
		     size_t n, struct mg_err *err)
{
	if (peek->row == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (known[i].log == peek->row)
			return 0;
	return mg_fail(err, MG_EPARSE,
		       "the parser named a log it was not given");
}

int mg_log_peek(struct mg_sweep *s, const struct mg_log *log, bool rows,
		struct mg_peek *out, struct mg_err *err)
{
	struct mg_counter *counter = mg_mem_zalloc(1, sizeof(*counter));
	struct mg_known *known = NULL;
	struct mg_peek_job job = {
		.counter = counter,
		.end = log->info.size_bytes,
		.pack = log->pack,
	};
	int rc = 0;

	mg_sweep_init_counter(s, counter);
	if (rows)
		rc = mg_sweep_known(s, &known, &job.n_known, err);
	job.known = known;
	if (rc == 0)
		rc = run_child(s, log, &job, out, err);
	if (rc == 0)
		rc = check_row(out, known, job.n_known, err);
	mg_counter_release(counter);
	mg_mem_free(counter);
	mg_mem_free(known);
	return rc;
}
