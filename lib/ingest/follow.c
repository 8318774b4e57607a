/* SPDX-License-Identifier: MIT */
#include "mailguard/follow.h"

#include <stdio.h>

struct search {
	int fd;
	const struct mg_file_info *info;
	const char *path;
	struct mg_hash_key key;
	struct mg_follow *out;
	struct mg_err *err;
};

/* Hash of len bytes at a place; 1 when they are not all there. */
static int hash_at(int fd, const struct mg_hash_key *key, int64_t offset,
		   uint32_t len, uint64_t *hash, struct mg_err *err)
{
	char bytes[MG_FOLLOW_HEAD];
	int64_t got;

	if (len > sizeof(bytes))
		return 1;
	got = mg_file_read_at(fd, bytes, len, offset, err);
	if (got < 0)
		return (int)got;
	if (got < (int64_t)len)
		return 1;
	*hash = mg_hash(key, mg_slice_of(bytes, len));
	return 0;
}

/* Returns an enum mg_match, or a negative code. */
static int match(const struct search *s, const struct mg_cursor *c)
{
	uint64_t hash;
	int rc;

	rc = hash_at(s->fd, &s->key, 0, c->head_len, &hash, s->err);
	if (rc || hash != c->head_hash)
		return rc < 0 ? rc : MG_MATCH_NONE;
	/* An older copy, or one that was cut: all of it was counted. */
	if (s->info->size_bytes < c->offset)
		return MG_MATCH_SHORTER;
	rc = hash_at(s->fd, &s->key, c->offset - c->anchor_len, c->anchor_len,
		     &hash, s->err);
	if (rc)
		return rc < 0 ? rc : MG_MATCH_NONE;
	return hash == c->anchor_hash ? MG_MATCH_SAME : MG_MATCH_NONE;
}

static int look_at(void *arg, const struct mg_cursor *cursor)
{
	struct search *s = arg;
	const int rc = match(s, cursor);

	if (rc < 0)
		return rc;
	if (rc != MG_MATCH_NONE) {
		s->out->cursor = *cursor;
		s->out->longer = rc == MG_MATCH_SHORTER ? cursor->offset : 0;
		return 1;
	}
	/* Newest first: the first of this path is the one read last. */
	if (!s->out->replaced && !strcmp(cursor->path, s->path)) {
		s->out->replaced = cursor->id;
		s->out->replaced_offset = cursor->offset;
	}
	return 0;
}

int mg_follow_find(int fd, const struct mg_file_info *info, const char *path,
		   struct mg_store *store, int64_t source,
		   struct mg_follow *out, struct mg_err *err)
{
	struct mg_follow found = { .cursor.first_at = INT64_MIN };
	struct search s = {
		.fd = fd,
		.info = info,
		.path = path,
		.key = mg_store_key(store),
		.out = &found,
		.err = err,
	};
	const int rc = mg_store_each_cursor(store, source, look_at, &s, err);

	if (rc < 0)
		return rc;
	if ((size_t)snprintf(found.cursor.path, sizeof(found.cursor.path), "%s",
			     path) >= sizeof(found.cursor.path))
		return mg_fail(err, MG_ELIMIT,
			       "the path of a log is longer "
			       "than %zu bytes",
			       sizeof(found.cursor.path) - 1);
	found.cursor.dev = info->dev;
	found.cursor.ino = info->ino;
	*out = found;
	return 0;
}

int mg_follow_packed_hash(int fd, int64_t size, const struct mg_hash_key *key,
			  uint64_t *out, struct mg_err *err)
{
	char bytes[2 * MG_FOLLOW_HEAD];
	const int64_t tail = size < MG_FOLLOW_HEAD ? 0 : size - MG_FOLLOW_HEAD;
	int64_t head, rest = -MG_EIO;

	head = mg_file_read_at(fd, bytes, MG_FOLLOW_HEAD, 0, err);
	if (head >= 0)
		rest = mg_file_read_at(fd, bytes + head, MG_FOLLOW_HEAD, tail,
				       err);
	if (rest < 0)
		return (int)rest;
	*out = mg_hash(key, mg_slice_of(bytes, (size_t)(head + rest)));
	return 0;
}

static uint32_t at_most(int64_t n, uint32_t max)
{
	return n < max ? (uint32_t)n : max;
}

int mg_follow_advance(struct mg_cursor *cursor, int fd,
		      const struct mg_hash_key *key, int64_t to,
		      struct mg_err *err)
{
	struct mg_cursor moved = *cursor;
	char last = '\0';
	int rc;

	moved.offset = to;
	moved.head_len = at_most(to, MG_FOLLOW_HEAD);
	moved.anchor_len = at_most(to, MG_FOLLOW_ANCHOR);
	if (mg_file_read_at(fd, &last, 1, to - 1, err) < 0)
		return -MG_EIO;
	if (last != '\n')
		return mg_fail(err, MG_EPARSE,
			       "byte %lld of the log is not the end of a line: "
			       "it changed while it was read",
			       (long long)to);
	rc = hash_at(fd, key, 0, moved.head_len, &moved.head_hash, err);
	if (rc == 0)
		rc = hash_at(fd, key, to - moved.anchor_len, moved.anchor_len,
			     &moved.anchor_hash, err);
	if (rc)
		return rc < 0 ? rc
			      : mg_fail(err, MG_EPARSE,
					"the log was cut while it was read");
	*cursor = moved;
	return 0;
}
