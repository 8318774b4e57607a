/* SPDX-License-Identifier: MIT */
#include "mailguard/duration.h"

#include "mailguard/num.h"

static const struct unit {
	char letter;
	int64_t seconds;
} units[] = {
	{ 'w', 7 * 86400 }, { 'd', 86400 }, { 'h', 3600 },
	{ 'm', 60 },        { 's', 1 },
};

#define N_UNITS (sizeof(units) / sizeof(*units))

bool mg_duration_parse(struct mg_slice s, int64_t *out)
{
	uint64_t n;

	if (!mg_num_cut(&s, MG_DURATION_MAX, &n) || s.len != 1)
		return false;
	for (size_t i = 0; i < N_UNITS; i++) {
		if (units[i].letter != s.ptr[0])
			continue;
		if ((int64_t)n > MG_DURATION_MAX / units[i].seconds)
			return false;
		*out = (int64_t)n * units[i].seconds;
		return true;
	}
	return false;
}

void mg_duration_add(struct mg_buf *b, int64_t seconds)
{
	size_t i = 1; /* "14d" says more than "2w" */

	while (i + 1 < N_UNITS && (seconds % units[i].seconds || !seconds))
		i++;
	mg_buf_add_fmt(b, "%lld%c", (long long)(seconds / units[i].seconds),
		       units[i].letter);
}

bool mg_time_of_day_parse(struct mg_slice s, int64_t *out)
{
	uint64_t hour, minute;

	if (s.len != 5 || s.ptr[2] != ':' ||
	    !mg_num_parse(mg_slice_of(s.ptr, 2), 23, &hour) ||
	    !mg_num_parse(mg_slice_from(s, 3), 59, &minute))
		return false;
	*out = (int64_t)(hour * 3600 + minute * 60);
	return true;
}
