/* SPDX-License-Identifier: MIT */
/*
 * panel_fixture - the tables of each panel, as files of a fake host. What was
 * read is written as a line a domain, in the order of their numbers:
 *
 *     DOMAIN ACCOUNT[*] OWNER[ (PLAN)]     with * for the account's main domain
 */
#ifndef MG_TEST_PANEL_FIXTURE_H
#define MG_TEST_PANEL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "mailguard/account.h"
#include "mailguard/buf.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define FILES_MAX 8

#define OWNERS "/etc/virtual/domainowners"
#define DA "/usr/local/directadmin/data/users/"
#define HESTIA "/usr/local/hestia/data/users/"
#define VESTA "/usr/local/vesta/data/users/"
#define VM "/etc/webmin/virtual-server/domains/"
#define TSV "/etc/mailguard/plesk.tsv"
#define PASSWD                                                                 \
	{                                                                      \
		"/etc/passwd", "alice:x:1001:1001::/home/alice:/bin/sh\n"      \
			       "bob:x:1002:1002::/home/bob:/bin/sh\n"          \
	}

struct file {
	const char *path, *text;
};

struct row {
	enum mg_account_source source;
	struct file files[FILES_MAX];
	const char *want; /* or, with a code, a part of the error */
	int code;
};

static const struct mg_hash_key key = { 7, 8 };
static char dir[64];
static struct mg_root root;
static struct mg_accounts accounts;
static struct mg_err err;

static inline const char *path_of(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s%s", dir, name);
	return path;
}

static inline void write_file(const struct file *file)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s", path_of(file->path));
	for (char *at = strchr(path + strlen(dir) + 1, '/'); at;
	     at = strchr(at + 1, '/')) {
		*at = '\0';
		(void)mkdir(path, 0755);
		*at = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(file->text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static inline int begin(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/mailguard-panel-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mg_root_open(&root, dir, &err), 0);
	accounts = (struct mg_accounts){ 0 };
	err = (struct mg_err){ 0 };
	return 0;
}

static inline int end(void **state)
{
	char command[128];

	(void)state;
	mg_accounts_release(&accounts);
	mg_root_close(&root);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
	return 0;
}

static inline int load(enum mg_account_source source)
{
	mg_accounts_release(&accounts);
	err = (struct mg_err){ 0 };
	return mg_accounts_load(&accounts, source, &root, &key, &err);
}

static inline void show(struct mg_buf *b)
{
	for (uint32_t i = 0; i < accounts.n_domains; i++) {
		const struct mg_domain *d = &accounts.domains[i];
		const struct mg_account *a = &accounts.accounts[d->account];

		mg_buf_add(b, d->name);
		mg_buf_add_char(b, ' ');
		mg_buf_add(b, a->name);
		mg_buf_add_str(b, a->main_domain == i ? "*" : "");
		mg_buf_add_char(b, ' ');
		mg_buf_add(b, a->owner);
		if (a->plan.len)
			mg_buf_add_fmt(b, " (%.*s)", MG_SLICE_ARG(a->plan));
		mg_buf_add_char(b, '\n');
	}
}

static inline void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *r = &rows[i];
		struct mg_buf got;
		int rc;

		(void)end(NULL);
		(void)begin(NULL);
		for (size_t f = 0; f < FILES_MAX && r->files[f].path; f++)
			write_file(&r->files[f]);
		rc = load(r->source);
		if (rc != -r->code)
			fail_msg("row %zu: %d %s", i, rc, err.text);
		mg_buf_init(&got, 65536);
		show(&got);
		if (r->code && !strstr(err.text, r->want))
			fail_msg("row %zu: %s", i, err.text);
		if (r->code)
			assert_int_equal(accounts.n_domains, 0);
		else if (strcmp(got.ptr, r->want) != 0)
			fail_msg("row %zu:\n%s\nis not\n%s", i, got.ptr,
				 r->want);
		mg_buf_release(&got);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
