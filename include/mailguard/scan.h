/* SPDX-License-Identifier: MIT */
/*
 * scan - where the lines of a block end.
 *
 * The newlines of a whole block become an index at once, 16 or 32 bytes a
 * step; looking for them line by line costs a branch that is guessed wrong for
 * each line.
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
static inline size_t mg_scan_any(struct mg_slice s, char a, char b, char c)
{
	size_t i = 0;

#if defined(__SSE2__)
	const __m128i va = _mm_set1_epi8(a), vb = _mm_set1_epi8(b),
		      vc = _mm_set1_epi8(c);

	for (; i + 16 <= s.len; i += 16) {
		const __m128i v = _mm_loadu_si128(
			(const __m128i *)(const void *)(s.ptr + i));
		const int mask = _mm_movemask_epi8(
			_mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, va),
						  _mm_cmpeq_epi8(v, vb)),
				     _mm_cmpeq_epi8(v, vc)));

		if (mask)
			return i + (size_t)__builtin_ctz((unsigned)mask);
	}
#endif
	for (; i < s.len; i++)
		if (s.ptr[i] == a || s.ptr[i] == b || s.ptr[i] == c)
			break;
	return i;
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
