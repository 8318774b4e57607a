/* SPDX-License-Identifier: MIT */
/*
 * accounts_fixture - the accounts of a small host with plain tables.
 */
#ifndef MG_TEST_ACCOUNTS_FIXTURE_H
#define MG_TEST_ACCOUNTS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "mailguard/account.h"
#include "mailguard/tz.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

/* Numbers in the tables below. */
enum { A_EXAMPLE, B_EXAMPLE, C_EXAMPLE, DOMAINS };
enum { ALICE, BOB, ACCOUNTS };

static struct mg_accounts accounts;
static const struct mg_hash_key hash_key = { 1, 2 };
static const struct mg_tz utc;
static struct mg_err err;

static inline void write_file(const char *dir, const char *name,
			      const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static inline void remove_tree(const char *dir)
{
	static const char *const names[] = { "etc/mailguard/domains",
					     "etc/mailguard/document-roots",
					     "etc/passwd",
					     "etc/mailguard",
					     "etc",
					     "" };

	for (size_t i = 0; i < LENGTH(names); i++) {
		char path[256];

		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		assert_int_equal(remove(path), 0);
	}
}

static inline int load_accounts(void **state)
{
	char dir[] = "/tmp/mailguard-accounts-XXXXXX", path[256];
	struct mg_root root = { .fd = -1 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/etc", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/etc/mailguard", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(dir, "etc/mailguard/domains",
		   "a.example: alice\nb.example: alice\nc.example: bob\n");
	write_file(dir, "etc/mailguard/document-roots",
		   "b.example: /home/alice/b\nc.example: /home/alice/c\n"
		   "c.example: /home/bob/www\n");
	write_file(dir, "etc/passwd",
		   "alice:x:1001:1001::/home/alice:/bin/sh\n"
		   "bob:x:1002:1002::/home/bob:/bin/sh\n"
		   "nobody:x:65534:65534::/nonexistent:/bin/false\n");
	assert_int_equal(mg_root_open(&root, dir, &err), 0);
	assert_int_equal(mg_accounts_load(&accounts, MG_ACCOUNTS_PLAIN, &root,
					  &hash_key, &err),
			 0);
	mg_root_close(&root);
	remove_tree(dir);
	assert_int_equal(accounts.n_domains, DOMAINS);
	assert_int_equal(accounts.n_accounts, ACCOUNTS);
	return 0;
}

static inline int free_accounts(void **state)
{
	(void)state;
	mg_accounts_release(&accounts);
	return 0;
}

#endif
