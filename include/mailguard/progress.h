/* SPDX-License-Identifier: MIT */
/*
 * progress - one line on a terminal that says how far long work has come.
 *
 * It is written over again and again, and cleared before anything else is said.
 * Work that is done soon says nothing. Times are passed in.
 */
#ifndef MAILGUARD_PROGRESS_H
#define MAILGUARD_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/slice.h"

#define MG_PROGRESS_AFTER_MS 1000 /* work that ends before shows none */
#define MG_PROGRESS_EVERY_MS 200  /* a person reads no faster */

struct mg_progress {
	int fd;           /* a terminal; stays the caller's */
	unsigned width;   /* its columns; 0 for no line at all */
	int64_t began_ms; /* mg_clock_mono_ms */
	int64_t shown_ms; /* when the line was written last */
	size_t n_shown;   /* columns that it takes; 0 while there is none */
};

/* How far it has come. */
struct mg_progress_at {
	uint64_t n_bytes, n_lines; /* since the beginning */
	int64_t left_bytes;        /* still to do; -1 where nobody knows */
	struct mg_slice name;      /* of what is read now; any bytes */
};

/* From here on work shows itself after so long; for the tests alone. */
void mg_progress_set_after(int64_t ms);

void mg_progress_begin(struct mg_progress *p, int fd, unsigned width,
		       int64_t now_ms);

/*
 * mg_progress_show - write the line, if it is time to:
 *
 *     1.2 of 4.0 GB, 30 %, 1150000 lines/s, 12 s left: mainlog
 *
 * Never longer than the terminal is wide. A terminal that cannot be written to
 * is no matter.
 */
void mg_progress_show(struct mg_progress *p, const struct mg_progress_at *at,
		      int64_t now_ms);

/* Takes the line away, if there is one. */
void mg_progress_clear(struct mg_progress *p);

#endif
