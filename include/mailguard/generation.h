/* SPDX-License-Identifier: MIT */
/*
 * generation - which files are called like rotated ones of a log.
 *
 * A name is a hint where to look; what a file holds decides (follow.h).
 */
#ifndef MAILGUARD_GENERATION_H
#define MAILGUARD_GENERATION_H

#include <stdbool.h>
#include <stddef.h>

enum mg_generation {
	MG_GENERATION_NONE,
	/* The log's name and something more: mainlog.old, mainlog.1.bak. */
	MG_GENERATION_MAYBE,
	/* As programs that rotate name them, compressed or not: mainlog.1,
	   mainlog.01, mainlog-20261122, mainlog.2026-11-22-1795312800.gz,
	   mail-20261122.log. */
	MG_GENERATION_SURE,
};

/* What a file is called, beside a log of that name; neither has a slash. */
enum mg_generation mg_generation_of(const char *log, const char *name);

/* Whether a name ends as those of rotated files do, whatever the log's is. */
bool mg_generation_is_any(const char *name);

/* Length of a name without the ending of a packer (.gz .bz2 .xz .zst). */
size_t mg_generation_unpacked(const char *name);

#endif
