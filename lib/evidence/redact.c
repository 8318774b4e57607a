/* SPDX-License-Identifier: MIT */
/* Addresses, and words that were part of one; redact_bare.c has the rest. */
#include "redact_priv.h"

#include <string.h>

#include "mailguard/hash.h"
#include "mailguard/mem.h"
#include "mailguard/sha256.h"
#include "mailguard/vec.h"

#define SHOWN_BYTES 8 /* of a digest */

/* Shorter words, and short numbers, stand everywhere: hiding them says nothing
   and takes the stamps away. */
#define WORD_MIN 3
#define NUMBER_MIN 6

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

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

/* Any byte of a name in another script is above ASCII (RFC 6531). */
static bool is_wide(char c)
{
	return (unsigned char)c >= 0x80;
}

/* What may stand in a local part without quotes, and more. */
static bool is_local(char c)
{
	return is_wide(c) || ((unsigned char)c > ' ' && c != 0x7f &&
			      !strchr("<>()[],;:\"@", c));
}

static bool is_domain(char c)
{
	return is_wide(c) || is_alnum(c) || c == '.' || c == '-' || c == '_';
}

static bool is_word(char c)
{
	return is_domain(c) || c == '+';
}

void mg_redact_init(struct mg_redact *r,
		    const unsigned char key[MG_REDACT_KEY_LEN])
{
	*r = (struct mg_redact){ .n_domains = 0 };
	memcpy(r->key, key, MG_REDACT_KEY_LEN);
}

void mg_redact_release(struct mg_redact *r)
{
	mg_mem_free(r->domains);
	mg_mem_free(r->hidden);
	mg_map_release(&r->by_text);
	mg_arena_release(&r->arena);
	*r = (struct mg_redact){ .n_domains = 0 };
}

static struct mg_slice copy_lower(struct mg_redact *r, struct mg_slice text)
{
	char *copy = mg_arena_copy_text(&r->arena, text);

	for (size_t i = 0; i < text.len; i++)
		copy[i] = lower(copy[i]);
	return mg_slice_of(copy, text.len);
}

void mg_redact_own(struct mg_redact *r, struct mg_slice domain)
{
	if (domain.len == 0)
		return;
	r->domains = mg_vec_room(r->domains, r->n_domains, &r->cap_domains,
				 sizeof(*r->domains));
	r->domains[r->n_domains++] = copy_lower(r, domain);
}

void mg_redact_keep(struct mg_redact *r, struct mg_slice name)
{
	if (name.len && r->n_kept < sizeof(r->kept) / sizeof(*r->kept))
		r->kept[r->n_kept++] = copy_lower(r, name);
}

static bool is_kept(const struct mg_redact *r, struct mg_slice name)
{
	for (size_t i = 0; i < r->n_kept; i++)
		if (mg_slice_is_nocase(r->kept[i], name))
			return true;
	return false;
}

bool mg_redact_is_own(const struct mg_redact *r, struct mg_slice domain)
{
	for (size_t i = 0; i < r->n_domains; i++)
		if (mg_slice_is_nocase(r->domains[i], domain))
			return true;
	return false;
}

static void hash_lower(struct mg_sha256 *h, struct mg_slice text)
{
	char some[64];
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		some[n++] = lower(text.ptr[i]);
		if (n == sizeof(some) || i + 1 == text.len) {
			mg_sha256_add(h, mg_slice_of(some, n));
			n = 0;
		}
	}
}

/* Half of a digest is shown, so that nobody can go on from it. */
void mg_redact_add_name(const struct mg_redact *r, struct mg_slice local,
			struct mg_slice domain, struct mg_buf *out)
{
	unsigned char digest[MG_SHA256_LEN];
	char text[2 * SHOWN_BYTES + 1];
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add(&h, mg_slice_of((const char *)r->key, sizeof(r->key)));
	mg_sha256_add_number(&h, (int64_t)local.len);
	hash_lower(&h, local);
	hash_lower(&h, domain);
	mg_sha256_end(&h, digest);
	mg_sha256_format(digest, SHOWN_BYTES, text);
	mg_buf_add_str(out, MG_REDACT_PREFIX);
	mg_buf_add_str(out, text);
}

/* --- words --- */

static uint64_t hash_of(const struct mg_redact *r, struct mg_slice text)
{
	struct mg_hash_key key;

	memcpy(&key, r->key, sizeof(key));
	return mg_hash_quick(&key, text);
}

static bool is_known(const struct mg_redact *r, struct mg_slice text)
{
	const uint64_t hash = hash_of(r, text);
	size_t at;
	uint32_t i;

	for (i = mg_map_first(&r->by_text, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&r->by_text, hash, &at))
		if (mg_slice_is(r->hidden[i], text))
			return true;
	return false;
}

static bool is_telling(struct mg_slice word)
{
	size_t n_digits = 0;

	for (size_t i = 0; i < word.len; i++)
		n_digits += word.ptr[i] >= '0' && word.ptr[i] <= '9';
	return word.len >= (n_digits == word.len ? NUMBER_MIN : WORD_MIN);
}

static void learn(struct mg_redact *r, struct mg_slice local)
{
	struct mg_slice text;

	if (!is_telling(local) || is_kept(r, local))
		return;
	text = copy_lower(r, local);
	if (is_known(r, text))
		return;
	r->hidden = mg_vec_room(r->hidden, r->n_hidden, &r->cap_hidden,
				sizeof(*r->hidden));
	mg_map_add(&r->by_text, hash_of(r, text), (uint32_t)r->n_hidden);
	r->hidden[r->n_hidden++] = text;
}

static bool is_hidden(const struct mg_redact *r, struct mg_slice word)
{
	char text[256]; /* of a local part there are at most 64 */

	if (word.len > sizeof(text) || !is_telling(word))
		return false;
	for (size_t i = 0; i < word.len; i++)
		text[i] = lower(word.ptr[i]);
	return is_known(r, mg_slice_of(text, word.len));
}

/* A sentence may end behind it. */
static struct mg_slice without_marks(struct mg_slice word)
{
	while (word.len && strchr(".-_+", word.ptr[word.len - 1]))
		word.len--;
	return word;
}

static void add_word(const struct mg_redact *r, struct mg_slice word,
		     struct mg_buf *out)
{
	const struct mg_slice bare = without_marks(word);
	struct mg_slice rest = word;

	if (!r->is_key && is_hidden(r, word)) {
		mg_redact_add_name(r, word, MG_LIT(""), out);
		return;
	}
	if (!r->is_key && bare.len < word.len && is_hidden(r, bare)) {
		mg_redact_add_name(r, bare, MG_LIT(""), out);
		rest = mg_slice_from(word, bare.len);
	}
	mg_buf_add(out, rest);
}

static void add_words(const struct mg_redact *r, struct mg_slice text,
		      struct mg_buf *out)
{
	size_t i = 0, n;

	while (i < text.len) {
		for (n = i; n < text.len && !is_word(text.ptr[n]); n++)
			;
		if (n > i)
			mg_buf_add(out, mg_slice_of(text.ptr + i, n - i));
		for (i = n; n < text.len && is_word(text.ptr[n]); n++)
			;
		if (n > i)
			add_word(r, mg_slice_of(text.ptr + i, n - i), out);
		i = n;
	}
}

/* --- addresses --- */

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
	       (is_local(p[i - 1]) || (is_quoted && p[i - 1] == '"') ||
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
	while (i < s.len && is_domain(s.ptr[i]))
		i++;
	while (i > start && s.ptr[i - 1] == '.')
		i--;
	return i;
}

/* "a@b@c" is of c: what is before the last one is no domain. */
static size_t last_at(struct mg_slice s, size_t at)
{
	for (size_t i = at + 1;
	     i < s.len && (is_local(s.ptr[i]) || s.ptr[i] == '@'); i++)
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
		if (!is_alnum(local.ptr[i]) && local.ptr[i] != '.' &&
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

	return !a->is_quoted && (is_plain(local) || is_kept(r, local)) &&
	       mg_redact_is_own(r, domain) &&
	       (a->end == s.len || !is_local(s.ptr[a->end]) ||
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
	learn(r, local);
	mg_redact_add_name(r, local, domain, out);
	mg_buf_add(out, mg_slice_of(p + a->at, a->end - a->at));
}

void mg_redact_line(struct mg_redact *r, struct mg_slice text,
		    struct mg_buf *out)
{
	struct line l = { .text = text };
	struct address a;

	while (find_address(&l, &a)) {
		add_words(r, mg_slice_of(text.ptr + l.from, a.start - l.from),
			  out);
		add_address(r, &l, &a, out);
		l.from = a.end;
	}
	add_words(r, mg_slice_from(text, l.from), out);
}
