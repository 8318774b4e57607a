/* SPDX-License-Identifier: MIT */
#include "mailguard/bundles.h"

#include "ledger_priv.h"
#include "store_priv.h"

#include <string.h>

const char *const mg_bundle_words[] = { "",     "made",     "expired",
					"held", "released", NULL };

void mg_bundles_read(sqlite3_stmt *st, int at, struct mg_bundle *b)
{
	*b = (struct mg_bundle){
		.event = (enum mg_bundle_event)sqlite3_column_int(st, at),
		.name = mg_store_column_slice(st, at + 1),
		.n_bytes = sqlite3_column_int64(st, at + 3),
		.per = mg_store_column_slice(st, at + 4),
		.subject = mg_store_column_slice(st, at + 5),
		.act = mg_store_column_slice(st, at + 6),
		.by = mg_store_column_slice(st, at + 7),
		.reason = mg_store_column_slice(st, at + 8),
	};
	if (sqlite3_column_bytes(st, at + 2) == MG_SHA256_LEN)
		memcpy(b->sha256, sqlite3_column_blob(st, at + 2),
		       MG_SHA256_LEN);
}

int mg_bundles_add(struct mg_store *s, int64_t made_at,
		   const struct mg_bundle *b, struct mg_err *err)
{
	struct mg_ledger_row row = { .made_at = made_at,
				     .kind = MG_LEDGER_BUNDLE,
				     .bundle = *b };
	const struct mg_slice texts[] = { b->per, b->subject, b->act, b->by,
					  b->reason };
	sqlite3_stmt *st;
	const int rc = mg_ledger_add_row(s, &row, err);

	if (rc < 0)
		return rc;
	st = mg_store_statement(s, MG_SQL_ADD_BUNDLE, err);
	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, row.seq);
	(void)sqlite3_bind_int(st, 2, (int)b->event);
	mg_store_bind_slice(st, 3, b->name);
	(void)sqlite3_bind_blob(st, 4, b->sha256, MG_SHA256_LEN, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 5, b->n_bytes);
	for (int i = 0; i < 5; i++)
		mg_store_bind_slice(st, 6 + i, texts[i]);
	return mg_store_run(s, st, err);
}

int mg_bundles_each(struct mg_store *s, mg_bundle_fn fn, void *arg,
		    struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_EACH_BUNDLE, err);
	struct mg_bundle bundle;
	int rc;

	if (!st)
		return -MG_EIO;
	while ((rc = mg_store_step(s, st, err)) == 1) {
		mg_bundles_read(st, 2, &bundle);
		bundle.seq = sqlite3_column_int64(st, 0);
		bundle.made_at = sqlite3_column_int64(st, 1);
		rc = fn(arg, &bundle);
		if (rc)
			break;
	}
	(void)sqlite3_reset(st);
	return rc;
}
