/* SPDX-License-Identifier: MIT */
#include "mailguard/memo.h"

#include <assert.h>

#include "mailguard/mem.h"

void mg_memo_init(struct mg_memo *m, size_t n_entries,
		  const struct mg_hash_key *key)
{
	assert(n_entries && (n_entries & (n_entries - 1)) == 0);
	*m = (struct mg_memo){
		.entries = mg_mem_zalloc(n_entries, sizeof(*m->entries)),
		.n_entries = n_entries,
		.key = *key,
	};
}

void mg_memo_release(struct mg_memo *m)
{
	mg_mem_free(m->entries);
	*m = (struct mg_memo){ 0 };
}

void mg_memo_clear(struct mg_memo *m)
{
	if (m->entries)
		memset(m->entries, 0, m->n_entries * sizeof(*m->entries));
}

struct mg_memo_entry *mg_memo_at(struct mg_memo *m, struct mg_slice name)
{
	if (!m->entries || name.len == 0 || name.len > MG_MEMO_NAME_MAX)
		return NULL;
	return &m->entries[mg_hash_quick(&m->key, name) & (m->n_entries - 1)];
}
