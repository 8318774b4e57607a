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
#include "mailguard/identify.h"
#include "mailguard/seen.h"

struct mg_parse_job {
	struct mg_counter *counter; /* with the state of the last commit */
	int64_t from;               /* first byte to read, behind a newline */
	int64_t end;                /* bytes that the log had when opened */
	int64_t chunk_bytes;        /* about so many between two chunks */
	/* Of a compressed log, which is read from where it is known: */
	enum mg_pack pack;            /* or MG_PACK_NONE */
	const struct mg_known *known; /* what it may be */
	size_t n_known;
	struct mg_seen *seen; /* of the journal, else NULL */
	bool is_brief;        /* nobody asks for counts (tell.h) */
	/* Of a plain log that several processes read: */
	unsigned n_helpers;
	unsigned helper;    /* which one this is, from 0; of a helper */
	int64_t part_bytes; /* of the log, to each process in turn */
};

/*
 * mg_parse_run - an mg_worker_fn (spawn.h); arg is a struct mg_parse_job.
 *
 * Reads whole lines, or entries of the journal, of [from, end) and writes records, a CHUNK after about
 * chunk_bytes and at the end. A last line without newline is left for the next
 * run. Of a compressed log an IDENTITY comes first, a PLACE before each CHUNK,
 * and an END last; from and end are not asked. Returns 0, or the status of what failed; a log that cannot be read is
 * told by a FAILED record first.
 */
int mg_parse_run(void *arg, int in_fd, int out_fd);

/*
 * mg_parse_help - the same of a helper, which counts its parts (part.h) of what
 * mg_parse_run reads, and writes them for that child.
 *
 * The log is dealt out in turns of part_bytes: one for the first child, one for
 * each helper, and so on. mg_parse_run finds the pipes of the helpers behind
 * its own descriptors (MG_WORKER_MORE), in their order.
 */
int mg_parse_help(void *arg, int in_fd, int out_fd);

#endif
