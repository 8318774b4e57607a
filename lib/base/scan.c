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

/* The marks of 64 bytes, or with a count of fewer. */
struct marks {
	uint64_t blanks, hiding;
};

static struct marks marks_plain(const char *p, size_t len)
{
	struct marks m = { 0, 0 };

	for (size_t i = 0; i < len; i++) {
		m.blanks |= (uint64_t)(p[i] == ' ') << i;
		m.hiding |= (uint64_t)(p[i] == '"' || p[i] == '\\') << i;
	}
	return m;
}

static void put_marks_plain(struct mg_slice s, uint64_t *blanks,
			    uint64_t *hiding)
{
	for (size_t i = 0; i <= s.len / 64; i++) {
		const size_t len = s.len - 64 * i;
		const struct marks m = marks_plain(s.ptr + 64 * i,
						   len < 64 ? len : 64);
		const uint64_t end = len < 64 ? UINT64_C(1) << len : 0;

		blanks[i] = m.blanks | end;
		hiding[i] = m.hiding | end;
	}
}

#if defined(__x86_64__)

/*
 * Of texts of 64 bytes and more; the last 64 bytes of all, some of them again,
 * are what is left over. A macro, since a function of one target is not inlined
 * into one of another.
 */
#define PUT_MARKS(marks64)                                                     \
	do {                                                                   \
		const size_t whole = s.len / 64, rest = s.len % 64;            \
		struct marks m;                                                \
                                                                               \
		for (size_t i = 0; i < whole; i++) {                           \
			m = marks64(s.ptr + 64 * i);                           \
			blanks[i] = m.blanks;                                  \
			hiding[i] = m.hiding;                                  \
		}                                                              \
		m = marks64(s.ptr + s.len - 64);                               \
		/* Shifted twice: once by 64 bits is not defined. */           \
		blanks[whole] = m.blanks >> 1 >> (63 - rest) |                 \
				UINT64_C(1) << rest;                           \
		hiding[whole] = m.hiding >> 1 >> (63 - rest) |                 \
				UINT64_C(1) << rest;                           \
	} while (0)

static inline uint64_t is_16(__m128i v, char c)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
}

static inline struct marks marks_sse2(const char *p)
{
	struct marks m = { 0, 0 };

	for (unsigned i = 0; i < 64; i += 16) {
		const __m128i v = _mm_loadu_si128((const void *)(p + i));

		m.blanks |= is_16(v, ' ') << i;
		m.hiding |= (is_16(v, '"') | is_16(v, '\\')) << i;
	}
	return m;
}

static void put_marks_sse2(struct mg_slice s, uint64_t *blanks,
			   uint64_t *hiding)
{
	PUT_MARKS(marks_sse2);
}

#define AVX2 __attribute__((target("avx2,popcnt,bmi")))

AVX2 static inline uint64_t is_32(__m256i v, char c)
{
	return (unsigned)_mm256_movemask_epi8(
		_mm256_cmpeq_epi8(v, _mm256_set1_epi8(c)));
}

AVX2 static inline struct marks marks_avx2(const char *p)
{
	const __m256i v = _mm256_loadu_si256((const void *)p);
	const __m256i w = _mm256_loadu_si256((const void *)(p + 32));

	return (struct marks){
		.blanks = is_32(v, ' ') | is_32(w, ' ') << 32,
		.hiding = (is_32(v, '"') | is_32(v, '\\')) |
			  (is_32(w, '"') | is_32(w, '\\')) << 32,
	};
}

AVX2 static void put_marks_avx2(struct mg_slice s, uint64_t *blanks,
				uint64_t *hiding)
{
	PUT_MARKS(marks_avx2);
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") &&
	       __builtin_cpu_supports("bmi") &&
	       __builtin_cpu_supports("popcnt");
}

void mg_scan_marks(enum mg_scan how, struct mg_slice s, uint64_t *blanks,
		   uint64_t *hiding)
{
	if (how == MG_SCAN_PLAIN || s.len < 64)
		put_marks_plain(s, blanks, hiding);
	else if (how != MG_SCAN_SSE2 && has_avx2())
		put_marks_avx2(s, blanks, hiding);
	else
		put_marks_sse2(s, blanks, hiding);
}

/*
 * Bits of a mask become numbers. One is written whatever there are: most lines
 * are longer than 64 bytes, and whether there is none or one would be guessed
 * wrong most of the time.
 */
static inline size_t put_bits(uint64_t mask, size_t at, uint32_t *ends)
{
	const size_t n = (size_t)__builtin_popcountll(mask);
	const uint64_t last = UINT64_C(1) << 63; /* for no bits left */

	ends[0] = (uint32_t)(at + (size_t)__builtin_ctzll(mask | last));
	for (size_t i = 1; i < n; i++) {
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

AVX2 static size_t scan_avx2(struct mg_slice block, uint32_t *ends)
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
	if (how == MG_SCAN_PLAIN)
		return scan_plain(block, 0, ends);
	return has_avx2() && how != MG_SCAN_SSE2 ? scan_avx2(block, ends)
						 : scan_sse2(block, ends);
}

#else

void mg_scan_marks(enum mg_scan how, struct mg_slice s, uint64_t *blanks,
		   uint64_t *hiding)
{
	(void)how;
	put_marks_plain(s, blanks, hiding);
}

size_t mg_scan_newlines(enum mg_scan how, struct mg_slice block, uint32_t *ends)
{
	(void)how;
	return scan_plain(block, 0, ends);
}

#endif
