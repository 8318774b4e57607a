/* SPDX-License-Identifier: MIT */
/*
 * file_priv - what the parts of the door to the file system share.
 */
#ifndef MG_FILE_PRIV_H
#define MG_FILE_PRIV_H

#include <fcntl.h>

#include "mailguard/file.h"

/*
 * O_NONBLOCK: opening a FIFO that a customer put there must not hang the sweep;
 * it has no meaning for regular files. O_NOCTTY: nor may a terminal adopt us.
 */
#define MG_FILE_READ (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/*
 * mg_file_read_all - from where a descriptor stands to the end of its file.
 *
 * path   in   what it is called in messages
 * out    out  initialised by the caller with the largest size accepted
 *
 * Returns 0, -MG_EIO, or -MG_ELIMIT.
 */
MG_NODISCARD int mg_file_read_all(int fd, const char *path, struct mg_buf *out,
				  struct mg_err *err);

#endif
