/* SPDX-License-Identifier: MIT */
#include "printer_priv.h"

#include <inttypes.h>

#include "mailguard/html.h"

static const char *const classes[] = {
	[MG_MARK_NONE] = "",
	[MG_MARK_FAINT] = "faint",
	[MG_MARK_WARNING] = "warn",
	[MG_MARK_ALARM] = "alarm",
};

static const char *alignment(enum mg_column_type type)
{
	switch (type) {
	case MG_COLUMN_NUMBER:
	case MG_COLUMN_BYTES:
	case MG_COLUMN_SHARE:
		return "n";
	case MG_COLUMN_PLOT:
		return "plot";
	default:
		return "";
	}
}

/* The class of a cell: how it stands, and what it means. */
static void add_class(struct mg_buf *b, const char *first, const char *second)
{
	if (!*first && !*second)
		return;
	mg_buf_add_fmt(b, " class=\"%s%s%s\"", first,
		       *first && *second ? " " : "", second);
}

static void begin(struct mg_printer *p)
{
	struct mg_buf *b = &p->buf;

	mg_buf_add_str(b, "<table>\n");
	if (p->opts.caption.len) {
		mg_buf_add_str(b, "<caption>");
		mg_html_add_text(b, p->opts.caption);
		mg_buf_add_str(b, "</caption>\n");
	}
	mg_buf_add_str(b, "<thead><tr>");
	for (size_t i = 0; i < p->opts.n_columns; i++) {
		const struct mg_column *c = &p->opts.columns[i];

		if (!c->heading)
			continue;
		mg_buf_add_str(b, "<th scope=\"col\"");
		add_class(b, alignment(c->type), "");
		if (c->help) {
			mg_buf_add_str(b, " title=\"");
			mg_html_add_text(b, mg_slice_str(c->help));
			mg_buf_add_char(b, '"');
		}
		mg_buf_add_char(b, '>');
		mg_html_add_text(b, mg_slice_str(c->heading));
		mg_buf_add_str(b, "</th>");
	}
	mg_buf_add_str(b, "</tr></thead>\n<tbody>\n");
}

static void row_begin(struct mg_printer *p)
{
	mg_buf_add_str(&p->buf, "<tr>");
}

static void add_number(struct mg_printer *p, int64_t n)
{
	switch (p->opts.columns[p->column].type) {
	case MG_COLUMN_BYTES:
		mg_printer_add_bytes(&p->buf, n);
		break;
	case MG_COLUMN_SHARE:
		mg_printer_add_share(&p->buf, n);
		break;
	default:
		mg_buf_add_fmt(&p->buf, "%" PRId64, n);
	}
}

static void add_bar(struct mg_buf *b, int64_t n, int64_t max)
{
	mg_buf_add_fmt(b,
		       "<svg height=\"10\" aria-hidden=\"true\"><rect "
		       "class=\"good\" width=\"%.1f%%\" height=\"10\"/></svg>",
		       max > 0 ? 100.0 * (double)n / (double)max : 0.0);
}

static void add_value(struct mg_printer *p, const struct mg_cell *cell)
{
	struct mg_buf *b = &p->buf;

	switch (cell->kind) {
	case MG_CELL_TEXT:
		mg_html_add_text(b, cell->text);
		break;
	case MG_CELL_NUMBER:
		add_number(p, cell->value);
		break;
	case MG_CELL_FLAG:
		mg_buf_add_str(b, cell->value ? "yes" : "no");
		break;
	case MG_CELL_TIME:
		mg_printer_add_local(p, b, cell->value);
		break;
	case MG_CELL_BAR:
		add_bar(b, cell->value, cell->max);
		break;
	case MG_CELL_COURSE: /* a page has better plots of it */
		break;
	case MG_CELL_NULL:
	case MG_CELL_ABSENT:
		mg_html_add_text(b, mg_slice_str(p->opts.null_text
							 ? p->opts.null_text
							 : "-"));
		break;
	}
}

/* The first one that is shown names its row. */
static bool is_head(const struct mg_printer *p)
{
	for (size_t i = 0; i < p->column; i++)
		if (p->opts.columns[i].heading)
			return false;
	return true;
}

static void cell(struct mg_printer *p, const struct mg_cell *cell)
{
	const struct mg_column *c = &p->opts.columns[p->column];

	if (!c->heading)
		return;
	mg_buf_add_str(&p->buf, is_head(p) ? "<th scope=\"row\"" : "<td");
	add_class(&p->buf, alignment(c->type), classes[p->mark]);
	mg_buf_add_char(&p->buf, '>');
	add_value(p, cell);
	mg_buf_add_str(&p->buf, is_head(p) ? "</th>" : "</td>");
}

static void row_end(struct mg_printer *p)
{
	mg_buf_add_str(&p->buf, "</tr>\n");
}

static void end(struct mg_printer *p)
{
	mg_buf_add_str(&p->buf, "</tbody>\n</table>\n");
}

const struct mg_printer_ops mg_printer_html_ops = {
	.begin = begin,
	.row_begin = row_begin,
	.cell = cell,
	.row_end = row_end,
	.end = end,
};
