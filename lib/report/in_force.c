/* SPDX-License-Identifier: MIT */
#include "mailguard/in_force.h"

#include <stdio.h>
#include <stdlib.h>

#include "mailguard/acts.h"
#include "mailguard/arena.h"
#include "mailguard/file.h"
#include "mailguard/mem.h"
#include "mailguard/panel_events.h"
#include "mailguard/vec.h"

#define MISSING_MAX 8192
#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

struct gathering {
	struct mg_store *store;
	struct mg_act *acts; /* owned */
	size_t n, cap;
	bool is_waiting; /* those that are gathered now */
	struct mg_arena text;
};

static int take(void *arg, const struct mg_act *act)
{
	struct gathering *g = arg;
	struct mg_act copy;

	if (act->verb == MG_ACT_WARN)
		return 0; /* it stops nothing */
	copy = mg_act_copy(act, &g->text);
	copy.is_waiting = g->is_waiting; /* no more where it was approved */
	g->acts = mg_vec_room(g->acts, g->n, &g->cap, sizeof(*g->acts));
	g->acts[g->n++] = copy;
	return 0;
}

/* What the panel has suspended stands beside it, as whose it is; it has no id,
   since it is not ours to end. */
static int take_other(void *arg, int64_t made_at,
		      const struct mg_panel_event *event)
{
	const struct mg_act act = {
		.verb = MG_ACT_SUSPEND,
		.per = MG_LIT("account"),
		.subject = event->account,
		.account = event->account,
		.since = made_at,
		.until = MG_ACT_NO_END,
		.by = event->panel,
		.reason = event->reason,
	};

	return take(arg, &act);
}

/* How much mail it stops, in steps. */
static int harm(const struct mg_act *a)
{
	static const char *const order[] = { "mailbox-ip", "ip",      "script",
					     "user",       "mailbox", "domain",
					     "account",    "owner" };
	int i = 0;

	if (a->verb == MG_ACT_EXEMPT)
		return -1;
	while (i < (int)LENGTH(order) &&
	       !mg_slice_is(a->per, mg_slice_str(order[i])))
		i++;
	return i;
}

static int by_harm(const void *a, const void *b)
{
	const struct mg_act *x = a, *y = b;

	if (x->is_waiting != y->is_waiting)
		return x->is_waiting ? -1 : 1;
	if (harm(x) != harm(y))
		return harm(x) > harm(y) ? -1 : 1;
	if (x->until != y->until)
		return x->until > y->until ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

static const struct mg_column columns[] = {
	{ .key = "action", .heading = "ACTION", .type = MG_COLUMN_TEXT },
	{ .key = "per", .heading = NULL, .type = MG_COLUMN_TEXT },
	{ .key = "subject", .heading = "SUBJECT", .type = MG_COLUMN_TEXT },
	{ .key = "account", .heading = NULL, .type = MG_COLUMN_TEXT },
	{ .key = "owner", .heading = NULL, .type = MG_COLUMN_TEXT },
	{ .key = "since", .heading = NULL, .type = MG_COLUMN_TIME },
	{ .key = "until", .heading = "UNTIL", .type = MG_COLUMN_TIME },
	{ .key = "n", .heading = "COUNT", .type = MG_COLUMN_NUMBER, .rank = 2 },
	{ .key = "limit",
	  .heading = "LIMIT",
	  .type = MG_COLUMN_NUMBER,
	  .rank = 3 },
	{ .key = "by", .heading = "BY", .type = MG_COLUMN_TEXT, .rank = 1 },
	{ .key = "reason", .heading = NULL, .type = MG_COLUMN_TEXT },
	{ .key = "finding", .heading = NULL, .type = MG_COLUMN_TEXT },
	{ .key = "waits", .heading = "WAITS", .type = MG_COLUMN_FLAG },
	{ .key = "missing", .heading = NULL, .type = MG_COLUMN_TEXT },
	{ .key = "id", .heading = NULL, .type = MG_COLUMN_TEXT },
	{ .key = NULL, .heading = "COMMAND", .type = MG_COLUMN_TEXT },
};

static void print_text(struct mg_printer *p, struct mg_slice text)
{
	if (text.len)
		mg_printer_text(p, text);
	else
		mg_printer_null(p);
}

static void print_count(struct mg_printer *p, const struct mg_act *a, int64_t n)
{
	if (a->limit)
		mg_printer_number(p, n);
	else
		mg_printer_null(p);
}

/* The command that a person types; of what waits, the one that lets it go. */
static void print_command(struct mg_printer *p, const struct mg_act *a)
{
	char text[64];

	if (a->id[0] == '\0') {
		mg_printer_null(p);
		return;
	}
	(void)snprintf(text, sizeof(text), "%s %.8s",
		       a->is_waiting ? "approve" : "undo", a->id);
	mg_printer_text(p, mg_slice_str(text));
}

/* What the last sweep found missing of a termination. */
static struct mg_slice missing(struct gathering *g, const struct mg_act *a)
{
	struct mg_slice words = { "", 0 };
	struct mg_err unused = { 0 };
	struct mg_buf b;

	mg_buf_init(&b, MISSING_MAX);
	if (a->verb == MG_ACT_TERMINATE &&
	    mg_acts_missing(g->store, a->id, &b, &unused) == 0)
		words = mg_arena_copy(&g->text, mg_buf_slice(&b));
	mg_buf_release(&b);
	return words;
}

static void print_act(struct gathering *g, struct mg_printer *p,
		      const struct mg_act *a)
{
	mg_printer_row(p);
	mg_printer_text(p, mg_slice_str(mg_act_words[a->verb]));
	mg_printer_text(p, a->per);
	mg_printer_text(p, a->subject);
	print_text(p, a->account);
	print_text(p, a->owner);
	mg_printer_time(p, a->since);
	if (a->until < MG_ACT_NO_END)
		mg_printer_time(p, a->until);
	else
		mg_printer_null(p);
	print_count(p, a, a->n);
	print_count(p, a, a->limit);
	mg_printer_text(p, a->by);
	mg_printer_text(p, a->reason);
	print_text(p, a->finding);
	mg_printer_flag(p, a->is_waiting);
	print_text(p, missing(g, a));
	print_text(p, mg_slice_str(a->id));
	print_command(p, a);
}

static int print_all(struct gathering *g, const struct mg_in_force_opts *opts,
		     struct mg_err *err)
{
	const struct mg_printer_field schema = {
		.key = "schema",
		.type = MG_FIELD_TEXT,
		.text = MG_LIT_INIT(MG_ACTS_SCHEMA),
	};
	struct mg_printer p;

	mg_printer_begin(&p, &(struct mg_printer_opts){
				     .format = opts->format,
				     .fd = opts->fd,
				     .columns = columns,
				     .n_columns = LENGTH(columns),
				     .fields = &schema,
				     .n_fields = 1,
				     .tz = opts->tz,
				     .term = &opts->term,
			     });
	for (size_t i = 0; i < g->n; i++)
		print_act(g, &p, &g->acts[i]);
	return mg_printer_end(&p, err);
}

/* Below the table, whose columns have no room for it. */
static int print_missing(struct gathering *g,
			 const struct mg_in_force_opts *opts,
			 struct mg_err *err)
{
	struct mg_buf line, wrapped;
	int rc;

	mg_buf_init(&line, MISSING_MAX * 2);
	mg_buf_init(&wrapped, MISSING_MAX * 4);
	for (size_t i = 0; i < g->n; i++) {
		const struct mg_slice words = missing(g, &g->acts[i]);

		if (words.len == 0)
			continue;
		mg_buf_clear(&line);
		mg_buf_add_str(&line, "\nterminate ");
		mg_buf_add_printable(&line, g->acts[i].subject);
		mg_buf_add_str(&line, " still needs: ");
		mg_buf_add_printable(&line, words);
		mg_buf_add_char(&line, '\n');
		mg_term_wrap(mg_buf_slice(&line), opts->term.width, 2,
			     &wrapped);
	}
	rc = mg_file_write_all(opts->fd, mg_buf_slice(&wrapped), err);
	mg_buf_release(&wrapped);
	mg_buf_release(&line);
	return rc;
}

int mg_in_force_print(struct mg_store *s, const struct mg_in_force_opts *opts,
		      uint64_t *n_rows, struct mg_err *err)
{
	struct gathering g = { .store = s };
	int rc = mg_acts_each(s, MG_ACTS_IN_FORCE, opts->now, take, &g, err);

	if (rc == 0)
		rc = mg_panel_events_suspended(s, take_other, &g, err);
	g.is_waiting = true;
	if (rc == 0)
		rc = mg_acts_each(s, MG_ACTS_WAITING, opts->now, take, &g, err);
	if (g.n)
		qsort(g.acts, g.n, sizeof(*g.acts), by_harm);
	*n_rows = g.n;
	if (rc == 0 && (g.n || opts->format != MG_FORMAT_TABLE))
		rc = print_all(&g, opts, err);
	if (rc == 0 && opts->format == MG_FORMAT_TABLE)
		rc = print_missing(&g, opts, err);
	mg_mem_free(g.acts);
	mg_arena_release(&g.text);
	return rc;
}
