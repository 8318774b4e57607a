/* SPDX-License-Identifier: MIT */
/*
 * sweep_run_priv - what a run holds, for who makes it and for its passes.
 */
#ifndef MG_SWEEP_RUN_PRIV_H
#define MG_SWEEP_RUN_PRIV_H

#include "command.h"
#include "sweep_plan.h"
#include "sweep_progress.h"
#include "sweep_run.h"
#include "sweep_say.h"

#include "mailguard/account.h"
#include "mailguard/find.h"
#include "mailguard/policies.h"
#include "mailguard/priv.h"
#include "mailguard/sweep.h"

/* What a run holds, from the host up to the sweep. */
struct mg_sweep_run {
	const struct mg_sweep_options *opts; /* borrowed */
	struct mg_command_host host;
	int state_fd, lock_fd;
	struct mg_store *store;
	struct mg_accounts accounts; /* empty until a log has something new */
	bool has_accounts;
	bool is_ready;      /* to be swept */
	bool is_configured; /* the sources that are set are swept */
	bool is_stopped;    /* in this pass: the account tables are gone */
	bool has_swept;     /* in a pass before */
	struct mg_policies policies;
	struct mg_finder finder;
	struct mg_sweep *sweep;
	int64_t began_at;
	struct mg_sweep_plan plan;
	struct mg_sweep_progress progress;
	struct mg_sweep_say say;
	int plan_status;     /* of the sources that could not be planned */
	int known_status;    /* what the health file says */
	uint64_t n_findings; /* of all passes */
};

#endif
