/* SPDX-License-Identifier: MIT */
/*
 * part_priv - where counting asks whether the line at hand can be counted in
 * this process. Without a part, in the first child, everything can.
 *
 * The questions come before a line counts, and say true when it was left to the
 * first child and counts for nothing here.
 */
#ifndef MG_PART_PRIV_H
#define MG_PART_PRIV_H

#include "count_priv.h"

#include "mailguard/part.h"

/*
 * Forgets the last part. Numbers of subjects stay, since they were told; those
 * of sender domains while they are not too many.
 */
void mg_part_begin(struct mg_counter *c);

/* How far things have grown now. */
struct mg_part_mark mg_part_mark_of(const struct mg_counter *c);

/* --- asked by what counts lines --- */

bool mg_part_leaves_exim_line(struct mg_counter *c,
			      const struct mg_exim_line *line, int64_t at);

static inline bool mg_part_leaves_exim(struct mg_counter *c,
				       const struct mg_exim_line *line,
				       int64_t at)
{
	return c->part && mg_part_leaves_exim_line(c, line, at);
}

bool mg_part_leaves_postfix_line(struct mg_counter *c,
				 const struct mg_instance *instance,
				 const struct mg_postfix_line *line,
				 int64_t at);

static inline bool mg_part_leaves_postfix(struct mg_counter *c,
					  const struct mg_instance *instance,
					  const struct mg_postfix_line *line,
					  int64_t at)
{
	return c->part && mg_part_leaves_postfix_line(c, instance, line, at);
}

/* --- told by what counts lines; only where there is a part --- */

/* The first stamp of the part. */
void mg_part_begin_at(struct mg_counter *c, int64_t at);

/* A stamp that is not the same as the one before; had_year as it stood. */
void mg_part_note_stamp(struct mg_counter *c, const struct mg_civil *at,
			bool had_year, bool has_zone);

void mg_part_note_added(struct mg_part *p, int64_t at);
void mg_part_note_caller(struct mg_counter *c, int64_t at);

/* --- shared by the dialects --- */

/* What is known of an id here. */
enum mg_part_known {
	MG_PART_UNSEEN,
	MG_PART_ELSEWHERE, /* a line about it was left */
	MG_PART_OWN,
};

enum mg_part_known mg_part_know(const struct mg_flight_entry *e);

/* Notes that the line at hand was left. */
void mg_part_leave(struct mg_counter *c);

/* The same, and all further lines about the id will be. */
void mg_part_leave_id(struct mg_counter *c, struct mg_slice id, int64_t at);

/* The same of a line behind which nothing is known of the id any more. */
void mg_part_leave_last(struct mg_counter *c, struct mg_flight_entry *e);

/* An id is taken to be new. */
void mg_part_take_absent(struct mg_counter *c, struct mg_slice id);

/* A Message-ID is taken to be in no message from before. */
void mg_part_take_unasked(struct mg_counter *c, uint64_t message_id);

/* Whether a line that was left may have made a Message-ID known. */
bool mg_part_is_away(const struct mg_part *p, uint64_t message_id);

/* A message goes to the first child as it is; e is gone after it. */
void mg_part_hand_over(struct mg_counter *c, struct mg_flight_entry *e);

/* The same of all messages with a Message-ID, which is away from here on. */
void mg_part_hand_over_alike(struct mg_counter *c, uint64_t message_id);

#endif
