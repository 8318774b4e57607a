/* SPDX-License-Identifier: MIT */
/*
 * The panel, and whether its tables can be read as a sweep reads them.
 */
#include "host_priv.h"

static const char *const names[] = {
	[MG_ACCOUNTS_CPANEL] = "cPanel",
	[MG_ACCOUNTS_DIRECTADMIN] = "DirectAdmin",
	[MG_ACCOUNTS_PLESK] = "Plesk",
	[MG_ACCOUNTS_HESTIA] = "Hestia",
	[MG_ACCOUNTS_VIRTUALMIN] = "Virtualmin",
	[MG_ACCOUNTS_PLAIN] = "no panel",
};

static const char *mend_of(enum mg_account_source source, int code)
{
	if (code != MG_ECONF)
		return "mend what the message names; until then sweeps stop "
		       "with the same message";
	switch (source) {
	case MG_ACCOUNTS_PLAIN:
		return "echo 'example.com: USER' >>/etc/mailguard/domains, a "
		       "line for each domain";
	case MG_ACCOUNTS_PLESK:
		return "export the tables to /etc/mailguard/plesk.tsv by the "
		       "query in mailguard(8)";
	default:
		return "mend the owner or the mode of what the message names";
	}
}

void mg_find_accounts(struct mg_look *l)
{
	unsigned char raw[MG_HASH_KEY_LEN];
	struct mg_hash_key key;
	struct mg_err err = { 0 };
	enum mg_account_source source = mg_accounts_detect(l->opts->root);
	int rc = mg_hash_key_random(raw, &err);

	l->host->panel = source;
	if (l->opts->settings) /* a word that the table of settings allows */
		(void)mg_account_source_parse(l->opts->settings->accounts,
					      &source);
	key = mg_hash_key_of(raw);
	if (rc == 0)
		rc = mg_accounts_load(&l->accounts, source, l->opts->root, &key,
				      &err);
	if (rc < 0) {
		mg_say(l, MG_TOPIC_ACCOUNTS, MG_LEVEL_TROUBLE, names[source],
		       "%s", err.text);
		mg_mend(l, "%s", mend_of(source, err.code));
		return;
	}
	mg_say(l, MG_TOPIC_ACCOUNTS, MG_LEVEL_OK, names[source],
	       "%zu domains of %zu accounts", l->accounts.n_domains,
	       l->accounts.n_accounts);
}
