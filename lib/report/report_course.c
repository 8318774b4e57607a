/* SPDX-License-Identifier: MIT */
/*
 * When it happened, in pieces that fit a screen.
 */
#include "report_priv.h"

#include "mailguard/mem.h"

#define DAY_S 86400
#define THURSDAY 3 /* 1970-01-01, counted from Monday */

/* A century: a stamp that somebody made up must not keep us counting. */
#define WEEK_HOURS_MAX (INT64_C(100) * 365 * 24)

/* Whole hours, so that each divides a day or is made of days. */
static const int64_t widths_h[] = {
	1, 2, 3, 4, 6, 8, 12, 24, 48, 7 * 24, 14 * 24, 28 * 24, 364 * 24,
};

static int64_t floor_to(int64_t t, int64_t step)
{
	return t - (t % step + step) % step;
}

static int64_t local_of(const struct mg_report_course *c, int64_t t)
{
	return t + mg_report_offset(c->tz, t);
}

static void set_width(struct mg_report_course *c, int64_t first, int64_t last,
		      size_t max)
{
	int64_t n = 0;

	for (size_t i = 0; i < sizeof(widths_h) / sizeof(*widths_h); i++) {
		c->width_s = widths_h[i] * 3600;
		c->start_local = floor_to(local_of(c, first), c->width_s);
		n = (local_of(c, last) - c->start_local) / c->width_s + 1;
		if (n <= (int64_t)max)
			break;
	}
	c->n = n < 1 ? 1 : n > (int64_t)max ? max : (size_t)n;
}

/* Where an hour belongs in a week; its place is in *sum. */
static int64_t *cell_of(const struct mg_report_course *c, int64_t table[7][24],
			int64_t at)
{
	const int64_t local = local_of(c, at);
	const int64_t day = floor_to(local, DAY_S) / DAY_S + THURSDAY;

	return &table[(day % 7 + 7) % 7]
		     [(local - floor_to(local, DAY_S)) / 3600];
}

void mg_report_course_init(struct mg_report_course *c, int64_t first,
			   int64_t last, size_t max, const struct mg_tz *tz,
			   struct mg_report_kept *rows, size_t n_rows)
{
	*c = (struct mg_report_course){
		.tz = tz, .at = INT64_MIN, .rows = rows, .n_rows = n_rows
	};
	if (first > last)
		return;
	set_width(c, first, last, max);
	c->all = mg_mem_zalloc(c->n, sizeof(*c->all));
	c->bad = mg_mem_zalloc(c->n, sizeof(*c->bad));
	for (size_t i = 0; i < n_rows; i++)
		rows[i].course = mg_mem_zalloc(c->n, sizeof(*rows[i].course));
	if ((last - first) / 3600 > WEEK_HOURS_MAX)
		return;
	for (int64_t t = first; t <= last; t += 3600)
		(*cell_of(c, c->hours, t))++;
}

void mg_report_course_release(struct mg_report_course *c)
{
	for (size_t i = 0; i < c->n_rows; i++) {
		mg_mem_free(c->rows[i].course);
		c->rows[i].course = NULL;
	}
	mg_mem_free(c->all);
	mg_mem_free(c->bad);
}

/* Facts come by hour, so that the zone is asked once for each. */
static void move_to(struct mg_report_course *c, int64_t at)
{
	const int64_t bucket = (local_of(c, at) - c->start_local) / c->width_s;

	c->at = at;
	c->bucket = bucket < 0                ? 0
		    : bucket >= (int64_t)c->n ? c->n - 1
					      : (size_t)bucket;
	c->week_cell = cell_of(c, c->week, at);
}

int mg_report_course_add(void *arg, int64_t at, uint32_t row, int64_t n,
			 int64_t bad)
{
	struct mg_report_course *c = arg;

	if (at != c->at)
		move_to(c, at);
	c->all[c->bucket] += n;
	c->bad[c->bucket] += bad;
	*c->week_cell += n;
	if (row < c->n_rows)
		c->rows[row].course[c->bucket] += n;
	return 0;
}
