/* SPDX-License-Identifier: MIT */
/*
 * spawn - the only door to other processes.
 *
 * A program is a child with another's executable: a fixed path, an argument
 * vector, a clean environment, no shell. What it prints is read from a pipe.
 *
 * A worker is a forked child of this program that gets no more than it needs:
 * the descriptors it is given and the memory as it was. It hands back bytes
 * through one pipe. What it reads is hostile, so whoever reads the pipe treats
 * every byte as hostile too.
 */
#ifndef MAILGUARD_SPAWN_H
#define MAILGUARD_SPAWN_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/priv.h"
#include "mailguard/slice.h"

/* Bytes that a child may be ahead; the most that Linux gives without asking. */
#define MG_WORKER_PIPE_BYTES (1024 * 1024)

/* Seconds of processor time; to read a journal of 100 GB. */
#define MG_PROGRAM_CPU_MAX 3600

/* Where a worker finds the first of the further pipes that it may read. */
#define MG_WORKER_MORE 3

/* Exit status of a child that could not be jailed, and did not run. */
#define MG_WORKER_NO_JAIL 99

/*
 * What runs in the child.
 *
 * arg      what the caller of mg_worker_start passed
 * in_fd    the one descriptor it was given to read
 * out_fd   where its bytes go
 *
 * Returns the exit status of the child, 0 for done.
 */
typedef int (*mg_worker_fn)(void *arg, int in_fd, int out_fd);

struct mg_worker {
	pid_t pid;     /* 0 while none runs */
	int from_fd;   /* the read end of its pipe; -1 while none */
	int killed_by; /* the signal that ended it, once it was waited for */
};

/*
 * mg_worker_start - fork a child that runs fn and nothing else.
 *
 * in_fd   in   a descriptor the child may read; stays the caller's here
 * fn      in   what runs there; arg is borrowed, the child has its own copy
 * jail    in   the ids it takes on; it runs jailed (priv.h) or not at all
 *
 * In the child every other descriptor but stderr is closed, signals are as at
 * start-up, and the child dies with its parent.
 *
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_worker_start(struct mg_worker *w, int in_fd,
				 mg_worker_fn fn, void *arg,
				 const struct mg_jail *jail,
				 struct mg_err *err);

/*
 * mg_worker_start_with - the same, with the pipes of other workers to read.
 *
 * helpers   in/out  running; the new worker reads what they say, from
 *                   MG_WORKER_MORE on in their order, and nobody here can any
 *                   more: their from_fd are closed on success
 */
MG_NODISCARD int mg_worker_start_with(struct mg_worker *w, int in_fd,
				      struct mg_worker *helpers, size_t n,
				      mg_worker_fn fn, void *arg,
				      const struct mg_jail *jail,
				      struct mg_err *err);

/*
 * mg_worker_start_as - the same with the rights of an account and no others
 * (mg_priv_enter_account), to read its files.
 *
 * Processes of the account can stop such a worker: it is read by
 * mg_worker_read and ended by mg_worker_kill.
 */
MG_NODISCARD int mg_worker_start_as(struct mg_worker *w, int in_fd,
				    mg_worker_fn fn, void *arg,
				    const struct mg_jail *account,
				    struct mg_err *err);

/*
 * mg_worker_read - exactly len bytes of what a worker says.
 *
 * until_ms   in   when to give up (mg_clock_mono_ms)
 *
 * Returns 1; 0 where it ended before that; -MG_EIO, also when the time is over.
 */
MG_NODISCARD int mg_worker_read(const struct mg_worker *w, void *to, size_t len,
				int64_t until_ms, struct mg_err *err);

/*
 * mg_worker_pump - what a worker or program says into a file, without a look at
 * it: until it ends, max bytes came, or the time is over.
 *
 * until_ms   in   when to give up (mg_clock_mono_ms)
 *
 * Returns the bytes that were moved, fewer than max only where it ended; or
 * -MG_EIO, with what came before in the file.
 */
MG_NODISCARD int64_t mg_worker_pump(const struct mg_worker *w, int to_fd,
				    int64_t max, int64_t until_ms,
				    struct mg_err *err);

/* Processors that this process may use, at least 1. */
unsigned mg_worker_cores(void);

/*
 * mg_program_start - run a program.
 *
 * path   in   absolute (mg_file_check_program)
 * argv   in   with its name first, NULL last; borrowed until return
 *
 * In the child standard input is empty, standard output the pipe in w, standard
 * error ours, and every other descriptor is closed. The environment is PATH and
 * LC_ALL=C, signals are as at start-up, the processor time is limited to
 * MG_PROGRAM_CPU_MAX, and it dies with its parent. mg_worker_wait says how it
 * ended; a program that could not be run ends with status 127.
 *
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_program_start(struct mg_worker *w, const char *path,
				  const char *const *argv, struct mg_err *err);

/* A program that is run to its end. */
struct mg_program {
	const char *path;            /* absolute (mg_program_find) */
	const char *const *argv;     /* with its name first, NULL last */
	struct mg_slice input;       /* of its standard input, a file */
	int64_t seconds;             /* it may take; then it is killed */
	struct mg_buf *out, *errors; /* what it prints is added; NULL: dropped,
					as is what goes beyond their limit */
};

/*
 * mg_program_run - run a program to its end, in its own process group.
 *
 * status   out  its exit status, 127 where it could not be run
 *
 * Its environment and its limits are as in mg_program_start, but it does not die
 * with its parent: what it changes is done or not done, never half.
 *
 * Returns 0, whatever its status is; -MG_EIO where it was ended by a signal or
 * took too long, in words.
 */
MG_NODISCARD int mg_program_run(const struct mg_program *p, int *status,
				struct mg_err *err);

/* For tests: no program gets more than so many seconds. And how many one gets
   that is to have some. */
void mg_program_set_patience(int64_t seconds);
int64_t mg_program_seconds(int64_t seconds);

/*
 * mg_program_find - where the host has a program: in the sbin and bin of /usr
 * and of the root.
 *
 * out   out  its path, the host's root included
 *
 * Returns 0; -MG_ECONF where it is in none of them, or others could change it.
 */
MG_NODISCARD int mg_program_find(const struct mg_root *root, const char *name,
				 char out[PATH_MAX], struct mg_err *err);

/*
 * mg_worker_wait - close the pipe and wait for the end of the child.
 *
 * Returns 0 when it ended with status 0, else -MG_EIO, saying by which status
 * or signal. A worker that was never started is done.
 */
MG_NODISCARD int mg_worker_wait(struct mg_worker *w, struct mg_err *err);

/* Ends it now and reaps it, for a parent that gives up. */
void mg_worker_kill(struct mg_worker *w);

#endif
