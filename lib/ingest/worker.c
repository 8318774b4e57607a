/* SPDX-License-Identifier: MIT */
#include "worker_priv.h"

#include <errno.h>

#include "mailguard/mem.h"
#include "mailguard/scan.h"

/* A read behind what is left of the one before: not quite an overlong line. */
#define WINDOW_BYTES (MG_READ_BYTES + MG_LINE_MAX + 1)

/* More of the log behind what is left. Returns bytes, 0 at the end, -code. */
static int64_t refill(struct mg_run *r)
{
	struct mg_window *w = &r->window;
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

/* Every whole line that the window holds. */
static void take_lines(struct mg_run *r)
{
	struct mg_window *w = &r->window;
	struct mg_counter *c = r->job->counter;
	const enum mg_scan how = c->engine == MG_ENGINE_PLAIN ? MG_SCAN_PLAIN
							      : MG_SCAN_BEST;
	const size_t n = mg_scan_newlines(how, mg_slice_of(w->bytes, w->len),
					  w->ends);
	struct mg_lines lines = { .bytes = w->bytes,
				  .ends = w->ends,
				  .n = n,
				  .at = w->at,
				  .byte = r->input.at - (int64_t)w->len };

	if (n && w->skipping) { /* the end of an overlong line */
		mg_counter_overlong(c);
		lines.at = *lines.ends++ + 1;
		lines.n--;
		w->skipping = false;
	}
	mg_counter_lines(c, &lines);
	if (n) {
		w->at = w->ends[n - 1] + 1;
		w->taken = r->input.at - (int64_t)(w->len - w->at);
	}
	if (w->len - w->at > MG_LINE_MAX) {
		/* Forget the start; its line is counted at its newline, and
		   not consumed before. */
		w->skipping = true;
		w->at = w->len;
	}
}

/* Entries keep what they need themselves: the window is empty then. */
static void take_entries(struct mg_run *r)
{
	struct mg_window *w = &r->window;
	struct mg_slice rest = mg_slice_of(w->bytes, w->len);

	while (mg_journal_next(r->journal, &rest)) {
		const struct mg_journal_line *line =
			mg_journal_line(r->journal);

		w->taken = r->input.at - (int64_t)rest.len;
		if (line->is_malformed ||
		    !(line->has & 1U << MG_JOURNAL_CURSOR) ||
		    mg_seen_pass(r->job->seen, &line->place))
			mg_counter_journal(r->job->counter, line);
	}
	w->at = w->len;
}

/* Before the window moves on: what was taken proves where a chunk ends. */
static void leave_trail(struct mg_run *r)
{
	const struct mg_window *w = &r->window;
	const int64_t start = r->input.at - (int64_t)w->len;

	if (r->job->pack != MG_PACK_NONE && w->taken > start)
		mg_trail_add(&r->trail, start,
			     mg_slice_of(w->bytes, (size_t)(w->taken - start)));
}

static int tell_place(struct mg_run *r)
{
	const struct mg_place place = mg_trail_place(&r->trail,
						     &r->job->counter->key);

	return mg_tell_place(&r->tell, &place, &r->err);
}

int mg_run_end_chunk(struct mg_run *r)
{
	const int64_t from = r->chunk_from, to = r->window.taken;
	int rc = 0;

	if (to == from)
		return 0;
	r->chunk_from = to;
	if (r->job->pack != MG_PACK_NONE)
		rc = tell_place(r);
	if (rc == 0 && r->job->seen)
		rc = mg_tell_seen(&r->tell, r->job->seen, &r->err);
	if (rc < 0)
		return rc;
	return mg_tell_chunk(&r->tell, r->job->counter, from, to, &r->err);
}

bool mg_run_is_full(const struct mg_run *r)
{
	const struct mg_counter *c = r->job->counter;

	return r->window.taken - r->chunk_from >= r->job->chunk_bytes ||
	       c->by_origin.n_cells >= MG_CHUNK_CELLS ||
	       c->larges.n_cells >= MG_CHUNK_LARGES ||
	       c->checks.n_cells >= MG_CHUNK_CHECKS;
}

/* To its end, or to what cannot be read. Returns 0, 1 then, or -code. */
static int take_all(struct mg_run *r)
{
	int64_t got;

	while ((got = refill(r)) > 0) {
		int rc = 0;

		if (r->journal)
			take_entries(r);
		else
			take_lines(r);
		leave_trail(r);
		if (r->is_helper && mg_run_must_stop(r))
			return 0;
		if (!r->is_helper && mg_run_is_full(r))
			rc = mg_run_end_chunk(r);
		if (rc < 0)
			return rc;
	}
	return got < 0 ? 1 : 0;
}

int mg_run_range(struct mg_run *r, int fd, int64_t from, int64_t to)
{
	struct mg_window *w = &r->window;

	mg_input_plain(&r->input, fd, from, to);
	w->at = w->len = 0;
	w->taken = from;
	w->skipping = false;
	return take_all(r);
}

/* From where a compressed log is known. Returns as take_all. */
static int take_packed(struct mg_run *r, int fd)
{
	struct mg_identity identity;
	int rc = mg_input_packed(&r->input, fd, r->job->pack, &r->err);

	if (rc < 0)
		return rc;
	if (mg_identify(&r->input, &r->job->counter->key, r->job->known,
			r->job->n_known, &r->trail, &identity, &r->err) < 0)
		return 1;
	r->chunk_from = r->window.taken = identity.offset;
	rc = mg_tell_identity(&r->tell, &identity, &r->err);
	if (rc == 0 && identity.match != MG_MATCH_SHORTER)
		rc = take_all(r);
	return rc;
}

static int take_plain(struct mg_run *r, int fd)
{
	r->chunk_from = r->job->from;
	if (r->job->n_helpers)
		return mg_run_with_helpers(r, fd);
	return mg_run_range(r, fd, r->job->from, r->job->end);
}

static int run_job(struct mg_run *r, int fd)
{
	const bool is_packed = r->job->pack != MG_PACK_NONE;
	int rc = is_packed ? take_packed(r, fd) : take_plain(r, fd);
	const int number = errno;
	const bool has_failed = rc == 1;

	/* What was read before a failure stays counted. */
	if (rc >= 0)
		rc = mg_run_end_chunk(r);
	if (rc == 0 && has_failed)
		rc = mg_tell_failed(&r->tell, r->input.at,
				    mg_input_file_at(&r->input), number,
				    &r->err);
	else if (rc == 0 && is_packed)
		rc = mg_tell_end(&r->tell, r->input.at, &r->err);
	if (rc < 0)
		return -rc;
	return has_failed ? MG_EIO : 0; /* the status says it alone */
}

struct mg_run *mg_run_new(struct mg_parse_job *job, int out_fd)
{
	struct mg_run *r = mg_mem_zalloc(1, sizeof(*r));

	r->job = job;
	r->tell.pipe.fd = out_fd;
	r->tell.is_brief = job->is_brief;
	if (job->seen)
		r->journal = mg_journal_new();
	r->window.bytes = mg_mem_zalloc(WINDOW_BYTES, 1);
	r->window.ends = mg_mem_zalloc(WINDOW_BYTES + 64, sizeof(uint32_t));
	return r;
}

void mg_run_free(struct mg_run *r)
{
	mg_input_release(&r->input);
	mg_journal_free(r->journal);
	mg_mem_free(r->window.ends);
	mg_mem_free(r->window.bytes);
	mg_mem_free(r);
}

int mg_parse_run(void *arg, int in_fd, int out_fd)
{
	struct mg_run *r = mg_run_new(arg, out_fd);
	const int status = run_job(r, in_fd);

	mg_run_free(r);
	return status;
}
