/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/drift.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define POSTFIX(kind) (MG_EXIM_KINDS + MG_POSTFIX_##kind)
#define NOW INT64_C(1795312800)

static struct mg_drift_tally tally;

static int begin(void **state)
{
	(void)state;
	memset(&tally, 0, sizeof(tally));
	return 0;
}

static void add(unsigned kind, uint64_t n, uint64_t n_odd)
{
	uint64_t lines[MG_LINE_KINDS] = { 0 }, odd[MG_LINE_KINDS] = { 0 };

	lines[kind] = n;
	odd[kind] = n_odd;
	mg_drift_add_lines(&tally, lines, odd);
}

static bool is_alarm(void)
{
	const struct mg_drift mark = mg_drift_mark(&tally, NOW);

	assert_int_equal(mark.at, NOW);
	assert_true(mark.alarm_at == (mark.is_alarm ? NOW : INT64_MIN));
	return mark.is_alarm;
}

static void test_nothing_read(void **state)
{
	struct mg_drift_share share;
	unsigned at = 0, kind;

	(void)state;
	assert_false(is_alarm());
	assert_false(mg_drift_unknown(&tally, &at, &share));
	at = 0;
	assert_false(mg_drift_odd(&tally, &at, &kind));
	assert_null(mg_drift_shape(&tally, MG_SHAPE_UNKNOWN, 0));
}

static void test_more_than_one_in_a_thousand(void **state)
{
	struct mg_drift_share share;
	unsigned at = 0;

	(void)state;
	add(MG_EXIM_NOTE, 1998, 0);
	add(MG_EXIM_OTHER, 2, 0);
	assert_false(is_alarm());
	assert_false(mg_drift_unknown(&tally, &at, &share));
	add(MG_EXIM_OTHER, 1, 0);
	assert_true(is_alarm());
	at = 0;
	assert_true(mg_drift_unknown(&tally, &at, &share));
	assert_string_equal(share.daemon, "Exim");
	assert_int_equal(share.n_unknown, 3);
	assert_int_equal(share.n_lines, 2001);
	assert_false(mg_drift_unknown(&tally, &at, &share));
	assert_int_equal(mg_drift_mark(&tally, NOW).n_unknown, 3);
	assert_int_equal(mg_drift_mark(&tally, NOW).n_lines, 2001);
}

/* A daemon that writes little must not drift in the shade of one that does. */
static void test_each_daemon_for_itself(void **state)
{
	struct mg_drift_share share;
	unsigned at = 0;

	(void)state;
	add(MG_EXIM_NOTE, 1000000, 0);
	add(POSTFIX(FOREIGN), 1000000, 0);
	add(POSTFIX(CLIENT), 500, 0);
	assert_false(is_alarm());
	add(POSTFIX(OTHER), 1, 0);
	assert_true(is_alarm());
	assert_true(mg_drift_unknown(&tally, &at, &share));
	assert_string_equal(share.daemon, "Postfix");
	assert_int_equal(share.n_lines, 501);
	assert_false(mg_drift_unknown(&tally, &at, &share));
}

static void test_lines_of_no_daemon(void **state)
{
	struct mg_drift_share share;
	unsigned at = 0;

	(void)state;
	add(POSTFIX(FOREIGN), 999, 0);
	add(MG_EXIM_UNSTAMPED, 1, 0);
	assert_false(is_alarm());
	add(MG_EXIM_OVERLONG, 1, 0);
	assert_true(is_alarm());
	assert_int_equal(mg_drift_mark(&tally, NOW).n_unknown, 2);
	assert_false(mg_drift_unknown(&tally, &at, &share));
}

static void test_odd_lines_hold_up_nothing(void **state)
{
	static const struct {
		uint64_t n_lines, n_odd;
		bool want;
	} rows[] = {
		{ 9, 9, false },          { 10, 10, true },
		{ 99, 10, true },         { 100, 10, false },
		{ 100000, 10000, false }, { 100000, 10001, true },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		unsigned at = 0, kind = 0;

		(void)begin(NULL);
		add(MG_EXIM_NOTE, 1000000, 0);
		add(MG_EXIM_ARRIVAL, rows[i].n_lines, rows[i].n_odd);
		assert_int_equal(mg_drift_odd(&tally, &at, &kind),
				 rows[i].want);
		if (rows[i].want)
			assert_int_equal(kind, MG_EXIM_ARRIVAL);
		assert_false(is_alarm());
		assert_int_equal(mg_drift_mark(&tally, NOW).n_odd,
				 rows[i].n_odd);
	}
}

static void shape(enum mg_shape_why why, const char *text, uint64_t n,
		  const char *path)
{
	struct mg_shape s = {
		.why = why, .len = (uint32_t)strlen(text), .n = n, .first = 7
	};

	memcpy(s.text, text, s.len);
	mg_drift_add_shape(&tally, &s, path);
}

static void ranks(enum mg_shape_why why, unsigned rank, const char *text,
		  const char *path)
{
	const struct mg_shape *s = mg_drift_shape(&tally, why, rank);

	assert_non_null(s);
	assert_true(
		mg_slice_is(mg_slice_of(s->text, s->len), mg_slice_str(text)));
	assert_string_equal(tally.paths[s - tally.shapes.items], path);
}

static void test_the_most_frequent_shapes(void **state)
{
	(void)state;
	shape(MG_SHAPE_UNKNOWN, "a", 2, "/one");
	shape(MG_SHAPE_UNKNOWN, "b", 5, "/one");
	shape(MG_SHAPE_ODD, "c", 9, "/one");
	shape(MG_SHAPE_UNKNOWN, "d", 2, "/two");
	shape(MG_SHAPE_UNKNOWN, "a", 1, "/two");
	ranks(MG_SHAPE_UNKNOWN, 0, "b", "/one");
	ranks(MG_SHAPE_UNKNOWN, 1, "a", "/one");
	ranks(MG_SHAPE_UNKNOWN, 2, "d", "/two");
	assert_null(mg_drift_shape(&tally, MG_SHAPE_UNKNOWN, 3));
	ranks(MG_SHAPE_ODD, 0, "c", "/one");
	assert_null(mg_drift_shape(&tally, MG_SHAPE_STRANGE, 0));
}

static void test_a_long_path_is_cut(void **state)
{
	char path[MG_DRIFT_PATH + 1];

	(void)state;
	memset(path, 'p', sizeof(path));
	path[MG_DRIFT_PATH] = '\0';
	shape(MG_SHAPE_ODD, "a", 1, path);
	path[MG_DRIFT_PATH - 1] = '\0';
	ranks(MG_SHAPE_ODD, 0, "a", path);
}

/* Every kind that is of no known form belongs to a daemon of its own. */
static void test_unknown_kinds_have_a_daemon(void **state)
{
	const char *seen[MG_LINE_KINDS];
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < MG_LINE_KINDS; i++) {
		if (mg_line_class(i) != MG_LINE_UNKNOWN)
			continue;
		assert_non_null(mg_line_daemon(i));
		for (size_t j = 0; j < n; j++)
			assert_string_not_equal(seen[j], mg_line_daemon(i));
		seen[n++] = mg_line_daemon(i);
	}
	assert_true(n >= 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nothing_read, begin),
		cmocka_unit_test_setup(test_more_than_one_in_a_thousand, begin),
		cmocka_unit_test_setup(test_each_daemon_for_itself, begin),
		cmocka_unit_test_setup(test_lines_of_no_daemon, begin),
		cmocka_unit_test_setup(test_odd_lines_hold_up_nothing, begin),
		cmocka_unit_test_setup(test_the_most_frequent_shapes, begin),
		cmocka_unit_test_setup(test_a_long_path_is_cut, begin),
		cmocka_unit_test_setup(test_unknown_kinds_have_a_daemon, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
