/* SPDX-License-Identifier: MIT */
/*
 * lock - one writer of a state directory at a time.
 *
 * flock(2) on a file that is never removed, so that nobody can lock a file
 * that is no longer the one in the directory. The kernel drops the lock with
 * the process, whatever ends it; the text in the file only says who holds it.
 */
#ifndef MAILGUARD_LOCK_H
#define MAILGUARD_LOCK_H

#include "mailguard/err.h"

#define MG_LOCK_NAME "lock"

/*
 * mg_lock_take - become the writer, or say who is.
 *
 * dirfd   in   the state directory
 * who     in   what this process does, for others to read ("sweep")
 * fd      out  holds the lock until closed
 *
 * Returns 0, -MG_EBUSY naming the holder's process and command, or -MG_EIO.
 */
MG_NODISCARD int mg_lock_take(int dirfd, const char *who, int *fd,
			      struct mg_err *err);

#endif
