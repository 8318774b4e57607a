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
#include <stddef.h>
#include <stdint.h>

#include "mailguard/account.h"
#include "mailguard/count.h"
#include "mailguard/docket.h"
#include "mailguard/drift.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/priv.h"
#include "mailguard/store.h"
#include "mailguard/tz.h"

/* Where a chunk that is judged stands. */
struct mg_sweep_chunk {
	int64_t source;   /* row of the stream of events */
	int64_t log;      /* row of the log; 0 for none */
	int64_t from, to; /* bytes of it */
	uint64_t hash;    /* keyed, of the bytes before `to`; 0 for none */
	enum mg_dialect dialect;
	int64_t reached; /* last event of the stream before it; INT64_MIN for
			    none */
};

/*
 * Who judges what a chunk brought, in the transaction of the chunk: what it
 * finds is committed with the counts, or not at all.
 */
struct mg_sweep_judge {
	void *arg;
	int64_t reach_s; /* the longest window that it looks at */
	/* Returns 0 or a negative code, which ends the reading of the log. */
	int (*judge)(void *arg, const struct mg_docket *docket,
		     const struct mg_sweep_chunk *chunk, struct mg_err *err);
};

/* A chunk of a log that was counted and committed. */
struct mg_sweep_step {
	const char *path;
	int64_t from, to; /* bytes of the log */
	int64_t end;      /* bytes that it has; -1 where nobody knows: of a
			     stream, of a compressed log */
	uint64_t n_lines;
};

struct mg_sweep_opts {
	struct mg_store *store;             /* borrowed, open for writing */
	const struct mg_accounts *accounts; /* borrowed; not looked into before
					       the host is ready */
	const struct mg_tz *tz;             /* borrowed; zone of the stamps */
	enum mg_dialect dialect;            /* of the logs */
	enum mg_engine engine;              /* how lines are read */
	struct mg_slice source;             /* name of the stream of events */
	int64_t now;                        /* Unix seconds */
	const struct mg_root *root;         /* borrowed; of the host, whose user
				       "mailguard" the parser becomes */
	unsigned processes; /* that read a log, 1..MG_PROCESSES_MAX; 0 for as
			       many as its new bytes are worth */
	bool dry_run;       /* the same, but nothing is kept */
	const struct mg_sweep_judge *judge; /* borrowed; NULL for none */
	const char *old_dir; /* where rotated logs are, too; NULL for none */
	int64_t quiet_s;     /* between two sweeps that find a rotated log as it
			    was, until the second counts; 0 for any */
	uint32_t unknown_ppm;         /* of drift.h; 0 for the usual */
	struct mg_drift_tally *drift; /* borrowed; what was not understood is
					 added to it; NULL to begin anew */
	/* What lines of Exim begin with that the site itself has it write;
	   borrowed. */
	const struct mg_slice *logwrite;
	size_t n_logwrite;
	/* Hears of each chunk; NULL for nobody. */
	void (*step)(void *arg, const struct mg_sweep_step *step);
	void *step_arg;
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
	bool is_unreadable;   /* the file is to blame, not the parser */
	int64_t log;          /* row of this log; 0 while nothing was read */
};

/* What happens to a log in a sweep. */
enum mg_sweep_what {
	MG_SWEEP_READ,    /* it was read, to its end */
	MG_SWEEP_FAILED,  /* it could not be, or not to its end */
	MG_SWEEP_ABSENT,  /* it was rotated, and the next one is not there */
	MG_SWEEP_LOST,    /* another one is in its place, and its own file is
			     not to be found */
	MG_SWEEP_EMPTIED, /* it was copied and emptied in place; what was
			     written between the two is lost */
};

struct mg_sweep_event {
	enum mg_sweep_what what;
	const char *path;
	const struct mg_sweep_result *result; /* of READ, FAILED; else NULL */
	const struct mg_err *err;             /* of FAILED; else NULL */
	const char *rotated; /* where it is now; of ABSENT, EMPTIED */
	int64_t offset;      /* up to which it was read; of LOST, EMPTIED */
	int64_t end;         /* bytes of its copy; of EMPTIED */
	bool was_emptied;    /* the same file has another content; of LOST */
};

/* Who runs a sweep, and hears of it. Everything lent stands for the call. */
struct mg_sweep_host {
	void *arg;
	/* Before each log of which something is new: whether the tables are
	   the host's as they are now. Else the sweep ends; the host knows
	   why. */
	bool (*is_ready)(void *arg);
	void (*hear)(void *arg, const struct mg_sweep_event *event);
};

struct mg_sweep;

/*
 * From here on a chunk is so many bytes. For the tests alone, which end sweeps
 * between their commits and have no patience for large logs.
 */
void mg_sweep_set_chunk(int64_t bytes);

/* And a part, of a log that several processes read. */
void mg_sweep_set_part(int64_t bytes);

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
 * mg_sweep_logs - read what is new in logs, and in rotated files of them.
 *
 * paths   in   as typed; a file that is named twice counts once
 *
 * They are read in the order of their first stamps. What a log that was read
 * before got after it, until it was rotated, is found and read without being
 * named; a log that is new has no past.
 *
 * What fails does not keep the rest from being read; the host hears of it:
 * -MG_EIO for a log that cannot be read, or a parser that died, naming the
 * bytes it was at; -MG_EPARSE for a parser that lied, or for a compressed log
 * that is damaged or ends early.
 */
void mg_sweep_logs(struct mg_sweep *sweep, char *const *paths, size_t n,
		   const struct mg_sweep_host *host);

/* Whether the host's zone is another than it was for the sweep before. */
struct mg_sweep_zone {
	bool has_changed;
	struct mg_zone_mark then; /* an instant, and what it was in the old */
	int32_t ahead_s;          /* and in the new one */
};

/*
 * mg_sweep_zone - what is to be told of the zone; borrows until mg_sweep_end.
 *
 * Stamps without a zone that were written before the change and are read after
 * it are off by the difference; nothing that was counted before is.
 */
const struct mg_sweep_zone *mg_sweep_zone(const struct mg_sweep *sweep);

/* What was not understood of all logs so far; borrows until mg_sweep_end. */
const struct mg_drift_tally *mg_sweep_drift(const struct mg_sweep *sweep);

/*
 * mg_sweep_export - read an export of the journal from a descriptor to its end.
 *
 * name   in   what it is called in messages
 * fd     in   a pipe, or anything that can be read
 *
 * The dialect must be MG_DIALECT_JOURNAL. Entries that were counted before,
 * wherever they came from, count nothing. A part of an entry at the end is told
 * as waiting. Result tells what was read, also on failure.
 *
 * Returns 0; -MG_EIO for a descriptor that cannot be read, or a parser that
 * died; -MG_EPARSE for a parser that lied; -MG_ELIMIT.
 */
MG_NODISCARD int mg_sweep_export(struct mg_sweep *sweep, const char *name,
				 int fd, struct mg_sweep_result *result,
				 struct mg_err *err);

/*
 * mg_sweep_journal - read what is new in the host's journal, by its journalctl.
 *
 * Returns the same; -MG_ECONF where there is no journalctl that root may run;
 * -MG_EIO when it failed. What was committed before stays.
 */
MG_NODISCARD int mg_sweep_journal(struct mg_sweep *sweep,
				  const struct mg_root *root,
				  struct mg_sweep_result *result,
				  struct mg_err *err);

/*
 * mg_sweep_taste - read the last MG_TASTE_BYTES of a log, to see what they are.
 *
 * result   out  the kinds of lines; the first may be half of one
 *
 * What it counts goes into the store all the same: to be used with one in
 * memory (MG_STORE_SCRATCH), or as a dry run. Returns as mg_sweep_export.
 */
MG_NODISCARD int mg_sweep_taste(struct mg_sweep *sweep, const char *path,
				struct mg_sweep_result *result,
				struct mg_err *err);

/* Ends and frees; takes back what a dry run did. Accepts NULL. */
void mg_sweep_end(struct mg_sweep *sweep);

#endif
