/* SPDX-License-Identifier: MIT */
/*
 * Counts of hours and slots, many rows at a time.
 */
#include "store_priv.h"

static bool takes_back(const struct mg_counts *counts)
{
	for (int i = 0; i < MG_COUNTS; i++)
		if (counts->n[i] < 0)
			return true;
	return false;
}

/* Hour or slot, row, and the counts. */
static void give_fact(sqlite3_context *to, const void *row, int column)
{
	const struct mg_store_fact *f = row;

	sqlite3_result_int64(to, column == 0   ? f->at
				 : column == 1 ? f->row
					       : f->counts.n[column - 2]);
}

/* Hour, row, messages, recipients, bytes. */
static void give_sender_fact(sqlite3_context *to, const void *row, int column)
{
	static const enum mg_count counts[] = { MG_MESSAGES, MG_RECIPIENTS,
						MG_BYTES };
	const struct mg_store_fact *f = row;

	sqlite3_result_int64(to, column == 0 ? f->at
				 : column == 1
					 ? f->row
					 : f->counts.n[counts[column - 2]]);
}

/* How counts are added to a table, and taken back from it. */
struct way {
	enum mg_sql add, take;
	int64_t source;  /* of slots; 0 else */
	bool must_exist; /* what is taken back */
};

static int add_rows(struct mg_store *s, const struct way *way,
		    const struct mg_store_fact *facts, size_t n,
		    struct mg_err *err)
{
	const struct mg_batch batch = {
		.rows = facts, .n = n, .size = sizeof(*facts), .give = give_fact
	};
	sqlite3_stmt *st = mg_store_statement(s, way->add, err);

	if (!st)
		return -MG_EIO;
	if (way->source)
		(void)sqlite3_bind_int64(st, 11, way->source);
	return mg_store_run_batch(s, st, &batch, err);
}

static int take_row(struct mg_store *s, const struct way *way,
		    const struct mg_store_fact *f, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, way->take, err);
	int rc;

	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, f->at);
	(void)sqlite3_bind_int64(st, 2, f->row);
	for (int i = 0; i < MG_COUNTS; i++)
		(void)sqlite3_bind_int64(st, 3 + i, f->counts.n[i]);
	if (way->source)
		(void)sqlite3_bind_int64(st, 11, way->source);
	rc = mg_store_run(s, st, err);
	if (rc == 0 && way->must_exist && sqlite3_changes(s->db) == 0)
		return mg_fail(err, MG_EIO,
			       "cannot take back counts that are not there");
	return rc;
}

/* Rows that only add go together, up to the next that takes back. */
static int change_rows(struct mg_store *s, const struct way *way,
		       const struct mg_store_fact *facts, size_t n,
		       struct mg_err *err)
{
	size_t from = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (!takes_back(&facts[i].counts))
			continue;
		rc = add_rows(s, way, facts + from, i - from, err);
		if (rc == 0)
			rc = take_row(s, way, &facts[i], err);
		from = i + 1;
	}
	if (rc < 0 || from == n) /* none may have no place in memory */
		return rc;
	return add_rows(s, way, facts + from, n - from, err);
}

int mg_store_add_facts(struct mg_store *s, const struct mg_store_fact *facts,
		       size_t n, struct mg_err *err)
{
	const struct way way = { .add = MG_SQL_ADD_FACT,
				 .take = MG_SQL_TAKE_FACT,
				 .must_exist = true };

	return change_rows(s, &way, facts, n, err);
}

int mg_store_add_slots(struct mg_store *s, int64_t source,
		       const struct mg_store_fact *facts, size_t n,
		       struct mg_err *err)
{
	const struct way way = { .add = MG_SQL_ADD_SLOT,
				 .take = MG_SQL_TAKE_SLOT,
				 .source = source };

	return change_rows(s, &way, facts, n, err);
}

int mg_store_add_sender_facts(struct mg_store *s,
			      const struct mg_store_fact *facts, size_t n,
			      struct mg_err *err)
{
	const struct mg_batch batch = { .rows = facts,
					.n = n,
					.size = sizeof(*facts),
					.give = give_sender_fact };
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_ADD_SENDER_FACT, err);

	return st ? mg_store_run_batch(s, st, &batch, err) : -MG_EIO;
}
