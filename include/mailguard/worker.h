/* SPDX-License-Identifier: MIT */
/*
 * worker - the parser child: reads a log, counts it, says what it counted.
 *
 * The one place where bytes that strangers chose are parsed. It has the log on
 * one descriptor and a pipe on the other, and the tables as they were when it
 * was forked.
 */
#ifndef MAILGUARD_WORKER_H
#define MAILGUARD_WORKER_H

#include "mailguard/count.h"

struct mg_parse_job {
	struct mg_counter *counter; /* with the state of the last commit */
	int64_t from;               /* first byte to read, behind a newline */
	int64_t end;                /* bytes that the log had when opened */
	int64_t chunk_bytes;        /* about so many between two chunks */
};

/*
 * mg_parse_run - an mg_worker_fn (spawn.h); arg is a struct mg_parse_job.
 *
 * Reads whole lines of [from, end) and writes records, a CHUNK after about
 * chunk_bytes and at the end. A last line without newline is left for the next
 * run. Returns 0, or the status of what failed; a log that cannot be read is
 * told by a FAILED record first.
 */
int mg_parse_run(void *arg, int in_fd, int out_fd);

#endif
