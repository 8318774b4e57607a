/* SPDX-License-Identifier: MIT */
/*
 * pick_child - what the child of pick says to its parent.
 */
#ifndef MG_PICK_CHILD_H
#define MG_PICK_CHILD_H

#include "pick_priv.h"

#include "mailguard/input.h"

enum mg_pick_record_kind {
	MG_PICK_RECORD_LINE = 1,
	MG_PICK_RECORD_END = 2,
	MG_PICK_RECORD_FACT = 3, /* a struct mg_pick_fact comes behind it */
	MG_PICK_RECORD_SENT = 4, /* a struct mg_pick_minutes does */
};

/* Zeroed where it has nothing to say; behind a LINE come its bytes. */
struct mg_pick_record {
	uint32_t kind;          /* enum mg_pick_record_kind */
	uint32_t file, len;     /* of LINE */
	uint32_t n_broken;      /* of END: logs that could not be read */
	int64_t at;             /* of LINE */
	struct mg_pick_sum sum; /* of END */
};

/* A line, with its newline. */
struct mg_pick_place {
	int64_t at;
	uint32_t len, file;
	uint32_t next; /* of the same message, before it; or free */
};

/* Zeroed it is empty. */
struct mg_pick_kept {
	struct mg_pick_place *items; /* owned */
	size_t n, cap;
	int64_t n_bytes;
	struct mg_pick_sum sum;
};

/* Keeps a place unless more than max_bytes are kept with it. */
void mg_pick_keep(struct mg_pick_kept *k, const struct mg_pick_place *p,
		  int64_t max_bytes);

/* The job's file of that number, from its start. Returns 0 or -code. */
MG_NODISCARD int mg_pick_open(const struct mg_pick_job *job,
			      struct mg_input *in, uint32_t file,
			      struct mg_err *err);

/* A record, and what comes behind it. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_pick_tell(int fd, const struct mg_pick_record *record,
			      struct mg_slice bytes, struct mg_err *err);

/* The lines at all places, by file and byte. Returns 0 or -code. */
MG_NODISCARD int mg_pick_kept_tell(struct mg_pick_kept *k,
				   const struct mg_pick_job *job, int out_fd,
				   struct mg_err *err);

/* An mg_worker_fn; arg is a struct mg_pick_job. */
int mg_pick_child(void *arg, int in_fd, int out_fd);

#endif
