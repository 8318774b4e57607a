/* SPDX-License-Identifier: MIT */
/*
 * A log that several processes read: who reads which bytes, and when the first
 * child takes what the helpers counted.
 */
#include "worker_priv.h"

#include "mailguard/file.h"
#include "mailguard/mem.h"
#include "mailguard/merge.h"
#include "mailguard/part.h"
#include "mailguard/spawn.h"

#define LOOK_BYTES 4096 /* read at a time to find the end of a line */

/* Whose turn it is at a byte, and where it ends. */
struct turn {
	int64_t from, to;
};

/*
 * The start of the first line at or behind a byte, which is the same for all
 * processes: the end, where there is none.
 */
static int cut(const struct mg_run *r, int fd, int64_t at, int64_t *out,
	       struct mg_err *err)
{
	char bytes[LOOK_BYTES];
	int64_t got;

	*out = r->job->from;
	if (at <= r->job->from)
		return 0;
	for (at--; at < r->job->end; at += got) {
		struct mg_slice held, line;

		got = mg_file_read_at(fd, bytes, sizeof(bytes), at, err);
		if (got < 0)
			return (int)got;
		if (got == 0)
			break;
		held = mg_slice_of(bytes, (size_t)got);
		if (mg_slice_cut_at(&held, '\n', &line)) {
			*out = at + (int64_t)line.len + 1;
			return 0;
		}
	}
	*out = r->job->end;
	return 0;
}

/*
 * The n-th turn of a log; from == to where a line is longer than a turn, and
 * behind the end. Returns 0 or -MG_EIO.
 */
static int find_turn(struct mg_run *r, int fd, int64_t n, struct turn *out)
{
	const int64_t at = r->job->from + n * r->job->part_bytes;
	int rc = cut(r, fd, at, &out->from, &r->err);

	if (rc == 0)
		rc = cut(r, fd, at + r->job->part_bytes, &out->to, &r->err);
	return rc;
}

static int64_t n_turns(const struct mg_parse_job *job)
{
	return (job->end - job->from + job->part_bytes - 1) / job->part_bytes;
}

/* --- the helper --- */

bool mg_run_must_stop(const struct mg_run *r)
{
	return r->job->counter->part->is_lost || mg_run_is_full(r);
}

static int help(struct mg_run *r, int fd)
{
	const struct mg_parse_job *job = r->job;
	const int64_t each = (int64_t)job->n_helpers + 1;

	for (int64_t n = job->helper + 1; n < n_turns(job); n += each) {
		struct turn turn;
		int rc = find_turn(r, fd, n, &turn);

		if (rc < 0)
			return rc;
		if (turn.from == turn.to)
			continue;
		r->chunk_from = turn.from;
		/* What it cannot read the first child cannot, and says so. */
		rc = mg_run_range(r, fd, turn.from, turn.to);
		if (rc >= 0)
			rc = mg_part_tell(&r->tell, job->counter, turn.from,
					  r->window.taken, &r->err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int mg_parse_help(void *arg, int in_fd, int out_fd)
{
	struct mg_run *r = mg_run_new(arg, out_fd);
	struct mg_part part;
	int rc;

	r->is_helper = true;
	mg_part_init(&part, r->job->counter);
	rc = help(r, in_fd);
	mg_part_release(&part);
	mg_run_free(r);
	return -rc;
}

/* --- the first child --- */

/* One turn of its own. Returns as mg_run_range, or 2 for an early end. */
static int take_turn(struct mg_run *r, int fd, const struct turn *turn)
{
	const int rc = mg_run_range(r, fd, turn->from, turn->to);

	return rc == 0 && r->window.taken < turn->to ? 2 : rc;
}

/* One turn of a helper's: what it says of it, and what is left of it. */
static int merge_turn(struct mg_run *r, int fd, struct mg_merge *m,
		      const struct turn *turn)
{
	struct mg_counter *c = r->job->counter;
	struct turn rest = *turn;
	int64_t reached;
	int rc = mg_merge_part(m, c, turn->from, turn->to, &reached, &r->err);

	if (rc == 1) {
		rest.from = r->window.taken = reached;
		rc = mg_run_is_full(r) ? mg_run_end_chunk(r) : 0;
	}
	if (rc == 0 && rest.from < rest.to)
		rc = take_turn(r, fd, &rest);
	mg_merge_settle(m, c);
	return rc;
}

static int take_turns(struct mg_run *r, int fd, struct mg_merge *merges)
{
	const unsigned each = r->job->n_helpers + 1;
	int rc = 0;

	for (int64_t n = 0; rc == 0 && n < n_turns(r->job); n++) {
		const unsigned who = (unsigned)(n % each);
		struct turn turn;

		rc = find_turn(r, fd, n, &turn);
		if (rc < 0 || turn.from == turn.to)
			continue;
		rc = who ? merge_turn(r, fd, &merges[who - 1], &turn)
			 : take_turn(r, fd, &turn);
	}
	return rc == 2 ? 0 : rc;
}

int mg_run_with_helpers(struct mg_run *r, int fd)
{
	struct mg_merge *merges = mg_mem_zalloc(r->job->n_helpers,
						sizeof(*merges));
	int rc;

	for (unsigned i = 0; i < r->job->n_helpers; i++)
		mg_merge_init(&merges[i], MG_WORKER_MORE + (int)i, fd,
			      r->job->counter);
	rc = take_turns(r, fd, merges);
	for (unsigned i = 0; i < r->job->n_helpers; i++)
		mg_merge_release(&merges[i]);
	mg_mem_free(merges);
	return rc;
}
