/* SPDX-License-Identifier: MIT */
#include "sweep_priv.h"

#include <stdlib.h>

#include "mailguard/mem.h"

/* A log that was named, as it is before anything is read. */
struct named {
	const char *path;
	size_t place; /* among those named */
	uint64_t dev, ino;
	bool is_there;
	bool has_news;
	int64_t first_at; /* INT64_MIN for none */
};

/* Files only: what two names lead to is one log. */
static bool is_named_before(const struct named *logs, size_t n,
			    const struct named *x)
{
	for (size_t i = 0; i < n; i++)
		if (logs[i].is_there && logs[i].dev == x->dev &&
		    logs[i].ino == x->ino)
			return true;
	return false;
}

/* What the store says. What cannot be read is told when it is its turn. */
static void survey(struct mg_sweep *s, struct named *x)
{
	struct mg_log log;

	x->first_at = INT64_MIN;
	if (mg_log_open(s, x->path, NULL, &log, NULL) == 0) {
		x->is_there = true;
		x->dev = log.info.dev;
		x->ino = log.info.ino;
		x->first_at = log.cursor.first_at;
		x->has_news = log.pack == MG_PACK_NONE
				      ? log.info.size_bytes > log.cursor.offset
				      : !log.is_whole;
	}
	mg_log_close(&log);
}

static void peek(struct mg_sweep *s, struct named *x)
{
	struct mg_peek seen = { .first_at = INT64_MIN };
	struct mg_log log;

	if (mg_log_open(s, x->path, NULL, &log, NULL) == 0 &&
	    mg_log_peek(s, &log, false, &seen, NULL) == 0)
		x->first_at = seen.first_at;
	mg_log_close(&log);
}

static int by_stamp(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	if (x->first_at != y->first_at)
		return x->first_at < y->first_at ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

/*
 * Those with a stamp change places among themselves; one without stays where
 * it was named.
 */
static void sort(struct named *logs, size_t n)
{
	struct named *stamped = mg_mem_zalloc(n, sizeof(*stamped));
	size_t n_stamped = 0, next = 0;

	for (size_t i = 0; i < n; i++)
		if (logs[i].first_at != INT64_MIN)
			stamped[n_stamped++] = logs[i];
	qsort(stamped, n_stamped, sizeof(*stamped), by_stamp);
	for (size_t i = 0; i < n; i++)
		if (logs[i].first_at != INT64_MIN)
			logs[i] = stamped[next++];
	mg_mem_free(stamped);
}

size_t mg_sweep_order(struct mg_sweep *s, const char **paths, size_t n)
{
	struct named *logs = mg_mem_zalloc(n, sizeof(*logs));
	size_t len = 0, n_news = 0;

	for (size_t i = 0; i < n; i++) {
		struct named x = { .path = paths[i], .place = i };

		survey(s, &x);
		if (x.is_there && is_named_before(logs, len, &x))
			continue;
		n_news += x.has_news;
		logs[len++] = x;
	}
	/* The order matters only to what is read. */
	for (size_t i = 0; n_news > 1 && i < len; i++)
		if (logs[i].has_news && logs[i].first_at == INT64_MIN)
			peek(s, &logs[i]);
	sort(logs, len);
	for (size_t i = 0; i < len; i++)
		paths[i] = logs[i].path;
	mg_mem_free(logs);
	return len;
}
