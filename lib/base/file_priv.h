/* SPDX-License-Identifier: MIT */
/*
 * file_priv - what the parts of the door to the file system share.
 */
#ifndef MG_FILE_PRIV_H
#define MG_FILE_PRIV_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "mailguard/file.h"
#include "mailguard/file_below.h"

/*
 * O_NONBLOCK: opening a FIFO that a customer put there must not hang the sweep;
 * it has no meaning for regular files. O_NOCTTY: nor may a terminal adopt us.
 */
#define MG_FILE_READ (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* What the kernel says of a file; when it was born is not among it. */
struct mg_file_info mg_file_info_of(const struct stat *st);

/* mg_file_look_open - what an open file is. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_file_look_open(int fd, const char *path,
				   struct mg_file_info *info,
				   struct mg_err *err);

/* mg_file_want_regular - refuse what is no regular file with -MG_EIO. */
MG_NODISCARD int mg_file_want_regular(const char *path,
				      const struct mg_file_info *info,
				      struct mg_err *err);

/* mg_file_each of a directory that is open, and is closed; NULL fails by errno. */
MG_NODISCARD int mg_file_each_in(DIR *d, const char *path, mg_file_name_fn fn,
				 void *arg, struct mg_err *err);

/*
 * mg_file_walk_below - open a relative path component by component, through no
 * link: what mg_file_open_below does on a kernel that knows no better. Returns
 * a descriptor, or -1 with errno.
 */
int mg_file_walk_below(int dirfd, const char *path, enum mg_below how);

#endif
