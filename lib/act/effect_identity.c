/* SPDX-License-Identifier: MIT */
/*
 * A15: a name is given to somebody else one day, and so is a user id. When an
 * account was created tells the two apart, where anything says so.
 */
#include "effect_priv.h"

#include <inttypes.h>
#include <stdio.h>

uint32_t mg_effect_account(const struct mg_accounts *a,
			   const struct mg_act *act)
{
	const uint32_t domain = act->domain.len
					? mg_accounts_domain(a, act->domain)
					: MG_ACCOUNT_NONE;
	const uint32_t account = mg_accounts_user(a, act->account);

	if (act->domain.len && (domain == MG_ACCOUNT_NONE ||
				a->domains[domain].account != account))
		return MG_ACCOUNT_NONE;
	return account;
}

void mg_effect_identity_text(const struct mg_identity *who,
			     char out[MG_EFFECT_IDENTITY_MAX])
{
	const int n = snprintf(out, MG_EFFECT_IDENTITY_MAX, "uid %" PRId64,
			       who->uid);

	if (who->created)
		(void)snprintf(out + n, MG_EFFECT_IDENTITY_MAX - (size_t)n,
			       ", created %" PRId64, who->created);
}

int mg_effect_identity(const struct mg_accounts *a, const struct mg_root *root,
		       const struct mg_act *act,
		       char out[MG_EFFECT_IDENTITY_MAX], struct mg_err *err)
{
	const uint32_t account = mg_effect_account(a, act);
	struct mg_identity who;
	int rc;

	out[0] = '\0';
	if (account == MG_ACCOUNT_NONE)
		return mg_fail(err, MG_EPARSE,
			       "there is no such account just now, or it has "
			       "lost the domain; it stands until a person "
			       "ends it");
	who = (struct mg_identity){ .uid = a->accounts[account].uid };
	rc = mg_account_created(a, root, account, &who.created, err);
	if (rc < 0)
		return -MG_EIO;
	mg_effect_identity_text(&who, out);
	return 0;
}

/* By the user id alone where one of them does not say more. */
bool mg_effect_is_same(struct mg_slice then, struct mg_slice now)
{
	struct mg_slice uid_then = then, uid_now = now;
	const size_t at_then = mg_slice_find(then, ',');
	const size_t at_now = mg_slice_find(now, ',');

	uid_then.len = at_then < then.len ? at_then : then.len;
	uid_now.len = at_now < now.len ? at_now : now.len;
	if (then.len == 0)
		return true;
	if (uid_then.len == then.len || uid_now.len == now.len)
		return mg_slice_is(uid_then, uid_now);
	return mg_slice_is(then, now);
}
