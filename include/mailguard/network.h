/* SPDX-License-Identifier: MIT */
/*
 * network - a range of addresses: "192.0.2.0/24", "2001:db8::/32", or one.
 */
#ifndef MAILGUARD_NETWORK_H
#define MAILGUARD_NETWORK_H

#include <stdbool.h>

#include "mailguard/address.h"
#include "mailguard/slice.h"

struct mg_network {
	struct mg_ip ip; /* the first; the bits behind the prefix are zero */
	unsigned prefix; /* bits of ip, 0..128; 96 more than of IPv4 */
};

#define MG_NETWORK_TEXT_MAX (MG_IP_TEXT_MAX + 4) /* bytes, terminated */

/* The network of that many bits of a 128-bit address. */
struct mg_network mg_network_of(const struct mg_ip *ip, unsigned prefix);

/*
 * mg_network_parse - a network or an address from its text, all of the slice.
 *
 * Returns false for anything else, and for bits behind the prefix: whoever
 * writes 192.0.2.7/24 may mean one address or 256.
 */
bool mg_network_parse(struct mg_slice s, struct mg_network *out);

/* As it is written; the prefix only where it is not the longest. */
void mg_network_format(const struct mg_network *n,
		       char out[MG_NETWORK_TEXT_MAX]);

bool mg_network_has(const struct mg_network *n, const struct mg_ip *ip);

#endif
