/* SPDX-License-Identifier: MIT */
/*
 * health - how the last sweep ended, in a file that anything can read.
 *
 * A few lines "key=value" in the state directory, replaced whole when a sweep
 * ends. A sweep that is killed leaves the file of the one before it, which
 * gets old: whoever watches has to look at its times, not only at its words.
 */
#ifndef MAILGUARD_HEALTH_H
#define MAILGUARD_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/slice.h"

#define MG_HEALTH_NAME "health"

#define MG_HEALTH_SOURCES 8 /* more than there are dialects */

/* A source that a sweep was to read, and the last time that it went well. */
struct mg_health_source {
	char name[32];
	int64_t good_at; /* Unix seconds */
};

struct mg_health {
	int64_t began_at, ended_at; /* Unix seconds; the last sweep */
	int64_t good_at; /* end of the last that was good; 0 for none */
	int status;      /* exit status of the last (enum mg_status) */
	char why[MG_ERR_TEXT_MAX]; /* its first warning or error, printable;
				      empty for none */
	struct mg_health_source sources[MG_HEALTH_SOURCES];
	size_t n_sources;
};

/* Adds a source, or sets its time; one too many is left out. */
void mg_health_set_source(struct mg_health *h, struct mg_slice name,
			  int64_t good_at);

/* When a source was last swept well; 0 where that is not known. */
int64_t mg_health_source_at(const struct mg_health *h, struct mg_slice name);

/* Whether a sweep that ended so has read all that it was to read. */
bool mg_health_is_good(int status);

/*
 * mg_health_write - put the file of a sweep that ends.
 *
 * dir      in   path of the state directory
 * health   in   with the sources that it was to read; times when something was
 *               good are of no matter: they are the end of this sweep if it was
 *               good, else those of the file before
 *
 * Readers see the old file or the new one, also after a crash. Returns 0 or
 * -MG_EIO.
 */
MG_NODISCARD int mg_health_write(const char *dir,
				 const struct mg_health *health,
				 struct mg_err *err);

/*
 * mg_health_read - what the file in a state directory says.
 *
 * Returns 0; 1 where there is none (out is zeroed); -MG_EIO; -MG_EPARSE.
 */
MG_NODISCARD int mg_health_read(const char *dir, struct mg_health *out,
				struct mg_err *err);

#endif
