/* SPDX-License-Identifier: MIT */
/*
 * Which lines of Exim a helper leaves to the first child.
 */
#include "part_priv.h"

#include "mailguard/vec.h"

/* What a local submission looks for in what came before it. */
struct asked {
	bool for_caller;     /* the script that called */
	size_t caller;       /* its index; n_callers for none */
	uint64_t message_id; /* of a message that it may be a forward of; 0 */
};

static struct asked ask(struct mg_counter *c, const struct mg_exim_line *line,
			int64_t at)
{
	const uint32_t account = mg_count_user(c, line->user, NULL);
	struct asked a = { .for_caller = account != MG_ACCOUNT_NONE,
			   .caller = c->n_callers };

	if (a.for_caller)
		a.caller = mg_count_find_caller(c, account, line, at);
	if (line->message_id.len)
		a.message_id = mg_hash(&c->key, line->message_id);
	return a;
}

/* Whether what it looks for may lie before the part. */
static bool may_miss(struct mg_counter *c, const struct asked *a, int64_t at)
{
	if (a->message_id && mg_part_is_away(c->part, a->message_id))
		return true;
	if (at > c->part->zone_end)
		return false;
	return (a->for_caller && a->caller == c->n_callers) ||
	       (a->message_id &&
		!mg_flights_any_alike(&c->flights, a->message_id));
}

/* A script that was found here goes with the line. */
static void give_caller(struct mg_counter *c, size_t i)
{
	struct mg_part *p = c->part;

	if (i == c->n_callers)
		return;
	p->callers = mg_vec_room(p->callers, p->n_callers, &p->cap_callers,
				 sizeof(*p->callers));
	/* The first child would think it too old. */
	if (c->callers[i].at + MG_CWD_AGE_S < p->since.caller_at)
		p->is_lost = true;
	p->callers[p->n_callers++] = c->callers[i];
	mg_count_drop_caller(c, i);
}

static void leave_arrival(struct mg_counter *c, struct mg_flight_entry *e,
			  const struct mg_exim_line *line, int64_t at)
{
	if (mg_part_know(e) == MG_PART_OWN) /* lines that came before it */
		mg_part_hand_over(c, e);
	if (line->message_id.len)
		mg_part_hand_over_alike(c, mg_hash(&c->key, line->message_id));
	mg_part_leave_id(c, line->id, at);
}

static bool leaves_arrival(struct mg_counter *c, struct mg_flight_entry *e,
			   const struct mg_exim_line *line, int64_t at)
{
	const bool is_local = mg_count_is_local(line);
	struct asked asked = { .caller = c->n_callers };

	if (is_local)
		asked = ask(c, line, at);
	if (mg_part_know(e) == MG_PART_ELSEWHERE ||
	    (is_local && may_miss(c, &asked, at))) {
		give_caller(c, asked.caller);
		leave_arrival(c, e, line, at);
		return true;
	}
	if (asked.message_id)
		mg_part_take_unasked(c, asked.message_id);
	if (!e)
		mg_part_take_absent(c, line->id);
	return false;
}

/* Any line but an arrival of which nothing is known here, or too little. */
static bool leaves_unknown(struct mg_counter *c, struct mg_flight_entry *e,
			   const struct mg_exim_line *line, int64_t at)
{
	switch (line->kind) {
	case MG_EXIM_COMPLETED:
	case MG_EXIM_RESCINDED:
		mg_part_leave_last(c, e);
		return true;
	case MG_EXIM_IDENTIFICATION:
		if (e || at <= c->part->zone_end)
			break;
		mg_part_take_absent(c, line->id);
		return false;
	case MG_EXIM_DELIVERY:
	case MG_EXIM_DEFERRAL:
	case MG_EXIM_FAILURE:
		if (e || !line->is_cutthrough)
			break;
		mg_part_take_absent(c, line->id);
		return false;
	case MG_EXIM_OVERFLOWED:
		break;
	default:
		return false;
	}
	mg_part_leave_id(c, line->id, at);
	return true;
}

bool mg_part_leaves_exim_line(struct mg_counter *c,
			      const struct mg_exim_line *line, int64_t at)
{
	struct mg_flight_entry *e;

	if (line->id.len == 0)
		return false;
	e = mg_flights_find(&c->flights, line->id);
	if (line->kind == MG_EXIM_ARRIVAL)
		return leaves_arrival(c, e, line, at);
	return mg_part_know(e) != MG_PART_OWN && leaves_unknown(c, e, line, at);
}
