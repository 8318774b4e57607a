/* SPDX-License-Identifier: MIT */
/*
 * count_fixture - short logs through mg_counter_line. What is expected is
 * written as the cells in the order of their first touch, a line each:
 *
 *     KIND NAME DOMAIN ACCOUNT HH:MM COUNTS
 *
 * with the start of the hour in UTC, and of the counts those that are not
 * zero: m(essages) r(ecipients) d(elivered) w(aiting: deferred) f(ailed)
 * u(nknown) o(utward: forwarded) b(ytes).
 */
#ifndef MG_TEST_COUNT_FIXTURE_H
#define MG_TEST_COUNT_FIXTURE_H

#include "accounts_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/account.h"
#include "mailguard/buf.h"
#include "mailguard/count.h"

#define T "2026-11-22 02:19:34 "
#define LATER "2026-11-22 04:00:01 "
#define A "1xUxB0-00000000CXd-0nge "
#define B "1xUxCV-00000000CZD-1gZs "
#define C "1xUxCZ-000CZK-0f "
#define LAPTOP "H=(laptop) [198.51.100.7]:50112 "
#define LOOPBACK "H=(localhost) [127.0.0.1]:50112 "
#define OUT "R=sink T=remote_smtp H=mx.far.test [203.0.113.9]"

struct row {
	const char *log;
	const char *want;
	uint64_t n_orphans;
};

static struct mg_counter counter;

static inline void begin(int32_t hour_offset_s)
{
	mg_counter_init(&counter, &accounts, &utc, hour_offset_s, &hash_key);
}

static inline void feed(const char *log)
{
	struct mg_slice rest = mg_slice_str(log), line;

	while (mg_slice_cut_line(&rest, &line))
		mg_counter_line(&counter, line);
}

static inline void show_counts(const struct mg_counts *counts, struct mg_buf *b)
{
	static const char letters[] = "mrdwfuob";

	for (int i = 0; i < MG_COUNTS; i++)
		if (counts->n[i])
			mg_buf_add_fmt(b, " %c%lld", letters[i],
				       (long long)counts->n[i]);
	mg_buf_add_char(b, '\n');
}

static inline bool is_zero(const struct mg_counts *counts)
{
	for (int i = 0; i < MG_COUNTS; i++)
		if (counts->n[i])
			return false;
	return true;
}

static inline void show_hour(int64_t hour, struct mg_buf *b)
{
	struct mg_civil c;

	mg_civil_of(hour, 0, &c);
	mg_buf_add_fmt(b, " %02d:%02d", c.hour, c.minute);
}

/* Slots become their hours, in the order of first touch. */
static inline void add_hours(struct mg_tally *hours)
{
	for (size_t i = 0; i < counter.by_origin.n_cells; i++) {
		const struct mg_tally_cell *cell = &counter.by_origin.cells[i];
		int64_t into = (cell->at - counter.hour_offset_s) % 3600;

		assert_int_equal(into % MG_SLOT_S, 0);
		for (int k = 0; k < MG_COUNTS; k++)
			mg_tally_add(hours, cell->subject, cell->at - into,
				     (enum mg_count)k, cell->counts.n[k]);
	}
}

static inline void show_origins(struct mg_buf *b)
{
	static const char *const kinds[] = { "?",      "mailbox", "script",
					     "user",   "relay",   "forwarder",
					     "unknown" };

	struct mg_tally hours = { 0 };

	add_hours(&hours);
	for (size_t i = 0; i < hours.n_cells; i++) {
		const struct mg_tally_cell *cell = &hours.cells[i];
		const struct mg_subject *s =
			&counter.origins.items[cell->subject];
		const struct mg_slice none = MG_LIT("-");

		if (is_zero(&cell->counts))
			continue;
		mg_buf_add_fmt(b, "%s %.*s", kinds[s->kind],
			       MG_SLICE_ARG(s->name));
		mg_buf_add_fmt(
			b, " %.*s",
			MG_SLICE_ARG(
				s->domain == MG_ACCOUNT_NONE
					? none
					: accounts.domains[s->domain].name));
		mg_buf_add_fmt(
			b, " %.*s",
			MG_SLICE_ARG(
				s->account == MG_ACCOUNT_NONE
					? none
					: accounts.accounts[s->account].name));
		show_hour(cell->at, b);
		show_counts(&cell->counts, b);
	}
	mg_tally_release(&hours);
}

static inline void show_senders(struct mg_buf *b)
{
	for (size_t i = 0; i < counter.by_sender.n_cells; i++) {
		const struct mg_tally_cell *cell = &counter.by_sender.cells[i];

		mg_buf_add_fmt(
			b, "%.*s",
			MG_SLICE_ARG(
				counter.senders.items[cell->subject].name));
		show_hour(cell->at, b);
		show_counts(&cell->counts, b);
	}
}

static inline void check(const struct row *rows, size_t n)
{
	size_t n_wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct mg_buf got;

		mg_buf_init(&got, 65536);
		begin(0);
		feed(rows[i].log);
		show_origins(&got);
		if (strcmp(got.ptr, rows[i].want) != 0 ||
		    counter.n_orphans != rows[i].n_orphans) {
			print_error("%s got (%llu orphans):\n%swant:\n%s\n",
				    rows[i].log,
				    (unsigned long long)counter.n_orphans,
				    got.ptr, rows[i].want);
			n_wrong++;
		}
		mg_counter_release(&counter);
		mg_buf_release(&got);
	}
	assert_int_equal(n_wrong, 0);
}

#define SENT " P=local S=100 for x@far.test\n"

#endif
