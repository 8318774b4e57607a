/* SPDX-License-Identifier: MIT */
/* What is kept of all lines, whatever they say. */
#include "count_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/count.h"

static void test_sender_domains(void **state)
{
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 4096);
	begin(0);
	feed(T A "<= joe@A.Example. U=alice P=local S=5 for a@b c@d\n" T B
		 "<= <> U=mailnull P=local S=5 for a@b\n" T C
		 "<= x@far.test " LAPTOP "P=esmtp S=7 for a@b\n" LATER A
		 "<= nodomain U=bob P=local S=1 for a@b\n" LATER B
		 "<= a@b!c U=bob P=local S=1\n");
	show_senders(&got);
	assert_string_equal(got.ptr, "a.example 02:00 m1 r2 b5\n"
				     "far.test 02:00 m1 r1 b7\n"
				     " 04:00 m2 r1 b2\n");
	mg_counter_release(&counter);
	mg_buf_release(&got);
}

static void test_what_is_not_understood_keeps_its_shape(void **state)
{
	static const struct {
		enum mg_shape_why why;
		const char *text;
		int64_t first;
	} rows[] = {
		{ MG_SHAPE_UNKNOWN, "Grommet 9 is loose", 100 },
		{ MG_SHAPE_STRANGE, "x 9", 102 },
		{ MG_SHAPE_ODD, "x <= x@x ZZ=9 S=9 for x@x", 103 },
		{ MG_SHAPE_UNKNOWN, "x <+ x@x", 105 },
	};
	static const char *const lines[] = {
		T "Grommet 17 is loose",
		T "Start queue run: pid=7",
		"x 17",
		T A "<= x@a.example ZZ=1 S=1 for a@b.test",
		T A "Completed",
		T B "<+ joe@a.example",
		T "Grommet 18 is loose",
		" indented",
		"",
	};

	(void)state;
	begin(0);
	for (size_t i = 0; i < LENGTH(lines); i++) {
		counter.line_byte = 100 + (int64_t)i;
		mg_counter_line(&counter, mg_slice_str(lines[i]));
	}
	assert_int_equal(counter.shapes.n_items, LENGTH(rows));
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_shape *s = &counter.shapes.items[i];

		assert_int_equal(s->why, rows[i].why);
		assert_true(mg_slice_is(mg_slice_of(s->text, s->len),
					mg_slice_str(rows[i].text)));
		assert_int_equal(s->first, rows[i].first);
		assert_int_equal(s->n, i == 0 ? 2 : 1);
	}
	assert_int_equal(counter.n_odd[MG_EXIM_ARRIVAL], 1);
	assert_int_equal(counter.n_lines[MG_EXIM_ARRIVAL], 1);
	mg_counter_release(&counter);
	begin(0);
	counter.dialect = MG_DIALECT_SYSLOG;
	feed("Nov 22 02:19:34 h postfix/smtpd[7]: Grommet 17 is loose\n"
	     "Nov 22 02:19:34 h sshd[7]: Grommet 17 is loose\n"
	     "Nov 22 02:19:34 h exim[7]: Grommet 17 is loose\n");
	assert_int_equal(counter.shapes.n_items, 2);
	assert_true(mg_slice_is(mg_slice_of(counter.shapes.items[0].text,
					    counter.shapes.items[0].len),
				MG_LIT("smtpd: Grommet 9 is loose")));
	mg_counter_release(&counter);
}

static void test_lines_are_counted_by_kind(void **state)
{
	(void)state;
	begin(0);
	feed(T A "<= x@y U=alice" SENT T A "=> x@y\n" T A "== x@y\n" T A
		 "** x@y\n" T A "Completed\n\nx\n y\n" T "x\n" T A "Frozen\n");
	mg_counter_overlong(&counter);
	for (int i = 0; i < MG_EXIM_KINDS; i++) {
		switch (i) {
		case MG_EXIM_RESCINDED:
		case MG_EXIM_OVERFLOWED:
		case MG_EXIM_CWD:
		case MG_EXIM_IDENTIFICATION:
		case MG_EXIM_SUPPRESSED:
		case MG_EXIM_AUTH_FAILED:
		case MG_EXIM_REJECTED:
		case MG_EXIM_CONNECTION:
		case MG_EXIM_DAEMON:
			assert_int_equal(counter.n_lines[i], 0);
			break;
		default:
			assert_int_equal(counter.n_lines[i], 1);
			break;
		}
	}
	assert_int_equal(counter.flights.n_live, 0);
	mg_counter_release(&counter);
}

/*
 * However the log is cut into sweeps, the counts are the same: the tallies are
 * settled after each line, as at the end of a chunk.
 */
static void test_chunks_make_no_difference(void **state)
{
	static const char log[] = T A
		"<= x@y U=nobody" SENT T B "<= x@y U=alice P=local S=1\n" T A
		"Sender identification U=alice D=b.example S=x@y\n" T B
		"=> p@q " OUT "\n" T A
		"rescind the above message-accept\n" LATER B "=> r@s " OUT
		"\n" LATER B "Completed\n";
	int64_t totals[MG_COUNTS] = { 0 }, whole[MG_COUNTS] = { 0 };
	struct mg_slice rest = mg_slice_str(log), line;

	(void)state;
	begin(0);
	feed(log);
	for (size_t i = 0; i < counter.by_origin.n_cells; i++)
		for (int k = 0; k < MG_COUNTS; k++)
			whole[k] += counter.by_origin.cells[i].counts.n[k];
	mg_counter_release(&counter);

	begin(0);
	while (mg_slice_cut_line(&rest, &line)) {
		mg_counter_line(&counter, line);
		for (size_t i = 0; i < counter.by_origin.n_cells; i++)
			for (int k = 0; k < MG_COUNTS; k++)
				totals[k] +=
					counter.by_origin.cells[i].counts.n[k];
		mg_tally_clear(&counter.by_origin);
		mg_flights_settle(&counter.flights);
	}
	assert_memory_equal(totals, whole, sizeof(totals));
	assert_int_equal(totals[MG_MESSAGES], 1);
	assert_int_equal(totals[MG_RECIPIENTS], 2);
	mg_counter_release(&counter);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sender_domains),
		cmocka_unit_test(test_what_is_not_understood_keeps_its_shape),
		cmocka_unit_test(test_lines_are_counted_by_kind),
		cmocka_unit_test(test_chunks_make_no_difference),
	};

	return cmocka_run_group_tests(tests, load_accounts, free_accounts);
}
