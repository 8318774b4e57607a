/* SPDX-License-Identifier: MIT */
/*
 * part - a part of a log, counted by a helper that does not know what came
 * before it.
 *
 * With several processes the first child alone has the state: what is in
 * flight, which scripts wait, what the last stamp was. The helpers are ahead of
 * it. They count the lines whose meaning lies within their part and leave the
 * others to the first child, as a note of where the line stands. What they had
 * to take for granted they say: that an id is new, that no message from before
 * has a Message-ID. The first child (merge.h) reads the part itself where that
 * is not so; else it does what the part says in the order of its lines. So the
 * result is that of one process, and only the time differs.
 *
 * Messages that the cut goes through are at its start. So within
 * MG_PART_ZONE_S of a part's first stamp lines whose other half may lie before
 * it are left; behind that the other half is taken to be absent.
 */
#ifndef MAILGUARD_PART_H
#define MAILGUARD_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/count.h"
#include "mailguard/map.h"
#include "mailguard/record.h"
#include "mailguard/tell.h"

/*
 * Seconds behind the first stamp of a part: a script's minute (MG_CWD_AGE_S)
 * and one more for stamps that are out of order. Twice as much leaves more to
 * the first child; half would have it read parts again.
 */
#define MG_PART_ZONE_S (2 * MG_CWD_AGE_S)

/*
 * Seconds that stamps without a year may lie apart: by four times as many all
 * of them could be taken for another year's.
 */
#define MG_PART_NEAR_S (60 * 86400)

/* Lines that a part may leave; with more of them it is no help. 64 bytes each. */
#define MG_PART_NOTES_MAX 65536

/* How far what only grows within a part had grown. */
struct mg_part_mark {
	size_t n_subjects[MG_SPACES], n_cells[MG_SPACES], n_larges, n_shapes;
};

struct mg_part_note {
	struct mg_record_note note;
	struct mg_part_mark mark;
	size_t n_callers; /* of the part's, that the line may need */
};

struct mg_part_hashes {
	uint64_t *items; /* owned */
	size_t n, cap;
};

/* What a helper notes beside its counter, which points to it. */
struct mg_part {
	bool is_lost;     /* the part cannot be counted without the state */
	bool is_yearless; /* stamps have no year */
	bool has_forgotten_senders;
	int64_t zone_end;             /* Unix seconds */
	int64_t added_min, added_max; /* stamps of messages in flight */
	int64_t caller_min;           /* of scripts */
	size_t n_callers_most;
	struct mg_record_note since; /* of what came since the last note */
	struct mg_part_note *notes;  /* owned; in the order of lines */
	size_t n_notes, cap_notes;
	struct mg_part_hashes absent, asked; /* taken for granted */
	struct mg_map away;                  /* Message-IDs of what was left */
	struct mg_caller *callers; /* owned; go with the lines that were left */
	size_t n_callers, cap_callers;
	struct mg_flight_entry *flights; /* owned; the same */
	size_t n_flights, cap_flights;
};

/* Ties a part to the counter of a helper, which then knows no state. */
void mg_part_init(struct mg_part *p, struct mg_counter *c);
void mg_part_release(struct mg_part *p);

/*
 * mg_part_tell - say the part that was counted, and be ready for the next.
 *
 * from, to   in   its bytes, both just behind a newline
 *
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_part_tell(struct mg_tell *t, struct mg_counter *c,
			      int64_t from, int64_t to, struct mg_err *err);

#endif
