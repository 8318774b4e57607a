/* SPDX-License-Identifier: MIT */
/*
 * What a sweep does about terminations: count itself, see to their evidence, note
 * what is missing, and carry out those that miss nothing.
 */
#include "effect_priv.h"
#include "terminate_priv.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/arena.h"
#include "mailguard/clock.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define BY_US MG_LIT("mailguard")
#define SEEN_AT MG_LIT("terminations_seen_at") /* by the clock of the boot */

/* Between two sweeps that count, so that nobody sweeps a grace away. */
#define SWEEP_MIN_S 30

struct run {
	struct mg_enforcer *e;
	struct mg_act *acts; /* owned */
	size_t n, cap;
	bool is_counted; /* this sweep */
	struct mg_arena text;
	struct mg_err *err;
};

static int take(void *arg, const struct mg_act *act)
{
	struct run *r = arg;

	if (act->verb != MG_ACT_TERMINATE)
		return 0;
	r->acts = mg_vec_room(r->acts, r->n, &r->cap, sizeof(*r->acts));
	r->acts[r->n++] = mg_act_copy(act, &r->text);
	return 0;
}

/* --- what is kept of a look --- */

static int64_t count_of(const struct run *r, const struct mg_termination *t)
{
	return t->n_sweeps + (r->is_counted && t->is_suspended);
}

static int keep(struct run *r, const struct mg_act *act,
		const struct mg_termination *t)
{
	struct mg_store *s = r->e->store;
	char name[MG_ACT_ID_MAX + 16];
	int rc = mg_store_begin(s, r->err);

	(void)snprintf(name, sizeof(name), "sweeps %s", act->id);
	if (rc == 0)
		rc = mg_store_put_number(s, mg_slice_str(name), count_of(r, t),
					 r->err);
	if (rc == 0)
		rc = mg_acts_set_missing(s, act->id, mg_buf_slice(&t->missing),
					 r->err);
	if (rc == 0)
		rc = mg_store_commit(s, r->err);
	if (rc < 0)
		mg_store_rollback(s);
	return rc;
}

/* --- one --- */

static int withdraw(struct run *r, const struct mg_act *act, const char *why)
{
	return mg_effect_mark(r->e, act->id, MG_MARK_RELEASED, BY_US,
			      mg_slice_str(why), r->err);
}

/* It is there before anybody approves, who sees its hash. */
static void prove(struct run *r, const struct mg_act *act)
{
	struct mg_err why = { 0 };
	struct mg_buf path;

	mg_buf_init(&path, PATH_MAX);
	if (mg_effect_prove(r->e, act, &path, &why) < 0)
		r->e->fail(r->e->arg, "evidence", &why);
	mg_buf_release(&path);
}

static int step(struct run *r, const struct mg_act *act,
		const struct mg_termination *t)
{
	int rc;

	if (t->void_why && !t->is_begun)
		return withdraw(r, act, t->void_why);
	if (!t->sha256[0])
		prove(r, act);
	rc = keep(r, act, t);
	if (rc == 0 && (t->is_begun || t->n_missing == 0))
		rc = mg_terminate_carry_out(r->e, act,
					    t->n_missing == 0 && !t->void_why,
					    r->err);
	return rc;
}

static int look_and_step(struct run *r, const struct mg_act *act)
{
	struct mg_termination t;
	int rc = mg_terminate_look(r->e, act, &t, r->err);

	if (rc == 0)
		rc = step(r, act, &t);
	mg_termination_release(&t);
	return rc;
}

int mg_terminate_begin(struct mg_enforcer *e, const struct mg_act *act,
		       struct mg_err *err)
{
	struct mg_act added = *act;
	struct mg_buf path;
	int rc = mg_store_begin(e->store, err);

	added.made_at = e->now;
	if (rc == 0)
		rc = mg_acts_add(e->store, e->now, act, err);
	if (rc >= 0)
		rc = mg_store_commit(e->store, err);
	if (rc < 0) {
		mg_store_rollback(e->store);
		return rc;
	}
	mg_buf_init(&path, PATH_MAX);
	rc = mg_effect_prove(e, &added, &path, err);
	mg_buf_release(&path);
	return rc;
}

/* --- all of them --- */

/* Whether this sweep is one that counts; what was noted before is forgotten. */
static int begin(struct run *r)
{
	struct mg_store *s = r->e->store;
	const int64_t boot = mg_clock_boot();
	int64_t seen_at = 0;
	int rc = mg_store_get_number(s, SEEN_AT, &seen_at, r->err);

	if (rc < 0)
		return rc;
	r->is_counted = rc == 0 || boot < seen_at ||
			boot - seen_at >= SWEEP_MIN_S;
	rc = mg_store_begin(s, r->err);
	if (rc == 0 && r->is_counted)
		rc = mg_store_put_number(s, SEEN_AT, boot, r->err);
	if (rc == 0)
		rc = mg_acts_forget_missing(s, r->err);
	if (rc == 0)
		rc = mg_store_commit(s, r->err);
	if (rc < 0)
		mg_store_rollback(s);
	return rc;
}

static int run_all(struct run *r)
{
	struct mg_enforcer *e = r->e;
	int rc = mg_acts_each(e->store, MG_ACTS_WAITING, e->now, take, r,
			      r->err);

	if (rc == 0)
		rc = mg_acts_each(e->store, MG_ACTS_IN_FORCE, e->now, take, r,
				  r->err);
	if (rc == 0 && r->n)
		rc = begin(r);
	for (size_t i = 0; rc == 0 && i < r->n; i++)
		rc = look_and_step(r, &r->acts[i]);
	return rc;
}

int mg_terminations_run(struct mg_enforcer *e, struct mg_err *err)
{
	struct run r = { .e = e, .err = err };
	const int rc = run_all(&r);

	mg_mem_free(r.acts);
	mg_arena_release(&r.text);
	return rc;
}
