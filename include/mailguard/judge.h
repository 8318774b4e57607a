/* SPDX-License-Identifier: MIT */
/*
 * judge - counters and a policy in, what was found out.
 *
 * No file, no clock, no memory of what was before: the same counters give the
 * same verdicts. So a log that is swept in one piece, in seven, or again after a
 * crash comes to the same end, and a backtest is a sweep.
 *
 * A window is a row of slots of MG_SLOT_S seconds: for an hour, rolling, twelve
 * that end with one in which the subject did something. It never counts more
 * than its length, and misses at most what stands in the part of a slot before
 * it. Where the clause asks for something to be done a window is over the limit
 * that has reached it, so that the next message is the first too many; else what
 * is more than the limit is. Of a clause, a subject and an hour there is one finding, of the first
 * window that ends in that hour and is over the limit, and one warning, where
 * there is an earlier window that comes near it.
 */
#ifndef MAILGUARD_JUDGE_H
#define MAILGUARD_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/docket.h"
#include "mailguard/policy.h"
#include "mailguard/slice.h"

struct mg_verdict {
	const struct mg_clause *clause;
	struct mg_slice subject;                /* its name */
	struct mg_slice domain, account, owner; /* that it belonged to */
	struct mg_slice plan; /* of that account; empty for none known */
	bool is_warning;      /* near the limit only */
	int64_t hour;         /* start of the one that its windows end in */
	int64_t since; /* slots from here on were judged; what was found of
			    a slot before it stands */
	bool is_found; /* the rest is set; else nothing of since .. is over */
	int64_t from, until; /* the window, Unix seconds */
	int64_t n; /* what was counted in it: of messages to many, recipients of
		      the largest, or those of one subject line */
	int64_t of;    /* FAILURE_RATE: recipients; is_each: mailboxes; or 0 */
	int64_t limit; /* that was in force */
	const struct mg_origin *main; /* of a clause about mail: who did most
					 of it; NULL for none */
	int64_t main_n;               /* how much that was */
	int64_t n_local;              /* of n: handed in by system users */
	const struct mg_override *override; /* that set it; NULL for none */
	const struct mg_waiver *waiver;     /* NULL for none */
};

/* Whether one origin reached the limit alone, and the rest of what was counted
   did not: it is enough then to stop that one. */
static inline bool mg_judge_is_alone(int64_t n, int64_t main_n, int64_t limit)
{
	return main_n >= limit && n - main_n < limit;
}

/* Returns 0 to go on; anything else ends it. Slices stand for the call. */
typedef int (*mg_verdict_fn)(void *arg, const struct mg_verdict *verdict);

/* The longest window of a policy, seconds; 0 where it has no clause. */
int64_t mg_judge_reach(const struct mg_policy *p);

/*
 * mg_judge - find what the clauses of a policy say of counters.
 *
 * docket   in   of each subject that has anything new, all that the longest
 *               window before and after it holds
 *
 * Calls fn in the order of clauses, subjects, hours; the finding before the
 * warning. An hour has one finding: the first, but where one origin was over the
 * limit alone, and later the others are as well. Where nothing is found, it says so only where something could have
 * been found before: counts were taken back, or a share fell.
 *
 * What is counted elsewhere (MG_RULE_DIRECT_SMTP) is found elsewhere (find.h).
 * Mail relayed by address, which is its sender's word alone, and mail of nobody
 * is never judged. Names that were too many ("*") are no mailbox and no script.
 *
 * Returns 0, or what fn returned.
 */
int mg_judge(const struct mg_policy *p, const struct mg_docket *docket,
	     mg_verdict_fn fn, void *arg);

#endif
