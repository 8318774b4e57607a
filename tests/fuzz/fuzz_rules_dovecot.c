/* SPDX-License-Identifier: MIT */
/*
 * Any address, any numbers and any words of Dovecot's tools: a key is an address
 * or four groups of one, what a mail program is told is a line of printable
 * ASCII, and no path gets into the lines that could be more than a path.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mailguard/rules_dovecot.h"

#define TEXT_MAX 250

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	struct mg_ip ip;
	uint8_t prefix;
	int64_t until, n, limit, window_s;
};

static void check_bytes(const struct mg_buf *b, const char *which)
{
	assert(!b->truncated);
	for (size_t i = 0; i < b->len; i++)
		assert(which ? strchr(which, b->ptr[i]) != NULL
			     : b->ptr[i] >= ' ' && b->ptr[i] < 127);
}

static void try_entry(const struct input *in)
{
	/* Times of four digits of years, as the ledger has. */
	const struct mg_force_entry e = {
		.key = MG_FORCE_ADDRESS,
		.verb = MG_FORCE_BLOCK,
		.network = mg_network_of(&in->ip, in->prefix % 129),
		.until = (int64_t)((uint64_t)in->until % 253402300800),
		.n = in->n,
		.limit = in->limit,
		.window_s = in->window_s,
		.act = MG_LIT("3f9a0c1d22e45b76"),
	};
	struct mg_buf key, text;

	mg_buf_init(&key, MG_NETWORK_TEXT_MAX);
	mg_buf_init(&text, TEXT_MAX);
	if (mg_rules_dovecot_add_key(&key, &e))
		assert(key.len > 1);
	check_bytes(&key, "0123456789abcdef:.");
	mg_rules_dovecot_add_text(&text, &e, NULL);
	check_bytes(&text, NULL);
	mg_buf_release(&text);
	mg_buf_release(&key);
}

static size_t count_lines(const struct mg_buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->ptr[i] == '\n';
	return n;
}

static void try_path(struct mg_slice path)
{
	struct mg_buf own, theirs;

	if (!mg_rules_dovecot_path_is_safe(path))
		return;
	mg_buf_init(&own, 65536);
	mg_buf_init(&theirs, 65536);
	mg_rules_dovecot_add_query(&own, MG_LIT("/map"));
	mg_rules_dovecot_add_query(&theirs, path);
	assert(own.len - 4 + path.len == theirs.len);
	assert(count_lines(&own) == count_lines(&theirs));
	mg_buf_release(&theirs);
	mg_buf_release(&own);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mg_slice text = mg_slice_of((const char *)data, size);
	enum mg_dovecot_version version;
	struct input in;

	if (size >= sizeof(in)) {
		memcpy(&in, data, sizeof(in));
		try_entry(&in);
	}
	if (size < 4096)
		try_path(text);
	(void)mg_rules_dovecot_version(text, &version);
	(void)mg_rules_dovecot_is_first(text, MG_LIT("/map"), MG_LIT("/query"));
	return 0;
}
