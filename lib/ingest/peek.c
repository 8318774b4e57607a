/* SPDX-License-Identifier: MIT */
#include "mailguard/peek.h"

#include <errno.h>

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/tell.h"

/* Counts into the void until a line has a stamp. */
static int64_t first_stamp(struct mg_counter *c, struct mg_slice bytes)
{
	struct mg_slice line;

	while (c->first_at == INT64_MAX && mg_slice_cut_at(&bytes, '\n', &line))
		mg_counter_line(c, line);
	return c->first_at == INT64_MAX ? INT64_MIN : c->first_at;
}

/* As much as may be looked at. Returns bytes, or a negative code. */
static int64_t take(struct mg_input *in, char *bytes, struct mg_err *err)
{
	size_t len = 0;
	int64_t got;

	do {
		got = mg_input_read(in, bytes + len, MG_PEEK_BYTES - len, err);
		if (got > 0)
			len += (size_t)got;
	} while (got > 0 && len < MG_PEEK_BYTES);
	/* What comes before a fault is enough. */
	return got < 0 && len == 0 ? got : (int64_t)len;
}

static int look(const struct mg_peek_job *job, struct mg_input *in,
		struct mg_record_peek *out, struct mg_err *err)
{
	struct mg_trail trail;
	char *bytes;
	int64_t len;
	int rc = mg_identify_head(in, &trail, err);

	if (rc < 0)
		return rc;
	out->log = mg_identify_by_head(&trail, &job->counter->key, job->known,
				       job->n_known);
	bytes = mg_mem_zalloc(MG_PEEK_BYTES, 1);
	len = take(in, bytes, err);
	if (len >= 0)
		out->first_at = first_stamp(job->counter,
					    mg_slice_of(bytes, (size_t)len));
	mg_mem_free(bytes);
	return len < 0 ? (int)len : 0;
}

int mg_peek_run(void *arg, int in_fd, int out_fd)
{
	const struct mg_peek_job *job = arg;
	struct mg_tell *tell = mg_mem_zalloc(1, sizeof(*tell));
	struct mg_record_peek peek = { .first_at = INT64_MIN };
	struct mg_input in = { .fd = in_fd };
	struct mg_err err = { 0 };
	int rc = 0;

	tell->pipe.fd = out_fd;
	if (job->pack == MG_PACK_NONE)
		mg_input_plain(&in, in_fd, 0, job->end);
	else
		rc = mg_input_packed(&in, in_fd, job->pack, &err);
	if (rc == 0)
		rc = look(job, &in, &peek, &err);
	if (rc < 0)
		rc = mg_tell_failed(tell, in.at, mg_input_file_at(&in), errno,
				    &err);
	else
		rc = mg_tell_peek(tell, &peek, &err);
	mg_input_release(&in);
	mg_mem_free(tell);
	return -rc;
}
