/* SPDX-License-Identifier: MIT */
/*
 * When a line was written: the year that a stamp may lack, and the hour that
 * the clock shows twice in autumn.
 */
#include "part_priv.h"

static bool is_same_stamp(const struct mg_civil *a, const struct mg_civil *b)
{
	return a->second == b->second && a->minute == b->minute &&
	       a->hour == b->hour && a->day == b->day && a->month == b->month &&
	       a->year == b->year;
}

/*
 * A stamp without a year is of the year that brings it nearest to the newest
 * stamp so far, or for the first line to c->latest, and never later than that:
 * the turn of the year, Feb 29, a sweep that is months late. Nearest to the
 * newest, not to the line before: with syslog-ng a local user may choose the
 * stamp of a line, and one of half a year ago would take all after it along.
 */
static int yearless(const struct mg_counter *c, const struct mg_civil *at)
{
	const int64_t near = c->last_at != INT64_MIN ? c->last_at : c->latest;
	struct mg_civil guess, try = *at;
	int64_t best = INT64_MAX;
	int year, found;

	mg_civil_of(near, 0, &guess);
	found = guess.year;
	/* Feb 29 may lie eight years back, over a century without one. */
	for (year = guess.year - 8; year <= guess.year + 1; year++) {
		int64_t utc, distance;

		try.year = year;
		if (!mg_civil_is_valid(&try))
			continue;
		utc = mg_civil_utc(&try);
		distance = utc > near ? utc - near : near - utc;
		if (distance < best && utc <= c->latest) {
			best = distance;
			found = year;
		}
	}
	return found;
}

int64_t mg_count_note(struct mg_counter *c, int64_t at)
{
	const int64_t newest = at < c->latest ? at : c->latest;

	c->line_at = at;
	if (c->first_at == INT64_MAX) {
		c->first_at = at;
		if (c->part)
			mg_part_begin_at(c, at);
	}
	if (newest > c->last_at)
		c->last_at = newest;
	return at;
}

int64_t mg_count_instant(struct mg_counter *c, struct mg_civil at,
			 bool has_zone, int32_t zone_s)
{
	const bool had_year = at.year != 0;
	int64_t instant = c->line_at;

	if (!had_year)
		at.year = yearless(c, &at);
	if (c->part)
		mg_part_note_stamp(c, &at, had_year, has_zone);
	if (has_zone) {
		instant = mg_civil_utc(&at) - zone_s;
		at.year = 0; /* says nothing of a stamp without a zone */
	} else if (!is_same_stamp(&at, &c->line_stamp)) {
		instant = mg_tz_to_utc(c->tz, &at, c->last_at);
	}
	c->line_stamp = at;
	return mg_count_note(c, instant);
}

int64_t mg_count_at(struct mg_counter *c, int64_t at)
{
	c->line_stamp.year = 0; /* that was of another line */
	return mg_count_note(c, at);
}
