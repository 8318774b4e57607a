/* SPDX-License-Identifier: MIT */
/*
 * sweep_progress - how far a sweep has come, on a terminal.
 */
#ifndef MG_SWEEP_PROGRESS_H
#define MG_SWEEP_PROGRESS_H

#include "sweep_plan.h"

#include <stdbool.h>

#include "mailguard/progress.h"

struct mg_sweep_ahead;

/* Zeroed it shows nothing. */
struct mg_sweep_progress {
	struct mg_progress line;
	uint64_t n_bytes, n_lines;
	/* Logs and what is left of them, as far as it is known; owned. */
	struct mg_sweep_ahead *logs;
	size_t n_logs, cap_logs;
	int64_t left_bytes; /* of all of them */
	bool is_known;      /* how much there is to read */
};

/* Shows nothing where standard error is no terminal, or is_quiet. */
void mg_sweep_progress_begin(struct mg_sweep_progress *p,
			     const struct mg_sweep_plan *plan, bool is_quiet);
void mg_sweep_progress_release(struct mg_sweep_progress *p);

/* A chunk was read. */
void mg_sweep_progress_step(struct mg_sweep_progress *p,
			    const struct mg_sweep_step *step);

/* Nothing more will be read of a log; something else is going to be said. */
void mg_sweep_progress_end_log(struct mg_sweep_progress *p, const char *path);

/* Something else is going to be said. */
void mg_sweep_progress_clear(struct mg_sweep_progress *p);

#endif
