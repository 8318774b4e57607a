/* SPDX-License-Identifier: MIT */
#ifndef MAILGUARD_NFT_PRIV_H
#define MAILGUARD_NFT_PRIV_H

#include "mailguard/nft.h"

/*
 * The first packet of a connection. Not "ct state new": the kernel begins to
 * know connections with the first rule that asks for them, and takes those that
 * stood before for new ones, an administrator's session too.
 */
#define MG_NFT_FIRST "tcp flags & (fin | syn | rst | ack) == syn"

/* Appends "tcp dport { 110, 143 }". */
void mg_nft_add_ports(struct mg_buf *out, const uint16_t *ports, size_t n);

#endif
