/* SPDX-License-Identifier: MIT */
/*
 * scan - where the lines of a block end, and the words of a line.
 *
 * The newlines of a whole block become an index at once, 16 or 32 bytes a
 * step; looking for them line by line costs a branch that is guessed wrong for
 * each line. The same goes for the words of a line that is read to its end.
 */
#ifndef MAILGUARD_SCAN_H
#define MAILGUARD_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "mailguard/slice.h"

/* The ways to do it. All give the same answers. */
enum mg_scan {
	MG_SCAN_BEST,  /* what this processor does best */
	MG_SCAN_PLAIN, /* portable C */
	MG_SCAN_SSE2,
	MG_SCAN_AVX2,
};

/*
 * mg_scan_newlines - index the newlines of a block.
 *
 * block   in    up to UINT32_MAX bytes
 * ends    out   room for block.len numbers and 64 more: the offset of each
 *               newline, rising
 *
 * Returns how many there are. A way that the processor does not have is done
 * in portable C.
 */
size_t mg_scan_newlines(enum mg_scan how, struct mg_slice block,
			uint32_t *ends);

/*
 * mg_scan_any - offset of the first byte that is one of three, or s.len.
 *
 * The same byte may be given more than once.
 */
#if defined(__SSE2__)

/* Which of the 16 bytes at p are one of three; bit 0 the first. */
static inline unsigned mg_scan_any16(const char *p, char a, char b, char c)
{
	const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);

	return (unsigned)_mm_movemask_epi8(
		_mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(a)),
					  _mm_cmpeq_epi8(v, _mm_set1_epi8(b))),
			     _mm_cmpeq_epi8(v, _mm_set1_epi8(c))));
}

#endif

static inline size_t mg_scan_any(struct mg_slice s, char a, char b, char c)
{
	size_t i = 0;

#if defined(__SSE2__)
	unsigned mask;

	for (; i + 16 <= s.len; i += 16) {
		mask = mg_scan_any16(s.ptr + i, a, b, c);
		if (mask)
			return i + (size_t)__builtin_ctz(mask);
	}
	if (i) { /* the last 16 bytes, none of the first of which is one */
		mask = i < s.len ? mg_scan_any16(s.ptr + s.len - 16, a, b, c)
				 : 0;
		return mask ? s.len - 16 + (size_t)__builtin_ctz(mask) : s.len;
	}
#endif
	for (; i < s.len; i++)
		if (s.ptr[i] == a || s.ptr[i] == b || s.ptr[i] == c)
			break;
	return i;
}

/*
 * Which of the first n bytes at p are one of two, and whether n bytes at a and
 * at b are the same, by looks at 32 of them or 64, without a branch for each:
 * for words of any length.
 */
static inline uint64_t mg_scan_either(const char *p, char a, char b, unsigned n)
{
	uint64_t mask = 0;

#if defined(__SSE2__)
	for (unsigned i = 0; i < n; i += 16)
		mask |= (uint64_t)mg_scan_any16(p + i, a, b, b) << i;
#else
	for (unsigned i = 0; i < n; i++)
		mask |= (uint64_t)(p[i] == a || p[i] == b) << i;
#endif
	return mask;
}

static inline bool mg_scan_same(const char *a, const char *b, size_t n)
{
#if defined(__SSE2__)
	const unsigned most = n <= 32 ? 32 : 64;
	uint64_t same = 0;

	for (unsigned i = 0; i < most; i += 16) {
		const __m128i *x = (const void *)(a + i);
		const __m128i *y = (const void *)(b + i);
		const __m128i is = _mm_cmpeq_epi8(_mm_loadu_si128(x),
						  _mm_loadu_si128(y));

		same |= (uint64_t)(unsigned)_mm_movemask_epi8(is) << i;
	}
	return ~same << (64 - n) == 0;
#else
	return mg_slice_same(a, b, n);
#endif
}

/*
 * mg_scan_marks - mark the blanks of a text, and what may hide one: quotes and
 * backslashes.
 *
 * s               in   any text
 * blanks, hiding  out  MG_SCAN_WORDS(s.len) words each: bit i % 64 of word
 *                      i / 64 stands for byte i. Both have a mark at s.len too,
 *                      so that a search needs no other end.
 */
#define MG_SCAN_WORDS(len) ((len) / 64 + 1)

void mg_scan_marks(enum mg_scan how, struct mg_slice s, uint64_t *blanks,
		   uint64_t *hiding);

/* The first mark from a byte on; there is one. */
static inline size_t mg_scan_next(const uint64_t *marks, size_t from)
{
	size_t i = from / 64;
	uint64_t word = marks[i] >> from % 64 << from % 64;

	while (!word)
		word = marks[++i];
	return i * 64 + (size_t)__builtin_ctzll(word);
}

/* Whether a byte `a` stands so many bytes, 1..16, before a byte `b`. */
static inline bool mg_scan_has_pair(struct mg_slice s, char a, char b,
				    size_t apart)
{
	size_t i = 0;

#if defined(__SSE2__)
	const __m128i va = _mm_set1_epi8(a), vb = _mm_set1_epi8(b);

	for (; i + 16 + apart <= s.len; i += 16) {
		const char *p = s.ptr + i;
		const __m128i is_a = _mm_cmpeq_epi8(
			_mm_loadu_si128((const __m128i *)(const void *)p), va);
		const __m128i is_b = _mm_cmpeq_epi8(
			_mm_loadu_si128(
				(const __m128i *)(const void *)(p + apart)),
			vb);

		if (_mm_movemask_epi8(_mm_and_si128(is_a, is_b)))
			return true;
	}
#endif
	for (; i + apart < s.len; i++)
		if (s.ptr[i] == a && s.ptr[i + apart] == b)
			return true;
	return false;
}

#if defined(__SSE2__)

/* Which bytes lie so far above one: the smaller of both is x, if x <= most. */
static inline __m128i mg_scan_from(__m128i v, char first, char most)
{
	const __m128i x = _mm_sub_epi8(v, _mm_set1_epi8(first));

	return _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(most)), x);
}

/* Capital letters become small ones. */
static inline __m128i mg_scan_lower(__m128i v)
{
	return _mm_or_si128(v, _mm_and_si128(mg_scan_from(v, 'A', 25),
					     _mm_set1_epi8(0x20)));
}

/* Which bytes are a-z, 0-9, a dot, '-' or '_'; bit 0 the first. */
static inline unsigned mg_scan_domain16(__m128i v)
{
	/* '-' and '.' are neighbours. */
	const __m128i is_plain = _mm_or_si128(mg_scan_from(v, 'a', 25),
					      mg_scan_from(v, '0', 9));
	const __m128i is_other = _mm_or_si128(
		mg_scan_from(v, '-', 1), _mm_cmpeq_epi8(v, _mm_set1_epi8('_')));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(is_plain, is_other));
}

#endif

/* Which of the 16 bytes at p are 0-9 or A-F; bit 0 the first. */
static inline unsigned mg_scan_hex16(const char *p)
{
#if defined(__SSE2__)
	const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	const __m128i letter = _mm_sub_epi8(v, _mm_set1_epi8('A'));
	const __m128i number = _mm_sub_epi8(v, _mm_set1_epi8('0'));
	/* As below. */
	const __m128i is_letter =
		_mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);
	const __m128i is_number =
		_mm_cmpeq_epi8(_mm_min_epu8(number, _mm_set1_epi8(9)), number);

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(is_letter, is_number));
#else
	unsigned mask = 0;

	for (unsigned i = 0; i < 16; i++) {
		const bool is = (p[i] >= 'A' && p[i] <= 'F') ||
				(p[i] >= '0' && p[i] <= '9');

		mask |= (unsigned)is << i;
	}
	return mask;
#endif
}

/* Which of the 16 bytes at p are letters or digits of ASCII; bit 0 the first. */
static inline unsigned mg_scan_alnum16(const char *p)
{
#if defined(__SSE2__)
	const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	const __m128i letter = _mm_sub_epi8(
		_mm_or_si128(v, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
	const __m128i number = _mm_sub_epi8(v, _mm_set1_epi8('0'));
	/* x <= max of unsigned bytes: the smaller of both is x. */
	const __m128i is_letter =
		_mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter);
	const __m128i is_number =
		_mm_cmpeq_epi8(_mm_min_epu8(number, _mm_set1_epi8(9)), number);

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(is_letter, is_number));
#else
	unsigned mask = 0;

	for (unsigned i = 0; i < 16; i++) {
		const unsigned char lower = (unsigned char)p[i] | 0x20;
		const bool is = (lower >= 'a' && lower <= 'z') ||
				(p[i] >= '0' && p[i] <= '9');

		mask |= (unsigned)is << i;
	}
	return mask;
#endif
}

#endif
