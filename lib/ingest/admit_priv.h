/* SPDX-License-Identifier: MIT */
/*
 * admit_priv - what the files of the boundary share.
 */
#ifndef MG_ADMIT_PRIV_H
#define MG_ADMIT_PRIV_H

#include "mailguard/admit.h"

/* Hours outside these are no log's: 1990-01-01 and 2200-01-01. */
#define MG_ADMIT_HOUR_MIN 631152000
#define MG_ADMIT_HOUR_MAX 7258118400

/* -MG_EPARSE: the child named something that the tables do not have. */
int mg_admit_refuse(struct mg_err *err, const char *what);

/* Whether name, domain and account belong together. 0 or -MG_EPARSE. */
MG_NODISCARD int mg_admit_check_subject(const struct mg_accounts *accounts,
					enum mg_space space,
					const struct mg_subject *s,
					struct mg_err *err);

/*
 * The row of an origin that may be none (0), made when it is first needed.
 * Returns 0, -MG_EPARSE for a number that no origin has, or what the store
 * returned.
 */
MG_NODISCARD int mg_admit_origin_row(struct mg_admit *a, uint32_t number,
				     int64_t *row, struct mg_err *err);

/* Whether a time is the start of a period of some seconds. */
bool mg_admit_is_period(const struct mg_admit *a, int64_t at, int seconds);

/*
 * mg_admit_large - gather messages to many; _settle finds the row of each, and
 * puts it on the docket where the chunk is judged; _write keeps those of slots
 * that start at `from` or later.
 */
MG_NODISCARD int mg_admit_large(struct mg_admit *a,
				const struct mg_record_large *r,
				struct mg_err *err);
MG_NODISCARD int mg_admit_settle_large(struct mg_admit *a, struct mg_err *err);
MG_NODISCARD int mg_admit_write_large(struct mg_admit *a, int64_t from,
				      struct mg_err *err);

/* Writes the checks that were gathered. Returns what the store returned. */
MG_NODISCARD int mg_admit_write_checks(struct mg_admit *a, struct mg_err *err);

#endif
