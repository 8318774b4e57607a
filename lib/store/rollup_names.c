/* SPDX-License-Identifier: MIT */
/*
 * Which origins make which row.
 */
#include "rollup_priv.h"

#include "mailguard/buf.h"
#include "mailguard/vec.h"

#define TEXTS 4 /* name, domain, account, owner: the columns from FIRST on */
#define FIRST 3

/*
 * What is grouped by what. A relay's origin is its sender's word alone, so its
 * rows stay apart from those of accounts.
 */
struct view {
	const char *subject; /* name, domain, account, owner, is_weak */
	const char *only;    /* further condition */
};

static const struct view views[] = {
	[MG_BY_DOMAIN] = { "NULL, domain, account, NULL, kind = 4", "1" },
	[MG_BY_SENDER_DOMAIN] = { "NULL, domain, NULL, NULL, 0", "1" },
	[MG_BY_MAILBOX] = { "name, domain, account, NULL, 0", "kind = 1" },
	[MG_BY_SCRIPT] = { "name, domain, account, NULL, 0", "kind = 2" },
	[MG_BY_ACCOUNT] = { "NULL, NULL, account, owner, kind = 4", "1" },
	[MG_BY_OWNER] = { "NULL, NULL, NULL, owner, kind = 4", "1" },
};

static const char *const about[MG_BY_KINDS] = {
	[MG_BY_DOMAIN] = "domain = ?3",
	[MG_BY_MAILBOX] = "kind = 1 AND name = ?3",
	[MG_BY_SCRIPT] = "kind = 2 AND name = ?3",
	[MG_BY_ACCOUNT] = "account = ?3",
	[MG_BY_OWNER] = "owner = ?3",
	[MG_BY_IP] = "ip = ?3",
};

void mg_rollup_add_about(const struct mg_report_query *query,
			 struct mg_buf *sql)
{
	if (query->about_name.len && about[query->about])
		mg_buf_add_fmt(sql, " AND %s", about[query->about]);
}

/* Columns of the texts, the one to sort by first. */
static const char *order_of(enum mg_report_sort sort)
{
	switch (sort) {
	case MG_SORT_NAME:
		return "4, 5, 6, 7, 8";
	case MG_SORT_ACCOUNT:
		return "6, 5, 4, 7, 8";
	case MG_SORT_OWNER:
		return "7, 6, 5, 4, 8";
	default:
		return "5, 4, 6, 7, 8";
	}
}

/* Columns: row id, kind, name of the origin, then the subject. */
static void build(const struct mg_report_query *query, struct mg_buf *sql)
{
	const bool is_sender = query->by == MG_BY_SENDER_DOMAIN;

	mg_buf_add_fmt(sql, "SELECT id, %s, %s FROM %s WHERE %s",
		       is_sender ? "0, NULL" : "kind, name",
		       views[query->by].subject,
		       is_sender ? "sender" : "origin", views[query->by].only);
	mg_rollup_add_about(query, sql);
	mg_buf_add_fmt(sql, " ORDER BY %s", order_of(query->sort));
}

static bool has_main(const struct mg_report_query *query)
{
	return query->by == MG_BY_DOMAIN || query->by == MG_BY_ACCOUNT ||
	       query->by == MG_BY_OWNER;
}

static bool is_of_group(const struct mg_rollup_group *g, sqlite3_stmt *st)
{
	const struct mg_slice *texts[TEXTS] = { &g->name, &g->domain,
						&g->account, &g->owner };

	for (int i = 0; i < TEXTS; i++)
		if (!mg_slice_is(*texts[i],
				 mg_store_column_slice(st, FIRST + i)))
			return false;
	return g->is_weak == (sqlite3_column_int(st, FIRST + TEXTS) != 0);
}

static void add_group(struct mg_rollup *r, sqlite3_stmt *st)
{
	struct mg_slice copies[TEXTS];

	for (int i = 0; i < TEXTS; i++)
		copies[i] = mg_arena_copy(&r->names,
					  mg_store_column_slice(st, FIRST + i));
	r->groups = mg_vec_room(r->groups, r->n_groups, &r->cap_groups,
				sizeof(*r->groups));
	r->groups[r->n_groups++] = (struct mg_rollup_group){
		.name = copies[0],
		.domain = copies[1],
		.account = copies[2],
		.owner = copies[3],
		.is_weak = sqlite3_column_int(st, FIRST + TEXTS) != 0,
		.row = MG_ROLLUP_REST,
		.main = MG_ROLLUP_REST,
		.at = INT64_MIN,
	};
}

static int add_number(struct mg_rollup *r, int64_t id, struct mg_err *err)
{
	if (id <= 0 || id > MG_ROLLUP_ID_MAX ||
	    r->n_origins >= MG_ROLLUP_NAMES_MAX)
		return mg_fail(err, MG_ELIMIT,
			       "there are more than %d names; ask for those "
			       "of one account or domain",
			       MG_ROLLUP_NAMES_MAX);
	if ((size_t)id >= r->n_numbers) {
		const size_t n = (size_t)id + (size_t)id / 2 + 1;

		r->numbers = mg_mem_resize(r->numbers, n, sizeof(*r->numbers));
		for (size_t i = r->n_numbers; i < n; i++)
			r->numbers[i] = MG_ROLLUP_REST;
		r->n_numbers = n;
	}
	r->numbers[id] = (uint32_t)r->n_origins;
	return 0;
}

static int add_origin(struct mg_rollup *r, sqlite3_stmt *st, struct mg_err *err)
{
	struct mg_rollup_origin origin = { .at = INT64_MIN };
	int rc = add_number(r, sqlite3_column_int64(st, 0), err);

	if (rc < 0)
		return rc;
	if (r->n_groups == 0 || !is_of_group(&r->groups[r->n_groups - 1], st))
		add_group(r, st);
	origin.group = (uint32_t)r->n_groups - 1;
	if (has_main(&r->query)) {
		origin.kind = (enum mg_origin_kind)sqlite3_column_int(st, 1);
		origin.name = mg_arena_copy(&r->names,
					    mg_store_column_slice(st, 2));
	}
	r->origins = mg_vec_room(r->origins, r->n_origins, &r->cap_origins,
				 sizeof(*r->origins));
	r->origins[r->n_origins++] = origin;
	return 0;
}

int mg_rollup_load(struct mg_rollup *r, struct mg_err *err)
{
	sqlite3_stmt *st;
	struct mg_buf sql;
	int rc;

	mg_buf_init(&sql, MG_ROLLUP_SQL_MAX);
	build(&r->query, &sql);
	st = mg_rollup_prepare(r, &sql, err);
	mg_buf_release(&sql);
	if (!st)
		return -MG_EIO;
	while ((rc = mg_store_step(r->store, st, err)) == 1) {
		rc = add_origin(r, st, err);
		if (rc < 0)
			break;
	}
	(void)sqlite3_finalize(st);
	return rc;
}

int mg_rollup_kinds(struct mg_store *s, struct mg_slice name,
		    bool kinds[MG_BY_KINDS], struct mg_err *err)
{
	static const char sql[] =
		"SELECT EXISTS (SELECT 1 FROM origin WHERE domain = ?1),"
		" EXISTS (SELECT 1 FROM origin WHERE kind = 1 AND name = ?1),"
		" EXISTS (SELECT 1 FROM origin WHERE kind = 2 AND name = ?1),"
		" EXISTS (SELECT 1 FROM origin WHERE account = ?1),"
		" EXISTS (SELECT 1 FROM origin WHERE owner = ?1)";
	static const enum mg_report_by columns[] = {
		MG_BY_DOMAIN,  MG_BY_MAILBOX, MG_BY_SCRIPT,
		MG_BY_ACCOUNT, MG_BY_OWNER,
	};
	sqlite3_stmt *st = NULL;
	int rc;

	for (int i = 0; i < MG_BY_KINDS; i++)
		kinds[i] = false;
	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
		return mg_store_fail(s, "read", err);
	mg_store_bind_slice(st, 1, name);
	rc = mg_store_step(s, st, err);
	for (int i = 0;
	     rc == 1 && i < (int)(sizeof(columns) / sizeof(*columns)); i++)
		kinds[columns[i]] = sqlite3_column_int(st, i) != 0;
	(void)sqlite3_finalize(st);
	return rc < 0 ? rc : 0;
}
