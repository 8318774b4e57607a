/* SPDX-License-Identifier: MIT */
/*
 * ledger - what was found and done, for ever.
 *
 * Rows are added and never changed: the tables refuse it, and each row carries
 * a hash over itself and the one before, so that a change by other means shows
 * (mg_ledger_verify). Calls that add run inside a transaction of the store.
 *
 * A finding is known by its id: of a clause, a subject and an hour. What a later
 * sweep knows better is a later row of the same id; the last one holds.
 */
#ifndef MAILGUARD_LEDGER_H
#define MAILGUARD_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/acts.h"
#include "mailguard/bundles.h"
#include "mailguard/err.h"
#include "mailguard/offences.h"
#include "mailguard/panel_events.h"
#include "mailguard/sha256.h"
#include "mailguard/slice.h"
#include "mailguard/store.h"

#define MG_FINDING_ID_MAX 17 /* 16 hexadecimal digits, terminated */

/* The numbers stand in the file. */
enum mg_ledger_kind {
	MG_LEDGER_CLAUSE = 1,  /* a clause as it was in force */
	MG_LEDGER_FINDING = 2, /* it was met */
	MG_LEDGER_INTENT = 3,  /* something is to be done (acts.h) */
	MG_LEDGER_MARK = 4,    /* what became of that */
	MG_LEDGER_BUNDLE = 5,  /* of evidence (bundles.h) */
	MG_LEDGER_OFFENCE = 6, /* of an account (offences.h) */
	MG_LEDGER_PANEL = 7,   /* what the panel did (panel_events.h) */
};

enum mg_finding_state {
	MG_FINDING_OVER = 1,      /* more than the limit */
	MG_FINDING_NEAR = 2,      /* enough for a warning */
	MG_FINDING_WITHDRAWN = 3, /* it turned out not to be so */
};

/* Who can write a log: what may follow from it. */
enum mg_log_class {
	MG_LOG_OF_DAEMON = 1, /* the daemon alone */
	MG_LOG_SHARED = 2,    /* every local user, too */
};

/* A clause with everything that explains a finding without the file. */
struct mg_ledger_clause {
	struct mg_slice policy, version;
	unsigned char policy_hash[MG_SHA256_LEN];
	struct mg_slice id;
	struct mg_slice rule, per, measure, action; /* in its words */
	struct mg_slice sentence;                   /* what its numbers mean */
	struct mg_slice text;                       /* the customer's */
};

struct mg_finding {
	char id[MG_FINDING_ID_MAX];
	int64_t clause; /* row of its clause in the ledger */
	enum mg_finding_state state;
	bool is_warning;                        /* what was withdrawn was one */
	struct mg_slice per, subject;           /* "domain", its name */
	struct mg_slice domain, account, owner; /* it belongs to; or empty */
	int64_t from, until;                    /* the window, Unix seconds */
	int64_t n, of, limit;                   /* judge.h */
	struct mg_slice main_per, main;   /* who did most of it ("mailbox",
					   "script", "user"); or empty */
	int64_t main_n, n_local;          /* how much; judge.h */
	struct mg_slice override, waiver; /* the reason of each, or empty */
	int64_t source;                   /* row of the stream of events */
	enum mg_log_class log_class;
	int64_t log;              /* row of the log; 0 for none */
	int64_t log_from, log_to; /* bytes of it that brought it to light */
	uint64_t log_hash;        /* keyed, of the bytes before log_to */
};

struct mg_ledger_mark {
	char act[MG_ACT_ID_MAX];
	enum mg_act_mark mark;
	struct mg_slice by, detail;
};

struct mg_ledger_row {
	int64_t seq;     /* from 1, without gaps */
	int64_t made_at; /* Unix seconds */
	enum mg_ledger_kind kind;
	struct mg_slice binary; /* version of mailguard that wrote it */
	unsigned char hash[MG_SHA256_LEN];
	struct mg_ledger_clause clause; /* of a finding or an intent: its
					   clause, where it has one */
	struct mg_finding finding;      /* of MG_LEDGER_FINDING */
	struct mg_act act;              /* of MG_LEDGER_INTENT */
	struct mg_ledger_mark mark;     /* of MG_LEDGER_MARK */
	struct mg_bundle bundle;        /* of MG_LEDGER_BUNDLE */
	struct mg_offence offence;      /* of MG_LEDGER_OFFENCE */
	struct mg_panel_event panel;    /* of MG_LEDGER_PANEL */
};

/*
 * mg_finding_id - the id of a finding.
 *
 * hour   in   the one that its window ends in
 */
void mg_finding_id(struct mg_slice policy, struct mg_slice clause,
		   struct mg_slice per, struct mg_slice subject, int64_t hour,
		   bool is_warning, char out[MG_FINDING_ID_MAX]);

/*
 * mg_ledger_put_clause - the row of a clause, added if it is not there as it is
 * in this policy.
 */
MG_NODISCARD int mg_ledger_put_clause(struct mg_store *s, int64_t made_at,
				      const struct mg_ledger_clause *clause,
				      int64_t *seq, struct mg_err *err);

/* Adds a row. */
MG_NODISCARD int mg_ledger_add_finding(struct mg_store *s, int64_t made_at,
				       const struct mg_finding *finding,
				       struct mg_err *err);

/*
 * mg_ledger_last_finding - the last row of an id.
 *
 * out   out  its numbers; the texts are empty
 *
 * Returns 1, 0 where there is none, or -MG_EIO.
 */
MG_NODISCARD int mg_ledger_last_finding(struct mg_store *s, const char *id,
					struct mg_finding *out,
					struct mg_err *err);

/* Slices of the row stand for the call. Ends early with what is not 0. */
typedef int (*mg_ledger_fn)(void *arg, const struct mg_ledger_row *row);

/*
 * mg_ledger_each_after - the rows behind one, by number. Returns 0, what fn
 * returned, or -MG_EIO.
 */
MG_NODISCARD int mg_ledger_each_after(struct mg_store *s, int64_t seq,
				      mg_ledger_fn fn, void *arg,
				      struct mg_err *err);

/* All rows by number. Returns 0, what fn returned, or -MG_EIO. */
MG_NODISCARD int mg_ledger_each(struct mg_store *s, mg_ledger_fn fn, void *arg,
				struct mg_err *err);

/*
 * mg_ledger_each_finding - what holds: the last row of each id that was not
 * withdrawn, by the time of its window.
 */
MG_NODISCARD int mg_ledger_each_finding(struct mg_store *s, mg_ledger_fn fn,
					void *arg, struct mg_err *err);

struct mg_ledger_proof {
	int64_t n_rows;     /* that are as they were written */
	int64_t broken_seq; /* the first that is not; 0 for none */
	unsigned char head[MG_SHA256_LEN]; /* hash of the last good row */
};

/*
 * mg_ledger_verify - whether every row is as it was written and follows the one
 * before. Returns 0 with the proof, or -MG_EIO.
 */
MG_NODISCARD int mg_ledger_verify(struct mg_store *s,
				  struct mg_ledger_proof *out,
				  struct mg_err *err);

#endif
