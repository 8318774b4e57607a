/* SPDX-License-Identifier: MIT */
/*
 * The calendar, and a date and a time as a person writes them.
 */
#include "tz_priv.h"

#include "mailguard/num.h"

/* The first and the last second of the years 1..9999, from 1970. */
#define CIVIL_MIN INT64_C(-62135596800)
#define CIVIL_MAX INT64_C(253402300799)

int mg_tz_month_days(int year, int month)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
	};

	return days[month - 1] + (month == 2 && mg_tz_is_leap(year));
}

/*
 * The two conversions count in years that begin in March, so that the leap day
 * is the last of its year and month lengths are a straight line (153 days in
 * five months). Source: H. Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", 2013.
 */
int64_t mg_civil_days(int year, int month, int day)
{
	const int64_t y = (int64_t)year - (month <= 2);
	const int64_t era = mg_tz_floor_div(y, 400);
	const int64_t of_era = y - era * 400;
	const int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

int64_t mg_civil_utc(const struct mg_civil *c)
{
	const int second = c->second == 60 ? 59 : c->second;

	return mg_civil_days(c->year, c->month, c->day) * MG_TZ_DAY_S +
	       c->hour * MG_TZ_HOUR_S + c->minute * 60 + second;
}

bool mg_civil_is_valid(const struct mg_civil *c)
{
	return c->year >= 1 && c->year <= 9999 && c->month >= 1 &&
	       c->month <= 12 && c->day >= 1 &&
	       c->day <= mg_tz_month_days(c->year, c->month) && c->hour >= 0 &&
	       c->hour <= 23 && c->minute >= 0 && c->minute <= 59 &&
	       c->second >= 0 && c->second <= 60;
}

static void set_date(int64_t days, struct mg_civil *out)
{
	const int64_t from_march = days + 719468;
	const int64_t era = mg_tz_floor_div(from_march, 146097);
	const int64_t day = from_march - era * 146097;
	const int64_t year = (day - day / 1460 + day / 36524 - day / 146096) /
			     365;
	const int64_t of_year = day - (365 * year + year / 4 - year / 100);
	const int64_t month = (5 * of_year + 2) / 153;

	out->day = (int)(of_year - (153 * month + 2) / 5 + 1);
	out->month = (int)(month < 10 ? month + 3 : month - 9);
	out->year = (int)(year + era * 400 + (out->month <= 2));
}

void mg_civil_of(int64_t t, int32_t offset_s, struct mg_civil *out)
{
	int64_t local, days, rest;

	if (t < CIVIL_MIN - offset_s)
		local = CIVIL_MIN;
	else if (t > CIVIL_MAX - offset_s)
		local = CIVIL_MAX;
	else
		local = t + offset_s;
	days = mg_tz_floor_div(local, MG_TZ_DAY_S);
	rest = local - days * MG_TZ_DAY_S;
	set_date(days, out);
	out->hour = (int)(rest / MG_TZ_HOUR_S);
	out->minute = (int)(rest / 60 % 60);
	out->second = (int)(rest % 60);
}

static bool cut_number(struct mg_slice *s, unsigned digits,
		       struct mg_slice before, int *out)
{
	struct mg_slice rest = *s;
	unsigned value;

	if (!mg_slice_cut_lit(&rest, before) ||
	    !mg_num_cut_fixed(&rest, digits, &value))
		return false;
	*out = (int)value;
	*s = rest;
	return true;
}

bool mg_civil_parse(struct mg_slice s, struct mg_civil *c, bool *is_utc)
{
	*c = (struct mg_civil){ .hour = 0 };
	if (!cut_number(&s, 4, MG_LIT(""), &c->year) ||
	    !cut_number(&s, 2, MG_LIT("-"), &c->month) ||
	    !cut_number(&s, 2, MG_LIT("-"), &c->day))
		return false;
	if (cut_number(&s, 2, MG_LIT("T"), &c->hour) ||
	    cut_number(&s, 2, MG_LIT(" "), &c->hour)) {
		if (!cut_number(&s, 2, MG_LIT(":"), &c->minute))
			return false;
		(void)cut_number(&s, 2, MG_LIT(":"), &c->second);
	}
	*is_utc = mg_slice_cut_lit(&s, MG_LIT("Z"));
	return s.len == 0 && mg_civil_is_valid(c);
}

void mg_tz_add(struct mg_buf *out, int64_t t, const struct mg_tz *tz)
{
	const int32_t ahead_s = tz ? mg_tz_offset(tz, t) : 0;
	const int minutes = (int)(ahead_s < 0 ? -ahead_s : ahead_s) / 60;
	struct mg_civil c;

	mg_civil_of(t, ahead_s, &c);
	mg_buf_add_fmt(out, "%04d-%02d-%02d %02d:%02d:%02d %c%02d%02d", c.year,
		       c.month, c.day, c.hour, c.minute, c.second,
		       ahead_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}
