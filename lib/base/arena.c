/* SPDX-License-Identifier: MIT */
#include "mailguard/arena.h"

#include "mailguard/mem.h"

#define BLOCK_BYTES 65536

struct mg_arena_block {
	struct mg_arena_block *before;
	size_t used, size;
	char bytes[];
};

static struct mg_arena_block *add_block(struct mg_arena *a, size_t want)
{
	const size_t size = want > BLOCK_BYTES ? want : BLOCK_BYTES;
	struct mg_arena_block *b = mg_mem_zalloc(1, sizeof(*b) + size);

	b->before = a->last;
	b->size = size;
	a->last = b;
	return b;
}

struct mg_slice mg_arena_copy(struct mg_arena *a, struct mg_slice s)
{
	struct mg_arena_block *b = a->last;
	char *to;

	if (s.len == 0)
		return mg_slice_of(NULL, 0);
	if (!b || b->size - b->used < s.len)
		b = add_block(a, s.len);
	to = b->bytes + b->used;
	memcpy(to, s.ptr, s.len);
	b->used += s.len;
	return mg_slice_of(to, s.len);
}

void mg_arena_release(struct mg_arena *a)
{
	while (a->last) {
		struct mg_arena_block *b = a->last;

		a->last = b->before;
		mg_mem_free(b);
	}
}
