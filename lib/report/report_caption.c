/* SPDX-License-Identifier: MIT */
/*
 * What a report is of, in words.
 */
#include "report_priv.h"

#include <stdlib.h>

void mg_report_add_subject(struct mg_buf *b, const struct mg_report_query *q)
{
	mg_buf_add_str(b, q->by == MG_BY_IP ? "checks" : "mail");
	if (q->about_name.len) {
		mg_buf_add_str(b, " of ");
		mg_buf_add(b, mg_report_view_of(q->about)->word);
		mg_buf_add_char(b, ' ');
		mg_buf_add(b, q->about_name);
	}
	mg_buf_add_str(b, " by ");
	if (q->by == MG_BY_IP)
		mg_buf_add_str(b, "address");
	else if (q->by == MG_BY_SENDER_DOMAIN)
		mg_buf_add_str(b, "domain of the sender");
	else
		mg_buf_add(b, mg_report_view_of(q->by)->word);
}

static void add_zone(struct mg_buf *b, int32_t offset)
{
	const int minutes = offset / 60;

	mg_buf_add_str(b, " UTC");
	if (minutes)
		mg_buf_add_fmt(b, "%c%02d:%02d", minutes < 0 ? '-' : '+',
			       abs(minutes) / 60, abs(minutes) % 60);
}

void mg_report_add_time(struct mg_buf *b, int64_t t, const struct mg_tz *tz,
			bool has_zone)
{
	const int32_t offset = mg_report_offset(tz, t);
	struct mg_civil c;

	mg_civil_of(t, offset, &c);
	mg_buf_add_fmt(b, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day,
		       c.hour, c.minute);
	if (has_zone)
		add_zone(b, offset);
}

static bool is_same_day(int64_t a, int64_t b, const struct mg_tz *tz)
{
	struct mg_civil left, right;

	mg_civil_of(a, mg_report_offset(tz, a), &left);
	mg_civil_of(b, mg_report_offset(tz, b), &right);
	return left.year == right.year && left.month == right.month &&
	       left.day == right.day;
}

static void add_until(struct mg_buf *b, int64_t since, int64_t until,
		      const struct mg_tz *tz)
{
	struct mg_civil c;

	if (!is_same_day(since, until, tz)) {
		mg_report_add_time(b, until, tz, true);
		return;
	}
	mg_civil_of(until, mg_report_offset(tz, until), &c);
	mg_buf_add_fmt(b, "%02d:%02d", c.hour, c.minute);
	add_zone(b, mg_report_offset(tz, until));
}

void mg_report_add_period(struct mg_buf *b, const struct mg_report_opts *opts,
			  const struct mg_rollup_totals *totals)
{
	const struct mg_report_query *q = &opts->query;
	const int64_t step = q->slots ? MG_SLOT_S : 3600;
	int64_t since = q->since, until = q->until;

	if (since == INT64_MIN)
		since = totals->first;
	if (until == INT64_MAX)
		until = totals->last == INT64_MIN ? INT64_MAX
						  : totals->last + step;
	if (since == INT64_MAX || until == INT64_MAX || since >= until) {
		mg_buf_add_str(b, "nothing counted");
		return;
	}
	/* The zone once, unless the clock was changed in between. */
	mg_report_add_time(b, since, opts->tz,
			   mg_report_offset(opts->tz, since) !=
				   mg_report_offset(opts->tz, until));
	mg_buf_add_str(b, " to ");
	add_until(b, since, until, opts->tz);
}
