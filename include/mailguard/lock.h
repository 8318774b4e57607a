/* SPDX-License-Identifier: MIT */
/*
 * lock - one writer of a state directory at a time.
 *
 * flock(2) on the directory itself, since a file in it can be removed while
 * somebody holds it, and another be locked in its place. The kernel drops the
 * lock with the process, whatever ends it; a file only says who holds it.
 */
#ifndef MAILGUARD_LOCK_H
#define MAILGUARD_LOCK_H

#include "mailguard/err.h"

#define MG_LOCK_NAME "lock" /* the file that says who */

/* Who takes it several times a second, for a moment each. */
#define MG_LOCK_WATCH "watch"

/* Milliseconds that others wait for such a moment: a pass that has much to read
   may take longer, and is then told like any other holder. */
#define MG_LOCK_WAIT_MS 10000

/*
 * mg_lock_take - become the writer, or say who is. It waits for a watch.
 *
 * dirfd   in   the state directory
 * who     in   what this process does, for others to read ("sweep")
 * fd      out  holds the lock until closed
 *
 * Returns 0, -MG_EBUSY naming the holder's process and command, or -MG_EIO.
 */
MG_NODISCARD int mg_lock_take(int dirfd, const char *who, int *fd,
			      struct mg_err *err);

/* The same, without waiting. */
MG_NODISCARD int mg_lock_try(int dirfd, const char *who, int *fd,
			     struct mg_err *err);

#endif
