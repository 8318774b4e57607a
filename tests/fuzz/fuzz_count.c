/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a log of each dialect, in UTC and where clocks are changed:
 * counts stay consistent, nobody is charged who is not in the tables, and both
 * engines come to the same state, cell by cell.
 */
#include "tables.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "../unit/parts.h"
#include "../unit/zones.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_origin(const struct mg_subject *s)
{
	assert(s->kind >= MG_ORIGIN_MAILBOX && s->kind <= MG_ORIGIN_UNKNOWN);
	assert(s->name.len > 0 && s->name.len <= MG_ORIGIN_NAME_MAX);
	assert((s->domain == 0 && s->account == 0) ||
	       (s->domain == MG_ACCOUNT_NONE && s->account == MG_ACCOUNT_NONE));
	for (size_t i = 0; i < s->name.len; i++)
		assert(s->name.ptr[i] > ' ' && s->name.ptr[i] <= '~');
}

static void check_counter(const struct mg_counter *c)
{
	uint64_t n_shapes = 0;

	for (size_t i = 0; i < c->origins.n_items; i++)
		check_origin(&c->origins.items[i]);
	for (size_t i = 0; i < c->by_origin.n_cells; i++) {
		assert(c->by_origin.cells[i].subject < c->origins.n_items);
		for (int n = 0; n < MG_COUNTS; n++)
			assert(c->by_origin.cells[i].counts.n[n] >= 0);
	}
	for (size_t i = 0; i < c->shapes.n_items; i++) {
		const struct mg_shape *s = &c->shapes.items[i];

		assert(mg_shape_is_valid(mg_slice_of(s->text, s->len)));
		n_shapes += s->n;
	}
	for (unsigned i = 0; i < MG_LINE_KINDS; i++) {
		n_shapes -= c->n_odd[i];
		if (mg_line_class(i) == MG_LINE_UNKNOWN ||
		    i == MG_EXIM_UNSTAMPED)
			n_shapes -= c->n_lines[i];
	}
	assert(n_shapes == 0);
	assert(c->flights.n_live <= c->flights.n_entries);
	assert(c->n_callers <= MG_CWDS_MAX);
}

static void check_same_tally(const struct mg_tally *a, const struct mg_tally *b)
{
	assert(a->n_cells == b->n_cells);
	for (size_t i = 0; i < a->n_cells; i++) {
		assert(a->cells[i].subject == b->cells[i].subject);
		assert(a->cells[i].at == b->cells[i].at);
		assert(!memcmp(&a->cells[i].counts, &b->cells[i].counts,
			       sizeof(a->cells[i].counts)));
	}
}

static void check_same_flights(const struct mg_flights *a,
			       const struct mg_flights *b)
{
	assert(a->n_entries == b->n_entries && a->n_live == b->n_live);
	for (size_t i = 0; i < a->n_entries; i++) {
		const struct mg_flight_entry *x = &a->entries[i];
		const struct mg_flight_entry *y = &b->entries[i];

		assert(x->is_live == y->is_live);
		assert(!memcmp(x->flight.id, y->flight.id,
			       sizeof(x->flight.id)));
		assert(x->flight.state == y->flight.state &&
		       x->flight.flags == y->flight.flags &&
		       x->flight.origin == y->flight.origin &&
		       x->flight.n_recipients == y->flight.n_recipients &&
		       x->flight.topic == y->flight.topic &&
		       x->flight.slot == y->flight.slot &&
		       x->flight.at == y->flight.at &&
		       x->flight.message_id == y->flight.message_id &&
		       x->flight.bytes == y->flight.bytes &&
		       x->flight.n_forwards == y->flight.n_forwards &&
		       x->flight.seq == y->flight.seq &&
		       x->n_tracked == y->n_tracked);
	}
}

static void check_same_checks(const struct mg_checks *a,
			      const struct mg_checks *b)
{
	assert(a->n_cells == b->n_cells);
	for (size_t i = 0; i < a->n_cells; i++) {
		const struct mg_check *x = &a->cells[i].check;
		const struct mg_check *y = &b->cells[i].check;

		assert(a->cells[i].origin == b->cells[i].origin);
		assert(x->at == y->at && x->login == y->login);
		assert(!memcmp(&x->ip, &y->ip, sizeof(x->ip)));
		assert(!memcmp(x->n, y->n, sizeof(x->n)));
	}
}

static void check_same_shapes(const struct mg_shapes *a,
			      const struct mg_shapes *b)
{
	assert(a->n_items == b->n_items);
	for (size_t i = 0; i < a->n_items; i++) {
		const struct mg_shape *x = &a->items[i], *y = &b->items[i];

		assert(x->n == y->n && x->why == y->why);
		assert(mg_slice_is(mg_slice_of(x->text, x->len),
				   mg_slice_of(y->text, y->len)));
	}
}

static void check_same(const struct mg_counter *a, const struct mg_counter *b)
{
	assert(!memcmp(a->n_lines, b->n_lines, sizeof(a->n_lines)));
	assert(!memcmp(a->n_odd, b->n_odd, sizeof(a->n_odd)));
	assert(a->first_at == b->first_at && a->last_at == b->last_at);
	assert(a->n_orphans == b->n_orphans && a->n_callers == b->n_callers);
	parts_same_subjects(&a->origins, &b->origins);
	parts_same_subjects(&a->senders, &b->senders);
	check_same_tally(&a->by_origin, &b->by_origin);
	check_same_tally(&a->by_sender, &b->by_sender);
	parts_has_larges(&a->larges, &b->larges);
	parts_has_larges(&b->larges, &a->larges);
	check_same_flights(&a->flights, &b->flights);
	check_same_checks(&a->checks, &b->checks);
	check_same_shapes(&a->shapes, &b->shapes);
}

static const struct mg_tz utc = { .n_transitions = 0 };
static const struct mg_tz *const zones[] = { &utc, &berlin };

#define LINES_MAX 16384 /* bytes of input, -max_len */

/* The lines that end in a newline, as a block; what is left is returned. */
static struct mg_slice count_block(struct mg_counter *counter,
				   struct mg_slice log)
{
	static uint32_t ends[LINES_MAX + 64];
	struct mg_lines lines = { .bytes = log.ptr, .ends = ends };

	if (log.len > LINES_MAX)
		return log;
	lines.n = mg_scan_newlines(MG_SCAN_PLAIN, log, ends);
	mg_counter_lines(counter, &lines);
	return lines.n ? mg_slice_from(log, ends[lines.n - 1] + 1) : log;
}

static void count(struct mg_counter *counter, struct mg_slice log,
		  const struct mg_accounts *tables, enum mg_dialect dialect,
		  enum mg_engine engine)
{
	const struct mg_hash_key key = { 1, 2 };
	const struct mg_tz *tz = zones[log.len % 2];
	struct mg_slice line;

	mg_counter_init(counter, tables, tz, 0, &key);
	mg_counter_set_engine(counter, engine, INT64_MAX);
	counter->dialect = dialect;
	counter->latest = 1795392000;
	if (engine == MG_ENGINE_QUICK)
		log = count_block(counter, log);
	while (mg_slice_cut_line(&log, &line))
		mg_counter_line(counter, line);
	check_counter(counter);
}

static void count_both(struct mg_slice log, const struct mg_accounts *tables,
		       enum mg_dialect dialect)
{
	struct mg_counter plain, quick;

	count(&plain, log, tables, dialect, MG_ENGINE_PLAIN);
	count(&quick, log, tables, dialect, MG_ENGINE_QUICK);
	check_same(&plain, &quick);
	mg_counter_release(&plain);
	mg_counter_release(&quick);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mg_slice log = mg_slice_of((const char *)data, size);
	static struct mg_accounts tables;

	if (!tables.n_accounts)
		init_tables(&tables);
	count_both(log, &tables, MG_DIALECT_EXIM);
	count_both(log, &tables, MG_DIALECT_SYSLOG);
	count_both(log, &tables, MG_DIALECT_DOVECOT);
	return 0;
}
