/* SPDX-License-Identifier: MIT */
#include "status_priv.h"

#include <stdio.h>

#include "mailguard/file.h"
#include "mailguard/in_force.h"

#define DAY_S 86400
#define HEAD_MAX 32768 /* bytes; a path and a cause, escaped, fit in */
#define WRAP_MAX 65536 /* bytes more where lines are broken */

const char *mg_status_span(int64_t s, char out[MG_SPAN_MAX])
{
	if (s < 120)
		(void)snprintf(out, MG_SPAN_MAX, "%lld s", (long long)s);
	else if (s < 2 * 3600)
		(void)snprintf(out, MG_SPAN_MAX, "%lld min", (long long)s / 60);
	else if (s < 2 * DAY_S)
		(void)snprintf(out, MG_SPAN_MAX, "%lld h", (long long)s / 3600);
	else
		(void)snprintf(out, MG_SPAN_MAX, "%lld d",
			       (long long)s / DAY_S);
	return out;
}

/* The table by the printer, and what goes around it. */
static int write_rows(struct mg_status_facts *r,
		      const struct mg_printer_opts *opts, struct mg_err *err)
{
	struct mg_printer p;

	mg_printer_begin(&p, opts);
	for (size_t i = 0; i < r->n_rows; i++) {
		const struct mg_status_row *row = &r->rows[i];

		mg_printer_row(&p);
		mg_printer_text(&p, mg_slice_str(row->source));
		if (row->log.id)
			mg_printer_text(&p, mg_slice_str(row->log.path));
		else
			mg_printer_null(&p);
		if (row->behind >= 0)
			mg_printer_number(&p, row->behind);
		else
			mg_printer_null(&p);
		if (row->last_at != INT64_MIN)
			mg_printer_time(&p, row->last_at);
		else
			mg_printer_null(&p);
		if (row->swept_at)
			mg_printer_time(&p, row->swept_at);
		else
			mg_printer_null(&p);
		mg_printer_number(&p, (int64_t)row->drift.n_lines);
		mg_printer_number(&p, (int64_t)row->drift.n_unknown);
		mg_printer_number(&p, (int64_t)row->drift.n_odd);
	}
	return mg_printer_end(&p, err);
}

static const struct mg_column columns[] = {
	{ "source", "SOURCE", MG_COLUMN_TEXT, 0, NULL },
	{ "log", "LOG", MG_COLUMN_TEXT, 0, NULL },
	{ "behind_bytes", "BEHIND", MG_COLUMN_NUMBER, 0, NULL },
	{ "last_line", "LAST LINE", MG_COLUMN_TIME, 1, NULL },
	{ "swept", "SWEPT", MG_COLUMN_TIME, 5, NULL },
	{ "lines", "LINES", MG_COLUMN_NUMBER, 3, NULL },
	{ "unknown", "UNKNOWN", MG_COLUMN_NUMBER, 2, NULL },
	{ "odd", "ODD", MG_COLUMN_NUMBER, 4, NULL },
};

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static struct mg_printer_field time_field(const char *key, int64_t t)
{
	return (struct mg_printer_field){
		.key = key,
		.type = t ? MG_FIELD_TIME : MG_FIELD_NULL,
		.time = t,
	};
}

static struct mg_printer_field number_field(const char *key, int64_t n)
{
	return (struct mg_printer_field){ .key = key,
					  .type = MG_FIELD_NUMBER,
					  .number = n };
}

static struct mg_printer_field text_field(const char *key, const char *text)
{
	return (struct mg_printer_field){
		.key = key,
		.type = text[0] ? MG_FIELD_TEXT : MG_FIELD_NULL,
		.text = mg_slice_str(text),
	};
}

static int print_json(struct mg_status_facts *r, struct mg_err *err)
{
	const struct mg_printer_field fields[] = {
		text_field("schema", MG_STATUS_SCHEMA),
		{ .key = "healthy",
		  .type = MG_FIELD_BOOL,
		  .flag = r->problems.len == 0 },
		text_field("problems", r->problems.ptr),
		time_field("began", r->health.began_at),
		time_field("ended", r->health.ended_at),
		time_field("good", r->health.good_at),
		number_field("status", r->health.status),
		number_field("state_bytes", r->state_bytes),
		number_field("messages", r->share.all),
		number_field("unattributed", r->share.messages),
		text_field("cause", r->share.cause),
	};

	return write_rows(r,
			  &(struct mg_printer_opts){
				  .format = MG_FORMAT_JSON,
				  .fd = r->opts->fd,
				  .columns = columns,
				  .n_columns = LENGTH(columns),
				  .fields = fields,
				  .n_fields = LENGTH(fields),
				  .tz = r->opts->tz,
			  },
			  err);
}

static void add_sweep(const struct mg_status_facts *r, struct mg_buf *out)
{
	const struct mg_health *h = &r->health;
	struct mg_civil at;
	char ago[MG_SPAN_MAX], took[MG_SPAN_MAX];

	mg_buf_add_str(out, "last sweep    ");
	if (!r->has_health) {
		mg_buf_add_str(out, "none\n");
		return;
	}
	mg_civil_of(h->ended_at,
		    r->opts->tz ? mg_tz_offset(r->opts->tz, h->ended_at) : 0,
		    &at);
	mg_buf_add_fmt(out,
		       "%04d-%02d-%02d %02d:%02d, %s ago, took %s: ", at.year,
		       at.month, at.day, at.hour, at.minute,
		       mg_status_span(r->opts->now - h->ended_at, ago),
		       mg_status_span(h->ended_at - h->began_at, took));
	mg_buf_add_str(out, h->status == MG_OK             ? "good\n"
			    : mg_health_is_good(h->status) ? "found something\n"
							   : "failed\n");
}

static void add_sets(const struct mg_status_facts *r, struct mg_buf *out)
{
	mg_buf_add_str(out, "sets          ");
	for (size_t i = 0; i < r->opts->n_sets; i++) {
		const struct mg_status_set *set = &r->opts->sets[i];

		mg_buf_add_fmt(out, "%s%s %s %lld of %lld", i ? ", " : "",
			       set->backend, set->what, (long long)set->n,
			       (long long)set->size);
	}
	mg_buf_add_char(out, '\n');
}

static void add_head(const struct mg_status_facts *r, struct mg_buf *out)
{
	add_sweep(r, out);
	mg_buf_add_str(out, "state         ");
	mg_buf_add_printable(out, mg_slice_str(r->opts->state_dir));
	mg_buf_add_fmt(out, ", %.1f MB\n", (double)r->state_bytes / 1e6);
	if (r->share.all) {
		mg_buf_add_str(out, "unattributed  ");
		mg_unattributed_say(&r->share, out);
		mg_buf_add_char(out, '\n');
	}
	if (r->opts->n_sets)
		add_sets(r, out);
	mg_buf_add_char(out, '\n');
}

static void add_problems(const struct mg_status_facts *r, struct mg_buf *out)
{
	struct mg_slice rest = mg_buf_slice(&r->problems), line;

	mg_buf_add_str(out,
		       r->problems.len ? "\nproblems:\n" : "\nno problems\n");
	while (mg_slice_cut_line(&rest, &line)) {
		mg_buf_add_str(out, "- ");
		mg_buf_add(out, line);
		mg_buf_add_char(out, '\n');
	}
}

static int write_text(const struct mg_status_facts *r,
		      const struct mg_buf *text, unsigned indent,
		      struct mg_err *err)
{
	struct mg_buf fitting;
	int rc;

	mg_buf_init(&fitting, text->max + WRAP_MAX);
	mg_term_wrap(mg_buf_slice(text), r->opts->term.width, indent, &fitting);
	rc = mg_file_write_all(r->opts->fd, mg_buf_slice(&fitting), err);
	mg_buf_release(&fitting);
	return rc;
}

/* What is in force, above the logs. */
static int print_acts(struct mg_status_facts *r, struct mg_err *err)
{
	const struct mg_in_force_opts opts = { .format = MG_FORMAT_TABLE,
					       .tz = r->opts->tz,
					       .term = r->opts->term,
					       .now = r->opts->now,
					       .fd = r->opts->fd };
	uint64_t n;
	const int rc = mg_in_force_print(r->store, &opts, &n, err);

	return rc < 0 || n == 0
		       ? rc
		       : mg_file_write_all(r->opts->fd, MG_LIT("\n"), err);
}

static int print_text(struct mg_status_facts *r, struct mg_err *err)
{
	struct mg_buf head, tail;
	int rc;

	mg_buf_init(&head, HEAD_MAX);
	mg_buf_init(&tail, r->problems.max + r->problems.len);
	add_head(r, &head);
	add_problems(r, &tail);
	rc = write_text(r, &head, 14, err);
	if (rc == 0)
		rc = print_acts(r, err);
	if (rc == 0 && r->n_rows)
		rc = write_rows(r,
				&(struct mg_printer_opts){
					.format = MG_FORMAT_TABLE,
					.fd = r->opts->fd,
					.columns = columns,
					.n_columns = LENGTH(columns),
					.tz = r->opts->tz,
					.term = &r->opts->term,
				},
				err);
	if (rc == 0)
		rc = write_text(r, &tail, 2, err);
	mg_buf_release(&tail);
	mg_buf_release(&head);
	return rc;
}

int mg_status_print(struct mg_status_facts *s, struct mg_err *err)
{
	return s->opts->is_json ? print_json(s, err) : print_text(s, err);
}
