/* SPDX-License-Identifier: MIT */
/*
 * When a line was written: the year that a stamp may lack, and the hour that
 * the clock shows twice in autumn.
 */
#include "count_priv.h"

#define DAY_S 86400

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

/* The instant of the line at hand. */
static int64_t note_instant(struct mg_counter *c, int64_t at)
{
	const int64_t newest = at < c->latest ? at : c->latest;

	c->line_at = at;
	if (newest > c->last_at)
		c->last_at = newest;
	if (c->first_at == INT64_MAX)
		c->first_at = at;
	return at;
}

int64_t mg_count_instant(struct mg_counter *c, struct mg_civil at,
			 bool has_zone, int32_t zone_s)
{
	int64_t instant = c->line_at;

	if (at.year == 0)
		at.year = yearless(c, &at);
	if (has_zone) {
		instant = mg_civil_utc(&at) - zone_s;
		at.year = 0; /* says nothing of a stamp without a zone */
	} else if (!is_same_stamp(&at, &c->line_stamp)) {
		instant = mg_tz_to_utc(c->tz, &at, c->last_at);
	}
	c->line_stamp = at;
	return note_instant(c, instant);
}

int64_t mg_count_at(struct mg_counter *c, int64_t at)
{
	c->line_stamp.year = 0; /* that was of another line */
	return note_instant(c, at);
}

/* --- stamps of 19 bytes in the host's own zone, most of which differ from the
   one before in a digit or two --- */

#define STAMP_LEN 19 /* "2026-03-01 00:00:00" */
#define HOUR_LEN 14  /* "2026-03-01 00:" */

static unsigned digit(char c)
{
	return (unsigned)(unsigned char)c - '0';
}

/*
 * Learns the hour of the stamp that was just read. Where the zone does not
 * change for a day before and after, every second of the hour is as far from
 * UTC as any other, and lines before it decide nothing (mg_tz_to_utc).
 */
static void learn_hour(struct mg_counter *c, const char *text)
{
	struct mg_quick_stamp *q = &c->quick_stamp;
	struct mg_civil start = c->line_stamp;
	int64_t local;
	int32_t offset;

	start.minute = start.second = 0;
	local = mg_civil_utc(&start);
	offset = mg_tz_offset(c->tz, local - DAY_S);
	q->is_steady = mg_tz_offset(c->tz, local + 3600 + DAY_S) == offset;
	q->hour_at = local - offset;
	memcpy(q->text, text, STAMP_LEN);
}

bool mg_count_quick_stamp(struct mg_counter *c, const char *text, int64_t *at)
{
	struct mg_quick_stamp *q = &c->quick_stamp;
	unsigned minute, second;

	if (!memcmp(text, q->text, STAMP_LEN)) {
		*at = c->line_at;
		return true;
	}
	if (!q->is_steady || memcmp(text, q->text, HOUR_LEN) != 0 ||
	    text[16] != ':' || digit(text[14]) > 5 || digit(text[15]) > 9 ||
	    digit(text[17]) > 5 || digit(text[18]) > 9)
		return false;
	minute = digit(text[14]) * 10 + digit(text[15]);
	second = digit(text[17]) * 10 + digit(text[18]);
	memcpy(q->text, text, STAMP_LEN);
	c->line_stamp.minute = (int)minute;
	c->line_stamp.second = (int)second;
	*at = note_instant(c, q->hour_at + minute * 60 + second);
	return true;
}

void mg_count_know_stamp(struct mg_counter *c, struct mg_slice line)
{
	/* Fractions and zones are read the long way. */
	if (line.len > STAMP_LEN + 1 && line.ptr[STAMP_LEN] == ' ' &&
	    line.ptr[STAMP_LEN + 1] != '+' && line.ptr[STAMP_LEN + 1] != '-')
		learn_hour(c, line.ptr);
	else
		c->quick_stamp = (struct mg_quick_stamp){ .is_steady = false };
}
