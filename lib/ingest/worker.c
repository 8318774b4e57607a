/* SPDX-License-Identifier: MIT */
#include "mailguard/worker.h"

#include <errno.h>

#include "mailguard/input.h"
#include "mailguard/mem.h"
#include "mailguard/scan.h"
#include "mailguard/tell.h"

/* A read behind what is left of the one before: not quite an overlong line. */
#define WINDOW_BYTES (MG_READ_BYTES + MG_LINE_MAX + 1)

/* A window on the log: whole lines are taken from its front. */
struct window {
	char *bytes; /* WINDOW_BYTES; owned */
	size_t at, len;
	uint32_t *ends; /* of the lines in bytes; owned */
	int64_t taken;  /* byte of the log behind the last whole line */
	bool skipping;  /* within an overlong line */
};

struct run {
	struct mg_parse_job *job;
	struct mg_tell tell;
	struct mg_input input;
	struct window window;
	int64_t chunk_from;
	struct mg_err err;
};

/* More of the log behind what is left. Returns bytes, 0 at the end, -code. */
static int64_t refill(struct run *r)
{
	struct window *w = &r->window;
	int64_t got;

	memmove(w->bytes, w->bytes + w->at, w->len - w->at);
	w->len -= w->at;
	w->at = 0;
	got = mg_input_read(&r->input, w->bytes + w->len, MG_READ_BYTES,
			    &r->err);
	if (got > 0)
		w->len += (size_t)got;
	return got;
}

static void take_line(struct run *r, struct mg_slice line)
{
	struct window *w = &r->window;

	if (w->skipping || line.len > MG_LINE_MAX)
		mg_counter_overlong(r->job->counter);
	else
		mg_counter_line(r->job->counter, line);
	w->skipping = false;
}

/* Every whole line that the window holds. */
static void take_lines(struct run *r)
{
	struct window *w = &r->window;
	const enum mg_scan how = r->job->counter->engine == MG_ENGINE_PLAIN
					 ? MG_SCAN_PLAIN
					 : MG_SCAN_BEST;
	const size_t n = mg_scan_newlines(how, mg_slice_of(w->bytes, w->len),
					  w->ends);

	for (size_t i = 0; i < n; i++) {
		take_line(r, mg_slice_of(w->bytes + w->at, w->ends[i] - w->at));
		w->at = w->ends[i] + 1;
	}
	if (n)
		w->taken = r->input.at - (int64_t)(w->len - w->at);
	if (w->len - w->at > MG_LINE_MAX) {
		/* Forget the start; its line is counted at its newline, and
		   not consumed before. */
		w->skipping = true;
		w->at = w->len;
	}
}

/* Everything counted since the last chunk, as one. */
static int end_chunk(struct run *r)
{
	const int64_t from = r->chunk_from, to = r->window.taken;

	if (to == from)
		return 0;
	r->chunk_from = to;
	return mg_tell_chunk(&r->tell, r->job->counter, from, to, &r->err);
}

static int run_job(struct run *r)
{
	int64_t got;
	int rc = 0;

	while (rc == 0 && (got = refill(r)) > 0) {
		take_lines(r);
		if (r->window.taken - r->chunk_from >= r->job->chunk_bytes)
			rc = end_chunk(r);
	}
	if (rc == 0 && got < 0) {
		const int number = errno;

		/* What was read before stays counted. */
		rc = end_chunk(r);
		if (rc == 0)
			rc = mg_tell_failed(&r->tell, r->input.at, number,
					    &r->err);
		return rc < 0 ? -rc : MG_EIO; /* the status says it alone */
	}
	if (rc == 0)
		rc = end_chunk(r);
	return -rc;
}

int mg_parse_run(void *arg, int in_fd, int out_fd)
{
	struct mg_parse_job *job = arg;
	struct run *r = mg_mem_zalloc(1, sizeof(*r));
	int status;

	r->job = job;
	mg_input_plain(&r->input, in_fd, job->from, job->end);
	r->tell.pipe.fd = out_fd;
	r->chunk_from = job->from;
	r->window.taken = job->from;
	r->window.bytes = mg_mem_zalloc(WINDOW_BYTES, 1);
	r->window.ends = mg_mem_zalloc(WINDOW_BYTES + 64, sizeof(uint32_t));
	status = run_job(r);
	mg_mem_free(r->window.ends);
	mg_mem_free(r->window.bytes);
	mg_mem_free(r);
	return status;
}
