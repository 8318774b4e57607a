/* SPDX-License-Identifier: MIT */
/*
 * act_priv - the parts of enforcing.
 */
#ifndef MG_ACT_PRIV_H
#define MG_ACT_PRIV_H

#include "mailguard/enforce.h"

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

/* Whether the account tables are needed for it. */
bool mg_expand_needs_accounts(const struct mg_act *act);

/* An address, or a network of IPv6 as the judge names it, of its text. */
bool mg_expand_network(struct mg_slice text, struct mg_network *out);

#endif
