/* SPDX-License-Identifier: MIT */
/* What Exim needs in order to count by itself, of the policies of this host and
   its account tables. */
#include "backend_exim.h"

#include "mailguard/account.h"
#include "mailguard/rules_exim_native.h"

static int read_policies(const struct mg_exim_host *x, struct mg_policies *p,
			 struct mg_err *err)
{
	return mg_policies_read_folder(p, x->host->root, MG_POLICIES_FOLDER,
				       x->host->tz, err);
}

static int load_accounts(const struct mg_exim_host *x, struct mg_accounts *a,
			 struct mg_err *err)
{
	enum mg_account_source source;
	unsigned char raw[MG_HASH_KEY_LEN];
	struct mg_hash_key key;
	const int rc = mg_hash_key_random(raw, err);

	if (rc < 0)
		return rc;
	if (!mg_account_source_parse(x->host->settings->accounts, &source))
		source = mg_accounts_detect(x->host->root);
	key = mg_hash_key_of(raw);
	return mg_accounts_load(a, source, x->host->root, &key, err);
}

int mg_exim_add_native(const struct mg_exim_host *x, struct mg_buf *out,
		       struct mg_err *err)
{
	struct mg_policies policies = { .n_items = 0 };
	int rc;

	if (!x->is_native)
		return 0;
	rc = read_policies(x, &policies, err);
	if (rc == 0) {
		mg_rules_exim_add_native(out, &policies,
					 mg_slice_str(x->limits));
		rc = mg_buf_check(out, "the limits that Exim counts", err);
	}
	mg_policies_release(&policies);
	return rc;
}

int mg_exim_add_limits(const struct mg_exim_host *x, struct mg_buf *out,
		       struct mg_err *err)
{
	struct mg_policies policies = { .n_items = 0 };
	struct mg_accounts accounts = { .n_accounts = 0 };
	int rc = read_policies(x, &policies, err);

	if (rc == 0)
		rc = load_accounts(x, &accounts, err);
	if (rc == 0) {
		mg_rules_exim_add_limits(out, &policies, &accounts,
					 x->host->now);
		rc = mg_buf_check(out, "the limits of Exim", err);
		mg_accounts_release(&accounts);
	}
	mg_policies_release(&policies);
	return rc;
}
