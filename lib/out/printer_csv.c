/* SPDX-License-Identifier: MIT */
#include "printer_priv.h"

#include <inttypes.h>

/* Whether a spreadsheet would run what starts so (CWE-1236). */
static bool is_formula(struct mg_slice s)
{
	const struct mg_slice starts = MG_LIT("=+-@\t\r");

	return s.len && mg_slice_find(starts, s.ptr[0]) < starts.len;
}

/*
 * Printable text has no line end, so only separators and quotes need quotes
 * around them (RFC 4180 section 2). The semicolon separates in countries that
 * write numbers with a comma.
 */
static bool needs_quotes(struct mg_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == ',' || s.ptr[i] == ';' || s.ptr[i] == '"')
			return true;
	return false;
}

/* The pieces between quotes, a doubled quote between each two. */
static void add_quoted(struct mg_buf *b, struct mg_slice s)
{
	struct mg_slice piece;

	while (mg_slice_cut_at(&s, '"', &piece)) {
		mg_buf_add_printable(b, piece);
		mg_buf_add(b, MG_LIT("\"\""));
	}
	mg_buf_add_printable(b, s);
}

static void add_text(struct mg_buf *b, struct mg_slice s)
{
	const char *quote = needs_quotes(s) ? "\"" : "";

	mg_buf_add_str(b, quote);
	if (is_formula(s))
		mg_buf_add_char(b, '\'');
	add_quoted(b, s);
	mg_buf_add_str(b, quote);
}

static void begin_field(struct mg_printer *p)
{
	if (p->is_in_line)
		mg_buf_add_char(&p->buf, ',');
	p->is_in_line = true;
}

static void row_end(struct mg_printer *p)
{
	mg_buf_add_char(&p->buf, '\n');
	p->is_in_line = false;
}

static void begin(struct mg_printer *p)
{
	for (size_t i = 0; i < p->opts.n_columns; i++) {
		if (!p->opts.columns[i].key)
			continue;
		begin_field(p);
		add_text(&p->buf, mg_slice_str(p->opts.columns[i].key));
	}
	row_end(p);
}

static void cell(struct mg_printer *p, const struct mg_cell *cell)
{
	if (!p->opts.columns[p->column].key)
		return;
	begin_field(p);
	switch (cell->kind) {
	case MG_CELL_TEXT:
		add_text(&p->buf, cell->text);
		break;
	case MG_CELL_NUMBER:
		mg_buf_add_fmt(&p->buf, "%" PRId64, cell->value);
		break;
	case MG_CELL_FLAG:
		mg_buf_add_str(&p->buf, cell->value ? "yes" : "no");
		break;
	case MG_CELL_TIME:
		mg_printer_add_rfc3339(p, cell->value);
		break;
	case MG_CELL_COURSE:
	case MG_CELL_BAR:
	case MG_CELL_NULL:
	case MG_CELL_ABSENT:
		break;
	}
}

const struct mg_printer_ops mg_printer_csv_ops = {
	.begin = begin,
	.cell = cell,
	.row_end = row_end,
};
