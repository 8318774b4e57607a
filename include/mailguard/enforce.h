/* SPDX-License-Identifier: MIT */
/*
 * enforce - what was found leads to what is done.
 *
 * Three steps, each of which can be cut off and done again: findings of the
 * ledger become intents (acts.h), in a transaction of their own; what is in
 * force becomes keys (force.h), each looked up anew in the account tables; the
 * back ends (backend.h) are brought in line with it, and marks say so. An
 * intent is on disk before anything outside changes, and what was done twice is
 * the same as done once.
 *
 * What changes the host are the back ends alone. Here it is decided, with these
 * bounds: nothing for what is old, exempt or waived, and nothing that nobody
 * here carries out; a number of acts in one
 * sweep, beyond which they wait for a person; nothing without the account
 * tables; the smallest unit that did it, a mailbox or a script, before the
 * domain or account it belongs to.
 */
#ifndef MAILGUARD_ENFORCE_H
#define MAILGUARD_ENFORCE_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/account.h"
#include "mailguard/acts.h"
#include "mailguard/backend.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/force.h"
#include "mailguard/offences.h"
#include "mailguard/policy.h"
#include "mailguard/settings.h"
#include "mailguard/store.h"
#include "mailguard/tz.h"

/* What it works with; all of it borrowed. */
struct mg_enforcer {
	const struct mg_root *root;
	const char *state; /* its directory, where evidence is kept */
	int lock_fd;       /* of the state; held by hooks, too */
	const struct mg_settings *settings;
	struct mg_store *store; /* locked */
	const struct mg_policy *policies;
	size_t n_policies;
	const struct mg_tz *tz; /* of times in texts; NULL for UTC */
	int64_t now;            /* Unix seconds */
	/* The account tables as they are now; NULL where they cannot be read,
	   which was said. Called where a name must be looked up. */
	const struct mg_accounts *(*accounts)(void *arg);
	/* Says what went wrong with one act or back end; the others go on. */
	void (*fail)(void *arg, const char *what, const struct mg_err *err);
	/* Says that a back end's daemon may not read what it wrote; NULL: not
	   wanted. Only where something was begun. */
	void (*warn)(void *arg, const char *backend);
	void *arg;        /* of all */
	bool is_doubtful; /* a log has a gap, or is not understood */
	bool is_sweep;    /* hooks are asked about what stands, too */

	uint64_t n_begun, n_waiting; /* out: acts decided on */
	/* Out, of mg_enforce_offend. */
	uint64_t n_offences, n_warned;
	uint64_t
		n_observed[MG_DOUBTS]; /* offences from which nothing follows */
	uint64_t n_terminated;         /* of mg_terminations_run */
	bool is_open;    /* suspensions wait for a person, and all after them */
	bool has_jumped; /* the clock did, since the sweep before */
	int64_t frozen_until; /* nothing is suspended before; 0: it may be */
	uint64_t n_troubles;  /* out, of mg_effects_run: hooks that do not carry
				 out what is in force */
};

/* What the back ends that are set can carry out: of enum mg_force_key. */
unsigned mg_enforce_keys(const struct mg_settings *settings);

/* The keys that an act leads to: of an address its own, as of a mailbox with an
   address, else those of mail. */
unsigned mg_enforce_keys_of(const struct mg_act *act);

/* The addresses that a block or an exemption of an address is about: of IPv6
   its network of 64 bits. Returns false where the text is no address. */
bool mg_enforce_network(struct mg_slice text, struct mg_network *out);

/* The same of an act: of an address, or of a mailbox with one. */
bool mg_enforce_network_of(const struct mg_act *act, struct mg_network *out);

/*
 * mg_enforce_decide - intents from the findings since it was called last.
 *
 * Returns 0, or -MG_EIO with nothing decided.
 */
MG_NODISCARD int mg_enforce_decide(struct mg_enforcer *e, struct mg_err *err);

/*
 * mg_enforce_spare - end what is in force, or waits, against what is exempt from
 * now on.
 *
 * exempt   in   an act of that kind; its reason stands in the ledger
 *
 * Called inside a transaction of the store. Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_enforce_spare(struct mg_enforcer *e,
				  const struct mg_act *exempt,
				  struct mg_err *err);

/*
 * mg_enforce_look_at_clock - whether the time of day went its way since the sweep
 * before, by the clock that nobody can set; keeps both. Every sweep must call it
 * first.
 *
 * e   in/out  has_jumped and frozen_until are written; no transaction is open
 *
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_enforce_look_at_clock(struct mg_enforcer *e,
					  struct mg_err *err);

/*
 * mg_enforce_offend - offences from the findings since it was called last, and
 * what the ladders of the policies make of them: warnings, throttles,
 * suspensions, and terminations that wait.
 *
 * Nothing is suspended for what is in doubt (offences.h), beyond the numbers of
 * the settings, of whom they protect, and while the clock is not to be trusted;
 * all of that is in the ledger. Returns 0, or -MG_EIO or -MG_ECONF with nothing
 * decided.
 */
MG_NODISCARD int mg_enforce_offend(struct mg_enforcer *e, struct mg_err *err);

/*
 * mg_enforce_rehearse - what ladders would have made of the findings of a whole
 * log, had each been decided on as it was found.
 *
 * e   in/out   of a state that is thrown away, of which nothing was decided; now
 *              goes with the findings
 *
 * The same code decides, with the same bounds; what comes near a limit only is
 * left out, and nothing is too old. Who would have been stopped goes on in the
 * log all the same. Returns as mg_enforce_offend.
 */
MG_NODISCARD int mg_enforce_rehearse(struct mg_enforcer *e, struct mg_err *err);

/*
 * mg_enforce_gather - what is in force now, as keys.
 *
 * force   out  the caller's (mg_force_release), also on failure
 *
 * What leads nowhere in the tables any more, and what is exempt, is left out.
 * Returns 0, -MG_EIO, or -MG_ECONF where the tables are needed and cannot be
 * read: nothing may be loaded then, since it would be less than what is in
 * force.
 */
MG_NODISCARD int mg_enforce_gather(struct mg_enforcer *e,
				   struct mg_force *force, struct mg_err *err);

/*
 * mg_enforce_carry_out - bring the back ends that are set in line.
 *
 * Returns 0; -MG_EIO for the store, or as mg_enforce_gather. What a back end
 * could not do was said by fail, and is tried again the next time.
 */
MG_NODISCARD int mg_enforce_carry_out(struct mg_enforcer *e,
				      struct mg_err *err);

/* What a back end works with, of what is in force. Borrows both. */
struct mg_backend_host mg_enforce_host(const struct mg_enforcer *e,
				       const struct mg_force *force);

#endif
