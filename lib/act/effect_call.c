/* SPDX-License-Identifier: MIT */
/*
 * What a hook is told. Names are looked up in the account tables as they are
 * now; a name that is somebody else's by now is told to nobody.
 */
#include "effect_priv.h"

#include "mailguard/num.h"

static enum mg_hook_verb verb_of(enum mg_act_verb verb)
{
	return verb == MG_ACT_SUSPEND     ? MG_HOOK_SUSPEND
	       : verb == MG_ACT_UNSUSPEND ? MG_HOOK_UNSUSPEND
	       : verb == MG_ACT_TERMINATE ? MG_HOOK_TERMINATE
	       : verb == MG_ACT_WARN      ? MG_HOOK_WARN
	       : verb == MG_ACT_PASSWORD  ? MG_HOOK_PASSWORD
	       : verb == MG_ACT_SESSIONS  ? MG_HOOK_SESSIONS
					  : MG_HOOK_NONE;
}

static bool is_told(const struct mg_act *act)
{
	return mg_slice_is(act->per, MG_LIT("mailbox")) ||
	       mg_slice_is(act->per, MG_LIT("domain")) ||
	       mg_slice_is(act->per, MG_LIT("account"));
}

static int find_account(struct mg_enforcer *e, const struct mg_act *act,
			const struct mg_account **out, struct mg_err *err)
{
	const struct mg_accounts *a = e->accounts(e->arg);
	char identity[MG_EFFECT_IDENTITY_MAX];
	int rc;

	if (!a)
		return mg_fail(err, MG_ECONF,
			       "the account tables cannot be read");
	rc = mg_effect_identity(a, e->root, act, identity, err);
	if (rc == -MG_EIO) {
		e->fail(e->arg, act->id, err);
		return -MG_ECONF;
	}
	if (rc < 0)
		return rc;
	if (!mg_effect_is_same(act->identity, mg_slice_str(identity)))
		return mg_fail(err, MG_EFOUND,
			       "the account of that name is another one by now "
			       "(%s, not %.*s)",
			       identity, MG_SLICE_ARG(act->identity));
	*out = &a->accounts[mg_effect_account(a, act)];
	return 0;
}

static int fill(const struct mg_act *act, const struct mg_account *account,
		struct mg_hook_call *out, struct mg_err *err)
{
	*out = (struct mg_hook_call){
		.verb = verb_of(act->verb),
		.key = act->verb == MG_ACT_UNSUSPEND ? act->target
						     : mg_slice_str(act->id),
		.per = act->per,
		.subject = act->subject,
		.domain = act->domain,
		.account = account->name,
		.owner = account->owner,
		.uid = account->uid,
		.with_login = act->with_login,
		.reason = act->reason,
		.until = act->until < MG_ACT_NO_END ? act->until : 0,
	};
	return mg_hook_check(out, err) < 0 ? -MG_EUSAGE : 0;
}

int mg_effect_call(struct mg_enforcer *e, const struct mg_act *act,
		   struct mg_hook_call *out, struct mg_err *err)
{
	const struct mg_account *account = NULL;
	int rc;

	if (!is_told(act))
		return mg_fail(err, MG_EUSAGE,
			       "hooks are told of mailboxes, domains and "
			       "accounts, not of a '%.*s'",
			       MG_SLICE_ARG(act->per));
	rc = find_account(e, act, &account, err);
	if (rc < 0)
		return rc;
	return fill(act, account, out, err);
}

int mg_effect_call_gone(const struct mg_act *act, struct mg_hook_call *out,
			struct mg_err *err)
{
	struct mg_account account = { .name = act->account,
				      .owner = act->owner };
	struct mg_slice rest = act->identity, uid;
	uint64_t n;

	if (!mg_slice_cut_at(&rest, ',', &uid))
		uid = rest; /* of one whose creation nothing tells */
	if (!mg_slice_cut_lit(&uid, MG_LIT("uid ")) ||
	    !mg_num_parse(uid, UINT32_MAX, &n))
		return mg_fail(err, MG_EUSAGE, "nobody knows its user id");
	account.uid = (int64_t)n;
	return fill(act, &account, out, err);
}

struct mg_hook_host mg_effect_host(const struct mg_enforcer *e)
{
	return (struct mg_hook_host){ .root = e->root,
				      .state = mg_slice_str(e->state),
				      .seconds = e->settings->hooks.limit,
				      .grace_s = e->settings->hooks.grace,
				      .lock_fd = e->lock_fd };
}
