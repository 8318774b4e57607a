/* SPDX-License-Identifier: MIT */
/*
 * panel_queue - what the panel did, until it stands in the ledger.
 *
 * A panel waits for the hook that it calls, and a sweep may hold the state for
 * long, or be what made the panel call: so an event is put into a file of its own
 * (STATE/events), on disk before the panel is answered, and whoever has the lock
 * next takes it in: that hook itself, or the next sweep.
 */
#ifndef MAILGUARD_PANEL_QUEUE_H
#define MAILGUARD_PANEL_QUEUE_H

#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/panel_events.h"
#include "mailguard/store.h"

/*
 * mg_panel_queue_put - keep an event; on disk when it returns.
 *
 * state   in   the state directory, made where it is not there
 * at      in   Unix seconds
 *
 * Returns 0, -MG_EIO, or -MG_ECONF for a directory that others could change.
 */
MG_NODISCARD int mg_panel_queue_put(const char *state, int64_t at,
				    const struct mg_panel_event *event,
				    struct mg_err *err);

/*
 * mg_panel_queue_take - events become rows of the ledger, each once, with the
 * time at which they happened; their files go.
 *
 * store   in   locked, and no transaction is open
 *
 * A crash at any moment loses none and doubles none. Returns 0; -MG_EIO;
 * -MG_EPARSE for a file that is none of ours: it stays, and the others are taken.
 */
MG_NODISCARD int mg_panel_queue_take(struct mg_store *store, const char *state,
				     struct mg_err *err);

#endif
