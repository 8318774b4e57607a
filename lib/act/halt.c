/* SPDX-License-Identifier: MIT */
/*
 * What is to be stopped is on disk before it is: after a crash, or where the tool
 * could not be run, it is told of the same messages again, and whatever became of
 * them is let go in the end.
 */
#include "mailguard/halt.h"

#include "halt_priv.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailguard/arena.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define BACKEND "halt" /* of the rows (acts.h): queue id, and act */
#define AT_MOST 10000  /* in a sweep, for one act */
#define PENDING '?'    /* behind the act of a row: not known to be stopped */

struct halt {
	const struct mg_root *root;
	struct mg_store *store;
	struct mg_slice act;
	struct mg_arena text;
	struct mg_halt_item
		*items; /* owned; by server and id once they are sorted */
	size_t n, cap;
	uint64_t n_taken;
	struct mg_buf *plan; /* commands are said, not run */
	struct mg_err *err;
};

/* --- ids --- */

bool mg_halt_is_id(struct mg_slice id, bool *is_exim)
{
	*is_exim = mg_slice_find(id, '-') < id.len;
	if (id.len == 0 || id.len > MG_HALT_ID_MAX || id.ptr[0] == '-')
		return false;
	for (size_t i = 0; i < id.len; i++) {
		const char c = id.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return true;
}

static void add(struct halt *h, struct mg_slice id)
{
	struct mg_halt_item item = { .id = NULL };

	if (!mg_halt_is_id(id, &item.is_exim))
		return;
	item.id = mg_arena_copy_text(&h->text, id);
	h->items = mg_vec_room(h->items, h->n, &h->cap, sizeof(*h->items));
	h->items[h->n++] = item;
}

static int take_queued(void *arg, struct mg_slice id)
{
	add(arg, id);
	return 0;
}

/* The act of a row; empty for a message that is stopped by others. */
static struct mg_slice act_of(const struct mg_applied *row)
{
	return mg_slice_of(row->value.ptr, mg_slice_find(row->value, PENDING));
}

static int take_row(void *arg, const struct mg_applied *row)
{
	struct halt *h = arg;

	if (mg_slice_is(act_of(row), h->act))
		add(h, row->key);
	return 0;
}

static int by_server_and_id(const void *a, const void *b)
{
	const struct mg_halt_item *x = a, *y = b;

	if (x->is_exim != y->is_exim)
		return x->is_exim ? 1 : -1;
	return strcmp(x->id, y->id);
}

/* What a row has is stopped already, for this act or another; but for what a
   tool was to be told of, and perhaps was not. */
static int note_known(void *arg, const struct mg_applied *row)
{
	struct halt *h = arg;
	char id[MG_HALT_ID_MAX + 1];
	struct mg_halt_item key = { .id = id }, *found;

	if (h->n == 0 || !mg_halt_is_id(row->key, &key.is_exim))
		return 0;
	(void)snprintf(id, sizeof(id), "%.*s", MG_SLICE_ARG(row->key));
	found = bsearch(&key, h->items, h->n, sizeof(key), by_server_and_id);
	if (!found)
		return 0;
	if (mg_slice_find(row->value, PENDING) == row->value.len)
		found->is_known = true;
	else
		found->is_again = mg_slice_is(act_of(row), h->act);
	return 0;
}

/* --- the rows --- */

/* What the tool did not do, since somebody else had done it or the message is
   gone, is not asked for again: it has a row without an act. */
enum change { PUT_PENDING, PUT_TAKEN, DROP };

static int change_one(const struct halt *h, const struct mg_halt_item *item,
		      enum change change)
{
	struct mg_applied row = { .key = mg_slice_str(item->id) };
	char value[MG_ACT_ID_MAX + 1];

	(void)snprintf(value, sizeof(value), "%.*s%s", MG_SLICE_ARG(h->act),
		       item->is_taken ? "" : "?");
	if (change == DROP && item->is_busy)
		return 0;
	if (change == DROP)
		return mg_applied_drop(h->store, BACKEND, row.key, h->err);
	if (change == PUT_PENDING || item->is_taken || item->is_busy)
		row.value = mg_slice_str(value);
	return mg_applied_put(h->store, BACKEND, &row, h->err);
}

static int change_rows(const struct halt *h, const struct mg_halt_batch *b,
		       enum change change)
{
	int rc = mg_store_begin(h->store, h->err);

	for (size_t i = 0; rc == 0 && i < b->n; i++)
		rc = change_one(h, b->items[i], change);
	if (rc == 0)
		rc = mg_store_commit(h->store, h->err);
	if (rc < 0)
		mg_store_rollback(h->store);
	return rc;
}

static int tell(struct halt *h, struct mg_halt_batch *b, bool go)
{
	const int rc = mg_halt_tell(h->root, b, go, h->err);

	for (size_t i = 0; rc == 0 && i < b->n; i++)
		h->n_taken += b->items[i]->is_taken;
	return rc;
}

static int stop_batch(struct halt *h, struct mg_halt_batch *b)
{
	int rc = change_rows(h, b, PUT_PENDING);

	if (rc == 0)
		rc = tell(h, b, false);
	return rc < 0 ? rc : change_rows(h, b, PUT_TAKEN);
}

static int plan_batch(struct halt *h, struct mg_halt_batch *b)
{
	mg_halt_say(b, false, h->plan);
	return 0;
}

static int let_go_batch(struct halt *h, struct mg_halt_batch *b)
{
	const int rc = tell(h, b, true);

	return rc < 0 ? rc : change_rows(h, b, DROP);
}

static int drop_batch(struct halt *h, struct mg_halt_batch *b)
{
	return change_rows(h, b, DROP);
}

/* --- all of them --- */

/* The next of one server that are not known. */
static void fill(struct halt *h, size_t *at, struct mg_halt_batch *b)
{
	b->n = 0;
	for (; *at < h->n && b->n < MG_HALT_AT_ONCE; (*at)++) {
		struct mg_halt_item *item = &h->items[*at];

		if (item->is_known)
			continue;
		if (b->n && b->items[0]->is_exim != item->is_exim)
			break;
		b->items[b->n++] = item;
	}
}

/* Of a queue as long as that the rest is left to the next sweep. */
static int each_batch(struct halt *h,
		      int (*fn)(struct halt *h, struct mg_halt_batch *b))
{
	struct mg_halt_batch b;
	size_t at = 0, n = 0;
	int rc = 0;

	while (rc == 0 && n < AT_MOST) {
		fill(h, &at, &b);
		if (b.n == 0)
			break;
		rc = fn(h, &b);
		n += b.n;
	}
	return rc;
}

static void sort(struct halt *h)
{
	if (h->n)
		qsort(h->items, h->n, sizeof(*h->items), by_server_and_id);
}

static void release(struct halt *h)
{
	mg_mem_free(h->items);
	mg_arena_release(&h->text);
}

static int halt_queued(struct halt *h, const struct mg_act *act,
		       int (*fn)(struct halt *h, struct mg_halt_batch *b))
{
	int rc = mg_store_each_queued(h->store, act->per, act->subject,
				      take_queued, h, h->err);

	sort(h);
	if (rc == 0)
		rc = mg_applied_each(h->store, BACKEND, note_known, h, h->err);
	if (rc == 0)
		rc = each_batch(h, fn);
	release(h);
	return rc;
}

int mg_halt_queued(const struct mg_root *root, struct mg_store *store,
		   const struct mg_act *act, uint64_t *n, struct mg_err *err)
{
	struct halt h = { .root = root,
			  .store = store,
			  .act = mg_slice_str(act->id),
			  .err = err };
	const int rc = halt_queued(&h, act, stop_batch);

	*n = h.n_taken;
	return rc;
}

int mg_halt_plan(struct mg_store *store, const struct mg_act *act,
		 struct mg_buf *out, struct mg_err *err)
{
	struct halt h = { .store = store,
			  .act = mg_slice_str(act->id),
			  .plan = out,
			  .err = err };

	return halt_queued(&h, act, plan_batch);
}

int mg_halt_let_go(const struct mg_root *root, struct mg_store *store,
		   const char *act, uint64_t *n, struct mg_err *err)
{
	struct halt h = { .root = root,
			  .store = store,
			  .act = mg_slice_str(act),
			  .err = err };
	int rc = mg_applied_each(store, BACKEND, take_row, &h, err);

	sort(&h);
	if (rc == 0)
		rc = each_batch(&h, let_go_batch);
	*n = h.n_taken;
	release(&h);
	return rc;
}

/* --- whose there are --- */

struct each_act {
	mg_halt_act_fn fn;
	void *arg;
};

static int tell_act(void *arg, const struct mg_applied *row)
{
	const struct each_act *each = arg;

	return act_of(row).len ? each->fn(each->arg, act_of(row)) : 0;
}

int mg_halt_each_act(struct mg_store *store, mg_halt_act_fn fn, void *arg,
		     struct mg_err *err)
{
	struct each_act each = { fn, arg };

	return mg_applied_each(store, BACKEND, tell_act, &each, err);
}

static int take_disowned(void *arg, const struct mg_applied *row)
{
	if (act_of(row).len == 0)
		add(arg, row->key);
	return 0;
}

int mg_halt_forget(struct mg_store *store, struct mg_err *err)
{
	struct halt h = { .store = store, .err = err };
	int rc = mg_applied_each(store, BACKEND, take_disowned, &h, err);

	if (rc == 0)
		rc = each_batch(&h, drop_batch);
	release(&h);
	return rc;
}
