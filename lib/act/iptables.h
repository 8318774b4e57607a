/* SPDX-License-Identifier: MIT */
/*
 * iptables - our chain of iptables and our sets of ipset: whether they still
 * are as we left them, and how they are loaded.
 *
 * The last rule of the chain does nothing, and its comment says which load it
 * was and of how many rules: "mailguard load 7 of 6". So a chain is known whose
 * load was not written down any more, and a rule that somebody added, replaced
 * or took out is seen.
 */
#ifndef MG_ACT_IPTABLES_H
#define MG_ACT_IPTABLES_H

#include "mailguard/acts.h"
#include "mailguard/backend.h"
#include "mailguard/ipset.h"
#include "mailguard/nftables_table.h"

#define MG_IPTABLES_NAME "iptables" /* of the back end */

/* The rules of one family. */
struct mg_iptables_family {
	bool is_v4;
	enum mg_nftables_state state;
	uint64_t number;     /* of the load that is kept */
	struct mg_buf saved; /* "7", then the rules as they were listed */
	/* What is in the kernel. */
	bool has_chain;
	bool has_jump;         /* of INPUT */
	struct mg_buf rules;   /* of our chain, a line each */
	struct mg_buf leaders; /* of others that lead to it */
};

struct mg_iptables {
	const struct mg_backend_host *host;
	struct mg_iptables_family family[2]; /* of IPv4 first */
	int n_families;                      /* mg_iptables_families */
	struct mg_buf boot;
	struct mg_buf
		sets; /* what is kept: which boot, and how they were made */
	struct mg_buf text;      /* of the rules, and of the exempt networks */
	bool has_set[MG_IPSETS]; /* in the kernel, */
	int64_t in_set[MG_IPSETS]; /* with so many elements, also those that are
				      over */
	mg_applied_fn other;       /* of the caller's rows */
	void *arg;
};

/* How many of the two the kernel has: a host that was started without IPv6 has
   no rules for it, and its tools fail. */
int mg_iptables_families(const struct mg_root *root);

/*
 * mg_iptables_open - look at the rules and the sets, and at what is kept.
 *
 * Returns 0; -MG_ECONF where a tool is missing or fails; -MG_EIO. Either way
 * mg_iptables_close is safe.
 */
MG_NODISCARD int mg_iptables_open(struct mg_iptables *t,
				  const struct mg_backend_host *host,
				  mg_applied_fn other, void *arg,
				  struct mg_err *err);

/* Lists the rules of one family anew. */
MG_NODISCARD int mg_iptables_look(struct mg_iptables *t,
				  struct mg_iptables_family *f,
				  struct mg_err *err);

/* Looks which sets there are, and how much is in them. */
MG_NODISCARD int mg_iptables_look_at_sets(struct mg_iptables *t,
					  struct mg_err *err);

/* The state of the family that is farther from being ours. */
enum mg_nftables_state mg_iptables_state(const struct mg_iptables *t);

/* "mailguard load 7 of 6" of a chain. Returns false where there is none. */
bool mg_iptables_mark(struct mg_slice rules, uint64_t *number, uint64_t *count);

size_t mg_iptables_count(struct mg_slice rules);

/* What is loaded: both scripts may be empty. */
struct mg_iptables_load {
	struct mg_slice sets;     /* for ipset restore */
	struct mg_slice made;     /* how they were made, to be kept */
	struct mg_slice rules[2]; /* of our chain, by family */
	struct mg_slice text;     /* to be kept */
	bool with_rules;
};

/*
 * mg_iptables_put - load the sets, then check and load the rules, and look
 * whether they are there.
 *
 * Returns as mg_nftables_load. After a failure the rules are as before; sets
 * that were not there are gone again.
 */
MG_NODISCARD int mg_iptables_put(struct mg_iptables *t,
				 const struct mg_iptables_load *load,
				 struct mg_err *err);

/* Takes rules and sets off, and forgets what was loaded; likewise. */
MG_NODISCARD int mg_iptables_take_off(struct mg_iptables *t,
				      struct mg_err *err);

void mg_iptables_close(struct mg_iptables *t);

#endif
