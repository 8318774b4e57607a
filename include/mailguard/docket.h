/* SPDX-License-Identifier: MIT */
/*
 * docket - what is to be judged: the slots that a chunk of a log has touched,
 * and those before and after them that count in the same windows.
 */
#ifndef MAILGUARD_DOCKET_H
#define MAILGUARD_DOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/arena.h"
#include "mailguard/err.h"
#include "mailguard/map.h"
#include "mailguard/store.h"

#define MG_DOCKET_NOBODY UINT32_MAX

/* What an origin did in a slot. */
struct mg_docket_mail {
	uint32_t origin; /* number in the list of origins */
	bool is_new;     /* was not there when it was judged last */
	int64_t at;      /* start of the slot */
	struct mg_counts counts;
};

/* What came from an address in a slot. */
struct mg_docket_check {
	uint32_t origin; /* whose login it is, or MG_DOCKET_NOBODY */
	bool is_new;
	int64_t at;
	struct mg_check check; /* its hour is not looked at */
};

/* Messages to many of an origin in a slot. */
struct mg_docket_large {
	uint32_t origin;
	bool is_new;
	struct mg_large large;
};

/* Zeroed it is empty. */
struct mg_docket {
	struct mg_origin *origins; /* owned */
	size_t n_origins, cap_origins;
	struct mg_docket_mail *mail; /* owned */
	size_t n_mail, cap_mail;
	struct mg_docket_large *large; /* owned */
	size_t n_large, cap_large;
	struct mg_docket_check *checks; /* owned */
	size_t n_checks, cap_checks;
	int32_t hour_offset_s;  /* where hours start (store.h) */
	int64_t last_at;        /* that any stream of events had reached before;
				  INT64_MIN for none */
	struct mg_slice *plans; /* owned; of the origins' accounts, as whoever
				   has the tables says; NULL: nobody said */
	int64_t *rows;          /* owned; of the origins */
	size_t cap_rows;
	struct mg_map by_row;
	struct mg_arena names; /* of the origins */
};

/* Adds what was done in a slot by the origin of a row. */
void mg_docket_add_mail(struct mg_docket *d, const struct mg_store_fact *fact,
			bool is_new);

/* The same of messages to many. */
void mg_docket_add_large(struct mg_docket *d,
			 const struct mg_store_large *large, bool is_new);

/* The same of what came from an address. */
void mg_docket_add_check(struct mg_docket *d,
			 const struct mg_store_check *check, bool is_new);

/*
 * mg_docket_load - add what the store has of the same windows, of all streams
 * of events: who sends through two servers sends as much.
 *
 * reach_s   in   the longest window, seconds
 *
 * To be called once all that is new was added and before it is written. Fills
 * the origins and last_at, too. Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_docket_load(struct mg_docket *d, struct mg_store *s,
				int64_t reach_s, struct mg_err *err);

/*
 * mg_docket_keep_checks - write what is new of addresses for the next chunk; a
 * source has only slots that start at `from` or later then.
 */
MG_NODISCARD int mg_docket_keep_checks(const struct mg_docket *d,
				       struct mg_store *s, int64_t source,
				       int64_t from, struct mg_err *err);

/* Makes it empty, keeps most of the memory. */
void mg_docket_clear(struct mg_docket *d);
void mg_docket_release(struct mg_docket *d);

#endif
