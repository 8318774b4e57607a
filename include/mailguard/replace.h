/* SPDX-License-Identifier: MIT */
/*
 * replace - write a file whole: who reads it sees the old one or the new one.
 *
 * The new content goes into a temporary file of the same directory, which takes
 * the name when it is complete and on disk. A crash before leaves the old file
 * as it was, and at most ".mailguard-PID.new" beside it.
 *
 *     rc = mg_replace_begin(&r, path, 0600, err);
 *     ... write to r.fd ...
 *     if (rc == 0)
 *             rc = mg_replace_commit(&r, err);
 *     mg_replace_release(&r);
 */
#ifndef MAILGUARD_REPLACE_H
#define MAILGUARD_REPLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/slice.h"

#define MG_REPLACE_NAME_MAX 40 /* bytes of the temporary name */

struct mg_replace {
	int fd;           /* to write to; owned; -1 while not open */
	int dir;          /* held from begin to release; -1 while not open */
	const char *path; /* borrowed until _release */
	const char *name; /* its last component */
	uint32_t mode;    /* that the file will have */
	bool is_lasting;  /* the disk has it before it takes the name; set by
			     _begin, and may be taken back before _commit where
			     a power cut may take the file: a sync takes
			     milliseconds */
	int64_t uid, gid; /* likewise; -1: who makes it */
	char temporary[MG_REPLACE_NAME_MAX]; /* "" while there is none */
};

/*
 * mg_replace_begin - make the temporary file.
 *
 * path   in   the file to be; borrowed until mg_replace_release. What is there
 *             must be a regular file, whose mode and owners stay: not a link,
 *             through which another file (or /dev/stdout) would be lost
 * mode   in   of a file that is new
 *
 * Returns 0 or -MG_EIO; either way mg_replace_release is safe.
 */
MG_NODISCARD int mg_replace_begin(struct mg_replace *r, const char *path,
				  uint32_t mode, struct mg_err *err);

/*
 * mg_replace_commit - sync what was written, if it is lasting, and give it the
 * name. Returns 0 or -MG_EIO, then the old file is there as before.
 */
MG_NODISCARD int mg_replace_commit(struct mg_replace *r, struct mg_err *err);

/* Removes what was not committed; accepts one whose begin failed. */
void mg_replace_release(struct mg_replace *r);

/*
 * mg_replace_file - all of that in one call.
 *
 * mode, gid   in   of a file that is new; gid -1: the group of who makes it
 *
 * Returns 0 or -MG_EIO, then the old file is there as before.
 */
MG_NODISCARD int mg_replace_file(const char *path, uint32_t mode, int64_t gid,
				 struct mg_slice text, struct mg_err *err);

/* Whether it is the name of a temporary file, which a writer that was killed may
   have left. */
bool mg_replace_is_temporary(struct mg_slice name);

#endif
