/* SPDX-License-Identifier: MIT */
/*
 * watch_eyes - what a watch looks at: the logs of a plan, and the directories in
 * which they come and go.
 */
#ifndef MG_WATCH_EYES_H
#define MG_WATCH_EYES_H

#include "sweep_plan.h"

#include <stdbool.h>

/* Not open, it sees nothing. */
struct mg_watch_eyes {
	int fd;        /* to wait for; -1 while not open */
	bool is_blind; /* to a part of what there is: it has to be looked at
			  without a sign */
};

/*
 * mg_watch_eyes_open - look at what a plan reads.
 *
 * root_path   in   the host's root, below which its journal lies
 *
 * What cannot be looked at makes it blind. Never fails; the caller's
 * (mg_watch_eyes_close).
 */
void mg_watch_eyes_open(struct mg_watch_eyes *eyes,
			const struct mg_sweep_plan *plan,
			const char *root_path);
void mg_watch_eyes_close(struct mg_watch_eyes *eyes);

/*
 * mg_watch_eyes_see - whether anything happened since the last time; where names
 * did change, what they lead to now is looked at from here on.
 */
bool mg_watch_eyes_see(struct mg_watch_eyes *eyes,
		       const struct mg_sweep_plan *plan, const char *root_path);

#endif
