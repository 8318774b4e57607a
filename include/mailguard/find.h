/* SPDX-License-Identifier: MIT */
/*
 * find - what the judge says goes into the ledger.
 *
 * Between a sweep and its judge: each chunk is judged by every policy, in the
 * transaction of the chunk. What was found before and has not changed is not
 * written again; what is known better now is, and what turned out not to be so
 * is withdrawn. Of a log that every local user can write to nothing new is found
 * in windows that ended more than MG_SLOTS_KEPT_S before the last event of the
 * stream: the stamps of its lines may be made up, and the counts that stood in
 * such a window are gone. Nothing on the host is touched.
 */
#ifndef MAILGUARD_FIND_H
#define MAILGUARD_FIND_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/judge.h"
#include "mailguard/policy.h"
#include "mailguard/store.h"
#include "mailguard/sweep.h"

struct mg_finder {
	struct mg_store *store;           /* borrowed */
	const struct mg_policy *policies; /* borrowed */
	size_t n_policies;
	uint64_t n_clauses; /* of all of them */
	int64_t now;
	uint64_t n_findings, n_warnings; /* that are new */
	int64_t *clauses; /* owned; rows in the ledger, by policy and clause */
	struct mg_sweep_judge judge; /* for the options of a sweep */
};

/* Borrows store and policies until mg_finder_release. */
void mg_finder_init(struct mg_finder *f, struct mg_store *store,
		    const struct mg_policy *policies, size_t n, int64_t now);

/*
 * mg_finder_add - take in what was not found in a log: of a clause, a subject and
 * an hour the first verdict stands. In a transaction of the caller's.
 *
 * policy   in   number of the policy, whose clause it is
 *
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_finder_add(struct mg_finder *f, size_t policy,
			       const struct mg_verdict *v, struct mg_err *err);

/* Frees what it holds; accepts a zeroed one. */
void mg_finder_release(struct mg_finder *f);

#endif
