/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/progress.h"

#define T0 INT64_C(5000000)

static int out[2];

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(pipe(out), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(close(out[0]), 0);
	assert_int_equal(close(out[1]), 0);
	return 0;
}

/* Everything that was written since the last time; a mark so none is seen. */
static void expect(const char *text)
{
	char bytes[4096];
	ssize_t n;

	assert_int_equal(write(out[1], "|", 1), 1);
	n = read(out[0], bytes, sizeof(bytes) - 1);
	assert_true(n >= 1);
	bytes[n - 1] = '\0';
	assert_string_equal(bytes, text);
}

static struct mg_progress_at at(uint64_t n_bytes, int64_t left_bytes)
{
	return (struct mg_progress_at){ .n_bytes = n_bytes,
					.n_lines = n_bytes / 100,
					.left_bytes = left_bytes,
					.name = MG_LIT("mainlog") };
}

static void test_what_ends_soon_says_nothing(void **state)
{
	struct mg_progress p;
	const struct mg_progress_at x = at(50000000, 150000000);

	(void)state;
	mg_progress_begin(&p, out[1], 80, T0);
	mg_progress_show(&p, &x, T0);
	mg_progress_show(&p, &x, T0 + MG_PROGRESS_AFTER_MS - 1);
	mg_progress_clear(&p);
	expect("");
	mg_progress_show(&p, &x, T0 + MG_PROGRESS_AFTER_MS);
	expect("\r50.0 of 200.0 MB, 25 %, 500000 lines/s, 3 s left: mainlog");
}

static void test_it_is_written_over_and_cleared(void **state)
{
	struct mg_progress p;
	struct mg_progress_at x = at(50000000, 150000000);

	(void)state;
	mg_progress_begin(&p, out[1], 80, T0);
	mg_progress_show(&p, &x, T0 + 2000);
	expect("\r50.0 of 200.0 MB, 25 %, 250000 lines/s, 6 s left: mainlog");
	mg_progress_show(&p, &x, T0 + 2000 + MG_PROGRESS_EVERY_MS - 1);
	expect("");
	x = at(60000000, 0);
	x.name = MG_LIT("m");
	mg_progress_show(&p, &x, T0 + 6000);
	expect("\r60.0 of 60.0 MB, 100 %, 100000 lines/s, 0 s left: m      ");
	mg_progress_clear(&p);
	expect("\r                                                   \r");
	mg_progress_clear(&p);
	expect("");
}

static void test_amounts(void **state)
{
	static const struct row {
		uint64_t n_bytes;
		int64_t left_bytes;
		const char *text;
	} rows[] = {
		{ 1000000, -1, "1.0 MB, 1000 lines/s: mainlog" },
		{ 1000000000, -1, "1.0 GB, 1000000 lines/s: mainlog" },
		{ 0, 0, "0.0 of 0.0 MB, 100 %, 0 lines/s: mainlog" },
		{ 1000000, 1000000000000,
		  "0.0 of 1000.0 GB, 0 %, 1000 lines/s, 2778 h left: mainlog" },
		{ 1000000, 100000000,
		  "1.0 of 101.0 MB, 1 %, 1000 lines/s, 17 min left: mainlog" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct mg_progress_at x = at(rows[i].n_bytes,
						   rows[i].left_bytes);
		char text[200] = "\r";
		struct mg_progress p;

		mg_progress_begin(&p, out[1], 80, T0);
		mg_progress_show(&p, &x, T0 + 10000);
		strncat(text, rows[i].text, sizeof(text) - 2);
		expect(text);
	}
}

/* A terminal breaks a line that is as wide as it, and cannot take it back. */
static void test_it_stays_within_the_terminal(void **state)
{
	struct mg_progress_at x = at(50000000, 150000000);
	struct mg_progress p;

	(void)state;
	x.name = MG_LIT("\x1b[2J\xe2\x80\xae");
	mg_progress_begin(&p, out[1], 200, T0);
	mg_progress_show(&p, &x, T0 + 2000);
	expect("\r50.0 of 200.0 MB, 25 %, 250000 lines/s, 6 s left: "
	       "\\x1b[2J\\xe2\\x80\\xae");
	mg_progress_begin(&p, out[1], 12, T0);
	mg_progress_show(&p, &x, T0 + 2000);
	expect("\r50.0 of 200");
	mg_progress_begin(&p, out[1], 0, T0);
	mg_progress_show(&p, &x, T0 + 2000);
	mg_progress_clear(&p);
	expect("");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_what_ends_soon_says_nothing),
		TEST(test_it_is_written_over_and_cleared),
		TEST(test_amounts),
		TEST(test_it_stays_within_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
