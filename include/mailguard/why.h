/* SPDX-License-Identifier: MIT */
/*
 * why - a finding from the clause down to what was counted, the actions that
 * followed, and where their account stands on its ladder, for people who have to
 * answer for them.
 */
#ifndef MAILGUARD_WHY_H
#define MAILGUARD_WHY_H

#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/findings.h"
#include "mailguard/policy.h"
#include "mailguard/store.h"
#include "mailguard/tz.h"

#define MG_WHY_SCHEMA "mailguard.why/1"

struct mg_why_opts {
	/* Subject or id, zone, descriptor; a format of JSON, else text. */
	const struct mg_findings_opts *of;
	const struct mg_policy *policies; /* whose ladders are climbed */
	size_t n_policies;
	int64_t now; /* Unix seconds */
};

/*
 * mg_why_print - explain the findings that are asked for, and hold.
 *
 * n_rows   out  findings, actions and standings explained
 *
 * The counts are those that the state has now: hours as long as they are kept,
 * slots of five minutes for two hours.
 *
 * Returns 0 or a negative code.
 */
MG_NODISCARD int mg_why_print(struct mg_store *s,
			      const struct mg_why_opts *opts, uint64_t *n_rows,
			      struct mg_err *err);

#endif
