/* SPDX-License-Identifier: MIT */
/*
 * No panel: the administrator lists "domain: user" in /etc/mailguard/domains.
 * The first domain of a user is the main one. Where scripts of several domains
 * run as one user, "domain: directory" in /etc/mailguard/document-roots tells
 * them apart. "user: plan" in /etc/mailguard/plans says what each has bought.
 */
#include "account_priv.h"

#include "mailguard/address.h"
#include "mailguard/limits.h"

static int take_domain(void *a, struct mg_slice domain, struct mg_slice user,
		       struct mg_err *err)
{
	uint32_t unused;

	return mg_accounts_add(a, domain, user, &unused, err);
}

static int take_root(void *arg, struct mg_slice domain, struct mg_slice path,
		     struct mg_err *err)
{
	struct mg_accounts *a = arg;
	char name[MG_DOMAIN_MAX];
	const size_t len = mg_domain_canonical(domain, name);
	const uint32_t i = mg_accounts_domain(a, mg_slice_of(name, len));
	struct mg_slice clean = path;

	if (i == MG_ACCOUNT_NONE)
		return mg_fail(err, MG_EPARSE,
			       "'%.*s' is not in '/etc/mailguard/domains'",
			       MG_SLICE_ARG(domain));
	while (clean.len && clean.ptr[clean.len - 1] == '/')
		clean.len--;
	if (!mg_account_path_is_clean(clean))
		return mg_fail(err, MG_EPARSE,
			       "'%.*s' is not the whole path of a directory",
			       MG_SLICE_ARG(path));
	mg_accounts_add_site(a, i, clean, 0);
	return 0;
}

int mg_accounts_load_plain(struct mg_accounts *a, const struct mg_root *root,
			   struct mg_err *err)
{
	struct mg_table t = { .a = a,
			      .root = root,
			      .path = "/etc/mailguard/domains",
			      .bytes_max = MG_TABLE_MAX,
			      .separator = ':' };
	int rc = mg_table_pairs(&t, take_domain, a, err);

	if (rc == 1)
		return mg_fail(
			err, MG_ECONF,
			"no '/etc/mailguard/domains' below '%s': list "
			"your domains there, a line each: 'domain: user'",
			root->path);
	t.path = "/etc/mailguard/document-roots";
	if (rc == 0)
		rc = mg_table_pairs(&t, take_root, a, err);
	t.path = "/etc/mailguard/plans";
	return rc < 0 ? rc : mg_table_pairs(&t, mg_accounts_take_plan, a, err);
}
