/* SPDX-License-Identifier: MIT */
/*
 * supervise - run a program of the site, and see to it that it ends.
 *
 * A hook changes a panel: what it began should come to its end, whatever
 * becomes of the process that started it. So it runs under a process of its own,
 * the supervisor, which stands between the two. It is in a session of its own
 * (the interrupt key of a terminal reaches neither), takes what the program
 * prints, keeps its time, and holds a lock for as long as the program runs.
 * Where the process that asked is killed, the supervisor goes on.
 *
 * At the time limit the program's process group gets SIGTERM, and SIGKILL after
 * a grace. Processes that left the group or the session (a double fork) become
 * children of the supervisor when their parent ends (PR_SET_CHILD_SUBREAPER),
 * and are killed too, until none is left. What only asked another service to do
 * something (systemd, at) is out of reach. A program that ends in time may leave
 * processes behind, as panels do: they go on, unwatched, and what they print is
 * lost.
 */
#ifndef MAILGUARD_SUPERVISE_H
#define MAILGUARD_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/slice.h"

/* Bytes of each of the two that it may print; the rest is read and dropped. */
#define MG_SUPERVISE_OUTPUT_MAX 65536

/* How long what a program left behind may hold its output open. Milliseconds. */
#define MG_SUPERVISE_LINGER_MS 200

struct mg_supervised {
	int fd;                  /* the program, open (mg_root_open_program) */
	const char *const *argv; /* its name first, NULL last */
	const char *const *env;  /* all of its environment, NULL last */
	struct mg_slice input;   /* of its standard input, a file */
	int64_t seconds;         /* it may take */
	int64_t grace_s;         /* from SIGTERM to SIGKILL */
	int lock_fd; /* stays open until it has ended; -1 for none */
};

enum mg_end {
	MG_END_STATUS,  /* it ended by itself */
	MG_END_SIGNAL,  /* something killed it */
	MG_END_TIME,    /* it took too long and was ended */
	MG_END_NOT_RUN, /* it was never run: nothing changed */
	MG_END_LOST,    /* the supervisor was killed: nobody knows */
};

struct mg_ended {
	enum mg_end how;
	int code;      /* exit status; signal; errno of what was not run */
	bool is_cut;   /* it printed more than is kept */
	bool has_left; /* what it left behind holds its output open, or could
			  not be ended */
	struct mg_buf out, errors; /* what it printed, any bytes */
};

/*
 * mg_supervise - run a program to its end.
 *
 * ended   out  the caller's (mg_ended_release), also on failure
 *
 * In the program standard input is a file, standard output and error are pipes,
 * descriptor 3 is the program itself (an interpreter reads a script from it) and
 * every other one is closed. It starts in "/", with umask 022, signals as at
 * start-up, in its own process group, without a limit of file sizes or of
 * processor time, without a terminal.
 *
 * Returns 0 however it ended; -MG_EIO where a process or a pipe could not be
 * had: it was not run then (MG_END_NOT_RUN).
 *
 * Source: prctl(2), execveat(2), setsid(2).
 */
MG_NODISCARD int mg_supervise(const struct mg_supervised *p,
			      struct mg_ended *ended, struct mg_err *err);

/* Accepts a zeroed one. */
void mg_ended_release(struct mg_ended *ended);

#endif
