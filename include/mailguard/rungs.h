/* SPDX-License-Identifier: MIT */
/*
 * rungs - what ladders made of a log, or would have, as a table, JSON or CSV.
 */
#ifndef MAILGUARD_RUNGS_H
#define MAILGUARD_RUNGS_H

#include "mailguard/err.h"
#include "mailguard/findings.h"
#include "mailguard/store.h"

/* The value of "schema" in JSON; tests/data/schema holds it. */
#define MG_RUNGS_SCHEMA "mailguard.rungs/1"

/*
 * mg_rungs_print - print the acts of policies that are no limits: whom they
 * warn, throttle, suspend, and for whom a termination waits, by time.
 *
 * opts     in   format, zone, descriptor and what is behind it
 *
 * Returns 0 or a negative code.
 */
MG_NODISCARD int mg_rungs_print(struct mg_store *s,
				const struct mg_findings_opts *opts,
				struct mg_err *err);

#endif
