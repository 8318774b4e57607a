/* SPDX-License-Identifier: MIT */
/*
 * Checks by hour, address and login, and how many rows of them an hour has.
 */
#include "store_priv.h"

static void bind_key(sqlite3_stmt *st, const struct mg_check *check)
{
	(void)sqlite3_bind_int64(st, 1, check->at);
	(void)sqlite3_bind_blob(st, 2, check->ip.bytes, sizeof(check->ip.bytes),
				SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 3, (int64_t)check->login);
}

/* Hour, address, login, origin, and the counts. */
static void give_check(sqlite3_context *to, const void *row, int column)
{
	enum { HOUR, IP, LOGIN, ORIGIN, COUNTS };
	const struct mg_store_check *c = row;

	switch (column) {
	case HOUR:
		sqlite3_result_int64(to, c->check.at);
		break;
	case IP:
		sqlite3_result_blob(to, c->check.ip.bytes,
				    sizeof(c->check.ip.bytes), SQLITE_STATIC);
		break;
	case LOGIN:
		sqlite3_result_int64(to, (int64_t)c->check.login);
		break;
	case ORIGIN:
		if (c->origin)
			sqlite3_result_int64(to, c->origin);
		break;
	default:
		sqlite3_result_int64(to, c->check.n[column - COUNTS]);
	}
}

int mg_store_add_checks(struct mg_store *s, const struct mg_store_check *checks,
			size_t n, struct mg_err *err)
{
	const struct mg_batch batch = { .rows = checks,
					.n = n,
					.size = sizeof(*checks),
					.give = give_check };
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_ADD_CHECK, err);

	return st ? mg_store_run_batch(s, st, &batch, err) : -MG_EIO;
}

int mg_store_has_check(struct mg_store *s, const struct mg_check *check,
		       bool *out, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_HAS_CHECK, err);
	int rc;

	if (!st)
		return -MG_EIO;
	bind_key(st, check);
	rc = mg_store_step(s, st, err);
	(void)sqlite3_reset(st);
	*out = rc == 1;
	return rc < 0 ? rc : 0;
}

int mg_store_count_checks(struct mg_store *s, int64_t hour, int64_t n[2],
			  struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_COUNT_CHECKS, err);
	int rc;

	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, hour);
	rc = mg_store_step(s, st, err);
	for (int i = 0; rc == 1 && i < 2; i++)
		n[i] = sqlite3_column_int64(st, i);
	(void)sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}

int mg_store_count_net_checks(struct mg_store *s, const struct mg_check *check,
			      int64_t max, int64_t *n, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_COUNT_NET_CHECKS, err);
	struct mg_ip first = check->ip, last = check->ip;
	int rc;

	if (!st)
		return -MG_EIO;
	memset(first.bytes + 8, 0, 8);
	memset(last.bytes + 8, 0xff, 8);
	(void)sqlite3_bind_int64(st, 1, check->at);
	(void)sqlite3_bind_blob(st, 2, first.bytes, sizeof(first.bytes),
				SQLITE_TRANSIENT);
	(void)sqlite3_bind_blob(st, 3, last.bytes, sizeof(last.bytes),
				SQLITE_TRANSIENT);
	(void)sqlite3_bind_int(st, 4, check->login != 0);
	(void)sqlite3_bind_int64(st, 5, max);
	rc = mg_store_step(s, st, err);
	if (rc == 1)
		*n = sqlite3_column_int64(st, 0);
	(void)sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}
