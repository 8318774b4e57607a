/* SPDX-License-Identifier: MIT */
#include "mailguard/network.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/num.h"

#define BITS 128    /* of any address */
#define V4_FRONT 96 /* of those, in front of the 32 of IPv4 */

static unsigned front_of(const struct mg_ip *ip)
{
	return mg_ip_is_v4(ip) ? V4_FRONT : 0;
}

struct mg_network mg_network_of(const struct mg_ip *ip, unsigned prefix)
{
	struct mg_network n = { .ip = *ip, .prefix = prefix };

	for (unsigned i = prefix; i < BITS; i++)
		n.ip.bytes[i / 8] &= (unsigned char)~(0x80U >> i % 8);
	return n;
}

bool mg_network_parse(struct mg_slice s, struct mg_network *out)
{
	const size_t slash = mg_slice_find(s, '/');
	uint64_t prefix = BITS;
	struct mg_ip ip;

	if (!mg_ip_parse(mg_slice_of(s.ptr, slash), &ip))
		return false;
	if (slash < s.len) {
		if (!mg_num_parse(mg_slice_from(s, slash + 1),
				  BITS - front_of(&ip), &prefix))
			return false;
		prefix += front_of(&ip);
	}
	*out = mg_network_of(&ip, (unsigned)prefix);
	return !memcmp(&out->ip, &ip, sizeof(ip));
}

void mg_network_format(const struct mg_network *n,
		       char out[MG_NETWORK_TEXT_MAX])
{
	size_t len;

	mg_ip_format(&n->ip, out);
	len = strlen(out);
	if (n->prefix < BITS)
		(void)snprintf(out + len, MG_NETWORK_TEXT_MAX - len, "/%u",
			       n->prefix - front_of(&n->ip));
}

bool mg_network_has(const struct mg_network *n, const struct mg_ip *ip)
{
	const struct mg_network of = mg_network_of(ip, n->prefix);

	return !memcmp(&of.ip, &n->ip, sizeof(of.ip));
}
