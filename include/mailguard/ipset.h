/* SPDX-License-Identifier: MIT */
/*
 * ipset - what ipset and iptables are told, where nftables is not: text for
 * ipset restore and iptables-restore, from addresses and numbers.
 *
 * Four sets of our own, "mailguard-...", and a chain MAILGUARD; rules and sets
 * of others are never named. No byte of the text comes from outside: addresses
 * and numbers are binary here and are written anew.
 *
 * Pure: no file, no clock, no tool. Source: ipset(8) of 7.17, iptables(8),
 * iptables-extensions(8) of 1.8.9.
 */
#ifndef MAILGUARD_IPSET_H
#define MAILGUARD_IPSET_H

#include "mailguard/nft.h"

#define MG_IPTABLES_CHAIN "MAILGUARD"

/*
 * A rule of INPUT with which all that is ours begins, in iptables-save's words:
 * first packets only, so that no session is cut that stands (nft_priv.h).
 */
#define MG_IPTABLES_JUMP                                                       \
	"-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j " MG_IPTABLES_CHAIN

/* Seconds that an element can last, 24 days: of more ipset takes none. */
#define MG_IPSET_SECONDS_MAX 2147483

enum mg_ipset {
	MG_IPSET_BLOCKED4,
	MG_IPSET_BLOCKED6,
	MG_IPSET_EXEMPT4,
	MG_IPSET_EXEMPT6,
	MG_IPSET_NEW, /* is there while one of the others is replaced */
	MG_IPSETS,
};

extern const char *const mg_ipset_names[MG_IPSETS];

/*
 * mg_ipset_add_blocked - append a set of blocked addresses, whole.
 *
 * set        in   one of the two
 * changes    in   what is to be in it: those of its family are taken
 * is_there   in   it takes the place of the one that is, at once and without a
 *                 moment in which neither is
 */
void mg_ipset_add_blocked(struct mg_buf *out, const struct mg_nft_table *t,
			  enum mg_ipset set,
			  const struct mg_nft_change *changes, size_t n,
			  bool is_there);

/* Appends the networks of a family that are never touched, likewise. */
void mg_ipset_add_exempt(struct mg_buf *out, const struct mg_nft_table *t,
			 enum mg_ipset set, bool is_there);

/* Appends what makes n changes of the sets that are there. It does not matter
   what was blocked before (ipset -exist). */
void mg_ipset_add_changes(struct mg_buf *out,
			  const struct mg_nft_change *changes, size_t n);

/* Appends the rules of our chain, for one family. */
void mg_iptables_add_chain(struct mg_buf *out, const struct mg_nft_table *t,
			   bool is_v4);

#endif
