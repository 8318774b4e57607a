/* SPDX-License-Identifier: MIT */
/*
 * why - a finding from the clause down to what was counted, and the actions that
 * followed, for people who have to answer for them.
 */
#ifndef MAILGUARD_WHY_H
#define MAILGUARD_WHY_H

#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/findings.h"
#include "mailguard/store.h"
#include "mailguard/tz.h"

#define MG_WHY_SCHEMA "mailguard.why/1"

/*
 * mg_why_print - explain the findings that are asked for, and hold.
 *
 * opts     in   subject or id, zone, descriptor; a format of JSON, else text
 * n_rows   out  findings and actions explained
 *
 * The counts are those that the state has now: hours as long as they are kept,
 * slots of five minutes for two hours.
 *
 * Returns 0 or a negative code.
 */
MG_NODISCARD int mg_why_print(struct mg_store *s,
			      const struct mg_findings_opts *opts,
			      uint64_t *n_rows, struct mg_err *err);

#endif
