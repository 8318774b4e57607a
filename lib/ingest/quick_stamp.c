/* SPDX-License-Identifier: MIT */
/*
 * Stamps most of which differ from the one before in a digit or two: of the
 * same hour, only minute and second are read.
 *
 *   2026-03-01 00:00:00         Exim, Dovecot
 *   Mar  1 00:00:00             RFC 3164
 *   2026-03-01T00:00:00.123456+00:00   RFC 3339
 *
 * Whether the whole hour is as far from UTC, and of the same year, is found
 * out once. A stamp of another hour or another form is read by the grammar and
 * learned here; both ways give the same instants (test_quick_stamp.c).
 */
#include "count_priv.h"

#define DAY_S 86400
#define HOUR_S 3600

#define EXIM_LEN 19     /* "2026-03-01 00:00:00" */
#define RFC_3339_LEN 19 /* "2026-03-01T00:00:00" */
#define RFC_3164_LEN 15 /* "Mar  1 00:00:00" */
#define IN_HOUR_LEN 5   /* "00:00", the end of all of them */

static unsigned digit(char c)
{
	return (unsigned)(unsigned char)c - '0';
}

static inline void note_stamp(struct mg_counter *c, const char *text,
			      size_t len, unsigned minute, unsigned second)
{
	memcpy(c->quick_stamp.text, text, len);
	c->line_stamp.minute = (int)minute;
	c->line_stamp.second = (int)second;
}

/* Of 5 bytes, "MM:SS": the seconds since the hour began, or -1. */
static inline int32_t read_in_hour(const char *p)
{
	if (p[2] != ':' || digit(p[0]) > 5 || digit(p[1]) > 9 ||
	    digit(p[3]) > 5 || digit(p[4]) > 9)
		return -1;
	return (int32_t)((digit(p[0]) * 10 + digit(p[1])) * 60 +
			 digit(p[3]) * 10 + digit(p[4]));
}

/*
 * The instant of a stamp of so many bytes, if it is in the hour that was
 * learned. Nothing changes otherwise.
 */
static inline bool take(struct mg_counter *c, const char *text, size_t len,
			int64_t *at)
{
	struct mg_quick_stamp *q = &c->quick_stamp;
	int32_t in_hour;

	if (mg_slice_same(text, q->text, len)) {
		*at = c->line_at;
		return true;
	}
	if (!q->is_steady || !mg_slice_same(text, q->text, len - IN_HOUR_LEN))
		return false;
	in_hour = read_in_hour(text + len - IN_HOUR_LEN);
	if (in_hour < 0)
		return false;
	note_stamp(c, text, len, (unsigned)in_hour / 60,
		   (unsigned)in_hour % 60);
	*at = mg_count_note(c, q->hour_at + in_hour);
	return true;
}

/* The lengths as constants, for which compilers compare in place. */
static inline bool is_same(const char *a, const char *b, size_t len)
{
	return len == RFC_3164_LEN ? mg_slice_same(a, b, RFC_3164_LEN)
				   : mg_slice_same(a, b, RFC_3339_LEN);
}

bool mg_count_peek_stamp(const struct mg_counter *c, const char *text,
			 struct mg_stamp_before *before)
{
	const struct mg_quick_stamp *q = &c->quick_stamp;
	int32_t in_hour;

	if (is_same(text, before->text, q->len))
		return true;
	in_hour = mg_slice_same(text, q->text, q->len - IN_HOUR_LEN)
			  ? read_in_hour(text + q->len - IN_HOUR_LEN)
			  : -1;
	before->text = text;
	before->at = q->hour_at + in_hour;
	return in_hour >= 0;
}

void mg_count_note_stamp(struct mg_counter *c, const char *text)
{
	const size_t len = c->quick_stamp.len ? c->quick_stamp.len : EXIM_LEN;
	const char *in_hour = text + len - IN_HOUR_LEN;

	note_stamp(c, text, len, digit(in_hour[0]) * 10 + digit(in_hour[1]),
		   digit(in_hour[3]) * 10 + digit(in_hour[4]));
}

bool mg_count_quick_stamp(struct mg_counter *c, const char *text, int64_t *at)
{
	return take(c, text, EXIM_LEN, at);
}

/* Bytes of a fraction of a second, 0 where there is none. */
static size_t fraction_len(struct mg_slice s)
{
	size_t n = 1;

	if (s.len == 0 || s.ptr[0] != '.')
		return 0;
	while (n < s.len && digit(s.ptr[n]) <= 9)
		n++;
	return n > 1 ? n : 0;
}

size_t mg_count_stamp_len(const struct mg_counter *c, struct mg_slice line)
{
	const struct mg_quick_stamp *q = &c->quick_stamp;
	size_t n = q->len;

	if (n == 0 || line.len < n)
		return 0;
	n += fraction_len(mg_slice_from(line, n));
	/* One byte in most logs, for which a call would cost most. */
	if (line.len - n < q->zone_len ||
	    !mg_slice_same(line.ptr + n, q->zone, q->zone_len))
		return 0;
	return n + q->zone_len;
}

bool mg_count_stamp_at(struct mg_counter *c, const char *text, int64_t *at)
{
	return c->quick_stamp.len == RFC_3164_LEN
		       ? take(c, text, RFC_3164_LEN, at)
		       : take(c, text, RFC_3339_LEN, at);
}

/*
 * Where the zone does not change for a day before and after, every second of
 * the hour is as far from UTC as any other, and lines before it decide nothing
 * (mg_tz_to_utc).
 */
static void learn_local_hour(struct mg_counter *c, int64_t local)
{
	struct mg_quick_stamp *q = &c->quick_stamp;
	const int32_t offset = mg_tz_offset(c->tz, local - DAY_S);

	q->is_steady = mg_tz_offset(c->tz, local + HOUR_S + DAY_S) == offset;
	q->hour_at = local - offset;
}

/*
 * The year that a stamp lacks is the one that brings it nearest to the newest
 * stamp, if that is not after the latest. For an hour that is within a quarter
 * of the newest all others are further away.
 */
static bool is_year_sure(const struct mg_counter *c, int64_t local)
{
	const int64_t quarter = 90 * DAY_S;

	return local < c->last_at + quarter && local > c->last_at - quarter &&
	       local + HOUR_S <= c->latest;
}

/* The hour of the stamp that was just read. */
static int64_t start_of_hour(struct mg_civil at)
{
	at.minute = at.second = 0;
	return mg_civil_utc(&at);
}

static void forget(struct mg_counter *c)
{
	c->n_learned++;
	c->quick_stamp = MG_NO_QUICK_STAMP;
}

void mg_count_know_stamp(struct mg_counter *c, struct mg_slice line)
{
	forget(c);
	/* Fractions and zones are read the long way. */
	if (line.len <= EXIM_LEN + 1 || line.ptr[EXIM_LEN] != ' ' ||
	    line.ptr[EXIM_LEN + 1] == '+' || line.ptr[EXIM_LEN + 1] == '-')
		return;
	learn_local_hour(c, start_of_hour(c->line_stamp));
	memcpy(c->quick_stamp.text, line.ptr, EXIM_LEN);
}

/* Bytes up to the second, 0 for a stamp of another form. */
static size_t form_of(const struct mg_envelope *e)
{
	if (e->has_year)
		return RFC_3339_LEN;
	/* A day that is not padded moves all behind it. */
	return e->stamp.len >= RFC_3164_LEN && e->stamp.ptr[9] == ':' &&
			       e->stamp.ptr[12] == ':'
		       ? RFC_3164_LEN
		       : 0;
}

void mg_count_know_envelope(struct mg_counter *c, const struct mg_envelope *e)
{
	struct mg_quick_stamp *q = &c->quick_stamp;
	const size_t len = form_of(e);
	struct mg_slice zone;
	int64_t local;

	forget(c);
	if (len == 0)
		return;
	zone = mg_slice_from(e->stamp, len);
	zone = mg_slice_from(zone, fraction_len(zone));
	zone.len++; /* and the blank */
	if (zone.len > sizeof(q->zone))
		return;
	if (e->has_zone) {
		q->is_steady = true;
		q->hour_at = start_of_hour(e->at) - e->zone_s;
	} else {
		local = start_of_hour(c->line_stamp);
		if (!e->has_year && !is_year_sure(c, local))
			return;
		learn_local_hour(c, local);
	}
	memcpy(q->text, e->stamp.ptr, len);
	memcpy(q->zone, zone.ptr, zone.len);
	q->zone_len = (uint8_t)zone.len;
	q->len = (uint8_t)len;
}
