/* SPDX-License-Identifier: MIT */
#include "sweep_priv.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/mem.h"
#include "mailguard/vec.h"

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

static int look_for_copy(void *arg, const struct mg_cursor *c)
{
	struct mg_log *log = arg;

	if (c->packed_bytes != log->info.size_bytes ||
	    c->packed_hash != log->packed_hash)
		return 0;
	log->is_whole = true;
	log->match = MG_MATCH_SAME;
	log->cursor = *c;
	return 1;
}

static int find_packed(struct mg_sweep *s, struct mg_log *log,
		       struct mg_err *err)
{
	int rc = mg_follow_packed_hash(log->fd, log->info.size_bytes, &s->key,
				       &log->packed_hash, err);

	if (rc == 0)
		rc = mg_store_each_cursor(s->opts.store, s->source.id,
					  look_for_copy, log, err);
	return rc < 0 ? rc : 0;
}

static int find_plain(struct mg_sweep *s, struct mg_log *log,
		      const struct mg_cursor *hint, struct mg_err *err)
{
	int rc = MG_MATCH_NONE;

	if (hint)
		rc = mg_follow_match(log->fd, &log->info, &s->key, hint, err);
	if (rc == MG_MATCH_SAME)
		log->cursor = *hint;
	else if (rc >= 0)
		rc = mg_follow_find(log->fd, &log->info, s->opts.store,
				    s->source.id, &log->cursor, err);
	if (rc < 0)
		return rc;
	log->match = (enum mg_match)rc;
	return 0;
}

static int name_cursor(struct mg_log *log, struct mg_err *err)
{
	struct mg_cursor *c = &log->cursor;

	if ((size_t)snprintf(c->path, sizeof(c->path), "%s", log->path) >=
	    sizeof(c->path))
		return mg_fail(err, MG_ELIMIT,
			       "the path of a log is longer than %zu bytes",
			       sizeof(c->path) - 1);
	c->dev = log->info.dev;
	c->ino = log->info.ino;
	c->born_ns = log->info.born_ns;
	if (c->id == 0)
		memcpy(c->stream, c->path, sizeof(c->stream));
	return 0;
}

static int find(struct mg_sweep *s, struct mg_log *log,
		const struct mg_cursor *hint, struct mg_err *err)
{
	int rc = look_at_head(log, err);

	if (rc < 0)
		return rc;
	rc = log->pack == MG_PACK_NONE ? find_plain(s, log, hint, err)
				       : find_packed(s, log, err);
	return rc < 0 ? rc : name_cursor(log, err);
}

int mg_log_open(struct mg_sweep *s, const char *path,
		const struct mg_cursor *hint, struct mg_log *log,
		struct mg_err *err)
{
	int rc;

	*log = (struct mg_log){
		.path = mg_sweep_keep(s, path),
		.fd = -1,
		.cursor = { .first_at = INT64_MIN },
	};
	rc = mg_file_open_log(path, &log->fd, &log->info, err);
	if (rc < 0)
		return rc;
	rc = find(s, log, hint, err);
	if (rc < 0)
		mg_err_prefix(err, "'%s'", path);
	return rc;
}

void mg_log_close(struct mg_log *log)
{
	mg_file_close(&log->fd);
}

struct knowledge {
	struct mg_known *items;
	size_t len, cap;
};

static int collect_known(void *arg, const struct mg_cursor *c)
{
	struct knowledge *k = arg;

	if (c->head_len == 0)
		return 0;
	k->items = mg_vec_room(k->items, k->len, &k->cap, sizeof(*k->items));
	k->items[k->len++] = (struct mg_known){
		.log = c->id,
		.place = { .at = c->offset,
			   .head_len = c->head_len,
			   .anchor_len = c->anchor_len,
			   .head_hash = c->head_hash,
			   .anchor_hash = c->anchor_hash },
	};
	return 0;
}

int mg_sweep_known(struct mg_sweep *s, struct mg_known **out, size_t *n,
		   struct mg_err *err)
{
	struct knowledge k = { 0 };
	const int rc = mg_store_each_cursor(s->opts.store, s->source.id,
					    collect_known, &k, err);

	if (rc < 0) {
		mg_mem_free(k.items);
		return rc;
	}
	*out = k.items;
	*n = k.len;
	return 0;
}

const char *mg_sweep_keep(struct mg_sweep *s, const char *path)
{
	const size_t size = strlen(path) + 1;

	for (size_t i = s->n_paths; i-- > 0;)
		if (!strcmp(s->paths[i], path))
			return s->paths[i];
	s->paths = mg_vec_room(s->paths, s->n_paths, &s->cap_paths,
			       sizeof(*s->paths));
	s->paths[s->n_paths] = mg_mem_zalloc(size, 1);
	memcpy(s->paths[s->n_paths], path, size);
	return s->paths[s->n_paths++];
}
