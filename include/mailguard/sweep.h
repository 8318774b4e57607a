/* SPDX-License-Identifier: MIT */
/*
 * sweep - read what is new in logs, count it, commit it.
 *
 * The parent's half: it opens the log and the store, forks the parser child
 * (worker.h) for what it must not parse itself, and commits chunk after chunk.
 */
#ifndef MAILGUARD_SWEEP_H
#define MAILGUARD_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/account.h"
#include "mailguard/count.h"
#include "mailguard/drift.h"
#include "mailguard/err.h"
#include "mailguard/priv.h"
#include "mailguard/store.h"
#include "mailguard/tz.h"

struct mg_sweep_opts {
	struct mg_store *store;             /* borrowed, open for writing */
	const struct mg_accounts *accounts; /* borrowed */
	const struct mg_tz *tz;             /* borrowed; zone of the stamps */
	enum mg_dialect dialect;            /* of the logs */
	enum mg_engine engine;              /* how lines are read */
	struct mg_slice source;             /* name of the stream of events */
	int64_t now;                        /* Unix seconds */
	struct mg_jail jail;                /* ids of the parser child */
	bool dry_run;                       /* the same, but nothing is kept */
};

/* What reading one log came to. */
struct mg_sweep_result {
	int64_t from, to; /* bytes; from == to when nothing was new */
	int64_t waiting;  /* bytes of a last line without newline */
	uint64_t n_lines;
	uint64_t n_kinds[MG_LINE_KINDS];
	uint64_t n_orphans;   /* deliveries of messages that arrived before */
	uint64_t n_forgotten; /* messages in flight dropped for age or number */
	int64_t longer;       /* bytes that were read of a longer copy before,
				 so that nothing of this one is new; 0 */
	int64_t replaced;     /* row of another log that was at this path; 0 */
	int64_t replaced_offset;
	int64_t log; /* row of this log; 0 while nothing was read */
};

struct mg_sweep;

/*
 * mg_sweep_begin - get ready to read logs.
 *
 * out    out  the sweep; the caller's (mg_sweep_end)
 * opts   in   copied; what it points to is borrowed until mg_sweep_end
 */
MG_NODISCARD int mg_sweep_begin(struct mg_sweep **out,
				const struct mg_sweep_opts *opts,
				struct mg_err *err);

/*
 * mg_sweep_log - read what is new in one log.
 *
 * path     in   the file
 * result   out  what was read; also on failure, as far as it is committed
 *
 * Each chunk (MG_CHUNK_BYTES) is one transaction: after a crash or a failure
 * the next sweep goes on behind the last chunk that was committed.
 *
 * Returns 0; -MG_EIO for a log that cannot be read, or a parser that died,
 * naming the bytes it was at; -MG_EPARSE for a parser that lied, or for a
 * compressed log that is damaged or ends early.
 */
MG_NODISCARD int mg_sweep_log(struct mg_sweep *sweep, const char *path,
			      struct mg_sweep_result *result,
			      struct mg_err *err);

/* What was not understood of all logs so far; borrows until mg_sweep_end. */
const struct mg_drift_tally *mg_sweep_drift(const struct mg_sweep *sweep);

/* Ends and frees; takes back what a dry run did. Accepts NULL. */
void mg_sweep_end(struct mg_sweep *sweep);

#endif
