/* SPDX-License-Identifier: MIT */
/*
 * A file is texts, each ended by a NUL: the format, the time, the kind, and
 * those of the event. Its name has the time first, so that names are in order.
 */
#include "mailguard/panel_queue.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/acts.h"
#include "mailguard/buf.h"
#include "mailguard/clock.h"
#include "mailguard/file.h"
#include "mailguard/num.h"
#include "mailguard/panel.h"
#include "mailguard/replace.h"

#define FORMAT MG_LIT("mailguard.event/1")
#define FOLDER "events"
#define BACKEND "events" /* of rows that say which files are in the ledger */
#define EVENT_MAX 65536
#define NAMES_MAX (16U << 20) /* of a hundred thousand events */
#define N_TEXTS 7

static int path_of(const char *state, char out[PATH_MAX], struct mg_err *err)
{
	return snprintf(out, PATH_MAX, "%s/" FOLDER, state) < PATH_MAX
		       ? 0
		       : mg_fail(err, MG_EIO,
				 "the name of the state directory is too long");
}

/* --- in --- */

static void add_text(struct mg_buf *out, struct mg_slice text)
{
	mg_buf_add(out, text);
	mg_buf_add_char(out, '\0');
}

static void add_event(struct mg_buf *out, int64_t at,
		      const struct mg_panel_event *e)
{
	add_text(out, FORMAT);
	mg_buf_add_fmt(out, "%lld", (long long)at);
	add_text(out, MG_LIT(""));
	mg_buf_add_fmt(out, "%d", (int)e->kind);
	add_text(out, MG_LIT(""));
	add_text(out, e->panel);
	add_text(out, e->account);
	add_text(out, e->other);
	add_text(out, e->reason);
}

static int make_folder(const char *state, char path[PATH_MAX],
		       struct mg_err *err)
{
	int fd = -1, rc = mg_file_make_private_dir(state, &fd, err);

	mg_file_close(&fd);
	if (rc == 0)
		rc = path_of(state, path, err);
	if (rc == 0)
		rc = mg_file_make_private_dir(path, &fd, err);
	mg_file_close(&fd);
	return rc;
}

int mg_panel_queue_put(const char *state, int64_t at,
		       const struct mg_panel_event *event, struct mg_err *err)
{
	char folder[PATH_MAX], path[PATH_MAX];
	struct mg_buf text;
	int rc = make_folder(state, folder, err);

	mg_buf_init(&text, EVENT_MAX);
	add_event(&text, at, event);
	if (rc == 0)
		rc = mg_buf_check(&text, "what the panel says", err);
	if (rc == 0 &&
	    snprintf(path, sizeof(path), "%s/%012lld-%012lld-%ld", folder,
		     (long long)at, (long long)mg_clock_mono_ms(),
		     (long)getpid()) >= (int)sizeof(path))
		rc = mg_fail(err, MG_EIO,
			     "the name of the state directory is too long");
	if (rc == 0)
		rc = mg_replace_file(path, 0600, -1, mg_buf_slice(&text), err);
	mg_buf_release(&text);
	return rc;
}

/* --- out --- */

struct taking {
	struct mg_store *store;
	struct mg_root folder;
	const char *path;
	struct mg_err *err;
	struct mg_err strange; /* the first file that is none of ours */
};

/* As add_event writes it. */
static bool parse(struct mg_slice text, int64_t *at, struct mg_panel_event *out)
{
	struct mg_slice texts[N_TEXTS];
	uint64_t time, kind;

	for (size_t i = 0; i < N_TEXTS; i++)
		if (!mg_slice_cut_at(&text, '\0', &texts[i]))
			return false;
	if (text.len || !mg_slice_is(texts[0], FORMAT) ||
	    !mg_num_parse(texts[1], INT64_MAX, &time) ||
	    !mg_num_parse(texts[2], MG_PANEL_PASSWORD, &kind) || kind == 0)
		return false;
	*at = (int64_t)time;
	*out = (struct mg_panel_event){ (enum mg_panel_event_kind)kind,
					texts[3], texts[4], texts[5],
					texts[6] };
	return true;
}

/* A suspension of ours that somebody ended in the panel. */
struct ended {
	struct mg_slice account;
	char ids[MG_PANEL_NOTE_KEYS][MG_ACT_ID_MAX];
	size_t n;
};

static int take_ended(void *arg, const struct mg_act *act)
{
	struct ended *e = arg;

	if (act->verb == MG_ACT_SUSPEND &&
	    mg_slice_is(act->per, MG_LIT("account")) &&
	    mg_slice_is(act->subject, e->account) && e->n < MG_PANEL_NOTE_KEYS)
		memcpy(e->ids[e->n++], act->id, MG_ACT_ID_MAX);
	return 0;
}

/* It stands all the same: sweeps see to the panel, and mail stays stopped. */
static int mark_drifted(struct taking *t, int64_t at,
			const struct mg_panel_event *event)
{
	struct ended e = { .account = event->account };
	int rc = mg_acts_each(t->store, MG_ACTS_IN_FORCE, at, take_ended, &e,
			      t->err);

	for (size_t i = 0; rc == 0 && i < e.n; i++)
		rc = mg_acts_mark(t->store, at, e.ids[i], MG_MARK_DRIFTED,
				  event->panel,
				  MG_LIT("it was let go in the panel"), t->err);
	return rc;
}

static int add_row(struct taking *t, struct mg_slice name, struct mg_slice text)
{
	const struct mg_applied row = { name, 0, { NULL, 0 } };
	struct mg_panel_event event;
	int64_t at;
	int rc = mg_applied_has(t->store, BACKEND, name, t->err);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (!parse(text, &at, &event)) {
		(void)mg_fail(&t->strange, MG_EPARSE,
			      "'%s/%.*s' is no event of this program: look at "
			      "it, and remove it",
			      t->path, MG_SLICE_ARG(name));
		return 1;
	}
	rc = mg_panel_events_add(t->store, at, &event, t->err);
	if (rc == 0 && event.kind == MG_PANEL_UNSUSPENDED &&
	    mg_slice_is(event.other, MG_LIT(MG_PANEL_OURS)))
		rc = mark_drifted(t, at, &event);
	return rc == 0 ? mg_applied_put(t->store, BACKEND, &row, t->err) : rc;
}

static int remove_file(struct taking *t, struct mg_slice name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%.*s", t->path,
		       MG_SLICE_ARG(name));
	return mg_file_remove(path, t->err);
}

static int take_one(struct taking *t, struct mg_slice name)
{
	char path[NAME_MAX + 2];
	struct mg_buf text;
	int rc;

	(void)snprintf(path, sizeof(path), "/%.*s", MG_SLICE_ARG(name));
	mg_buf_init(&text, EVENT_MAX);
	rc = mg_root_read(&t->folder, path, &text, t->err);
	if (rc == 0)
		rc = mg_store_begin(t->store, t->err);
	if (rc == 0)
		rc = add_row(t, name, mg_buf_slice(&text));
	if (rc == 0)
		rc = mg_store_commit(t->store, t->err);
	if (rc == 0)
		rc = remove_file(t, name);
	else
		mg_store_rollback(t->store);
	mg_buf_release(&text);
	return rc < 0 ? rc : 0;
}

/* No file is left that they speak of. */
static int forget(struct taking *t)
{
	int rc = mg_store_begin(t->store, t->err);

	if (rc == 0)
		rc = mg_applied_drop_all(t->store, BACKEND, t->err);
	if (rc == 0)
		rc = mg_store_commit(t->store, t->err);
	if (rc < 0)
		mg_store_rollback(t->store);
	return rc;
}

static int take_all(struct taking *t)
{
	struct mg_file_info info;
	struct mg_slice names, name;
	struct mg_buf list;
	size_t n = 0;
	int rc;

	mg_buf_init(&list, NAMES_MAX);
	rc = mg_root_list(&t->folder, "/", &list, &info, t->err);
	names = mg_buf_slice(&list);
	/* What begins with a dot is not whole. */
	while (rc == 0 && mg_slice_cut_at(&names, '\0', &name))
		if (name.len && name.ptr[0] >= '0' && name.ptr[0] <= '9') {
			rc = take_one(t, name);
			n++;
		}
	if (rc == 0 && n)
		rc = forget(t);
	mg_buf_release(&list);
	return rc;
}

int mg_panel_queue_take(struct mg_store *store, const char *state,
			struct mg_err *err)
{
	char path[PATH_MAX];
	struct taking t = { .store = store, .path = path, .err = err };
	int rc = path_of(state, path, err);

	if (rc < 0 || !mg_file_exists(path))
		return rc;
	rc = mg_root_open(&t.folder, path, err);
	if (rc == 0)
		rc = take_all(&t);
	mg_root_close(&t.folder);
	if (rc < 0 || !t.strange.code)
		return rc;
	*err = t.strange;
	return -MG_EPARSE;
}
