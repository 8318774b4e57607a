/* SPDX-License-Identifier: MIT */
/*
 * How much a policy may suspend by itself. What was begun is counted from the
 * rows of the ledger, under the lock and in the transaction that adds the next
 * one: so the numbers hold across crashes, restarts and runs at the same time.
 */
#include "breaker.h"

#include "mailguard/mem.h"
#include "mailguard/num.h"
#include "mailguard/vec.h"

#define MINUTE_S 60
#define HOUR_S 3600
#define DAY_S 86400

/* What waits says why, in the words of mg_breaker_check. */
#define OF_OWNER "it is more than may be suspended of one owner in an hour"

bool mg_breaker_is_tripped_by(struct mg_slice reason)
{
	return mg_slice_search(reason, MG_LIT(OF_OWNER)) == reason.len;
}

static int take_act(void *arg, const struct mg_act *act)
{
	struct mg_breaker *b = arg;

	if (act->verb == MG_ACT_SUSPEND && !act->is_waiting &&
	    act->made_at > b->now - DAY_S &&
	    mg_slice_is(act->by, MG_LIT("policy")))
		mg_breaker_count(b, act, act->made_at);
	return 0;
}

/* What a person let go ahead, or dropped, is no burden any more. */
static int take_waiting(void *arg, const struct mg_act *act)
{
	struct mg_breaker *b = arg;

	if (act->verb == MG_ACT_SUSPEND &&
	    mg_slice_is(act->by, MG_LIT("policy")) &&
	    !mg_breaker_protects(b->settings, act) &&
	    mg_breaker_is_tripped_by(act->reason))
		b->is_open = true;
	return 0;
}

int mg_breaker_read(struct mg_breaker *b, struct mg_store *s,
		    const struct mg_settings *settings, int64_t now,
		    struct mg_err *err)
{
	int rc;

	*b = (struct mg_breaker){ .settings = settings, .now = now };
	rc = mg_acts_each(s, MG_ACTS_ALL, now, take_act, b, err);
	if (rc == 0)
		rc = mg_acts_each(s, MG_ACTS_WAITING, now, take_waiting, b,
				  err);
	return rc;
}

void mg_breaker_count(struct mg_breaker *b, const struct mg_act *act,
		      int64_t made_at)
{
	struct mg_breaker_act *x;

	b->acts = mg_vec_room(b->acts, b->n_acts, &b->cap_acts,
			      sizeof(*b->acts));
	x = &b->acts[b->n_acts++];
	*x = (struct mg_breaker_act){
		.made_at = made_at,
		.account = mg_arena_copy(&b->text, act->account),
		.owner = mg_arena_copy(&b->text, act->owner),
	};
}

static int64_t count_since(const struct mg_breaker *b, int64_t seconds,
			   struct mg_slice owner)
{
	int64_t n = 0;

	for (size_t i = 0; i < b->n_acts; i++)
		n += b->acts[i].made_at > b->now - seconds &&
		     (owner.len == 0 || mg_slice_is(b->acts[i].owner, owner));
	return n;
}

static bool is_among(const struct mg_breaker *b, size_t n,
		     struct mg_slice account)
{
	for (size_t i = 0; i < n; i++)
		if (mg_slice_is(b->acts[i].account, account))
			return true;
	return false;
}

/* Accounts that had something suspended within a day, with this one. */
static int64_t count_accounts(const struct mg_breaker *b,
			      struct mg_slice account)
{
	int64_t n = !is_among(b, b->n_acts, account);

	for (size_t i = 0; i < b->n_acts; i++)
		n += !is_among(b, i, b->acts[i].account);
	return n;
}

const char *mg_breaker_check(const struct mg_breaker *b,
			     const struct mg_act *act, size_t n_accounts)
{
	const struct mg_settings *s = b->settings;
	const int64_t share = (int64_t)((double)n_accounts *
					s->enforce.suspensions.share / 100);

	if (mg_breaker_protects(s, act))
		return "it is protected";
	if (b->is_open)
		return "others wait for a person already";
	if (count_since(b, MINUTE_S, MG_LIT("")) >=
	    s->enforce.suspensions.sweep)
		return "it is more than a sweep may suspend";
	if (count_since(b, DAY_S, MG_LIT("")) >= s->enforce.suspensions.day)
		return "it is more than may be suspended in a day";
	if (count_accounts(b, act->account) > (share > 1 ? share : 1))
		return "it is a larger share of the accounts than may be "
		       "suspended in a day";
	if (act->owner.len &&
	    count_since(b, HOUR_S, act->owner) >= s->enforce.suspensions.owner)
		return OF_OWNER;
	return NULL;
}

bool mg_breaker_protects(const struct mg_settings *settings,
			 const struct mg_act *act)
{
	for (size_t i = 0; i < settings->protect.n; i++) {
		struct mg_slice subject = settings->protect.items[i], per;

		if (mg_slice_cut_at(&subject, ':', &per) &&
		    mg_exemption_has(per, subject, act))
			return true;
	}
	return false;
}

void mg_breaker_release(struct mg_breaker *b)
{
	mg_mem_free(b->acts);
	mg_arena_release(&b->text);
	*b = (struct mg_breaker){ .now = 0 };
}
