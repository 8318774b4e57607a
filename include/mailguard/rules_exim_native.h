/* SPDX-License-Identifier: MIT */
/*
 * rules_exim_native - limits that Exim counts by itself, without any sweep.
 *
 * Each clause of a policy that throttles by a rate of messages or recipients of
 * a mailbox, a domain, an account or its scripts becomes a `ratelimit` of Exim,
 * one count for SMTP with a login and for what local programs hand in. Windows
 * are those of the clock in UTC (of an hour: from :00 to :00), since the number
 * of the window is a part of the key: Exim's own smoothed rate lets in nearly
 * twice the limit at first, or lets in nobody who goes on trying.
 *
 * Who somebody is stands in a file of its own, the limits, which Exim looks up
 * as it does the map (rules_exim.h):
 *
 *     domain=a.example: account=joe l0=2000 t0=1795356260 .
 *     uid=5001: account=joe domain=a.example .
 *
 * that is, of clause 0 it has another limit until then. The sender's address
 * never says who somebody is.
 *
 * Pure: no file, no clock. Source: Exim specification, "Rate limiting incoming
 * messages"; tried with Exim 4.96.
 */
#ifndef MAILGUARD_RULES_EXIM_NATIVE_H
#define MAILGUARD_RULES_EXIM_NATIVE_H

#include <stdint.h>

#include "mailguard/account.h"
#include "mailguard/buf.h"
#include "mailguard/policies.h"
#include "mailguard/slice.h"

#define MG_RULES_EXIM_LIMITS "exim-limits" /* in the directory of maps */

/*
 * mg_rules_exim_add_limits - append the limits: a line for each domain, account
 * and user of the tables, and for each mailbox that a policy names.
 */
void mg_rules_exim_add_limits(struct mg_buf *out,
			      const struct mg_policies *policies,
			      const struct mg_accounts *accounts, int64_t now);

/*
 * mg_rules_exim_add_native - append the ACLs that count: mailguard_is_over takes
 * "login=NAME" or "uid=NUMBER" and the number of recipients, and accepts where
 * that is too much; acl_m_mailguard has the text then.
 *
 * limits   in   path of the limits on the host, of letters, digits and "/._-"
 */
void mg_rules_exim_add_native(struct mg_buf *out,
			      const struct mg_policies *policies,
			      struct mg_slice limits);

#endif
