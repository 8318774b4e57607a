/* SPDX-License-Identifier: MIT */
/*
 * mutate - the same damaged lines on every run, for tests that ask a grammar
 * whether all slices lie inside a line, whatever the line is.
 */
#ifndef MG_TEST_MUTATE_H
#define MG_TEST_MUTATE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MUTATE_SEED 20261122
#define MUTATE_RUNS 20000
#define MUTATE_MAX 1024 /* bytes of a line */

static inline uint32_t mutate_next(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223; /* Numerical Recipes, chapter 7 */
	return *x >> 8;
}

/* One change: any byte, a likely byte, a byte less, an earlier part again. */
static inline void mutate_once(char *bytes, size_t *len, const char *likely,
			       size_t n_likely, uint32_t *x)
{
	const size_t at = mutate_next(x) % *len;
	const uint32_t r = mutate_next(x);

	switch (r % 4) {
	case 0:
		bytes[at] = (char)(r >> 8);
		break;
	case 1:
		bytes[at] = likely[(r >> 8) % n_likely];
		break;
	case 2:
		memmove(bytes + at, bytes + at + 1, *len - at - 1);
		--*len;
		break;
	default:
		memmove(bytes + at, bytes, *len - at);
		break;
	}
}

/*
 * A copy of `from` with one to four changes; likely are bytes that the grammar
 * looks at. Returns its length, at most MUTATE_MAX.
 */
static inline size_t mutate(const char *from, char bytes[MUTATE_MAX],
			    const char *likely, size_t n_likely, uint32_t *x)
{
	size_t len = strnlen(from, MUTATE_MAX);

	memcpy(bytes, from, len);
	for (uint32_t k = mutate_next(x) % 4 + 1; k > 0; k--)
		mutate_once(bytes, &len, likely, n_likely, x);
	return len;
}

#endif
