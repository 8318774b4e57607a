/* SPDX-License-Identifier: MIT */
/*
 * No panel: the administrator lists "domain: user" in /etc/mailguard/domains.
 * The first domain of a user is the main one.
 */
#include "account_priv.h"

static int take_domain(struct mg_accounts *a, struct mg_slice domain,
		       struct mg_slice user, struct mg_err *err)
{
	uint32_t unused;

	return mg_accounts_add(a, domain, user, &unused, err);
}

int mg_accounts_load_plain(struct mg_accounts *a, const struct mg_root *root,
			   struct mg_err *err)
{
	const int rc = mg_table_read(a, root, "/etc/mailguard/domains", true,
				     take_domain, err);

	if (rc == 1)
		return mg_fail(
			err, MG_ECONF,
			"no '/etc/mailguard/domains' below '%s': list "
			"your domains there, a line each: 'domain: user'",
			root->path);
	return rc < 0 ? rc : mg_accounts_read_homes(a, root, err);
}
