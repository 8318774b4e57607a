/* SPDX-License-Identifier: MIT */
/*
 * What is to be stopped is on disk before it is: after a crash, or where the tool
 * could not be run, it is told of the same messages again, and whatever became of
 * them is let go in the end.
 */
#include "mailguard/halt.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/arena.h"
#include "mailguard/mem.h"
#include "mailguard/spawn.h"
#include "mailguard/vec.h"

#define BACKEND "halt" /* of the rows (acts.h): queue id, and act */
#define AT_ONCE 200    /* ids of one command line */
#define ID_MAX 23
#define SAID_MAX (1U << 20)
#define SECONDS 120
#define PENDING '?' /* behind the act of a row: not known to be stopped */

struct item {
	const char *id; /* in the arena */
	bool is_exim;   /* else Postfix's */
	bool is_taken;  /* the tool says that it did it */
	bool is_busy;   /* being delivered just now: asked for again */
	bool is_again;  /* the tool was told of it before, for this act */
};

struct halt {
	const struct mg_root *root;
	struct mg_store *store;
	struct mg_slice act;
	struct mg_arena text;
	struct item *items; /* owned */
	size_t n, cap;
	struct mg_err *err;
};

/* --- ids --- */

/* "1w0000-000001-00" is Exim's, "3F2A7C" and "4cXb1k2nQzz1Y" are Postfix's. */
static bool is_id(struct mg_slice id, bool *is_exim)
{
	*is_exim = mg_slice_find(id, '-') < id.len;
	if (id.len == 0 || id.len > ID_MAX || id.ptr[0] == '-')
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
	struct item item = { .id = NULL };

	if (!is_id(id, &item.is_exim))
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

/* What a row has is stopped already, for this act or another; but for what a
   tool was to be told of, and perhaps was not. */
static int drop_known(void *arg, const struct mg_applied *row)
{
	struct halt *h = arg;

	for (size_t i = 0; i < h->n; i++) {
		if (!mg_slice_is(mg_slice_str(h->items[i].id), row->key))
			continue;
		if (mg_slice_find(row->value, PENDING) == row->value.len)
			h->items[i] = h->items[--h->n];
		else
			h->items[i].is_again = mg_slice_is(act_of(row), h->act);
		break;
	}
	return 0;
}

/* --- the tools --- */

static int run(const struct halt *h, const char *name, const char *const *argv,
	       struct mg_slice input, struct mg_buf *said)
{
	char path[PATH_MAX];
	int status = 0;
	struct mg_program p = { .path = path,
				.argv = argv,
				.input = input,
				.seconds = SECONDS,
				.out = said,
				.errors = said };
	int rc = mg_program_find(h->root, name, path, h->err);

	/* Its status is of one of many messages; its words are of each. */
	return rc < 0 ? rc : mg_program_run(&p, &status, h->err);
}

/* The tool's line of a message, if it has one that ends so. */
static bool has_said(struct mg_slice said, const char *id, struct mg_slice end)
{
	const struct mg_slice wanted = mg_slice_str(id);
	struct mg_slice line;

	while (mg_slice_cut_line(&said, &line)) {
		const size_t at = mg_slice_search(line, wanted);

		if (at < line.len && mg_slice_has_suffix(line, end))
			return true;
	}
	return false;
}

/* Exim has a message locked that it delivers. */
static void note_one(struct item *item, struct mg_slice said,
		     struct mg_slice end)
{
	/* What it was told before a crash it has done before. */
	item->is_taken =
		has_said(said, item->id, end) ||
		(item->is_again &&
		 (!item->is_exim ||
		  has_said(said, item->id, MG_LIT("is already frozen"))));
	item->is_busy = item->is_exim && !item->is_taken &&
			!has_said(said, item->id,
				  MG_LIT("is already frozen")) &&
			!has_said(said, item->id, MG_LIT("does not exist"));
}

static void note(struct halt *h, bool is_exim, struct mg_slice said,
		 struct mg_slice end)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->items[i].is_exim == is_exim && !h->items[i].is_taken)
			note_one(&h->items[i], said, end);
}

/* The next ids of Exim from `at` on, behind a flag; NULL at the end. */
static size_t fill(const struct halt *h, size_t *at, const char **argv)
{
	size_t n = 0;

	while (*at < h->n && n < AT_ONCE) {
		const struct item *item = &h->items[(*at)++];

		if (item->is_exim)
			argv[n++] = item->id;
	}
	argv[n] = NULL;
	return n;
}

static int tell_exim(struct halt *h, const char *flag, struct mg_slice end)
{
	const char *argv[AT_ONCE + 3] = { "exim", flag };
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && fill(h, &at, argv + 2)) {
		struct mg_buf said;

		mg_buf_init(&said, SAID_MAX);
		rc = run(h, "exim", argv, MG_LIT(""), &said);
		if (rc == 0)
			note(h, true, mg_buf_slice(&said), end);
		mg_buf_release(&said);
	}
	return rc;
}

static int tell_postfix(struct halt *h, const char *flag, struct mg_slice end)
{
	const char *const argv[] = { "postsuper", flag, "-", NULL };
	struct mg_buf ids, said;
	int rc = 0;

	mg_buf_init(&ids, SAID_MAX);
	mg_buf_init(&said, SAID_MAX);
	for (size_t i = 0; i < h->n; i++)
		if (!h->items[i].is_exim)
			mg_buf_add_fmt(&ids, "%s\n", h->items[i].id);
	if (ids.len)
		rc = mg_buf_check(&ids, "the ids of the queue", h->err);
	if (rc == 0 && ids.len)
		rc = run(h, "postsuper", argv, mg_buf_slice(&ids), &said);
	if (rc == 0)
		note(h, false, mg_buf_slice(&said), end);
	mg_buf_release(&said);
	mg_buf_release(&ids);
	return rc;
}

/* --- the rows --- */

/* What the tool did not do, since somebody else had done it or the message is
   gone, is not asked for again: it has a row without an act. */
enum change { PUT_PENDING, PUT_TAKEN, DROP_ALL };

static int change_one(const struct halt *h, const struct item *item,
		      enum change change)
{
	struct mg_applied row = { .key = mg_slice_str(item->id) };
	char value[MG_ACT_ID_MAX + 1];

	(void)snprintf(value, sizeof(value), "%.*s%s", MG_SLICE_ARG(h->act),
		       item->is_taken ? "" : "?");
	if (change == DROP_ALL)
		return mg_applied_drop(h->store, BACKEND, row.key, h->err);
	if (change == PUT_PENDING || item->is_taken || item->is_busy)
		row.value = mg_slice_str(value);
	return mg_applied_put(h->store, BACKEND, &row, h->err);
}

static int change_rows(const struct halt *h, enum change change)
{
	int rc = mg_store_begin(h->store, h->err);

	for (size_t i = 0; rc == 0 && i < h->n; i++)
		rc = change_one(h, &h->items[i], change);
	if (rc == 0)
		rc = mg_store_commit(h->store, h->err);
	if (rc < 0)
		mg_store_rollback(h->store);
	return rc;
}

static uint64_t count_taken(const struct halt *h)
{
	uint64_t n = 0;

	for (size_t i = 0; i < h->n; i++)
		n += h->items[i].is_taken;
	return n;
}

static void release(struct halt *h)
{
	mg_mem_free(h->items);
	mg_arena_release(&h->text);
}

/*
 * "Message 1w0000-000001-00 is now frozen", where another one "is already
 * frozen" (Exim's manual, 5.2); "postsuper: 3F2A7C: placed on hold".
 */
static int stop_all(struct halt *h)
{
	int rc = change_rows(h, PUT_PENDING);

	if (rc == 0)
		rc = tell_exim(h, "-Mf", MG_LIT("is now frozen"));
	if (rc == 0)
		rc = tell_postfix(h, "-h", MG_LIT(": placed on hold"));
	return rc < 0 ? rc : change_rows(h, PUT_TAKEN);
}

int mg_halt_queued(const struct mg_root *root, struct mg_store *store,
		   const struct mg_act *act, uint64_t *n, struct mg_err *err)
{
	struct halt h = { .root = root,
			  .store = store,
			  .act = mg_slice_str(act->id),
			  .err = err };
	int rc = mg_store_each_queued(store, act->per, act->subject,
				      take_queued, &h, err);

	if (rc == 0)
		rc = mg_applied_each(store, BACKEND, drop_known, &h, err);
	if (rc == 0 && h.n)
		rc = stop_all(&h);
	*n = count_taken(&h);
	release(&h);
	return rc;
}

int mg_halt_let_go(const struct mg_root *root, struct mg_store *store,
		   const char *act, uint64_t *n, struct mg_err *err)
{
	struct halt h = { .root = root,
			  .store = store,
			  .act = mg_slice_str(act),
			  .err = err };
	int rc = mg_applied_each(store, BACKEND, take_row, &h, err);

	if (rc == 0)
		rc = tell_exim(&h, "-Mt", MG_LIT("is no longer frozen"));
	if (rc == 0)
		rc = tell_postfix(&h, "-H", MG_LIT(": released from hold"));
	if (rc == 0 && h.n)
		rc = change_rows(&h, DROP_ALL);
	*n = count_taken(&h);
	release(&h);
	return rc;
}

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
