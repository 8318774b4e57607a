/* SPDX-License-Identifier: MIT */
/*
 * admit - what the parser child says becomes rows, if it may.
 *
 * The parent's side of the boundary. A name leads to an account only by its
 * number in the tables that the parent read itself, and only where name,
 * domain and account belong together there. All calls run inside the
 * transaction of the chunk.
 */
#ifndef MAILGUARD_ADMIT_H
#define MAILGUARD_ADMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/account.h"
#include "mailguard/arena.h"
#include "mailguard/budget.h"
#include "mailguard/docket.h"
#include "mailguard/record.h"
#include "mailguard/store.h"
#include "mailguard/subjects.h"
#include "mailguard/tally.h"

/* Checks that are gathered before they are written: a megabyte and a half. */
#define MG_ADMIT_CHECKS 16384

/* What a number stands for. */
struct mg_admit_subject {
	struct mg_subject subject; /* checked against the tables */
	int64_t row;               /* 0 until it is needed */
};

/* Messages to many, of the chunk. */
struct mg_admit_large {
	struct mg_store_large row; /* its number once it is settled */
	uint32_t origin;           /* number */
	size_t order;              /* among those of the chunk */
};

struct mg_admit {
	struct mg_store *store;             /* borrowed */
	const struct mg_accounts *accounts; /* borrowed */
	int64_t source;                     /* row id */
	int32_t hour_offset_s;
	bool is_dry;   /* facts of hours are checked, and not written */
	bool is_brief; /* dry and not judged: the child says no counts, and few
			  origins are asked for, so each is checked then */
	struct mg_admit_subject *subjects[MG_SPACES]; /* owned; by number */
	size_t n_subjects[MG_SPACES], cap_subjects[MG_SPACES];
	struct mg_arena names[MG_SPACES];
	struct mg_budget budget;
	/* Gathered for the chunk: by hour, and of origins by slot as well. */
	struct mg_tally hours[MG_SPACES];
	struct mg_tally_cell *slots; /* owned */
	size_t n_slots, cap_slots;
	struct mg_admit_large *large; /* owned; of origins by slot */
	size_t n_large, cap_large;
	struct mg_store_check *checks; /* owned; MG_ADMIT_CHECKS of them */
	size_t n_checks;
	struct mg_docket docket; /* of the last chunk, where it is judged */
	int64_t reach_s;         /* the longest window of a judge; 0 for none */
	int64_t latest; /* slots that start later are of no window; INT64_MAX
			   until the caller sets it */
	struct mg_store_fact *facts; /* owned; scratch */
	size_t n_facts, cap_facts;
	char flight[24]; /* the id of the last FLIGHT record */
};

/* Borrows store and tables; the rest of it is empty. */
void mg_admit_init(struct mg_admit *a, struct mg_store *store,
		   const struct mg_accounts *accounts, int64_t source,
		   int32_t hour_offset_s);

/* Frees what it holds; accepts a zeroed one. */
void mg_admit_release(struct mg_admit *a);

/* A number that the child knows from the start, in the order of numbers. */
void mg_admit_know(struct mg_admit *a, enum mg_space space, int64_t row);

/*
 * mg_admit_record - carry out one record that mg_record_read let through,
 * except CHUNK and FAILED, which are the sweep's.
 *
 * Returns 0; -MG_EPARSE for a record that the tables do not bear out; or what
 * the store returned.
 */
MG_NODISCARD int mg_admit_record(struct mg_admit *a,
				 const struct mg_record *record,
				 struct mg_err *err);

/*
 * mg_admit_chunk - write what FACT, LARGE and CHECK records said since the last chunk;
 * where it is judged, the docket has it then. Where sender domains are many they
 * are forgotten, as the child does.
 *
 * last_at   in   the time the log has reached: slots are kept for two hours
 *                before it
 *
 * Returns 0, or what the store returned.
 */
MG_NODISCARD int mg_admit_chunk(struct mg_admit *a, int64_t last_at,
				struct mg_err *err);

#endif
