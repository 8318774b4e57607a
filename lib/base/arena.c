/* SPDX-License-Identifier: MIT */
#include "mailguard/arena.h"

#include "mailguard/mem.h"

#define BLOCK_BYTES 65536
#define ALIGN _Alignof(max_align_t)

struct mg_arena_block {
	struct mg_arena_block *before;
	size_t used, size;
	_Alignas(max_align_t) char bytes[];
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

/* Zeroed still: blocks are made so, and no byte is given out twice. */
static char *take(struct mg_arena *a, size_t len)
{
	struct mg_arena_block *b = a->last;
	char *at;

	if (!b || b->size - b->used < len)
		b = add_block(a, len);
	at = b->bytes + b->used;
	b->used += len;
	return at;
}

void *mg_arena_zalloc(struct mg_arena *a, size_t size)
{
	struct mg_arena_block *b = a->last;
	const size_t odd = b ? b->used % ALIGN : 0;

	if (odd)
		b->used += b->size - b->used < ALIGN - odd ? b->size - b->used
							   : ALIGN - odd;
	return take(a, size);
}

struct mg_slice mg_arena_copy(struct mg_arena *a, struct mg_slice s)
{
	char *to;

	if (s.len == 0)
		return mg_slice_of(NULL, 0);
	to = take(a, s.len);
	memcpy(to, s.ptr, s.len);
	return mg_slice_of(to, s.len);
}

char *mg_arena_copy_text(struct mg_arena *a, struct mg_slice s)
{
	char *to = take(a, s.len + 1);

	if (s.len)
		memcpy(to, s.ptr, s.len);
	return to;
}

void mg_arena_release(struct mg_arena *a)
{
	while (a->last) {
		struct mg_arena_block *b = a->last;

		a->last = b->before;
		mg_mem_free(b);
	}
}
