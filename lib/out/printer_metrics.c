/* SPDX-License-Identifier: MIT */
/*
 * Metrics for Prometheus, by way of node_exporter's textfile collector.
 *
 * Source: prometheus.io, "Exposition formats", the text format 0.0.4: all
 * samples of a metric stand together, so rows are kept until the end.
 */
#include "printer_priv.h"

#include <assert.h>
#include <inttypes.h>

#include "mailguard/vec.h"

struct sample {
	int64_t value;
	bool is_there;
};

struct metrics {
	struct mg_buf labels; /* of all rows, one behind the other */
	uint32_t *ends;       /* where those of each row end; owned */
	size_t n_rows, cap_rows;
	bool has_label;         /* the row in the making has one */
	struct sample *samples; /* row by row, one a column; owned */
	size_t n_samples, cap_samples;
};

/* A value of a label: backslash, quote and newline are escaped, and there is
   no newline in what is printable. */
static void add_label_text(struct mg_buf *b, struct mg_slice s)
{
	struct mg_buf printable;

	mg_buf_init(&printable, MG_PRINTER_ROW_MAX);
	mg_buf_add_printable(&printable, s);
	for (size_t i = 0; i < printable.len; i++) {
		if (printable.ptr[i] == '\\' || printable.ptr[i] == '"')
			mg_buf_add_char(b, '\\');
		mg_buf_add_char(b, printable.ptr[i]);
	}
	mg_buf_release(&printable);
}

static void add_label(struct metrics *m, const char *key, struct mg_slice text)
{
	mg_buf_add_fmt(&m->labels, "%s%s=\"", m->has_label ? "," : "", key);
	add_label_text(&m->labels, text);
	mg_buf_add_char(&m->labels, '"');
	m->has_label = true;
}

static void add_sample(struct metrics *m, int64_t value, bool is_there)
{
	m->samples = mg_vec_room(m->samples, m->n_samples, &m->cap_samples,
				 sizeof(*m->samples));
	m->samples[m->n_samples++] = (struct sample){ value, is_there };
}

/* A time of the report as a metric. */
static void add_field(struct mg_printer *p, const struct mg_printer_field *f)
{
	if (f->type != MG_FIELD_TIME)
		return;
	mg_buf_add_fmt(&p->buf,
		       "# TYPE %s%s_timestamp_seconds gauge\n"
		       "%s%s_timestamp_seconds %" PRId64 "\n",
		       p->opts.metrics, f->key, p->opts.metrics, f->key,
		       f->time);
}

static void begin(struct mg_printer *p)
{
	struct metrics *m = mg_mem_zalloc(1, sizeof(*m));

	assert(p->opts.metrics);
	mg_buf_init(&m->labels, MG_PRINTER_TABLE_MAX);
	for (size_t i = 0; i < p->opts.n_fields; i++)
		add_field(p, &p->opts.fields[i]);
	p->state = m;
}

static void cell(struct mg_printer *p, const struct mg_cell *cell)
{
	const struct mg_column *c = &p->opts.columns[p->column];
	struct metrics *m = p->state;

	if (c->key && c->type == MG_COLUMN_TEXT)
		add_label(m, c->key,
			  cell->kind == MG_CELL_TEXT ? cell->text
			  : p->opts.null_text ? mg_slice_str(p->opts.null_text)
					      : MG_LIT(""));
	else if (c->key && cell->kind == MG_CELL_FLAG)
		add_label(m, c->key,
			  cell->value ? MG_LIT("yes") : MG_LIT("no"));
	add_sample(m, cell->value, cell->kind == MG_CELL_NUMBER);
}

static void row_end(struct mg_printer *p)
{
	struct metrics *m = p->state;

	m->ends = mg_vec_room(m->ends, m->n_rows, &m->cap_rows,
			      sizeof(*m->ends));
	m->ends[m->n_rows++] = (uint32_t)m->labels.len;
	m->has_label = false;
}

static void print_metric(struct mg_printer *p, size_t column)
{
	const struct mg_column *c = &p->opts.columns[column];
	const struct metrics *m = p->state;

	mg_buf_add_fmt(&p->buf, "# HELP %s%s %s\n# TYPE %s%s gauge\n",
		       p->opts.metrics, c->key, c->help, p->opts.metrics,
		       c->key);
	for (size_t i = 0; i < m->n_rows; i++) {
		const struct sample *sample =
			&m->samples[i * p->opts.n_columns + column];
		const uint32_t start = i ? m->ends[i - 1] : 0;

		if (!sample->is_there)
			continue;
		mg_buf_add_fmt(&p->buf, "%s%s{", p->opts.metrics, c->key);
		mg_buf_add(&p->buf, mg_slice_of(m->labels.ptr + start,
						m->ends[i] - start));
		mg_buf_add_fmt(&p->buf, "} %" PRId64 "\n", sample->value);
		mg_printer_flush_some(p);
	}
}

static bool is_metric(const struct mg_column *c)
{
	return c->key && c->help &&
	       (c->type == MG_COLUMN_NUMBER || c->type == MG_COLUMN_BYTES);
}

static void end(struct mg_printer *p)
{
	struct metrics *m = p->state;

	if (mg_buf_check(&m->labels, "the labels of all metrics",
			 &p->failure) == 0)
		for (size_t i = 0; i < p->opts.n_columns; i++)
			if (is_metric(&p->opts.columns[i]))
				print_metric(p, i);
	mg_buf_release(&m->labels);
	mg_mem_free(m->ends);
	mg_mem_free(m->samples);
	mg_mem_free(m);
	p->state = NULL;
}

const struct mg_printer_ops mg_printer_metrics_ops = {
	.begin = begin,
	.cell = cell,
	.row_end = row_end,
	.end = end,
};
