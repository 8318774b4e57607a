/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/plot.h"

static void test_round_up(void **state)
{
	static const int64_t rows[][2] = {
		{ 0, 1 },
		{ 1, 1 },
		{ 2, 2 },
		{ 3, 5 },
		{ 5, 5 },
		{ 6, 10 },
		{ 10, 10 },
		{ 11, 20 },
		{ 99, 100 },
		{ 501, 1000 },
		{ 1000001, 2000000 },
		{ INT64_MAX, 5 * INT64_C(1000000000000000000) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(mg_plot_round_up(rows[i][0]), rows[i][1]);
}

static void label(const void *arg, size_t i, struct mg_buf *b)
{
	mg_buf_add_fmt(b, "%s%zu", (const char *)arg, i);
}

static int count(const char *text, const char *part)
{
	int n = 0;

	while ((text = strstr(text, part))) {
		text++;
		n++;
	}
	return n;
}

static void has(const struct mg_buf *b, const char *part)
{
	if (!strstr(b->ptr, part))
		fail_msg("no '%s' in %s", part, b->ptr);
}

static const int64_t values[] = { 0, 50, 50, 0, 100 };
static const int64_t bad[] = { 0, 1, 0, 0, 100 };

static void test_bars(void **state)
{
	const struct mg_plot_tick ticks[] = { { 2, "a<b", false },
					      { 4, "late", true } };
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, 65536);
	mg_plot_bars(&b, &(struct mg_plot){ .id = "x",
					    .title = MG_LIT("<t>"),
					    .desc = MG_LIT("\"d\""),
					    .values = values,
					    .bad = bad,
					    .n = 5,
					    .unit = "recipients",
					    .bad_unit = "unknown",
					    .ticks = ticks,
					    .n_ticks = 2,
					    .label = label,
					    .arg = "piece " });
	has(&b, "role=\"img\" aria-labelledby=\"x-t x-d\"");
	has(&b, "<title id=\"x-t\">&lt;t&gt;</title>");
	has(&b, "<desc id=\"x-d\">&quot;d&quot;</desc>");
	/* Half the height, as long as it lasts; then nothing; then all. */
	has(&b, "class=\"good\" d=\"M0 160H0V160.0H1V80.0H3V160.0H4V0.0"
		"H5V160Z\"");
	/* Whatever is there is seen. */
	has(&b, "class=\"bad\" d=\"M0 160H0V160.0H1V158.4");
	has(&b, "a&lt;b</text>");
	has(&b, "class=\"minor\" x=\"80.000%\"");
	has(&b, "<title>piece 1: 50 recipients, 1 unknown</title>");
	assert_int_equal(count(b.ptr, "class=\"hit\""), 3);
	assert_int_equal(count(b.ptr, "<svg"), count(b.ptr, "</svg>"));
	mg_buf_release(&b);
}

static void test_outline_of_nothing(void **state)
{
	static const int64_t none[] = { 0, 0 };
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, 65536);
	mg_plot_outline(&b,
			&(struct mg_plot){ .id = "x", .values = none, .n = 2 });
	has(&b, "d=\"M0 56H0V56.0H2V56Z\"");
	mg_buf_release(&b);
}

static void test_heat(void **state)
{
	int64_t usual[MG_PLOT_DAYS][MG_PLOT_HOURS] = { { 0 } };
	struct mg_buf b;

	(void)state;
	usual[0][0] = -1;
	usual[2][9] = 100;
	usual[6][23] = 1;
	mg_buf_init(&b, 65536);
	mg_plot_heat(&b, &(struct mg_plot){ .id = "w", .unit = "checks" },
		     (const int64_t(*)[MG_PLOT_HOURS])usual);
	assert_int_equal(count(b.ptr, "<rect"), 7 * 24);
	assert_int_equal(count(b.ptr, "class=\"good\""), 2);
	has(&b, "fill-opacity=\"1.00\"><title>Wed 09:00 to 10:00: 100 checks "
		"an hour</title>");
	has(&b, "fill-opacity=\"0.11\"><title>Sun 23:00 to 24:00: 1 checks");
	has(&b, "Mon 00:00 to 01:00: no such hour");
	mg_buf_release(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_up),
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_outline_of_nothing),
		cmocka_unit_test(test_heat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
