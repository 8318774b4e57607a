/* SPDX-License-Identifier: MIT */
#include "exempt_priv.h"

#include <string.h>

#include "mailguard/address.h"
#include "mailguard/network.h"

#define FILE_MAX (16U << 20) /* bytes; years of logins */

void mg_exempt_read(const struct mg_root *root, const char *path,
		    struct mg_buf *out)
{
	mg_buf_init(out, FILE_MAX);
	if (mg_root_read(root, path, out, NULL))
		mg_buf_clear(out);
}

void mg_exempt_add_ip(struct mg_force *force, const struct mg_ip *ip)
{
	const struct mg_network n = mg_network_of(ip, 128);
	const struct mg_ip any4 = { .bytes = { [10] = 0xff, [11] = 0xff } };

	if (!mg_ip_is_nobody(ip) && memcmp(ip, &any4, sizeof(any4)))
		mg_force_add_exempt(force, &n);
}

static void add_text(struct mg_force *force, struct mg_slice text)
{
	struct mg_network n;

	if (mg_network_parse(text, &n))
		mg_force_add_exempt(force, &n);
}

static void add_known(struct mg_force *force, bool with_private)
{
	/* RFC 6890; RFC 1918, RFC 6598, RFC 4193. */
	static const char *const always[] = { "127.0.0.0/8", "169.254.0.0/16",
					      "::1", "fe80::/10", NULL };
	static const char *const private[] = {
		"10.0.0.0/8",    "172.16.0.0/12", "192.168.0.0/16",
		"100.64.0.0/10", "fc00::/7",      NULL
	};

	for (size_t i = 0; always[i]; i++)
		add_text(force, mg_slice_str(always[i]));
	for (size_t i = 0; with_private && private[i]; i++)
		add_text(force, mg_slice_str(private[i]));
}

struct mg_slice mg_exempt_cut_word(struct mg_slice *line)
{
	size_t n = 0, end;

	while (n < line->len && strchr(" \t", line->ptr[n]))
		n++;
	for (end = n; end < line->len && !strchr(" \t", line->ptr[end]);)
		end++;
	*line = mg_slice_from(*line, end);
	return mg_slice_of(line->ptr - (end - n), end - n);
}

/* Bytes of hexadecimal digits. Returns false where they are not so many. */
static bool parse_hex(struct mg_slice s, unsigned char *to, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	if (s.len != 2 * n)
		return false;
	memset(to, 0, n);
	for (size_t i = 0; i < s.len; i++) {
		const char c = s.ptr[i] >= 'A' && s.ptr[i] <= 'F'
				       ? (char)(s.ptr[i] - 'A' + 'a')
				       : s.ptr[i];
		const char *at = c ? strchr(digits, c) : NULL;

		if (!at)
			return false;
		to[i / 2] = (unsigned char)(to[i / 2] << 4 | (at - digits));
	}
	return true;
}

/* Of "|-- 192.0.2.1" and "/32 host LOCAL" below it. */
static void add_own4(struct mg_force *force, struct mg_slice text)
{
	struct mg_slice line, last = MG_LIT("");

	while (mg_slice_cut_line(&text, &line)) {
		const struct mg_slice first = mg_exempt_cut_word(&line);
		const struct mg_slice second = mg_exempt_cut_word(&line);

		if (mg_slice_is(first, MG_LIT("|--")))
			last = second;
		else if (mg_slice_is(first, MG_LIT("/32")) &&
			 mg_slice_is(mg_exempt_cut_word(&line),
				     MG_LIT("LOCAL")))
			add_text(force, last);
	}
}

/* The address that is the word of that number, from 0, of each line. */
static void add_hex6(struct mg_force *force, struct mg_slice text,
		     unsigned number)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&text, &line)) {
		struct mg_slice word = MG_LIT("");
		struct mg_ip ip;

		for (unsigned i = 0; i <= number; i++)
			word = mg_exempt_cut_word(&line);
		if (parse_hex(word, ip.bytes, sizeof(ip.bytes)))
			mg_exempt_add_ip(force, &ip);
	}
}

/* Printed as a number of the machine, of bytes in the order of the network. */
static void add_gateways4(struct mg_force *force, struct mg_slice text)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&text, &line)) {
		struct mg_ip ip = { .bytes = { [10] = 0xff, [11] = 0xff } };
		unsigned char b[4];
		uint32_t number;

		(void)mg_exempt_cut_word(&line); /* interface */
		(void)mg_exempt_cut_word(&line); /* destination */
		if (!parse_hex(mg_exempt_cut_word(&line), b, sizeof(b)))
			continue;
		number = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
			 (uint32_t)b[2] << 8 | b[3];
		memcpy(&ip.bytes[12], &number, sizeof(number));
		mg_exempt_add_ip(force, &ip);
	}
}

static void add_resolvers(struct mg_force *force, struct mg_slice text)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&text, &line))
		if (mg_slice_is(mg_exempt_cut_word(&line),
				MG_LIT("nameserver")))
			add_text(force, mg_exempt_cut_word(&line));
}

static void add_own6(struct mg_force *f, struct mg_slice text)
{
	add_hex6(f, text, 0);
}

static void add_gateways6(struct mg_force *f, struct mg_slice text)
{
	add_hex6(f, text, 4);
}

static const struct source {
	const char *path;
	void (*add)(struct mg_force *force, struct mg_slice text);
} sources[] = {
	{ "/proc/net/fib_trie", add_own4 },
	{ "/proc/net/if_inet6", add_own6 },
	{ "/proc/net/route", add_gateways4 },
	{ "/proc/net/ipv6_route", add_gateways6 },
	{ "/etc/resolv.conf", add_resolvers },
	/* What the file above is a link to, where systemd-resolved runs. */
	{ "/run/systemd/resolve/resolv.conf", add_resolvers },
};

void mg_exempt_collect(const struct mg_root *root,
		       const struct mg_settings *settings, int64_t now,
		       struct mg_force *force)
{
	add_known(force, settings->exempt_private);
	for (size_t i = 0; i < settings->exempt.n; i++)
		add_text(force, settings->exempt.items[i]);
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		struct mg_buf text;

		mg_exempt_read(root, sources[i].path, &text);
		sources[i].add(force, mg_buf_slice(&text));
		mg_buf_release(&text);
	}
	mg_exempt_add_logins(root, now, force);
}
