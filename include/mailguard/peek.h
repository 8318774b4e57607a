/* SPDX-License-Identifier: MIT */
/*
 * peek - the parser child that only looks at the start of a log.
 *
 * Logs are read in the order of their first stamps; and of a rotated log that
 * nobody named it has to be known when it began, and which one it may be,
 * before it is read.
 */
#ifndef MAILGUARD_PEEK_H
#define MAILGUARD_PEEK_H

#include "mailguard/count.h"
#include "mailguard/identify.h"

struct mg_peek_job {
	struct mg_counter *counter;   /* knows the zone and the dialect */
	int64_t end;                  /* bytes of a plain log */
	enum mg_pack pack;            /* or MG_PACK_NONE */
	const struct mg_known *known; /* what it may be */
	size_t n_known;
};

/*
 * mg_peek_run - an mg_worker_fn (spawn.h); arg is a struct mg_peek_job.
 *
 * Writes one PEEK record, or FAILED, after MG_PEEK_BYTES at most.
 */
int mg_peek_run(void *arg, int in_fd, int out_fd);

#endif
