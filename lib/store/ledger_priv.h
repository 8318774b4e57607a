/* SPDX-License-Identifier: MIT */
/*
 * ledger_priv - how rows are added, and the hash that chains them.
 */
#ifndef MG_LEDGER_PRIV_H
#define MG_LEDGER_PRIV_H

#include <sqlite3.h>

#include "mailguard/ledger.h"

/* Over the row before, and everything that this one says. */
void mg_ledger_hash(const unsigned char before[MG_SHA256_LEN],
		    const struct mg_ledger_row *row,
		    unsigned char out[MG_SHA256_LEN]);

/* Adds what every kind of row has; seq, binary and hash are set here. */
MG_NODISCARD int mg_ledger_add_row(struct mg_store *s,
				   struct mg_ledger_row *row,
				   struct mg_err *err);

/* An intent out of a row of its table, from its column `at` (seq) on. */
#define MG_INTENT_COLUMNS                                                      \
	"i.seq, i.id, i.verb, i.is_waiting, i.per, i.subject, i.domain,"       \
	" i.account, i.owner, i.since_at, i.until_at, i.finding, i.clause,"    \
	" i.n, i.limit_n, i.window_s, i.with_local, i.pace, i.by, i.reason,"   \
	" i.with_login, i.approvals, i.grace_s, i.sweeps, i.target,"           \
	" i.identity"
void mg_acts_read(sqlite3_stmt *st, int at, struct mg_act *act);

/* Of an intent i at a time ?1: it is not over, and nobody has to approve it. The
   numbers of marks are those of acts.h. */
#define MG_ACT_OPEN                                                            \
	" WHERE i.until_at > ?1 AND NOT EXISTS (SELECT 1 FROM mark m"          \
	" WHERE m.act = i.id AND m.mark IN (4, 13))"
#define MG_ACT_APPROVED                                                        \
	" (i.is_waiting = 0 OR (SELECT count(DISTINCT m.by) FROM mark m"       \
	" WHERE m.act = i.id AND m.mark = 3) >= max(1, i.approvals))"

/* An offence out of columns, from `at` on; without its row and time. */
#define MG_OFFENCE_COLUMNS                                                     \
	"o.event, o.id, o.policy, o.finding, o.per, o.subject, o.account,"     \
	" o.uid, o.created, o.owner, o.at, o.until_at, o.cause, o.doubt,"      \
	" o.by, o.reason"
void mg_offences_read(sqlite3_stmt *st, int at, struct mg_offence *offence);

/* What a panel did, out of columns, from `at` on. */
#define MG_PANEL_EVENT_COLUMNS "p.event, p.panel, p.account, p.other, p.reason"
void mg_panel_events_read(sqlite3_stmt *st, int at,
			  struct mg_panel_event *event);

/* A bundle out of columns, from `at` on; without its row and time. */
#define MG_BUNDLE_COLUMNS                                                      \
	"b.event, b.name, b.sha256, b.bytes, b.per, b.subject, b.act, b.by,"   \
	" b.reason"
void mg_bundles_read(sqlite3_stmt *st, int at, struct mg_bundle *bundle);

#endif
