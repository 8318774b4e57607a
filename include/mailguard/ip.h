/* SPDX-License-Identifier: MIT */
/*
 * ip - addresses of the network, of both families in one form.
 */
#ifndef MAILGUARD_IP_H
#define MAILGUARD_IP_H

#include <stdbool.h>

#include "mailguard/slice.h"

/*
 * An address of either family in the form of IPv6; one of IPv4 as
 * ::ffff:192.0.2.1 (RFC 4291 2.5.5.2), however it was written. All zero is
 * nobody's.
 */
struct mg_ip {
	unsigned char bytes[16];
};

#define MG_IP_TEXT_MAX 46 /* bytes with the terminator (INET6_ADDRSTRLEN) */

/* An address from its text, all of the slice. Returns false for any other. */
bool mg_ip_parse(struct mg_slice s, struct mg_ip *out);

/* Whether it is all zero. */
bool mg_ip_is_nobody(const struct mg_ip *ip);

/* Whether it is an address of IPv4. */
bool mg_ip_is_v4(const struct mg_ip *ip);

/* Its canonical text (RFC 5952), IPv4 in the dotted form. Terminated. */
void mg_ip_format(const struct mg_ip *ip, char out[MG_IP_TEXT_MAX]);

/* Whether the slice is a whole IPv4 or IPv6 address (inet_pton(3)). */
bool mg_ip_is_valid(struct mg_slice s);

/* Whether it is an address of this very host: 127.0.0.0/8 or ::1. */
bool mg_ip_is_loopback(struct mg_slice s);

#endif
