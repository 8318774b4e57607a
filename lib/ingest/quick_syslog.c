/* SPDX-License-Identifier: MIT */
/*
 * Envelopes most of which were seen before: the stamp is compared with the one
 * of the line before, host and tag with those that are remembered. All bytes
 * that are looked at lie in the block; those behind a line decide nothing, since
 * no newline is part of what is looked for.
 *
 *   Mar  1 00:00:00 srv13 postfix/smtpd[16750]: TEXT
 *   \--- stamp ---/ \--- known tag --/\ pid /
 *
 * Whatever is not of such a shape goes to the grammar, and nothing was counted
 * of it; both ways count the same (tests/fuzz/fuzz_count.c).
 */
#include "count_priv.h"

#include "mailguard/mem.h"
#include "mailguard/scan.h"

/*
 * Tags that are remembered at a time. A host has some twenty; whoever may write
 * to the log can make others, which cost the time of the grammar and no memory.
 * One that finds all its places taken takes the first.
 */
#define TAGS 256 /* a power of two */
#define WAYS 4
#define PID_MAX 12 /* bytes, with both brackets */

/* At least eight bytes: the last ones, in which tags differ. */
static size_t place_of(struct mg_slice text)
{
	uint64_t last;

	memcpy(&last, text.ptr + text.len - sizeof(last), sizeof(last));
	return (last ^ text.len) * 0x9e3779b97f4a7c15U >> 56;
}

/* From the text on MG_KNOWN_TAG_MAX bytes can be read. */
static inline bool is_at(const struct mg_known_tag *t, struct mg_slice text)
{
	return t->len == text.len && mg_scan_same(t->text, text.ptr, text.len);
}

static inline struct mg_known_tag *find(const struct mg_counter *c,
					struct mg_slice text)
{
	const size_t place = place_of(text);

	for (size_t i = 0; i < WAYS; i++) {
		struct mg_known_tag *t = &c->tags[(place + i) % TAGS];

		if (is_at(t, text))
			return t;
	}
	return NULL;
}

static struct mg_known_tag *make_room(const struct mg_counter *c,
				      struct mg_slice text)
{
	const size_t place = place_of(text);

	for (size_t i = 0; i < WAYS; i++) {
		struct mg_known_tag *t = &c->tags[(place + i) % TAGS];

		if (t->len == 0)
			return t;
	}
	return &c->tags[place];
}

struct mg_known_tag *mg_count_new_tags(void)
{
	return mg_mem_zalloc(TAGS, sizeof(struct mg_known_tag));
}

void mg_count_know_tag(struct mg_counter *c, const struct mg_envelope *e)
{
	char padded[MG_KNOWN_TAG_MAX];
	struct mg_slice text = { padded, 0 };
	struct mg_known_tag *t;

	/* "-" of RFC 5424 is no host. */
	if (e->tag.len == 0 || e->host.ptr + e->host.len + 1 != e->tag.ptr)
		return;
	text.len = (size_t)(e->tag.ptr + e->tag.len - e->host.ptr);
	if (text.len < sizeof(uint64_t) || text.len >= sizeof(padded))
		return;
	memcpy(padded, e->host.ptr, text.len);
	if (mg_scan_any(text, '[', ':', ':') < text.len || find(c, text))
		return;
	t = make_room(c, text);
	memcpy(t->text, text.ptr, text.len);
	t->len = (uint8_t)text.len;
	t->writer = mg_count_writer(
		mg_slice_of(t->text + e->host.len + 1, e->tag.len));
	if (t->writer.daemon == MG_DAEMON_EXIM)
		t->len = 0; /* its lines need the pid */
}

/* Where a host and a tag end, or 0. */
static inline size_t tag_len(const char *p)
{
	uint64_t ends = mg_scan_either(p, '[', ':', 32);

	if (!ends) /* rare, or the rule: hosts have long names or short ones */
		ends = mg_scan_either(p, '[', ':', MG_KNOWN_TAG_MAX);
	return ends ? (size_t)__builtin_ctzll(ends) : 0;
}

/* "[PID]: " or ": "; returns its length, or 0 for something else. */
static inline size_t pid_len(const char *p)
{
	const unsigned ends = (unsigned)mg_scan_either(p + 1, ']', ']', 16);
	const size_t n = p[0] == '[' && ends ? (size_t)__builtin_ctz(ends) + 2
					     : 0;

	return n <= PID_MAX && p[n] == ':' && p[n + 1] == ' ' ? n + 2 : 0;
}

/* Writer and text behind "HOST TAG[PID]: " of a known tag. */
static inline bool split_tag(const struct mg_counter *c, const char *p,
			     struct mg_reading *out)
{
	const size_t len = tag_len(p);
	const size_t n = pid_len(p + len);
	const struct mg_known_tag *t;

	if (len < sizeof(uint64_t) || n == 0)
		return false;
	t = find(c, mg_slice_of(p, len));
	if (!t)
		return false;
	out->writer = &t->writer;
	out->text.ptr = p + len + n;
	return true;
}

/*
 * The bytes of a stamp of the hour that was learned, with the blank behind it,
 * or 0. Most are that of the line before.
 */
static inline size_t split_stamp(const struct mg_counter *c,
				 struct mg_slice line,
				 struct mg_stamp_before *before)
{
	size_t n;

	if (before->is_short && line.len > MG_SHORT_STAMP &&
	    mg_slice_same(line.ptr, before->text, MG_SHORT_STAMP))
		return MG_SHORT_STAMP;
	n = mg_count_stamp_len(c, line);
	if (n && !mg_count_peek_stamp(c, line.ptr, before))
		n = 0;
	/* Only of a line, since what was learned stands without the blank. */
	before->is_short = n == MG_SHORT_STAMP;
	return n;
}

/* Dovecot's own file has no tag. */
static inline bool split_line(const struct mg_counter *c, struct mg_slice line,
			      const char *end, struct mg_stamp_before *before,
			      struct mg_reading *out)
{
	static const struct mg_writer dovecot = { .daemon = MG_DAEMON_DOVECOT };
	const size_t n = split_stamp(c, line, before);
	const char *line_end = line.ptr + line.len;

	out->text = mg_slice_from(line, n);
	/* Lines that were copied through another system have a CR. */
	if (n == 0 || line.len > MG_LINE_MAX || line_end[-1] == '\r' ||
	    (size_t)(end - out->text.ptr) < MG_KNOWN_TAG_MAX + 2 * PID_MAX)
		return false;
	if (c->dialect == MG_DIALECT_DOVECOT) {
		out->writer = &dovecot;
		return mg_dovecot_is_own(out->text);
	}
	if (!split_tag(c, out->text.ptr, out) || out->text.ptr > line_end)
		return false;
	out->text.len = (size_t)(line_end - out->text.ptr);
	return true;
}

size_t mg_count_split(struct mg_counter *c, const struct mg_lines *l,
		      size_t from, size_t to)
{
	const char *start = mg_count_line_of(l, from).ptr;
	const char *end = l->bytes + l->ends[l->n - 1];
	struct mg_stamp_before before = { c->quick_stamp.text, c->line_at,
					  false };
	int64_t newest = c->last_at;

	if (!c->quick_stamp.is_steady || c->first_at == INT64_MAX)
		return 0;
	for (size_t i = from; i < to; i++) {
		struct mg_reading *r = &c->ahead[i - from];
		const char *line_end = l->bytes + l->ends[i];
		int64_t at;

		if (!split_line(c,
				mg_slice_of(start, (size_t)(line_end - start)),
				end, &before, r))
			return i - from;
		start = line_end + 1;
		at = before.at < c->latest ? before.at : c->latest;
		newest = at > newest ? at : newest;
		r->at = before.at;
		r->newest = newest;
		r->login = r->domain = NULL;
	}
	return to - from;
}
