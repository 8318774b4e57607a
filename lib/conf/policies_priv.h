/* SPDX-License-Identifier: MIT */
/*
 * policies_priv - the ladder of a policy, out of its file.
 */
#ifndef MG_POLICIES_PRIV_H
#define MG_POLICIES_PRIV_H

#include "mailguard/policies.h"

#define MG_RUNGS_MAX 20

struct mg_file_offences {
	int64_t expire_s, merge_s;
};

extern const struct mg_conf_table mg_policies_offences_table;
extern const struct mg_conf_table mg_policies_rung_table;

/*
 * mg_policies_take_ladder - what a file says of offences.
 *
 * p   in/out  with its clauses; gets its ladder
 *
 * What is wrong with it is told to conf. Returns the rungs, which the caller
 * frees.
 */
struct mg_rung *mg_policies_take_ladder(struct mg_conf *conf,
					const struct mg_file_offences *offences,
					const struct mg_conf_groups *rungs,
					struct mg_policy *p);

#endif
