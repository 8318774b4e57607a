/* SPDX-License-Identifier: MIT */
/*
 * The C library is the oracle: it reads the same files of tzdata, which must
 * be installed, and knows the same POSIX TZ strings.
 */
#include "tz_fixture.h"

#include <ftw.h>
#include <time.h>

#define DAY_S 86400
#define EDGE_STEP_S 1201 /* between the times asked in a change */

#define YEAR_1990 INT64_C(631152000)

static void load(const char *path)
{
	const struct bytes b = read_file(path);
	const int rc = mg_tz_parse(mg_slice_of(b.ptr, b.len), &zone, &err);

	free(b.ptr);
	if (rc)
		fail_msg("%s: %s", path, err.text);
}

static void use_libc_zone(const char *name)
{
	assert_int_equal(setenv("TZ", name, 1), 0);
	tzset();
}

static struct tm libc_local(int64_t t)
{
	const time_t when = (time_t)t;
	struct tm tm;

	assert_non_null(localtime_r(&when, &tm));
	return tm;
}

static struct mg_civil civil_of_tm(const struct tm *tm)
{
	return civil(tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday,
		     tm->tm_hour, tm->tm_min, tm->tm_sec);
}

/*
 * What the library says of t is what we say, there and back. Returns the
 * offset.
 */
static long check_instant(const char *name, int64_t t)
{
	const struct tm tm = libc_local(t);
	const struct mg_civil want = civil_of_tm(&tm);
	const int32_t offset = mg_tz_offset(&zone, t);
	struct mg_civil c;

	if (offset != tm.tm_gmtoff)
		fail_msg("%s at %lld: offset %d, libc %ld", name, (long long)t,
			 offset, tm.tm_gmtoff);
	mg_civil_of(t, offset, &c);
	assert_memory_equal(&c, &want, sizeof(c));
	if (mg_tz_to_utc(&zone, &c, t) != t)
		fail_msg("%s at %lld: not found again", name, (long long)t);
	return tm.tm_gmtoff;
}

static int64_t mktime_of(int64_t local, int isdst)
{
	struct mg_civil c;
	struct tm tm = { .tm_isdst = isdst };

	mg_civil_of(local, 0, &c);
	tm.tm_year = c.year - 1900;
	tm.tm_mon = c.month - 1;
	tm.tm_mday = c.day;
	tm.tm_hour = c.hour;
	tm.tm_min = c.minute;
	tm.tm_sec = c.second;
	return mktime(&tm);
}

/* Times that the clock skips at `at` keep the offset before. */
static void check_gap(const char *name, int64_t at, const struct tm *before,
		      const struct tm *after)
{
	const int64_t from = at + before->tm_gmtoff;
	const int64_t to = at + after->tm_gmtoff;

	for (int64_t local = from; local < to; local += EDGE_STEP_S) {
		const int64_t want = local - before->tm_gmtoff;
		struct mg_civil c;

		mg_civil_of(local, 0, &c);
		if (mg_tz_to_utc(&zone, &c, INT64_MIN) != want ||
		    mg_tz_to_utc(&zone, &c, at) != want)
			fail_msg("%s: local %lld is skipped", name,
				 (long long)local);
		/* Without a change of tm_isdst mktime is free to choose. */
		if (before->tm_isdst != after->tm_isdst)
			assert_int_equal(mktime_of(local, before->tm_isdst),
					 want);
	}
}

/* Times that the clock shows twice at `at`. */
static void check_repeat(const char *name, int64_t at, const struct tm *before,
			 const struct tm *after)
{
	const int64_t from = at + after->tm_gmtoff;
	const int64_t to = at + before->tm_gmtoff;

	for (int64_t local = from; local < to; local += EDGE_STEP_S) {
		const int64_t first = local - before->tm_gmtoff;
		const int64_t second = local - after->tm_gmtoff;
		const int64_t limit = first + MG_TZ_OUT_OF_ORDER_S;
		struct mg_civil c;

		mg_civil_of(local, 0, &c);
		if (mg_tz_to_utc(&zone, &c, INT64_MIN) != first ||
		    mg_tz_to_utc(&zone, &c, first) != first ||
		    mg_tz_to_utc(&zone, &c, limit) != first ||
		    mg_tz_to_utc(&zone, &c, limit + 1) != second ||
		    mg_tz_to_utc(&zone, &c, INT64_MAX) != second)
			fail_msg("%s: local %lld is shown twice", name,
				 (long long)local);
		if (before->tm_isdst == after->tm_isdst)
			continue;
		assert_int_equal(mktime_of(local, before->tm_isdst), first);
		assert_int_equal(mktime_of(local, after->tm_isdst), second);
	}
}

/* The change between two instants of different offset, found by halving. */
static void check_change(const char *name, int64_t low, int64_t high)
{
	const long offset = libc_local(low).tm_gmtoff;
	struct tm before, after;

	while (high - low > 1) {
		const int64_t middle = low + (high - low) / 2;

		if (libc_local(middle).tm_gmtoff == offset)
			low = middle;
		else
			high = middle;
	}
	(void)check_instant(name, low);
	(void)check_instant(name, high);
	before = libc_local(low);
	after = libc_local(high);
	if (before.tm_gmtoff < after.tm_gmtoff)
		check_gap(name, high, &before, &after);
	else
		check_repeat(name, high, &before, &after);
}

/* Returns the changes met. */
static unsigned check_range(const char *name, int64_t from, int64_t to,
			    int64_t step)
{
	long previous = check_instant(name, from);
	unsigned n = 0;

	for (int64_t t = from + step; t < to; t += step) {
		const long offset = check_instant(name, t);

		if (offset != previous) {
			check_change(name, t - step, t);
			n++;
		}
		previous = offset;
	}
	return n;
}

static void test_zones_agree_with_libc(void **state)
{
	static const struct {
		const char *name;
		unsigned n_changes_min; /* that the row tests what it is for */
	} rows[] = {
		/* clang-format off */
		{ "Europe/Berlin", 110 },
		{ "America/New_York", 110 },
		{ "Australia/Lord_Howe", 110 },
		{ "Antarctica/Troll", 80 },
		{ "Asia/Kolkata", 0 },
		{ "Asia/Kathmandu", 0 },
		{ "Pacific/Apia", 20 },
		{ "Africa/Casablanca", 60 },
		{ "Europe/Dublin", 110 },
		{ "UTC", 0 },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[256];
		unsigned n;

		(void)snprintf(path, sizeof(path), ZONE_DIR "%s", rows[i].name);
		load(path);
		use_libc_zone(rows[i].name);
		n = check_range(rows[i].name, YEAR_1990, YEAR_2045,
				3 * HOUR_S + 1);
		assert_true(n >= rows[i].n_changes_min);
	}
}

static unsigned n_zones;

static int check_file(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	char magic[4] = "";
	FILE *f;

	(void)st;
	(void)ftw;
	if (type != FTW_F || strstr(path, "/right/") || strstr(path, "/posix/"))
		return 0;
	f = fopen(path, "rb");
	assert_non_null(f);
	if (fread(magic, 1, sizeof(magic), f) == sizeof(magic) &&
	    !memcmp(magic, "TZif", 4)) {
		load(path);
		use_libc_zone(path + strlen(ZONE_DIR));
		(void)check_range(path, YEAR_1970, YEAR_2100, 13 * DAY_S + 1);
		n_zones++;
	}
	(void)fclose(f);
	return 0;
}

static void test_every_zone_agrees_with_libc(void **state)
{
	(void)state;
	n_zones = 0;
	assert_int_equal(nftw(ZONE_DIR, check_file, 16, FTW_PHYS), 0);
	assert_true(n_zones > 300);
}

static void test_the_day_that_apia_skipped(void **state)
{
	static const struct {
		struct mg_civil c;
		int64_t want;
	} rows[] = {
		{ { 2011, 12, 29, 23, 59, 59 }, 1325239199 },
		{ { 2011, 12, 30, 12, 0, 0 }, 1325239200 + 12 * HOUR_S },
		{ { 2011, 12, 31, 0, 0, 0 }, 1325239200 },
	};

	(void)state;
	load(ZONE_DIR "Pacific/Apia");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(mg_tz_to_utc(&zone, &rows[i].c, INT64_MIN),
				 rows[i].want);
}

static void test_zeroed_zone_is_utc(void **state)
{
	const struct mg_civil c = civil(2026, 7, 1, 12, 0, 0);

	(void)state;
	zone = (struct mg_tz){ 0 };
	assert_int_equal(mg_tz_offset(&zone, INT64_MIN), 0);
	assert_int_equal(mg_tz_offset(&zone, INT64_MAX), 0);
	assert_int_equal(mg_tz_to_utc(&zone, &c, INT64_MIN), 1782907200);
}

/* ---- footers */

static int parse_footer(const char *text)
{
	struct recipe r = { .version = '3' };
	char footer[128];

	(void)snprintf(footer, sizeof(footer), "\n%s\n", text);
	r.footer = footer;
	return parse_recipe(&r);
}

static void test_footers_agree_with_libc(void **state)
{
	static const char *const rows[] = {
		"UTC0",
		"CET-1CEST,M3.5.0,M10.5.0/3",
		"EST5EDT,M3.2.0,M11.1.0",
		"<+0330>-3:30",
		"<+0330>-3:30<+0430>,J79/24,J263/24",
		"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
		"<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",
		"<+00>0<+02>-2,M3.5.0/1,M10.5.0/3",
		"<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
		"IST-1GMT0,M10.5.0,M3.5.0/1",
		"IST-2IDT,M3.4.4/26,M10.5.0",
		"EET-2EEST,M3.4.4/50,M10.4.4/50",
		"XXX+1:02:03YYY,M1.1.1/0:00:01,M12.4.6/+23:59:59",
		"XXX4YYY,J60,J300",
		"XXX4YYY,59,300",
		"XXX4YYY,J59/-30,J365",
		"XXX4YYY,100/167,200/-167",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (parse_footer(rows[i]) != 0)
			fail_msg("%s: %s", rows[i], err.text);
		use_libc_zone(rows[i]);
		(void)check_range(rows[i], YEAR_1990, YEAR_2045, 5 * HOUR_S);
	}
}

/* libc asks the rules of one year only, so these have their own answers. */
static void test_footers_around_new_year(void **state)
{
	static const struct {
		const char *footer;
		struct mg_civil utc;
		int32_t want;
	} rows[] = {
		/* Daylight saving time all the year, RFC 9636 section 3.3. */
		{ "EST5EDT,0/0,J365/25", { 2026, 1, 1, 4, 59, 59 }, -14400 },
		{ "EST5EDT,0/0,J365/25", { 2026, 1, 1, 5, 0, 0 }, -14400 },
		{ "EST5EDT,0/0,J365/25", { 2024, 12, 31, 23, 0, 0 }, -14400 },
		{ "EST5EDT,0/0,J365/25", { 2025, 7, 1, 0, 0, 0 }, -14400 },
		{ "XXX3EDT4,0/0,J365/23", { 2026, 1, 1, 3, 0, 0 }, -14400 },
		{ "XXX3EDT4,0/0,J365/23", { 2026, 1, 1, 2, 59, 59 }, -14400 },
		/* A change that starts a week before its year. */
		{ "XXX0YYY,0/-167,J100", { 2025, 12, 25, 0, 59, 59 }, 0 },
		{ "XXX0YYY,0/-167,J100", { 2025, 12, 25, 1, 0, 0 }, 3600 },
		/* One that ends a week after it. */
		{ "XXX0YYY,J200,J365/167", { 2026, 1, 6, 21, 59, 59 }, 3600 },
		{ "XXX0YYY,J200,J365/167", { 2026, 1, 6, 22, 0, 0 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int64_t t = mg_civil_utc(&rows[i].utc);
		int32_t offset;

		assert_int_equal(parse_footer(rows[i].footer), 0);
		offset = mg_tz_offset(&zone, t);
		if (offset != rows[i].want)
			fail_msg("%s at %lld: %d", rows[i].footer, (long long)t,
				 offset);
	}
}

static void test_malformed_footers(void **state)
{
	static const char *const rows[] = {
		"X",
		"CET",
		"CE-1",
		"-1",
		"CET-",
		"CET--1",
		"CET-25",
		"CET-1:60",
		"CET-1:",
		"CET-1:0:60",
		"CET-1:0:",
		"CET-1 ",
		":CET-1",
		"<CET-1",
		"<>-1",
		"<AB>-1",
		"<+01>",
		"CET-1CEST",
		"CET-1CEST,",
		"CET-1CEST-25,M3.5.0,M10.5.0",
		"CET-1CEST,M3.5.0",
		"CET-1CEST,M3.5.0,",
		"CET-1CEST,M3.5.0,M10.5.0,",
		"CET-1CEST,M3.5.0,M10.5.0/",
		"CET-1CEST,M3.5.0,M10.5.0/168",
		"CET-1CEST,M3.5.0,M10.5.0/-168",
		"CET-1CEST,M3.5.0,M10.5.0/3x",
		"CET-1CEST,M0.5.0,M10.5.0",
		"CET-1CEST,M13.5.0,M10.5.0",
		"CET-1CEST,M3.0.0,M10.5.0",
		"CET-1CEST,M3.6.0,M10.5.0",
		"CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,M3.5,M10.5.0",
		"CET-1CEST,M3,M10.5.0",
		"CET-1CEST,J0,M10.5.0",
		"CET-1CEST,J366,M10.5.0",
		"CET-1CEST,366,M10.5.0",
		"CET-1CEST,-1,M10.5.0",
		"CET-99999999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (parse_footer(rows[i]) != -MG_EPARSE)
			fail_msg("'%s' was accepted", rows[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones_agree_with_libc),
		cmocka_unit_test(test_every_zone_agrees_with_libc),
		cmocka_unit_test(test_the_day_that_apia_skipped),
		cmocka_unit_test(test_zeroed_zone_is_utc),
		cmocka_unit_test(test_footers_agree_with_libc),
		cmocka_unit_test(test_footers_around_new_year),
		cmocka_unit_test(test_malformed_footers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
