/* SPDX-License-Identifier: MIT */
/*
 * Lines out of the logs of one stream, as a bundle has them: what a jailed child
 * picks, and beside it which bytes of which file that was.
 */
#include "gather_priv.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/file.h"
#include "mailguard/json.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* How far clocks of log writers are ahead. */
#define LATEST_AHEAD_S 86400

/*
 * Bytes that are read of a compressed log for each that it has, twice what a log
 * has of them, and at least: one that has more was filled to keep us busy.
 */
#define PACKED_RATIO 32
#define PACKED_MIN ((int64_t)16 << 20)

static bool is_known(const struct mg_gather_stream *s,
		     const struct mg_file_info *info)
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

void mg_gather_stream_add(struct mg_gather_stream *s, const char *path, int fd,
			  const struct mg_file_info *info)
{
	struct mg_gather_log *f;

	if (info->mtime_ns / 1000000000 < s->since || is_known(s, info)) {
		mg_file_close(&fd);
		return;
	}
	s->files = mg_vec_room(s->files, s->n_files, &s->cap_files,
			       sizeof(*s->files));
	f = &s->files[s->n_files++];
	*f = (struct mg_gather_log){
		.path = mg_arena_copy_text(&s->arena, mg_slice_str(path)),
		.fd = fd,
		.info = *info,
		.pack = pack_of(fd),
	};
	mg_buf_init(&f->lines, (size_t)s->max_bytes);
	mg_buf_init(&f->ranges, MG_GATHER_TEXT_MAX);
}

static bool is_after(const struct mg_gather_log *a,
		     const struct mg_gather_log *b)
{
	if (a->info.mtime_ns != b->info.mtime_ns)
		return a->info.mtime_ns > b->info.mtime_ns;
	return strcmp(a->path, b->path) > 0;
}

/* Oldest first; there are some dozens. */
static void sort_files(struct mg_gather_stream *s)
{
	for (size_t i = 1; i < s->n_files; i++)
		for (size_t k = i;
		     k && is_after(&s->files[k - 1], &s->files[k]); k--) {
			const struct mg_gather_log f = s->files[k];

			s->files[k] = s->files[k - 1];
			s->files[k - 1] = f;
		}
}

static void end_range(struct mg_gather_log *f)
{
	if (f->to)
		mg_buf_add_fmt(&f->ranges, "%s[%lld,%lld]",
			       f->ranges.len ? "," : "", (long long)f->from,
			       (long long)(f->to - f->from));
	f->to = 0;
}

static int take_line(void *arg, size_t file, int64_t at, struct mg_slice line)
{
	const struct mg_gather_stream *s = arg;
	struct mg_gather_log *f = &s->files[file];

	mg_buf_add(&f->lines, line);
	f->n_lines++;
	if (s->dialect == MG_DIALECT_JOURNAL)
		return 0; /* an export begins anew each time */
	if (f->to != at) {
		end_range(f);
		f->from = at;
	}
	f->to = at + (int64_t)line.len;
	return 0;
}

static void take_fact(void *arg, const struct mg_pick_fact *fact)
{
	const struct mg_gather_stream *s = arg;
	struct mg_gathering *g = s->g;

	g->facts = mg_vec_room(g->facts, g->n_facts, &g->cap_facts,
			       sizeof(*g->facts));
	g->facts[g->n_facts++] = *fact;
}

static void add_lines(struct mg_gather_stream *s, struct mg_gather_log *f)
{
	static const char *const packs[] = { "", "gzip", "bzip2", "xz",
					     "zstd" };
	struct mg_buf text;
	char beside[40];

	if (f->n_lines == 0)
		return;
	end_range(f);
	(void)snprintf(f->name, sizeof(f->name), "%s/%04u.log", s->folder,
		       ++*s->n_logs);
	(void)snprintf(beside, sizeof(beside), "%s/%04u.json", s->folder,
		       *s->n_logs);
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

static int init_counter(const struct mg_gather_stream *s, struct mg_counter *c,
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
	mg_counter_set_engine(c, MG_ENGINE_QUICK, INT64_MAX);
	c->dialect = s->dialect;
	c->logwrite = e->settings->exim.logwrite.items;
	c->n_logwrite = e->settings->exim.logwrite.n;
	c->latest = e->now + LATEST_AHEAD_S;
	return 0;
}

static void note(struct mg_gather_stream *s, const struct mg_pick_sum *sum)
{
	struct mg_evidence *e = &s->g->evidence;

	if (sum->n_left)
		mg_evidence_cut(e,
				"%s: %lld more lines of the source %s, the "
				"newest, are beyond %lld bytes, or too long",
				s->folder, (long long)sum->n_left, s->name,
				(long long)s->max_bytes);
	if (sum->n_untold)
		mg_evidence_cut(e,
				"%s: of what lines of the source %s tell, %lld "
				"more things were not summed up",
				s->folder, s->name, (long long)sum->n_untold);
	if (s->n_asked && sum->n_read >= s->n_asked)
		mg_evidence_cut(e,
				"%s: the source %s has more than the newest "
				"%lld entries, which were not looked at",
				s->folder, s->name, (long long)s->n_asked);
	if (sum->n_forgotten)
		mg_evidence_cut(e,
				"%s: lines of %lld messages of the source "
				"%s that were never done are left out",
				s->folder, (long long)sum->n_forgotten,
				s->name);
}

static int pick(struct mg_gather_stream *s, struct mg_err *err)
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
		.max_bytes = s->max_bytes,
		.near = s->near,
	};
	const struct mg_pick_ears ears = { take_line, take_fact, s,
					   &s->g->sent };
	struct mg_pick_sum sum = { .n_lines = 0 };
	int rc = init_counter(s, counter, err);

	for (size_t i = 0; i < s->n_files; i++)
		files[i] = (struct mg_pick_file){
			.fd = s->files[i].fd,
			.start = s->files[i].start,
			.end = s->files[i].info.size_bytes,
			.pack = s->files[i].pack,
			.most = s->files[i].most,
		};
	if (rc == 0 && mg_gather_subject(s->g, &job.subject))
		rc = mg_pick(&job, &jail, &ears, &sum, err);
	mg_counter_release(counter);
	mg_mem_free(counter);
	mg_mem_free(files);
	note(s, &sum);
	return rc;
}

/* The newest stay, where there are too many. */
static void drop_oldest(struct mg_gather_stream *s)
{
	const size_t n = s->n_files < MG_PICK_FILES_MAX
				 ? 0
				 : s->n_files - MG_PICK_FILES_MAX;

	for (size_t i = 0; i < n; i++)
		mg_file_close(&s->files[i].fd);
	if (n)
		mg_evidence_cut(&s->g->evidence,
				"%s: the %zu oldest files of the source %s "
				"were left out",
				s->folder, n, s->name);
	memmove(s->files, s->files + n, (s->n_files - n) * sizeof(*s->files));
	s->n_files -= n;
}

static int64_t bytes_of(const struct mg_gather_log *f)
{
	const int64_t size = f->info.size_bytes;

	if (f->pack == MG_PACK_NONE)
		return size;
	return size * PACKED_RATIO > PACKED_MIN ? size * PACKED_RATIO
						: PACKED_MIN;
}

/*
 * Of what is read the newest have most: of a log its end, of a compressed one
 * its beginning.
 */
static void share_out(struct mg_gather_stream *s)
{
	int64_t left = s->max_read;

	for (size_t i = s->max_read ? s->n_files : 0; i-- > 0;) {
		struct mg_gather_log *f = &s->files[i];
		const int64_t size = f->info.size_bytes, want = bytes_of(f);
		const int64_t taken = want < left ? want : left;

		left -= taken;
		f->most = taken + 1; /* 0 would be all */
		if (f->pack == MG_PACK_NONE)
			f->start = size - taken;
		if (f->start)
			mg_evidence_cut(&s->g->evidence,
					"%s: the first %lld bytes of %s were "
					"not read",
					s->folder, (long long)f->start,
					f->path);
	}
}

void mg_gather_stream_read(struct mg_gather_stream *s)
{
	struct mg_err err = { 0 };

	sort_files(s);
	drop_oldest(s);
	share_out(s);
	if (s->n_files && pick(s, &err) < 0)
		mg_evidence_cut(&s->g->evidence, "%s: source %s: %s", s->folder,
				s->name, err.text);
	for (size_t i = 0; i < s->n_files; i++) {
		struct mg_gather_log *f = &s->files[i];

		add_lines(s, f);
		mg_buf_release(&f->lines);
		mg_buf_release(&f->ranges);
		mg_file_close(&f->fd);
	}
	mg_mem_free(s->files);
	mg_arena_release(&s->arena);
}
