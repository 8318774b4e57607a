/* SPDX-License-Identifier: MIT */
/*
 * From a subject to the keys that daemons look up. Every name is looked up in
 * the account tables as they are now: an account that is gone, or a domain that
 * belongs to somebody else today, gets nothing.
 */
#include "act_priv.h"

#include "mailguard/address.h"

#define V6_SUBJECT_PREFIX 64 /* as the judge counts */
#define ALL_BITS 128

bool mg_expand_needs_accounts(const struct mg_act *act)
{
	return !mg_slice_is(act->per, MG_LIT("ip"));
}

bool mg_enforce_network(struct mg_slice text, struct mg_network *out)
{
	if (!mg_network_parse(text, out))
		return false;
	if (out->prefix == ALL_BITS && !mg_ip_is_v4(&out->ip))
		*out = mg_network_of(&out->ip, V6_SUBJECT_PREFIX);
	return true;
}

bool mg_enforce_network_of(const struct mg_act *act, struct mg_network *out)
{
	struct mg_slice mailbox, ip = act->subject;

	if (mg_slice_is(act->per, MG_LIT("mailbox-ip")) &&
	    !mg_mailbox_ip_cut(act->subject, &mailbox, &ip))
		return false;
	return (ip.len != act->subject.len ||
		mg_slice_is(act->per, MG_LIT("ip"))) &&
	       mg_enforce_network(ip, out);
}

/* What every key of an act has. */
static struct mg_force_entry entry_of(const struct mg_act *act)
{
	return (struct mg_force_entry){
		.verb = act->verb == MG_ACT_BLOCK     ? MG_FORCE_BLOCK
			: act->verb == MG_ACT_HOLD    ? MG_FORCE_HOLD
			: act->verb == MG_ACT_SUSPEND ? MG_FORCE_SUSPEND
						      : MG_FORCE_THROTTLE,
		.since = act->since,
		.until = act->until,
		.n = act->n,
		.limit = act->limit,
		.window_s = act->window_s,
		.pace = act->pace,
		.act = mg_slice_str(act->id),
	};
}

static size_t add_name(struct mg_force *force, const struct mg_act *act,
		       enum mg_force_key key, struct mg_slice name)
{
	struct mg_force_entry e = entry_of(act);

	e.key = key;
	e.name = name;
	return mg_force_add(force, &e);
}

/* Never root's, and nobody's whom several accounts share. */
static bool has_uid(const struct mg_accounts *a, uint32_t account)
{
	const int64_t uid = a->accounts[account].uid;

	return uid > 0 && uid <= UINT32_MAX &&
	       mg_accounts_uid(a, (uint64_t)uid) == account;
}

/* Who may not log in either: a login, or where it is one, all of a domain. */
static size_t add_closed(struct mg_force *force, const struct mg_act *act,
			 const char *before, struct mg_slice name)
{
	struct mg_force_entry e = entry_of(act);
	struct mg_buf text;
	size_t n = 0;

	mg_buf_init(&text, MG_MAILBOX_MAX);
	if (act->verb == MG_ACT_SUSPEND && act->with_login) {
		mg_buf_add_str(&text, before);
		mg_buf_add(&text, name);
		e.key = MG_FORCE_CLOSED;
		e.name = mg_buf_slice(&text);
		n = mg_force_add(force, &e);
	}
	mg_buf_release(&text);
	return n;
}

static size_t add_uid(struct mg_force *force, const struct mg_act *act,
		      const struct mg_accounts *a, uint32_t account)
{
	struct mg_force_entry e = entry_of(act);
	const int64_t uid = a->accounts[account].uid;

	if (!has_uid(a, account))
		return 0;
	e.key = MG_FORCE_UID;
	e.uid = (uint32_t)uid;
	return mg_force_add(force, &e);
}

static size_t add_account(struct mg_force *force, const struct mg_act *act,
			  const struct mg_accounts *a, uint32_t account)
{
	size_t n = add_uid(force, act, a, account) +
		   add_name(force, act, MG_FORCE_LOGIN,
			    a->accounts[account].name) +
		   add_closed(force, act, "", a->accounts[account].name);

	for (size_t i = 0; i < a->n_domains; i++)
		if (a->domains[i].account == account)
			n += add_name(force, act, MG_FORCE_DOMAIN,
				      a->domains[i].name) +
			     add_closed(force, act, "@", a->domains[i].name);
	return n;
}

/* The domain of that name, where it is still that of the act's account. */
static uint32_t find_domain(const struct mg_act *act,
			    const struct mg_accounts *a, struct mg_slice name)
{
	const uint32_t domain = mg_accounts_domain(a, name);

	if (domain != MG_ACCOUNT_NONE && act->account.len &&
	    mg_accounts_user(a, act->account) != a->domains[domain].account)
		return MG_ACCOUNT_NONE;
	return domain;
}

static size_t count_domains(const struct mg_accounts *a, uint32_t account)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n_domains; i++)
		n += a->domains[i].account == account;
	return n;
}

/*
 * Local mail bears no domain, only a user id. It is held with that of a domain
 * which sent some, or which is the only one that it can be of: its scripts would
 * go on where its mailboxes are stopped.
 */
static size_t add_domain(struct mg_force *force, const struct mg_act *act,
			 const struct mg_accounts *a)
{
	const uint32_t domain = find_domain(act, a, act->subject);
	uint32_t account;
	size_t n;

	if (domain == MG_ACCOUNT_NONE)
		return 0;
	account = a->domains[domain].account;
	n = add_name(force, act, MG_FORCE_DOMAIN, a->domains[domain].name) +
	    add_closed(force, act, "@", a->domains[domain].name);
	if (act->with_local || count_domains(a, account) == 1)
		n += add_uid(force, act, a, account);
	return n;
}

/* A login is a mailbox of a hosted domain, or an account's own. */
static bool is_login(const struct mg_act *act, const struct mg_accounts *a,
		     struct mg_slice login)
{
	const struct mg_slice domain = mg_address_domain(login);

	return domain.len ? find_domain(act, a, domain) != MG_ACCOUNT_NONE
			  : mg_accounts_user(a, login) != MG_ACCOUNT_NONE;
}

static size_t add_mailbox(struct mg_force *force, const struct mg_act *act,
			  const struct mg_accounts *a)
{
	if (!is_login(act, a, act->subject))
		return 0;
	return add_name(force, act, MG_FORCE_LOGIN, act->subject) +
	       add_closed(force, act, "", act->subject);
}

static size_t add_owner(struct mg_force *force, const struct mg_act *act,
			const struct mg_accounts *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n_accounts; i++)
		if (mg_slice_is(a->accounts[i].owner, act->subject))
			n += add_account(force, act, a, (uint32_t)i);
	return n;
}

static size_t add_address(struct mg_force *force, const struct mg_act *act)
{
	struct mg_force_entry e = entry_of(act);

	e.key = MG_FORCE_ADDRESS;
	return mg_enforce_network(act->subject, &e.network) &&
	       mg_force_add(force, &e);
}

static size_t add_login_from(struct mg_force *force, const struct mg_act *act,
			     const struct mg_accounts *a)
{
	struct mg_force_entry e = entry_of(act);
	struct mg_slice ip;

	e.key = MG_FORCE_LOGIN_FROM;
	return mg_mailbox_ip_cut(act->subject, &e.name, &ip) &&
	       is_login(act, a, e.name) && mg_enforce_network(ip, &e.network) &&
	       mg_force_add(force, &e);
}

/* A script's mail is that of its account's user id; where others have the same,
   what can be stopped is the unit above. */
static size_t add_script(struct mg_force *force, const struct mg_act *act,
			 const struct mg_accounts *a, uint32_t account)
{
	const uint32_t domain = act->domain.len
					? find_domain(act, a, act->domain)
					: MG_ACCOUNT_NONE;

	if (has_uid(a, account))
		return add_uid(force, act, a, account);
	return domain == MG_ACCOUNT_NONE ? add_account(force, act, a, account)
					 : add_name(force, act, MG_FORCE_DOMAIN,
						    a->domains[domain].name);
}

static bool is_script(const struct mg_act *act)
{
	return mg_slice_is(act->per, MG_LIT("script")) ||
	       mg_slice_is(act->per, MG_LIT("user"));
}

bool mg_expand_is_wider(const struct mg_act *act, const struct mg_accounts *a)
{
	const uint32_t account = is_script(act)
					 ? mg_accounts_user(a, act->account)
					 : MG_ACCOUNT_NONE;

	return account != MG_ACCOUNT_NONE && !has_uid(a, account);
}

size_t mg_expand_act(const struct mg_act *act, const struct mg_accounts *a,
		     struct mg_force *force)
{
	uint32_t account;

	if (mg_slice_is(act->per, MG_LIT("ip")))
		return add_address(force, act);
	if (!a)
		return 0;
	if (mg_slice_is(act->per, MG_LIT("mailbox")))
		return add_mailbox(force, act, a);
	if (mg_slice_is(act->per, MG_LIT("mailbox-ip")))
		return add_login_from(force, act, a);
	if (mg_slice_is(act->per, MG_LIT("domain")))
		return add_domain(force, act, a);
	if (mg_slice_is(act->per, MG_LIT("owner")))
		return add_owner(force, act, a);
	account = mg_accounts_user(a, act->account);
	if (account == MG_ACCOUNT_NONE)
		return 0;
	return mg_slice_is(act->per, MG_LIT("account"))
		       ? add_account(force, act, a, account)
		       : add_script(force, act, a, account);
}
