/* SPDX-License-Identifier: MIT */
#include "mailguard/memo.h"

#include <assert.h>

#include "mailguard/mem.h"

void mg_memo_init(struct mg_memo *m, size_t n_entries,
		  const struct mg_hash_key *key)
{
	const size_t size = sizeof(*m->entries);
	void *memory = mg_mem_zalloc(n_entries + 1, size);

	assert(n_entries >= 2 && (n_entries & (n_entries - 1)) == 0);
	*m = (struct mg_memo){
		.entries =
			(void *)(((uintptr_t)memory + size - 1) / size * size),
		.n_entries = n_entries,
		.memory = memory,
		.key = *key,
	};
}

void mg_memo_release(struct mg_memo *m)
{
	mg_mem_free(m->memory);
	*m = (struct mg_memo){ 0 };
}

void mg_memo_clear(struct mg_memo *m)
{
	if (m->entries)
		memset(m->entries, 0, m->n_entries * sizeof(*m->entries));
}

struct mg_memo_entry *mg_memo_put(struct mg_memo *m, struct mg_slice name,
				  uint32_t number)
{
	struct mg_memo_entry *e = mg_memo_place(m, name);

	if (!e)
		return NULL;
	e[1] = e[0];
	*e = (struct mg_memo_entry){ .number = number,
				     .len = (uint8_t)name.len };
	memcpy(e->name, name.ptr, name.len);
	return e;
}
