/* SPDX-License-Identifier: MIT */
/*
 * trial - what could keep whoever types it from coming back is tried for a
 * minute: it stays where it is confirmed, and else the way in is open again.
 *
 * A session that stands is never cut; this is about the next one.
 */
#ifndef MG_TRIAL_H
#define MG_TRIAL_H

#include "act_run.h"

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/network.h"

/* How long. The other is for tests. */
int64_t mg_trial_seconds(void);
void mg_trial_set_seconds(int64_t seconds);

/* Whether a network has the other end of the ssh session that this is run in. */
bool mg_trial_has_own(const struct mg_root *root,
		      const struct mg_network *network);

/*
 * mg_trial_is_needed - whether what the firewall gets is about the session that
 * this is run in: its other end is blocked for longer than a trial, or the
 * kernel counts its connections at the port of this end.
 *
 * force   in   sorted
 * peer    out  the other end, where it is so
 */
bool mg_trial_is_needed(const struct mg_act_run *r,
			const struct mg_force *force, struct mg_ip *peer);

/*
 * mg_trial_ask - say so, and wait for a "yes" from the terminal, or for the end
 * of the trial where there is none.
 *
 * The state must not be held: sweeps go on. A session that is cut off, or a
 * Control-C, does not end this, so that what follows is done.
 */
bool mg_trial_ask(const struct mg_ip *peer);

/*
 * mg_trial_open - exempt an address for a day, by an act that the ledger has
 * and undo ends: rules that were only taken off would be back with the next
 * sweep.
 *
 * Returns 0 or -MG_EIO. Back ends are brought in line by the caller.
 */
MG_NODISCARD int mg_trial_open(struct mg_act_run *r, const struct mg_ip *peer,
			       struct mg_err *err);

#endif
