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
