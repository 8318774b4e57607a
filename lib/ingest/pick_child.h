/* SPDX-License-Identifier: MIT */
/*
 * pick_child - what the child of pick says to its parent.
 */
#ifndef MG_PICK_CHILD_H
#define MG_PICK_CHILD_H

#include "pick_priv.h"

enum mg_pick_record_kind {
	MG_PICK_RECORD_LINE = 1,
	MG_PICK_RECORD_END = 2,
	MG_PICK_RECORD_FACT = 3, /* a struct mg_pick_fact comes behind it */
};

/* Zeroed where it has nothing to say; behind a LINE come its bytes. */
struct mg_pick_record {
	uint32_t kind;          /* enum mg_pick_record_kind */
	uint32_t file, len;     /* of LINE */
	uint32_t n_broken;      /* of END: logs that could not be read */
	int64_t at;             /* of LINE */
	struct mg_pick_sum sum; /* of END */
};

/* An mg_worker_fn; arg is a struct mg_pick_job. */
int mg_pick_child(void *arg, int in_fd, int out_fd);

#endif
