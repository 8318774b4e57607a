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

/* A message may wait in the queue that long before it is in the lines wanted. */
#define BEFORE_S 86400

static const struct {
	const char *name;
	enum mg_dialect dialect;
} dialects[] = {
	{ "exim", MG_DIALECT_EXIM },
	{ "syslog", MG_DIALECT_SYSLOG },
	{ "dovecot", MG_DIALECT_DOVECOT },
	{ "journal", MG_DIALECT_JOURNAL },
};

/* The logs of one source. */
struct source {
	struct mg_gather_stream stream;
	int64_t id;
	char directory[PATH_MAX], name[PATH_MAX];
};

/* What cannot be opened any more was rotated away, or never was a log. */
static void add_file(struct source *s, const char *path)
{
	struct mg_file_info info;
	int fd = -1;

	if (mg_file_open_log(path, &fd, &info, NULL) == 0)
		mg_gather_stream_add(&s->stream, path, fd, &info);
}

static int add_name(void *arg, const char *name)
{
	struct source *s = arg;
	char path[2 * PATH_MAX];

	if (mg_generation_of(s->name, name) == MG_GENERATION_NONE)
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
	(void)snprintf(s->name, sizeof(s->name), "%s", slash + 1);
	if (mg_file_each(s->directory[0] ? s->directory : "/", add_name, s,
			 NULL) < 0)
		s->directory[0] = '\0'; /* gone: nothing is there */
	return 0;
}

static void read_source(struct source *s)
{
	struct mg_gathering *g = s->stream.g;
	struct mg_err err = { 0 };

	if (s->stream.dialect == MG_DIALECT_JOURNAL) {
		mg_gather_journal(&s->stream);
		return;
	}
	if (mg_store_each_cursor(g->enforcer->store, s->id, add_cursor, s,
				 &err) < 0)
		mg_evidence_cut(&g->evidence, "log: %s", err.text);
	mg_gather_stream_read(&s->stream);
}

/* The sources, so that none is asked within the question for all. */
struct sources {
	int64_t ids[sizeof(dialects) / sizeof(*dialects)];
};

static int take_source(void *arg, struct mg_slice name,
		       const struct mg_source *source)
{
	struct sources *s = arg;

	for (size_t i = 0; i < sizeof(dialects) / sizeof(*dialects); i++)
		if (mg_slice_is(name, mg_slice_str(dialects[i].name)))
			s->ids[i] = source->id;
	return 0;
}

void mg_gather_logs(struct mg_gathering *g)
{
	struct sources sources = { .ids = { 0 } };
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
		struct source s = {
			.id = sources.ids[i],
			.stream = { .g = g,
				    .name = dialects[i].name,
				    .folder = "log",
				    .dialect = dialects[i].dialect,
				    .since = g->ask->since - BEFORE_S,
				    .max_bytes = MG_PICK_BYTES_MAX,
				    .n_logs = &n_logs },
		};

		if (s.id)
			read_source(&s);
	}
}
