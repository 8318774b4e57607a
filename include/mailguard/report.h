/* SPDX-License-Identifier: MIT */
/*
 * report - counts of the store as a table, JSON or CSV.
 */
#ifndef MAILGUARD_REPORT_H
#define MAILGUARD_REPORT_H

#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/printer.h"
#include "mailguard/rollup.h"
#include "mailguard/slice.h"
#include "mailguard/store.h"
#include "mailguard/tz.h"

/* The value of "schema" in JSON; tests/data/schema holds it. */
#define MG_REPORT_SCHEMA "mailguard.report/1"

struct mg_report_opts {
	struct mg_report_query query;
	enum mg_format format;
	const struct mg_tz *tz; /* zone of times shown; NULL is UTC */
	int fd;
};

/* "domain", "sender-domain". Returns false for any other word. */
bool mg_report_by_parse(struct mg_slice word, enum mg_report_by *out);

/* "table", "json", "csv". Returns false for any other word. */
bool mg_report_format_parse(struct mg_slice word, enum mg_format *out);

/*
 * mg_report_time_parse - a point in time as a person gives it.
 *
 * word   in   a duration back from now ("24h"; units s m h d), which is rounded
 *             down to the start of its hour, or a date and
 *             perhaps a time "2026-03-01[ T]12:00[:00]", with a Z for UTC, else
 *             in the zone
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
 * Returns 0, or a negative code.
 */
MG_NODISCARD int mg_report_run(struct mg_store *store,
			       const struct mg_report_opts *opts,
			       uint64_t *n_rows, uint64_t *n_left,
			       struct mg_err *err);

#endif
