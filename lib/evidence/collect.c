/* SPDX-License-Identifier: MIT */
/* The parent's half: copies bytes, and believes no more than that. */
#include "collect_child.h"

#include <limits.h>
#include <string.h>

#include "mailguard/mem.h"
#include "mailguard/spawn.h"

const char *const mg_collect_whys[MG_COLLECT_WHYS] = {
	[MG_COLLECT_WHOLE] = "copied",
	[MG_COLLECT_CUT] = "copied in part: it is too long",
	[MG_COLLECT_CHANGED] = "it changed while it was copied",
	[MG_COLLECT_NO_SCRIPT] = "no script",
	[MG_COLLECT_TOO_MANY] = "others were changed later",
	[MG_COLLECT_NO_FILE] = "no regular file",
	[MG_COLLECT_LINKED] = "it has other names, maybe another's",
	[MG_COLLECT_FOREIGN] = "another user's",
	[MG_COLLECT_CLOSED] = "it could not be read",
};

static const char *const ends[MG_COLLECT_ENDS] = {
	[MG_COLLECT_NO_HOME] = "the home of the account cannot be opened",
	[MG_COLLECT_FOREIGN_HOME] = "the home is another user's",
	[MG_COLLECT_NO_DIRECTORY] =
		"there is no such directory, or a link leads to it",
	[MG_COLLECT_UNREADABLE] = "the directory cannot be read",
};

struct parent {
	const struct mg_worker *worker;
	const struct mg_collect_ask *ask;
	int64_t until_ms;
	char name[NAME_MAX + 1];
	char *bytes; /* owned */
	size_t n_rows, n_copies;
};

/* A child that was taken over may lie about files of the account, no more. */
static bool is_sound(const struct parent *p, const struct mg_collect_record *r)
{
	return r->kind == MG_COLLECT_FILE && r->why < MG_COLLECT_WHYS &&
	       r->name_len > 0 && r->name_len <= NAME_MAX &&
	       r->len <= MG_COLLECT_FILE_MAX &&
	       p->n_rows < MG_COLLECT_ROWS_MAX &&
	       (r->len == 0 || p->n_copies < MG_COLLECT_COPIES_MAX);
}

bool mg_collect_is_named(const struct mg_collect_ask *ask, struct mg_slice name)
{
	for (size_t i = 0; i < ask->n_names; i++)
		if (mg_slice_is(ask->names[i], name))
			return true;
	return false;
}

static int take(struct parent *p, const struct mg_collect_record *r,
		mg_collect_fn fn, void *arg, struct mg_err *err)
{
	int rc;

	if (!is_sound(p, r))
		return mg_fail(err, MG_EIO,
			       "the collector said what cannot be");
	rc = mg_worker_read(p->worker, p->name, r->name_len, p->until_ms, err);
	if (rc == 1)
		rc = mg_worker_read(p->worker, p->bytes, r->len, p->until_ms,
				    err);
	if (rc != 1)
		return rc < 0 ? rc
			      : mg_fail(err, MG_EIO,
					"the collector ended within a file");
	p->n_rows++;
	p->n_copies += r->len > 0;
	return fn(arg,
		  &(struct mg_collected){
			  .name = mg_slice_of(p->name, r->name_len),
			  .bytes = mg_slice_of(p->bytes, r->len),
			  .why = (enum mg_collect_why)r->why,
			  .is_named = mg_collect_is_named(
				  p->ask, mg_slice_of(p->name, r->name_len)),
			  .uid = r->uid,
			  .mode = r->mode & 07777,
			  .n_links = r->n_links,
			  .size_bytes = r->size_bytes,
			  .mtime = r->mtime,
			  .ctime = r->ctime,
		  });
}

static int take_all(struct parent *p, mg_collect_fn fn, void *arg,
		    int64_t *n_left, struct mg_err *err)
{
	struct mg_collect_record r;
	int rc;

	while ((rc = mg_worker_read(p->worker, &r, sizeof(r), p->until_ms,
				    err)) == 1) {
		if (r.kind == MG_COLLECT_END) {
			*n_left = r.n_left;
			if (r.why == MG_COLLECT_DONE)
				return 0;
			return mg_fail(err, MG_EIO, "%s",
				       r.why < MG_COLLECT_ENDS
					       ? ends[r.why]
					       : "the collector failed");
		}
		rc = take(p, &r, fn, arg, err);
		if (rc)
			return rc;
	}
	return rc < 0 ? rc
		      : mg_fail(err, MG_EIO, "the collector did not say all");
}

int mg_collect(const struct mg_collect_ask *ask, mg_collect_fn fn, void *arg,
	       int64_t *n_left, struct mg_err *err)
{
	struct mg_collect_ask own = *ask;
	struct mg_worker worker = { .from_fd = -1 };
	struct parent p = { .worker = &worker,
			    .ask = ask,
			    .until_ms = ask->until_ms };
	int rc;

	*n_left = 0;
	if (ask->account.uid < MG_COLLECT_UID_MIN)
		return mg_fail(err, MG_EIO,
			       "uid %u is of the system, and of no account",
			       ask->account.uid);
	rc = mg_worker_start_as(&worker, ask->root->fd, mg_collect_child, &own,
				&own.account, err);
	if (rc < 0)
		return rc;
	p.bytes = mg_mem_zalloc(MG_COLLECT_FILE_MAX, 1);
	rc = take_all(&p, fn, arg, n_left, err);
	mg_mem_free(p.bytes);
	/* It has said all, and could still be stopped on its way out. */
	mg_worker_kill(&worker);
	return rc;
}
