/* SPDX-License-Identifier: MIT */
/*
 * file_below - open what lies in a tree that somebody else moves things about
 * in meanwhile.
 *
 * A customer who knows that his files are read swaps a directory for a link to
 * another's at the right moment. The kernel itself is told what a path may pass
 * through (openat2); one that does not know that call (before 5.6) is asked for
 * each component alone, and no link is followed at all.
 */
#ifndef MAILGUARD_FILE_BELOW_H
#define MAILGUARD_FILE_BELOW_H

#include "mailguard/err.h"
#include "mailguard/file.h"

/* What a path may pass through. */
enum mg_below {
	/* Neither links, nor another file system, nor out of the directory. */
	MG_BELOW_STRICT,
	/* Links, as if the directory were "/"; never those of /proc. */
	MG_BELOW_AS_ROOT,
};

/*
 * mg_file_open_below - open for reading, without waiting, and look at what is
 * open.
 *
 * dirfd   in   the directory; O_PATH will do
 * path    in   relative to it; a leading "/" says nothing
 * fd      out  the caller's (mg_file_close); a file or a directory, the info
 *              says which; -1 on failure
 *
 * Returns 0; 1 when nothing is there (err untouched); -MG_EIO, also for a path
 * that passes through what it may not.
 *
 * Source: openat2(2).
 */
MG_NODISCARD int mg_file_open_below(int dirfd, const char *path,
				    enum mg_below how, int *fd,
				    struct mg_file_info *info,
				    struct mg_err *err);

/* What is open is now. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_file_look_at(int fd, struct mg_file_info *info);

/*
 * mg_file_each_of - the names in a directory that is open, as mg_file_each.
 *
 * fd   in   read from its start, and closed
 */
MG_NODISCARD int mg_file_each_of(int fd, mg_file_name_fn fn, void *arg,
				 struct mg_err *err);

#endif
