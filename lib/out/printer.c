/* SPDX-License-Identifier: MIT */
#include "mailguard/printer.h"

#include "printer_priv.h"

#include <assert.h>
#include <stdlib.h>

#include "mailguard/file.h"

/*
 * Half as much and the calls of write(2) begin to show in a profile; twice as
 * much changes nothing but the memory.
 */
#define FLUSH_BYTES 65536U

static const struct mg_printer_ops *const ops_of[] = {
	[MG_FORMAT_TABLE] = &mg_printer_table_ops,
	[MG_FORMAT_JSON] = &mg_printer_json_ops,
	[MG_FORMAT_CSV] = &mg_printer_csv_ops,
	[MG_FORMAT_HTML] = &mg_printer_html_ops,
	[MG_FORMAT_PROMETHEUS] = &mg_printer_metrics_ops,
};

void mg_printer_begin(struct mg_printer *p, const struct mg_printer_opts *opts)
{
	assert(opts->n_columns >= 1);
	assert(opts->n_columns <= MG_PRINTER_COLUMNS_MAX);
	*p = (struct mg_printer){
		.opts = *opts,
		.ops = ops_of[opts->format],
		.column = opts->n_columns,
	};
	mg_buf_init(&p->buf, FLUSH_BYTES + MG_PRINTER_ROW_MAX);
	p->ops->begin(p);
}

static void flush(struct mg_printer *p)
{
	int rc = -p->failure.code;

	if (rc == 0)
		rc = mg_buf_check(&p->buf, "a row of the report", &p->failure);
	if (rc == 0)
		rc = mg_file_write_all(p->opts.fd, mg_buf_slice(&p->buf),
				       &p->failure);
	(void)rc; /* in p->failure until mg_printer_end */
	mg_buf_clear(&p->buf);
}

void mg_printer_flush_some(struct mg_printer *p)
{
	if (p->buf.len >= FLUSH_BYTES || p->buf.truncated)
		flush(p);
}

void mg_printer_row(struct mg_printer *p)
{
	assert(p->column == p->opts.n_columns);
	p->column = 0;
	if (p->ops->row_begin)
		p->ops->row_begin(p);
	p->n_rows++;
}

static void add_cell(struct mg_printer *p, const struct mg_cell *cell)
{
	assert(p->column < p->opts.n_columns);
	p->ops->cell(p, cell);
	p->mark = MG_MARK_NONE;
	if (++p->column < p->opts.n_columns)
		return;
	if (p->ops->row_end)
		p->ops->row_end(p);
	mg_printer_flush_some(p);
}

static bool is_column(const struct mg_printer *p, enum mg_column_type type)
{
	return p->column < p->opts.n_columns &&
	       p->opts.columns[p->column].type == type;
}

void mg_printer_text(struct mg_printer *p, struct mg_slice text)
{
	assert(is_column(p, MG_COLUMN_TEXT));
	add_cell(p, &(struct mg_cell){ .kind = MG_CELL_TEXT, .text = text });
}

void mg_printer_number(struct mg_printer *p, int64_t n)
{
	assert(is_column(p, MG_COLUMN_NUMBER) ||
	       is_column(p, MG_COLUMN_BYTES) || is_column(p, MG_COLUMN_SHARE));
	add_cell(p, &(struct mg_cell){ .kind = MG_CELL_NUMBER, .value = n });
}

void mg_printer_flag(struct mg_printer *p, bool yes)
{
	assert(is_column(p, MG_COLUMN_FLAG));
	add_cell(p, &(struct mg_cell){ .kind = MG_CELL_FLAG, .value = yes });
}

void mg_printer_time(struct mg_printer *p, int64_t t)
{
	assert(is_column(p, MG_COLUMN_TIME));
	add_cell(p, &(struct mg_cell){ .kind = MG_CELL_TIME, .value = t });
}

void mg_printer_course(struct mg_printer *p, const int64_t *values, size_t n)
{
	assert(is_column(p, MG_COLUMN_PLOT));
	assert(n <= MG_PRINTER_COURSE_MAX);
	add_cell(p, &(struct mg_cell){ .kind = MG_CELL_COURSE,
				       .values = values,
				       .n_values = n });
}

void mg_printer_bar(struct mg_printer *p, int64_t n, int64_t max)
{
	assert(is_column(p, MG_COLUMN_PLOT));
	add_cell(p, &(struct mg_cell){
			    .kind = MG_CELL_BAR, .value = n, .max = max });
}

void mg_printer_mark(struct mg_printer *p, enum mg_mark mark)
{
	p->mark = mark;
}

void mg_printer_null(struct mg_printer *p)
{
	add_cell(p, &(struct mg_cell){ .kind = MG_CELL_NULL });
}

void mg_printer_absent(struct mg_printer *p)
{
	add_cell(p, &(struct mg_cell){ .kind = MG_CELL_ABSENT });
}

int mg_printer_end(struct mg_printer *p, struct mg_err *err)
{
	assert(p->column == p->opts.n_columns);
	if (p->ops->end)
		p->ops->end(p);
	flush(p);
	mg_buf_release(&p->buf);
	if (p->failure.code != MG_OK && err)
		*err = p->failure;
	return -p->failure.code;
}

int32_t mg_printer_offset(const struct mg_printer *p, int64_t t)
{
	return p->opts.tz ? mg_tz_offset(p->opts.tz, t) : 0;
}

void mg_printer_add_local(struct mg_printer *p, struct mg_buf *b, int64_t t)
{
	struct mg_civil c;

	mg_civil_of(t, mg_printer_offset(p, t), &c);
	mg_buf_add_fmt(b, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day,
		       c.hour, c.minute);
}

void mg_printer_add_rfc3339(struct mg_printer *p, int64_t t)
{
	const int32_t minutes = mg_printer_offset(p, t) / 60;
	struct mg_civil c;

	/* With the offset that is written, so that the instant stays right. */
	mg_civil_of(t, minutes * 60, &c);
	mg_buf_add_fmt(&p->buf, "%04d-%02d-%02dT%02d:%02d:%02d", c.year,
		       c.month, c.day, c.hour, c.minute, c.second);
	if (minutes == 0)
		mg_buf_add_char(&p->buf, 'Z');
	else
		mg_buf_add_fmt(&p->buf, "%c%02d:%02d", minutes < 0 ? '-' : '+',
			       abs(minutes) / 60, abs(minutes) % 60);
}
