/* SPDX-License-Identifier: MIT */
#include "printer_priv.h"

#include <inttypes.h>

#include "mailguard/json.h"

static void add_time(struct mg_printer *p, int64_t t)
{
	mg_buf_add_char(&p->buf, '"');
	mg_printer_add_rfc3339(p, t);
	mg_buf_add_char(&p->buf, '"');
}

static void add_key(struct mg_printer *p, const char *key)
{
	mg_json_add_string(&p->buf, mg_slice_str(key));
	mg_buf_add_char(&p->buf, ':');
}

static void add_field(struct mg_printer *p, const struct mg_printer_field *f)
{
	add_key(p, f->key);
	switch (f->type) {
	case MG_FIELD_TEXT:
		mg_json_add_string(&p->buf, f->text);
		break;
	case MG_FIELD_BOOL:
		mg_buf_add_str(&p->buf, f->flag ? "true" : "false");
		break;
	case MG_FIELD_TIME:
		add_time(p, f->time);
		break;
	case MG_FIELD_NUMBER:
		mg_buf_add_fmt(&p->buf, "%lld", (long long)f->number);
		break;
	case MG_FIELD_NULL:
		mg_buf_add(&p->buf, MG_LIT("null"));
		break;
	}
}

static void begin(struct mg_printer *p)
{
	mg_buf_add_char(&p->buf, '{');
	for (size_t i = 0; i < p->opts.n_fields; i++) {
		add_field(p, &p->opts.fields[i]);
		mg_buf_add_char(&p->buf, ',');
	}
	mg_buf_add(&p->buf, MG_LIT("\"rows\":["));
}

static void row_begin(struct mg_printer *p)
{
	mg_buf_add_str(&p->buf, p->n_rows ? ",\n{" : "\n{");
}

static void cell(struct mg_printer *p, const struct mg_cell *cell)
{
	struct mg_buf *b = &p->buf;

	if (cell->kind == MG_CELL_ABSENT || !p->opts.columns[p->column].key)
		return;
	/* No value ends in a brace: this is the first key of the row. */
	if (b->len && b->ptr[b->len - 1] != '{')
		mg_buf_add_char(b, ',');
	add_key(p, p->opts.columns[p->column].key);
	switch (cell->kind) {
	case MG_CELL_TEXT:
		mg_json_add_string(b, cell->text);
		break;
	case MG_CELL_NUMBER:
		mg_buf_add_fmt(b, "%" PRId64, cell->value);
		break;
	case MG_CELL_FLAG:
		mg_buf_add_str(b, cell->value ? "true" : "false");
		break;
	case MG_CELL_TIME:
		add_time(p, cell->value);
		break;
	case MG_CELL_COURSE:
	case MG_CELL_BAR:
	case MG_CELL_NULL:
	case MG_CELL_ABSENT:
		mg_buf_add(b, MG_LIT("null"));
		break;
	}
}

static void row_end(struct mg_printer *p)
{
	mg_buf_add_char(&p->buf, '}');
}

static void end(struct mg_printer *p)
{
	mg_buf_add_str(&p->buf, p->n_rows ? "\n]}\n" : "]}\n");
}

const struct mg_printer_ops mg_printer_json_ops = {
	.begin = begin,
	.row_begin = row_begin,
	.cell = cell,
	.row_end = row_end,
	.end = end,
};
