/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an export of the journal: the same entries come of it whole and
 * cut in two anywhere, and each can be counted.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mailguard/count.h"
#include "mailguard/hash.h"
#include "mailguard/journal.h"

#define ENTRIES_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mg_hash_key key = { 1, 2 };
static const struct mg_tz utc;

/* A number for each entry that tells it from others. */
struct seen {
	uint64_t entries[ENTRIES_MAX];
	size_t n;
};

static uint64_t print_of(const struct mg_journal_line *l)
{
	const struct mg_slice parts[] = {
		l->identifier,
		l->text,
		l->message_id,
		{ (const char *)l->place.id, sizeof(l->place.id) },
	};
	uint64_t sum = l->has ^ l->place.seqnum ^ (uint64_t)l->place.at_us ^
		       (uint64_t)l->uid << 32 ^ l->pid ^
		       (l->is_malformed ? 1ULL << 63 : 0) ^
		       (l->is_overlong ? 1ULL << 62 : 0);

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		sum = sum * 31 + mg_hash(&key, parts[i]);
	return sum;
}

static void take(struct mg_journal *j, struct mg_slice piece,
		 struct mg_counter *c, struct seen *out)
{
	while (mg_journal_next(j, &piece)) {
		const struct mg_journal_line *l = mg_journal_line(j);

		assert(l->text.len <= MG_LINE_MAX);
		assert(!memchr(l->text.ptr ? l->text.ptr : "", '\n',
			       l->text.len));
		if (out->n < ENTRIES_MAX)
			out->entries[out->n++] = print_of(l);
		if (c)
			mg_counter_journal(c, l);
	}
	assert(piece.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mg_slice all = mg_slice_of((const char *)data, size);
	const size_t at = size ? data[0] * size / 256 : 0;
	static struct seen whole, parts;
	struct mg_accounts tables = { .key = key };
	struct mg_counter counter;
	struct mg_journal *j = mg_journal_new();

	whole.n = parts.n = 0;
	mg_map_add(&tables.servers, mg_account_uid_hash(106),
		   MG_SERVER_POSTFIX);
	mg_counter_init(&counter, &tables, &utc, 0, &key);
	counter.dialect = MG_DIALECT_JOURNAL;
	take(j, all, &counter, &whole);
	mg_counter_release(&counter);
	mg_journal_free(j);
	j = mg_journal_new();
	take(j, mg_slice_of(all.ptr, at), NULL, &parts);
	take(j, mg_slice_from(all, at), NULL, &parts);
	mg_journal_free(j);
	assert(whole.n == parts.n);
	assert(!memcmp(whole.entries, parts.entries,
		       whole.n * sizeof(*whole.entries)));
	mg_map_release(&tables.servers);
	return 0;
}
