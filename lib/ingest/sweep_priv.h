/* SPDX-License-Identifier: MIT */
/*
 * sweep_priv - what the parts of the parent's half share: one file that is
 * open, the state a reading starts from, the chunks that come of it.
 */
#ifndef MG_SWEEP_PRIV_H
#define MG_SWEEP_PRIV_H

#include "mailguard/admit.h"
#include "mailguard/file.h"
#include "mailguard/follow.h"
#include "mailguard/sweep.h"
#include "mailguard/unpack.h"

struct mg_sweep {
	struct mg_sweep_opts opts;
	struct mg_source source;
	struct mg_hash_key key;
	int32_t hour_offset_s;
	struct mg_drift_tally drift; /* of all logs so far */
};

/* A file that is open, and what is known of it. */
struct mg_log {
	const char *path; /* borrowed */
	int fd;           /* -1 while none */
	struct mg_file_info info;
	enum mg_pack pack;
	uint64_t packed_hash; /* of a compressed one */
	bool is_whole; /* a compressed one that was read to its end before */
	struct mg_follow follow;
};

/* Transactions; a dry run is one from its start, taken back at its end. */
MG_NODISCARD int mg_sweep_transact(struct mg_sweep *s, struct mg_err *err);
MG_NODISCARD int mg_sweep_commit(struct mg_sweep *s, struct mg_err *err);
void mg_sweep_rollback(struct mg_sweep *s);

/*
 * mg_log_open - open a file and find out what is known of it.
 *
 * Which log a compressed file is, is known only when it was read to its end
 * before; else reading it says.
 *
 * Returns 0, or a negative code; mg_log_close in any case.
 */
MG_NODISCARD int mg_log_open(struct mg_sweep *s, const char *path,
			     struct mg_log *log, struct mg_err *err);
void mg_log_close(struct mg_log *log);

/*
 * mg_log_read - read what is new in it; log->follow moves along.
 *
 * Returns and result as mg_sweep_log.
 */
MG_NODISCARD int mg_log_read(struct mg_sweep *s, struct mg_log *log,
			     struct mg_sweep_result *result,
			     struct mg_err *err);

/* Fills a counter and the numbers at the boundary from the store. */
MG_NODISCARD int mg_sweep_restore(struct mg_sweep *s, struct mg_counter *c,
				  struct mg_admit *admit, struct mg_err *err);

#endif
