/* SPDX-License-Identifier: MIT */
/*
 * act_priv - the parts of enforcing.
 */
#ifndef MG_ACT_PRIV_H
#define MG_ACT_PRIV_H

#include "mailguard/enforce.h"
#include "mailguard/ledger.h"

/* The clause as it is in force now, if it is the one that was met, and its
   policy; or NULL. */
const struct mg_clause *mg_enforce_clause(const struct mg_enforcer *e,
					  const struct mg_ledger_clause *c,
					  const struct mg_policy **policy);

/*
 * mg_expand_act - the keys of an act, added to the list.
 *
 * accounts   in   NULL is fine for an act on an address
 *
 * Returns how many were added: 0 for a name that is nobody's here.
 */
size_t mg_expand_act(const struct mg_act *act,
		     const struct mg_accounts *accounts,
		     struct mg_force *force);

/* Whether it leads to the unit above its subject: a script of an account that
   shares its user id with others, so that its local mail cannot be told from
   theirs. */
bool mg_expand_is_wider(const struct mg_act *act,
			const struct mg_accounts *accounts);

/* Whether the account tables are needed for it. */
bool mg_expand_needs_accounts(const struct mg_act *act);

/* Acts that were begun; what is over their number waits. Zeroed it is empty. */
struct mg_cap {
	int64_t blocks, throttles;
	struct mg_network *sites; /* owned; of the blocks, of IPv6 */
	size_t n_sites, cap_sites;
};

/* Whether one more may be begun: blocks of one site of IPv6 are one. */
bool mg_cap_allows(const struct mg_cap *c, const struct mg_settings *settings,
		   const struct mg_act *act);
void mg_cap_count(struct mg_cap *c, const struct mg_act *act);
void mg_cap_release(struct mg_cap *c);

/* Whether a subject that is exempt spares what an act is about: an exempt
   account spares its domains and mailboxes, and so on down. */
bool mg_exemption_has(struct mg_slice per, struct mg_slice subject,
		      const struct mg_act *act);

/* Ends what a withdrawn finding led to, in force or waiting. Inside a
   transaction. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_settle_withdrawn(struct mg_enforcer *e, struct mg_err *err);

#endif
