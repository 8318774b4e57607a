/* SPDX-License-Identifier: MIT */
/*
 * Whose turn it is: new effects, then those that failed, then those that stand.
 */
#include "effect_priv.h"

#include <stdlib.h>

#include "mailguard/clock.h"

/* Where one stands among those of all acts and hooks; it grows with the ledger. */
static int64_t place_of(const struct mg_effect *f)
{
	return f->act->seq * MG_HOOKS_MAX + (int64_t)f->hook;
}

/* Who waited longest is first; those that stand begin behind who came last. */
static void rank(struct mg_effect *f, int64_t came_last)
{
	const int64_t place = place_of(f);

	f->rank = f->turn == MG_EFFECT_AGAIN ? f->last_at : place;
	if (f->turn == MG_EFFECT_STANDING && place <= came_last)
		f->rank += INT64_MAX / 2;
}

static int by_turn(const void *a, const void *b)
{
	const struct mg_effect *x = a, *y = b;

	if (x->turn != y->turn)
		return x->turn < y->turn ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (place_of(x) > place_of(y)) - (place_of(x) < place_of(y));
}

static int keep_place(struct mg_enforcer *e, int64_t place, struct mg_err *err)
{
	int rc = mg_store_begin(e->store, err);

	if (rc == 0)
		rc = mg_acts_set_asked(e->store, place, err);
	if (rc == 0)
		rc = mg_store_commit(e->store, err);
	if (rc < 0)
		mg_store_rollback(e->store);
	return rc;
}

/* What stands can wait; what was to be done is missed. */
static void say_left(struct mg_enforcer *e, const struct mg_effect *left,
		     size_t n_left)
{
	struct mg_err why = { 0 };
	size_t n = 0;

	while (n < n_left && left[n].turn < MG_EFFECT_STANDING)
		n++;
	if (n == 0)
		return;
	(void)mg_fail(&why, MG_EIO,
		      "%zu more wait for the next sweep, since the time of one "
		      "is over ('hooks.budget')",
		      n);
	e->fail(e->arg, "hooks", &why);
}

int mg_effect_take_turns(struct mg_enforcer *e, struct mg_effect *effects,
			 size_t n, int64_t until_ms, mg_effect_fn fn, void *arg,
			 struct mg_err *err)
{
	enum mg_effect_turn turn = MG_EFFECT_FIRST;
	int64_t place;
	size_t i;
	int rc = mg_acts_asked(e->store, &place, err);

	for (i = 0; i < n; i++)
		rank(&effects[i], place);
	if (n)
		qsort(effects, n, sizeof(*effects), by_turn);
	for (i = 0; rc == 0 && i < n; i++) {
		if (i && mg_clock_mono_ms() >= until_ms)
			break;
		turn = effects[i].turn;
		place = place_of(&effects[i]);
		rc = fn(arg, &effects[i]);
	}
	if (rc < 0 || i == n)
		return rc;
	say_left(e, effects + i, n - i);
	return turn == MG_EFFECT_STANDING ? keep_place(e, place, err) : 0;
}
