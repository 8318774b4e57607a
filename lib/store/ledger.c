/* SPDX-License-Identifier: MIT */
#include "mailguard/ledger.h"

#include "ledger_priv.h"
#include "store_priv.h"

void mg_finding_id(struct mg_slice policy, struct mg_slice clause,
		   struct mg_slice per, struct mg_slice subject, int64_t hour,
		   bool is_warning, char out[MG_FINDING_ID_MAX])
{
	unsigned char digest[MG_SHA256_LEN];
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add_text(&h, policy);
	mg_sha256_add_text(&h, clause);
	mg_sha256_add_text(&h, per);
	mg_sha256_add_text(&h, subject);
	mg_sha256_add_number(&h, hour);
	mg_sha256_add_number(&h, is_warning);
	mg_sha256_end(&h, digest);
	mg_sha256_format(digest, (MG_FINDING_ID_MAX - 1) / 2, out);
}

static void hash_clause(struct mg_sha256 *h, const struct mg_ledger_clause *c)
{
	mg_sha256_add_text(h, c->policy);
	mg_sha256_add_text(h, c->version);
	mg_sha256_add(h, mg_slice_of((const char *)c->policy_hash,
				     sizeof(c->policy_hash)));
	mg_sha256_add_text(h, c->id);
	mg_sha256_add_text(h, c->rule);
	mg_sha256_add_text(h, c->per);
	mg_sha256_add_text(h, c->measure);
	mg_sha256_add_text(h, c->action);
	mg_sha256_add_text(h, c->sentence);
	mg_sha256_add_text(h, c->text);
}

static void hash_finding(struct mg_sha256 *h, const struct mg_finding *f)
{
	const int64_t numbers[] = {
		f->clause,     f->state,
		f->is_warning, f->from,
		f->until,      f->n,
		f->of,         f->limit,
		f->source,     f->log,
		f->log_class,  f->log_from,
		f->log_to,     (int64_t)f->log_hash,
	};

	mg_sha256_add_text(h, mg_slice_str(f->id));
	mg_sha256_add_text(h, f->per);
	mg_sha256_add_text(h, f->subject);
	mg_sha256_add_text(h, f->domain);
	mg_sha256_add_text(h, f->account);
	mg_sha256_add_text(h, f->owner);
	mg_sha256_add_text(h, f->override);
	mg_sha256_add_text(h, f->waiver);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		mg_sha256_add_number(h, numbers[i]);
	/* Rows of an older mailguard have none. */
	if (f->main.len == 0)
		return;
	mg_sha256_add_text(h, f->main_per);
	mg_sha256_add_text(h, f->main);
	mg_sha256_add_number(h, f->main_n);
	mg_sha256_add_number(h, f->n_local);
}

static void hash_effects(struct mg_sha256 *h, const struct mg_act *a)
{
	mg_sha256_add_number(h, a->with_login);
	mg_sha256_add_number(h, a->approvals);
	mg_sha256_add_number(h, a->grace_s);
	mg_sha256_add_number(h, a->sweeps);
	mg_sha256_add_text(h, a->target);
	mg_sha256_add_text(h, a->identity);
}

static void hash_act(struct mg_sha256 *h, const struct mg_act *a)
{
	const struct mg_slice texts[] = {
		mg_slice_str(a->id), a->per,     a->subject,
		a->domain,           a->account, a->owner,
		a->finding,          a->by,      a->reason,
	};
	const int64_t numbers[] = {
		a->verb, a->is_waiting, a->since,    a->until,      a->clause,
		a->n,    a->limit,      a->window_s, a->with_local, a->pace,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		mg_sha256_add_text(h, texts[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		mg_sha256_add_number(h, numbers[i]);
	/* Rows of an older mailguard have none. */
	if (mg_act_has_effects(a->verb))
		hash_effects(h, a);
}

static void hash_mark(struct mg_sha256 *h, const struct mg_ledger_mark *m)
{
	mg_sha256_add_text(h, mg_slice_str(m->act));
	mg_sha256_add_number(h, m->mark);
	mg_sha256_add_text(h, m->by);
	mg_sha256_add_text(h, m->detail);
}

static void hash_bundle(struct mg_sha256 *h, const struct mg_bundle *b)
{
	const struct mg_slice texts[] = { b->name, b->per, b->subject,
					  b->act,  b->by,  b->reason };

	mg_sha256_add_number(h, b->event);
	mg_sha256_add_number(h, b->n_bytes);
	mg_sha256_add(h, mg_slice_of((const char *)b->sha256, MG_SHA256_LEN));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		mg_sha256_add_text(h, texts[i]);
}

static void hash_offence(struct mg_sha256 *h, const struct mg_offence *o)
{
	const struct mg_slice texts[] = {
		mg_slice_str(o->id), o->policy,      o->finding, o->per,
		o->subject,          o->who.account, o->owner,   o->by,
		o->reason,
	};
	const int64_t numbers[] = { o->event, o->who.uid, o->who.created, o->at,
				    o->until, o->cause,   o->doubt };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		mg_sha256_add_text(h, texts[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		mg_sha256_add_number(h, numbers[i]);
}

static void hash_panel(struct mg_sha256 *h, const struct mg_panel_event *e)
{
	const struct mg_slice texts[] = { e->panel, e->account, e->other,
					  e->reason };

	mg_sha256_add_number(h, e->kind);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		mg_sha256_add_text(h, texts[i]);
}

void mg_ledger_hash(const unsigned char before[MG_SHA256_LEN],
		    const struct mg_ledger_row *row,
		    unsigned char out[MG_SHA256_LEN])
{
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add(&h, mg_slice_of((const char *)before, MG_SHA256_LEN));
	mg_sha256_add_number(&h, row->seq);
	mg_sha256_add_number(&h, row->kind);
	mg_sha256_add_number(&h, row->made_at);
	mg_sha256_add_text(&h, row->binary);
	switch (row->kind) {
	case MG_LEDGER_CLAUSE:
		hash_clause(&h, &row->clause);
		break;
	case MG_LEDGER_FINDING:
		hash_finding(&h, &row->finding);
		break;
	case MG_LEDGER_INTENT:
		hash_act(&h, &row->act);
		break;
	case MG_LEDGER_MARK:
		hash_mark(&h, &row->mark);
		break;
	case MG_LEDGER_BUNDLE:
		hash_bundle(&h, &row->bundle);
		break;
	case MG_LEDGER_OFFENCE:
		hash_offence(&h, &row->offence);
		break;
	case MG_LEDGER_PANEL:
		hash_panel(&h, &row->panel);
		break;
	}
	mg_sha256_end(&h, out);
}

static void bind_int(sqlite3_stmt *st, int at, int64_t value)
{
	(void)sqlite3_bind_int64(st, at, value);
}

static void bind_hash(sqlite3_stmt *st, int at,
		      const unsigned char hash[MG_SHA256_LEN])
{
	(void)sqlite3_bind_blob(st, at, hash, MG_SHA256_LEN, SQLITE_STATIC);
}

/* The number of the next row, and the hash of the one before it. */
static int read_head(struct mg_store *s, int64_t *seq,
		     unsigned char hash[MG_SHA256_LEN], struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_LEDGER_HEAD, err);
	int rc;

	if (!st)
		return -MG_EIO;
	memset(hash, 0, MG_SHA256_LEN); /* before the first row */
	*seq = 1;
	rc = mg_store_step(s, st, err);
	if (rc == 1) {
		*seq = sqlite3_column_int64(st, 0) + 1;
		if (sqlite3_column_bytes(st, 1) == MG_SHA256_LEN)
			memcpy(hash, sqlite3_column_blob(st, 1), MG_SHA256_LEN);
	}
	(void)sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}

int mg_ledger_add_row(struct mg_store *s, struct mg_ledger_row *row,
		      struct mg_err *err)
{
	unsigned char before[MG_SHA256_LEN];
	sqlite3_stmt *st;
	int rc;

	row->binary = MG_LIT(MG_VERSION);
	rc = read_head(s, &row->seq, before, err);
	if (rc < 0)
		return rc;
	mg_ledger_hash(before, row, row->hash);
	st = mg_store_statement(s, MG_SQL_ADD_LEDGER, err);
	if (!st)
		return -MG_EIO;
	bind_int(st, 1, row->seq);
	bind_int(st, 2, row->kind);
	bind_int(st, 3, row->made_at);
	mg_store_bind_slice(st, 4, row->binary);
	bind_hash(st, 5, row->hash);
	return mg_store_run(s, st, err);
}

static int find_clause(struct mg_store *s, const struct mg_ledger_clause *c,
		       int64_t *seq, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_GET_CLAUSE, err);
	int rc;

	if (!st)
		return -MG_EIO;
	bind_hash(st, 1, c->policy_hash);
	mg_store_bind_slice(st, 2, c->id);
	rc = mg_store_step(s, st, err);
	if (rc == 1)
		*seq = sqlite3_column_int64(st, 0);
	(void)sqlite3_reset(st);
	return rc;
}

int mg_ledger_put_clause(struct mg_store *s, int64_t made_at,
			 const struct mg_ledger_clause *c, int64_t *seq,
			 struct mg_err *err)
{
	struct mg_ledger_row row = { .made_at = made_at,
				     .kind = MG_LEDGER_CLAUSE,
				     .clause = *c };
	sqlite3_stmt *st;
	int rc = find_clause(s, c, seq, err);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = mg_ledger_add_row(s, &row, err);
	if (rc < 0)
		return rc;
	st = mg_store_statement(s, MG_SQL_ADD_CLAUSE, err);
	if (!st)
		return -MG_EIO;
	bind_int(st, 1, row.seq);
	mg_store_bind_slice(st, 2, c->policy);
	mg_store_bind_slice(st, 3, c->version);
	bind_hash(st, 4, c->policy_hash);
	mg_store_bind_slice(st, 5, c->id);
	mg_store_bind_slice(st, 6, c->rule);
	mg_store_bind_slice(st, 7, c->per);
	mg_store_bind_slice(st, 8, c->measure);
	mg_store_bind_slice(st, 9, c->action);
	mg_store_bind_slice(st, 10, c->sentence);
	mg_store_bind_slice(st, 11, c->text);
	rc = mg_store_run(s, st, err);
	if (rc == 0)
		*seq = row.seq;
	return rc;
}

static void bind_finding(sqlite3_stmt *st, const struct mg_finding *f)
{
	mg_store_bind_slice(st, 2, mg_slice_str(f->id));
	bind_int(st, 3, f->clause);
	bind_int(st, 4, f->state);
	bind_int(st, 5, f->is_warning);
	mg_store_bind_slice(st, 6, f->per);
	mg_store_bind_slice(st, 7, f->subject);
	mg_store_bind_slice_or_null(st, 8, f->domain);
	mg_store_bind_slice_or_null(st, 9, f->account);
	mg_store_bind_slice_or_null(st, 10, f->owner);
	bind_int(st, 11, f->from);
	bind_int(st, 12, f->until);
	bind_int(st, 13, f->n);
	bind_int(st, 14, f->of);
	bind_int(st, 15, f->limit);
	mg_store_bind_slice_or_null(st, 16, f->override);
	mg_store_bind_slice_or_null(st, 17, f->waiver);
	bind_int(st, 18, f->source);
	bind_int(st, 19, f->log_class);
	bind_int(st, 20, f->log);
	bind_int(st, 21, f->log_from);
	bind_int(st, 22, f->log_to);
	bind_int(st, 23, (int64_t)f->log_hash);
	mg_store_bind_slice_or_null(st, 24, f->main_per);
	mg_store_bind_slice_or_null(st, 25, f->main);
	bind_int(st, 26, f->main_n);
	bind_int(st, 27, f->n_local);
}

int mg_ledger_add_finding(struct mg_store *s, int64_t made_at,
			  const struct mg_finding *f, struct mg_err *err)
{
	struct mg_ledger_row row = { .made_at = made_at,
				     .kind = MG_LEDGER_FINDING,
				     .finding = *f };
	sqlite3_stmt *st;
	int rc = mg_ledger_add_row(s, &row, err);

	if (rc < 0)
		return rc;
	st = mg_store_statement(s, MG_SQL_ADD_FINDING, err);
	if (!st)
		return -MG_EIO;
	bind_int(st, 1, row.seq);
	bind_finding(st, f);
	return mg_store_run(s, st, err);
}
