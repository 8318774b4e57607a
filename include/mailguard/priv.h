/* SPDX-License-Identifier: MIT */
/*
 * priv - the jail of a child that reads what strangers wrote.
 *
 * Own user and group ids, no supplementary groups, no new privileges, limits
 * on memory, processor time and descriptors, no file system (Landlock, where
 * the kernel has it), and a list of system calls outside of which the kernel
 * ends the process. There is no way back out.
 */
#ifndef MAILGUARD_PRIV_H
#define MAILGUARD_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/slice.h"

/*
 * Ids of the parser where the host has no user "mailguard": a number that no
 * distribution hands out. Never nobody's, whose processes and files others
 * share.
 */
#define MG_PRIV_UID 2146000025U

#define MG_PRIV_MEMORY_MAX ((uint64_t)4 << 30) /* bytes of address space */
#define MG_PRIV_CPU_MAX 3600                   /* seconds; 700 GB of log */

struct mg_jail {
	uint32_t uid, gid; /* taken on when root; ignored otherwise */
};

/*
 * mg_priv_jail - the ids of the host's user "mailguard", or MG_PRIV_UID where
 * it has none.
 */
struct mg_jail mg_priv_jail(const struct mg_root *root);

/*
 * mg_priv_find_user - the ids of a user of the host's /etc/passwd.
 *
 * Returns false where there is none, or it is root's; out is untouched then.
 */
bool mg_priv_find_user(const struct mg_root *root, struct mg_slice name,
		       struct mg_jail *out);

/*
 * mg_priv_enter_jail - give everything up but reading and writing what is open.
 *
 * The process dies with its parent. Allowed from here on: pread64, write, memory (never executable), and the
 * end. Every other system call kills the process (SIGSYS).
 *
 * Returns 0; -MG_EIO when the ids, the limits or the filter cannot be had: the
 * caller must not go on then. A kernel without Landlock (before 5.13) is
 * accepted, since the filter forbids to open files all the same.
 *
 * Source: seccomp(2), landlock(7), setresuid(2).
 */
MG_NODISCARD int mg_priv_enter_jail(const struct mg_jail *jail,
				    struct mg_err *err);

/* Seconds of processor time of a child that copies files of an account. */
#define MG_PRIV_ACCOUNT_CPU_MAX 20

/*
 * mg_priv_enter_account - become an account, as far as its files are to be
 * read.
 *
 * account   in   its ids; neither of them root's. Who is not root must be it
 *                already
 *
 * From here on nothing can be read that the account could not read. Besides
 * what the jail allows, files and directories may be opened and looked at;
 * nothing can be written, made, run or sent. Processes of the account cannot
 * look into this one, but may stop and end it: its parent keeps the time.
 *
 * Returns 0 or -MG_EIO: the caller must not go on then.
 */
MG_NODISCARD int mg_priv_enter_account(const struct mg_jail *account,
				       struct mg_err *err);

#endif
