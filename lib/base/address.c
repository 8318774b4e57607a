/* SPDX-License-Identifier: MIT */
#include "mailguard/address.h"

#include <arpa/inet.h>

#include "mailguard/scan.h"

bool mg_address_cut(struct mg_slice *s, struct mg_slice *out)
{
	size_t i = mg_scan_any(*s, ' ', '"', '\\');
	bool quoted = false;

	for (; i < s->len && (quoted || s->ptr[i] != ' '); i++) {
		/* A quoted pair stands outside quotes too (RFC 821 4.1.2). */
		if (s->ptr[i] == '\\')
			i++;
		else if (s->ptr[i] == '"')
			quoted = !quoted;
	}
	if (i == 0 || quoted || i > s->len)
		return false;
	*out = mg_slice_of(s->ptr, i);
	*s = mg_slice_from(*s, i);
	return true;
}

struct mg_slice mg_address_domain(struct mg_slice address)
{
	const size_t at = mg_slice_rfind(address, '@');

	if (at == address.len)
		return mg_slice_of(NULL, 0);
	return mg_slice_from(address, at + 1);
}

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

size_t mg_domain_canonical(struct mg_slice in, char out[MG_DOMAIN_MAX])
{
	if (in.len && in.ptr[in.len - 1] == '.')
		in.len--;
	if (in.len == 0 || in.len > MG_DOMAIN_MAX || in.ptr[0] == '.')
		return 0;
	for (size_t i = 0; i < in.len; i++) {
		const char c = to_lower(in.ptr[i]);

		if (!is_lower_alnum(c) && c != '.' && c != '-' && c != '_')
			return 0;
		if (c == '.' && i + 1 < in.len && in.ptr[i + 1] == '.')
			return 0;
		out[i] = c;
	}
	/* "a.." loses one dot above and must not keep the other. */
	return out[in.len - 1] == '.' ? 0 : in.len;
}

/* RFC 5322 3.2.3 atext, and the dot between atoms. */
static bool is_local_char(char c)
{
	return is_lower_alnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

size_t mg_mailbox_canonical(struct mg_slice in, char out[MG_MAILBOX_MAX])
{
	const size_t at = mg_slice_rfind(in, '@');
	char domain[MG_DOMAIN_MAX];
	size_t len;

	if (at == 0 || at == in.len || at > MG_MAILBOX_MAX - MG_DOMAIN_MAX - 1)
		return 0;
	for (size_t i = 0; i < at; i++) {
		out[i] = to_lower(in.ptr[i]);
		if (!is_local_char(out[i]))
			return 0;
	}
	len = mg_domain_canonical(mg_slice_from(in, at + 1), domain);
	if (len == 0)
		return 0;
	out[at] = '@';
	memcpy(out + at + 1, domain, len);
	return at + 1 + len;
}

/* The address as terminated text, or false when it cannot be one. */
/* A number up to 255 without leading zeros. */
static inline bool cut_octet(const char **at, const char *end)
{
	const char *p = *at;
	unsigned value = 0;

	while (p < end && p < *at + 3 && (unsigned char)(*p - '0') <= 9)
		value = value * 10 + (unsigned)(*p++ - '0');
	if (p == *at || value > 255 || (**at == '0' && p > *at + 1))
		return false;
	*at = p;
	return true;
}

/* As strict as inet_pton(3), and far quicker: most lines have an address. */
static bool is_v4(struct mg_slice s)
{
	const char *at = s.ptr, *end = s.ptr + s.len;

	if (s.len < 7 || s.len > 15)
		return false;
	for (int i = 0; i < 3; i++)
		if (!cut_octet(&at, end) || at == end || *at++ != '.')
			return false;
	return cut_octet(&at, end) && at == end;
}

static bool terminated(struct mg_slice s, char text[INET6_ADDRSTRLEN])
{
	if (s.len == 0 || s.len >= INET6_ADDRSTRLEN ||
	    memchr(s.ptr, '\0', s.len))
		return false;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	return true;
}

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

bool mg_ip_parse(struct mg_slice s, struct mg_ip *out)
{
	struct mg_ip ip;
	char text[INET6_ADDRSTRLEN];

	memcpy(ip.bytes, mapped, sizeof(mapped));
	if (!terminated(s, text) ||
	    (inet_pton(AF_INET, text, ip.bytes + sizeof(mapped)) != 1 &&
	     inet_pton(AF_INET6, text, ip.bytes) != 1))
		return false;
	*out = ip;
	return true;
}

bool mg_ip_is_nobody(const struct mg_ip *ip)
{
	static const struct mg_ip nobody;

	return !memcmp(ip, &nobody, sizeof(nobody));
}

bool mg_ip_is_v4(const struct mg_ip *ip)
{
	return !memcmp(ip->bytes, mapped, sizeof(mapped));
}

void mg_ip_format(const struct mg_ip *ip, char out[MG_IP_TEXT_MAX])
{
	if (mg_ip_is_v4(ip))
		(void)inet_ntop(AF_INET, ip->bytes + sizeof(mapped), out,
				MG_IP_TEXT_MAX);
	else
		(void)inet_ntop(AF_INET6, ip->bytes, out, MG_IP_TEXT_MAX);
}

bool mg_ip_is_valid(struct mg_slice s)
{
	unsigned char raw[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];

	return is_v4(s) ||
	       (terminated(s, text) && inet_pton(AF_INET6, text, raw) == 1);
}

bool mg_ip_is_loopback(struct mg_slice s)
{
	static const unsigned char six[16] = { [15] = 1 };
	unsigned char raw[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];

	if (!mg_slice_has_prefix(s, MG_LIT("127.")) &&
	    mg_slice_find(s, ':') == s.len)
		return false;
	if (is_v4(s))
		return true;
	if (!terminated(s, text))
		return false;
	if (inet_pton(AF_INET6, text, raw) != 1)
		return false;
	return !memcmp(raw, six, 16) ||
	       (!memcmp(raw, mapped, 12) && raw[12] == 127);
}
