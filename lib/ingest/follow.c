/* SPDX-License-Identifier: MIT */
#include "mailguard/follow.h"

static bool does_trust_inodes;

void mg_follow_trust_inodes(void)
{
	does_trust_inodes = true;
}

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

/* A file, and the hash of its head that was taken last. */
struct search {
	int fd;
	const struct mg_file_info *info;
	struct mg_hash_key key;
	uint32_t head_len;
	uint64_t head_hash;
	struct mg_cursor *out;
	enum mg_match match;
	struct mg_err *err;
};

/* Returns 1 when the head is that of a cursor, 0, or a negative code. */
static int has_head(struct search *s, const struct mg_cursor *c)
{
	/* Nothing was read of it, so it may be any. */
	if (c->head_len == 0 || c->head_len > s->info->size_bytes)
		return 0;
	if (s->head_len != c->head_len) {
		const int rc = hash_at(s->fd, &s->key, 0, c->head_len,
				       &s->head_hash, s->err);

		s->head_len = rc ? 0 : c->head_len;
		if (rc)
			return rc < 0 ? rc : 0;
	}
	return s->head_hash == c->head_hash;
}

static int match(struct search *s, const struct mg_cursor *c)
{
	uint64_t hash;
	int rc;

	if (does_trust_inodes)
		return s->info->dev == c->dev && s->info->ino == c->ino &&
				       s->info->size_bytes >= c->offset
			       ? MG_MATCH_SAME
			       : MG_MATCH_NONE;
	rc = has_head(s, c);
	if (rc <= 0)
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

int mg_follow_match(int fd, const struct mg_file_info *info,
		    const struct mg_hash_key *key,
		    const struct mg_cursor *cursor, struct mg_err *err)
{
	struct search s = { .fd = fd, .info = info, .key = *key, .err = err };

	return match(&s, cursor);
}

static int look_at(void *arg, const struct mg_cursor *cursor)
{
	struct search *s = arg;
	const int rc = match(s, cursor);

	if (rc <= 0)
		return rc;
	s->match = (enum mg_match)rc;
	*s->out = *cursor;
	return 1;
}

int mg_follow_find(int fd, const struct mg_file_info *info,
		   struct mg_store *store, int64_t source,
		   struct mg_cursor *out, struct mg_err *err)
{
	struct search s = {
		.fd = fd,
		.info = info,
		.key = mg_store_key(store),
		.out = out,
		.err = err,
	};
	const int rc = mg_store_each_cursor(store, source, look_at, &s, err);

	return rc < 0 ? rc : (int)s.match;
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
