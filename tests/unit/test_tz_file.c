/* SPDX-License-Identifier: MIT */
/* Files that are at a limit, malformed, or hostile. */
#include "tz_fixture.h"

static void test_limits_and_malformed_files(void **state)
{
	static const struct {
		const char *what;
		struct recipe r;
		int want;
	} rows[] = {
		{ "version 1", { 0 }, 0 },
		{ "version 2", { .version = '2' }, 0 },
		{ "version 3", { .version = '3' }, 0 },
		{ "version 4", { .version = '4' }, 0 },
		{ "version 5", { .version = '5' }, -MG_EPARSE },
		{ "the digit 1", { .version = '1' }, -MG_EPARSE },
		{ "another second version",
		  { .version = '2', .second_version = '3' },
		  -MG_EPARSE },
		{ "magic", { .magic = "TZiF" }, -MG_EPARSE },
		{ "most transitions",
		  { .version = '2', .n_transitions = 2000, .step_s = 1 },
		  0 },
		{ "one transition too many",
		  { .version = '2', .n_transitions = 2001, .step_s = 1 },
		  -MG_ELIMIT },
		{ "equal transitions",
		  { .version = '2', .n_transitions = 2 },
		  -MG_EPARSE },
		{ "falling transitions",
		  { .version = '2', .n_transitions = 2, .step_s = -1 },
		  -MG_EPARSE },
		{ "index of the last type",
		  { .version = '2', .n_types = 2, .n_transitions = 1 },
		  0 },
		{ "index behind it",
		  { .version = '2',
		    .n_types = 2,
		    .n_transitions = 1,
		    .wrong_type = 1 },
		  -MG_EPARSE },
		{ "no type", { .n_types = NO_TYPES }, -MG_EPARSE },
		{ "most types", { .n_types = 256 }, 0 },
		{ "one type too many", { .n_types = 257 }, -MG_ELIMIT },
		{ "largest offset", { .offset = 93599 }, 0 },
		{ "above it", { .offset = 93600 }, -MG_EPARSE },
		{ "smallest offset", { .offset = -89999 }, 0 },
		{ "below it", { .offset = -90000 }, -MG_EPARSE },
		{ "offset that cannot be negated",
		  { .offset = INT32_MIN },
		  -MG_EPARSE },
		{ "flag of 2", { .is_dst = 2 }, -MG_EPARSE },
		{ "last byte of the names", { .name_at = 3 }, 0 },
		{ "name outside the names", { .name_at = 4 }, -MG_EPARSE },
		{ "leap seconds", { .n_leaps = 1 }, -MG_EPARSE },
		{ "standard indicators", { .n_isstd = 1 }, 0 },
		{ "too many of them", { .n_isstd = 2 }, -MG_EPARSE },
		{ "UT indicators", { .n_isut = 1, .n_isstd = 1 }, 0 },
		{ "too many of those", { .n_isut = 2 }, -MG_EPARSE },
		{ "bytes behind the footer",
		  { .version = '2', .footer = "\nUTC0\nmore" },
		  0 },
		{ "no footer", { .version = '2', .footer = "" }, -MG_EPARSE },
		{ "footer without its end",
		  { .version = '2', .footer = "\nUTC0" },
		  -MG_EPARSE },
		{ "footer without its start",
		  { .version = '2', .footer = "UTC0\n" },
		  -MG_EPARSE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc;

		memset(&zone, 0x5a, sizeof(zone));
		rc = parse_recipe(&rows[i].r);
		if (rc != rows[i].want)
			fail_msg("%s: %d %s", rows[i].what, rc, err.text);
		assert_int_equal(err.code, -rc);
		assert_int_equal(err.text[0] != '\0', rc < 0);
		/* Outputs are written on success only. */
		assert_int_equal(zone.n_transitions == 0x5a5a5a5a, rc < 0);
	}
}

static void test_file_length_limit(void **state)
{
	struct mg_buf b;

	(void)state;
	make(&b, &(struct recipe){ .version = '2' });
	mg_buf_add_fill(&b, 'x', MG_TZ_FILE_MAX - b.len);
	assert_int_equal(parse_bytes(mg_buf_slice(&b)), 0);
	mg_buf_add_char(&b, 'x');
	assert_int_equal(parse_bytes(mg_buf_slice(&b)), -MG_ELIMIT);
	mg_buf_release(&b);
}

static void test_leap_seconds_are_refused_by_name(void **state)
{
	struct recipe r = { .version = '2', .n_leaps = 27 };

	(void)state;
	assert_int_equal(parse_recipe(&r), -MG_EPARSE);
	assert_non_null(strstr(err.text, "leap seconds"));
}

static void test_before_the_first_and_after_the_last(void **state)
{
	static const struct {
		struct recipe r;
		int64_t t;
		int32_t want;
	} rows[] = {
		/* Types: the first is 1 h, the second 2 h. */
		{ { .version = '\0', .n_transitions = 1 }, -1, HOUR_S },
		{ { .version = '\0', .n_transitions = 1 }, 0, 2 * HOUR_S },
		{ { .version = '\0', .n_transitions = 1 },
		  INT64_MAX,
		  2 * HOUR_S },
		{ { .version = '\0' }, INT64_MIN, HOUR_S },
		{ { .version = '\0' }, INT64_MAX, HOUR_S },
		{ { .version = '2', .footer = "\n\n" }, 0, HOUR_S },
		{ { .version = '2', .footer = "\n\n", .n_transitions = 1 },
		  0,
		  2 * HOUR_S },
		{ { .version = '2', .footer = "\nXXX-3\n" }, 0, 3 * HOUR_S },
		{ { .version = '2', .footer = "\nXXX-3\n", .n_transitions = 1 },
		  -1,
		  HOUR_S },
		/* A footer that contradicts the last type wins. */
		{ { .version = '2', .footer = "\nXXX-3\n", .n_transitions = 1 },
		  0,
		  3 * HOUR_S },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct recipe r = rows[i].r;

		r.offset = HOUR_S;
		r.n_types = 2;
		assert_int_equal(parse_recipe(&r), 0);
		assert_int_equal(mg_tz_offset(&zone, rows[i].t), rows[i].want);
	}
}

/* Transitions of 32 bits keep their sign, those of 64 bits their width. */
static void test_transition_width(void **state)
{
	struct recipe r = {
		.n_transitions = 2,
		.n_types = 2,
		.first_at = -HOUR_S,
		.step_s = 2 * HOUR_S,
	};

	(void)state;
	assert_int_equal(parse_recipe(&r), 0);
	assert_int_equal(zone.at[0], -HOUR_S);
	assert_int_equal(zone.at[1], HOUR_S);
	r.version = '2';
	r.first_at = -(INT64_C(1) << 59);
	assert_int_equal(parse_recipe(&r), 0);
	assert_int_equal(zone.at[0], -(INT64_C(1) << 59));
}

/* ---- hostile bytes */

/* Any answer will do; a read outside is for the sanitizer to see. */
static void ask(void)
{
	static const int64_t when[] = { INT64_MIN, YEAR_1970, 0,
					YEAR_2045, YEAR_2100, INT64_MAX };
	const struct mg_civil c = civil(2026, 10, 25, 2, 30, 0);

	for (size_t i = 0; i < sizeof(when) / sizeof(when[0]); i++)
		(void)mg_tz_offset(&zone, when[i]);
	(void)mg_tz_to_utc(&zone, &c, 0);
}

static void test_truncated_anywhere(void **state)
{
	static const char *const rows[] = {
		ZONE_DIR "Europe/Berlin",
		ZONE_DIR "Africa/Casablanca",
		ZONE_DIR "UTC",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct bytes b = read_file(rows[i]);

		/* A file of version 2 or later is whole only with its end. */
		for (size_t len = 0; len < b.len; len++)
			assert_int_equal(parse_bytes(mg_slice_of(b.ptr, len)),
					 -MG_EPARSE);
		assert_int_equal(parse_bytes(mg_slice_of(b.ptr, b.len)), 0);
		free(b.ptr);
	}
}

static void test_any_byte_changed(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f,
						0x80, 0xff, '\n' };
	const struct bytes b = read_file(ZONE_DIR "Europe/Berlin");

	(void)state;
	for (size_t at = 0; at < b.len; at++) {
		const char kept = b.ptr[at];

		for (size_t i = 0; i < sizeof(values); i++) {
			b.ptr[at] = (char)values[i];
			if (parse_bytes(mg_slice_of(b.ptr, b.len)) == 0)
				ask();
		}
		b.ptr[at] = kept;
	}
	free(b.ptr);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits_and_malformed_files),
		cmocka_unit_test(test_file_length_limit),
		cmocka_unit_test(test_leap_seconds_are_refused_by_name),
		cmocka_unit_test(test_before_the_first_and_after_the_last),
		cmocka_unit_test(test_transition_width),
		cmocka_unit_test(test_truncated_anywhere),
		cmocka_unit_test(test_any_byte_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
