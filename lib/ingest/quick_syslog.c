/* SPDX-License-Identifier: MIT */
/*
 * Envelopes most of which were seen before: the stamp is compared with the one
 * of the line before, host and tag with those that are remembered.
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
#define PID_MAX 12 /* bytes, with the bracket behind it */

/* Where a host and a tag end, within what can be remembered, or s.len. */
static size_t tag_end(struct mg_slice s)
{
	if (s.len > MG_KNOWN_TAG_MAX)
		s.len = MG_KNOWN_TAG_MAX;
	return mg_scan_any(s, '[', ':', ':');
}

/* At least eight bytes: the last ones, in which tags differ. */
static size_t place_of(struct mg_slice text)
{
	uint64_t last;

	memcpy(&last, text.ptr + text.len - sizeof(last), sizeof(last));
	return (last ^ text.len) * 0x9e3779b97f4a7c15U >> 56;
}

static bool is_at(const struct mg_known_tag *t, struct mg_slice text)
{
	return t->len == text.len && mg_slice_same(t->text, text.ptr, text.len);
}

static struct mg_known_tag *find(const struct mg_counter *c,
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
	struct mg_slice text = { .len = 0 };
	struct mg_known_tag *t;

	/* "-" of RFC 5424 is no host. */
	if (e->tag.len == 0 || e->host.ptr + e->host.len + 1 != e->tag.ptr)
		return;
	text.ptr = e->host.ptr;
	text.len = (size_t)(e->tag.ptr + e->tag.len - text.ptr);
	if (text.len < sizeof(uint64_t) || text.len >= MG_KNOWN_TAG_MAX ||
	    tag_end(text) != text.len || find(c, text))
		return;
	t = make_room(c, text);
	memcpy(t->text, text.ptr, text.len);
	t->len = (uint8_t)text.len;
	c->n_learned++;
	t->writer = mg_count_writer(
		mg_slice_of(t->text + e->host.len + 1, e->tag.len));
	if (t->writer.daemon == MG_DAEMON_EXIM)
		t->len = 0; /* its lines need the pid */
}

/* "[PID]: " or ": " */
static bool cut_pid(struct mg_slice *s)
{
	struct mg_slice rest = *s;
	size_t n;

	if (mg_slice_cut_lit(&rest, MG_LIT("["))) {
		n = mg_scan_any(mg_slice_of(rest.ptr, rest.len < PID_MAX
							      ? rest.len
							      : PID_MAX),
				']', ']', ']');
		rest = mg_slice_from(rest, n);
		if (!mg_slice_cut_lit(&rest, MG_LIT("]")))
			return false;
	}
	if (!mg_slice_cut_lit(&rest, MG_LIT(": ")))
		return false;
	*s = rest;
	return true;
}

/* "HOST TAG[PID]: " of a known tag. */
static const struct mg_known_tag *cut_known(const struct mg_counter *c,
					    struct mg_slice *s)
{
	const size_t end = tag_end(*s);
	struct mg_slice rest = mg_slice_from(*s, end);
	const struct mg_known_tag *t;

	if (end < sizeof(uint64_t) || !cut_pid(&rest))
		return NULL;
	t = find(c, mg_slice_of(s->ptr, end));
	*s = rest;
	return t;
}

/* A line of a log that was copied through another system has a CR. */
static bool has_cr(struct mg_slice line)
{
	return line.len && line.ptr[line.len - 1] == '\r';
}

void mg_count_read_syslog(const struct mg_counter *c, struct mg_slice line,
			  struct mg_reading *out)
{
	const size_t len = mg_count_stamp_len(c, line);
	const struct mg_known_tag *t;

	out->is_split = out->is_understood = false;
	out->text = mg_slice_from(line, len);
	if (len == 0 || has_cr(line))
		return;
	t = cut_known(c, &out->text);
	if (!t)
		return;
	out->is_split = true;
	out->writer = &t->writer;
	mg_count_read_text(c, out);
}

void mg_count_read_own(const struct mg_counter *c, struct mg_slice line,
		       struct mg_reading *out)
{
	static const struct mg_writer dovecot = { .daemon = MG_DAEMON_DOVECOT };
	const size_t len = mg_count_stamp_len(c, line);

	out->is_split = out->is_understood = false;
	out->text = mg_slice_from(line, len);
	if (len == 0 || has_cr(line) || !mg_dovecot_is_own(out->text))
		return;
	out->is_split = true;
	out->writer = &dovecot;
	mg_count_read_text(c, out);
}
