/* SPDX-License-Identifier: MIT */
/*
 * sweep_plan - what a sweep is to read: the logs that are named, or the sources
 * that are set.
 */
#ifndef MG_SWEEP_PLAN_H
#define MG_SWEEP_PLAN_H

#include "sweep_say.h"

#include <stdbool.h>
#include <stddef.h>

#include "mailguard/arena.h"
#include "mailguard/settings.h"
#include "mailguard/sweep.h"

/* Logs that are read together: nothing but their paths tells them apart. */
struct mg_sweep_batch {
	enum mg_dialect dialect;
	struct mg_slice source; /* the stream of events that they are part of */
	const char *old_dir;    /* NULL for none; stands as long as the plan */
	bool is_journal;        /* the host's; no logs */
	bool is_export;         /* standard input, before the logs */
	char **paths;           /* owned; each stands as long as the plan */
	size_t n_paths, cap_paths;
	struct mg_drift_tally drift; /* of all that was read */
};

/* Zeroed it is empty. */
struct mg_sweep_plan {
	struct mg_sweep_batch *batches; /* owned */
	size_t n_batches, cap_batches;
	struct mg_arena arena;
};

/* The words of the command line that a plan depends on; NULL if not given. */
struct mg_sweep_words {
	const char *dialect, *old_dir, *source;
	bool is_journal;
	char **logs; /* paths and patterns */
	size_t n_logs;
};

/*
 * mg_sweep_plan - find out what there is to read.
 *
 * plan       out     zeroed by the caller, whose it is (mg_sweep_plan_release)
 * root_path  in      the host's root, below which the paths that are set lie
 * say        in/out  hears of patterns that nothing matches; the rest is read
 *
 * Returns 0; -MG_EUSAGE when there is nothing to read, or a word that is
 * unknown or not for what is read.
 */
MG_NODISCARD int mg_sweep_plan(struct mg_sweep_plan *plan,
			       const struct mg_sweep_words *words,
			       const struct mg_settings *settings,
			       const char *root_path, struct mg_sweep_say *say,
			       struct mg_err *err);

void mg_sweep_plan_release(struct mg_sweep_plan *plan);

#endif
