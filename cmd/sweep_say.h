/* SPDX-License-Identifier: MIT */
/*
 * sweep_say - what a sweep says to people, and the exit status it comes to.
 *
 * Remarks are silenced by --quiet (log.h), warnings and errors are not.
 */
#ifndef MG_SWEEP_SAY_H
#define MG_SWEEP_SAY_H

#include <stdbool.h>

#include "mailguard/enforce.h"
#include "mailguard/find.h"
#include "mailguard/sweep.h"

/* Zeroed nothing was said. */
struct mg_sweep_say {
	int status;      /* so far: of the first log that failed, or MG_EFOUND
		       when there was a warning */
	bool is_strange; /* one of the logs was no such log */
	bool is_terse;   /* what was read in order is no remark */
	bool has_gap;    /* a log was cut, lost, or could not be read */
	bool is_open;    /* suspensions wait for a person */
};

/* What was read of a log, or of a stream. */
void mg_sweep_say_result(struct mg_sweep_say *say, const char *path,
			 const struct mg_sweep_result *x);

/* A log that was passed over. */
void mg_sweep_say_failure(struct mg_sweep_say *say, const struct mg_err *err);

/* What happened to a log (struct mg_sweep_host). */
void mg_sweep_say_event(struct mg_sweep_say *say,
			const struct mg_sweep_event *e);

/*
 * How many of what was found are new.
 *
 * is_scratch   in   no ledger keeps them
 */
void mg_sweep_say_findings(const struct mg_finder *f, bool is_scratch);

/* What was begun because of it, and what waits; nothing where there is none. */
void mg_sweep_say_acts(struct mg_sweep_say *say, const struct mg_enforcer *e);

/* Whether the host's zone is another one than at the last sweep. */
void mg_sweep_say_zone(struct mg_sweep_say *say, const struct mg_sweep_zone *z);

/* Over all logs: whether the daemons write what they used to. */
void mg_sweep_say_drift(struct mg_sweep_say *say,
			const struct mg_drift_tally *t);

#endif
