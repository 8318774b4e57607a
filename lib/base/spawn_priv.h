/* SPDX-License-Identifier: MIT */
/*
 * spawn_priv - what workers and programs share.
 */
#ifndef MG_SPAWN_PRIV_H
#define MG_SPAWN_PRIV_H

#include "mailguard/spawn.h"

/* Where a child finds what it was given, whatever the numbers were here. */
enum { CHILD_IN = 0, CHILD_OUT = 1, CHILD_FIRST_UNUSED = MG_WORKER_MORE };

/* In a child: every signal as at start-up, none blocked. */
void mg_spawn_reset_signals(void);

/* In a child: closes that descriptor and all after it. */
void mg_spawn_close_from(int first);

/* Waits for the end of a child and closes its pipe; returns 0 or -1. */
int mg_spawn_reap(struct mg_worker *w, int *status);

/* Real-time signals have no name. */
const char *mg_spawn_signal_name(int number);

#endif
