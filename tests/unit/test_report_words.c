/* SPDX-License-Identifier: MIT */
/* The words that name an order, a format and a time. */
#include "report_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mailguard/report.h"

static void test_by(void **state)
{
	enum mg_report_by by = MG_BY_DOMAIN;

	(void)state;
	assert_true(mg_report_by_parse(MG_LIT("ip"), &by));
	assert_int_equal(by, MG_BY_IP);
	assert_true(mg_report_by_parse(MG_LIT("sender-domain"), &by));
	assert_int_equal(by, MG_BY_SENDER_DOMAIN);
	assert_false(mg_report_by_parse(MG_LIT("domains"), &by));
	assert_false(mg_report_by_parse(MG_LIT("Domain"), &by));
	assert_false(mg_report_by_parse(MG_LIT(""), &by));
	assert_int_equal(by, MG_BY_SENDER_DOMAIN);
	assert_true(mg_report_by_parse(MG_LIT("domain"), &by));
	assert_int_equal(by, MG_BY_DOMAIN);
}

static void test_formats(void **state)
{
	static const struct {
		const char *word;
		enum mg_format format;
	} rows[] = {
		{ "table", MG_FORMAT_TABLE },
		{ "json", MG_FORMAT_JSON },
		{ "csv", MG_FORMAT_CSV },
		{ "html", MG_FORMAT_HTML },
		{ "prometheus", MG_FORMAT_PROMETHEUS },
	};
	enum mg_format format;

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_true(mg_report_format_parse(mg_slice_str(rows[i].word),
						   &format));
		assert_int_equal(format, rows[i].format);
	}
	assert_false(mg_report_format_parse(MG_LIT("JSON"), &format));
	assert_false(mg_report_format_parse(MG_LIT("tabl"), &format));
	assert_false(mg_report_format_parse(MG_LIT(""), &format));
	assert_int_equal(format, MG_FORMAT_PROMETHEUS);
}

static void test_times(void **state)
{
	/* Kathmandu's hours start at a quarter past those of UTC. */
	enum { UTC = 0, EAST = 20700, WEST = -18000 };
	static const struct {
		const char *word;
		int32_t offset_s;
		int64_t want;
	} rows[] = {
		/* Durations, to the start of their hour. */
		{ "0s", UTC, T_2026_03_01 + 12 * 3600 },
		{ "1h", UTC, T_2026_03_01 + 11 * 3600 },
		{ "24h", UTC, T_2026_03_01 - 12 * 3600 },
		{ "34m", UTC, T_2026_03_01 + 12 * 3600 },
		{ "35m", UTC, T_2026_03_01 + 11 * 3600 },
		{ "2096s", UTC, T_2026_03_01 + 12 * 3600 },
		{ "2097s", UTC, T_2026_03_01 + 11 * 3600 },
		{ "2000m", UTC, T_2026_03_01 - 86400 + 3 * 3600 },
		{ "4000d", UTC,
		  T_2026_03_01 + 12 * 3600 - INT64_C(4000) * 86400 },
		{ "1w", UTC, T_2026_03_01 + 12 * 3600 - 7 * 86400 },
		{ "7d", UTC, T_2026_03_01 + 12 * 3600 - 7 * 86400 },
		{ "1h", EAST, T_2026_03_01 + 11 * 3600 + 900 },
		{ "1h", WEST, T_2026_03_01 + 11 * 3600 },
		{ "0001h", UTC, T_2026_03_01 + 11 * 3600 },
		/* Days; it is 12:34 in UTC, and 18:19 in the east. */
		{ "today", UTC, T_2026_03_01 },
		{ "yesterday", UTC, T_2026_03_01 - 86400 },
		{ "today", EAST, T_2026_03_01 - EAST },
		{ "yesterday", EAST, T_2026_03_01 - 86400 - EAST },
		{ "today", WEST, T_2026_03_01 - WEST },
		/* Dates. */
		{ "2026-03-01", UTC, T_2026_03_01 },
		{ "2026-03-01", EAST, T_2026_03_01 - EAST },
		{ "2026-03-01", WEST, T_2026_03_01 - WEST },
		{ "2026-03-01Z", EAST, T_2026_03_01 },
		{ "2026-03-01T12:34", UTC, T_2026_03_01 + 45240 },
		{ "2026-03-01 12:34", UTC, T_2026_03_01 + 45240 },
		{ "2026-03-01T12:34:56", UTC, NOW },
		{ "2026-03-01T12:34:56", EAST, NOW - EAST },
		{ "2026-03-01T12:34:56Z", EAST, NOW },
		{ "2026-03-01T00:00Z", WEST, T_2026_03_01 },
		{ "2024-02-29", UTC, 1709164800 },
		{ "1969-12-31T23:59:59", UTC, -1 },
		{ "0001-01-01", UTC, INT64_C(-62135596800) },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_tz tz = zone(rows[i].offset_s);
		int64_t got = 0;

		if (mg_report_time_parse(mg_slice_str(rows[i].word), &tz, NOW,
					 &got, &err) != 0)
			fail_msg("'%s': %s", rows[i].word, err.text);
		if (got != rows[i].want)
			fail_msg("'%s' %+d: %lld, not %lld", rows[i].word,
				 rows[i].offset_s, (long long)got,
				 (long long)rows[i].want);
		if (rows[i].offset_s)
			continue;
		/* No zone is UTC. */
		assert_int_equal(mg_report_time_parse(mg_slice_str(
							      rows[i].word),
						      NULL, NOW, &got, &err),
				 0);
		assert_int_equal(got, rows[i].want);
	}
}

static void test_what_is_no_time(void **state)
{
	static const char *const rows[] = {
		"",
		"h",
		"24",
		"24 h",
		" 24h",
		"24H",
		"24hours",
		"1y",
		"-1h",
		"+1h",
		"1.5h",
		"3155760001s",
		"99999999999999999999d",
		"1h30m",
		"Today",
		"tomorrow",
		"yesterday ",
		"2026-03-1",
		"2026-3-01",
		"2026-02-29",
		"2026-00-01",
		"2026-13-01",
		"0000-01-01",
		"26-03-01",
		"2026-03-01T",
		"2026-03-01T12",
		"2026-03-01T12:",
		"2026-03-01T24:00",
		"2026-03-01T12:60",
		"2026-03-01T12:34:",
		"2026-03-01T12:34:61",
		"2026-03-01T12:34:56.7",
		"2026-03-01T12:34+01:00",
		"2026-03-01z",
		"2026-03-01ZZ",
		"2026-03-01  12:00",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t got = 5;

		err = (struct mg_err){ 0 };
		if (mg_report_time_parse(mg_slice_str(rows[i]), NULL, NOW, &got,
					 &err) != -MG_EUSAGE)
			fail_msg("'%s' was taken", rows[i]);
		assert_int_equal(got, 5);
		assert_int_equal(err.code, MG_EUSAGE);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_what_is_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
