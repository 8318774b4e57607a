/* SPDX-License-Identifier: MIT */
/*
 * arena - text and structs that live as long as their owner, freed at once.
 */
#ifndef MAILGUARD_ARENA_H
#define MAILGUARD_ARENA_H

#include "mailguard/slice.h"

struct mg_arena_block;

/* Zeroed it is empty. */
struct mg_arena {
	struct mg_arena_block *last; /* owned */
};

/* A copy of s that stands until mg_arena_release. */
struct mg_slice mg_arena_copy(struct mg_arena *a, struct mg_slice s);

/* The same with a NUL behind it. */
char *mg_arena_copy_text(struct mg_arena *a, struct mg_slice s);

/* Zeroed bytes for a struct, which stand as long. */
void *mg_arena_zalloc(struct mg_arena *a, size_t size);

/* Frees everything; accepts a zeroed one. */
void mg_arena_release(struct mg_arena *a);

#endif
