/* SPDX-License-Identifier: MIT */
/*
 * Plesk keeps its tables in a database. The administrator exports them with
 * `plesk db`, by the query in mailguard(8), to /etc/mailguard/plesk.tsv: a line
 * for each domain and each alias, with tabs between
 *
 *     domain  system user  owner  home  document root  main domain
 *
 * and perhaps the service plan behind another tab. NULL where there is none. All
 * domains of a subscription have one system user; the main domain is the
 * subscription's name.
 *
 * Source: mysql(1), options --batch and --skip-column-names; tables domains,
 * hosting, sys_users, domain_aliases and clients of the database psa.
 */
#include "account_priv.h"

#include "mailguard/limits.h"

#define EXPORT "/etc/mailguard/plesk.tsv"

enum { DOMAIN, USER, OWNER, HOME, DOCROOT, MAIN, PLAN, COLUMNS };

/* The last one may be missing. */
static bool cut_columns(struct mg_slice line, struct mg_slice out[COLUMNS])
{
	out[PLAN] = MG_LIT("");
	for (int i = 0; i < MAIN; i++)
		if (!mg_slice_cut_at(&line, '\t', &out[i]))
			return false;
	if (mg_slice_cut_at(&line, '\t', &out[MAIN]))
		out[PLAN] = line;
	else
		out[MAIN] = line;
	for (int i = 0; i < COLUMNS; i++)
		if (mg_slice_is(out[i], MG_LIT("NULL")))
			out[i].len = 0;
	return mg_slice_find(line, '\t') == line.len;
}

static int take_line(void *arg, struct mg_slice line, struct mg_err *err)
{
	struct mg_slice column[COLUMNS];
	struct mg_accounts *a = arg;
	uint32_t domain, main_domain, account;
	int rc;

	if (!cut_columns(line, column))
		return mg_fail(err, MG_EPARSE,
			       "expected %d columns with tabs between: domain, "
			       "user, owner, home, document root, main domain, "
			       "and perhaps the plan",
			       MAIN + 1);
	rc = mg_accounts_add(a, column[MAIN], column[USER], &main_domain, err);
	if (rc == 0)
		rc = mg_accounts_add(a, column[DOMAIN], column[USER], &domain,
				     err);
	if (rc < 0)
		return rc;
	account = a->domains[domain].account;
	mg_accounts_set_main(a, main_domain);
	mg_accounts_set_owner(a, account, column[OWNER]);
	mg_accounts_set_plan(a, account, column[PLAN]);
	mg_accounts_set_home(a, account, column[HOME]);
	mg_accounts_add_site(a, domain, column[DOCROOT], 0);
	return 0;
}

int mg_accounts_load_plesk(struct mg_accounts *a, const struct mg_root *root,
			   struct mg_err *err)
{
	const struct mg_table t = { .a = a,
				    .root = root,
				    .path = EXPORT,
				    .bytes_max = MG_TABLE_MAX,
				    .is_export = true };
	const int rc = mg_table_lines(&t, take_line, a, err);

	if (rc == 1)
		return mg_fail(err, MG_ECONF,
			       "no '" EXPORT "' below '%s': make it with the "
			       "command in mailguard(8)",
			       root->path);
	/* What a query that failed leaves behind. */
	if (rc == 0 && a->n_domains == 0)
		return mg_fail(err, MG_ECONF,
			       "'" EXPORT "' is empty: did the command in "
			       "mailguard(8) fail?");
	return rc;
}
