/* SPDX-License-Identifier: MIT */
/*
 * A report as a page: sums, plots, the table.
 */
#include "report_priv.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "mailguard/file.h"
#include "mailguard/html.h"
#include "mailguard/plot.h"

/* Bytes of a page before its table. Its plots are some 100 KiB. */
#define PAGE_MAX (4U << 20)

#define TEXT_MAX 1024

#define TICKS_MAX 12 /* labels of an axis */
#define TICKS_AIM 8
#define OUTLINES_MAX 8 /* the first rows, each in a small plot */

struct page {
	const struct mg_report_opts *opts;
	const struct mg_report_view *view;
	const struct mg_rollup_totals *totals;
	const struct mg_report_course *course;
	struct mg_buf html;
	bool is_checks;
};

static const char *unit_of(const struct page *p)
{
	return p->is_checks ? "checks" : "recipients";
}

/* ---- head */

/* "Mail by domain": as a title. */
static void add_title(const struct page *p, struct mg_buf *b)
{
	const size_t start = b->len;

	mg_report_add_subject(b, &p->opts->query);
	if (!b->truncated)
		b->ptr[start] = (char)(b->ptr[start] - 'a' + 'A');
}

static void add_head(struct page *p)
{
	struct mg_buf title, period;

	mg_buf_init(&title, TEXT_MAX);
	mg_buf_init(&period, TEXT_MAX);
	add_title(p, &title);
	mg_report_add_period(&period, p->opts, p->totals);
	mg_html_begin(&p->html, mg_buf_slice(&title));
	mg_buf_add_str(&p->html, "<header>\n<h1>");
	mg_html_add_text(&p->html, mg_buf_slice(&title));
	mg_buf_add_str(&p->html, "</h1>\n<p>");
	mg_html_add_text(&p->html, mg_buf_slice(&period));
	mg_buf_add_str(&p->html,
		       "</p>\n<p class=\"faint\">Made by mailguard, ");
	mg_report_add_time(&p->html, p->opts->now, p->opts->tz, true);
	mg_buf_add_str(&p->html, "</p>\n</header>\n<main>\n");
	mg_buf_release(&title);
	mg_buf_release(&period);
}

/* 1 234 567, with blanks that are narrow and do not break. */
static void add_grouped(struct mg_buf *b, int64_t n)
{
	char digits[24];
	const int len = snprintf(digits, sizeof(digits), "%" PRId64, n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			mg_buf_add_str(b, "&#8239;");
		mg_buf_add_char(b, digits[i]);
	}
}

static void add_sum(struct page *p, const char *what, int64_t n)
{
	mg_buf_add_fmt(&p->html, "<div><dt>%s</dt><dd>", what);
	add_grouped(&p->html, n);
	mg_buf_add_str(&p->html, "</dd></div>\n");
}

static void add_sums(struct page *p)
{
	const struct mg_report_row *all = &p->totals->all;
	const int64_t *n = all->counts.n;

	mg_buf_add_str(&p->html, "<dl class=\"sums\">\n");
	if (p->is_checks) {
		add_sum(p, "checks",
			all->checks[MG_CHECK_IMAP] +
				all->checks[MG_CHECK_POP3]);
		add_sum(p, "failed logins",
			all->checks[MG_CHECK_FAILED_LOGINS]);
	} else {
		add_sum(p, "messages", n[MG_MESSAGES]);
		add_sum(p, "recipients", n[MG_RECIPIENTS]);
	}
	if (!p->is_checks && p->opts->query.by != MG_BY_SENDER_DOMAIN) {
		add_sum(p, "delivered", n[MG_DELIVERED]);
		add_sum(p, "failed", n[MG_FAILED]);
		add_sum(p, "of them unknown", n[MG_UNKNOWN_RECIPIENTS]);
		add_sum(p, "forwarded", n[MG_FORWARDED]);
	}
	add_sum(p, p->view->plural,
		(int64_t)(p->totals->n_rows + p->totals->n_left));
	mg_buf_add_str(&p->html, "</dl>\n");
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

static void add_total(struct page *p)
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

	mg_buf_init(&title, TEXT_MAX);
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

static struct mg_slice name_of(const struct page *p,
			       const struct mg_report_row *row)
{
	const struct mg_slice names[] = { row->name, row->domain, row->account,
					  row->owner };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].len)
			return names[i];
	return mg_slice_str(p->view->null_text);
}

static void add_outline(struct page *p, size_t i)
{
	const struct mg_report_kept *kept = &p->course->rows[i];
	const struct mg_slice name = name_of(p, &kept->row);
	struct mg_buf caption;
	int64_t peak = 0;
	char id[16];

	for (size_t k = 0; k < p->course->n; k++)
		if (peak < kept->course[k])
			peak = kept->course[k];
	mg_buf_init(&caption, TEXT_MAX);
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
static void add_outlines(struct page *p)
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

static void add_heat(struct page *p)
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

/* ---- the table */

static int flush(struct page *p, struct mg_err *err)
{
	int rc = mg_buf_check(&p->html, "the page", err);

	if (rc == 0)
		rc = mg_file_write_all(p->opts->fd, mg_buf_slice(&p->html),
				       err);
	mg_buf_clear(&p->html);
	return rc;
}

static void begin_table(struct page *p, struct mg_buf *caption)
{
	mg_buf_add_str(&p->html, "<section>\n<h2>Table</h2>\n"
				 "<div class=\"scroll\" role=\"region\" "
				 "tabindex=\"0\" aria-label=\"Table\">\n");
	mg_report_add_subject(caption, &p->opts->query);
	mg_buf_add_str(caption, ", ");
	mg_report_add_period(caption, p->opts, p->totals);
	if (p->totals->n_left)
		mg_buf_add_fmt(caption, "; %" PRIu64 " more are not shown",
			       p->totals->n_left);
}

static int print_table(struct page *p, struct mg_err *err)
{
	struct mg_report_print print = { .opts = p->opts, .view = p->view };
	struct mg_column columns[MG_PRINTER_COLUMNS_MAX];
	struct mg_buf caption;
	int rc;

	mg_buf_init(&caption, TEXT_MAX);
	begin_table(p, &caption);
	rc = flush(p, err);
	if (rc < 0)
		goto out;
	for (size_t i = 0; i < p->course->n_rows; i++)
		mg_report_widen(&print, &p->course->rows[i].row);
	mg_report_begin(&print, mg_buf_slice(&caption), "COMPARED", columns);
	for (size_t i = 0; i < p->course->n_rows; i++)
		mg_report_print_row(&print, &p->course->rows[i]);
	rc = mg_printer_end(&print.printer, err);
	mg_buf_add_str(&p->html, "</div>\n</section>\n");
out:
	mg_buf_release(&caption);
	return rc;
}

static void add_foot(struct page *p)
{
	mg_buf_add_str(&p->html, "</main>\n<footer>\n<p>");
	if (p->is_checks)
		mg_buf_add_str(&p->html,
			       "A check is a login by IMAP or POP3 that "
			       "succeeded.");
	else
		mg_buf_add_str(
			&p->html,
			"Recipients stand in the hour in which their message "
			"was accepted, deliveries and failures in the hour in "
			"which they happened. UNKN is the share of addresses "
			"that do not exist in all that was delivered or given "
			"up; FWD was passed on for others and is charged to "
			"nobody.");
	mg_buf_add_str(
		&p->html,
		" More is said in mailguard-report(8).</p>\n</footer>\n");
	mg_html_end(&p->html);
}

int mg_report_page(const struct mg_report_opts *opts,
		   const struct mg_rollup_totals *totals,
		   const struct mg_report_course *course, struct mg_err *err)
{
	struct page p = {
		.opts = opts,
		.view = mg_report_view_of(opts->query.by),
		.totals = totals,
		.course = course,
		.is_checks = opts->query.by == MG_BY_IP,
	};
	int rc = 0;

	mg_buf_init(&p.html, PAGE_MAX);
	add_head(&p);
	if (course->n) {
		add_sums(&p);
		add_total(&p);
		add_outlines(&p);
		add_heat(&p);
		rc = print_table(&p, err);
	} else {
		mg_buf_add_str(&p.html,
			       "<p>Nothing was counted in this time.</p>\n");
	}
	add_foot(&p);
	if (rc == 0)
		rc = flush(&p, err);
	mg_buf_release(&p.html);
	return rc;
}
