/* SPDX-License-Identifier: MIT */
/*
 * gather - everything that is known of a subject at a time, made a bundle of
 * evidence (evidence.h), sealed and put on the shelf (shelf.h).
 *
 * Made between an intent and what is done about it, so that what follows has
 * a proof that was there before; and when a person asks. It changes nothing of
 * the host, and reads nothing hostile as root: lines of logs are picked by a
 * jailed child, files of accounts are copied by one with the account's rights,
 * headers of queued messages as the mail server's tool prints them.
 * What cannot be had is noted in the bundle and is no failure.
 */
#ifndef MAILGUARD_GATHER_H
#define MAILGUARD_GATHER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "mailguard/acts.h"
#include "mailguard/buf.h"
#include "mailguard/bundles.h"
#include "mailguard/enforce.h"
#include "mailguard/err.h"
#include "mailguard/evidence.h"
#include "mailguard/sha256.h"

/* Seconds before an act whose lines are looked for, where nobody says. */
#define MG_GATHER_SINCE_S 86400

/* What is asked for. */
struct mg_gather_ask {
	/* Of whom: per, subject, domain, account, owner; and with an id, what
	   it is made for: verb, made_at, finding. */
	const struct mg_act *act;
	int64_t since, until; /* Unix seconds; of lines and counts */
	struct mg_slice by, reason;
	bool with_bodies; /* of what is queued; else headers only */
};

struct mg_gather_made {
	char name[MG_EVIDENCE_NAME_MAX];
	char path[PATH_MAX];
	unsigned char sha256[MG_SHA256_LEN];
	int64_t n_bytes;
	size_t n_cuts;  /* notes of what is missing */
	bool was_there; /* the same bytes, made before */
};

/*
 * mg_gather_evidence - make a bundle, and a row of the ledger that says so.
 *
 * e     in   the state is locked, and no transaction is open
 * out   out  on success
 *
 * The same question with the same logs and rows gives the same bytes; asked
 * again, nothing is written. A bundle of that name with other bytes stays, and
 * the new one gets a number behind its name.
 *
 * Returns 0; -MG_EIO, -MG_ECONF, -MG_ELIMIT where the bundle cannot be sealed
 * or put away: then there is no evidence, and nothing may follow.
 */
MG_NODISCARD int mg_gather_evidence(struct mg_enforcer *e,
				    const struct mg_gather_ask *ask,
				    struct mg_gather_made *out,
				    struct mg_err *err);

/* The same for an act, as it is called between its intent and its effect. */
MG_NODISCARD int mg_gather_for_act(struct mg_enforcer *e,
				   const struct mg_act *act,
				   struct mg_gather_made *out,
				   struct mg_err *err);

/*
 * mg_gather_redact - a copy of a bundle for others (redact.h), sealed and
 * recorded as a bundle of its own.
 *
 * name   in   of the original
 * ask    in   by and reason, for the ledger; no more of it is read
 *
 * What cannot be rewritten for sure is not in it: bodies, scripts. The same
 * original gives the same bytes. It is a person's wish, and no proof that an
 * act stands on.
 *
 * Returns 0; -MG_EUSAGE for what is no name; -MG_EFOUND where the original is
 * not as it was sealed; -MG_ECONF, -MG_EIO, -MG_EPARSE, -MG_ELIMIT.
 */
MG_NODISCARD int mg_gather_redact(struct mg_enforcer *e, const char *name,
				  const struct mg_gather_ask *ask,
				  struct mg_gather_made *out,
				  struct mg_err *err);

/* The value of "schema" in JSON; tests/data/schema holds it. */
#define MG_INVESTIGATION_SCHEMA "mailguard.investigation/1"

/*
 * mg_gather_investigate - how a subject sent its mail, and what to do next: as
 * text, or as JSON. The same stands in a bundle.
 *
 * out   out  initialised by the caller
 *
 * What could not be read is said in it. Returns 0 or -MG_ELIMIT. Writes nothing.
 */
MG_NODISCARD int mg_gather_investigate(struct mg_enforcer *e,
				       const struct mg_gather_ask *ask,
				       bool json, struct mg_buf *out,
				       struct mg_err *err);

/* How it sent its mail, in a line; "" where no line of its mail was found. */
const char *mg_gather_mechanism(struct mg_enforcer *e,
				const struct mg_gather_ask *ask);

/* What becomes of a bundle. */
enum mg_gather_state {
	MG_GATHER_KEPT,    /* until its time is over */
	MG_GATHER_DUE,     /* it is over: the next sweep takes it away */
	MG_GATHER_NEEDED,  /* it is over or not, an action stands on it */
	MG_GATHER_HELD,    /* a person keeps it */
	MG_GATHER_EXPIRED, /* its file is gone */
};

/* Slices of the bundle stand for the call. Ends early with what is not 0. */
typedef int (*mg_gather_fn)(void *arg, const struct mg_bundle *bundle,
			    enum mg_gather_state state);

/*
 * mg_gather_each - every bundle that was made, by its row. Returns 0, what fn
 * returned, or -MG_EIO.
 */
MG_NODISCARD int mg_gather_each(struct mg_enforcer *e, mg_gather_fn fn,
				void *arg, struct mg_err *err);

/*
 * mg_gather_expire - remove what is due, each with a row of the ledger, and what
 * writers that were killed have left.
 *
 * fn   in   hears of each that was (or would be) removed; NULL: nobody does
 *
 * Returns 0, what fn returned, or -MG_EIO.
 */
MG_NODISCARD int mg_gather_expire(struct mg_enforcer *e, bool dry_run,
				  mg_gather_fn fn, void *arg,
				  struct mg_err *err);

#endif
