/* SPDX-License-Identifier: MIT */
/*
 * A clock that was set makes old things new and lets times end that have not
 * come. The clock that counts from the start of the host cannot be set: where
 * the two went different ways, nothing is suspended until all that was counted
 * before is too old to act on.
 */
#include "offend.h"

#include "mailguard/clock.h"

#define JUMP_S 300
#define DAY_S 86400

static int keep(struct mg_store *s, int64_t wall, int64_t boot,
		int64_t frozen_until, struct mg_err *err)
{
	int rc = mg_store_put_number(s, MG_LIT("clock_wall"), wall, err);

	if (rc == 0)
		rc = mg_store_put_number(s, MG_LIT("clock_boot"), boot, err);
	if (rc == 0)
		rc = mg_store_put_number(s, MG_LIT("frozen_until"),
					 frozen_until, err);
	return rc;
}

/* After a restart of the host, only that time does not go back. */
static bool has_jumped(int64_t wall, int64_t boot, int64_t then_wall,
		       int64_t then_boot)
{
	const int64_t by_wall = wall - then_wall;
	const int64_t by_boot = boot - then_boot;

	if (by_boot < 0)
		return by_wall < -JUMP_S;
	return by_wall - by_boot > JUMP_S || by_boot - by_wall > JUMP_S;
}

static int look(struct mg_enforcer *e, struct mg_err *err)
{
	const int64_t boot = mg_clock_boot();
	int64_t then_wall = 0, then_boot = 0, frozen_until = 0;
	int rc = mg_store_get_number(e->store, MG_LIT("clock_wall"), &then_wall,
				     err);
	const bool is_known = rc == 1;

	if (rc >= 0)
		rc = mg_store_get_number(e->store, MG_LIT("clock_boot"),
					 &then_boot, err);
	if (rc >= 0)
		rc = mg_store_get_number(e->store, MG_LIT("frozen_until"),
					 &frozen_until, err);
	if (rc < 0)
		return rc;
	e->has_jumped = is_known &&
			has_jumped(e->now, boot, then_wall, then_boot);
	if (e->has_jumped)
		frozen_until = e->now + e->settings->enforce.age;
	/* Not for longer than that, whatever the clock was set to before. */
	if (frozen_until <= e->now ||
	    frozen_until > e->now + e->settings->enforce.age)
		frozen_until = 0;
	e->frozen_until = frozen_until;
	/* What a host that was off for a day cannot tell from a clock that was
	   set meanwhile: a grace begins anew, which harms nobody. */
	rc = 0;
	if (is_known && (e->has_jumped || e->now - then_wall > DAY_S))
		rc = mg_store_put_number(e->store, MG_LIT("jumped_at"), e->now,
					 err);
	return rc < 0 ? rc : keep(e->store, e->now, boot, frozen_until, err);
}

int mg_enforce_look_at_clock(struct mg_enforcer *e, struct mg_err *err)
{
	int rc = mg_store_begin(e->store, err);

	if (rc == 0)
		rc = look(e, err);
	if (rc == 0)
		rc = mg_store_commit(e->store, err);
	if (rc < 0)
		mg_store_rollback(e->store);
	return rc;
}
