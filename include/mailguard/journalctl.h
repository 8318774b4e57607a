/* SPDX-License-Identifier: MIT */
/*
 * journalctl - what mail servers logged to systemd's journal, as the host's own
 * program prints it.
 */
#ifndef MAILGUARD_JOURNALCTL_H
#define MAILGUARD_JOURNALCTL_H

#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/spawn.h"

#define MG_JOURNALCTL_WHICH_MAX 4

/*
 * mg_journalctl_start - have it print entries of the journal below the host's
 * root, in its export format (journal.h).
 *
 * w       out  the program, as of mg_program_start
 * which   in   options that say which entries ("--since=@1795312800"), NULL
 *              last, at most MG_JOURNALCTL_WHICH_MAX; none for all
 *
 * Returns 0; -MG_ECONF where the host has no journalctl, or others could change
 * it; -MG_EIO.
 *
 * Source: journalctl(1), "Source Options", "Filtering Options".
 */
MG_NODISCARD int mg_journalctl_start(struct mg_worker *w,
				     const struct mg_root *root,
				     const char *const *which,
				     struct mg_err *err);

#endif
