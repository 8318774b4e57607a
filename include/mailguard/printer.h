/* SPDX-License-Identifier: MIT */
/*
 * printer - rows of a report, written once, shown as table, JSON, CSV, a table
 * of HTML, or metrics for Prometheus.
 *
 * A report declares its columns, then says row after row what stands in them;
 * it never formats. Text may come from logs: each format escapes it for where
 * it goes. Rows of JSON, CSV and HTML stream; a table is kept until the end,
 * since its columns line up, and so are metrics, which come by column.
 *
 *     mg_printer_begin(&p, &(struct mg_printer_opts){ ... });
 *     for each row: mg_printer_row(&p); then one cell call a column
 *     rc = mg_printer_end(&p, err);
 *
 * Failures (a full disk, a closed pipe) are remembered and told by _end.
 */
#ifndef MAILGUARD_PRINTER_H
#define MAILGUARD_PRINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/slice.h"
#include "mailguard/term.h"
#include "mailguard/tz.h"

#define MG_PRINTER_COLUMNS_MAX 32

/*
 * Bytes of text kept for a table: half a million wide lines, which nobody
 * reads. Twice as much only costs memory, and JSON and CSV stream.
 */
#define MG_PRINTER_TABLE_MAX (64U << 20)

/*
 * Bytes of one row as it is written. The longest log line, each byte escaped as
 * six, fits ten times.
 */
#define MG_PRINTER_ROW_MAX (4U << 20)

/*
 * A column of a table is padded to its longest text, up to this. A longer text
 * pushes the rest of its line to the right: one hostile name must not fill a
 * screen with blanks, and cut off it could pass for another.
 */
#define MG_PRINTER_WIDTH_MAX 64

/*
 * Cells of a plot on a terminal: the longest course, and a bar. A day by the
 * hour is 24; twice as many leave a screen no room for names.
 */
#define MG_PRINTER_COURSE_MAX 24
#define MG_PRINTER_BAR_CELLS 12

enum mg_format {
	MG_FORMAT_TABLE,
	MG_FORMAT_JSON,
	MG_FORMAT_CSV,
	MG_FORMAT_HTML,       /* <table> ... </table>, for a page around it */
	MG_FORMAT_PROMETHEUS, /* text exposition format 0.0.4 */
};

enum mg_column_type {
	MG_COLUMN_TEXT,   /* left aligned */
	MG_COLUMN_NUMBER, /* right aligned, as all that follow but plots */
	MG_COLUMN_BYTES,  /* a number; people may see KiB and MiB */
	MG_COLUMN_SHARE,  /* a number of thousandths; people see "1.5 %" */
	MG_COLUMN_FLAG,   /* true or false; "yes" and "no" for people */
	MG_COLUMN_TIME,   /* an instant, shown in the zone of the printer */
	MG_COLUMN_PLOT,   /* for people only; left aligned */
};

struct mg_column {
	const char *key;     /* name in JSON, the CSV head and metrics; NULL
				leaves the column out of them */
	const char *heading; /* head of the table's column; NULL leaves the
				column out of tables and HTML */
	enum mg_column_type type;
	unsigned rank;    /* where a terminal is too narrow, the highest go
			     first; 0 stays */
	const char *help; /* what it is, in a few words; may be NULL. A number
			     without it is no metric */
};

/* What a cell means for the reader, in colour where there is colour. */
enum mg_mark {
	MG_MARK_NONE,
	MG_MARK_FAINT,
	MG_MARK_WARNING,
	MG_MARK_ALARM,
};

enum mg_field_type {
	MG_FIELD_TEXT,
	MG_FIELD_BOOL,
	MG_FIELD_TIME,
	MG_FIELD_NUMBER,
	MG_FIELD_NULL,
};

/* One field of the JSON document before its rows. */
struct mg_printer_field {
	const char *key;
	struct mg_slice text; /* MG_FIELD_TEXT */
	int64_t time;         /* MG_FIELD_TIME, Unix seconds */
	int64_t number;       /* MG_FIELD_NUMBER */
	enum mg_field_type type;
	bool flag; /* MG_FIELD_BOOL */
};

struct mg_printer_opts {
	enum mg_format format;
	int fd;                          /* where it goes; stays the caller's */
	const struct mg_column *columns; /* borrowed until _end */
	size_t n_columns;                /* 1..MG_PRINTER_COLUMNS_MAX */
	const struct mg_printer_field *fields; /* JSON only; borrowed until
						  _begin returns */
	size_t n_fields;
	const struct mg_tz *tz;  /* zone of times, borrowed; NULL is UTC */
	const char *null_text;   /* a null cell in a table, "-" if NULL */
	struct mg_slice caption; /* line before a table, caption of HTML; empty
				    for none; borrowed until _begin returns */
	const struct mg_term *term; /* of a table; borrowed; NULL is none */
	bool is_human;              /* a table may round numbers: 12.3k */
	const char *metrics; /* what names of metrics begin with; borrowed */
};

struct mg_printer_ops;

struct mg_printer {
	struct mg_printer_opts opts;
	const struct mg_printer_ops *ops; /* what the format does */
	void *state;           /* what this format needs, owned by it */
	struct mg_buf buf;     /* output not yet written */
	size_t column;         /* next cell; n_columns between rows */
	enum mg_mark mark;     /* of the next cell */
	bool is_in_line;       /* a CSV line has a field */
	uint64_t n_rows;       /* begun */
	struct mg_err failure; /* first failure, told by _end */
};

/* Starts a report; the JSON head or the CSV head line goes first. */
void mg_printer_begin(struct mg_printer *p, const struct mg_printer_opts *opts);

/* Starts a row; the one before it must be complete. */
void mg_printer_row(struct mg_printer *p);

/* The next cell of the row, of the type of its column. */
void mg_printer_text(struct mg_printer *p, struct mg_slice text);
void mg_printer_number(struct mg_printer *p, int64_t n); /* bytes, shares too */
void mg_printer_flag(struct mg_printer *p, bool yes);
void mg_printer_time(struct mg_printer *p, int64_t t);

/*
 * In a column of plots: a course in time, drawn from nothing to its own peak,
 * or a bar of n out of max.
 */
void mg_printer_course(struct mg_printer *p, const int64_t *values, size_t n);
void mg_printer_bar(struct mg_printer *p, int64_t n, int64_t max);

/* What the next cell means. */
void mg_printer_mark(struct mg_printer *p, enum mg_mark mark);

/*
 * The next cell without a value, in a column of any type: _null is null in
 * JSON, _absent leaves the key out there. Both are empty in CSV and the
 * null_text in a table.
 */
void mg_printer_null(struct mg_printer *p);
void mg_printer_absent(struct mg_printer *p);

/*
 * mg_printer_end - finish, write what is left, release everything.
 *
 * err   out  filled on failure only; the first thing that went wrong
 *
 * To be called once for each _begin, after a complete row.
 *
 * Returns 0; -MG_EIO when anything could not be written; -MG_ELIMIT when a
 * table is over its maximum, then nothing is written, or a row is, then some of
 * what came before it is.
 *
 * Formats: JSON is one object, the fields first, then "rows":[...], one row a
 * line, newline at the end; times as RFC 3339 (2026-03-01T00:00:00Z, or with
 * the offset of the zone where it is not zero, cut to minutes as the RFC has
 * no more). CSV follows RFC 4180 with LF line ends; a text that starts with
 * = + - @ tab or CR gets a ' in front, so that a spreadsheet does not take it
 * for a formula. Table times are "2026-03-01 00:00" local to the zone; the
 * caption says the zone. Texts in tables and CSV go through
 * mg_buf_add_printable, in JSON through mg_json_add_string, in HTML through
 * mg_html_add_text: nothing but ASCII comes from outside to a terminal, and
 * JSON is the form that loses nothing.
 *
 * Metrics are gauges. Texts and flags are their labels; a text that is null is
 * the null_text, a flag that is absent is no label.
 *
 * On a terminal columns are left out until a line fits, by rank; a text is
 * never cut, since it could pass for another.
 */
MG_NODISCARD int mg_printer_end(struct mg_printer *p, struct mg_err *err);

#endif
