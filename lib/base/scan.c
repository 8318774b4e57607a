/* SPDX-License-Identifier: MIT */
#include "mailguard/scan.h"

#include <stdbool.h>

static size_t scan_plain(struct mg_slice block, size_t from, uint32_t *ends)
{
	size_t n = 0;

	for (size_t i = from; i < block.len; i++) {
		i += mg_slice_find(mg_slice_from(block, i), '\n');
		if (i < block.len)
			ends[n++] = (uint32_t)i;
	}
	return n;
}

#if defined(__x86_64__)

/*
 * Bits of a mask become numbers. Two are written whatever there are: lines are
 * longer than 32 bytes, and the end of a loop over none or one would be guessed
 * wrong most of the time.
 */
static inline size_t put_bits(uint64_t mask, size_t at, uint32_t *ends)
{
	const size_t n = (size_t)__builtin_popcountll(mask);
	const uint64_t last = UINT64_C(1) << 63; /* for no bits left */

	ends[0] = (uint32_t)(at + (size_t)__builtin_ctzll(mask | last));
	mask &= mask - 1;
	ends[1] = (uint32_t)(at + (size_t)__builtin_ctzll(mask | last));
	for (size_t i = 2; i < n; i++) {
		mask &= mask - 1;
		ends[i] = (uint32_t)(at + (size_t)__builtin_ctzll(mask));
	}
	return n;
}

static inline uint64_t mask_16(const char *p, __m128i newline)
{
	const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, newline));
}

static size_t scan_sse2(struct mg_slice block, uint32_t *ends)
{
	const __m128i newline = _mm_set1_epi8('\n');
	size_t n = 0, i = 0;

	for (; i + 64 <= block.len; i += 64) {
		const char *p = block.ptr + i;

		n += put_bits(mask_16(p, newline) |
				      mask_16(p + 16, newline) << 16 |
				      mask_16(p + 32, newline) << 32 |
				      mask_16(p + 48, newline) << 48,
			      i, ends + n);
	}
	return n + scan_plain(block, i, ends + n);
}

__attribute__((target("avx2,popcnt,bmi"))) static size_t
scan_avx2(struct mg_slice block, uint32_t *ends)
{
	const __m256i newline = _mm256_set1_epi8('\n');
	size_t n = 0, i = 0;

	for (; i + 64 <= block.len; i += 64) {
		const __m256i *p = (const void *)(block.ptr + i);
		const __m256i low = _mm256_cmpeq_epi8(_mm256_loadu_si256(p),
						      newline);
		const __m256i high =
			_mm256_cmpeq_epi8(_mm256_loadu_si256(p + 1), newline);

		n += put_bits(
			(uint32_t)_mm256_movemask_epi8(low) |
				(uint64_t)(uint32_t)_mm256_movemask_epi8(high)
					<< 32,
			i, ends + n);
	}
	return n + scan_plain(block, i, ends + n);
}

size_t mg_scan_newlines(enum mg_scan how, struct mg_slice block, uint32_t *ends)
{
	const bool has_avx2 = __builtin_cpu_supports("avx2") &&
			      __builtin_cpu_supports("bmi") &&
			      __builtin_cpu_supports("popcnt");

	if (how == MG_SCAN_PLAIN)
		return scan_plain(block, 0, ends);
	return has_avx2 && how != MG_SCAN_SSE2 ? scan_avx2(block, ends)
					       : scan_sse2(block, ends);
}

#else

size_t mg_scan_newlines(enum mg_scan how, struct mg_slice block, uint32_t *ends)
{
	(void)how;
	return scan_plain(block, 0, ends);
}

#endif
