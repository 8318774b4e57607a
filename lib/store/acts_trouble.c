/* SPDX-License-Identifier: MIT */
/*
 * What is in force and not carried out: the last word of a hook is that it failed.
 */
#include "ledger_priv.h"
#include "store_priv.h"

static const char sql[] =
	"SELECT l.made_at, t.mark, t.by, t.detail, " MG_INTENT_COLUMNS
	" FROM intent i JOIN mark t ON t.act = i.id"
	" JOIN ledger l ON l.seq = t.seq" MG_ACT_OPEN " AND" MG_ACT_APPROVED
	" AND i.verb >= 6 AND t.mark IN (2, 8, 9)"
	" AND (t.by = 'mailguard' OR t.by GLOB 'hook:*')"
	" AND NOT EXISTS (SELECT 1 FROM mark n"
	" WHERE n.act = t.act AND n.by = t.by AND n.seq > t.seq)"
	" ORDER BY t.seq";

int mg_acts_each_trouble(struct mg_store *s, int64_t now, mg_act_trouble_fn fn,
			 void *arg, struct mg_err *err)
{
	sqlite3_stmt *st = NULL;
	struct mg_act_trouble t;
	int rc;

	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
		return mg_store_fail(s, "read", err);
	(void)sqlite3_bind_int64(st, 1, now);
	while ((rc = mg_store_step(s, st, err)) == 1) {
		t = (struct mg_act_trouble){
			.at = sqlite3_column_int64(st, 0),
			.mark = (enum mg_act_mark)sqlite3_column_int(st, 1),
			.by = mg_store_column_slice(st, 2),
			.detail = mg_store_column_slice(st, 3),
		};
		mg_acts_read(st, 4, &t.act);
		rc = fn(arg, &t);
		if (rc)
			break;
	}
	(void)sqlite3_finalize(st);
	return rc;
}
