/* SPDX-License-Identifier: MIT */
/*
 * status_priv - what was gathered of a state, for who prints it.
 */
#ifndef MG_STATUS_PRIV_H
#define MG_STATUS_PRIV_H

#include "mailguard/health.h"
#include "mailguard/status.h"

#define MG_STATUS_PROBLEM_MAX 640 /* bytes of one */

/* A log that is followed, or a source without files (the journal). */
struct mg_status_row {
	char source[32];
	struct mg_cursor log;  /* zeroed for a source without files */
	int64_t behind;        /* bytes that were not read yet; -1: not known */
	int64_t last_at;       /* of the source; INT64_MIN for none */
	int64_t swept_at;      /* last good sweep of the source; 0: not known */
	struct mg_drift drift; /* of the source */
};

struct mg_status_facts {
	struct mg_store *store;
	const struct mg_status_opts *opts;
	struct mg_health health;
	bool has_health;
	struct mg_unattributed share;
	int64_t state_bytes;
	struct mg_status_row *rows; /* owned */
	size_t n_rows, cap_rows;
	const struct mg_status_row *source; /* of which logs are added */
	struct mg_buf problems;             /* a line each */
	struct mg_err failure;
};

/* "4 min", "3 h", "2 d": of a number of seconds, for people. */
#define MG_SPAN_MAX 32
const char *mg_status_span(int64_t s, char out[MG_SPAN_MAX]);

/* Prints it, as text or JSON. Returns 0 or a negative code. */
MG_NODISCARD int mg_status_print(struct mg_status_facts *s, struct mg_err *err);

#endif
