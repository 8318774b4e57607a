/* SPDX-License-Identifier: MIT */
/*
 * panel_events - what a control panel says it did, as rows of the ledger: so
 * that it can be told who created, renamed, suspended or removed an account, and
 * when.
 *
 * Calls that add run inside a transaction of the store.
 */
#ifndef MAILGUARD_PANEL_EVENTS_H
#define MAILGUARD_PANEL_EVENTS_H

#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/slice.h"
#include "mailguard/store.h"

/* What it did to an account. The numbers stand in the file. */
enum mg_panel_event_kind {
	MG_PANEL_CREATED = 1,
	MG_PANEL_RENAMED = 2, /* other: its name from now on */
	MG_PANEL_OWNER = 3,   /* other: its owner from now on */
	MG_PANEL_SUSPENDED = 4,
	MG_PANEL_UNSUSPENDED = 5, /* other: MG_PANEL_OURS where one of ours
				     was in force, or empty */
	MG_PANEL_REMOVING = 6, /* is about to; other: the bundle made before */
	MG_PANEL_REMOVED = 7,
	MG_PANEL_PASSWORD = 8, /* another one; which one nobody here knows */
};

#define MG_PANEL_OURS "ours"

extern const char *const mg_panel_event_words[]; /* by the numbers; [0] is "" */

struct mg_panel_event {
	enum mg_panel_event_kind kind;
	struct mg_slice panel;   /* "cpanel" */
	struct mg_slice account; /* as it was called before */
	struct mg_slice other;   /* or empty */
	struct mg_slice reason;  /* the panel's; or empty */
};

/* Adds a row. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_panel_events_add(struct mg_store *s, int64_t made_at,
				     const struct mg_panel_event *event,
				     struct mg_err *err);

/*
 * mg_panel_events_suspended - accounts that the panel has suspended, and not let
 * go since: not ours, which are acts (acts.h).
 *
 * Slices stand for the call. Returns 0, what fn returned, or -MG_EIO.
 */
typedef int (*mg_panel_event_fn)(void *arg, int64_t made_at,
				 const struct mg_panel_event *event);
MG_NODISCARD int mg_panel_events_suspended(struct mg_store *s,
					   mg_panel_event_fn fn, void *arg,
					   struct mg_err *err);

#endif
