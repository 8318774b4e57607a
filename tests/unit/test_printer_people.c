/* SPDX-License-Identifier: MIT */
/*
 * What only people and collectors are shown: rounded numbers, plots, colours,
 * what fits a terminal, tables of HTML, metrics. Each with names that were
 * chosen to do harm.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/printer.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static struct mg_printer printer;
static struct mg_err err;

static void begin(struct mg_printer_opts opts)
{
	opts.fd = memfd_create("report", MFD_CLOEXEC);
	assert_true(opts.fd >= 0);
	mg_printer_begin(&printer, &opts);
}

static void end_is(const char *want)
{
	static char text[65536];
	const int fd = printer.opts.fd;
	ssize_t n;

	assert_int_equal(mg_printer_end(&printer, &err), 0);
	n = pread(fd, text, sizeof(text) - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, want);
	(void)close(fd);
}

static const struct mg_term plain_terminal = { .is_terminal = true,
					       .width = 80 };
static const struct mg_term utf8_terminal = { .is_terminal = true,
					      .is_utf8 = true,
					      .width = 80 };

static void one_number(enum mg_column_type type, int64_t n, bool is_human,
		       const char *want)
{
	const struct mg_column column = { "n", "N", type, 0, NULL };
	char line[64];

	begin((struct mg_printer_opts){ .columns = &column,
					.n_columns = 1,
					.term = &plain_terminal,
					.is_human = is_human });
	mg_printer_row(&printer);
	mg_printer_number(&printer, n);
	(void)snprintf(line, sizeof(line), "%*s\n%s\n", (int)strlen(want), "N",
		       want);
	end_is(line);
}

static void test_numbers(void **state)
{
	static const struct {
		enum mg_column_type type;
		int64_t n;
		const char *human, *exact;
	} rows[] = {
		{ MG_COLUMN_NUMBER, 0, "0", "0" },
		{ MG_COLUMN_NUMBER, -1, "-1", "-1" },
		{ MG_COLUMN_NUMBER, 9999, "9999", "9999" },
		{ MG_COLUMN_NUMBER, 10000, "10.0k", "10000" },
		{ MG_COLUMN_NUMBER, 99999, "99.9k", "99999" },
		{ MG_COLUMN_NUMBER, 100000, "100k", "100000" },
		{ MG_COLUMN_NUMBER, 999999, "999k", "999999" },
		{ MG_COLUMN_NUMBER, 1000000, "1.0M", "1000000" },
		{ MG_COLUMN_NUMBER, INT64_MAX, "9223372T",
		  "9223372036854775807" },
		{ MG_COLUMN_BYTES, 1023, "1023 B", "1023" },
		{ MG_COLUMN_BYTES, 1024, "1.0 KiB", "1024" },
		{ MG_COLUMN_BYTES, 2047, "1.9 KiB", "2047" },
		{ MG_COLUMN_BYTES, 1048575, "1023 KiB", "1048575" },
		{ MG_COLUMN_BYTES, 1048576, "1.0 MiB", "1048576" },
		{ MG_COLUMN_SHARE, 0, "0.0 %", "0.0 %" },
		{ MG_COLUMN_SHARE, 999, "99.9 %", "99.9 %" },
		{ MG_COLUMN_SHARE, 1000, "100.0 %", "100.0 %" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		one_number(rows[i].type, rows[i].n, true, rows[i].human);
		one_number(rows[i].type, rows[i].n, false, rows[i].exact);
	}
}

static const struct mg_column plot_columns[] = {
	{ NULL, "PLOT", MG_COLUMN_PLOT, 0, NULL },
	{ "x", "X", MG_COLUMN_TEXT, 0, NULL },
};

static void begin_plot(const struct mg_term *term)
{
	begin((struct mg_printer_opts){
		.columns = plot_columns, .n_columns = 2, .term = term });
}

/* Nothing is blank, anything is not, however small beside the peak. */
static void test_courses(void **state)
{
	static const int64_t values[] = { 0, 1, 500, 1000, INT64_C(1) << 40 };
	static const int64_t none[] = { 0, 0, 0 };
	static const int64_t rising[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	(void)state;
	begin_plot(&plain_terminal);
	for (int i = 0; i < 3; i++) {
		mg_printer_row(&printer);
		if (i == 0)
			mg_printer_course(&printer, values, 5);
		else if (i == 1)
			mg_printer_course(&printer, none, 3);
		else
			mg_printer_course(&printer, rising, 8);
		mg_printer_text(&printer, MG_LIT("."));
	}
	end_is("PLOT      X\n ...@     .\n          .\n.:-=+*#@  .\n");
	begin_plot(&utf8_terminal);
	mg_printer_row(&printer);
	mg_printer_course(&printer, rising, 8);
	mg_printer_text(&printer, MG_LIT("."));
	end_is("PLOT      X\n"
	       "\xe2\x96\x81\xe2\x96\x82\xe2\x96\x83\xe2\x96\x84"
	       "\xe2\x96\x85\xe2\x96\x86\xe2\x96\x87\xe2\x96\x88  .\n");
}

static void test_bars(void **state)
{
	static const struct {
		int64_t n, max;
		const char *ascii, *utf8;
	} rows[] = {
		{ 0, 10, "            ", "            " },
		{ 1, INT64_MAX, "#           ", "\xe2\x96\x8f           " },
		{ 6, 12, "######      ",
		  "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"
		  "\xe2\x96\x88\xe2\x96\x88      " },
		{ 0, 0, "            ", "            " },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows) * 2; i++) {
		char want[256];

		begin_plot(i % 2 ? &utf8_terminal : &plain_terminal);
		mg_printer_row(&printer);
		mg_printer_bar(&printer, 12, 12);
		mg_printer_text(&printer, MG_LIT("."));
		mg_printer_row(&printer);
		mg_printer_bar(&printer, rows[i / 2].n, rows[i / 2].max);
		mg_printer_text(&printer, MG_LIT("."));
		(void)snprintf(want, sizeof(want),
			       "PLOT          X\n%s  .\n%s  .\n",
			       i % 2 ? "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"
				       "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"
				       "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"
				       "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"
				     : "############",
			       i % 2 ? rows[i / 2].utf8 : rows[i / 2].ascii);
		end_is(want);
	}
}

/* The highest rank goes first, the rightmost of equals; 0 never. */
static void test_what_fits(void **state)
{
	static const struct mg_column columns[] = {
		{ "a", "AAAA", MG_COLUMN_TEXT, 0, NULL },
		{ "b", "BBBB", MG_COLUMN_TEXT, 2, NULL },
		{ "c", "CCCC", MG_COLUMN_TEXT, 1, NULL },
		{ "d", "DDDD", MG_COLUMN_TEXT, 2, NULL },
	};
	static const struct {
		unsigned width;
		const char *want;
	} rows[] = {
		{ 0, "AAAA  BBBB  CCCC  DDDD\na     b     c     d\n" },
		{ 22, "AAAA  BBBB  CCCC  DDDD\na     b     c     d\n" },
		{ 21, "AAAA  BBBB  CCCC\na     b     c\n" },
		{ 15, "AAAA  CCCC\na     c\n" },
		{ 9, "AAAA\na\n" },
		{ 1, "AAAA\na\n" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_term term = { .is_terminal = true,
					      .width = rows[i].width };

		begin((struct mg_printer_opts){
			.columns = columns, .n_columns = 4, .term = &term });
		mg_printer_row(&printer);
		mg_printer_text(&printer, MG_LIT("a"));
		mg_printer_text(&printer, MG_LIT("b"));
		mg_printer_text(&printer, MG_LIT("c"));
		mg_printer_text(&printer, MG_LIT("d"));
		end_is(rows[i].want);
	}
}

static void print_marks(struct mg_term term, const char *want)
{
	static const struct mg_column columns[] = {
		{ "a", "A", MG_COLUMN_TEXT, 0, NULL },
		{ "b", "B", MG_COLUMN_TEXT, 0, NULL },
	};

	begin((struct mg_printer_opts){ .columns = columns,
					.n_columns = 2,
					.caption = MG_LIT("c\33[5m"),
					.term = &term });
	mg_printer_row(&printer);
	mg_printer_mark(&printer, MG_MARK_ALARM);
	mg_printer_text(&printer, MG_LIT("x\33[0m"));
	mg_printer_text(&printer, MG_LIT("y"));
	end_is(want);
}

static void test_colours(void **state)
{
	(void)state;
	print_marks((struct mg_term){ .is_terminal = true },
		    "c\\x1b[5m\nA         B\nx\\x1b[0m  y\n");
	print_marks((struct mg_term){ .is_terminal = true, .has_colour = true },
		    "c\\x1b[5m\n\33[1mA\33[0m         \33[1mB\33[0m\n"
		    "\33[1;31mx\\x1b[0m\33[0m  y\n");
}

static void test_html(void **state)
{
	static const struct mg_column columns[] = {
		{ "name", "NA<ME", MG_COLUMN_TEXT, 0, "its \"name\"" },
		{ "n", "N", MG_COLUMN_NUMBER, 9, NULL },
		{ "hidden", NULL, MG_COLUMN_TEXT, 0, NULL },
		{ "b", "B", MG_COLUMN_BYTES, 0, NULL },
		{ NULL, "S", MG_COLUMN_SHARE, 0, NULL },
		{ NULL, "P", MG_COLUMN_PLOT, 0, NULL },
	};

	(void)state;
	begin((struct mg_printer_opts){ .format = MG_FORMAT_HTML,
					.columns = columns,
					.n_columns = 6,
					.caption = MG_LIT("<b>") });
	mg_printer_row(&printer);
	mg_printer_text(&printer, MG_LIT("<script>\"'&\33\n\xe2\x80\xae"));
	mg_printer_number(&printer, 12345);
	mg_printer_text(&printer, MG_LIT("x"));
	mg_printer_number(&printer, 2048);
	mg_printer_mark(&printer, MG_MARK_WARNING);
	mg_printer_number(&printer, 51);
	mg_printer_bar(&printer, 1, 4);
	mg_printer_row(&printer);
	for (size_t i = 0; i < 6; i++)
		mg_printer_null(&printer);
	end_is("<table>\n<caption>&lt;b&gt;</caption>\n<thead><tr>"
	       "<th scope=\"col\" title=\"its &quot;name&quot;\">NA&lt;ME</th>"
	       "<th scope=\"col\" class=\"n\">N</th>"
	       "<th scope=\"col\" class=\"n\">B</th>"
	       "<th scope=\"col\" class=\"n\">S</th>"
	       "<th scope=\"col\" class=\"plot\">P</th></tr></thead>\n<tbody>\n"
	       "<tr><th scope=\"row\">&lt;script&gt;&quot;&#39;&amp;"
	       "\\x1b\\x0a\\xe2\\x80\\xae</th><td class=\"n\">12345</td>"
	       "<td class=\"n\">2.0 KiB</td><td class=\"n warn\">5.1 %</td>"
	       "<td class=\"plot\"><svg height=\"10\" aria-hidden=\"true\">"
	       "<rect class=\"good\" width=\"25.0%\" height=\"10\"/></svg></td>"
	       "</tr>\n"
	       "<tr><th scope=\"row\">-</th><td class=\"n\">-</td>"
	       "<td class=\"n\">-</td><td class=\"n\">-</td>"
	       "<td class=\"plot\">-</td></tr>\n"
	       "</tbody>\n</table>\n");
}

static void test_metrics(void **state)
{
	static const struct mg_column columns[] = {
		{ "name", "NAME", MG_COLUMN_TEXT, 0, NULL },
		{ "weak", NULL, MG_COLUMN_FLAG, 0, NULL },
		{ "n", "N", MG_COLUMN_NUMBER, 0, "How many" },
		{ "secret", "S", MG_COLUMN_NUMBER, 0, NULL },
		{ NULL, "T", MG_COLUMN_NUMBER, 0, "Not named" },
	};

	(void)state;
	begin((struct mg_printer_opts){ .format = MG_FORMAT_PROMETHEUS,
					.columns = columns,
					.n_columns = 5,
					.null_text = "(none)",
					.metrics = "m_" });
	for (int i = 0; i < 2; i++) {
		mg_printer_row(&printer);
		if (i == 0) {
			mg_printer_text(&printer,
					MG_LIT("a\"} 1\nm_n{x=\"\\\xff"));
			mg_printer_flag(&printer, true);
		} else {
			mg_printer_null(&printer);
			mg_printer_absent(&printer);
		}
		for (int k = 0; k < 3; k++)
			mg_printer_number(&printer, 7 + i);
	}
	mg_printer_row(&printer);
	mg_printer_text(&printer, MG_LIT("b"));
	mg_printer_absent(&printer);
	for (int k = 0; k < 3; k++)
		mg_printer_null(&printer);
	end_is("# HELP m_n How many\n# TYPE m_n gauge\n"
	       "m_n{name=\"a\\\"} 1\\\\x0am_n{x=\\\"\\\\\\\\\\\\xff\","
	       "weak=\"yes\"} 7\n"
	       "m_n{name=\"(none)\"} 8\n");
}

/* Columns for people alone are in no CSV and no JSON. */
static void test_columns_without_a_key(void **state)
{
	static const enum mg_format formats[] = { MG_FORMAT_CSV,
						  MG_FORMAT_JSON };
	static const char *const want[] = { "x\n1\n2\n",
					    "{\"rows\":[\n{\"x\":\"1\"},\n"
					    "{\"x\":\"2\"}\n]}\n" };

	(void)state;
	for (size_t i = 0; i < LENGTH(formats); i++) {
		begin((struct mg_printer_opts){ .format = formats[i],
						.columns = plot_columns,
						.n_columns = 2 });
		mg_printer_row(&printer);
		mg_printer_bar(&printer, 1, 2);
		mg_printer_text(&printer, MG_LIT("1"));
		mg_printer_row(&printer);
		mg_printer_course(&printer, NULL, 0);
		mg_printer_text(&printer, MG_LIT("2"));
		end_is(want[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_courses),
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_what_fits),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_columns_without_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
