/* SPDX-License-Identifier: MIT */
#include "printer_priv.h"

#include <inttypes.h>
#include <string.h>

#include "mailguard/vec.h"

#define GAP 2 /* blanks between columns */

/* Select Graphic Rendition of ECMA-48. */
#define BOLD "\33[1m"
#define PLAIN "\33[0m"

static const char *const colours[] = {
	[MG_MARK_NONE] = "",
	[MG_MARK_FAINT] = "\33[2m",
	[MG_MARK_WARNING] = "\33[33m",
	[MG_MARK_ALARM] = "\33[1;31m",
};

struct text {
	uint32_t end;   /* in texts; it begins where the one before ends */
	uint16_t width; /* columns on the screen */
	uint8_t mark;   /* enum mg_mark */
};

/* The texts of all rows, one behind the other; only columns with a heading. */
struct table {
	struct mg_buf texts;
	struct text *items; /* owned */
	size_t n, cap;
	size_t widths[MG_PRINTER_COLUMNS_MAX]; /* 0 for one left out */
};

/* A line in the making: blanks are owed until a text follows them. */
struct line {
	struct mg_buf *b;
	size_t n_blanks;
};

static const struct mg_term no_terminal;

static const struct mg_term *term_of(const struct mg_printer *p)
{
	return p->opts.term ? p->opts.term : &no_terminal;
}

static void widen(struct table *t, size_t column, size_t width)
{
	if (width > MG_PRINTER_WIDTH_MAX)
		width = MG_PRINTER_WIDTH_MAX;
	if (t->widths[column] < width)
		t->widths[column] = width;
}

static void begin(struct mg_printer *p)
{
	struct table *t = mg_mem_zalloc(1, sizeof(*t));

	mg_buf_init(&t->texts, MG_PRINTER_TABLE_MAX);
	for (size_t i = 0; i < p->opts.n_columns; i++)
		if (p->opts.columns[i].heading)
			widen(t, i, strlen(p->opts.columns[i].heading));
	if (p->opts.caption.len) {
		mg_buf_add_printable(&p->buf, p->opts.caption);
		mg_buf_add_char(&p->buf, '\n');
	}
	p->state = t;
}

static void add_number(struct mg_printer *p, struct mg_buf *b, int64_t n)
{
	const enum mg_column_type type = p->opts.columns[p->column].type;

	if (type == MG_COLUMN_SHARE)
		mg_printer_add_share(b, n);
	else if (!p->opts.is_human)
		mg_buf_add_fmt(b, "%" PRId64, n);
	else if (type == MG_COLUMN_BYTES)
		mg_printer_add_bytes(b, n);
	else
		mg_printer_add_short(b, n);
}

/* Returns the columns that it takes. */
static size_t add_value(struct mg_printer *p, struct mg_buf *b,
			const struct mg_cell *cell)
{
	const bool is_utf8 = term_of(p)->is_utf8;
	const size_t start = b->len;

	switch (cell->kind) {
	case MG_CELL_TEXT:
		mg_buf_add_printable(b, cell->text);
		break;
	case MG_CELL_NUMBER:
		add_number(p, b, cell->value);
		break;
	case MG_CELL_FLAG:
		mg_buf_add_str(b, cell->value ? "yes" : "no");
		break;
	case MG_CELL_TIME:
		mg_printer_add_local(p, b, cell->value);
		break;
	case MG_CELL_COURSE:
		return mg_printer_add_course(b, cell->values, cell->n_values,
					     is_utf8);
	case MG_CELL_BAR:
		return mg_printer_add_bar(b, cell->value, cell->max, is_utf8);
	case MG_CELL_NULL:
	case MG_CELL_ABSENT:
		mg_buf_add_str(b, p->opts.null_text ? p->opts.null_text : "-");
		break;
	}
	return b->len - start;
}

static void cell(struct mg_printer *p, const struct mg_cell *cell)
{
	struct table *t = p->state;
	size_t width;

	if (!p->opts.columns[p->column].heading)
		return;
	width = add_value(p, &t->texts, cell);
	widen(t, p->column, width);
	t->items = mg_vec_room(t->items, t->n, &t->cap, sizeof(*t->items));
	t->items[t->n++] = (struct text){
		.end = (uint32_t)t->texts.len,
		.width = (uint16_t)(width < UINT16_MAX ? width : UINT16_MAX),
		.mark = (uint8_t)p->mark,
	};
}

/* ---- what fits */

static size_t width_of(const struct table *t, size_t n_columns)
{
	size_t sum = 0;

	for (size_t i = 0; i < n_columns; i++)
		if (t->widths[i])
			sum += t->widths[i] + GAP;
	return sum ? sum - GAP : 0;
}

/* The column to do without first; n_columns where all must stay. */
static size_t last_in_rank(const struct mg_printer *p)
{
	const struct table *t = p->state;
	size_t found = p->opts.n_columns;

	for (size_t i = 0; i < p->opts.n_columns; i++) {
		const unsigned rank = p->opts.columns[i].rank;

		if (t->widths[i] && rank &&
		    (found == p->opts.n_columns ||
		     rank >= p->opts.columns[found].rank))
			found = i;
	}
	return found;
}

static void fit(struct mg_printer *p)
{
	const unsigned room = term_of(p)->width;
	struct table *t = p->state;
	size_t column;

	while (room && width_of(t, p->opts.n_columns) > room) {
		column = last_in_rank(p);
		if (column == p->opts.n_columns)
			return;
		t->widths[column] = 0;
	}
}

/* ---- lines */

static void add_blanks(struct line *line, size_t n)
{
	line->n_blanks += n;
}

static void add_word(struct mg_printer *p, struct line *line, struct mg_slice s,
		     const char *colour)
{
	const bool is_coloured = *colour && term_of(p)->has_colour;

	if (s.len == 0)
		return;
	mg_buf_add_fill(line->b, ' ', line->n_blanks);
	if (is_coloured)
		mg_buf_add_str(line->b, colour);
	mg_buf_add(line->b, s);
	if (is_coloured)
		mg_buf_add_str(line->b, PLAIN);
	line->n_blanks = 0;
}

static bool is_right(enum mg_column_type type)
{
	return type == MG_COLUMN_NUMBER || type == MG_COLUMN_BYTES ||
	       type == MG_COLUMN_SHARE;
}

static void add_column(struct mg_printer *p, struct line *line, size_t column,
		       struct mg_slice s, size_t width, const char *colour)
{
	const struct table *t = p->state;
	const size_t room = t->widths[column];
	const size_t pad = width < room ? room - width : 0;
	const bool right = is_right(p->opts.columns[column].type);

	if (room == 0)
		return;
	if (right)
		add_blanks(line, pad);
	add_word(p, line, s, colour);
	add_blanks(line, GAP + (right ? 0 : pad));
}

static void print_heads(struct mg_printer *p)
{
	struct line line = { .b = &p->buf };

	for (size_t i = 0; i < p->opts.n_columns; i++) {
		const struct mg_slice heading =
			mg_slice_str(p->opts.columns[i].heading);

		if (heading.len)
			add_column(p, &line, i, heading, heading.len, BOLD);
	}
	mg_buf_add_char(&p->buf, '\n');
}

/* Returns the number of the first text of the next row. */
static size_t print_row(struct mg_printer *p, size_t n)
{
	const struct table *t = p->state;
	struct line line = { .b = &p->buf };

	for (size_t i = 0; i < p->opts.n_columns; i++) {
		const struct text *text = &t->items[n];
		uint32_t start;

		if (!p->opts.columns[i].heading)
			continue;
		start = n ? text[-1].end : 0;
		add_column(p, &line, i,
			   mg_slice_of(t->texts.ptr + start, text->end - start),
			   text->width, colours[text->mark]);
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
		fit(p);
		print_heads(p);
		while (n < t->n) {
			n = print_row(p, n);
			mg_printer_flush_some(p);
		}
	}
	mg_mem_free(t->items);
	mg_buf_release(&t->texts);
	mg_mem_free(t);
	p->state = NULL;
}

const struct mg_printer_ops mg_printer_table_ops = {
	.begin = begin,
	.cell = cell,
	.end = end,
};
