/* SPDX-License-Identifier: MIT */
/*
 * worker_priv - what reading a log alone and reading it with helpers share.
 */
#ifndef MG_WORKER_PRIV_H
#define MG_WORKER_PRIV_H

#include "mailguard/input.h"
#include "mailguard/tell.h"
#include "mailguard/worker.h"

/* A window on the log: whole lines are taken from its front. */
struct mg_window {
	char *bytes; /* WINDOW_BYTES; owned */
	size_t at, len;
	uint32_t *ends; /* of the lines in bytes; owned */
	int64_t taken;  /* byte of the log behind the last whole line */
	bool skipping;  /* within an overlong line */
};

struct mg_run {
	struct mg_parse_job *job;
	struct mg_tell tell;
	struct mg_input input;
	struct mg_window window;
	struct mg_trail trail;      /* of a compressed log */
	struct mg_journal *journal; /* owned; NULL for lines */
	int64_t chunk_from;
	bool is_helper; /* stops where a part becomes too much to tell */
	struct mg_err err;
};

struct mg_run *mg_run_new(struct mg_parse_job *job, int out_fd);
void mg_run_free(struct mg_run *r);

/* Whether what was counted since the last chunk should become one. */
bool mg_run_is_full(const struct mg_run *r);

/* Whether a helper should tell what it has, or cannot use the rest. */
bool mg_run_must_stop(const struct mg_run *r);

/* Everything counted since the last chunk, as one. Returns 0 or -MG_EIO. */
int mg_run_end_chunk(struct mg_run *r);

/*
 * Counts the whole lines of [from, to); window.taken tells where it came to.
 * Returns 0; 1, with errno set, when the log cannot be read there; or -code.
 */
int mg_run_range(struct mg_run *r, int fd, int64_t from, int64_t to);

/* The same of all that the job is about, with the parts of helpers. */
int mg_run_with_helpers(struct mg_run *r, int fd);

#endif
