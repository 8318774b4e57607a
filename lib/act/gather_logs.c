/* SPDX-License-Identifier: MIT */
/*
 * The lines of a subject, out of the logs that were swept and what was rotated
 * of them, compressed or not.
 *
 * Which files these are the state knows: the logs of each source, and where
 * they were last seen. A name is a hint; what a line means a jailed child says.
 */
#include "gather_priv.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/file.h"
#include "mailguard/generation.h"
#include "mailguard/json.h"
#include "mailguard/mem.h"
#include "mailguard/pick.h"
#include "mailguard/vec.h"

/* A message may wait in the queue that long before it is in the lines wanted. */
#define BEFORE_S 86400

/* How far clocks of log writers are ahead. */
#define LATEST_AHEAD_S 86400

struct log_file {
	const char *path; /* the arena's */
	int fd;           /* owned */
	struct mg_file_info info;
	enum mg_pack pack;
	char name[32]; /* of its lines in the bundle */
	int64_t n_lines;
	struct mg_buf lines, ranges;
	int64_t from, to; /* of the last range; to 0: none */
};

/* The logs of one source. */
struct source {
	struct mg_gathering *g;
	struct mg_arena arena;
	struct log_file *files; /* owned */
	size_t n_files, cap_files;
	int64_t id;
	enum mg_dialect dialect;
	const char *name;
	char directory[PATH_MAX], stream[PATH_MAX];
	unsigned *n_logs; /* numbered over all sources */
};

static const struct {
	const char *name;
	enum mg_dialect dialect;
} dialects[] = {
	{ "exim", MG_DIALECT_EXIM },
	{ "syslog", MG_DIALECT_SYSLOG },
	{ "dovecot", MG_DIALECT_DOVECOT },
};

static bool is_known(const struct source *s, const struct mg_file_info *info)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (s->files[i].info.dev == info->dev &&
		    s->files[i].info.ino == info->ino)
			return true;
	return false;
}

static enum mg_pack pack_of(int fd)
{
	char head[MG_PACK_HEAD];
	const int64_t n = mg_file_read_at(fd, head, sizeof(head), 0, NULL);

	return n > 0 ? mg_pack_of(mg_slice_of(head, (size_t)n)) : MG_PACK_NONE;
}

/* What cannot be opened any more was rotated away, or never was a log. */
static void add_file(struct source *s, const char *path)
{
	const int64_t since = s->g->ask->since - BEFORE_S;
	struct mg_file_info info;
	struct log_file *f;
	int fd = -1;

	if (mg_file_open_log(path, &fd, &info, NULL) < 0)
		return;
	if (info.mtime_ns / 1000000000 < since || is_known(s, &info)) {
		mg_file_close(&fd);
		return;
	}
	s->files = mg_vec_room(s->files, s->n_files, &s->cap_files,
			       sizeof(*s->files));
	f = &s->files[s->n_files++];
	*f = (struct log_file){
		.path = mg_arena_copy_text(&s->arena, mg_slice_str(path)),
		.fd = fd,
		.info = info,
		.pack = pack_of(fd),
	};
	mg_buf_init(&f->lines, (size_t)MG_PICK_BYTES_MAX);
	mg_buf_init(&f->ranges, MG_GATHER_TEXT_MAX);
}

static int add_name(void *arg, const char *name)
{
	struct source *s = arg;
	char path[2 * PATH_MAX];

	if (mg_generation_of(s->stream, name) == MG_GENERATION_NONE)
		return 0;
	(void)snprintf(path, sizeof(path), "%s/%s", s->directory, name);
	add_file(s, path);
	return 0;
}

/* A log that was read, and whatever is called like it, beside it. */
static int add_cursor(void *arg, const struct mg_cursor *cursor)
{
	struct source *s = arg;
	const char *slash = strrchr(cursor->stream, '/');

	add_file(s, cursor->path);
	add_file(s, cursor->stream);
	if (!slash)
		return 0;
	(void)snprintf(s->directory, sizeof(s->directory), "%.*s",
		       (int)(slash - cursor->stream), cursor->stream);
	(void)snprintf(s->stream, sizeof(s->stream), "%s", slash + 1);
	if (mg_file_each(s->directory[0] ? s->directory : "/", add_name, s,
			 NULL) < 0)
		s->directory[0] = '\0'; /* gone: nothing is there */
	return 0;
}

static bool is_after(const struct log_file *a, const struct log_file *b)
{
	if (a->info.mtime_ns != b->info.mtime_ns)
		return a->info.mtime_ns > b->info.mtime_ns;
	return strcmp(a->path, b->path) > 0;
}

/* Oldest first; there are some dozens. */
static void sort_files(struct source *s)
{
	for (size_t i = 1; i < s->n_files; i++)
		for (size_t k = i;
		     k && is_after(&s->files[k - 1], &s->files[k]); k--) {
			const struct log_file f = s->files[k];

			s->files[k] = s->files[k - 1];
			s->files[k - 1] = f;
		}
}

static void end_range(struct log_file *f)
{
	if (f->to)
		mg_buf_add_fmt(&f->ranges, "%s[%lld,%lld]",
			       f->ranges.len ? "," : "", (long long)f->from,
			       (long long)(f->to - f->from));
	f->to = 0;
}

static int take_line(void *arg, size_t file, int64_t at, struct mg_slice line)
{
	const struct source *s = arg;
	struct log_file *f = &s->files[file];

	mg_buf_add(&f->lines, line);
	f->n_lines++;
	if (f->to != at) {
		end_range(f);
		f->from = at;
	}
	f->to = at + (int64_t)line.len;
	return 0;
}

static void take_fact(void *arg, const struct mg_pick_fact *fact)
{
	const struct source *s = arg;
	struct mg_gathering *g = s->g;

	g->facts = mg_vec_room(g->facts, g->n_facts, &g->cap_facts,
			       sizeof(*g->facts));
	g->facts[g->n_facts++] = *fact;
}

static void add_lines(struct source *s, struct log_file *f)
{
	static const char *const packs[] = { "", "gzip", "bzip2", "xz",
					     "zstd" };
	struct mg_buf text;
	char beside[40];

	if (f->n_lines == 0)
		return;
	end_range(f);
	(void)snprintf(f->name, sizeof(f->name), "log/%04u.log", ++*s->n_logs);
	(void)snprintf(beside, sizeof(beside), "log/%04u.json", *s->n_logs);
	mg_buf_init(&text, MG_GATHER_TEXT_MAX);
	mg_buf_add_str(&text, "{\"path\":");
	mg_json_add_string(&text, mg_slice_str(f->path));
	mg_gather_text(&text, "source", mg_slice_str(s->name));
	mg_gather_text(&text, "packed", mg_slice_str(packs[f->pack]));
	mg_gather_number(&text, "device", (int64_t)f->info.dev);
	mg_gather_number(&text, "inode", (int64_t)f->info.ino);
	mg_gather_number(&text, "lines", f->n_lines);
	mg_evidence_add(&s->g->evidence, f->name, mg_buf_slice(&f->lines),
			MG_LIT("{\"from\":\"a log; the file beside it says "
			       "which bytes of which\"}"));
	mg_buf_add_str(&text, ",\"ranges\":[");
	mg_buf_add(&text, mg_buf_slice(&f->ranges));
	mg_buf_add_str(&text, "]}\n");
	text.truncated |= f->ranges.truncated;
	mg_gather_add(s->g, beside, &text, MG_LIT(""));
	mg_buf_release(&text);
}

static int init_counter(const struct source *s, struct mg_counter *c,
			struct mg_err *err)
{
	static const struct mg_tz utc;
	const struct mg_enforcer *e = s->g->enforcer;
	const struct mg_hash_key key = mg_store_key(e->store);
	int32_t offset = 0;
	const int rc = mg_store_hour_offset(e->store, 0, &offset, err);

	if (rc < 0)
		return rc;
	mg_counter_init(c, s->g->accounts, e->tz ? e->tz : &utc, offset, &key);
	mg_counter_set_engine(c, MG_ENGINE_QUICK);
	c->dialect = s->dialect;
	c->logwrite = e->settings->exim.logwrite.items;
	c->n_logwrite = e->settings->exim.logwrite.n;
	c->latest = e->now + LATEST_AHEAD_S;
	return 0;
}

static void note(struct source *s, const struct mg_pick_sum *sum)
{
	struct mg_evidence *e = &s->g->evidence;

	if (sum->n_left)
		mg_evidence_cut(e,
				"log: %lld more lines of the source %s, the "
				"newest, are beyond %lld bytes",
				(long long)sum->n_left, s->name,
				(long long)MG_PICK_BYTES_MAX);
	if (sum->n_forgotten)
		mg_evidence_cut(e,
				"log: lines of %lld messages of the source "
				"%s that were never done are left out",
				(long long)sum->n_forgotten, s->name);
}

static int pick(struct source *s, struct mg_err *err)
{
	struct mg_pick_file *files = mg_mem_zalloc(s->n_files, sizeof(*files));
	struct mg_counter *counter = mg_mem_zalloc(1, sizeof(*counter));
	const struct mg_jail jail = mg_priv_jail(s->g->enforcer->root);
	struct mg_pick_job job = {
		.counter = counter,
		.since = s->g->ask->since,
		.until = s->g->ask->until,
		.files = files,
		.n_files = s->n_files,
		.max_bytes = MG_PICK_BYTES_MAX,
	};
	const struct mg_pick_ears ears = { take_line, take_fact, s };
	struct mg_pick_sum sum = { .n_lines = 0 };
	int rc = init_counter(s, counter, err);

	for (size_t i = 0; i < s->n_files; i++)
		files[i] = (struct mg_pick_file){ s->files[i].fd,
						  s->files[i].info.size_bytes,
						  s->files[i].pack };
	if (rc == 0 && mg_gather_subject(s->g, &job.subject))
		rc = mg_pick(&job, &jail, &ears, &sum, err);
	mg_counter_release(counter);
	mg_mem_free(counter);
	mg_mem_free(files);
	note(s, &sum);
	return rc;
}

/* The newest stay, where there are too many. */
static void drop_oldest(struct source *s)
{
	const size_t n = s->n_files < MG_PICK_FILES_MAX
				 ? 0
				 : s->n_files - MG_PICK_FILES_MAX;

	for (size_t i = 0; i < n; i++)
		mg_file_close(&s->files[i].fd);
	if (n)
		mg_evidence_cut(&s->g->evidence,
				"log: the %zu oldest files of the source %s "
				"were left out",
				n, s->name);
	memmove(s->files, s->files + n, (s->n_files - n) * sizeof(*s->files));
	s->n_files -= n;
}

static void read_source(struct source *s)
{
	struct mg_err err = { 0 };

	if (mg_store_each_cursor(s->g->enforcer->store, s->id, add_cursor, s,
				 &err) < 0)
		mg_evidence_cut(&s->g->evidence, "log: %s", err.text);
	sort_files(s);
	if (s->n_files)
		drop_oldest(s);
	if (s->n_files && pick(s, &err) < 0)
		mg_evidence_cut(&s->g->evidence, "log: source %s: %s", s->name,
				err.text);
	for (size_t i = 0; i < s->n_files; i++) {
		struct log_file *f = &s->files[i];

		add_lines(s, f);
		mg_buf_release(&f->lines);
		mg_buf_release(&f->ranges);
		mg_file_close(&f->fd);
	}
	mg_mem_free(s->files);
	mg_arena_release(&s->arena);
}

/* The sources, so that none is asked within the question for all. */
struct sources {
	int64_t ids[sizeof(dialects) / sizeof(*dialects)];
	bool has_journal;
};

static int take_source(void *arg, struct mg_slice name,
		       const struct mg_source *source)
{
	struct sources *s = arg;

	for (size_t i = 0; i < sizeof(dialects) / sizeof(*dialects); i++)
		if (mg_slice_is(name, mg_slice_str(dialects[i].name)))
			s->ids[i] = source->id;
	s->has_journal |= mg_slice_is(name, MG_LIT("journal"));
	return 0;
}

void mg_gather_logs(struct mg_gathering *g)
{
	struct sources sources = { .has_journal = false };
	struct mg_err err = { 0 };
	unsigned n_logs = 0;

	if (!g->accounts) {
		mg_evidence_cut(&g->evidence,
				"log: without the account tables nobody knows "
				"whose lines they are");
		return;
	}
	if (mg_store_each_source(g->enforcer->store, take_source, &sources,
				 &err) < 0)
		mg_evidence_cut(&g->evidence, "log: %s", err.text);
	for (size_t i = 0; i < sizeof(dialects) / sizeof(*dialects); i++) {
		struct source s = { .g = g,
				    .id = sources.ids[i],
				    .name = dialects[i].name,
				    .dialect = dialects[i].dialect,
				    .n_logs = &n_logs };

		if (s.id)
			read_source(&s);
	}
	if (sources.has_journal)
		mg_evidence_cut(&g->evidence, "log: lines of the journal are "
					      "not gathered");
}
