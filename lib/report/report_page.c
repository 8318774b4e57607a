/* SPDX-License-Identifier: MIT */
/*
 * A report as a page: sums, plots, the table.
 */
#include "report_priv.h"

#include <inttypes.h>
#include <stdio.h>

#include "mailguard/file.h"
#include "mailguard/html.h"

/* Bytes of a page before its table. Its plots are some 100 KiB. */
#define PAGE_MAX (4U << 20)

/* ---- head */

/* "Mail by domain": as a title. */
static void add_title(const struct mg_page *p, struct mg_buf *b)
{
	const size_t start = b->len;

	mg_report_add_subject(b, &p->opts->query);
	if (!b->truncated)
		b->ptr[start] = (char)(b->ptr[start] - 'a' + 'A');
}

static void add_head(struct mg_page *p)
{
	struct mg_buf title, period;

	mg_buf_init(&title, MG_PAGE_TEXT_MAX);
	mg_buf_init(&period, MG_PAGE_TEXT_MAX);
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

static void add_sum(struct mg_page *p, const char *what, int64_t n)
{
	mg_buf_add_fmt(&p->html, "<div><dt>%s</dt><dd>", what);
	add_grouped(&p->html, n);
	mg_buf_add_str(&p->html, "</dd></div>\n");
}

static void add_sums(struct mg_page *p)
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

/* ---- the table */

static int flush(struct mg_page *p, struct mg_err *err)
{
	int rc = mg_buf_check(&p->html, "the page", err);

	if (rc == 0)
		rc = mg_file_write_all(p->opts->fd, mg_buf_slice(&p->html),
				       err);
	mg_buf_clear(&p->html);
	return rc;
}

static void begin_table(struct mg_page *p, struct mg_buf *caption)
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

static int print_table(struct mg_page *p, struct mg_err *err)
{
	struct mg_report_print print = { .opts = p->opts, .view = p->view };
	struct mg_column columns[MG_PRINTER_COLUMNS_MAX];
	struct mg_buf caption;
	int rc;

	mg_buf_init(&caption, MG_PAGE_TEXT_MAX);
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

static void add_foot(struct mg_page *p)
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
	struct mg_page p = {
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
		mg_page_add_total(&p);
		mg_page_add_outlines(&p);
		mg_page_add_heat(&p);
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
