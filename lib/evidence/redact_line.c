/* SPDX-License-Identifier: MIT */
/* The addresses of a line, and what stands between them. */
#include "redact_priv.h"

/* One address in a line: offsets. */
struct address {
	size_t start, at, domain, end;
	bool is_quoted;
};

struct line {
	struct mg_slice text;
	size_t from; /* what is before was written */
	/* The next quote that an @ follows, not before from, and where the
	   quoted text begins. */
	size_t quoted, open;
	bool has_quoted;
};

/* Bytes of an @ at i: itself, or as it stands in an URL; 0 for none. */
static size_t at_len(struct mg_slice s, size_t i)
{
	if (s.ptr[i] == '@')
		return 1;
	return s.ptr[i] == '%' && i + 2 < s.len && s.ptr[i + 1] == '4' &&
			       s.ptr[i + 2] == '0'
		       ? 3
		       : 0;
}

static size_t next_at(struct mg_slice s, size_t i)
{
	while (i < s.len && !at_len(s, i))
		i++;
	return i;
}

static bool is_escaped(struct mg_slice s, size_t from, size_t i)
{
	size_t n = 0;

	while (i - n > from && s.ptr[i - n - 1] == '\\')
		n++;
	return n % 2 == 1;
}

/* Where the quoted text begins that ends at a quote; never before from. */
static size_t opening(const struct line *l)
{
	size_t i = l->quoted;

	while (i > l->from) {
		i--;
		if (l->text.ptr[i] == '"' && !is_escaped(l->text, l->from, i))
			break;
	}
	return i;
}

/* Each byte is looked at once, however many addresses a line has. */
static void find_quoted(struct line *l)
{
	size_t i = l->from;

	if (l->has_quoted && l->quoted >= l->from) {
		if (l->open < l->from)
			l->open = l->from;
		return;
	}
	while (i + 1 < l->text.len &&
	       (l->text.ptr[i] != '"' || l->text.ptr[i + 1] != '@'))
		i++;
	l->quoted = i + 1 < l->text.len ? i : l->text.len;
	l->open = l->quoted < l->text.len ? opening(l) : l->text.len;
	l->has_quoted = true;
}

/* Back to the first byte of what may be one local part. */
static size_t run_back(const struct line *l, size_t i, bool is_quoted)
{
	const char *p = l->text.ptr;

	while (i > l->from &&
	       (mg_redact_is_local(p[i - 1]) ||
		(is_quoted && p[i - 1] == '"') ||
		(i - 1 > l->from && p[i - 1] == ' ' && p[i - 2] == '\\')))
		i--;
	return i;
}

/* "to=" and the like before an address are no part of it. */
static size_t without_key(const struct line *l, size_t start, size_t at)
{
	static const char *const keys[] = {
		"to=",
		"from=",
		"user=",
		"sasl_username=",
		"id=",
		"orig_to=",
		"envelope-from=",
		"message-id=",
		"login=",
		"authid=",
		"A=",
		"F=",
		"U=",
		"S=",
		"P=",
		"T=",
		"H=",
		"resent-message-id=",
		"sender=",
		"recipient=",
	};
	const struct mg_slice local = mg_slice_of(l->text.ptr + start,
						  at - start);

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (mg_slice_has_prefix(local, mg_slice_str(keys[i])))
			return start + strlen(keys[i]);
	while (start < at && strchr("'`", l->text.ptr[start]))
		start++;
	return start;
}

/* In an URL it begins behind the last mark of one. */
static size_t within_url(const struct line *l, size_t start, size_t at)
{
	for (size_t i = at; i > start; i--)
		if (strchr("/?&=", l->text.ptr[i - 1]))
			return i;
	return start;
}

static size_t domain_end(struct mg_slice s, size_t i)
{
	const size_t start = i;

	if (i < s.len && s.ptr[i] == '[') {
		while (i < s.len && s.ptr[i] != ']' && s.ptr[i] != ' ')
			i++;
		return i < s.len && s.ptr[i] == ']' ? i + 1 : i;
	}
	while (i < s.len && mg_redact_is_domain(s.ptr[i]))
		i++;
	while (i > start && s.ptr[i - 1] == '.')
		i--;
	return i;
}

/* "a@b@c" is of c: what is before the last one is no domain. */
static size_t last_at(struct mg_slice s, size_t at)
{
	for (size_t i = at + 1;
	     i < s.len && (mg_redact_is_local(s.ptr[i]) || s.ptr[i] == '@');
	     i++)
		if (s.ptr[i] == '@')
			at = i;
	return at;
}

static bool find_address(struct line *l, struct address *a)
{
	size_t at = next_at(l->text, l->from), len;

	if (at == l->text.len)
		return false;
	find_quoted(l);
	a->is_quoted = l->open < at;
	if (a->is_quoted)
		at = l->quoted + 1;
	len = at_len(l->text, at);
	a->start = run_back(l, a->is_quoted ? l->open : at, a->is_quoted);
	a->start = len == 3 ? within_url(l, a->start, at)
			    : without_key(l, a->start, at);
	if (len == 1)
		at = last_at(l->text, at);
	a->at = at;
	a->domain = at + len;
	a->end = domain_end(l->text, a->domain);
	return true;
}

/* A local part that names one of the subject's, and nobody else within. */
static bool is_plain(struct mg_slice local)
{
	for (size_t i = 0; i < local.len; i++)
		if (!mg_redact_is_alnum(local.ptr[i]) && local.ptr[i] != '.' &&
		    local.ptr[i] != '_' && local.ptr[i] != '-')
			return false;
	return !mg_slice_has_prefix(local, MG_LIT(MG_REDACT_PREFIX));
}

static bool is_subjects(const struct mg_redact *r, const struct line *l,
			const struct address *a)
{
	const struct mg_slice s = l->text;
	const struct mg_slice local = mg_slice_of(s.ptr + a->start,
						  a->at - a->start);
	const struct mg_slice domain = mg_slice_of(s.ptr + a->domain,
						   a->end - a->domain);

	return !a->is_quoted &&
	       (is_plain(local) || mg_redact_is_kept(r, local)) &&
	       mg_redact_is_own(r, domain) &&
	       (a->end == s.len || !mg_redact_is_local(s.ptr[a->end]) ||
		strchr("./'|}", s.ptr[a->end]));
}

static void add_address(struct mg_redact *r, const struct line *l,
			const struct address *a, struct mg_buf *out)
{
	const char *p = l->text.ptr;
	const struct mg_slice local = mg_slice_of(p + a->start,
						  a->at - a->start);
	const struct mg_slice domain = mg_slice_of(p + a->domain,
						   a->end - a->domain);

	if (local.len == 0 || is_subjects(r, l, a)) {
		mg_buf_add(out, mg_slice_of(p + a->start, a->end - a->start));
		return;
	}
	mg_redact_learn(r, local);
	mg_redact_add_name(r, local, domain, out);
	mg_buf_add(out, mg_slice_of(p + a->at, a->end - a->at));
}

void mg_redact_line(struct mg_redact *r, struct mg_slice text,
		    struct mg_buf *out)
{
	struct line l = { .text = text };
	struct address a;

	while (find_address(&l, &a)) {
		mg_redact_add_words(
			r, mg_slice_of(text.ptr + l.from, a.start - l.from),
			out);
		add_address(r, &l, &a, out);
		l.from = a.end;
	}
	mg_redact_add_words(r, mg_slice_from(text, l.from), out);
}
