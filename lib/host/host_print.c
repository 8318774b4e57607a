/* SPDX-License-Identifier: MIT */
#include "host_priv.h"

#include <string.h>

#include "mailguard/printer.h"

#define SUBJECT_AT 11 /* the column where subjects begin */
#define TEXT_AT 37    /* and texts; a longer subject has a line of its own */
#define TEXT_WIDTH 72 /* columns, of texts; a mend is never broken */
#define OUTPUT_MAX (64U << 20) /* bytes; a thousand times a bad host's */

/* Lines of whole words, each from TEXT_AT on. */
static void add_text(struct mg_buf *out, struct mg_slice rest)
{
	while (rest.len > TEXT_WIDTH) {
		const size_t n =
			mg_slice_rfind(mg_slice_of(rest.ptr, TEXT_WIDTH), ' ');

		if (n == TEXT_WIDTH)
			break; /* a word as long as a line */
		mg_buf_add_printable(out, mg_slice_of(rest.ptr, n));
		mg_buf_add_char(out, '\n');
		mg_buf_add_fill(out, ' ', TEXT_AT);
		rest = mg_slice_from(rest, n + 1);
	}
	mg_buf_add_printable(out, rest);
	mg_buf_add_char(out, '\n');
}

static void add_finding(struct mg_buf *out, const struct mg_finding *f)
{
	const size_t end = SUBJECT_AT + strlen(f->subject) + 1;

	mg_buf_add_fmt(out, "  %-8s ", mg_level_name(f->level));
	mg_buf_add_printable(out, mg_slice_str(f->subject));
	if (end > TEXT_AT) {
		mg_buf_add_char(out, '\n');
		mg_buf_add_fill(out, ' ', TEXT_AT);
	} else {
		mg_buf_add_fill(out, ' ', TEXT_AT + 1 - end);
	}
	add_text(out, mg_slice_str(f->text));
	if (f->mend) {
		mg_buf_add_fill(out, ' ', TEXT_AT - 2);
		mg_buf_add_str(out, "> ");
		mg_buf_add_printable(out, mg_slice_str(f->mend));
		mg_buf_add_char(out, '\n');
	}
}

static int print_text(const struct mg_host *host, int fd, struct mg_err *err)
{
	struct mg_buf out;
	int rc;

	mg_buf_init(&out, OUTPUT_MAX);
	for (size_t i = 0; i < host->n_findings; i++) {
		const struct mg_finding *f = &host->findings[i];

		if (i == 0 || f->topic != f[-1].topic)
			mg_buf_add_fmt(&out, "%s%s\n", i ? "\n" : "",
				       mg_topic_heading(f->topic));
		add_finding(&out, f);
	}
	rc = mg_buf_check(&out, "what was found", err);
	if (rc == 0)
		rc = mg_file_write_all(fd, mg_buf_slice(&out), err);
	mg_buf_release(&out);
	return rc;
}

static void print_log_cells(struct mg_printer *p, const struct mg_host *host,
			    const struct mg_finding *f)
{
	const struct mg_host_log *log = NULL;

	for (size_t i = 0; f->topic == MG_TOPIC_LOGS && i < host->n_logs; i++)
		if (!strcmp(host->logs[i].path, f->subject))
			log = &host->logs[i];
	if (log && log->is_there) {
		mg_printer_text(p, mg_slice_str(log->dialect));
		mg_printer_text(p, log->trust == MG_TRUST_SHARED
					   ? MG_LIT("shared")
					   : MG_LIT("daemon"));
	} else {
		mg_printer_absent(p);
		mg_printer_absent(p);
	}
}

static int print_json(const struct mg_host *host, int fd, struct mg_err *err)
{
	static const struct mg_column columns[] = {
		{ "topic", "TOPIC", MG_COLUMN_TEXT, 0, NULL },
		{ "level", "LEVEL", MG_COLUMN_TEXT, 0, NULL },
		{ "subject", "SUBJECT", MG_COLUMN_TEXT, 0, NULL },
		{ "text", "TEXT", MG_COLUMN_TEXT, 0, NULL },
		{ "mend", "MEND", MG_COLUMN_TEXT, 0, NULL },
		{ "dialect", "DIALECT", MG_COLUMN_TEXT, 0, NULL },
		{ "trust", "TRUST", MG_COLUMN_TEXT, 0, NULL },
	};
	const struct mg_printer_field fields[] = {
		{ .key = "schema",
		  .type = MG_FIELD_TEXT,
		  .text = MG_LIT(MG_DOCTOR_SCHEMA) },
		{ .key = "worst",
		  .type = MG_FIELD_TEXT,
		  .text = mg_slice_str(mg_level_name(mg_host_worst(host))) },
	};
	struct mg_printer p;

	mg_printer_begin(
		&p, &(struct mg_printer_opts){
			    .format = MG_FORMAT_JSON,
			    .fd = fd,
			    .columns = columns,
			    .n_columns = sizeof(columns) / sizeof(*columns),
			    .fields = fields,
			    .n_fields = sizeof(fields) / sizeof(*fields),
		    });
	for (size_t i = 0; i < host->n_findings; i++) {
		const struct mg_finding *f = &host->findings[i];

		mg_printer_row(&p);
		mg_printer_text(&p, mg_slice_str(mg_topic_name(f->topic)));
		mg_printer_text(&p, mg_slice_str(mg_level_name(f->level)));
		mg_printer_text(&p, mg_slice_str(f->subject));
		mg_printer_text(&p, mg_slice_str(f->text));
		if (f->mend)
			mg_printer_text(&p, mg_slice_str(f->mend));
		else
			mg_printer_null(&p);
		print_log_cells(&p, host, f);
	}
	return mg_printer_end(&p, err);
}

int mg_host_print(const struct mg_host *host, bool is_json, int fd,
		  struct mg_err *err)
{
	return is_json ? print_json(host, fd, err) : print_text(host, fd, err);
}
