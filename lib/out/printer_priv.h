/* SPDX-License-Identifier: MIT */
/*
 * printer_priv - what printer.c asks of a format, and what it offers to all.
 *
 * A format appends to p->buf and knows nothing of the descriptor: printer.c
 * writes the buffer when it is large, between rows, and at the end.
 */
#ifndef MAILGUARD_PRINTER_PRIV_H
#define MAILGUARD_PRINTER_PRIV_H

#include "mailguard/printer.h"

enum mg_cell_kind {
	MG_CELL_TEXT,
	MG_CELL_NUMBER,
	MG_CELL_FLAG,
	MG_CELL_TIME,
	MG_CELL_COURSE,
	MG_CELL_BAR,
	MG_CELL_NULL,
	MG_CELL_ABSENT,
};

struct mg_cell {
	enum mg_cell_kind kind;
	struct mg_slice text;  /* MG_CELL_TEXT; borrowed */
	int64_t value;         /* MG_CELL_NUMBER, _FLAG (0 or 1), _TIME, _BAR */
	int64_t max;           /* MG_CELL_BAR */
	const int64_t *values; /* MG_CELL_COURSE; borrowed */
	size_t n_values;
};

/*
 * A report is begin, (row_begin, a cell for each column, row_end)*, end; the
 * members marked so are NULL where a format has nothing to do.
 */
struct mg_printer_ops {
	void (*begin)(struct mg_printer *p);
	void (*row_begin)(struct mg_printer *p); /* may be NULL */
	/* The cell belongs to p->opts.columns[p->column]. */
	void (*cell)(struct mg_printer *p, const struct mg_cell *cell);
	void (*row_end)(struct mg_printer *p); /* may be NULL */
	void (*end)(struct mg_printer *p); /* releases p->state; may be NULL */
};

extern const struct mg_printer_ops mg_printer_table_ops;
extern const struct mg_printer_ops mg_printer_json_ops;
extern const struct mg_printer_ops mg_printer_csv_ops;
extern const struct mg_printer_ops mg_printer_html_ops;
extern const struct mg_printer_ops mg_printer_metrics_ops;

/* Seconds east of UTC to show t with. */
int32_t mg_printer_offset(const struct mg_printer *p, int64_t t);

/* t as RFC 3339, in the zone of the printer. */
void mg_printer_add_rfc3339(struct mg_printer *p, int64_t t);

/* t as "2026-03-01 00:00", the same. */
void mg_printer_add_local(struct mg_printer *p, struct mg_buf *b, int64_t t);

/*
 * Numbers for people: 1234, 12.3k, 4.5M; 512 B, 12.3 KiB; 1.5 %. At most six
 * columns, rounded down, so that none seems to be over a limit that it is not.
 */
void mg_printer_add_short(struct mg_buf *b, int64_t n);
void mg_printer_add_bytes(struct mg_buf *b, int64_t n);
void mg_printer_add_share(struct mg_buf *b, int64_t thousandths);

/*
 * A plot of characters: blank for nothing, something for anything. Returns the
 * columns that it takes.
 */
size_t mg_printer_add_course(struct mg_buf *b, const int64_t *values, size_t n,
			     bool is_utf8);
size_t mg_printer_add_bar(struct mg_buf *b, int64_t n, int64_t max,
			  bool is_utf8);

/*
 * Writes p->buf and empties it when there is enough in it to be worth a call of
 * the kernel. printer.c does so after each row; a format that makes its lines
 * in end() does it itself.
 */
void mg_printer_flush_some(struct mg_printer *p);

#endif
