/* SPDX-License-Identifier: MIT */
/*
 * nftables_table - a table of ours in the kernel: whether it still is as we
 * left it, and how it is loaded.
 *
 * With the text of a table a chain without rules is loaded whose name says
 * which load it was, and how many parts the table has: "load7of18". So a table
 * is known whose load was not written down any more, or which somebody saved
 * and restored, and a rule that somebody added, replaced or took out is seen.
 */
#ifndef MAILGUARD_NFTABLES_TABLE_H
#define MAILGUARD_NFTABLES_TABLE_H

#include "mailguard/acts.h"
#include "mailguard/backend.h"
#include "mailguard/nft.h"

enum mg_nftables_state {
	MG_NFTABLES_GONE, /* there is none */
	MG_NFTABLES_OURS, /* as it was loaded, and what is in its sets, too */
	MG_NFTABLES_COPY, /* ours, but what is in its sets is not known */
	MG_NFTABLES_CHANGED, /* by somebody else */
};

struct mg_nftables_table {
	const struct mg_backend_host *host;
	const char *backend; /* under whose name it is kept what was loaded */
	const char *name;
	enum mg_nftables_state state;
	/* What was loaded. */
	bool is_known;
	uint64_t number; /* of that load */
	struct mg_buf saved, text;
	/* What is in the kernel. */
	uint64_t handle;
	struct mg_buf boot, parts;
	mg_applied_fn other; /* of the caller's rows */
	void *arg;
};

#define MG_NFTABLES_PORTS_MAX 15 /* as in the settings */

/* The ports of a setting, which were checked. Returns how many there are. */
size_t mg_nftables_ports(const struct mg_conf_texts *set,
			 uint16_t out[MG_NFTABLES_PORTS_MAX]);

/* What the settings and what is in force say of who may check mail; of ipset,
   too. Borrows the ports. */
struct mg_nft_table mg_nftables_rules(const struct mg_backend_host *h,
				      uint16_t ports[MG_NFTABLES_PORTS_MAX]);

/*
 * mg_nftables_open - look at the table, and at what is kept about it.
 *
 * other   in   called for the rows that the caller keeps under the same name,
 *              by key; NULL for none
 *
 * Returns 0 or -MG_EIO; either way mg_nftables_close is safe.
 */
MG_NODISCARD int mg_nftables_open(struct mg_nftables_table *t,
				  const struct mg_backend_host *host,
				  const char *backend, const char *name,
				  mg_applied_fn other, void *arg,
				  struct mg_err *err);

/* Whether a text can be loaded over the table with its sets as they are. */
bool mg_nftables_keeps_sets(const struct mg_nftables_table *t,
			    struct mg_slice text);

/*
 * mg_nftables_load - check, load and look whether it is there.
 *
 * text      in   of the table; empty: only the changes are sent
 * changes   in   of its sets; sent in the same transaction, and not checked
 *                before: they are numbers
 * is_whole  in   the old table goes first, with what is in its sets
 *
 * Returns 0 with the load written down; -MG_ECONF where nft is not there or
 * refuses it, or somebody else changed the table and nobody said to replace it;
 * -MG_EIO. After a failure the table is as before.
 */
MG_NODISCARD int mg_nftables_load(struct mg_nftables_table *t,
				  struct mg_slice text, struct mg_slice changes,
				  bool is_whole, struct mg_err *err);

/* Appends what nft lists of one of its sets. Returns as mg_nftables_load. */
MG_NODISCARD int mg_nftables_list_set(const struct mg_nftables_table *t,
				      const char *set, struct mg_buf *out,
				      struct mg_err *err);

/* Takes the table off, and forgets what was loaded; likewise. */
MG_NODISCARD int mg_nftables_take_off(struct mg_nftables_table *t,
				      struct mg_err *err);

/* Appends what differs from a text, a line each. Returns whether any does. */
bool mg_nftables_add_diff(const struct mg_nftables_table *t,
			  struct mg_slice text, struct mg_buf *out);

/* Appends the lines of one text that the other has not, each behind a sign. */
void mg_nftables_add_only(struct mg_slice one, struct mg_slice other, char sign,
			  struct mg_buf *out);

void mg_nftables_close(struct mg_nftables_table *t);

#endif
