/* SPDX-License-Identifier: MIT */
/*
 * Where rotated logs are. Names say where to look, newest files first; what a
 * file holds says which log it is.
 */
#include "sweep_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailguard/generation.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* A rotation may be under way: files change their names as one looks. */
#define TRIES 4

/* Time stamps of files that are compressed are cut to seconds by some. */
#define STAMP_SLACK_NS (2 * INT64_C(1000000000))

struct candidate {
	char path[PATH_MAX];
	struct mg_file_info info;
	bool is_sure; /* by its name a rotated file, and nothing else */
};

struct candidates {
	const char *log; /* last component */
	const char *dir;
	struct candidate *items; /* owned */
	size_t len, cap;
	bool is_unsteady; /* names changed as one looked */
};

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool join(char *out, const char *dir, const char *name)
{
	return snprintf(out, PATH_MAX, "%s/%s", strcmp(dir, "/") ? dir : "",
			name) < PATH_MAX;
}

/* A compressed copy that is being made: what it is made of is there still. */
static bool is_being_packed(const char *path)
{
	const size_t len = mg_generation_unpacked(path);
	char plain[PATH_MAX];

	if (len == strlen(path))
		return false;
	memcpy(plain, path, len);
	plain[len] = '\0';
	return mg_file_exists(plain);
}

static int consider(void *arg, const char *name)
{
	struct candidates *c = arg;
	const enum mg_generation is = mg_generation_of(c->log, name);
	struct candidate *x;

	if (is == MG_GENERATION_NONE)
		return 0;
	c->items = mg_vec_room(c->items, c->len, &c->cap, sizeof(*c->items));
	x = &c->items[c->len];
	*x = (struct candidate){ .is_sure = is == MG_GENERATION_SURE };
	if (!join(x->path, c->dir, name) || is_being_packed(x->path))
		return 0;
	if (mg_file_look(x->path, &x->info) != 0)
		c->is_unsteady = c->is_unsteady || !mg_file_is_link(x->path);
	else if (x->info.is_regular)
		c->len++;
	return 0;
}

static void consider_dir(struct candidates *c, const char *dir)
{
	struct mg_file_info before, after;

	if (mg_file_look(dir, &before) != 0)
		return;
	c->dir = dir;
	(void)mg_file_each(dir, consider, c, NULL); /* holds nothing then */
	/* A name that changes meanwhile may be missed under both. */
	if (mg_file_look(dir, &after) != 0 || after.mtime_ns != before.mtime_ns)
		c->is_unsteady = true;
}

struct subdirs {
	struct candidates *candidates;
	const char *dir;
};

static int consider_subdir(void *arg, const char *name)
{
	const struct subdirs *s = arg;
	struct mg_file_info info;
	char path[PATH_MAX];

	if (*name != '.' && join(path, s->dir, name) &&
	    mg_file_look(path, &info) == 0 && info.is_directory)
		consider_dir(s->candidates, path);
	return 0;
}

/* The directory that a path lies in; the path is cut. */
static const char *dir_of(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	slash[slash == path ? 1 : 0] = '\0';
	return path;
}

static void consider_dir_of(struct candidates *c, const char *path, bool below)
{
	struct subdirs subdirs = { .candidates = c };
	char copy[PATH_MAX];

	if (snprintf(copy, sizeof(copy), "%s", path) >= PATH_MAX)
		return;
	subdirs.dir = dir_of(copy);
	consider_dir(c, subdirs.dir);
	if (below)
		(void)mg_file_each(subdirs.dir, consider_subdir, &subdirs,
				   NULL);
}

/* Newest first; at the same moment by name, numbers falling. */
static int by_age(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->info.mtime_ns != y->info.mtime_ns)
		return x->info.mtime_ns > y->info.mtime_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* Links and directories that were looked at twice give the same files. */
static void sort(struct candidates *c)
{
	size_t len = 0;

	if (c->len)
		qsort(c->items, c->len, sizeof(*c->items), by_age);
	for (size_t i = 0; i < c->len; i++) {
		bool is_again = false;

		for (size_t j = len; j-- > 0 && !is_again;)
			is_again = c->items[j].info.ino ==
					   c->items[i].info.ino &&
				   c->items[j].info.dev == c->items[i].info.dev;
		if (!is_again)
			c->items[len++] = c->items[i];
	}
	c->len = len < MG_GENERATIONS_MAX ? len : MG_GENERATIONS_MAX;
}

/* Where rotated files of a log may be. */
static void collect(const struct mg_find *f, struct candidates *c)
{
	struct mg_buf real;

	c->log = last_component(f->path);
	c->len = 0;
	c->is_unsteady = false;
	consider_dir_of(c, f->path, true);
	if (f->sweep->opts.old_dir)
		consider_dir(c, f->sweep->opts.old_dir);
	for (size_t i = 0; i < f->n_olds; i++)
		if (f->olds[i].cursor.path[0])
			consider_dir_of(c, f->olds[i].cursor.path, false);
	/* A link to a log: beside what it leads to, and called like that. */
	mg_buf_init(&real, PATH_MAX - 1);
	if (mg_file_resolve(f->path, true, &real) == 0 && !real.truncated &&
	    strcmp(real.ptr, f->path) != 0) {
		c->log = last_component(real.ptr);
		consider_dir_of(c, real.ptr, true);
	}
	mg_buf_release(&real);
	sort(c);
}

/* --- what they are --- */

static struct mg_old *old_of(const struct mg_find *f, int64_t row)
{
	for (size_t i = 0; i < f->n_olds; i++)
		if (f->olds[i].cursor.id == row)
			return &f->olds[i];
	return NULL;
}

static void note_old(struct mg_old *old, const struct candidate *x,
		     const struct mg_log *log)
{
	/* A whole file before one that was cut. */
	if (old->is_found && log->match == MG_MATCH_SHORTER)
		return;
	old->is_found = true;
	old->is_copy = log->pack != MG_PACK_NONE;
	old->info = x->info;
	memcpy(old->path, x->path, sizeof(old->path));
}

static void note_between(struct mg_find *f, const struct candidate *x,
			 int64_t first_at)
{
	struct mg_between *b;

	f->betweens = mg_vec_room(f->betweens, f->n_betweens, &f->cap_betweens,
				  sizeof(*f->betweens));
	b = &f->betweens[f->n_betweens++];
	b->first_at = first_at;
	b->mtime_ns = x->info.mtime_ns;
	memcpy(b->path, x->path, sizeof(b->path));
}

/*
 * Stamps are in the file, so they decide where both have one. Of a log that
 * was empty it is known when it was (first_at), by the clock of its host.
 */
static bool is_younger(const struct mg_find *f, const struct candidate *x,
		       int64_t first_at)
{
	const struct mg_old *oldest = &f->olds[0];

	if (first_at == INT64_MIN)
		return false;
	if (oldest->cursor.offset == 0)
		return x->info.mtime_ns / 1000000000 >= oldest->cursor.first_at;
	if (oldest->cursor.first_at != INT64_MIN)
		return first_at >= oldest->cursor.first_at;
	return !oldest->is_found || x->info.mtime_ns > oldest->info.mtime_ns;
}

/* What nobody knows is read only if its name and its stamps say that it is
   a generation after the ones that are known. */
static void take_unknown(struct mg_find *f, const struct candidate *x,
			 const struct mg_log *log)
{
	struct mg_peek seen;
	struct mg_old *old;
	const int rc = mg_log_peek(f->sweep, log, log->pack != MG_PACK_NONE,
				   &seen, NULL);

	/* Read after its successors it would be out of order: they wait. */
	if (rc < 0)
		f->has_failed = f->must_wait = true;
	if (rc != 0)
		return;
	old = seen.row ? old_of(f, seen.row) : NULL;
	if (old)
		note_old(old, x, log);
	else if (seen.row == 0 && x->is_sure && is_younger(f, x, seen.first_at))
		note_between(f, x, seen.first_at);
}

static bool is_current(const struct mg_find *f, const struct candidate *x)
{
	return f->current && f->current->dev == x->info.dev &&
	       f->current->ino == x->info.ino;
}

/* Returns false when the file is gone: names are changing. */
static bool take_candidate(struct mg_find *f, const struct candidate *x)
{
	struct mg_log log;
	struct mg_old *old;
	const int rc = mg_log_open(f->sweep, x->path, NULL, &log, NULL);
	const bool is_gone = log.fd < 0 ? !mg_file_exists(x->path)
					: log.info.ino != x->info.ino;

	/* One that may not be opened at all is nobody's. */
	f->has_failed = f->has_failed || (rc < 0 && log.fd >= 0);
	if (rc == 0 && !is_gone) {
		old = log.match != MG_MATCH_NONE ? old_of(f, log.cursor.id)
						 : NULL;
		if (old)
			note_old(old, x, &log);
		else if (log.match == MG_MATCH_NONE)
			take_unknown(f, x, &log);
	}
	mg_log_close(&log);
	return !is_gone;
}

static bool are_found(const struct mg_find *f)
{
	for (size_t i = 0; i < f->n_olds; i++)
		if (!f->olds[i].is_found && f->olds[i].cursor.offset > 0)
			return false;
	return true;
}

/* When the last change of the oldest that was found was. */
static int64_t oldest_ns(const struct mg_find *f)
{
	int64_t oldest = INT64_MAX;

	for (size_t i = 0; i < f->n_olds; i++)
		if (f->olds[i].is_found && f->olds[i].info.mtime_ns < oldest)
			oldest = f->olds[i].info.mtime_ns;
	return oldest;
}

/* Returns whether all of them were there still when they were looked at. */
static bool take_candidates(struct mg_find *f, const struct candidates *c)
{
	bool is_steady = !c->is_unsteady;

	for (size_t i = 0; i < f->n_olds; i++)
		f->olds[i].is_found = false;
	f->n_betweens = 0;
	f->has_failed = f->must_wait = false;
	for (size_t i = 0; i < c->len; i++) {
		if (are_found(f) && oldest_ns(f) != INT64_MAX &&
		    c->items[i].info.mtime_ns < oldest_ns(f) - STAMP_SLACK_NS)
			break;
		if (!is_current(f, &c->items[i]) &&
		    !take_candidate(f, &c->items[i]))
			is_steady = false;
	}
	return is_steady;
}

static int by_stamp(const void *a, const void *b)
{
	const struct mg_between *x = a, *y = b;

	if (x->first_at != y->first_at)
		return x->first_at < y->first_at ? -1 : 1;
	if (x->mtime_ns != y->mtime_ns)
		return x->mtime_ns < y->mtime_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

void mg_find_generations(struct mg_find *f)
{
	struct candidates c = { .log = NULL };
	bool is_steady = false, is_done = false;

	for (int i = 0; i < TRIES && !is_done; i++) {
		collect(f, &c);
		is_steady = take_candidates(f, &c);
		is_done = is_steady && (are_found(f) || i > 0);
	}
	f->must_wait = f->must_wait || !is_steady;
	mg_mem_free(c.items);
	if (f->n_betweens)
		qsort(f->betweens, f->n_betweens, sizeof(*f->betweens),
		      by_stamp);
}
