/* SPDX-License-Identifier: MIT */
#include "sweep_priv.h"

#include <stdio.h>
#include <string.h>

/* What the file is packed with, if it is. */
static int look_at_head(struct mg_log *log, struct mg_err *err)
{
	char head[MG_PACK_HEAD];
	const int64_t n = mg_file_read_at(log->fd, head, sizeof(head), 0, err);

	if (n < 0)
		return (int)n;
	log->pack = mg_pack_of(mg_slice_of(head, (size_t)n));
	return 0;
}

static int name_cursor(struct mg_log *log, struct mg_err *err)
{
	struct mg_cursor *c = &log->follow.cursor;

	if ((size_t)snprintf(c->path, sizeof(c->path), "%s", log->path) >=
	    sizeof(c->path))
		return mg_fail(err, MG_ELIMIT,
			       "the path of a log is longer than %zu bytes",
			       sizeof(c->path) - 1);
	c->dev = log->info.dev;
	c->ino = log->info.ino;
	return 0;
}

static int look_for_copy(void *arg, const struct mg_cursor *c)
{
	struct mg_log *log = arg;

	if (c->packed_bytes != log->info.size_bytes ||
	    c->packed_hash != log->packed_hash)
		return 0;
	log->is_whole = true;
	log->follow.cursor = *c;
	return 1;
}

static int find_packed(struct mg_sweep *s, struct mg_log *log,
		       struct mg_err *err)
{
	int rc = mg_follow_packed_hash(log->fd, log->info.size_bytes, &s->key,
				       &log->packed_hash, err);

	if (rc < 0)
		return rc;
	log->follow = (struct mg_follow){ .cursor.first_at = INT64_MIN };
	rc = mg_store_each_cursor(s->opts.store, s->source.id, look_for_copy,
				  log, err);
	return rc < 0 ? rc : name_cursor(log, err);
}

int mg_log_open(struct mg_sweep *s, const char *path, struct mg_log *log,
		struct mg_err *err)
{
	int rc;

	*log = (struct mg_log){ .path = path, .fd = -1 };
	rc = mg_file_open_log(path, &log->fd, &log->info, err);
	if (rc == 0)
		rc = look_at_head(log, err);
	if (rc < 0)
		return rc;
	if (log->pack != MG_PACK_NONE)
		return find_packed(s, log, err);
	return mg_follow_find(log->fd, &log->info, path, s->opts.store,
			      s->source.id, &log->follow, err);
}

void mg_log_close(struct mg_log *log)
{
	mg_file_close(&log->fd);
}
