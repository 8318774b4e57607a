/* SPDX-License-Identifier: MIT */
/*
 * budget_priv - what the parts of budget share.
 */
#ifndef MG_BUDGET_PRIV_H
#define MG_BUDGET_PRIV_H

#include "mailguard/budget.h"

/*
 * Whether a row has room without a look at whether it is there: of all that
 * were announced each, or none.
 */
bool mg_budget_is_free(struct mg_budget_room *r, int64_t max);

/* Frees what is known of checks. */
void mg_budget_release_checks(struct mg_budget *b);

#endif
