/* SPDX-License-Identifier: MIT */
/*
 * Any addresses, networks and numbers as a table and as changes of it: the text
 * is of letters that nft knows, its blocks are closed, and each address in it
 * is one that was given, however hostile. Likewise for ipset and iptables.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mailguard/force.h"
#include "mailguard/ipset.h"
#include "mailguard/nft.h"

#define MANY 64
#define TEXT_MAX (1U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next bytes of the input; zeroes behind its end. */
static void take(struct mg_slice *in, void *to, size_t n)
{
	const size_t has = n < in->len ? n : in->len;

	memset(to, 0, n);
	memcpy(to, in->ptr, has);
	*in = mg_slice_from(*in, has);
}

/* Every second one is of IPv4. */
static struct mg_ip take_ip(struct mg_slice *in)
{
	static const unsigned char front[12] = { [10] = 0xff, [11] = 0xff };
	struct mg_ip ip;

	take(in, ip.bytes, sizeof(ip.bytes));
	if (ip.bytes[0] % 2)
		memcpy(ip.bytes, front, sizeof(front));
	return ip;
}

static void check_letters(struct mg_slice text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789"
				      " \t\n{};,.:/@\"&|=-";
	int depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char c = text.ptr[i];

		assert(c == '_' || (c && strchr(letters, c)));
		depth += (c == '{') - (c == '}');
		assert(depth >= 0 && depth <= 3);
	}
	assert(depth == 0);
}

/* What stands between the braces of "VERB element TABLE SET { ... }". */
static void check_elements(struct mg_slice text,
			   const struct mg_nft_change *changes, size_t n)
{
	struct mg_slice line, word, ip_text;

	while (mg_slice_cut_line(&text, &line)) {
		assert(mg_slice_cut_at(&line, '{', &word));
		while (line.len && line.ptr[0] == ' ' && line.len > 2) {
			struct mg_ip ip;
			size_t i = 0;

			line = mg_slice_from(line, 1);
			ip_text = mg_slice_of(line.ptr,
					      mg_slice_find(line, ' '));
			if (mg_slice_find(ip_text, ',') < ip_text.len)
				ip_text.len--;
			assert(mg_ip_parse(ip_text, &ip));
			while (i < n && memcmp(&changes[i].ip, &ip, sizeof(ip)))
				i++;
			assert(i < n);
			if (!mg_slice_cut_at(&line, ',', &word))
				break;
		}
	}
}

/* "add SET ADDRESS timeout N", "del SET ADDRESS". */
static void check_lines(struct mg_slice text,
			const struct mg_nft_change *changes, size_t n)
{
	struct mg_slice line, word;

	while (mg_slice_cut_line(&text, &line)) {
		struct mg_ip ip;
		size_t i = 0;

		assert(mg_slice_cut_lit(&line, MG_LIT("add mailguard-")) ||
		       mg_slice_cut_lit(&line, MG_LIT("del mailguard-")));
		assert(mg_slice_cut_at(&line, ' ', &word));
		word = mg_slice_of(line.ptr, mg_slice_find(line, ' '));
		assert(mg_ip_parse(word, &ip));
		while (i < n && memcmp(&changes[i].ip, &ip, sizeof(ip)))
			i++;
		assert(i < n);
	}
}

static void check_ipset(struct mg_buf *b, const struct mg_nft_table *t,
			const struct mg_nft_change *changes, size_t n,
			bool is_there)
{
	mg_buf_clear(b);
	mg_ipset_add_changes(b, changes, n);
	check_lines(mg_buf_slice(b), changes, n);
	for (enum mg_ipset i = 0; i < MG_IPSET_EXEMPT4; i++)
		mg_ipset_add_blocked(b, t, i, changes, n, is_there);
	for (enum mg_ipset i = MG_IPSET_EXEMPT4; i < MG_IPSET_NEW; i++)
		mg_ipset_add_exempt(b, t, i, is_there);
	check_letters(mg_buf_slice(b));
}

static size_t take_changes(struct mg_slice *in, const struct mg_nft_table *t,
			   struct mg_nft_change changes[MANY])
{
	size_t n = 0;

	while (in->len && n < MANY) {
		uint16_t seconds;
		uint8_t prefix;
		struct mg_ip ip = take_ip(in);
		struct mg_network network;

		take(in, &seconds, sizeof(seconds));
		take(in, &prefix, sizeof(prefix));
		network = mg_network_of(&ip, prefix % 129);
		if (!mg_nft_key(t, &network, &ip))
			continue;
		changes[n++] = (struct mg_nft_change){ ip, seconds };
	}
	return n;
}

static void take_exempt(struct mg_slice *in, struct mg_force *force)
{
	for (int i = 0; i < 8; i++) {
		const struct mg_ip ip = take_ip(in);
		uint8_t prefix;
		struct mg_network n;

		take(in, &prefix, sizeof(prefix));
		n = mg_network_of(&ip, prefix % 129);
		mg_force_add_exempt(force, &n);
	}
	mg_force_sort(force);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mg_slice in = mg_slice_of((const char *)data, size);
	struct mg_nft_change changes[MANY];
	struct mg_force force = { .entries = NULL };
	uint16_t ports[2];
	uint8_t few[4];
	struct mg_nft_table t = { .ports = ports, .n_ports = 2 };
	struct mg_buf b;
	size_t n;

	take(&in, ports, sizeof(ports));
	take(&in, few, sizeof(few));
	t.counts = few[0] % 2;
	t.prefix6 = 48 + few[1] % 17;
	t.limit = 1 + few[2];
	t.window_s = 1 + few[3];
	t.size = 1 + few[0];
	take_exempt(&in, &force);
	t.exempt = force.exempt;
	t.n_exempt = force.n_exempt;
	mg_buf_init(&b, TEXT_MAX);
	mg_nft_add_table(&b, &t);
	check_letters(mg_buf_slice(&b));
	mg_buf_clear(&b);
	n = take_changes(&in, &t, changes);
	mg_nft_add_changes(&b, &t, changes, n, few[1] % 2);
	check_letters(mg_buf_slice(&b));
	check_elements(mg_buf_slice(&b), changes, n);
	check_ipset(&b, &t, changes, n, few[2] % 2);
	mg_buf_release(&b);
	mg_force_release(&force);
	return 0;
}
