/* SPDX-License-Identifier: MIT */
/*
 * A date and a time as a person writes them.
 */
#include "mailguard/num.h"
#include "mailguard/tz.h"

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
