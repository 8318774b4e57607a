/* SPDX-License-Identifier: MIT */
/*
 * sweep_run - a sweep from its options to its end: the host, its account tables,
 * its policies, the state, the logs. A backtest is one whose state is in memory,
 * a watch one of many passes.
 */
#ifndef MG_SWEEP_RUN_H
#define MG_SWEEP_RUN_H

#include "command.h"
#include "sweep_plan.h"

#include <stdbool.h>

#include "mailguard/store.h"
#include "mailguard/tz.h"

/* As typed; NULL where nothing was. */
struct mg_sweep_options {
	struct mg_command_place place;
	const char *accounts, *source, *dialect, *old_dir, *policy;
	bool dry_run, journal, plain, quiet;
	uint32_t processes;
	bool is_scratch; /* a new state, in memory, not the host's */
	bool is_watch;   /* one of many passes: the lock is taken for each */
	void (*pulse)(void *arg); /* at each chunk that was read; or NULL */
	void *pulse_arg;
	const char *format; /* a backtest's, as those that follow */
	bool json, ladder;
};

struct mg_sweep_run;

/*
 * mg_sweep_run_new - get ready to sweep the logs that are named, or else what is
 * set: read the settings and policies, find the logs. Says what fails.
 *
 * opts   in   borrowed until mg_sweep_run_free
 *
 * Never returns NULL; the caller frees it.
 */
struct mg_sweep_run *mg_sweep_run_new(const struct mg_sweep_options *opts,
				      int n_logs, char **logs);

/* Whether that went well; else there is nothing to do but to free it. */
bool mg_sweep_run_is_ready(const struct mg_sweep_run *r);

/*
 * mg_sweep_run_pass - read what is new, and tell what comes of it. Where getting
 * ready has failed it does nothing.
 *
 * Returns 0, whatever mg_sweep_run_status is; of a watch -MG_EBUSY, saying
 * nothing, while somebody else has the lock.
 */
int mg_sweep_run_pass(struct mg_sweep_run *r);

/* The exit status that it came to. */
int mg_sweep_run_status(const struct mg_sweep_run *r);

/* What there is to read; findings that all passes came to. */
const struct mg_sweep_plan *mg_sweep_run_plan(const struct mg_sweep_run *r);
uint64_t mg_sweep_run_findings(const struct mg_sweep_run *r);

/* Borrowed until mg_sweep_run_free. The state is NULL where none was opened. */
struct mg_store *mg_sweep_run_store(const struct mg_sweep_run *r);
const struct mg_tz *mg_sweep_run_zone(const struct mg_sweep_run *r);

/*
 * mg_sweep_run_rehearse - what the ladders would have made of it (enforce.h), of
 * a state in memory.
 *
 * out   out   how many offences, acts, and acts that wait; borrows r
 */
MG_NODISCARD int mg_sweep_run_rehearse(struct mg_sweep_run *r,
				       struct mg_enforcer *out,
				       struct mg_err *err);

/* Lets go of it all; accepts NULL. */
void mg_sweep_run_free(struct mg_sweep_run *r);

#endif
