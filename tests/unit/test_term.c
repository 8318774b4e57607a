/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/term.h"

static int master = -1, terminal = -1;

static int open_terminal(void **state)
{
	(void)state;
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	return terminal < 0 ? -1 : 0;
}

static int close_terminal(void **state)
{
	(void)state;
	(void)close(terminal);
	return close(master);
}

static const struct mg_term_env usual = { .term = "xterm", .lang = "C.UTF-8" };

static void test_a_pipe_is_plain(void **state)
{
	int ends[2];
	struct mg_term term;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	term = mg_term_look(ends[1], &usual);
	assert_false(term.is_terminal || term.has_colour || term.is_utf8);
	assert_int_equal(term.width, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_false(mg_term_look(-1, &usual).is_terminal);
}

static void test_width(void **state)
{
	static const struct {
		unsigned short said;
		unsigned want;
	} rows[] = {
		{ 0, MG_TERM_WIDTH_USUAL },
		{ 1, MG_TERM_WIDTH_MIN },
		{ MG_TERM_WIDTH_MIN, MG_TERM_WIDTH_MIN },
		{ MG_TERM_WIDTH_MIN + 1, MG_TERM_WIDTH_MIN + 1 },
		{ 200, 200 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct winsize size = { .ws_row = 24,
					      .ws_col = rows[i].said };

		assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
		assert_int_equal(mg_term_look(terminal, &usual).width,
				 rows[i].want);
	}
}

static void test_colour(void **state)
{
	static const struct {
		const char *term, *no_color;
		bool want;
	} rows[] = {
		{ "xterm", NULL, true }, { NULL, NULL, true },
		{ "dumb", NULL, false }, { "xterm", "", true },
		{ "xterm", "1", false }, { "xterm", "0", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct mg_term_env env = { .term = rows[i].term,
						 .no_color = rows[i].no_color };
		const struct mg_term term = mg_term_look(terminal, &env);

		assert_true(term.is_terminal);
		assert_int_equal(term.has_colour, rows[i].want);
	}
}

static void test_encoding(void **state)
{
	static const struct {
		const char *lc_all, *lc_ctype, *lang;
		bool want;
	} rows[] = {
		{ NULL, NULL, NULL, false },
		{ NULL, NULL, "C", false },
		{ NULL, NULL, "C.UTF-8", true },
		{ NULL, NULL, "en_US.utf8", true },
		{ NULL, NULL, "tr_TR.UTF-8", true },
		{ NULL, NULL, "en_IE.UTF-8@euro", true },
		{ NULL, NULL, "en_IE.ISO8859-15@euro", false },
		{ NULL, NULL, "UTF-8", false },
		{ NULL, NULL, "de_DE.", false },
		{ "C", NULL, "C.UTF-8", false },
		{ "", "", "C.UTF-8", true },
		{ NULL, "C", "C.UTF-8", false },
		{ NULL, "C.UTF-8", "C", true },
		{ "C.UTF-8", "C", "C", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct mg_term_env env = { .lc_all = rows[i].lc_all,
						 .lc_ctype = rows[i].lc_ctype,
						 .lang = rows[i].lang };

		assert_int_equal(mg_term_look(terminal, &env).is_utf8,
				 rows[i].want);
	}
}

/* Lines are broken at blanks, the last that fits, and never within a word. */
static void test_wrapping(void **state)
{
	static const struct {
		const char *text, *want;
		unsigned width;
	} rows[] = {
		{ "", "", 10 },
		{ "\n", "\n", 10 },
		{ "abc def\n", "abc def\n", 7 },
		{ "abc def\n", "abc\n  def\n", 6 },
		{ "abc def ghi jkl\nm\n", "abc def\n  ghi\n  jkl\nm\n", 7 },
		{ "abc def\n", "abc def\n", 0 },
		{ "abcdefghijk\n", "abcdefghijk\n", 5 },
		{ "abcdefghijk l m\n", "abcdefghijk\n  l m\n", 5 },
		{ "a bcdefghijk\n", "a bcdefghijk\n", 5 }, /* its name */
		{ "no end", "no\n  end\n", 5 },
	};
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 1024);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		mg_buf_clear(&got);
		mg_term_wrap(mg_slice_str(rows[i].text), rows[i].width, 2,
			     &got);
		assert_string_equal(got.ptr, rows[i].want);
	}
	mg_buf_release(&got);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_pipe_is_plain),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_colour),
		cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_wrapping),
	};

	return cmocka_run_group_tests(tests, open_terminal, close_terminal);
}
