/* SPDX-License-Identifier: MIT */
/*
 * cPanel:
 *
 *     /etc/userdomains       every "domain: user"; ends with "*: nobody"
 *     /etc/trueuserdomains   the main one of each user
 *     /etc/trueuserowners    "user: owner", whose customer the user is
 *     /etc/userplans         "user: plan", or "undefined"
 *     /etc/userdatadomains   "domain: user==owner==type==main==docroot==..."
 *
 * Only the first must be there. The last is a cache of the panel's, so a
 * domain counts there only where the first says the same.
 */
#include "account_priv.h"

#include "mailguard/address.h"
#include "mailguard/limits.h"

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

static int take_domain(void *a, struct mg_slice domain, struct mg_slice user,
		       struct mg_err *err)
{
	uint32_t unused;

	if (is_passed_over(domain, user))
		return 0;
	return mg_accounts_add(a, domain, user, &unused, err);
}

static int take_main_domain(void *a, struct mg_slice domain,
			    struct mg_slice user, struct mg_err *err)
{
	uint32_t main_domain;
	int rc;

	if (is_passed_over(domain, user))
		return 0;
	/* Also makes it where userdomains does not have it yet. */
	rc = mg_accounts_add(a, domain, user, &main_domain, err);
	if (rc == 0)
		mg_accounts_set_main(a, main_domain);
	return rc;
}

static int take_owner(void *arg, struct mg_slice user, struct mg_slice owner,
		      struct mg_err *err)
{
	struct mg_accounts *a = arg;
	const uint32_t i = mg_accounts_next_user(a, user);

	(void)err; /* owners of accounts without a domain are of no use here */
	if (i != MG_ACCOUNT_NONE)
		mg_accounts_set_owner(a, i, owner);
	return 0;
}

static int take_plan(void *a, struct mg_slice user, struct mg_slice plan,
		     struct mg_err *err)
{
	return mg_slice_is(plan, MG_LIT("undefined"))
		       ? 0
		       : mg_accounts_take_plan(a, user, plan, err);
}

/* Takes a field off the front of "a==b==c". */
static bool cut_field(struct mg_slice *rest, struct mg_slice *out)
{
	const size_t at = mg_slice_search(*rest, MG_LIT("=="));

	if (at == rest->len)
		return false;
	*out = mg_slice_of(rest->ptr, at);
	*rest = mg_slice_from(*rest, at + 2);
	return true;
}

/*
 * An addon domain has the directory of a subdomain that the panel made for it,
 * and a parked one that of another domain: both are lines of their own.
 */
static int take_root(void *arg, struct mg_slice domain, struct mg_slice rest,
		     struct mg_err *err)
{
	enum { USER, OWNER, TYPE, MAIN, ROOT, FIELDS };
	struct mg_accounts *a = arg;
	struct mg_slice field[FIELDS] = { { NULL, 0 } };
	uint32_t i;

	if (is_passed_over(domain, rest))
		return 0;
	for (int f = 0; f < FIELDS; f++)
		if (!cut_field(&rest, &field[f]))
			return mg_fail(err, MG_EPARSE,
				       "expected 'domain: user==owner==type=="
				       "main==docroot==...'");
	i = mg_accounts_next_domain(a, domain);
	if (i == MG_ACCOUNT_NONE ||
	    a->domains[i].account != mg_accounts_next_user(a, field[USER]))
		return 0;
	if (!mg_slice_is(field[TYPE], MG_LIT("parked")))
		mg_accounts_add_site(a, i, field[ROOT],
				     mg_slice_is(field[TYPE], MG_LIT("sub"))
					     ? MG_SITE_BORROWED
					     : 0);
	return 0;
}

/* Bytes of a line with a domain and its user, about. */
#define LINE_BYTES 32

static size_t lines_of(const struct mg_root *root, const char *path)
{
	struct mg_file_info info;

	if (mg_root_look(root, path, &info, NULL) != 0 ||
	    info.size_bytes > (int64_t)MG_TABLE_MAX)
		return 0;
	return (size_t)info.size_bytes / LINE_BYTES;
}

int mg_accounts_load_cpanel(struct mg_accounts *a, const struct mg_root *root,
			    struct mg_err *err)
{
	static const struct {
		const char *path;
		mg_table_pair_fn fn;
	} tables[] = {
		{ "/etc/userdomains", take_domain },
		{ "/etc/trueuserdomains", take_main_domain },
		{ "/etc/trueuserowners", take_owner },
		{ "/etc/userplans", take_plan },
		{ "/etc/userdatadomains", take_root },
	};

	mg_accounts_expect(a, lines_of(root, tables[0].path),
			   lines_of(root, tables[1].path));
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		const struct mg_table t = { .a = a,
					    .root = root,
					    .path = tables[i].path,
					    .bytes_max = MG_TABLE_MAX,
					    .separator = ':',
					    .is_lenient = tables[i].fn ==
							  take_plan };
		const int rc = mg_table_pairs(&t, tables[i].fn, a, err);

		if (rc < 0)
			return rc;
		if (rc == 1 && i == 0)
			return mg_fail(err, MG_ECONF,
				       "no '/etc/userdomains' below '%s': no "
				       "cPanel host, or the wrong --root",
				       root->path);
	}
	return 0;
}
