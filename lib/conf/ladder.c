/* SPDX-License-Identifier: MIT */
#include "mailguard/ladder.h"

#define HOUR_S 3600

bool mg_ladder_is_strike(const struct mg_ladder_offence *o, int64_t now)
{
	return !o->is_withdrawn && now < o->until &&
	       o->cause != MG_CAUSE_COMPROMISED &&
	       (!o->is_observed || o->is_confirmed);
}

const struct mg_rung *mg_ladder_rung(const struct mg_ladder *l, int64_t n)
{
	const struct mg_rung *rung = NULL;

	for (size_t i = 0; i < l->n_rungs && l->rungs[i].offence <= n; i++)
		rung = &l->rungs[i];
	return rung;
}

struct mg_standing mg_ladder_stand(const struct mg_ladder *l,
				   const struct mg_ladder_offence *offences,
				   size_t n, int64_t now)
{
	struct mg_standing s = { .n_strikes = 0 };

	for (size_t i = 0; i < n; i++)
		s.n_strikes += mg_ladder_is_strike(&offences[i], now);
	s.rung = mg_ladder_rung(l, s.n_strikes);
	s.next = mg_ladder_rung(l, s.n_strikes + 1);
	return s;
}

bool mg_ladder_joins(const struct mg_ladder *l,
		     const struct mg_ladder_offence *o, int64_t hour)
{
	return !o->is_withdrawn && hour < o->at + l->merge_s &&
	       hour > o->at - l->merge_s;
}

/* The last one that stops no more than a mailbox. */
static const struct mg_rung *gentle_rung(const struct mg_ladder *l)
{
	const struct mg_rung *rung = NULL;

	for (size_t i = 0; i < l->n_rungs; i++)
		if (l->rungs[i].step <= MG_STEP_SUSPEND_MAILBOX)
			rung = &l->rungs[i];
	return rung;
}

const struct mg_rung *mg_ladder_step(const struct mg_ladder *l,
				     const struct mg_standing *standing,
				     enum mg_cause cause)
{
	/* Of ladders that begin with more than that. */
	static const struct mg_rung mailbox = {
		.offence = 1,
		.step = MG_STEP_SUSPEND_MAILBOX,
	};
	const struct mg_rung *gentle;

	if (cause != MG_CAUSE_COMPROMISED || l->n_rungs == 0)
		return standing->rung;
	gentle = gentle_rung(l);
	if (l->rungs[l->n_rungs - 1].step > MG_STEP_SUSPEND_MAILBOX &&
	    (!gentle || gentle->step < MG_STEP_SUSPEND_MAILBOX))
		return &mailbox;
	return gentle;
}

int64_t mg_ladder_hour(int64_t until, int32_t offset_s)
{
	/* Its last slot is what it ends in. */
	const int64_t into = (until - 1 - offset_s) % HOUR_S;

	return until - 1 - (into < 0 ? into + HOUR_S : into);
}
