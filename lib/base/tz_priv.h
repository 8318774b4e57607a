/* SPDX-License-Identifier: MIT */
/*
 * tz_priv - what the calendar, POSIX TZ strings and zones have of each other.
 */
#ifndef MG_TZ_PRIV_H
#define MG_TZ_PRIV_H

#include "mailguard/tz.h"

#define MG_TZ_HOUR_S 3600
#define MG_TZ_DAY_S 86400

/* a / b rounded down, where C rounds towards zero; b is positive. */
static inline int64_t mg_tz_floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static inline bool mg_tz_is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days of a month, 1..12. */
int mg_tz_month_days(int year, int month);

/*
 * mg_tz_posix_parse - a POSIX TZ string: "CET-1CEST,M3.5.0,M10.5.0/3".
 *
 * out   out  scratch where false is returned
 *
 * Returns whether all of it is one. Source: RFC 9636 section 3.3.1, POSIX.1-2024
 * base definitions, section 8.3.
 */
bool mg_tz_posix_parse(struct mg_slice s, struct mg_tz_posix *out);

/* Seconds east of UTC that it says of a time. */
int32_t mg_tz_posix_offset(const struct mg_tz_posix *posix, int64_t t);

#endif
