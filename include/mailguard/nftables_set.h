/* SPDX-License-Identifier: MIT */
/*
 * nftables_set - of nftables and of ipset: the blocked addresses: those that should be, those that are
 * loaded, and what makes one of the other.
 *
 * The kernel is never asked which it has: what was loaded is kept (acts.h).
 */
#ifndef MAILGUARD_NFTABLES_SET_H
#define MAILGUARD_NFTABLES_SET_H

#include "mailguard/acts.h"
#include "mailguard/backend.h"
#include "mailguard/nft.h"

struct mg_nftables_entry {
	struct mg_ip ip;
	int64_t until; /* Unix seconds */
};

/* By address, each once. Zeroed it is empty. */
struct mg_nftables_set {
	struct mg_nftables_entry *entries; /* owned */
	size_t n, cap;
};

/*
 * mg_nftables_set_want - the addresses that should be blocked.
 *
 * n_left_out   out  networks of more than one client, and those for which there
 *                   is no room
 */
void mg_nftables_set_want(struct mg_nftables_set *s,
			  const struct mg_nft_table *table,
			  const struct mg_force *force, int64_t now,
			  size_t *n_left_out);

/* Adds a row of what is kept; of another kind it is left alone. */
void mg_nftables_set_take(struct mg_nftables_set *s,
			  const struct mg_applied *row);

/* Zeroed they are none. */
struct mg_nftables_changes {
	struct mg_nft_change *items; /* owned; by address */
	size_t n, cap;
};

/* What makes one set of the other; what ends by itself is no change. */
void mg_nftables_set_compare(const struct mg_nftables_set *from,
			     const struct mg_nftables_set *to, int64_t now,
			     struct mg_nftables_changes *out);

/*
 * mg_nftables_set_write_down - keep it that a set is loaded.
 *
 * from   in   the set that is kept so far
 *
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_nftables_set_write_down(const struct mg_backend_host *h,
					    const char *backend,
					    const struct mg_nftables_set *from,
					    const struct mg_nftables_set *to,
					    struct mg_err *err);

/* Appends what differs, an address a line: '+' for those that are to be blocked.
   Returns whether any does. */
bool mg_nftables_set_add_diff(const struct mg_nftables_set *from,
			      const struct mg_nftables_set *to, int64_t now,
			      struct mg_buf *out);

/* How many are not over, of each family. */
void mg_nftables_set_count(const struct mg_nftables_set *s, int64_t now,
			   int64_t *n4, int64_t *n6);

/* Tells how full both are. size: addresses that each may hold. */
void mg_nftables_set_fill(const struct mg_nftables_set *s, int64_t now,
			  int64_t size, mg_backend_fill_fn fn, void *arg);

/* Both accept zeroed ones. */
void mg_nftables_set_release(struct mg_nftables_set *s);
void mg_nftables_changes_release(struct mg_nftables_changes *c);

#endif
