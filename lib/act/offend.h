/* SPDX-License-Identifier: MIT */
/*
 * offend - from a finding to an offence, and from that to acts.
 */
#ifndef MG_OFFEND_H
#define MG_OFFEND_H

#include "breaker.h"

#include "mailguard/ladder.h"
#include "mailguard/policy.h"

/* A finding that is to be looked at. */
struct mg_offend_item {
	struct mg_finding finding;
	const struct mg_policy *policy;
	const struct mg_clause *clause;
	struct mg_slice sentence;
};

/* What offences are decided with, in one transaction. */
struct mg_offender {
	struct mg_enforcer *e;
	const struct mg_accounts *accounts;
	struct mg_breaker breaker;
	int64_t first_at; /* the first sweep that acted */
	int32_t hour_offset_s;
	struct mg_err *err;
};

/* Where an offence stands among those of its account. */
struct mg_offend_case {
	struct mg_offence offence;
	struct mg_standing standing;
};

/*
 * mg_offend_record - the offence that a finding is of, in the ledger.
 *
 * Returns 1 where something is to follow, with the case; 0 where nothing does;
 * -MG_EIO.
 */
MG_NODISCARD int mg_offend_record(struct mg_offender *o,
				  const struct mg_offend_item *item,
				  struct mg_offend_case *out);

/* What follows from it, as acts. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_offend_climb(struct mg_offender *o,
				 const struct mg_offend_item *item,
				 const struct mg_offend_case *at);

/* A warning, of a finding that comes near a limit or whose clause warns. */
MG_NODISCARD int mg_offend_warn(struct mg_offender *o,
				const struct mg_offend_item *item);

/* Whether a person said that nothing touches whom it is about. */
MG_NODISCARD int mg_offend_is_exempt(struct mg_offender *o,
				     const struct mg_offend_item *item,
				     bool *out);

#endif
