/* SPDX-License-Identifier: MIT */
/*
 * policies_priv - the parts of a policy, out of its file.
 */
#ifndef MG_POLICIES_PRIV_H
#define MG_POLICIES_PRIV_H

#include "mailguard/policies.h"

#define MG_RUNGS_MAX 20
#define MG_POLICIES_LIMIT_MAX                                                  \
	1000000000 /* an hour of a mail server at its end */

struct mg_file_offences {
	int64_t expire_s, merge_s;
};

extern const struct mg_conf_table mg_policies_offences_table;
extern const struct mg_conf_table mg_policies_rung_table;

extern const struct mg_conf_table mg_policies_clause_table;

/* Whether it can be the name of a policy or a clause; NULL, or what is wrong. */
const char *mg_policies_check_id(struct mg_slice s);

/* NULL for none. */
const struct mg_clause *mg_policies_find_clause(const struct mg_policy *p,
						struct mg_slice id);

/*
 * mg_policies_take_clauses - the clauses of a file, which become those of p.
 *
 * What is wrong with them is told to conf. Returns them; the caller frees.
 */
struct mg_clause *mg_policies_take_clauses(struct mg_conf *conf,
					   const struct mg_conf_groups *raw,
					   struct mg_policy *p);

/* Whether a limit is one that the rule of a clause can have. */
void mg_policies_check_limit(struct mg_conf *conf, const struct mg_clause *c,
			     int64_t limit, struct mg_conf_place at);

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
