/* SPDX-License-Identifier: MIT */
/*
 * cPanel: /etc/userdomains names every domain and its user, and ends with
 * "*: nobody"; /etc/trueuserdomains says which is a user's main one, and
 * /etc/trueuserowners whose customer the user is.
 */
#include "account_priv.h"

/*
 * "*" stands for every other domain, "*.x" for its subdomains: neither is a
 * domain that sends. Nobody and root are not customers, whatever they own.
 */
static bool is_passed_over(struct mg_slice domain, struct mg_slice user)
{
	return mg_slice_has_prefix(domain, MG_LIT("*")) ||
	       mg_slice_is(user, MG_LIT("nobody")) ||
	       mg_slice_is(user, MG_LIT("root"));
}

static int take_domain(struct mg_accounts *a, struct mg_slice domain,
		       struct mg_slice user, struct mg_err *err)
{
	uint32_t unused;

	if (is_passed_over(domain, user))
		return 0;
	return mg_accounts_add(a, domain, user, &unused, err);
}

static int take_main_domain(struct mg_accounts *a, struct mg_slice domain,
			    struct mg_slice user, struct mg_err *err)
{
	uint32_t main_domain;
	int rc;

	if (is_passed_over(domain, user))
		return 0;
	/* Also makes it where userdomains does not have it yet. */
	rc = mg_accounts_add(a, domain, user, &main_domain, err);
	if (rc == 0)
		a->accounts[a->domains[main_domain].account].main_domain =
			main_domain;
	return rc;
}

static int take_owner(struct mg_accounts *a, struct mg_slice user,
		      struct mg_slice owner, struct mg_err *err)
{
	const uint32_t i = mg_accounts_user(a, user);

	(void)err; /* owners of accounts without a domain are of no use here */
	if (i != MG_ACCOUNT_NONE)
		a->accounts[i].owner = owner;
	return 0;
}

int mg_accounts_load_cpanel(struct mg_accounts *a, const struct mg_root *root,
			    struct mg_err *err)
{
	int rc = mg_table_read(a, root, "/etc/userdomains", true, take_domain,
			       err);

	if (rc == 1)
		return mg_fail(err, MG_ECONF,
			       "no '/etc/userdomains' below '%s': no cPanel "
			       "host, or the wrong --root",
			       root->path);
	if (rc == 0)
		rc = mg_table_read(a, root, "/etc/trueuserdomains", true,
				   take_main_domain, err);
	if (rc >= 0)
		rc = mg_table_read(a, root, "/etc/trueuserowners", true,
				   take_owner, err);
	return rc < 0 ? rc : mg_accounts_read_homes(a, root, err);
}
