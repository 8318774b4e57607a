/* SPDX-License-Identifier: MIT */
#include "mailguard/report.h"

#include "report_priv.h"

#include <stdio.h>

#include "mailguard/arena.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* Pieces of a course on a terminal, by its width; and in a page. */
#define COURSE_NARROW 12
#define COURSE_WIDE_FROM 100
#define COURSE_MIN 3    /* fewer say nothing */
#define COURSE_PAGE 336 /* two weeks by the hour */

#define CAPTION_MAX 1024

/* A report that is looked at as a whole before it is printed. */
struct whole {
	struct mg_report_kept *rows; /* owned */
	size_t n_rows, cap_rows;
	struct mg_arena names;
	struct mg_err *err;
};

static struct mg_printer_field bound(const char *key, int64_t t, int64_t none)
{
	return (struct mg_printer_field){
		.key = key,
		.type = t == none ? MG_FIELD_NULL : MG_FIELD_TIME,
		.time = t,
	};
}

/* "domain:a.example", or nothing. */
static void add_about(struct mg_buf *b, const struct mg_report_query *q)
{
	if (q->about_name.len == 0)
		return;
	mg_buf_add(b, mg_report_view_of(q->about)->word);
	mg_buf_add_char(b, ':');
	mg_buf_add(b, q->about_name);
}

static void begin_printer(struct mg_report_print *p, struct mg_slice caption,
			  struct mg_slice about, struct mg_column *columns,
			  size_t n_columns)
{
	const struct mg_report_opts *o = p->opts;
	const struct mg_report_query *q = &o->query;
	const bool is_metrics = o->format == MG_FORMAT_PROMETHEUS;
	const struct mg_printer_field fields[] = {
		{ .key = "schema",
		  .type = MG_FIELD_TEXT,
		  .text = MG_LIT(MG_REPORT_SCHEMA) },
		{ .key = "by", .type = MG_FIELD_TEXT, .text = p->view->word },
		{ .key = "hours", .type = MG_FIELD_BOOL, .flag = q->hours },
		{ .key = "slots", .type = MG_FIELD_BOOL, .flag = q->slots },
		bound("since", q->since, INT64_MIN),
		bound("until", q->until, INT64_MAX),
		{ .key = "subject",
		  .type = about.len ? MG_FIELD_TEXT : MG_FIELD_NULL,
		  .text = about },
		bound("made", o->now, INT64_MIN),
	};
	const size_t n_fields = sizeof(fields) / sizeof(*fields);

	mg_printer_begin(
		&p->printer,
		&(struct mg_printer_opts){
			.format = o->format,
			.fd = o->fd,
			.columns = columns,
			.n_columns = n_columns,
			.fields = fields,
			/* When it was made would make each JSON another. */
			.n_fields = is_metrics ? n_fields : n_fields - 1,
			.tz = o->tz,
			.null_text = is_metrics ? p->view->null_text : NULL,
			.caption = caption,
			.term = &o->term,
			.is_human = o->term.is_terminal && !o->is_exact,
			.metrics = p->view->metrics,
		});
}

void mg_report_begin(struct mg_report_print *p, struct mg_slice caption,
		     const char *plot_heading, struct mg_column *columns)
{
	const size_t skip = mg_report_has_time(&p->opts->query) ? 0 : 1;
	const size_t n = p->view->n_columns - skip;
	struct mg_buf about;

	for (size_t i = 0; i < n; i++) {
		const struct mg_report_column *c = &p->view->columns[skip + i];

		columns[i] = c->column;
		if (c->cell == MG_CELL_OF_PLOT)
			columns[i].heading = plot_heading;
		/* It changes, and a series is to go on. */
		if (p->opts->format == MG_FORMAT_PROMETHEUS &&
		    (c->cell == MG_CELL_OF_MAIN_KIND ||
		     c->cell == MG_CELL_OF_MAIN_NAME))
			columns[i].key = NULL;
	}
	if (p->opts->query.slots) {
		columns[0].key = "slot";
		columns[0].heading = "SLOT";
	}
	mg_buf_init(&about, CAPTION_MAX);
	add_about(&about, &p->opts->query);
	begin_printer(p, caption, mg_buf_slice(&about), columns, n);
	mg_buf_release(&about);
}

/* ---- formats that stream */

static int print_row(void *arg, const struct mg_report_row *row)
{
	mg_report_print_row(arg, &(struct mg_report_kept){ .row = *row });
	return 0;
}

/* What the rows that were left out come to, so that sums are right. */
static void print_others(struct mg_report_print *p,
			 const struct mg_rollup_totals *totals)
{
	struct mg_report_kept others = { .row = totals->left };
	const struct mg_slice name = MG_LIT("(others)");

	others.row.name = others.row.domain = others.row.account =
		others.row.owner = name;
	mg_report_print_row(p, &others);
}

static int stream(struct mg_rollup *r, const struct mg_report_opts *opts,
		  struct mg_err *err)
{
	struct mg_report_print p = {
		.opts = opts, .view = mg_report_view_of(opts->query.by)
	};
	const struct mg_rollup_totals *totals = mg_rollup_totals(r);
	struct mg_column columns[MG_PRINTER_COLUMNS_MAX];
	int rc, ended;

	mg_report_begin(&p, MG_LIT(""), NULL, columns);
	rc = mg_rollup_rows(r, print_row, &p, err);
	if (rc == 0 && opts->format == MG_FORMAT_PROMETHEUS && totals->n_left)
		print_others(&p, totals);
	ended = mg_printer_end(&p.printer, rc < 0 ? NULL : err);
	return rc < 0 ? rc : ended;
}

/* ---- for people */

static int keep(void *arg, const struct mg_report_row *row)
{
	struct whole *w = arg;
	struct mg_report_row *copy;

	if (w->n_rows == MG_REPORT_ROWS_MAX)
		return mg_fail(w->err, MG_ELIMIT,
			       "more than %d rows are no table to look at; "
			       "use --format csv or json",
			       MG_REPORT_ROWS_MAX);
	w->rows = mg_vec_room(w->rows, w->n_rows, &w->cap_rows,
			      sizeof(*w->rows));
	w->rows[w->n_rows] = (struct mg_report_kept){ .row = *row };
	copy = &w->rows[w->n_rows++].row;
	copy->name = mg_arena_copy(&w->names, row->name);
	copy->domain = mg_arena_copy(&w->names, row->domain);
	copy->account = mg_arena_copy(&w->names, row->account);
	copy->owner = mg_arena_copy(&w->names, row->owner);
	copy->main_name = mg_arena_copy(&w->names, row->main_name);
	return 0;
}

/* "BY 6 H", "BY DAY": what a character of a course is. */
static void head_plot(const struct mg_report_course *course, char *out,
		      size_t size)
{
	const int hours = (int)(course->width_s / 3600);

	if (hours == 1)
		(void)snprintf(out, size, "BY HOUR");
	else if (hours < 24)
		(void)snprintf(out, size, "BY %d H", hours);
	else if (hours == 24)
		(void)snprintf(out, size, "BY DAY");
	else
		(void)snprintf(out, size, "BY %d D", hours / 24);
}

static size_t pieces(const struct mg_report_opts *opts)
{
	if (opts->format == MG_FORMAT_HTML)
		return COURSE_PAGE;
	return opts->term.width < COURSE_WIDE_FROM ? COURSE_NARROW
						   : MG_PRINTER_COURSE_MAX;
}

static int print_table(const struct mg_report_opts *opts, const struct whole *w,
		       const struct mg_report_course *course,
		       struct mg_slice caption, struct mg_err *err)
{
	struct mg_report_print p = {
		.opts = opts, .view = mg_report_view_of(opts->query.by)
	};
	struct mg_column columns[MG_PRINTER_COLUMNS_MAX];
	char heading[24] = "COMPARED";

	if (course->n >= COURSE_MIN && opts->query.by != MG_BY_IP) {
		p.n_buckets = course->n;
		head_plot(course, heading, sizeof(heading));
	}
	for (size_t i = 0; i < w->n_rows; i++)
		mg_report_widen(&p, &w->rows[i].row);
	mg_report_begin(&p, caption, opts->term.is_terminal ? heading : NULL,
			columns);
	for (size_t i = 0; i < w->n_rows; i++)
		mg_report_print_row(&p, &w->rows[i]);
	return mg_printer_end(&p.printer, err);
}

static int show(struct mg_rollup *r, const struct mg_report_opts *opts,
		struct whole *w, struct mg_err *err)
{
	const struct mg_rollup_totals *totals = mg_rollup_totals(r);
	const bool has_course = !mg_report_has_time(&opts->query) &&
				(opts->format == MG_FORMAT_HTML ||
				 opts->term.is_terminal);
	struct mg_report_course course = { .n = 0 };
	struct mg_buf caption;
	int rc = mg_rollup_rows(r, keep, w, err);

	mg_buf_init(&caption, CAPTION_MAX);
	if (rc == 0 && has_course) {
		mg_report_course_init(&course, totals->first, totals->last,
				      pieces(opts), opts->tz, w->rows,
				      w->n_rows);
		rc = course.n ? mg_rollup_course(r, mg_report_course_add,
						 &course, err)
			      : 0;
	}
	mg_report_add_subject(&caption, &opts->query);
	mg_buf_add_str(&caption, ", ");
	mg_report_add_period(&caption, opts, totals);
	if (rc == 0 && opts->format == MG_FORMAT_HTML)
		rc = mg_report_page(opts, totals, &course, err);
	else if (rc == 0)
		rc = print_table(opts, w, &course, mg_buf_slice(&caption), err);
	mg_report_course_release(&course);
	mg_buf_release(&caption);
	return rc;
}

static int show_whole(struct mg_rollup *r, const struct mg_report_opts *opts,
		      struct mg_err *err)
{
	struct whole w = { .err = err };
	const int rc = show(r, opts, &w, err);

	mg_mem_free(w.rows);
	mg_arena_release(&w.names);
	return rc;
}

/* ---- any */

static int check(const struct mg_report_opts *opts, struct mg_err *err)
{
	const struct mg_report_query *q = &opts->query;
	const bool is_metrics = opts->format == MG_FORMAT_PROMETHEUS;

	if (mg_report_has_time(q) &&
	    (is_metrics || opts->format == MG_FORMAT_HTML))
		return mg_fail(err, MG_EUSAGE,
			       "%s is of one time over all: leave --hours and "
			       "--slots out",
			       is_metrics ? "prometheus" : "html");
	if (is_metrics && (q->top == 0 || q->top > MG_REPORT_METRICS_MAX))
		return mg_fail(err, MG_EUSAGE,
			       "prometheus keeps each row as a series: --top "
			       "must be 1 to %d",
			       MG_REPORT_METRICS_MAX);
	return 0;
}

int mg_report_run(struct mg_store *store, const struct mg_report_opts *opts,
		  uint64_t *n_rows, uint64_t *n_left, struct mg_err *err)
{
	const bool is_whole = opts->format == MG_FORMAT_TABLE ||
			      opts->format == MG_FORMAT_HTML;
	struct mg_rollup *r = NULL;
	int rc = check(opts, err);

	if (rc < 0)
		return rc;
	rc = mg_rollup_open(store, &opts->query, &r, err);
	if (rc == 0)
		rc = is_whole ? show_whole(r, opts, err) : stream(r, opts, err);
	*n_rows = mg_rollup_totals(r)->n_rows;
	*n_left = mg_rollup_totals(r)->n_left;
	mg_rollup_close(r);
	return rc;
}
