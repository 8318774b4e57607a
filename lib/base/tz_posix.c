/* SPDX-License-Identifier: MIT */
/* What a POSIX TZ string says of every year. */
#include "tz_priv.h"

#include "mailguard/num.h"

/* [+-]hh[:mm[:ss]], of which offsets and times of day are made. */
static bool cut_hms(struct mg_slice *s, uint64_t hours_max, int32_t *out)
{
	const bool is_negative = mg_slice_cut_lit(s, MG_LIT("-"));
	uint64_t hours, minutes = 0, seconds = 0;
	int32_t value;

	if (!is_negative)
		(void)mg_slice_cut_lit(s, MG_LIT("+")); /* may stand there */
	if (!mg_num_cut(s, hours_max, &hours))
		return false;
	if (mg_slice_cut_lit(s, MG_LIT(":"))) {
		if (!mg_num_cut(s, 59, &minutes))
			return false;
		if (mg_slice_cut_lit(s, MG_LIT(":")) &&
		    !mg_num_cut(s, 59, &seconds))
			return false;
	}
	value = (int32_t)(hours * MG_TZ_HOUR_S + minutes * 60 + seconds);
	*out = is_negative ? -value : value;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "CET" or "<+0330>"; what it says is of no use here. */
static bool cut_name(struct mg_slice *s)
{
	struct mg_slice name;
	size_t n = 0;

	if (mg_slice_cut_lit(s, MG_LIT("<")))
		return mg_slice_cut_at(s, '>', &name) && name.len >= 3;
	while (n < s->len && is_letter(s->ptr[n]))
		n++;
	*s = mg_slice_from(*s, n);
	return n >= 3;
}

static bool cut_int(struct mg_slice *s, int min, int max, int *out)
{
	uint64_t value;

	if (!mg_num_cut(s, (uint64_t)max, &value) || value < (uint64_t)min)
		return false;
	*out = (int)value;
	return true;
}

/* Mm.w.d, Jn or n, each with an optional /time. */
static bool cut_rule(struct mg_slice *s, struct mg_tz_rule *rule)
{
	bool ok;

	rule->at_s = 2 * MG_TZ_HOUR_S;
	if (mg_slice_cut_lit(s, MG_LIT("M"))) {
		rule->kind = MG_TZ_MONTH;
		ok = cut_int(s, 1, 12, &rule->month) &&
		     mg_slice_cut_lit(s, MG_LIT(".")) &&
		     cut_int(s, 1, 5, &rule->week) &&
		     mg_slice_cut_lit(s, MG_LIT(".")) &&
		     cut_int(s, 0, 6, &rule->day);
	} else if (mg_slice_cut_lit(s, MG_LIT("J"))) {
		rule->kind = MG_TZ_JULIAN1;
		ok = cut_int(s, 1, 365, &rule->day);
	} else {
		rule->kind = MG_TZ_JULIAN0;
		ok = cut_int(s, 0, 365, &rule->day);
	}
	if (!ok || !mg_slice_cut_lit(s, MG_LIT("/")))
		return ok;
	return cut_hms(s, 167, &rule->at_s);
}

bool mg_tz_posix_parse(struct mg_slice s, struct mg_tz_posix *out)
{
	int32_t west;

	if (!cut_name(&s) || !cut_hms(&s, 24, &west))
		return false;
	*out = (struct mg_tz_posix){ .std_offset = -west };
	if (s.len == 0)
		return true;
	out->has_dst = true;
	out->dst_offset = out->std_offset + MG_TZ_HOUR_S;
	if (!cut_name(&s))
		return false;
	if (s.len && s.ptr[0] != ',') {
		if (!cut_hms(&s, 24, &west))
			return false;
		out->dst_offset = -west;
	}
	return mg_slice_cut_lit(&s, MG_LIT(",")) &&
	       cut_rule(&s, &out->to_dst) &&
	       mg_slice_cut_lit(&s, MG_LIT(",")) &&
	       cut_rule(&s, &out->to_std) && s.len == 0;
}

/* Local seconds from 1970 of a change in a year. */
static int64_t rule_local(const struct mg_tz_rule *rule, int year)
{
	int64_t day;

	if (rule->kind == MG_TZ_MONTH) {
		const int64_t first = mg_civil_days(year, rule->month, 1);
		const int64_t weekday = (first + 4) -
					mg_tz_floor_div(first + 4, 7) * 7;

		day = (rule->day - weekday + 7) % 7 + 7 * (rule->week - 1);
		if (day >= mg_tz_month_days(year, rule->month))
			day -= 7;
		return (first + day) * MG_TZ_DAY_S + rule->at_s;
	}
	day = mg_civil_days(year, 1, 1) + rule->day;
	/* Jn never counts the leap day: J60 is always March 1. */
	if (rule->kind == MG_TZ_JULIAN1 &&
	    !(mg_tz_is_leap(year) && rule->day >= 60))
		day--;
	return day * MG_TZ_DAY_S + rule->at_s;
}

/*
 * The latest change up to t decides. The years around are asked too, since a
 * time of change may lie a week outside its year. Where an end and a start
 * coincide the start wins: "EST5EDT,0/0,J365/25" is how RFC 9636 section 3.3
 * writes daylight saving time that never ends.
 */
int32_t mg_tz_posix_offset(const struct mg_tz_posix *posix, int64_t t)
{
	int64_t latest = INT64_MIN;
	bool is_dst = false;
	struct mg_civil c;

	if (!posix->has_dst)
		return posix->std_offset;
	mg_civil_of(t, posix->std_offset, &c);
	for (int year = c.year - 1; year <= c.year + 1; year++) {
		const int64_t end = rule_local(&posix->to_std, year) -
				    posix->dst_offset;
		const int64_t start = rule_local(&posix->to_dst, year) -
				      posix->std_offset;

		if (end <= t && end > latest) {
			latest = end;
			is_dst = false;
		}
		if (start <= t && start >= latest) {
			latest = start;
			is_dst = true;
		}
	}
	return is_dst ? posix->dst_offset : posix->std_offset;
}
