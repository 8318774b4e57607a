/* SPDX-License-Identifier: MIT */
/*
 * rollup - questions of reports: sums over what the store counted.
 *
 * Facts are read once, in the order in which they lie on the disk, and added up
 * here by domain, mailbox or whatever is asked; so thirteen months of a large
 * host cost one pass and no sorting of facts. What was shown can be asked for
 * its course in time afterwards. All answers of one rollup are of one moment:
 * what a sweep commits meanwhile is not in them, and it waits for nobody.
 */
#ifndef MAILGUARD_ROLLUP_H
#define MAILGUARD_ROLLUP_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/slice.h"
#include "mailguard/store.h"

/* What a row is. */
enum mg_report_by {
	MG_BY_DOMAIN,
	MG_BY_SENDER_DOMAIN,
	MG_BY_MAILBOX,
	MG_BY_SCRIPT,
	MG_BY_ACCOUNT,
	MG_BY_OWNER,
	MG_BY_IP, /* checks; the others are about mail */
	MG_BY_KINDS
};

/* What comes first. Counts fall, texts rise. */
enum mg_report_sort {
	MG_SORT_USUAL, /* recipients, messages; or checks, failed logins */
	MG_SORT_COUNT, /* sort_count, then as usual */
	MG_SORT_NAME,  /* the text that the row has, then domain and so on */
	MG_SORT_DOMAIN,
	MG_SORT_ACCOUNT,
	MG_SORT_OWNER,
};

/* For sort_count with MG_BY_IP, behind those of enum mg_check_count. */
#define MG_SORT_CHECKS MG_CHECK_COUNTS
#define MG_SORT_MAILBOXES (MG_CHECK_COUNTS + 1)

struct mg_report_query {
	enum mg_report_by by;
	bool hours;    /* a row for each hour, else one over all */
	int64_t since; /* hours that start here or later; INT64_MIN for all */
	int64_t until; /* hours that start before this; INT64_MAX for all */
	uint32_t top; /* the first rows (with hours: of each hour); 0 for all */
	bool slots;   /* a row for each slot; not of senders and addresses */
	enum mg_report_sort sort;
	int sort_count; /* enum mg_count, or as above with MG_BY_IP */
	/*
	 * Only what belongs to this domain, mailbox, account and so on, in the
	 * form of the store; an empty name for everything. An address with
	 * MG_BY_IP only, and of senders a domain only, which is theirs.
	 */
	enum mg_report_by about;
	struct mg_slice about_name; /* borrowed until the end of the rollup */
};

struct mg_report_row {
	int64_t hour;            /* or slot; 0 where neither was asked for */
	struct mg_slice name;    /* the mailbox, the script's directory, the
				    address; empty for too many addresses */
	struct mg_slice domain;  /* empty: unattributed */
	struct mg_slice account; /* empty: none */
	struct mg_slice owner;   /* empty: none known */
	bool is_weak;            /* relayed by address only */
	struct mg_counts counts;
	int64_t checks[MG_CHECK_COUNTS]; /* of MG_BY_IP, as the next */
	int64_t n_mailboxes;             /* distinct logins */
	/*
	 * Of domains, accounts and owners: the origin with the most recipients
	 * in the row, 0 where there is none.
	 */
	enum mg_origin_kind main_kind;
	struct mg_slice main_name;
};

/* What lies in the time that was asked for, whether it was shown or not. */
struct mg_rollup_totals {
	uint64_t n_rows, n_left;   /* shown, and left out by `top` */
	int64_t first, last;       /* hours or slots; first > last for none */
	struct mg_report_row all;  /* sums, without texts; mailboxes of several
				      addresses are several */
	struct mg_report_row left; /* the same of what was left out */
};

struct mg_rollup;

typedef int (*mg_report_fn)(void *arg, const struct mg_report_row *row);

/*
 * One piece of a course.
 *
 * row   in   the number of the row that was shown, from 0, or MG_ROLLUP_REST
 * n     in   recipients, or checks
 * bad   in   unknown recipients, or failed logins
 */
typedef int (*mg_course_fn)(void *arg, int64_t at, uint32_t row, int64_t n,
			    int64_t bad);

#define MG_ROLLUP_REST UINT32_MAX

/*
 * mg_rollup_open - begin to answer a query.
 *
 * r   out  given (mg_rollup_close), on failure too; at most one of a store at
 *          a time
 *
 * Returns 0, -MG_EIO, or -MG_ELIMIT for more names than fit into memory.
 */
MG_NODISCARD int mg_rollup_open(struct mg_store *s,
				const struct mg_report_query *query,
				struct mg_rollup **r, struct mg_err *err);

/* Accepts NULL. */
void mg_rollup_close(struct mg_rollup *r);

/*
 * mg_rollup_rows - the rows, by hour (rising), then as the query sorts, equal
 * ones by domain, name, account, owner. Once.
 *
 * Slices of a row stand for the call only.
 *
 * Returns 0, what fn returned, or -MG_EIO.
 */
MG_NODISCARD int mg_rollup_rows(struct mg_rollup *r, mg_report_fn fn, void *arg,
				struct mg_err *err);

/*
 * mg_rollup_course - when it happened: each fact behind the rows, by time.
 * After mg_rollup_rows, without hours or slots. Of addresses, all are rest.
 *
 * Returns 0, what fn returned, or -MG_EIO.
 */
MG_NODISCARD int mg_rollup_course(struct mg_rollup *r, mg_course_fn fn,
				  void *arg, struct mg_err *err);

/* After mg_rollup_rows. */
const struct mg_rollup_totals *mg_rollup_totals(const struct mg_rollup *r);

/*
 * mg_store_report - the rows alone, as mg_rollup_rows.
 *
 * n_left   out  rows that `top` left out
 */
MG_NODISCARD int mg_store_report(struct mg_store *s,
				 const struct mg_report_query *query,
				 mg_report_fn fn, void *arg, uint64_t *n_left,
				 struct mg_err *err);

/*
 * mg_rollup_kinds - as what a bare name is known.
 *
 * kinds   out  for each kind of subject, whether it has counts of that name:
 *              domains, mailboxes, scripts, accounts and owners
 */
MG_NODISCARD int mg_rollup_kinds(struct mg_store *s, struct mg_slice name,
				 bool kinds[MG_BY_KINDS], struct mg_err *err);

#endif
