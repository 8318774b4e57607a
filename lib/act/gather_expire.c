/* SPDX-License-Identifier: MIT */
/*
 * Evidence goes when its time is over, but for what a person holds, and what
 * an action stands on that is still in force.
 */
#include <string.h>

#include "mailguard/bundles.h"
#include "mailguard/gather.h"
#include "mailguard/mem.h"
#include "mailguard/shelf.h"
#include "mailguard/vec.h"

struct item {
	struct mg_bundle bundle; /* its texts are the arena's */
	bool is_held, is_gone, is_needed;
};

struct items {
	struct item *items; /* owned */
	size_t n, cap;
	struct mg_arena arena;
};

static struct item *find(struct items *all, struct mg_slice name)
{
	for (size_t i = all->n; i-- > 0;)
		if (mg_slice_is(all->items[i].bundle.name, name))
			return &all->items[i];
	return NULL;
}

static void add(struct items *all, const struct mg_bundle *b)
{
	struct mg_bundle *copy;

	all->items = mg_vec_room(all->items, all->n, &all->cap,
				 sizeof(*all->items));
	all->items[all->n] = (struct item){ .bundle = *b };
	copy = &all->items[all->n++].bundle;
	copy->name = mg_arena_copy(&all->arena, b->name);
	copy->per = mg_arena_copy(&all->arena, b->per);
	copy->subject = mg_arena_copy(&all->arena, b->subject);
	copy->act = mg_arena_copy(&all->arena, b->act);
	copy->by = mg_arena_copy(&all->arena, b->by);
	copy->reason = mg_arena_copy(&all->arena, b->reason);
}

static int take(void *arg, const struct mg_bundle *b)
{
	struct items *all = arg;
	struct item *item = find(all, b->name);

	if (b->event == MG_BUNDLE_MADE && !item)
		add(all, b);
	if (!item)
		return 0;
	if (b->event == MG_BUNDLE_MADE) { /* perhaps anew: its time, too */
		item->is_gone = false;
		item->bundle.made_at = b->made_at;
	}
	item->is_gone |= b->event == MG_BUNDLE_EXPIRED;
	if (b->event == MG_BUNDLE_HELD || b->event == MG_BUNDLE_RELEASED)
		item->is_held = b->event == MG_BUNDLE_HELD;
	return 0;
}

static int take_act(void *arg, const struct mg_act *act)
{
	struct items *all = arg;

	for (size_t i = 0; i < all->n; i++)
		all->items[i].is_needed |= mg_slice_is(all->items[i].bundle.act,
						       mg_slice_str(act->id));
	return 0;
}

static int load(struct mg_enforcer *e, struct items *all, struct mg_err *err)
{
	int rc = mg_bundles_each(e->store, take, all, err);

	if (rc == 0)
		rc = mg_acts_each(e->store, MG_ACTS_IN_FORCE, e->now, take_act,
				  all, err);
	return rc == 0 ? mg_acts_each(e->store, MG_ACTS_WAITING, e->now,
				      take_act, all, err)
		       : rc;
}

static void release(struct items *all)
{
	mg_mem_free(all->items);
	mg_arena_release(&all->arena);
}

static enum mg_gather_state state_of(const struct mg_enforcer *e,
				     const struct item *item)
{
	if (item->is_gone)
		return MG_GATHER_EXPIRED;
	if (item->is_held)
		return MG_GATHER_HELD;
	if (item->is_needed)
		return MG_GATHER_NEEDED;
	return item->bundle.made_at + e->settings->retention.evidence <= e->now
		       ? MG_GATHER_DUE
		       : MG_GATHER_KEPT;
}

int mg_gather_each(struct mg_enforcer *e, mg_gather_fn fn, void *arg,
		   struct mg_err *err)
{
	struct items all = { .n = 0 };
	int rc = load(e, &all, err);

	for (size_t i = 0; rc == 0 && i < all.n; i++)
		rc = fn(arg, &all.items[i].bundle, state_of(e, &all.items[i]));
	release(&all);
	return rc;
}

static int record(struct mg_enforcer *e, const struct mg_bundle *b,
		  struct mg_err *err)
{
	struct mg_bundle row = *b;
	int rc = mg_store_begin(e->store, err);

	row.event = MG_BUNDLE_EXPIRED;
	row.by = MG_LIT("policy");
	row.reason = MG_LIT("its time was over");
	if (rc == 0)
		rc = mg_bundles_add(e->store, e->now, &row, err);
	if (rc == 0)
		rc = mg_store_commit(e->store, err);
	if (rc < 0)
		mg_store_rollback(e->store);
	return rc;
}

/* The file first: after a crash between the two it is gone, and said so. */
static int expire(struct mg_enforcer *e, const struct mg_bundle *b,
		  struct mg_err *err)
{
	char name[MG_EVIDENCE_NAME_MAX] = "";
	int rc;

	if (!mg_evidence_name_is_valid(b->name))
		return mg_fail(err, MG_EPARSE,
			       "the ledger has a bundle of no such name");
	memcpy(name, b->name.ptr, b->name.len);
	rc = mg_shelf_remove(e->state, name, err);
	return rc < 0 ? rc : record(e, b, err);
}

int mg_gather_expire(struct mg_enforcer *e, bool dry_run, mg_gather_fn fn,
		     void *arg, struct mg_err *err)
{
	struct items all = { .n = 0 };
	int rc = load(e, &all, err);

	if (rc == 0 && !dry_run)
		rc = mg_shelf_tidy(e->state, err);
	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		const struct item *item = &all.items[i];

		if (state_of(e, item) != MG_GATHER_DUE)
			continue;
		if (!dry_run)
			rc = expire(e, &item->bundle, err);
		if (rc == 0 && fn)
			rc = fn(arg, &item->bundle, MG_GATHER_DUE);
	}
	release(&all);
	return rc;
}
