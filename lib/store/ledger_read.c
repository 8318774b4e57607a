/* SPDX-License-Identifier: MIT */
/*
 * Rows of the ledger out of the store, and the proof that they are what was
 * written.
 */
#include "ledger_priv.h"
#include "store_priv.h"

/* Columns of a row: its own, then those of its clause, then of what it is. */
#define ROW_COLUMNS                                                            \
	"l.seq, l.kind, l.made_at, l.binary, l.hash,"                          \
	" c.seq, c.policy, c.version, c.policy_hash, c.clause, c.rule, c.per," \
	" c.measure, c.action, c.sentence, c.text,"                            \
	" f.seq, f.id, f.clause, f.state, f.is_warning, f.per, f.subject,"     \
	" f.domain, f.account, f.owner, f.from_at, f.until_at, f.n, f.of_n,"   \
	" f.limit_n, f.override, f.waiver, f.source, f.log_class, f.log,"      \
	" f.log_from, f.log_to, f.log_hash, f.main_per, f.main, f.main_n,"     \
	" f.n_local, " MG_INTENT_COLUMNS                                       \
	", m.act, m.mark, m.by, m.detail, " MG_BUNDLE_COLUMNS                  \
	", " MG_OFFENCE_COLUMNS ", " MG_PANEL_EVENT_COLUMNS

#define ROW_TABLES                                                             \
	" FROM ledger l LEFT JOIN finding f ON f.seq = l.seq"                  \
	" LEFT JOIN intent i ON i.seq = l.seq"                                 \
	" LEFT JOIN mark m ON m.seq = l.seq"                                   \
	" LEFT JOIN bundle b ON b.seq = l.seq"                                 \
	" LEFT JOIN offence o ON o.seq = l.seq"                                \
	" LEFT JOIN panel_event p ON p.seq = l.seq"                            \
	" LEFT JOIN clause c ON c.seq = ifnull(f.clause,"                      \
	" ifnull(i.clause, l.seq))"

enum {
	COLUMN_CLAUSE = 5,
	COLUMN_FINDING = 16,
	COLUMN_INTENT = 43,
	COLUMN_MARK = 69,
	COLUMN_BUNDLE = 73,
	COLUMN_OFFENCE = 82,
	COLUMN_PANEL = 98
};

static const char rows_after[] = "SELECT " ROW_COLUMNS ROW_TABLES
				 " WHERE l.seq > ?1 ORDER BY l.seq";

static const char findings[] =
	"SELECT " ROW_COLUMNS ROW_TABLES
	" WHERE l.seq IN (SELECT max(seq) FROM finding GROUP BY id)"
	" AND f.state <> 3 ORDER BY f.until_at, c.policy, c.clause,"
	" f.subject, f.is_warning";

static void read_hash(sqlite3_stmt *st, int at,
		      unsigned char out[MG_SHA256_LEN])
{
	memset(out, 0, MG_SHA256_LEN);
	if (sqlite3_column_bytes(st, at) == MG_SHA256_LEN)
		memcpy(out, sqlite3_column_blob(st, at), MG_SHA256_LEN);
}

static void read_clause(sqlite3_stmt *st, struct mg_ledger_clause *c)
{
	const int at = COLUMN_CLAUSE;

	c->policy = mg_store_column_slice(st, at + 1);
	c->version = mg_store_column_slice(st, at + 2);
	read_hash(st, at + 3, c->policy_hash);
	c->id = mg_store_column_slice(st, at + 4);
	c->rule = mg_store_column_slice(st, at + 5);
	c->per = mg_store_column_slice(st, at + 6);
	c->measure = mg_store_column_slice(st, at + 7);
	c->action = mg_store_column_slice(st, at + 8);
	c->sentence = mg_store_column_slice(st, at + 9);
	c->text = mg_store_column_slice(st, at + 10);
}

/* The numbers of a finding, from the column of its clause's row on. */
static void read_numbers(sqlite3_stmt *st, int at, struct mg_finding *f)
{
	f->clause = sqlite3_column_int64(st, at);
	f->state = (enum mg_finding_state)sqlite3_column_int(st, at + 1);
	f->is_warning = sqlite3_column_int(st, at + 2) != 0;
	f->from = sqlite3_column_int64(st, at + 8);
	f->until = sqlite3_column_int64(st, at + 9);
	f->n = sqlite3_column_int64(st, at + 10);
	f->of = sqlite3_column_int64(st, at + 11);
	f->limit = sqlite3_column_int64(st, at + 12);
	f->source = sqlite3_column_int64(st, at + 15);
	f->log_class = (enum mg_log_class)sqlite3_column_int(st, at + 16);
	f->log = sqlite3_column_int64(st, at + 17);
	f->log_from = sqlite3_column_int64(st, at + 18);
	f->log_to = sqlite3_column_int64(st, at + 19);
	f->log_hash = (uint64_t)sqlite3_column_int64(st, at + 20);
	f->main_n = sqlite3_column_int64(st, at + 23);
	f->n_local = sqlite3_column_int64(st, at + 24);
}

static void read_finding(sqlite3_stmt *st, struct mg_finding *f)
{
	const int at = COLUMN_FINDING;
	const struct mg_slice id = mg_store_column_slice(st, at + 1);

	memset(f->id, 0, sizeof(f->id));
	if (id.len < sizeof(f->id))
		memcpy(f->id, id.ptr, id.len);
	read_numbers(st, at + 2, f);
	f->per = mg_store_column_slice(st, at + 5);
	f->subject = mg_store_column_slice(st, at + 6);
	f->domain = mg_store_column_slice(st, at + 7);
	f->account = mg_store_column_slice(st, at + 8);
	f->owner = mg_store_column_slice(st, at + 9);
	f->override = mg_store_column_slice(st, at + 15);
	f->waiver = mg_store_column_slice(st, at + 16);
	f->main_per = mg_store_column_slice(st, at + 23);
	f->main = mg_store_column_slice(st, at + 24);
}

static void read_mark(sqlite3_stmt *st, struct mg_ledger_mark *m)
{
	const struct mg_slice act = mg_store_column_slice(st, COLUMN_MARK);

	memset(m->act, 0, sizeof(m->act));
	if (act.len < sizeof(m->act))
		memcpy(m->act, act.ptr, act.len);
	m->mark = (enum mg_act_mark)sqlite3_column_int(st, COLUMN_MARK + 1);
	m->by = mg_store_column_slice(st, COLUMN_MARK + 2);
	m->detail = mg_store_column_slice(st, COLUMN_MARK + 3);
}

static void read_row(sqlite3_stmt *st, struct mg_ledger_row *row)
{
	*row = (struct mg_ledger_row){
		.seq = sqlite3_column_int64(st, 0),
		.kind = (enum mg_ledger_kind)sqlite3_column_int(st, 1),
		.made_at = sqlite3_column_int64(st, 2),
		.binary = mg_store_column_slice(st, 3),
	};
	read_hash(st, 4, row->hash);
	read_clause(st, &row->clause);
	if (row->kind == MG_LEDGER_FINDING)
		read_finding(st, &row->finding);
	if (row->kind == MG_LEDGER_INTENT)
		mg_acts_read(st, COLUMN_INTENT, &row->act);
	if (row->kind == MG_LEDGER_MARK)
		read_mark(st, &row->mark);
	if (row->kind == MG_LEDGER_BUNDLE)
		mg_bundles_read(st, COLUMN_BUNDLE, &row->bundle);
	if (row->kind == MG_LEDGER_OFFENCE)
		mg_offences_read(st, COLUMN_OFFENCE, &row->offence);
	if (row->kind == MG_LEDGER_PANEL)
		mg_panel_events_read(st, COLUMN_PANEL, &row->panel);
}

static int each(struct mg_store *s, const char *sql, int64_t after,
		mg_ledger_fn fn, void *arg, struct mg_err *err)
{
	struct mg_ledger_row row;
	sqlite3_stmt *st = NULL;
	int rc;

	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
		return mg_store_fail(s, "read", err);
	(void)sqlite3_bind_int64(st, 1, after); /* where it has one */
	while ((rc = mg_store_step(s, st, err)) == 1) {
		read_row(st, &row);
		rc = fn(arg, &row);
		if (rc)
			break;
	}
	(void)sqlite3_finalize(st);
	return rc;
}

int mg_ledger_each_after(struct mg_store *s, int64_t seq, mg_ledger_fn fn,
			 void *arg, struct mg_err *err)
{
	return each(s, rows_after, seq, fn, arg, err);
}

int mg_ledger_each(struct mg_store *s, mg_ledger_fn fn, void *arg,
		   struct mg_err *err)
{
	return each(s, rows_after, 0, fn, arg, err);
}

int mg_ledger_each_finding(struct mg_store *s, mg_ledger_fn fn, void *arg,
			   struct mg_err *err)
{
	return each(s, findings, 0, fn, arg, err);
}

int mg_ledger_last_finding(struct mg_store *s, const char *id,
			   struct mg_finding *out, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_LAST_FINDING, err);
	int rc;

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, mg_slice_str(id));
	rc = mg_store_step(s, st, err);
	if (rc == 1) {
		*out = (struct mg_finding){ .clause = 0 };
		memcpy(out->id, id, strnlen(id, sizeof(out->id) - 1));
		read_numbers(st, 0, out);
	}
	(void)sqlite3_reset(st);
	return rc;
}

/* Returns 1 at the first row that is not as it was written. */
static int prove(void *arg, const struct mg_ledger_row *row)
{
	struct mg_ledger_proof *proof = arg;
	unsigned char hash[MG_SHA256_LEN];

	mg_ledger_hash(proof->head, row, hash);
	if (row->seq != proof->n_rows + 1 ||
	    memcmp(hash, row->hash, sizeof(hash)) != 0) {
		proof->broken_seq = proof->n_rows + 1;
		return 1;
	}
	proof->n_rows++;
	memcpy(proof->head, hash, sizeof(hash));
	return 0;
}

int mg_ledger_verify(struct mg_store *s, struct mg_ledger_proof *out,
		     struct mg_err *err)
{
	int rc;

	*out = (struct mg_ledger_proof){ .n_rows = 0 };
	rc = mg_ledger_each(s, prove, out, err);
	return rc < 0 ? rc : 0;
}
