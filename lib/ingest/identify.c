/* SPDX-License-Identifier: MIT */
#include "mailguard/identify.h"

#include "mailguard/limits.h"
#include "mailguard/mem.h"

/* Keeps the last bytes of anchor and what comes behind it. */
static void keep_last(struct mg_trail *t, struct mg_slice bytes)
{
	uint32_t kept = t->n_anchor;

	if (bytes.len >= sizeof(t->anchor)) {
		bytes = mg_slice_from(bytes, bytes.len - sizeof(t->anchor));
		kept = 0;
	} else if (kept + bytes.len > sizeof(t->anchor)) {
		kept = (uint32_t)(sizeof(t->anchor) - bytes.len);
	}
	memmove(t->anchor, t->anchor + t->n_anchor - kept, kept);
	memcpy(t->anchor + kept, bytes.ptr, bytes.len);
	t->n_anchor = kept + (uint32_t)bytes.len;
}

void mg_trail_add(struct mg_trail *t, int64_t at, struct mg_slice bytes)
{
	const int64_t end = at + (int64_t)bytes.len;

	if (end <= t->end)
		return;
	if (at > t->end)
		t->n_anchor = 0;
	else
		bytes = mg_slice_from(bytes, (size_t)(t->end - at));
	keep_last(t, bytes);
	t->end = end;
}

struct mg_place mg_trail_place(const struct mg_trail *t,
			       const struct mg_hash_key *key)
{
	const uint32_t n_head = t->end < t->n_head ? (uint32_t)t->end
						   : t->n_head;

	return (struct mg_place){
		.at = t->end,
		.head_len = n_head,
		.anchor_len = t->n_anchor,
		.head_hash = mg_hash(key, mg_slice_of(t->head, n_head)),
		.anchor_hash = mg_hash(key,
				       mg_slice_of(t->anchor, t->n_anchor)),
	};
}

struct search {
	struct mg_input *in;
	const struct mg_hash_key *key;
	struct mg_trail *trail;
	char *bytes; /* MG_READ_BYTES */
	struct mg_err *err;
};

/*
 * Lets a log go by up to an offset. Returns 1, 0 when it ends before, or a
 * negative code.
 */
static int go_to(struct search *s, int64_t offset)
{
	while (s->in->at < offset) {
		const int64_t at = s->in->at;
		size_t want = MG_READ_BYTES;
		int64_t got;

		if (offset - at < (int64_t)want)
			want = (size_t)(offset - at);
		got = mg_input_read(s->in, s->bytes, want, s->err);
		if (got <= 0)
			return (int)got;
		mg_trail_add(s->trail, at, mg_slice_of(s->bytes, (size_t)got));
	}
	return 1;
}

/* From the start once more; the head stays known. */
static int go_back(struct mg_input *in, struct mg_trail *t, struct mg_err *err)
{
	t->end = 0;
	t->n_anchor = 0;
	return mg_input_rewind(in, err);
}

int mg_identify_head(struct mg_input *in, struct mg_trail *t,
		     struct mg_err *err)
{
	*t = (struct mg_trail){ .end = 0 };
	for (;;) {
		const int64_t got = mg_input_read(in, t->head + t->n_head,
						  sizeof(t->head) - t->n_head,
						  err);

		if (got < 0)
			return (int)got;
		t->n_head += (uint32_t)got;
		if (got == 0 || t->n_head == sizeof(t->head))
			return go_back(in, t, err);
	}
}

static bool has_head(const struct mg_trail *t, const struct mg_hash_key *key,
		     const struct mg_place *p)
{
	return p->head_len > 0 && p->head_len <= t->n_head &&
	       mg_hash(key, mg_slice_of(t->head, p->head_len)) == p->head_hash;
}

int64_t mg_identify_by_head(const struct mg_trail *trail,
			    const struct mg_hash_key *key,
			    const struct mg_known *known, size_t n_known)
{
	for (size_t i = 0; i < n_known; i++)
		if (has_head(trail, key, &known[i].place))
			return known[i].log;
	return 0;
}

/* Whether what went by ends as it did at a place. */
static bool has_anchor(const struct search *s, const struct mg_place *p)
{
	const struct mg_trail *t = s->trail;

	return p->anchor_len <= t->n_anchor &&
	       mg_hash(s->key,
		       mg_slice_of(t->anchor + t->n_anchor - p->anchor_len,
				   p->anchor_len)) == p->anchor_hash;
}

/* The lowest offset from `from` on of one that starts alike; 0 for none. */
static int64_t next_offset(const struct search *s, const struct mg_known *known,
			   size_t n, int64_t from)
{
	int64_t best = 0;

	for (size_t i = 0; i < n; i++)
		if (known[i].place.at >= from &&
		    (best == 0 || known[i].place.at < best) &&
		    has_head(s->trail, s->key, &known[i].place))
			best = known[i].place.at;
	return best;
}

/* The one that is proved by what went by, or only by its start. */
static void choose(const struct search *s, const struct mg_known *known,
		   size_t n, int64_t offset, enum mg_match match,
		   struct mg_identity *out)
{
	for (size_t i = 0; i < n; i++)
		if (known[i].place.at == offset &&
		    has_head(s->trail, s->key, &known[i].place) &&
		    (match == MG_MATCH_SHORTER ||
		     has_anchor(s, &known[i].place)))
			*out = (struct mg_identity){
				.match = match,
				.log = known[i].log,
				.offset = offset,
			};
}

/* Of all that start alike the last one whose place is proved. */
static int look(struct search *s, const struct mg_known *known, size_t n,
		struct mg_identity *out)
{
	int64_t offset = 0;
	int rc = 1;

	while (rc == 1 && (offset = next_offset(s, known, n, offset + 1))) {
		rc = go_to(s, offset);
		if (rc >= 0)
			choose(s, known, n, offset,
			       rc ? MG_MATCH_SAME : MG_MATCH_SHORTER, out);
	}
	return rc < 0 ? rc : 0;
}

int mg_identify(struct mg_input *in, const struct mg_hash_key *key,
		const struct mg_known *known, size_t n_known,
		struct mg_trail *trail, struct mg_identity *out,
		struct mg_err *err)
{
	struct search s = { in, key, trail, NULL, err };
	int rc;

	*out = (struct mg_identity){ .match = MG_MATCH_NONE };
	rc = mg_identify_head(in, trail, err);
	if (rc < 0 || n_known == 0)
		return rc;
	s.bytes = mg_mem_zalloc(MG_READ_BYTES, 1);
	rc = look(&s, known, n_known, out);
	/* Beyond the place to go on from, in search of a later one. */
	if (rc == 0 && out->match != MG_MATCH_SHORTER &&
	    in->at != out->offset) {
		rc = go_back(in, trail, err);
		if (rc == 0)
			rc = go_to(&s, out->offset);
		if (rc > 0)
			rc = 0;
	}
	mg_mem_free(s.bytes);
	return rc;
}
