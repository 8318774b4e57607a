/* SPDX-License-Identifier: MIT */
/* The hour that a line is counted in. */
#include "count_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/count.h"

static void test_hours(void **state)
{
	static const struct {
		int32_t offset_s;
		const char *stamp;
		const char *want; /* start of the hour, UTC */
	} rows[] = {
		{ 0, "2026-11-22 02:00:00", "02:00" },
		{ 0, "2026-11-22 02:59:59", "02:00" },
		{ 0, "2026-11-22 03:00:00", "03:00" },
		{ 0, "2026-11-22 03:00:00.999", "03:00" },
		/* 5:45 east: hours start 15 minutes after the full one. */
		{ 900, "2026-11-22 02:14:59", "01:15" },
		{ 900, "2026-11-22 02:15:00", "02:15" },
		{ 900, "2026-11-22 03:14:59", "02:15" },
		{ 900, "2026-11-22 08:00:00 +0545", "02:15" },
		{ 900, "2026-11-22 07:59:59 +0545", "01:15" },
		{ 1800, "2026-11-22 02:29:59", "01:30" },
		{ 0, "2026-11-22 02:10:00 -0500", "07:00" },
		{ 0, "1999-12-31 23:59:59", "23:00" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char line[160], want[128];
		struct mg_buf got;

		mg_buf_init(&got, 4096);
		begin(rows[i].offset_s);
		(void)snprintf(line, sizeof(line),
			       "%s " A "<= x@y U=alice P=local S=1",
			       rows[i].stamp);
		feed(line);
		show_origins(&got);
		(void)snprintf(want, sizeof(want),
			       "user alice a.example alice %s m1 b1\n",
			       rows[i].want);
		if (strcmp(got.ptr, want) != 0)
			fail_msg("%s: %s", rows[i].stamp, got.ptr);
		mg_counter_release(&counter);
		mg_buf_release(&got);
	}
}

/* The zone of the host is used where the line has none. */
static void test_zone_of_the_host(void **state)
{
	static const struct mg_tz nepal = { .first_offset = 20700,
					    .later = { .std_offset = 20700 } };
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 4096);
	mg_counter_init(&counter, &accounts, &nepal, 900, &hash_key);
	feed("2026-11-22 08:00:00 " A "<= x@y U=alice P=local S=1\n"
	     "2026-11-22 08:00:00 +0000 " B "<= x@y U=alice P=local S=1\n"
	     "2026-11-22 08:00:01 " C "<= x@y U=alice P=local S=1\n");
	show_origins(&got);
	assert_string_equal(got.ptr,
			    "user alice a.example alice 02:15 m2 b2\n"
			    "user alice a.example alice 07:15 m1 b1\n");
	mg_counter_release(&counter);
	mg_buf_release(&got);
}

/* ---- logs in local time, through every change of the clock in a year */

#define YEAR_2026 1767225600
#define YEAR_HOURS 8760
#define DAY_S 86400
#define STEP_S 420 /* lines are further apart than they may be out of order */

static void load_zone(const char *name, struct mg_tz *tz)
{
	static char bytes[65536];
	char path[128];
	size_t len;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("cannot open %s: is tzdata installed?", path);
	len = fread(bytes, 1, sizeof(bytes), f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(mg_tz_parse(mg_slice_of(bytes, len), tz, &err), 0);
	assert_int_equal(setenv("TZ", name, 1), 0);
	tzset();
}

/* Counts per hour since the start of 2026 become those of the tally. */
static void check_hours(const char *name, const int64_t *want, int32_t offset_s)
{
	int64_t got[YEAR_HOURS + 2] = { 0 };

	for (size_t i = 0; i < counter.by_origin.n_cells; i++) {
		const struct mg_tally_cell *cell = &counter.by_origin.cells[i];
		const int64_t since = cell->at - YEAR_2026 + 3600 - offset_s;

		assert_int_equal(since % MG_SLOT_S, 0);
		assert_in_range(since / 3600, 0, YEAR_HOURS + 1);
		got[since / 3600] += cell->counts.n[MG_MESSAGES];
	}
	for (size_t i = 0; i < LENGTH(got); i++)
		if (got[i] != want[i])
			fail_msg("%s, hour %zu of the year: %lld, not %lld",
				 name, i, (long long)got[i],
				 (long long)want[i]);
}

/*
 * The log says what the wall clock showed; the hours of its counts must be
 * those in which the mail was sent, the hour that comes twice included.
 */
static void test_changes_of_the_clock(void **state)
{
	static const char *const zones[] = {
		"Australia/Lord_Howe", /* half an hour */
		"Antarctica/Troll",    /* two hours */
		"Africa/Casablanca",   /* back for Ramadan */
		"America/St_Johns",    "America/New_York",
		"Europe/Dublin",       "Pacific/Chatham",
	};
	static struct mg_tz tz;

	(void)state;
	for (size_t n = 0; n < 2 * LENGTH(zones); n++) {
		const char *name = zones[n / 2];
		int64_t want[YEAR_HOURS + 2] = { 0 };
		int32_t offset_s;

		load_zone(name, &tz);
		offset_s = (3600 - mg_tz_offset(&tz, YEAR_2026) % 3600) % 3600;
		mg_counter_init(&counter, &accounts, &tz, offset_s, &hash_key);
		mg_counter_set_engine(&counter,
				      n % 2 ? MG_ENGINE_QUICK : MG_ENGINE_PLAIN,
				      0);
		for (time_t t = YEAR_2026; t < YEAR_2026 + YEAR_HOURS * 3600;
		     t += STEP_S) {
			char line[128];
			struct tm tm;

			if (mg_tz_offset(&tz, t - DAY_S) ==
			    mg_tz_offset(&tz, t + DAY_S))
				continue; /* no change is near */
			assert_non_null(localtime_r(&t, &tm));
			assert_int_not_equal(
				strftime(line, sizeof(line),
					 "%Y-%m-%d %H:%M:%S " A
					 "<= x@y U=alice P=local S=1",
					 &tm),
				0);
			mg_counter_line(&counter, mg_slice_str(line));
			want[(t - YEAR_2026 + 3600 - offset_s) / 3600]++;
		}
		check_hours(name, want, offset_s);
		assert_true(counter.n_lines[MG_EXIM_ARRIVAL] > 500);
		mg_counter_release(&counter);
	}
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
}

/* Zeros are what a stamp that was never seen could be mistaken for. */
static void test_zeros_are_no_stamp(void **state)
{
	static const char zeros[19 + sizeof(" H=x")];
	static const char after[] = "2026-03-01 00:00:00.123 H=x";
	char line[sizeof(zeros)];

	(void)state;
	memcpy(line, zeros, 19);
	memcpy(line + 19, " H=x", sizeof(" H=x"));
	for (int n = 0; n < 2; n++) {
		mg_counter_init(&counter, &accounts, &utc, 0, &hash_key);
		mg_counter_set_engine(&counter,
				      n ? MG_ENGINE_QUICK : MG_ENGINE_PLAIN, 0);
		mg_counter_line(&counter, mg_slice_of(line, 23));
		mg_counter_line(&counter, mg_slice_str(after));
		mg_counter_line(&counter, mg_slice_of(line, 23));
		assert_int_equal(counter.n_lines[MG_EXIM_UNSTAMPED], 2);
		assert_int_equal(counter.n_lines[MG_EXIM_REJECTED], 1);
		mg_counter_release(&counter);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_zone_of_the_host),
		cmocka_unit_test(test_changes_of_the_clock),
		cmocka_unit_test(test_zeros_are_no_stamp),
	};

	return cmocka_run_group_tests(tests, load_accounts, free_accounts);
}
