/* SPDX-License-Identifier: MIT */
/*
 * The C library is the oracle: it reads the same files of tzdata, which must
 * be installed, and knows the same POSIX TZ strings.
 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/tz.h"

#define ZONE_DIR "/usr/share/zoneinfo/"
#define HOUR_S 3600
#define DAY_S 86400

#define EDGE_STEP_S 1201 /* between the times asked in a change */

#define YEAR_1970 INT64_C(0)
#define YEAR_1990 INT64_C(631152000)
#define YEAR_2045 INT64_C(2366841600)
#define YEAR_2100 INT64_C(4102444800)

static struct mg_tz zone; /* large; every test parses it anew */
static struct mg_err err;

static struct mg_civil civil(int year, int month, int day, int hour, int minute,
			     int second)
{
	return (struct mg_civil){ year, month, day, hour, minute, second };
}

/* ---- civil time */

static void test_civil_days_count_every_day(void **state)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30,
				      31, 31, 30, 31, 30, 31 };
	int64_t days = -719162; /* 0001-01-01 */
	struct mg_civil c;

	(void)state;
	for (int year = 1; year <= 9999; year++) {
		const bool leap = (year % 4 == 0 && year % 100) ||
				  year % 400 == 0;

		for (int month = 1; month <= 12; month++) {
			const int n = length[month - 1] + (month == 2 && leap);

			for (int day = 1; day <= n; day++, days++) {
				assert_int_equal(
					mg_civil_days(year, month, day), days);
				mg_civil_of(days * DAY_S + 86399, 0, &c);
				assert_int_equal(c.year, year);
				assert_int_equal(c.month, month);
				assert_int_equal(c.day, day);
				assert_int_equal(c.hour, 23);
				assert_int_equal(c.minute, 59);
				assert_int_equal(c.second, 59);
			}
			c = civil(year, month, n + 1, 0, 0, 0);
			assert_false(mg_civil_is_valid(&c));
			c.day = n;
			assert_true(mg_civil_is_valid(&c));
		}
	}
}

static void test_civil_of_stays_in_its_years(void **state)
{
	static const struct {
		int64_t t;
		int32_t offset;
		struct mg_civil want;
	} rows[] = {
		{ 0, 0, { 1970, 1, 1, 0, 0, 0 } },
		{ -1, 0, { 1969, 12, 31, 23, 59, 59 } },
		{ 0, -1, { 1969, 12, 31, 23, 59, 59 } },
		{ 1772323200, 19800, { 2026, 3, 1, 5, 30, 0 } },
		{ -62135596800, 0, { 1, 1, 1, 0, 0, 0 } },
		{ -62135596801, 0, { 1, 1, 1, 0, 0, 0 } },
		{ -62135596800, -3600, { 1, 1, 1, 0, 0, 0 } },
		{ 253402300799, 0, { 9999, 12, 31, 23, 59, 59 } },
		{ 253402300800, 0, { 9999, 12, 31, 23, 59, 59 } },
		{ 253402300799, 3600, { 9999, 12, 31, 23, 59, 59 } },
		{ INT64_MIN, -3600, { 1, 1, 1, 0, 0, 0 } },
		{ INT64_MAX, 3600, { 9999, 12, 31, 23, 59, 59 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_civil c;

		mg_civil_of(rows[i].t, rows[i].offset, &c);
		assert_memory_equal(&c, &rows[i].want, sizeof(c));
	}
}

static void test_civil_is_valid(void **state)
{
	static const struct {
		struct mg_civil c;
		bool want;
	} rows[] = {
		{ { 2026, 3, 1, 0, 0, 0 }, true },
		{ { 1, 1, 1, 0, 0, 0 }, true },
		{ { 0, 1, 1, 0, 0, 0 }, false },
		{ { 9999, 12, 31, 23, 59, 60 }, true },
		{ { 10000, 1, 1, 0, 0, 0 }, false },
		{ { 2026, 0, 1, 0, 0, 0 }, false },
		{ { 2026, 13, 1, 0, 0, 0 }, false },
		{ { 2026, 1, 0, 0, 0, 0 }, false },
		{ { 2023, 2, 29, 0, 0, 0 }, false },
		{ { 2024, 2, 29, 0, 0, 0 }, true },
		{ { 1900, 2, 29, 0, 0, 0 }, false },
		{ { 2000, 2, 29, 0, 0, 0 }, true },
		{ { 2026, 1, 1, 24, 0, 0 }, false },
		{ { 2026, 1, 1, -1, 0, 0 }, false },
		{ { 2026, 1, 1, 0, 60, 0 }, false },
		{ { 2026, 1, 1, 0, -1, 0 }, false },
		{ { 2026, 1, 1, 0, 0, 61 }, false },
		{ { 2026, 1, 1, 0, 0, -1 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(mg_civil_is_valid(&rows[i].c), rows[i].want);
}

static void test_second_60_counts_as_59(void **state)
{
	const struct mg_civil leap = civil(2016, 12, 31, 23, 59, 60);
	const struct mg_civil plain = civil(2016, 12, 31, 23, 59, 59);

	(void)state;
	assert_int_equal(mg_civil_utc(&leap), 1483228799);
	assert_int_equal(mg_civil_utc(&plain), 1483228799);
}

/* ---- zones of tzdata */

/* A file in memory of exactly its size, so that a read outside is seen. */
struct bytes {
	char *ptr;
	size_t len;
};

static struct bytes read_file(const char *path)
{
	struct bytes b = { NULL, 0 };
	struct stat st;
	FILE *f = fopen(path, "rb");

	if (!f)
		fail_msg("cannot open %s: is tzdata installed?", path);
	assert_int_equal(fstat(fileno(f), &st), 0);
	b.len = (size_t)st.st_size;
	b.ptr = malloc(b.len);
	assert_non_null(b.ptr);
	assert_int_equal(fread(b.ptr, 1, b.len, f), b.len);
	(void)fclose(f);
	return b;
}

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

/* ---- files of our making */

/* What a made file has; the zero of each is the smallest that is valid. */
struct recipe {
	const char *magic;   /* NULL is "TZif" */
	char version;        /* NUL, or a digit */
	char second_version; /* NUL is the same */
	size_t n_transitions;
	int64_t first_at, step_s; /* of the transitions; types take turns */
	unsigned wrong_type;      /* added to the index of the last one */
	size_t n_types;           /* 0 is 1; NO_TYPES is none */
	int32_t offset;           /* of the first type; others are an hour on */
	uint8_t is_dst, name_at;
	uint32_t n_leaps, n_isstd, n_isut;
	const char *footer; /* with its newlines; NULL is "\nUTC0\n" */
};

#define NO_TYPES SIZE_MAX

static void add_number(struct mg_buf *b, uint64_t value, unsigned n_bytes)
{
	while (n_bytes--)
		mg_buf_add_char(b, (char)(value >> (8 * n_bytes) & 0xff));
}

static void add_header(struct mg_buf *b, const struct recipe *r, char version,
		       uint64_t n_transitions, uint64_t n_types)
{
	mg_buf_add_str(b, r->magic ? r->magic : "TZif");
	mg_buf_add_char(b, version);
	mg_buf_add_fill(b, '\0', 15);
	add_number(b, r->n_isut, 4);
	add_number(b, r->n_isstd, 4);
	add_number(b, r->n_leaps, 4);
	add_number(b, n_transitions, 4);
	add_number(b, n_types, 4);
	add_number(b, 4, 4);
}

static void add_block(struct mg_buf *b, const struct recipe *r, char version,
		      unsigned time_bytes)
{
	const size_t n_types = r->n_types == NO_TYPES ? 0
			       : r->n_types           ? r->n_types
						      : 1;

	add_header(b, r, version, r->n_transitions, n_types);
	for (size_t i = 0; i < r->n_transitions; i++)
		add_number(b, (uint64_t)(r->first_at + r->step_s * (int64_t)i),
			   time_bytes);
	for (size_t i = 0; i < r->n_transitions; i++)
		add_number(b,
			   (n_types ? (i + 1) % n_types : 0) +
				   (i + 1 == r->n_transitions ? r->wrong_type
							      : 0),
			   1);
	for (size_t i = 0; i < n_types; i++) {
		add_number(b, (uint32_t)(r->offset + (i ? HOUR_S : 0)), 4);
		add_number(b, r->is_dst, 1);
		add_number(b, r->name_at, 1);
	}
	mg_buf_add(b, MG_LIT("ABC\0"));
	mg_buf_add_fill(b, '\0', r->n_leaps * (time_bytes + 4));
	mg_buf_add_fill(b, '\0', r->n_isstd + r->n_isut);
}

/* Parses from a copy that ends where its memory does. */
static int parse_bytes(struct mg_slice data)
{
	char *copy = malloc(data.len ? data.len : 1);
	int rc;

	assert_non_null(copy);
	if (data.len)
		memcpy(copy, data.ptr, data.len);
	err = (struct mg_err){ .code = MG_OK };
	rc = mg_tz_parse(mg_slice_of(copy + (data.len ? 0 : 1), data.len),
			 &zone, &err);
	free(copy);
	return rc;
}

static void make(struct mg_buf *b, const struct recipe *r)
{
	const char second = r->second_version ? r->second_version : r->version;

	mg_buf_init(b, MG_TZ_FILE_MAX * 2);
	add_block(b, r, r->version, 4);
	if (r->version)
		add_block(b, r, second, 8);
	if (r->version)
		mg_buf_add_str(b, r->footer ? r->footer : "\nUTC0\n");
	assert_false(b->truncated);
}

static int parse_recipe(const struct recipe *r)
{
	struct mg_buf b;
	int rc;

	make(&b, r);
	rc = parse_bytes(mg_buf_slice(&b));
	mg_buf_release(&b);
	return rc;
}

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
		cmocka_unit_test(test_civil_days_count_every_day),
		cmocka_unit_test(test_civil_of_stays_in_its_years),
		cmocka_unit_test(test_civil_is_valid),
		cmocka_unit_test(test_second_60_counts_as_59),
		cmocka_unit_test(test_zones_agree_with_libc),
		cmocka_unit_test(test_every_zone_agrees_with_libc),
		cmocka_unit_test(test_the_day_that_apia_skipped),
		cmocka_unit_test(test_zeroed_zone_is_utc),
		cmocka_unit_test(test_limits_and_malformed_files),
		cmocka_unit_test(test_file_length_limit),
		cmocka_unit_test(test_leap_seconds_are_refused_by_name),
		cmocka_unit_test(test_before_the_first_and_after_the_last),
		cmocka_unit_test(test_transition_width),
		cmocka_unit_test(test_footers_agree_with_libc),
		cmocka_unit_test(test_footers_around_new_year),
		cmocka_unit_test(test_malformed_footers),
		cmocka_unit_test(test_truncated_anywhere),
		cmocka_unit_test(test_any_byte_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
