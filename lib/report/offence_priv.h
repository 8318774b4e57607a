/* SPDX-License-Identifier: MIT */
/*
 * offence_priv - an offence as people are told of it.
 */
#ifndef MG_OFFENCE_PRIV_H
#define MG_OFFENCE_PRIV_H

#include "mailguard/findings.h"
#include "mailguard/offences.h"

/* Whether it counts on the ladder at a time. */
bool mg_offence_is_strike(const struct mg_offence *o, int64_t now);

/* "counts", or why it does not. */
const char *mg_offence_state(const struct mg_offence *o, int64_t now);

/* Whether it is one of those asked for: by its id, who did it, its account, its
   owner. */
bool mg_offence_is_asked(const struct mg_findings_opts *of,
			 const struct mg_offence *o);

#endif
