/* SPDX-License-Identifier: MIT */
#include "mailguard/panel_events.h"

#include "ledger_priv.h"
#include "store_priv.h"

const char *const mg_panel_event_words[] = {
	"",         "created", "renamed",  "owner", "suspended", "unsuspended",
	"removing", "removed", "password", NULL,
};

void mg_panel_events_read(sqlite3_stmt *st, int at, struct mg_panel_event *e)
{
	*e = (struct mg_panel_event){
		.kind = (enum mg_panel_event_kind)sqlite3_column_int(st, at),
		.panel = mg_store_column_slice(st, at + 1),
		.account = mg_store_column_slice(st, at + 2),
		.other = mg_store_column_slice(st, at + 3),
		.reason = mg_store_column_slice(st, at + 4),
	};
}

int mg_panel_events_add(struct mg_store *s, int64_t made_at,
			const struct mg_panel_event *e, struct mg_err *err)
{
	struct mg_ledger_row row = { .made_at = made_at,
				     .kind = MG_LEDGER_PANEL,
				     .panel = *e };
	const struct mg_slice texts[] = { e->panel, e->account, e->other,
					  e->reason };
	sqlite3_stmt *st;
	const int rc = mg_ledger_add_row(s, &row, err);

	if (rc < 0)
		return rc;
	st = mg_store_statement(s, MG_SQL_ADD_PANEL_EVENT, err);
	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, row.seq);
	(void)sqlite3_bind_int(st, 2, (int)e->kind);
	for (int i = 0; i < 4; i++)
		mg_store_bind_slice(st, 3 + i, texts[i]);
	return mg_store_run(s, st, err);
}

/* By the last event that says so; under another name it is another account. The
   numbers of events are those of the header. */
static const char suspended_sql[] =
	"SELECT l.made_at, " MG_PANEL_EVENT_COLUMNS
	" FROM (SELECT max(seq) AS seq FROM panel_event"
	" WHERE event IN (1, 2, 4, 5, 7) GROUP BY account) last"
	" JOIN panel_event p ON p.seq = last.seq"
	" JOIN ledger l ON l.seq = p.seq WHERE p.event = 4 ORDER BY p.seq";

int mg_panel_events_suspended(struct mg_store *s, mg_panel_event_fn fn,
			      void *arg, struct mg_err *err)
{
	struct mg_panel_event event;
	sqlite3_stmt *st = NULL;
	int rc;

	if (sqlite3_prepare_v2(s->db, suspended_sql, -1, &st, NULL) !=
	    SQLITE_OK)
		return mg_store_fail(s, "read", err);
	while ((rc = mg_store_step(s, st, err)) == 1) {
		mg_panel_events_read(st, 1, &event);
		rc = fn(arg, sqlite3_column_int64(st, 0), &event);
		if (rc)
			break;
	}
	(void)sqlite3_finalize(st);
	return rc;
}
