/* SPDX-License-Identifier: MIT */
/*
 * The plots of a page: all of it over time, its first rows, the usual week.
 */
#include "report_priv.h"

#include <inttypes.h>
#include <stdio.h>

#include "mailguard/html.h"
#include "mailguard/plot.h"

#define TICKS_MAX 12 /* labels of an axis */
#define TICKS_AIM 8
#define OUTLINES_MAX 8 /* the first rows, each in a small plot */

static const char *unit_of(const struct mg_page *p)
{
	return p->is_checks ? "checks" : "recipients";
}

/* ---- the time axis */

/* The local time at which piece i begins. */
static void civil_of(const struct mg_report_course *c, size_t i,
		     struct mg_civil *out)
{
	mg_civil_of(c->start_local + (int64_t)i * c->width_s, 0, out);
}

static void add_piece(const void *arg, size_t i, struct mg_buf *b)
{
	struct mg_civil c;

	civil_of(arg, i, &c);
	mg_buf_add_fmt(b, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day,
		       c.hour, c.minute);
}

/* How many pieces lie between two labels. */
static int64_t tick_step(const struct mg_report_course *c)
{
	static const int64_t hours[] = {
		1, 2, 3, 6, 12, 24, 48, 7 * 24, 14 * 24, 28 * 24, 84 * 24,
	};

	for (size_t i = 0; i < sizeof(hours) / sizeof(*hours); i++) {
		const int64_t step = hours[i] * 3600;

		if (step % c->width_s == 0 &&
		    (int64_t)c->n * c->width_s / step <= TICKS_AIM)
			return step / c->width_s;
	}
	return (int64_t)c->n / TICKS_AIM + 1;
}

static void set_label(struct mg_plot_tick *tick, const struct mg_civil *c)
{
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
	};

	if (c->hour == 0 && c->minute == 0)
		(void)snprintf(tick->text, sizeof(tick->text), "%d %s", c->day,
			       months[c->month - 1]);
	else
		(void)snprintf(tick->text, sizeof(tick->text), "%02d:%02d",
			       c->hour, c->minute);
}

static size_t set_ticks(const struct mg_report_course *c,
			struct mg_plot_tick ticks[TICKS_MAX])
{
	const int64_t step = tick_step(c);
	const int64_t first = c->start_local / c->width_s;
	size_t n = 0;

	for (size_t i = 0; i < c->n && n < TICKS_MAX; i++) {
		struct mg_civil civil;

		if ((first + (int64_t)i) % step)
			continue;
		civil_of(c, i, &civil);
		ticks[n] = (struct mg_plot_tick){ .at = i,
						  .is_minor = n % 2 == 1 };
		set_label(&ticks[n++], &civil);
	}
	return n;
}

/* "an hour", "6 hours", "a day": what a piece is. */
static void add_width(const struct mg_report_course *c, struct mg_buf *b)
{
	const int hours = (int)(c->width_s / 3600);

	if (hours == 1)
		mg_buf_add_str(b, "hour");
	else if (hours < 24)
		mg_buf_add_fmt(b, "%d hours", hours);
	else if (hours == 24)
		mg_buf_add_str(b, "day");
	else
		mg_buf_add_fmt(b, "%d days", hours / 24);
}

/* ---- plots */

void mg_page_add_total(struct mg_page *p)
{
	struct mg_plot_tick ticks[TICKS_MAX];
	const struct mg_report_course *c = p->course;
	struct mg_buf title;
	const struct mg_plot plot = {
		.id = "total",
		.title = MG_LIT("All of it, over time"),
		.desc = MG_LIT("Bars; the table below has the sums."),
		.values = c->all,
		.bad = c->bad,
		.n = c->n,
		.unit = unit_of(p),
		.bad_unit = p->is_checks ? "failed logins" : "unknown",
		.ticks = ticks,
		.n_ticks = set_ticks(c, ticks),
		.label = add_piece,
		.arg = c,
	};

	mg_buf_init(&title, MG_PAGE_TEXT_MAX);
	add_width(c, &title);
	mg_buf_add_fmt(&p->html,
		       "<section>\n<h2>%s per %s</h2>\n<figure>\n<figcaption "
		       "class=\"faint\"><span class=\"key\">%s</span><span "
		       "class=\"key bad\">%s</span></figcaption>\n",
		       p->is_checks ? "Checks" : "Recipients", title.ptr,
		       unit_of(p),
		       p->is_checks ? "failed logins" : "unknown recipients");
	mg_plot_bars(&p->html, &plot);
	mg_buf_add_str(&p->html, "</figure>\n</section>\n");
	mg_buf_release(&title);
}

static struct mg_slice name_of(const struct mg_page *p,
			       const struct mg_report_row *row)
{
	const struct mg_slice names[] = { row->name, row->domain, row->account,
					  row->owner };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].len)
			return names[i];
	return mg_slice_str(p->view->null_text);
}

static void add_outline(struct mg_page *p, size_t i)
{
	const struct mg_report_kept *kept = &p->course->rows[i];
	const struct mg_slice name = name_of(p, &kept->row);
	struct mg_buf caption;
	int64_t peak = 0;
	char id[16];

	for (size_t k = 0; k < p->course->n; k++)
		if (peak < kept->course[k])
			peak = kept->course[k];
	mg_buf_init(&caption, MG_PAGE_TEXT_MAX);
	mg_buf_add_fmt(&caption, "%" PRId64 ", at most %" PRId64 " per ",
		       kept->row.counts.n[MG_RECIPIENTS], peak);
	add_width(p->course, &caption);
	(void)snprintf(id, sizeof(id), "row%zu", i);
	mg_buf_add_str(&p->html, "<figure><figcaption><strong>");
	mg_html_add_text(&p->html, name);
	mg_buf_add_fmt(&p->html,
		       "</strong>%s<br><small>%s</small></figcaption>\n",
		       kept->row.is_weak ? " (weak)" : "", caption.ptr);
	mg_plot_outline(&p->html, &(struct mg_plot){
					  .id = id,
					  .title = name,
					  .desc = mg_buf_slice(&caption),
					  .values = kept->course,
					  .n = p->course->n,
				  });
	mg_buf_add_str(&p->html, "</figure>\n");
	mg_buf_release(&caption);
}

/* Each from nothing to its own peak: what matters is when, and how even. */
void mg_page_add_outlines(struct mg_page *p)
{
	const size_t n = p->course->n_rows < OUTLINES_MAX ? p->course->n_rows
							  : OUTLINES_MAX;

	if (p->is_checks || n == 0)
		return;
	mg_buf_add_fmt(&p->html,
		       "<section>\n<h2>The first %zu %s, each to its own "
		       "peak</h2>\n<div class=\"many\">\n",
		       n, p->view->plural);
	for (size_t i = 0; i < n; i++)
		add_outline(p, i);
	mg_buf_add_str(&p->html, "</div>\n</section>\n");
}

void mg_page_add_heat(struct mg_page *p)
{
	int64_t usual[MG_PLOT_DAYS][MG_PLOT_HOURS];
	const struct mg_report_course *c = p->course;
	const struct mg_plot plot = {
		.id = "week",
		.title = MG_LIT("What is usual, by weekday and hour"),
		.desc = MG_LIT("Seven rows of days, Monday first, by 24 hours; "
			       "the more, the deeper the colour."),
		.unit = unit_of(p),
	};

	for (int day = 0; day < MG_PLOT_DAYS; day++)
		for (int hour = 0; hour < MG_PLOT_HOURS; hour++)
			usual[day][hour] = c->hours[day][hour]
						   ? c->week[day][hour] /
							     c->hours[day][hour]
						   : -1;
	mg_buf_add_fmt(&p->html,
		       "<section>\n<h2>%s an hour, by weekday</h2>\n<figure>\n",
		       p->is_checks ? "Checks" : "Recipients");
	mg_plot_heat(&p->html, &plot, (const int64_t(*)[MG_PLOT_HOURS])usual);
	mg_buf_add_str(&p->html, "</figure>\n</section>\n");
}
