/* SPDX-License-Identifier: MIT */
#ifndef MAILGUARD_NFT_PRIV_H
#define MAILGUARD_NFT_PRIV_H

#include "mailguard/nft.h"

/* Appends "tcp dport { 110, 143 }". */
void mg_nft_add_ports(struct mg_buf *out, const uint16_t *ports, size_t n);

#endif
