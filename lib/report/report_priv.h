/* SPDX-License-Identifier: MIT */
/*
 * report_priv - what the parts of a report say to each other.
 */
#ifndef MG_REPORT_PRIV_H
#define MG_REPORT_PRIV_H

#include "mailguard/report.h"

/* How the cell of a column is filled. */
enum mg_cell_of {
	MG_CELL_OF_HOUR,
	MG_CELL_OF_NAME,
	MG_CELL_OF_DOMAIN,
	MG_CELL_OF_ACCOUNT,
	MG_CELL_OF_OWNER,
	MG_CELL_OF_WEAK,
	MG_CELL_OF_COUNT,
	MG_CELL_OF_UNKNOWN_SHARE,
	MG_CELL_OF_CHECKS, /* IMAP and POP3 */
	MG_CELL_OF_CHECK,
	MG_CELL_OF_MAILBOXES,
	MG_CELL_OF_MAIN_KIND,
	MG_CELL_OF_MAIN_NAME,
	MG_CELL_OF_MAIN_SHORT, /* both, for people */
	MG_CELL_OF_PLOT,
};

struct mg_report_column {
	struct mg_column column;
	enum mg_cell_of cell;
	int count; /* _COUNT: enum mg_count; _CHECK: enum mg_check_count */
};

/* What a report by something looks like. */
struct mg_report_view {
	struct mg_slice word;                   /* of --by */
	const struct mg_report_column *columns; /* the first one is the hour */
	size_t n_columns;
	const char *null_text; /* of a row about nobody, for people */
	const char *plural;    /* what rows are: "domains" */
	const char *metrics;   /* what names of metrics begin with */
};

const struct mg_report_view *mg_report_view_of(enum mg_report_by by);

/* A row that is kept until its course is known; texts in an arena. */
struct mg_report_kept {
	struct mg_report_row row;
	int64_t *course; /* n_buckets of the course; NULL without one */
};

/*
 * Pieces of equal length of the time that a report is about, by the clock of
 * the zone: an hour that the clock shows twice is one.
 */
struct mg_report_course {
	const struct mg_tz *tz;
	int64_t start_local; /* of the first piece, seconds of the local clock */
	int64_t width_s;     /* whole hours */
	size_t n;            /* 0 where nothing was counted */
	int64_t *all, *bad;  /* owned; n each */
	/* By weekday, Monday first, and hour: sums, and how many there were;
	   none of any where the time is longer than a century. */
	int64_t week[7][24], hours[7][24];
	int64_t at; /* the piece that is being added to, by its hour */
	size_t bucket;
	int64_t *week_cell;
	struct mg_report_kept *rows; /* borrowed */
	size_t n_rows;
};

/*
 * mg_report_course_init - pieces for the hours from first to last.
 *
 * max   in   the most pieces
 * rows  in   borrowed until release; each gets room for its course
 */
void mg_report_course_init(struct mg_report_course *c, int64_t first,
			   int64_t last, size_t max, const struct mg_tz *tz,
			   struct mg_report_kept *rows, size_t n_rows);
void mg_report_course_release(struct mg_report_course *c);

/* A mg_course_fn; arg is the course. */
int mg_report_course_add(void *arg, int64_t at, uint32_t row, int64_t n,
			 int64_t bad);

/* Seconds east of UTC at t; tz may be NULL. */
int32_t mg_report_offset(const struct mg_tz *tz, int64_t t);

/* "mail of domain a.example by mailbox": what a report is of. */
void mg_report_add_subject(struct mg_buf *b,
			   const struct mg_report_query *query);

/* "2026-03-01 00:00", with " UTC+01:00" behind it or not. */
void mg_report_add_time(struct mg_buf *b, int64_t t, const struct mg_tz *tz,
			bool has_zone);

/*
 * "2026-03-01 00:00 to 2026-03-02 00:00 UTC". Bounds that were not given are
 * those of what was counted.
 */
void mg_report_add_period(struct mg_buf *b, const struct mg_report_opts *opts,
			  const struct mg_rollup_totals *totals);

/* Whether each row begins with the time that it is of. */
bool mg_report_has_time(const struct mg_report_query *q);

/* Rows on their way to a printer. */
struct mg_report_print {
	const struct mg_report_opts *opts;
	const struct mg_report_view *view;
	struct mg_printer printer;
	int64_t max;      /* of all bars */
	size_t n_buckets; /* of the course of a row; 0: a bar instead */
};

/* Takes a row into account for the scale of bars. */
void mg_report_widen(struct mg_report_print *p,
		     const struct mg_report_row *row);

/*
 * mg_report_begin - begins the printer.
 *
 * plot_heading   in   NULL for no plots
 * columns        out  room for MG_PRINTER_COLUMNS_MAX; borrowed until the end
 */
void mg_report_begin(struct mg_report_print *p, struct mg_slice caption,
		     const char *plot_heading, struct mg_column *columns);

void mg_report_print_row(struct mg_report_print *p,
			 const struct mg_report_kept *kept);

/* A report that becomes a page of HTML. */
struct mg_page {
	const struct mg_report_opts *opts;
	const struct mg_report_view *view;
	const struct mg_rollup_totals *totals;
	const struct mg_report_course *course;
	struct mg_buf html;
	bool is_checks;
};

#define MG_PAGE_TEXT_MAX 1024 /* bytes of a title or a caption */

/* Its plots, one behind the other (report_plots.c). */
void mg_page_add_total(struct mg_page *p);
void mg_page_add_outlines(struct mg_page *p);
void mg_page_add_heat(struct mg_page *p);

/*
 * mg_report_page - the report as a page of HTML.
 *
 * Returns 0, -MG_EIO or -MG_ELIMIT.
 */
MG_NODISCARD int mg_report_page(const struct mg_report_opts *opts,
				const struct mg_rollup_totals *totals,
				const struct mg_report_course *course,
				struct mg_err *err);

#endif
