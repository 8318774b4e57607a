/* SPDX-License-Identifier: MIT */
/*
 * breaker - how much a policy may suspend by itself, and what it never may.
 */
#ifndef MG_BREAKER_H
#define MG_BREAKER_H

#include "act_priv.h"

#include "mailguard/arena.h"

struct mg_breaker_act {
	int64_t made_at;
	struct mg_slice account, owner;
};

/* What was begun within a day. */
struct mg_breaker {
	const struct mg_settings *settings;
	int64_t now;
	struct mg_breaker_act *acts; /* owned */
	size_t n_acts, cap_acts;
	bool is_open; /* something waits that was over a number */
	struct mg_arena text;
};

/*
 * mg_breaker_read - what the ledger says of suspensions by policies.
 *
 * b   out  the caller's (mg_breaker_release), also on failure
 *
 * To be called in the transaction that adds more. Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_breaker_read(struct mg_breaker *b, struct mg_store *s,
				 const struct mg_settings *settings,
				 int64_t now, struct mg_err *err);

/*
 * mg_breaker_check - whether a suspension may be begun.
 *
 * n_accounts   in   of the host
 *
 * Returns NULL, or why it waits for a person, in words.
 */
const char *mg_breaker_check(const struct mg_breaker *b,
			     const struct mg_act *act, size_t n_accounts);

/*
 * Whether what waits for that reason stops every further suspension until a
 * person looked: not what waits because of its owner alone, since two mailboxes
 * of one customer would stop those of the whole host.
 */
bool mg_breaker_is_tripped_by(struct mg_slice reason);

/* One more was begun. */
void mg_breaker_count(struct mg_breaker *b, const struct mg_act *act,
		      int64_t made_at);

/* Whether the settings say that no policy touches what it is about. */
bool mg_breaker_protects(const struct mg_settings *settings,
			 const struct mg_act *act);

void mg_breaker_release(struct mg_breaker *b);

#endif
