/* SPDX-License-Identifier: MIT */
/*
 * offence_print - offences and where they put their accounts, as a table, JSON
 * or CSV.
 */
#ifndef MAILGUARD_OFFENCE_PRINT_H
#define MAILGUARD_OFFENCE_PRINT_H

#include "mailguard/err.h"
#include "mailguard/findings.h"
#include "mailguard/policy.h"
#include "mailguard/store.h"

/* The value of "schema" in JSON; tests/data/schema holds it. */
#define MG_OFFENCES_SCHEMA "mailguard.offences/1"

struct mg_offence_print_opts {
	const struct mg_findings_opts
		*of;                      /* which: an id, or a subject: who did
					      it, its account or owner */
	const struct mg_policy *policies; /* whose ladders are climbed */
	size_t n_policies;
	int64_t now; /* Unix seconds */
};

/*
 * mg_offence_print - print them, the oldest first.
 *
 * n_rows   out  how many there are
 *
 * Returns 0 or a negative code.
 */
MG_NODISCARD int mg_offence_print(struct mg_store *s,
				  const struct mg_offence_print_opts *opts,
				  uint64_t *n_rows, struct mg_err *err);

#endif
