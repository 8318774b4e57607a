/* SPDX-License-Identifier: MIT */
/*
 * budget - how many names a state takes.
 *
 * Many names are chosen by whoever sends: the domain of a sender, what stands
 * before the @ where an account takes mail for any name, the directory of a
 * script. So an account has so many origins of a kind by name, and an hour so
 * many sender domains, first come, first named. What comes above counts in full
 * under the name "*", of the same kind, domain and account: sums by domain and
 * account never change.
 *
 * Addresses are a stranger's choice too, who has more of them than a state can
 * hold. An hour has so many rows of checks with a login, and so many of failed
 * ones, which so crowd out nobody who can log in; what comes above counts under
 * no address. Who has a mailbox and a network of IPv6 (/64) could fill them
 * alone: once half of them are taken, a network gets so many and no more, and
 * further addresses of it count under its first one, which needs no room.
 *
 * What is decided depends on the state and the order of lines alone, so
 * however a log is cut into sweeps the rows are the same.
 */
#ifndef MAILGUARD_BUDGET_H
#define MAILGUARD_BUDGET_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/account.h"
#include "mailguard/err.h"
#include "mailguard/map.h"
#include "mailguard/store.h"

/*
 * Rows of an hour. Whether a row is there already need not be asked while
 * there is room for all that come; n_rows then counts too many, until it is
 * counted again for want of room.
 */
struct mg_budget_room {
	int64_t n_rows;   /* at most */
	int64_t n_coming; /* announced, none of them placed yet */
	int64_t n_free;   /* of those announced: still to come, with room */
	bool is_loose;    /* n_rows may be too many */
};

/* Rows of a /64 in an hour; at most so many as are looked for. */
struct mg_budget_net {
	unsigned char bytes[8];
	int64_t n_rows;
};

struct mg_budget_nets {
	struct mg_budget_net *items; /* owned */
	size_t n_items, cap_items;
	struct mg_map by_net;
};

struct mg_budget_checks {
	int64_t hour;
	struct mg_budget_room room[2]; /* of failed logins, of logins */
	struct mg_budget_nets nets[2]; /* the same; of rows being placed */
};

struct mg_budget_hour {
	int64_t hour;
	struct mg_budget_room room;
};

/* Zeroed but for the first six it is ready. */
struct mg_budget {
	struct mg_store *store;             /* borrowed */
	const struct mg_accounts *accounts; /* borrowed */
	int64_t max_names;   /* origins of a kind and account (MG_NAMES_MAX) */
	int64_t max_senders; /* domains of an hour (MG_SENDERS_HOUR_MAX) */
	int64_t max_checks; /* rows of an hour, each sort (MG_CHECK_ROWS_MAX) */
	int64_t max_net_checks; /* of a /64, where half of those are taken
				   (MG_CHECK_NET_ROWS_MAX) */
	int64_t n_origins;      /* all of them, at most; 0 until asked */
	int64_t *n_named; /* owned; by account and kind; NULL until asked */
	bool are_origins_new, are_senders_new; /* so was the one before */
	struct mg_budget_hour *hours;          /* owned; those asked for */
	size_t n_hours, cap_hours;
	struct mg_budget_checks *checks; /* owned; those asked for */
	size_t n_checks, cap_checks;
};

/* Frees what it holds; accepts a zeroed one. */
void mg_budget_release(struct mg_budget *b);

/*
 * mg_budget_origin - the row of an origin, or of its "*".
 *
 * origin    in   what the child named, borne out by the tables
 * account   in   its number in them, MG_ACCOUNT_NONE for none
 * row       out  made if it is missing and there is room
 *
 * Returns 0 or what the store returned.
 */
MG_NODISCARD int mg_budget_origin(struct mg_budget *b,
				  const struct mg_origin *origin,
				  uint32_t account, int64_t *row,
				  struct mg_err *err);

/*
 * mg_budget_expect_sender, _check - announce a row that will be placed.
 *
 * Between two writes all rows are announced before the first is placed, or
 * none; announced ones cost far less where there is room. Returns 0 or what
 * the store returned.
 */
MG_NODISCARD int mg_budget_expect_sender(struct mg_budget *b, int64_t hour,
					 struct mg_err *err);
MG_NODISCARD int mg_budget_expect_check(struct mg_budget *b,
					const struct mg_check *check,
					struct mg_err *err);

/*
 * mg_budget_sender - the row of a sender domain in an hour, or "*".
 *
 * domain   in      canonical; empty for senders without one
 * own      in/out  the domain's own row, 0 while it is not known
 * row      out     where its counts in this hour go to; a new domain must get
 *                  some in the same transaction
 *
 * Domains of this host always have their name. Returns 0 or what the store
 * returned.
 */
MG_NODISCARD int mg_budget_sender(struct mg_budget *b, int64_t hour,
				  struct mg_slice domain, int64_t *own,
				  int64_t *row, struct mg_err *err);

/*
 * mg_budget_check - where the checks of an address in an hour go to.
 *
 * check    in/out  loses its address and login where there is no room, the last
 *                  64 bits of its address where only its network has none; what
 *                  it names must get these counts in the same transaction
 * origin   in/out  row id; 0 where there is no room
 *
 * Returns 0 or what the store returned.
 */
MG_NODISCARD int mg_budget_check(struct mg_budget *b, struct mg_check *check,
				 int64_t *origin, struct mg_err *err);

#endif
