/* SPDX-License-Identifier: MIT */
#include "mailguard/worker.h"

#include <errno.h>

#include "mailguard/file.h"
#include "mailguard/mem.h"
#include "mailguard/record.h"

/* A window on the log: whole lines are taken from its front. */
struct window {
	char *bytes; /* MG_READ_BYTES + MG_LINE_MAX; owned */
	size_t at, len;
	int64_t next;  /* byte of the log behind what is held */
	int64_t taken; /* byte of the log behind the last whole line */
	bool skipping; /* within an overlong line */
};

struct run {
	struct mg_parse_job *job;
	struct mg_record_pipe pipe;
	struct window window;
	int in_fd;
	int64_t chunk_from;
	struct mg_err err;
};

/* More of the log behind what is left. Returns bytes, 0 at the end, -code. */
static int64_t refill(struct run *r)
{
	struct window *w = &r->window;
	int64_t want = r->job->end - w->next, got;

	memmove(w->bytes, w->bytes + w->at, w->len - w->at);
	w->len -= w->at;
	w->at = 0;
	if (want > MG_READ_BYTES)
		want = MG_READ_BYTES;
	got = mg_file_read_at(r->in_fd, w->bytes + w->len, (size_t)want,
			      w->next, &r->err);
	if (got > 0) {
		w->len += (size_t)got;
		w->next += got;
	}
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
	struct mg_slice rest = mg_slice_of(w->bytes + w->at, w->len - w->at);
	struct mg_slice line;

	while (mg_slice_cut_at(&rest, '\n', &line)) {
		take_line(r, line);
		w->taken = w->next - (int64_t)rest.len;
	}
	w->at = w->len - rest.len;
	if (rest.len > MG_LINE_MAX) {
		/* Forget the start; its line is counted at its newline, and
		   not consumed before. */
		w->skipping = true;
		w->at = w->len;
	}
}

static int say(struct run *r, const struct mg_record *record)
{
	return mg_record_write(&r->pipe, record, &r->err);
}

static int say_subjects(struct run *r, enum mg_space space,
			struct mg_subjects *subjects)
{
	struct mg_record record = { .type = MG_RECORD_SUBJECT };
	struct mg_record_subject *body = &record.body.subject;
	int rc = 0;

	for (; rc == 0 && subjects->n_told < subjects->n_items;
	     subjects->n_told++) {
		const struct mg_subject *s = &subjects->items[subjects->n_told];

		memset(body, 0, sizeof(*body));
		body->space = space;
		body->kind = s->kind;
		body->domain = s->domain;
		body->account = s->account;
		body->len = (uint32_t)s->name.len;
		if (s->name.len)
			memcpy(body->name, s->name.ptr, s->name.len);
		rc = say(r, &record);
	}
	return rc;
}

static bool is_zero(const struct mg_counts *counts)
{
	for (int i = 0; i < MG_COUNTS; i++)
		if (counts->n[i])
			return false;
	return true;
}

static int say_facts(struct run *r, enum mg_space space, struct mg_tally *t)
{
	struct mg_record record = { .type = MG_RECORD_FACT };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < t->n_cells; i++) {
		/* What was added and taken back again leaves no row. */
		if (is_zero(&t->cells[i].counts))
			continue;
		record.body.fact = (struct mg_record_fact){
			.space = space,
			.subject = t->cells[i].subject,
			.hour = t->cells[i].hour,
			.counts = t->cells[i].counts,
		};
		rc = say(r, &record);
	}
	mg_tally_clear(t);
	return rc;
}

static int say_tracked(struct run *r, const struct mg_flight_entry *e)
{
	struct mg_record record = { .type = MG_RECORD_TRACKED };
	int rc = 0;

	memcpy(record.body.tracked.id, e->flight.id, sizeof(e->flight.id));
	for (size_t i = e->n_tracked_told; rc == 0 && i < e->n_tracked; i++) {
		record.body.tracked.hash = e->tracked[i];
		rc = say(r, &record);
	}
	return rc;
}

/* Deletions first: an id that is gone may be in flight again. */
static int say_flights(struct run *r, struct mg_flights *f)
{
	struct mg_record record = { .type = MG_RECORD_GONE };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < f->n_gone; i++) {
		memcpy(record.body.gone, f->gone[i], sizeof(f->gone[i]));
		rc = say(r, &record);
	}
	record.type = MG_RECORD_FLIGHT;
	for (size_t i = 0; rc == 0 && i < f->n_dirty; i++) {
		const struct mg_flight_entry *e = &f->entries[f->dirty[i]];

		if (!e->is_live)
			continue;
		record.body.flight = e->flight;
		rc = say(r, &record);
		if (rc == 0)
			rc = say_tracked(r, e);
	}
	mg_flights_settle(f);
	return rc;
}

static int say_callers(struct run *r, const struct mg_counter *c)
{
	struct mg_record record = { .type = MG_RECORD_CALLER };
	struct mg_record_caller *body = &record.body.caller;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->n_callers; i++) {
		memset(body, 0, sizeof(*body));
		body->at = c->callers[i].at;
		body->pid = c->callers[i].pid;
		body->len = c->callers[i].len;
		memcpy(body->directory, c->callers[i].directory, body->len);
		rc = say(r, &record);
	}
	return rc;
}

static int say_chunk(struct run *r)
{
	struct mg_counter *c = r->job->counter;
	struct mg_record record = { .type = MG_RECORD_CHUNK };

	record.body.chunk = (struct mg_record_chunk){
		.from = r->chunk_from,
		.to = r->window.taken,
		.first_at = c->first_at,
		.last_at = c->last_at,
		.next_seq = c->flights.next_seq,
		.n_orphans = c->n_orphans,
		.n_forgotten = c->flights.n_forgotten,
	};
	memcpy(record.body.chunk.n_lines, c->n_lines, sizeof(c->n_lines));
	memset(c->n_lines, 0, sizeof(c->n_lines));
	c->n_orphans = 0;
	c->flights.n_forgotten = 0;
	r->chunk_from = r->window.taken;
	return say(r, &record);
}

/* Everything counted since the last chunk, as one. */
static int end_chunk(struct run *r)
{
	struct mg_counter *c = r->job->counter;
	int rc;

	if (r->window.taken == r->chunk_from)
		return 0;
	rc = say_subjects(r, MG_SPACE_ORIGIN, &c->origins);
	if (rc == 0)
		rc = say_subjects(r, MG_SPACE_SENDER, &c->senders);
	if (rc == 0)
		rc = say_facts(r, MG_SPACE_ORIGIN, &c->by_origin);
	if (rc == 0)
		rc = say_facts(r, MG_SPACE_SENDER, &c->by_sender);
	if (rc == 0)
		rc = say_flights(r, &c->flights);
	if (rc == 0)
		rc = say_callers(r, c);
	if (rc == 0)
		rc = say_chunk(r);
	return rc < 0 ? rc : mg_record_flush(&r->pipe, &r->err);
}

static int say_failed(struct run *r, int number)
{
	struct mg_record record = { .type = MG_RECORD_FAILED };

	record.body.failed.at = r->window.next;
	record.body.failed.number = number;
	if (say(r, &record) < 0 || mg_record_flush(&r->pipe, &r->err) < 0)
		return MG_EIO; /* as below: the status says it alone */
	return MG_EIO;
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
		return rc < 0 ? -rc : say_failed(r, number);
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
	r->in_fd = in_fd;
	r->pipe.fd = out_fd;
	r->chunk_from = job->from;
	r->window.next = job->from;
	r->window.taken = job->from;
	r->window.bytes = mg_mem_zalloc(MG_READ_BYTES + MG_LINE_MAX + 1, 1);
	status = run_job(r);
	mg_mem_free(r->window.bytes);
	mg_mem_free(r);
	return status;
}
