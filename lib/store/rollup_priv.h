/* SPDX-License-Identifier: MIT */
/*
 * rollup_priv - a rollup under way, and its parts.
 */
#ifndef MG_ROLLUP_PRIV_H
#define MG_ROLLUP_PRIV_H

#include "store_priv.h"

#include "mailguard/arena.h"
#include "mailguard/rollup.h"

/*
 * Origins that can be added up, and the largest row id of one. 40 bytes each,
 * 150 more for each row that they make; a host with more is asked by account.
 */
#define MG_ROLLUP_NAMES_MAX 4000000
#define MG_ROLLUP_ID_MAX 100000000

#define MG_ROLLUP_SQL_MAX 2048 /* bytes of a statement */

/* Origins that make one row. */
struct mg_rollup_group {
	struct mg_slice name, domain, account, owner; /* in names */
	bool is_weak;
	uint32_t row;  /* as shown, or MG_ROLLUP_REST */
	uint32_t main; /* origin that has main_recipients */
	int64_t main_recipients;
	int64_t at; /* whose counts these are; INT64_MIN for none yet */
	struct mg_counts counts;
};

/* An origin, or a domain of senders. */
struct mg_rollup_origin {
	uint32_t group;
	enum mg_origin_kind kind; /* set where the row has a main origin */
	struct mg_slice name;     /* the same */
	int64_t at, recipients;   /* as in the group */
};

struct mg_rollup {
	struct mg_store *store;
	struct mg_report_query query;
	bool has_snapshot;
	uint32_t *numbers; /* origin by row id, MG_ROLLUP_REST; owned */
	size_t n_numbers;
	struct mg_rollup_origin *origins; /* owned */
	size_t n_origins, cap_origins;
	struct mg_rollup_group *groups; /* owned; in the order of texts */
	size_t n_groups, cap_groups;
	uint32_t *touched; /* groups with counts of the hour; owned */
	size_t n_touched, cap_touched;
	int64_t at; /* the hour; 0 where one row is for all */
	struct mg_arena names;
	struct mg_rollup_totals totals;
};

/* Fills origins, groups and numbers. */
MG_NODISCARD int mg_rollup_load(struct mg_rollup *r, struct mg_err *err);

/* " AND ..." for rows of origin (or sender) that the query is about. */
void mg_rollup_add_about(const struct mg_report_query *query,
			 struct mg_buf *sql);

/* A statement with ?1 since, ?2 until, ?3 the name; NULL when that failed. */
sqlite3_stmt *mg_rollup_prepare(struct mg_rollup *r, const struct mg_buf *sql,
				struct mg_err *err);

/* The same as the public ones, of addresses. */
MG_NODISCARD int mg_rollup_checks(struct mg_rollup *r, mg_report_fn fn,
				  void *arg, struct mg_err *err);
MG_NODISCARD int mg_rollup_checks_course(struct mg_rollup *r, mg_course_fn fn,
					 void *arg, struct mg_err *err);

#endif
