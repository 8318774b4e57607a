/* SPDX-License-Identifier: MIT */
/*
 * parts.h - a log counted by one process, and in parts by several, all in the
 * process of the test: what a helper says goes through a file in memory.
 */
#ifndef MG_TEST_PARTS_H
#define MG_TEST_PARTS_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mailguard/count.h"
#include "mailguard/mem.h"
#include "mailguard/merge.h"
#include "mailguard/part.h"

#define PARTS_HELPERS_MAX 3

/* How a log is counted. */
struct parts_how {
	const struct mg_accounts *accounts;
	const struct mg_tz *tz;
	enum mg_dialect dialect;
	enum mg_engine engine;
	int64_t latest;
	size_t flights_max, origins_max; /* 0 for what it is */
	unsigned n_helpers;
	bool is_cut_short; /* helpers stop behind their first line */
	bool is_brief;     /* and say no counts */
};

static inline void parts_init(const struct parts_how *how, struct mg_counter *c)
{
	const struct mg_hash_key key = { 1, 2 };

	mg_counter_init(c, how->accounts, how->tz, 0, &key);
	mg_counter_set_engine(c, how->engine, INT64_MAX);
	c->dialect = how->dialect;
	c->latest = how->latest;
	if (how->flights_max)
		c->flights.max = how->flights_max;
	if (how->origins_max)
		c->origins.max = how->origins_max;
}

static inline void parts_count(struct mg_counter *c, struct mg_slice log,
			       size_t from, size_t to)
{
	struct mg_slice rest = mg_slice_of(log.ptr + from, to - from), line;

	while (rest.len) {
		c->line_byte = rest.ptr - log.ptr;
		if (!mg_slice_cut_at(&rest, '\n', &line))
			break;
		mg_counter_line(c, line);
	}
}

struct parts_helper {
	struct mg_counter counter;
	struct mg_part part;
	struct mg_tell tell;
	struct mg_merge merge;
	int fd;
};

static inline void parts_start(const struct parts_how *how,
			       struct parts_helper *h,
			       const struct mg_counter *first, int log_fd)
{
	memset(h, 0, sizeof(*h));
	parts_init(how, &h->counter);
	mg_part_init(&h->part, &h->counter);
	h->fd = memfd_create("pipe", MFD_CLOEXEC);
	assert(h->fd >= 0);
	h->tell.pipe.fd = h->fd;
	h->tell.is_brief = how->is_brief;
	mg_merge_init(&h->merge, h->fd, log_fd, first);
}

static inline void parts_stop(struct parts_helper *h)
{
	mg_merge_release(&h->merge);
	mg_part_release(&h->part);
	mg_counter_release(&h->counter);
	(void)close(h->fd);
}

/* Returns whether the first child had to read the part. */
static inline bool parts_help(const struct parts_how *how,
			      struct parts_helper *h, struct mg_counter *first,
			      struct mg_slice log, size_t from, size_t to)
{
	struct mg_err err;
	int64_t reached;
	size_t end = to;
	int rc;

	if (how->is_cut_short)
		end = from + mg_slice_find(mg_slice_from(log, from), '\n') + 1;
	parts_count(&h->counter, log, from, end);
	assert(ftruncate(h->fd, 0) == 0 && lseek(h->fd, 0, SEEK_SET) == 0);
	rc = mg_part_tell(&h->tell, &h->counter, (int64_t)from, (int64_t)end,
			  &err);
	assert(rc == 0 && lseek(h->fd, 0, SEEK_SET) == 0);
	rc = mg_merge_part(&h->merge, first, (int64_t)from, (int64_t)to,
			   &reached, &err);
	if (rc < 0) /* a helper of ours breaks no rules */
		(void)fprintf(stderr, "%s\n", err.text);
	assert(rc == 0 || rc == 1);
	parts_count(first, log, rc == 1 ? (size_t)reached : from, to);
	mg_merge_settle(&h->merge, first);
	return rc == 0;
}

/*
 * Counts a log that is cut at some bytes, which are behind newlines; the last
 * one is its end. Returns how many parts the first child had to read, too.
 */
static inline unsigned parts_deal_out(const struct parts_how *how,
				      struct mg_counter *first,
				      struct mg_slice log, const size_t *cuts,
				      size_t n_cuts)
{
	static struct parts_helper helpers[PARTS_HELPERS_MAX];
	const int log_fd = memfd_create("log", MFD_CLOEXEC);
	unsigned n_again = 0;
	size_t from = 0;

	assert(log_fd >= 0 && how->n_helpers <= PARTS_HELPERS_MAX);
	assert(write(log_fd, log.ptr, log.len) == (ssize_t)log.len);
	for (unsigned i = 0; i < how->n_helpers; i++)
		parts_start(how, &helpers[i], first, log_fd);
	for (size_t i = 0; i < n_cuts; from = cuts[i++]) {
		const size_t who = i % (how->n_helpers + 1);

		if (who == 0)
			parts_count(first, log, from, cuts[i]);
		else if (from < cuts[i])
			n_again += parts_help(how, &helpers[who - 1], first,
					      log, from, cuts[i]);
	}
	for (unsigned i = 0; i < how->n_helpers; i++)
		parts_stop(&helpers[i]);
	(void)close(log_fd);
	return n_again;
}

/* --- that both are the same --- */

static inline void parts_same_subjects(const struct mg_subjects *a,
				       const struct mg_subjects *b)
{
	assert(a->n_items == b->n_items);
	for (size_t i = 0; i < a->n_items; i++)
		assert(a->items[i].kind == b->items[i].kind &&
		       a->items[i].domain == b->items[i].domain &&
		       a->items[i].account == b->items[i].account &&
		       mg_slice_is(a->items[i].name, b->items[i].name));
}

static inline bool parts_is_zero(const struct mg_counts *c)
{
	for (int i = 0; i < MG_COUNTS; i++)
		if (c->n[i])
			return false;
	return true;
}

/*
 * Senders have room in the order of their cells, so that has to be the same.
 * Of origins it says nothing, and what was added and taken back leaves no cell.
 */
static inline void parts_same_senders(const struct mg_counter *a,
				      const struct mg_counter *b)
{
	assert(a->by_sender.n_cells == b->by_sender.n_cells);
	for (size_t i = 0; i < a->by_sender.n_cells; i++) {
		const struct mg_tally_cell *x = &a->by_sender.cells[i];
		const struct mg_tally_cell *y = &b->by_sender.cells[i];

		assert(mg_slice_is(a->senders.items[x->subject].name,
				   b->senders.items[y->subject].name));
		assert(x->at == y->at);
		assert(!memcmp(&x->counts, &y->counts, sizeof(x->counts)));
	}
}

/* Each cell of one is in the other. */
static inline void parts_has_cells(struct mg_tally *a, const struct mg_tally *b)
{
	for (size_t i = 0; i < b->n_cells; i++) {
		const struct mg_tally_cell *x = &b->cells[i];

		if (!parts_is_zero(&x->counts))
			assert(!memcmp(mg_tally_at(a, x->subject, x->at),
				       &x->counts, sizeof(x->counts)));
	}
}

/* In the order in which they would be forgotten. */
static inline size_t parts_list_flights(const struct mg_flights *f,
					const struct mg_flight_entry **out)
{
	size_t n = 0;

	for (size_t i = f->queue_at; i < f->n_queue; i++) {
		const struct mg_flight_entry *e = &f->entries[f->queue[i].slot];

		if (e->is_live && e->flight.seq == f->queue[i].seq)
			out[n++] = e;
	}
	assert(n == f->n_live);
	return n;
}

static inline void parts_same_flight(const struct mg_flight_entry *a,
				     const struct mg_flight_entry *b)
{
	const struct mg_flight *x = &a->flight, *y = &b->flight;

	assert(!memcmp(x->id, y->id, sizeof(x->id)));
	assert(x->state == y->state && x->flags == y->flags &&
	       x->n_forwards == y->n_forwards && x->origin == y->origin &&
	       x->n_recipients == y->n_recipients && x->topic == y->topic &&
	       x->slot == y->slot && x->at == y->at && x->bytes == y->bytes &&
	       x->message_id == y->message_id && x->seq == y->seq);
	assert(a->n_tracked == b->n_tracked);
	for (size_t i = 0; i < a->n_tracked; i++)
		assert(a->tracked[i] == b->tracked[i]);
	assert(a->is_dirty && b->is_dirty);
}

static inline void parts_same_flights(const struct mg_flights *a,
				      const struct mg_flights *b)
{
	const struct mg_flight_entry **x = mg_mem_zalloc(a->n_live + 1,
							 sizeof(*x));
	const struct mg_flight_entry **y = mg_mem_zalloc(b->n_live + 1,
							 sizeof(*y));
	const size_t n = parts_list_flights(a, x);

	assert(parts_list_flights(b, y) == n);
	for (size_t i = 0; i < n; i++)
		parts_same_flight(x[i], y[i]);
	assert(a->next_seq == b->next_seq);
	assert(a->n_forgotten == b->n_forgotten);
	mg_mem_free(x);
	mg_mem_free(y);
}

static inline void parts_same_callers(const struct mg_counter *a,
				      const struct mg_counter *b)
{
	assert(a->n_callers == b->n_callers);
	for (size_t i = 0; i < a->n_callers; i++) {
		const struct mg_caller *x = &a->callers[i], *y = &b->callers[i];

		assert(x->at == y->at && x->pid == y->pid &&
		       x->account == y->account && x->len == y->len &&
		       !memcmp(x->directory, y->directory, x->len));
	}
}

static inline void parts_same_shapes(const struct mg_shapes *a,
				     const struct mg_shapes *b)
{
	assert(a->n_items == b->n_items);
	for (size_t i = 0; i < a->n_items; i++) {
		const struct mg_shape *x = &a->items[i], *y = &b->items[i];

		assert(x->why == y->why && x->len == y->len && x->n == y->n &&
		       x->first == y->first &&
		       !memcmp(x->text, y->text, x->len));
	}
}

static inline void parts_same_checks(const struct mg_checks *a,
				     const struct mg_checks *b)
{
	assert(a->n_cells == b->n_cells);
	for (size_t i = 0; i < a->n_cells; i++)
		assert(!memcmp(&a->cells[i].check, &b->cells[i].check,
			       sizeof(a->cells[i].check)) &&
		       a->cells[i].origin == b->cells[i].origin);
}

/* Each row of one is in the other; what was taken back leaves none. */
static inline void parts_has_larges(const struct mg_larges *a,
				    const struct mg_larges *b)
{
	for (size_t i = 0; i < b->n_cells; i++) {
		const struct mg_larges_cell *x = &b->cells[i];
		size_t k = 0;

		while (k < a->n_cells && (a->cells[k].origin != x->origin ||
					  memcmp(&a->cells[k].large, &x->large,
						 sizeof(x->large)) != 0))
			k++;
		assert(x->large.n == 0 || k < a->n_cells);
	}
}

/* Lines, and what is in flight behind them. */
static inline void parts_same_lines(const struct mg_counter *a,
				    const struct mg_counter *b)
{
	assert(!memcmp(a->n_lines, b->n_lines, sizeof(a->n_lines)));
	assert(!memcmp(a->n_odd, b->n_odd, sizeof(a->n_odd)));
	assert(a->first_at == b->first_at && a->last_at == b->last_at);
	assert(a->n_orphans == b->n_orphans);
	parts_same_subjects(&a->origins, &b->origins);
	parts_same_flights(&a->flights, &b->flights);
	parts_same_callers(a, b);
	parts_same_shapes(&a->shapes, &b->shapes);
}

static inline void parts_same(struct mg_counter *a, struct mg_counter *b)
{
	parts_same_lines(a, b);
	parts_same_senders(a, b);
	parts_has_cells(&a->by_origin, &b->by_origin);
	parts_has_cells(&b->by_origin, &a->by_origin);
	parts_has_larges(&a->larges, &b->larges);
	parts_has_larges(&b->larges, &a->larges);
	parts_same_checks(&a->checks, &b->checks);
}

#endif
