/* SPDX-License-Identifier: MIT */
/* Runs with the rights of the account, and is read by who trusts no byte of it. */
#include "collect_child.h"

#include <limits.h>
#include <string.h>

#include "mailguard/file_below.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* A name, and a look at it that is a hint of what to open. */
struct entry {
	char name[NAME_MAX + 1];
	struct mg_file_info info;
	bool is_there, is_named, is_script;
};

struct child {
	const struct mg_collect_ask *ask;
	struct mg_root dir;    /* the directory */
	struct entry *entries; /* owned */
	size_t n, cap;
	int64_t n_left;
	size_t n_copies;
	char *bytes; /* owned, of one copy */
	int out_fd;
};

static bool ends_like_script(const char *name)
{
	static const char *const ends[] = {
		".php",  ".phtml", ".phar", ".php3", ".php4", ".php5", ".php7",
		".php8", ".inc",   ".pl",   ".cgi",  ".py",   ".rb",   ".sh",
	};
	const struct mg_slice text = mg_slice_str(name);

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const struct mg_slice end = mg_slice_str(ends[i]);

		if (text.len > end.len &&
		    mg_slice_is_nocase(mg_slice_from(text, text.len - end.len),
				       end))
			return true;
	}
	return false;
}

static int take_name(void *arg, const char *name)
{
	struct child *c = arg;
	struct entry *e;

	if (c->n == MG_COLLECT_NAMES_MAX || strlen(name) > NAME_MAX) {
		c->n_left++;
		return 0;
	}
	c->entries = mg_vec_room(c->entries, c->n, &c->cap,
				 sizeof(*c->entries));
	e = &c->entries[c->n++];
	*e = (struct entry){ .is_there = false };
	memcpy(e->name, name, strlen(name));
	e->is_there = mg_root_look(&c->dir, name, &e->info, NULL) == 0;
	e->is_named = mg_collect_is_named(c->ask, mg_slice_str(name));
	e->is_script = e->is_named || ends_like_script(name) ||
		       (e->info.is_regular && e->info.mode & 0111);
	return 0;
}

static bool is_before(const struct entry *a, const struct entry *b)
{
	if (a->is_named != b->is_named)
		return a->is_named;
	if (a->is_script != b->is_script)
		return a->is_script;
	if (a->info.ctime_ns != b->info.ctime_ns)
		return a->info.ctime_ns > b->info.ctime_ns;
	return strcmp(a->name, b->name) < 0;
}

/* libc's qsort asks the system how much memory there is, which is not the
   child's to do. */
static void sort(struct entry *items, size_t n)
{
	for (size_t gap = n / 2; gap; gap /= 2)
		for (size_t i = gap; i < n; i++) {
			const struct entry e = items[i];
			size_t k = i;

			for (; k >= gap && is_before(&e, &items[k - gap]);
			     k -= gap)
				items[k] = items[k - gap];
			items[k] = e;
		}
}

static enum mg_collect_why judge(const struct child *c,
				 const struct mg_file_info *info)
{
	if (!info->is_regular)
		return MG_COLLECT_NO_FILE;
	if (info->uid != c->ask->account.uid)
		return MG_COLLECT_FOREIGN;
	return info->n_links == 1 ? MG_COLLECT_WHOLE : MG_COLLECT_LINKED;
}

static bool is_same(const struct mg_file_info *a, const struct mg_file_info *b)
{
	return a->size_bytes == b->size_bytes && a->mtime_ns == b->mtime_ns &&
	       a->ctime_ns == b->ctime_ns;
}

/*
 * Copies what is open as it is now. What the file is stands before the bytes,
 * and a second look behind them, since it may be written to all the time.
 */
static enum mg_collect_why copy(struct child *c, const struct entry *e,
				struct mg_file_info *info, size_t *len)
{
	struct mg_file_info again;
	enum mg_collect_why why;
	int64_t n;
	int fd;

	if (mg_file_open_below(c->dir.fd, e->name, MG_BELOW_STRICT, &fd, info,
			       NULL) != 0)
		return MG_COLLECT_CLOSED;
	why = judge(c, info);
	if (why == MG_COLLECT_WHOLE) {
		n = mg_file_read_at(fd, c->bytes, MG_COLLECT_FILE_MAX, 0, NULL);
		if (n < 0)
			why = MG_COLLECT_CLOSED;
		else
			*len = (size_t)n;
	}
	if (why == MG_COLLECT_WHOLE &&
	    (mg_file_look_at(fd, &again) != 0 || !is_same(info, &again)))
		why = MG_COLLECT_CHANGED;
	else if (why == MG_COLLECT_WHOLE && info->size_bytes > (int64_t)*len)
		why = MG_COLLECT_CUT;
	mg_file_close(&fd);
	return why;
}

/* What is not opened: a FIFO or a link is told by the look, too. */
static enum mg_collect_why pass_over(const struct child *c,
				     const struct entry *e)
{
	if (!e->is_there)
		return MG_COLLECT_CLOSED;
	if (!e->info.is_regular)
		return MG_COLLECT_NO_FILE;
	if (!e->is_script)
		return MG_COLLECT_NO_SCRIPT;
	return c->n_copies >= MG_COLLECT_COPIES_MAX ? MG_COLLECT_TOO_MANY
						    : MG_COLLECT_WHOLE;
}

static int say(const struct child *c, const struct mg_collect_record *r,
	       const char *name)
{
	const struct mg_slice pieces[] = {
		mg_slice_of((const char *)r, sizeof(*r)),
		mg_slice_of(name, r->name_len),
		mg_slice_of(c->bytes, r->len),
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(pieces) / sizeof(*pieces); i++)
		if (pieces[i].len)
			rc = mg_file_write_all(c->out_fd, pieces[i], NULL);
	return rc;
}

static int tell(struct child *c, const struct entry *e)
{
	struct mg_file_info info = e->info;
	enum mg_collect_why why = pass_over(c, e);
	size_t len = 0;

	if (why == MG_COLLECT_WHOLE)
		why = copy(c, e, &info, &len);
	c->n_copies += len > 0;
	return say(c,
		   &(struct mg_collect_record){
			   .kind = MG_COLLECT_FILE,
			   .why = why,
			   .name_len = (uint32_t)strlen(e->name),
			   .len = (uint32_t)len,
			   .uid = info.uid,
			   .mode = info.mode,
			   .n_links = (int64_t)info.n_links,
			   .size_bytes = info.size_bytes,
			   .mtime = info.mtime_ns / 1000000000,
			   .ctime = info.ctime_ns / 1000000000,
		   },
		   e->name);
}

static int tell_all(struct child *c)
{
	int rc = 0;

	sort(c->entries, c->n);
	for (size_t i = 0; rc == 0 && i < c->n; i++)
		if (i < MG_COLLECT_ROWS_MAX)
			rc = tell(c, &c->entries[i]);
		else
			c->n_left++;
	return rc;
}

/* The home may lie behind a link of the host; below it there are none. */
static enum mg_collect_end open_directory(struct child *c, int host)
{
	struct mg_file_info info;
	int home = -1, rc;

	if (mg_file_open_below(host, c->ask->home, MG_BELOW_AS_ROOT, &home,
			       &info, NULL) != 0)
		return MG_COLLECT_NO_HOME;
	if (info.uid != c->ask->account.uid && info.uid != 0) {
		mg_file_close(&home);
		return MG_COLLECT_FOREIGN_HOME;
	}
	rc = mg_file_open_below(home, c->ask->directory, MG_BELOW_STRICT,
				&c->dir.fd, &info, NULL);
	mg_file_close(&home);
	return rc == 0 && info.is_directory ? MG_COLLECT_DONE
					    : MG_COLLECT_NO_DIRECTORY;
}

static enum mg_collect_end list(struct child *c)
{
	struct mg_file_info info;
	int fd;

	/* Its own descriptor, since it is closed by who reads the names. */
	if (mg_file_open_below(c->dir.fd, ".", MG_BELOW_STRICT, &fd, &info,
			       NULL) != 0 ||
	    mg_file_each_of(fd, take_name, c, NULL) < 0)
		return MG_COLLECT_UNREADABLE;
	return MG_COLLECT_DONE;
}

int mg_collect_child(void *arg, int in_fd, int out_fd)
{
	struct child c = { .ask = arg,
			   .dir = { .fd = -1, .path = "" },
			   .bytes = mg_mem_zalloc(MG_COLLECT_FILE_MAX, 1),
			   .out_fd = out_fd };
	enum mg_collect_end end = open_directory(&c, in_fd);
	int rc = 0;

	if (end == MG_COLLECT_DONE)
		end = list(&c);
	if (end == MG_COLLECT_DONE)
		rc = tell_all(&c);
	if (rc == 0)
		rc = say(&c,
			 &(struct mg_collect_record){ .kind = MG_COLLECT_END,
						      .why = end,
						      .n_left = c.n_left },
			 "");
	return -rc; /* all else ends with the process */
}
