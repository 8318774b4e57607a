/* SPDX-License-Identifier: MIT */
/*
 * Whether the tables bear out what the child says of an origin or a sender.
 */
#include "admit_priv.h"

#include "mailguard/address.h"

int mg_admit_refuse(struct mg_err *err, const char *what)
{
	return mg_fail(err, MG_EPARSE,
		       "the parser named %s that the tables do not have", what);
}

/* A mailbox is user@domain of that domain, or the account's own name. */
static bool is_mailbox(struct mg_slice name, const struct mg_domain *d,
		       const struct mg_account *account)
{
	char canonical[MG_MAILBOX_MAX];
	size_t len;

	if (mg_slice_is(name, account->name))
		return true;
	len = mg_mailbox_canonical(name, canonical);
	return mg_slice_is(mg_slice_of(canonical, len), name) &&
	       mg_slice_is(mg_address_domain(name), d->name);
}

/*
 * A directory below the account's home, under the domain that it serves, or the
 * one that cPanel named.
 */
static bool is_script(const struct mg_accounts *t, struct mg_slice name,
		      const struct mg_subject *s)
{
	const uint32_t site = mg_accounts_site(t, s->account, name);

	return mg_accounts_of_path(t, name) == s->account &&
	       (site == s->domain || site == MG_ACCOUNT_NONE ||
		t->source == MG_ACCOUNTS_CPANEL);
}

/* Whether name, domain and account belong together for their kind. */
static bool is_borne_out(const struct mg_accounts *t,
			 const struct mg_subject *s)
{
	const struct mg_slice name = s->name;
	const struct mg_account *account = &t->accounts[s->account];
	const struct mg_domain *d = &t->domains[s->domain];

	if (mg_slice_is(name, mg_crowd_name))
		return s->kind < MG_ORIGIN_UNKNOWN;
	switch (s->kind) {
	case MG_ORIGIN_MAILBOX:
		return is_mailbox(name, d, account);
	case MG_ORIGIN_SCRIPT:
		return is_script(t, name, s);
	case MG_ORIGIN_USER:
		return mg_slice_is(name, account->name);
	case MG_ORIGIN_RELAY:
		return mg_slice_is(name, d->name);
	case MG_ORIGIN_FORWARDER:
		return mg_slice_is(name, d->name) ||
		       mg_slice_is(mg_address_domain(name), d->name);
	default:
		return false;
	}
}

static int check_origin(const struct mg_accounts *t, const struct mg_subject *s,
			struct mg_err *err)
{
	if (s->name.len == 0)
		return mg_admit_refuse(err, "an origin without name");
	if (s->account == MG_ACCOUNT_NONE && s->domain == MG_ACCOUNT_NONE) {
		if (s->kind == MG_ORIGIN_USER || s->kind == MG_ORIGIN_UNKNOWN)
			return 0;
		return mg_admit_refuse(err, "an origin");
	}
	if (s->account >= t->n_accounts || s->domain >= t->n_domains ||
	    t->domains[s->domain].account != s->account)
		return mg_admit_refuse(err, "an account or a domain");
	return is_borne_out(t, s) ? 0 : mg_admit_refuse(err, "an origin");
}

static bool is_sender(struct mg_slice name)
{
	char canonical[MG_DOMAIN_MAX];

	return mg_slice_is(name, mg_crowd_name) ||
	       mg_slice_is(name,
			   mg_slice_of(canonical,
				       mg_domain_canonical(name, canonical)));
}

int mg_admit_check_subject(const struct mg_accounts *accounts,
			   enum mg_space space, const struct mg_subject *s,
			   struct mg_err *err)
{
	if (space == MG_SPACE_ORIGIN)
		return check_origin(accounts, s, err);
	return is_sender(s->name) ? 0 : mg_admit_refuse(err, "a sender");
}
