/* SPDX-License-Identifier: MIT */
#include "printer_priv.h"

#include <inttypes.h>
#include <string.h>

#include "mailguard/mem.h"

#define GAP 2 /* blanks between columns */

/* The texts of all rows, one behind the other; only columns with a heading. */
struct table {
	struct mg_buf texts;
	uint32_t *ends; /* where each text ends in texts; owned */
	size_t n, cap;
	size_t widths[MG_PRINTER_COLUMNS_MAX]; /* 0 for one left out */
};

/* A line in the making: blanks are owed until a text follows them. */
struct line {
	struct mg_buf *b;
	size_t n_blanks;
};

static void widen(struct table *t, size_t column, size_t len)
{
	if (len > MG_PRINTER_WIDTH_MAX)
		len = MG_PRINTER_WIDTH_MAX;
	if (t->widths[column] < len)
		t->widths[column] = len;
}

static void begin(struct mg_printer *p)
{
	struct table *t = mg_mem_zalloc(1, sizeof(*t));

	mg_buf_init(&t->texts, MG_PRINTER_TABLE_MAX);
	for (size_t i = 0; i < p->opts.n_columns; i++)
		if (p->opts.columns[i].heading)
			widen(t, i, strlen(p->opts.columns[i].heading));
	p->state = t;
}

static void add_time(struct mg_printer *p, struct mg_buf *b, int64_t t)
{
	struct mg_civil c;

	mg_civil_of(t, mg_printer_offset(p, t), &c);
	mg_buf_add_fmt(b, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day,
		       c.hour, c.minute);
}

static void add_value(struct mg_printer *p, struct mg_buf *b,
		      const struct mg_cell *cell)
{
	switch (cell->kind) {
	case MG_CELL_TEXT:
		mg_buf_add_printable(b, cell->text);
		break;
	case MG_CELL_NUMBER:
		mg_buf_add_fmt(b, "%" PRId64, cell->value);
		break;
	case MG_CELL_FLAG:
		mg_buf_add_str(b, cell->value ? "yes" : "no");
		break;
	case MG_CELL_TIME:
		add_time(p, b, cell->value);
		break;
	case MG_CELL_NULL:
	case MG_CELL_ABSENT:
		mg_buf_add_str(b, p->opts.null_text ? p->opts.null_text : "-");
		break;
	}
}

static void cell(struct mg_printer *p, const struct mg_cell *cell)
{
	struct table *t = p->state;
	const size_t start = t->texts.len;

	if (!p->opts.columns[p->column].heading)
		return;
	add_value(p, &t->texts, cell);
	widen(t, p->column, t->texts.len - start);
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->ends = mg_mem_resize(t->ends, t->cap, sizeof(*t->ends));
	}
	t->ends[t->n++] = (uint32_t)t->texts.len;
}

static void add_blanks(struct line *line, size_t n)
{
	line->n_blanks += n;
}

static void add_word(struct line *line, struct mg_slice s)
{
	if (s.len == 0)
		return;
	mg_buf_add_fill(line->b, ' ', line->n_blanks);
	mg_buf_add(line->b, s);
	line->n_blanks = 0;
}

static void add_column(struct mg_printer *p, struct line *line, size_t column,
		       struct mg_slice s)
{
	const struct table *t = p->state;
	const size_t width = t->widths[column];
	const size_t pad = s.len < width ? width - s.len : 0;
	const bool is_right = p->opts.columns[column].type == MG_COLUMN_NUMBER;

	if (is_right)
		add_blanks(line, pad);
	add_word(line, s);
	add_blanks(line, GAP + (is_right ? 0 : pad));
}

static void print_heads(struct mg_printer *p)
{
	struct line line = { .b = &p->buf };

	for (size_t i = 0; i < p->opts.n_columns; i++)
		if (p->opts.columns[i].heading)
			add_column(p, &line, i,
				   mg_slice_str(p->opts.columns[i].heading));
	mg_buf_add_char(&p->buf, '\n');
}

/* Returns the number of the first text of the next row. */
static size_t print_row(struct mg_printer *p, size_t n)
{
	const struct table *t = p->state;
	struct line line = { .b = &p->buf };

	for (size_t i = 0; i < p->opts.n_columns; i++) {
		uint32_t start;

		if (!p->opts.columns[i].heading)
			continue;
		start = n ? t->ends[n - 1] : 0;
		add_column(p, &line, i,
			   mg_slice_of(t->texts.ptr + start,
				       t->ends[n] - start));
		n++;
	}
	mg_buf_add_char(&p->buf, '\n');
	return n;
}

static void end(struct mg_printer *p)
{
	struct table *t = p->state;
	size_t n = 0;

	if (mg_buf_check(&t->texts, "the table", &p->failure) == 0) {
		print_heads(p);
		while (n < t->n) {
			n = print_row(p, n);
			mg_printer_flush_some(p);
		}
	}
	mg_mem_free(t->ends);
	mg_buf_release(&t->texts);
	mg_mem_free(t);
	p->state = NULL;
}

const struct mg_printer_ops mg_printer_table_ops = {
	.begin = begin,
	.cell = cell,
	.end = end,
};
