/* SPDX-License-Identifier: MIT */
/*
 * slice - borrowed bytes: a pointer and a length, not terminated.
 *
 * The one way text from outside travels. Any byte may occur, NUL too. A parser
 * is a chain of cut calls, each of which takes a piece off the front, so no
 * parser holds an index that could be wrong. A slice never owns; who made it
 * says how long its bytes stand.
 */
#ifndef MAILGUARD_SLICE_H
#define MAILGUARD_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct mg_slice {
	const char *ptr; /* may be NULL only when len is 0 */
	size_t len;      /* bytes */
};

/* A slice of a string literal, its length known to the compiler. */
#define MG_LIT(s) ((struct mg_slice)MG_LIT_INIT(s))

/* The same for an initialiser with static storage, which must be constant. */
/* clang-format off */
#define MG_LIT_INIT(s) { "" s, sizeof(s) - 1 }
/* clang-format on */

/* The printf arguments for "%.*s". Only for text already known to be clean. */
#define MG_SLICE_ARG(s) (int)(s).len, (s).ptr

/* Borrows a terminated string; NULL gives the empty slice. */
static inline struct mg_slice mg_slice_str(const char *s)
{
	return (struct mg_slice){ s, s ? strlen(s) : 0 };
}

static inline struct mg_slice mg_slice_of(const char *ptr, size_t len)
{
	return (struct mg_slice){ ptr, len };
}

/* Byte for byte equal. */
/* Whether n bytes are the same: short ones, for which a call costs most. */
static inline bool mg_slice_same(const char *a, const char *b, size_t n)
{
	uint64_t x, y;

	if (n < 8) {
		for (; n; n--)
			if (*a++ != *b++)
				return false;
		return true;
	}
	for (size_t i = 0;; i += 8) {
		if (i + 8 > n)
			i = n - 8; /* the last eight, some of them again */
		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		if (x != y)
			return false;
		if (i + 8 == n)
			return true;
	}
}

static inline bool mg_slice_is(struct mg_slice a, struct mg_slice b)
{
	return a.len == b.len && mg_slice_same(a.ptr, b.ptr, a.len);
}

static inline bool mg_slice_has_prefix(struct mg_slice s, struct mg_slice pre)
{
	/* The last byte first: most prefixes that are asked for do not fit,
	   and many begin alike. Compilers compare short literals in place. */
	if (s.len < pre.len ||
	    (pre.len && s.ptr[pre.len - 1] != pre.ptr[pre.len - 1]))
		return false;
	return pre.len > 16 ? mg_slice_same(s.ptr, pre.ptr, pre.len)
			    : pre.len == 0 || !memcmp(s.ptr, pre.ptr, pre.len);
}

static inline bool mg_slice_has_suffix(struct mg_slice s, struct mg_slice end)
{
	return s.len >= end.len &&
	       (end.len == 0 ||
		!memcmp(s.ptr + s.len - end.len, end.ptr, end.len));
}

/* The slice without its first n bytes; n must not exceed its length. */
static inline struct mg_slice mg_slice_from(struct mg_slice s, size_t n)
{
	/* NULL plus nothing is no pointer in C17. */
	return n ? (struct mg_slice){ s.ptr + n, s.len - n } : s;
}

/*
 * Less, equal or greater than zero, by unsigned byte, a prefix first: the
 * order of memcmp, independent of locale.
 */
int mg_slice_cmp(struct mg_slice a, struct mg_slice b);

/* Equal when ASCII letters are compared without case (RFC 5321 2.4). */
bool mg_slice_is_nocase(struct mg_slice a, struct mg_slice b);

/* Position of the first byte c, or s.len when there is none. */
static inline size_t mg_slice_find(struct mg_slice s, char c)
{
	const char *at = s.len ? (const char *)memchr(s.ptr, c, s.len) : NULL;

	return at ? (size_t)(at - s.ptr) : s.len;
}

/* Position of the last byte c, or s.len when there is none. */
size_t mg_slice_rfind(struct mg_slice s, char c);

/* Position of the first place where `what` stands, or s.len. */
size_t mg_slice_search(struct mg_slice s, struct mg_slice what);

/* The slice without blanks (space and tab) at both ends. */
struct mg_slice mg_slice_trim(struct mg_slice s);

/*
 * mg_slice_cut_lit - take a literal off the front.
 *
 * s     in/out  moved behind the literal on success, else untouched
 * lit   in      the bytes that must stand there
 *
 * Returns whether they stood there.
 */
static inline bool mg_slice_cut_lit(struct mg_slice *s, struct mg_slice lit)
{
	if (!mg_slice_has_prefix(*s, lit))
		return false;
	*s = mg_slice_from(*s, lit.len);
	return true;
}

/*
 * mg_slice_cut_at - take everything before the first byte c off the front.
 *
 * s      in/out  moved behind c on success, else untouched
 * c      in      the separator; it is consumed and part of neither piece
 * out    out     the piece before it, may be empty; written on success only
 *
 * Returns false when c does not occur.
 */
static inline bool mg_slice_cut_at(struct mg_slice *s, char c,
				   struct mg_slice *out)
{
	const size_t at = mg_slice_find(*s, c);

	if (at == s->len)
		return false;
	*out = mg_slice_of(s->ptr, at);
	*s = mg_slice_from(*s, at + 1);
	return true;
}

/*
 * mg_slice_cut_line - take a line off the front; a last line without newline
 * counts as one.
 *
 * Returns 1 with the line (without newline) in out, 0 when nothing is left.
 */
int mg_slice_cut_line(struct mg_slice *s, struct mg_slice *out);

#endif
