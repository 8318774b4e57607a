/* SPDX-License-Identifier: MIT */
/*
 * vec - room for one more in an array that its owner declares as
 *
 *     struct thing *things; size_t n_things, cap_things;
 *
 *     things = mg_vec_room(things, n_things, &cap_things, sizeof(*things));
 *     things[n_things++] = ...;
 *
 * The owner checks its maximum before, and frees with mg_mem_free.
 */
#ifndef MAILGUARD_VEC_H
#define MAILGUARD_VEC_H

#include <stddef.h>

#include "mailguard/mem.h"

/* Takes items, gives them back with cap > len. */
static inline void *mg_vec_room(void *items, size_t len, size_t *cap,
				size_t size)
{
	if (len < *cap)
		return items;
	*cap = *cap ? *cap * 2 : 16;
	return mg_mem_resize(items, *cap, size);
}

#endif
