/* SPDX-License-Identifier: MIT */
/*
 * tables.h - a host of one account with one domain.
 */
#ifndef MG_FUZZ_TABLES_H
#define MG_FUZZ_TABLES_H

#include "mailguard/account.h"
#include "mailguard/hash.h"
#include "mailguard/map.h"

static struct mg_account accounts[] = {
	{ .name = MG_LIT_INIT("alice"), .home = MG_LIT_INIT("/home/alice") },
};
static struct mg_domain domains[] = {
	{ .name = MG_LIT_INIT("a.example") },
};

static inline void init_tables(struct mg_accounts *t)
{
	*t = (struct mg_accounts){
		.accounts = accounts,
		.n_accounts = 1,
		.domains = domains,
		.n_domains = 1,
	};
	mg_map_add(&t->by_name, mg_hash_quick(&t->key, accounts[0].name), 0);
	mg_map_add(&t->by_domain, mg_hash_quick(&t->key, domains[0].name), 0);
	mg_map_add(&t->by_uid, mg_account_uid_hash(5001), 0);
	mg_map_add(&t->by_home, mg_hash_quick(&t->key, accounts[0].home), 0);
	t->home_depths = 1U << 2;
}

#endif
