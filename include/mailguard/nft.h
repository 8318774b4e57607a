/* SPDX-License-Identifier: MIT */
/*
 * nft - what nftables is told: text for nft -f, from addresses and numbers.
 *
 * Two tables of our own, inet mailguard and inet mailguard_egress, and nothing
 * else: rules and sets of others are never named. No byte of the text comes
 * from outside: addresses and numbers are binary here and are written anew.
 *
 * Text of a table may be loaded any number of times, as one transaction: rules
 * are replaced, and what is in its sets stays, with its time and its counts.
 *
 * Pure: no file, no clock, no nft. Source: nft(8) of 1.0.6 and 0.9.8.
 */
#ifndef MAILGUARD_NFT_H
#define MAILGUARD_NFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/network.h"

#define MG_NFT_TABLE "mailguard"
#define MG_NFT_EGRESS_TABLE "mailguard_egress"

/*
 * Who may connect to some ports: everybody but the blocked, and where the
 * kernel counts, nobody more often than the limit.
 *
 * An address is counted once the client has answered, never by its first packet
 * alone: that may be forged, and would fill the set with other people's
 * addresses. A full set lets everybody through.
 */
struct mg_nft_table {
	const uint16_t *ports; /* of TCP */
	size_t n_ports;        /* at least 1 */
	bool counts;           /* connections in the kernel, too */
	int64_t limit;         /* that an address has in a window */
	int64_t window_s;      /* from its first; at most a day: a token comes
				  back each day */
	unsigned prefix6;      /* bits that make one client of IPv6, 1..64 */
	int64_t size;          /* addresses that a set holds */
	const struct mg_network *exempt; /* in order (mg_force_sort) */
	size_t n_exempt;
};

/* Appends the sets, chains and rules, and the exempt networks. */
void mg_nft_add_table(struct mg_buf *out, const struct mg_nft_table *t);

/* An address that becomes blocked, or no longer is. */
struct mg_nft_change {
	struct mg_ip ip;
	int64_t seconds; /* that it is blocked from now on; 0: no longer */
};

/*
 * mg_nft_key - the address as which a client is looked up.
 *
 * Returns false where it is a network of more than one client: such a one is
 * never blocked.
 */
bool mg_nft_key(const struct mg_nft_table *t, const struct mg_network *network,
		struct mg_ip *out);

/*
 * mg_nft_add_changes - append what makes n changes.
 *
 * changes   in   by keys, each key once
 * is_empty  in   nothing is blocked yet: half as much to say
 *
 * It does not matter what is blocked before: a time is set anew (kernels before
 * 6.12 keep the old one of an element that is added again), and what is not
 * there is taken out without an error.
 */
void mg_nft_add_changes(struct mg_buf *out, const struct mg_nft_table *t,
			const struct mg_nft_change *changes, size_t n,
			bool is_empty);

/* Appends what takes a table off the host, whether it is there or not. */
void mg_nft_add_removal(struct mg_buf *out, const char *table);

/*
 * Who may open connections to the mail servers of others: the users of the own
 * mail server. What all others open is counted by user, or refused, too.
 */
struct mg_nft_egress {
	const uint16_t *ports; /* of TCP, there */
	size_t n_ports;        /* at least 1 */
	const uint32_t *users; /* ids that may */
	size_t n_users;
	bool refuses;
};

#define MG_NFT_EGRESS_SIZE 65536 /* users that are counted */

/* Appends all of that table. */
void mg_nft_add_egress(struct mg_buf *out, const struct mg_nft_egress *e);

#endif
