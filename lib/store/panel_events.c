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
