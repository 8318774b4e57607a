/* SPDX-License-Identifier: MIT */
/*
 * ladder - offences of an account in, where it stands out.
 *
 * No file, no clock, no memory: the same offences give the same rung, whatever
 * sweep found them. An offence is a strike while it stands, is not forgiven, was
 * not only observed, and is not that of a stranger who used the account.
 */
#ifndef MAILGUARD_LADDER_H
#define MAILGUARD_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/policy.h"

/* An offence as the ladder sees it. */
struct mg_ladder_offence {
	int64_t at; /* hour of the first that was found of it, Unix seconds */
	int64_t until; /* it is forgiven from here on */
	enum mg_cause cause;
	bool is_observed;  /* nothing was to follow from it */
	bool is_confirmed; /* a person said the cause */
	bool is_withdrawn; /* a person took it back */
};

/* Where an account stands. */
struct mg_standing {
	int64_t n_strikes;          /* that count at the time */
	const struct mg_rung *rung; /* of the last of them; NULL for none */
	const struct mg_rung *next; /* of one more; NULL: no rung has it */
};

/*
 * Whether it counts at a time. What was only observed does once a person has
 * said that it was not a stranger.
 */
bool mg_ladder_is_strike(const struct mg_ladder_offence *o, int64_t now);

/* The rung of the n-th strike; NULL for none. n of 0 has none. */
const struct mg_rung *mg_ladder_rung(const struct mg_ladder *l, int64_t n);

struct mg_standing mg_ladder_stand(const struct mg_ladder *l,
				   const struct mg_ladder_offence *offences,
				   size_t n, int64_t now);

/*
 * mg_ladder_joins - whether what was found in an hour is of an offence that
 * began in another: nearer to it than the ladder's merge_s.
 */
bool mg_ladder_joins(const struct mg_ladder *l,
		     const struct mg_ladder_offence *o, int64_t hour);

/*
 * mg_ladder_step - what follows from something that was found.
 *
 * standing   in   with the offence that it is of
 *
 * Who was compromised is stopped, as far as the ladder goes, and no more than
 * the mailbox. Returns the rung, NULL where nothing follows.
 */
const struct mg_rung *mg_ladder_step(const struct mg_ladder *l,
				     const struct mg_standing *standing,
				     enum mg_cause cause);

/*
 * mg_ladder_hour - the hour that a window ends in, as findings are told apart.
 *
 * until      in   end of the window, behind its last slot
 * offset_s   in   where hours start (store.h)
 */
int64_t mg_ladder_hour(int64_t until, int32_t offset_s);

#endif
