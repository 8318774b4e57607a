/* SPDX-License-Identifier: MIT */
/*
 * Points in time as people give them.
 */
#include "report_priv.h"

#include "mailguard/duration.h"

/* The day of t, or one before it, at midnight. */
static bool parse_day(struct mg_slice word, const struct mg_tz *tz, int64_t now,
		      struct mg_civil *c)
{
	const bool is_today = mg_slice_is(word, MG_LIT("today"));
	int64_t local = now + mg_report_offset(tz, now);

	if (!is_today && !mg_slice_is(word, MG_LIT("yesterday")))
		return false;
	if (!is_today)
		local -= 86400;
	mg_civil_of(local, 0, c);
	c->hour = c->minute = c->second = 0;
	return true;
}

int32_t mg_report_offset(const struct mg_tz *tz, int64_t t)
{
	return tz ? mg_tz_offset(tz, t) : 0;
}

/* The start of the hour on the zone's clock. */
static int64_t hour_of(int64_t t, const struct mg_tz *tz)
{
	const int64_t local = t + mg_report_offset(tz, t);

	return t - (local % 3600 + 3600) % 3600;
}

int mg_report_time_parse(struct mg_slice word, const struct mg_tz *tz,
			 int64_t now, int64_t *out, struct mg_err *err)
{
	struct mg_civil civil;
	bool is_utc = false;
	int64_t back;

	if (mg_duration_parse(word, &back)) {
		*out = hour_of(now - back, tz);
		return 0;
	}
	if (!parse_day(word, tz, now, &civil) &&
	    !mg_civil_parse(word, &civil, &is_utc))
		return mg_fail(err, MG_EUSAGE,
			       "'%.*s' is no time: give today, yesterday, 24h, "
			       "7d, 2026-03-01, or 2026-03-01T12:00 (Z behind "
			       "it for UTC)",
			       MG_SLICE_ARG(word));
	*out = is_utc || !tz ? mg_civil_utc(&civil)
			     : mg_tz_to_utc(tz, &civil, INT64_MIN);
	return 0;
}
