/* SPDX-License-Identifier: MIT */
/*
 * sweep_priv - what the parts of the parent's half share: one file that is
 * open, the state a reading starts from, the chunks that come of it.
 */
#ifndef MG_SWEEP_PRIV_H
#define MG_SWEEP_PRIV_H

#include <limits.h>

#include "mailguard/admit.h"
#include "mailguard/file.h"
#include "mailguard/follow.h"
#include "mailguard/identify.h"
#include "mailguard/spawn.h"
#include "mailguard/sweep.h"
#include "mailguard/unpack.h"
#include "mailguard/worker.h"

struct mg_sweep {
	struct mg_sweep_opts opts;
	struct mg_source source;
	struct mg_hash_key key;
	int32_t hour_offset_s;
	struct mg_sweep_zone zone;
	struct mg_drift_tally own_drift, *drift; /* of all logs so far */
	const struct mg_sweep_host *host;        /* borrowed */
	struct mg_jail jail; /* of the parser, once has_jail */
	bool has_jail;
	bool has_new_rows; /* logs that were not known before */
	bool has_stopped;  /* the host is not ready to go on */
	char **paths;      /* owned, and each of them */
	size_t n_paths, cap_paths;
};

/* A file that is open, and what is known of it. */
struct mg_log {
	const char *path; /* borrowed */
	int fd;           /* -1 while none */
	struct mg_file_info info;
	enum mg_pack pack;
	uint64_t packed_hash; /* of a compressed one */
	bool is_whole; /* a compressed one that was read to its end before */
	bool is_piece; /* of a stream: known by its entries, not by its bytes */
	enum mg_match match;     /* what it is to the cursor */
	struct mg_cursor cursor; /* of a new log where nothing matched */
};

/* Transactions; a dry run is one from its start, taken back at its end. */
MG_NODISCARD int mg_sweep_transact(struct mg_sweep *s, struct mg_err *err);
MG_NODISCARD int mg_sweep_commit(struct mg_sweep *s, struct mg_err *err);
void mg_sweep_rollback(struct mg_sweep *s);

/*
 * mg_log_open - open a file and find out what is known of it.
 *
 * hint   in   a cursor that is likely to match; NULL for none
 *
 * Which log a compressed file is, is known only when it was read to its end
 * before; else reading it says.
 *
 * Returns 0, or a negative code; mg_log_close in any case.
 */
MG_NODISCARD int mg_log_open(struct mg_sweep *s, const char *path,
			     const struct mg_cursor *hint, struct mg_log *log,
			     struct mg_err *err);
void mg_log_close(struct mg_log *log);

/*
 * mg_log_read - read what is new in it; log->cursor moves along.
 *
 * Each chunk (MG_CHUNK_BYTES) is one transaction: after a crash or a failure
 * the next sweep goes on behind the last chunk that was committed.
 *
 * Returns 0 or a negative code, with what was read in result either way.
 */
MG_NODISCARD int mg_log_read(struct mg_sweep *s, struct mg_log *log,
			     struct mg_sweep_result *result,
			     struct mg_err *err);

/* The processes that read one log; zeroed there are none. */
struct mg_children {
	struct mg_worker first;
	struct mg_worker helpers[MG_PROCESSES_MAX - 1];
	unsigned n_helpers;
};

/* How many processes read so many new bytes of a log. */
unsigned mg_children_of(const struct mg_sweep *s, const struct mg_log *log,
			int64_t bytes);

/* The ids of the parser. Looked up when one is started: most sweeps find nothing
   new, and a host may have thousands of users. */
const struct mg_jail *mg_sweep_jail(struct mg_sweep *s);

/*
 * mg_children_start - start n processes that parse a log.
 *
 * job   in/out   of the first one; how the work is dealt out is filled in
 *
 * What they found comes from first.from_fd. Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_children_start(struct mg_children *c, int log_fd,
				   struct mg_parse_job *job, unsigned n,
				   const struct mg_jail *jail,
				   struct mg_err *err);

/* Waits for all of them. Returns 0, or -MG_EIO when one did not end well. */
MG_NODISCARD int mg_children_wait(struct mg_children *c, struct mg_err *err);

/* Ends and reaps all of them, for a parent that gives up. */
void mg_children_kill(struct mg_children *c);

/* One log on its way. */
struct mg_log_reading {
	struct mg_sweep *sweep;
	struct mg_log *log;
	struct mg_sweep_result *result;
	struct mg_counter counter; /* the child's start; not used here after */
	struct mg_admit admit;
	struct mg_children children;
	struct mg_record_pipe pipe;
	int64_t end;   /* bytes of the log; of a compressed one at its end */
	bool in_chunk; /* a transaction is open */
	/* Of a compressed log, into which only the child can look: */
	struct mg_known *known; /* what it may be; owned */
	size_t n_known;
	struct mg_seen seen;   /* of the journal */
	bool is_identified;    /* the child said which it is */
	bool has_ended;        /* and where it ends */
	struct mg_place place; /* what it said about the end of a chunk */
};

/* A chunk's transaction, unless it is open already. */
MG_NODISCARD int mg_sweep_open_chunk(struct mg_log_reading *r,
				     struct mg_err *err);

/* And its end: what the child said of it is checked, then all is committed. */
MG_NODISCARD int mg_sweep_close_chunk(struct mg_log_reading *r,
				      const struct mg_record_chunk *chunk,
				      struct mg_err *err);

/* What a look at the start of a log says, without reading it. */
struct mg_peek {
	int64_t first_at; /* its first stamp; INT64_MIN for none */
	int64_t row;      /* a known log that starts alike; 0 for none */
};

/*
 * mg_log_peek - have a child look at the start of a log.
 *
 * rows    in   whether to look for a known log, too
 *
 * Returns 0; 1 when the log cannot be read from its start; a negative code
 * when it may be the next time.
 */
MG_NODISCARD int mg_log_peek(struct mg_sweep *s, const struct mg_log *log,
			     bool rows, struct mg_peek *out,
			     struct mg_err *err);

/* A path that stands until the sweep ends. */
const char *mg_sweep_keep(struct mg_sweep *s, const char *path);

/* What a log may be: all that was read of the source. Gives (mg_mem_free). */
MG_NODISCARD int mg_sweep_known(struct mg_sweep *s, struct mg_known **out,
				size_t *n, struct mg_err *err);

/*
 * mg_sweep_read - read a log that is open, and say what came of it.
 *
 * loud   in   say so, too, when there was nothing new
 *
 * Returns what mg_log_read did.
 */
int mg_sweep_read(struct mg_sweep *s, struct mg_log *log, bool loud,
		  struct mg_sweep_result *result);

/* Reads one log that was named, with what was rotated of it. */
void mg_sweep_stream(struct mg_sweep *s, const char *path);

/* Puts paths in the order to read; without what was named twice. */
size_t mg_sweep_order(struct mg_sweep *s, const char **paths, size_t n);

/* A log that was read, and has been rotated away since. */
struct mg_old {
	struct mg_cursor stored; /* as it was loaded */
	struct mg_cursor cursor; /* moves along */
	bool is_found;
	bool has_failed; /* to be read; the next sweep tries again */
	bool is_copy;    /* what was found cannot grow */
	bool has_grown;
	int64_t waiting;          /* bytes of a last line without newline */
	struct mg_file_info info; /* of what was found */
	char path[PATH_MAX];
};

/* A file beside, of which nothing was read. */
struct mg_between {
	int64_t first_at, mtime_ns;
	char path[PATH_MAX];
};

struct mg_find {
	struct mg_sweep *sweep;
	const char *path; /* of the log that they are generations of */
	const struct mg_file_info *current; /* what is there; NULL for none */
	struct mg_old *olds;                /* to be found; oldest first */
	size_t n_olds;
	struct mg_between *betweens; /* found; owned; oldest first */
	size_t n_betweens, cap_betweens;
	bool has_failed; /* there may be more of them */
	bool must_wait;  /* and the next sweep will see them */
};

/* One log that was named, over its rotations. */
struct mg_stream {
	struct mg_sweep *sweep;
	const char *path;
	char name[1024]; /* the path, without links in its directory */
	struct mg_find find;
	size_t cap_olds;
	struct mg_log log;  /* what is at the path now */
	bool is_there;      /* and could be opened */
	bool was_emptied;   /* the old one is the same file */
	bool is_kept_empty; /* nothing could be read of it before, either */
	bool must_wait; /* what comes before the current could not be read now */
	int64_t empty_row; /* of a log of which nothing was read; 0 */
};

/* Says what became of it, or that something failed. */
void mg_stream_say(const struct mg_stream *st,
		   const struct mg_sweep_event *event);
void mg_stream_fail(const struct mg_stream *st, const struct mg_err *err);

/* The newest that was not rotated when it was last seen; NULL for none. */
struct mg_old *mg_stream_last_current(const struct mg_stream *st);

/* Whether the search has to be done again. */
bool mg_stream_has_failed(const struct mg_stream *st);

/* Writes what the generations are from here on, as one transaction. */
void mg_stream_settle(struct mg_stream *st);

/* Finds out where they are, and what came between them and the current. */
void mg_find_generations(struct mg_find *f);

/* What every child knows: zone, dialect, tables; no messages in flight. */
void mg_sweep_init_counter(const struct mg_sweep *s, struct mg_counter *c);

/* Fills a counter that so many bytes are for, and the numbers at the boundary,
   from the store. */
MG_NODISCARD int mg_sweep_restore(struct mg_sweep *s, struct mg_counter *c,
				  int64_t bytes, struct mg_admit *admit,
				  struct mg_err *err);

#endif
