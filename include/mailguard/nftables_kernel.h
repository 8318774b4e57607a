/* SPDX-License-Identifier: MIT */
/*
 * nftables_kernel - what the kernel has under the name of a table.
 *
 * Asked over netlink, not by nft, which reads every element of every set for
 * any listing: with a million of them that takes over a minute. And nothing in
 * the answer depends on how some nft words it.
 *
 * Source: linux/netfilter/nf_tables.h, netlink(7).
 */
#ifndef MAILGUARD_NFTABLES_KERNEL_H
#define MAILGUARD_NFTABLES_KERNEL_H

#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"

/*
 * mg_nftables_look - a table of the family inet.
 *
 * handle   out  the kernel's number of it: another one for each table that is
 *               made, also of the same name
 * parts    out  a line is added for each chain, set and rule, with its number
 *               and a hash of what it says: "rule checks 17 5d3f...". The lines
 *               are the same while nobody touched them. May be NULL
 *
 * Returns 1; 0 when there is no such table; -MG_EIO.
 */
MG_NODISCARD int mg_nftables_look(const char *table, uint64_t *handle,
				  struct mg_buf *parts, struct mg_err *err);

#endif
