/* SPDX-License-Identifier: MIT */
/*
 * tar - an archive of regular files under names of our making: tar of POSIX,
 * packed with gzip. The same files give the same bytes, whenever and by whom:
 * owners, modes and times are fixed, and gzip says neither name nor time.
 *
 *     rc = mg_tar_begin(&w, fd, time, err);
 *     for each file, by name: rc = mg_tar_add(w, name, bytes, err);
 *     rc = mg_tar_end(w, err);
 */
#ifndef MAILGUARD_TAR_H
#define MAILGUARD_TAR_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/slice.h"

struct mg_tar;

/*
 * mg_tar_begin - get ready to write an archive.
 *
 * out    out  the caller's (mg_tar_end); on success only
 * fd     in   to write to; borrowed until mg_tar_end
 * mtime  in   Unix seconds, of every file in it
 *
 * Returns 0, or -MG_ELIMIT when there is no memory for it.
 */
MG_NODISCARD int mg_tar_begin(struct mg_tar **out, int fd, int64_t mtime,
			      struct mg_err *err);

/*
 * mg_tar_add - add a file.
 *
 * name   in   relative, terminated; the caller sorts, and makes each one once
 *
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_tar_add(struct mg_tar *t, const char *name,
			    struct mg_slice bytes, struct mg_err *err);

/* Writes what is left and frees it; accepts NULL. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_tar_end(struct mg_tar *t, struct mg_err *err);

/*
 * mg_tar_each - the files of an archive, in their order.
 *
 * archive   in   all of its bytes. Not for what a stranger made: who asks has
 *                seen its signature
 * fn        in   gets each file's name, and its bytes, which stand for the
 *                call; ends early with what is not 0
 * max       in   bytes of one file; more is -MG_ELIMIT
 *
 * Returns 0; what fn returned; -MG_EPARSE for what is no such archive or holds
 * anything but regular files.
 */
typedef int (*mg_tar_fn)(void *arg, const char *name, struct mg_slice bytes);

MG_NODISCARD int mg_tar_each(struct mg_slice archive, size_t max, mg_tar_fn fn,
			     void *arg, struct mg_err *err);

#endif
