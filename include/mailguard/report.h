/* SPDX-License-Identifier: MIT */
/*
 * report - counts of the store as a table, JSON, CSV, a page of HTML, or
 * metrics for Prometheus.
 */
#ifndef MAILGUARD_REPORT_H
#define MAILGUARD_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/address.h"
#include "mailguard/err.h"
#include "mailguard/limits.h"
#include "mailguard/printer.h"
#include "mailguard/rollup.h"
#include "mailguard/slice.h"
#include "mailguard/store.h"
#include "mailguard/term.h"
#include "mailguard/tz.h"

/* The value of "schema" in JSON; tests/data/schema holds it. */
#define MG_REPORT_SCHEMA "mailguard.report/1"

/*
 * Rows of a table, which is kept until its columns line up. More are for
 * programs, and those read JSON and CSV. 250 bytes each.
 */
#define MG_REPORT_ROWS_MAX 500000

/*
 * Rows of metrics. Each is a series of every metric in the server that
 * collects them, for ever; a thousand of nine metrics are as many as its
 * makers advise against for one exporter.
 */
#define MG_REPORT_METRICS_MAX 1000

struct mg_report_opts {
	struct mg_report_query query;
	enum mg_format format;
	const struct mg_tz *tz; /* zone of times shown; NULL is UTC */
	struct mg_term term;    /* of a table */
	bool is_exact;          /* a table rounds no number on a terminal */
	int64_t now;            /* Unix seconds; said in a page and metrics */
	int fd;
};

/* Whom a report is about: "domain:a.example". */
struct mg_report_about {
	enum mg_report_by kind;
	size_t len; /* of the name, as the store has it */
	char name[MG_ORIGIN_NAME_MAX];
};

/* "domain", "sender-domain". Returns false for any other word. */
bool mg_report_by_parse(struct mg_slice word, enum mg_report_by *out);

/* "table", "json", "csv", "html", "prometheus". Returns false for others. */
bool mg_report_format_parse(struct mg_slice word, enum mg_format *out);

/*
 * mg_report_sort_parse - the name of a column, as in CSV, in any case.
 *
 * q   in/out  what a row is; gets the order
 *
 * Returns 0 or -MG_EUSAGE.
 */
MG_NODISCARD int mg_report_sort_parse(struct mg_slice word,
				      struct mg_report_query *q,
				      struct mg_err *err);

/*
 * mg_report_about_parse - a subject as a person names it.
 *
 * word   in   "KIND:NAME", KIND one of domain, mailbox, account, owner, script,
 *             ip; an address; or a bare name, which the store knows as one
 *             kind only
 * out    out  written on success, scratch on failure
 *
 * Returns 0, -MG_EUSAGE saying what is wrong with the word, or -MG_EIO.
 */
MG_NODISCARD int mg_report_about_parse(struct mg_store *s, struct mg_slice word,
				       struct mg_report_about *out,
				       struct mg_err *err);

/* What rows are when a subject was given, but not what they are to be. */
enum mg_report_by mg_report_by_of(const struct mg_report_about *about);

/*
 * mg_report_set_about - narrow a query, whose `by` is set, to a subject.
 *
 * about   in   borrowed until the end of the query
 *
 * Returns 0, or -MG_EUSAGE when the two do not go together.
 */
MG_NODISCARD int mg_report_set_about(struct mg_report_query *q,
				     const struct mg_report_about *about,
				     struct mg_err *err);

/*
 * mg_report_time_parse - a point in time as a person gives it.
 *
 * word   in   "today" or "yesterday", the start of that day; a duration back
 *             from now ("24h"; units s m h d w), which is rounded down to the
 *             start of its hour; or a date and perhaps a time
 *             "2026-03-01[ T]12:00[:00]", with a Z for UTC, else in the zone
 * tz     in   the zone; NULL is UTC
 * now    in   Unix seconds
 *
 * Returns 0, or -MG_EUSAGE saying what is accepted.
 */
MG_NODISCARD int mg_report_time_parse(struct mg_slice word,
				      const struct mg_tz *tz, int64_t now,
				      int64_t *out, struct mg_err *err);

/*
 * mg_report_run - print a report.
 *
 * n_rows, n_left   out  rows printed, and rows that query.top left out
 *
 * A page and metrics are of one time over all, without hours and slots, and
 * metrics of MG_REPORT_METRICS_MAX rows at most: else -MG_EUSAGE.
 *
 * Returns 0, or a negative code.
 */
MG_NODISCARD int mg_report_run(struct mg_store *store,
			       const struct mg_report_opts *opts,
			       uint64_t *n_rows, uint64_t *n_left,
			       struct mg_err *err);

#endif
