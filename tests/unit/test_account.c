/* SPDX-License-Identifier: MIT */
/* Fake hosts, each a directory of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/account.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

/* The files of a host; NULL where there is none. */
struct host {
	const char *userdomains, *trueuserdomains, *trueuserowners;
	const char *domains, *passwd;
};

static const struct mg_hash_key key = { 7, 8 };
static char dir[64];
static struct mg_root root;
static struct mg_accounts accounts;
static struct mg_err err;

static const char *const names[] = { "/etc/userdomains", "/etc/trueuserdomains",
				     "/etc/trueuserowners",
				     "/etc/mailguard/domains", "/etc/passwd" };

static const char *path_of(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s%s", dir, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int begin(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/mailguard-account-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mkdir(path_of("/etc"), 0700), 0);
	assert_int_equal(mkdir(path_of("/etc/mailguard"), 0700), 0);
	assert_int_equal(mg_root_open(&root, dir, &err), 0);
	accounts = (struct mg_accounts){ 0 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	mg_accounts_release(&accounts);
	mg_accounts_release(&accounts);
	mg_root_close(&root);
	for (size_t i = 0; i < LENGTH(names); i++)
		(void)unlink(path_of(names[i]));
	assert_int_equal(rmdir(path_of("/etc/mailguard")), 0);
	assert_int_equal(rmdir(path_of("/etc")), 0);
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

static int load(const struct host *h, enum mg_account_source source)
{
	const char *const texts[] = { h->userdomains, h->trueuserdomains,
				      h->trueuserowners, h->domains,
				      h->passwd };

	for (size_t i = 0; i < LENGTH(names); i++) {
		(void)unlink(path_of(names[i]));
		if (texts[i])
			write_file(names[i], texts[i]);
	}
	mg_accounts_release(&accounts);
	err = (struct mg_err){ 0 };
	return mg_accounts_load(&accounts, source, &root, &key, &err);
}

static uint32_t user(const char *name)
{
	return mg_accounts_user(&accounts, mg_slice_str(name));
}

static uint32_t domain(const char *name)
{
	return mg_accounts_domain(&accounts, mg_slice_str(name));
}

static bool is(struct mg_slice got, const char *want)
{
	return mg_slice_is(got, mg_slice_str(want));
}

/* The account of a domain, and whether that is its main one. */
static void belongs(const char *name, const char *account, bool is_main)
{
	const uint32_t d = domain(name);
	const struct mg_account *a;

	if (d == MG_ACCOUNT_NONE)
		fail_msg("no domain '%s'", name);
	a = &accounts.accounts[accounts.domains[d].account];
	assert_true(is(a->name, account));
	assert_int_equal(a->main_domain == d, is_main);
	assert_true(is(accounts.domains[d].name, name));
}

static void test_cpanel(void **state)
{
	static const struct host h = {
		.userdomains = "b.example: alice\na.example: alice\n"
			       "*.a.example: alice\nC.Example.: bob\n"
			       "host.example: nobody\nroot.example: root\n"
			       "*: nobody\n",
		.trueuserdomains = "a.example: alice\nc.example: bob\n"
				   "new.example: carol\n*: nobody\n",
		.trueuserowners = "alice: rita\nbob: bob\nghost: rita\n",
		.passwd = "root:x:0:0:root:/root:/bin/bash\n"
			  "alice:x:1001:1001::/home/alice:/bin/sh\n"
			  "bob:x:1002:1002:Bob:/home2/bob:/bin/sh\n",
	};
	uint32_t alice;

	(void)state;
	assert_int_equal(load(&h, MG_ACCOUNTS_CPANEL), 0);
	belongs("a.example", "alice", true);
	belongs("b.example", "alice", false);
	belongs("c.example", "bob", true);
	belongs("new.example", "carol", true);
	assert_int_equal(accounts.n_domains, 4);
	assert_int_equal(accounts.n_accounts, 3);
	assert_int_equal(domain("host.example"), MG_ACCOUNT_NONE);
	assert_int_equal(domain("root.example"), MG_ACCOUNT_NONE);
	assert_int_equal(domain("*"), MG_ACCOUNT_NONE);
	assert_int_equal(domain("sub.a.example"), MG_ACCOUNT_NONE);
	assert_int_equal(user("nobody"), MG_ACCOUNT_NONE);
	assert_int_equal(user("root"), MG_ACCOUNT_NONE);
	assert_int_equal(user("ghost"), MG_ACCOUNT_NONE);
	alice = user("alice");
	assert_true(is(accounts.accounts[alice].owner, "rita"));
	assert_true(is(accounts.accounts[alice].home, "/home/alice"));
	assert_int_equal(accounts.accounts[user("carol")].owner.len, 0);
	assert_int_equal(accounts.accounts[user("carol")].home.len, 0);
}

/* Names are compared byte for byte; the caller makes them canonical. */
static void test_lookups_are_exact(void **state)
{
	static const struct host h = { .domains = "a.example: alice\n" };
	static const char *const wrong[] = { "",           "a.exampl",
					     "a.example.", "A.example",
					     "a.examplee", "alice" };

	(void)state;
	assert_int_equal(load(&h, MG_ACCOUNTS_PLAIN), 0);
	assert_int_not_equal(domain("a.example"), MG_ACCOUNT_NONE);
	for (size_t i = 0; i < LENGTH(wrong); i++)
		assert_int_equal(domain(wrong[i]), MG_ACCOUNT_NONE);
	assert_int_equal(user("Alice"), MG_ACCOUNT_NONE);
	assert_int_equal(user(""), MG_ACCOUNT_NONE);
	assert_int_equal(user("alic"), MG_ACCOUNT_NONE);
}

static void test_plain(void **state)
{
	static const struct host h = {
		.domains = "# ours\n\n  b.example :\talice \n"
			   "a.example: alice\nc.example:bob\n"
			   "b.example: alice\n",
		.passwd = "alice:x:1001:1001::/home/alice:/bin/sh\n",
	};

	(void)state;
	assert_int_equal(load(&h, MG_ACCOUNTS_PLAIN), 0);
	assert_int_equal(accounts.n_domains, 3);
	belongs("b.example", "alice", true); /* the first */
	belongs("a.example", "alice", false);
	belongs("c.example", "bob", true);
}

static void test_missing_files(void **state)
{
	static const struct {
		struct host h;
		enum mg_account_source source;
		int want;
	} rows[] = {
		{ { .userdomains = NULL }, MG_ACCOUNTS_CPANEL, -MG_ECONF },
		{ { .trueuserdomains = "a.example: alice\n",
		    .domains = "a.example: alice\n" },
		  MG_ACCOUNTS_CPANEL,
		  -MG_ECONF },
		{ { .userdomains = "a.example: alice\n" },
		  MG_ACCOUNTS_CPANEL,
		  0 },
		{ { .userdomains = "" }, MG_ACCOUNTS_CPANEL, 0 },
		{ { .userdomains = "a.example: alice\n" },
		  MG_ACCOUNTS_PLAIN,
		  -MG_ECONF },
		{ { .domains = "a.example: alice" }, MG_ACCOUNTS_PLAIN, 0 },
		{ { .domains = "" }, MG_ACCOUNTS_PLAIN, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_int_equal(load(&rows[i].h, rows[i].source),
				 rows[i].want);
		assert_int_equal(err.code, -rows[i].want);
		if (rows[i].want) {
			assert_non_null(strstr(err.text, dir));
			assert_int_equal(accounts.n_domains, 0);
		}
	}
}

static void test_what_is_no_table(void **state)
{
	static const struct host none = { .userdomains = NULL };

	(void)state;
	assert_int_equal(load(&none, MG_ACCOUNTS_PLAIN), -MG_ECONF);
	assert_int_equal(mkdir(path_of(names[3]), 0700), 0);
	assert_int_equal(mg_accounts_load(&accounts, MG_ACCOUNTS_PLAIN, &root,
					  &key, &err),
			 -MG_EIO);
	assert_int_equal(rmdir(path_of(names[3])), 0);
	/* A planted link would have another file read. */
	assert_int_equal(symlink("/etc/passwd", path_of(names[3])), 0);
	assert_int_equal(mg_accounts_load(&accounts, MG_ACCOUNTS_PLAIN, &root,
					  &key, &err),
			 -MG_EIO);
	assert_int_equal(accounts.n_domains, 0);
}

#define LONG_32 "abcdefghijklmnopqrstuvwxyz012345"

static void test_bad_lines_name_file_and_line(void **state)
{
	static const struct {
		const char *text;
		const char *where; /* NULL where it is a good one */
	} rows[] = {
		{ "a.example: alice\nb.example alice\n", "domains':2: " },
		{ "a.example:\n", "domains':1: " },
		{ ": alice\n", "domains':1: " },
		{ "#\n\na.example: al ice\n", "domains':3: " },
		{ "a.example: -rf\n", "domains':1: " },
		{ "a.example: ..\n", "domains':1: " },
		{ "a.example: al/ice\n", "domains':1: " },
		{ "a.example: alice:x\n", "domains':1: " },
		{ "a.example: " LONG_32 "\n", NULL },
		{ "a.example: " LONG_32 "6\n", "domains':1: " },
		{ "a example: alice\n", "domains':1: " },
		{ "a..example: alice\n", "domains':1: " },
		{ ".example: alice\n", "domains':1: " },
		{ "a.ex\xc3\xa4mple: alice\n", "domains':1: " },
		{ "a.example: Al_i-ce.1\n", NULL },
		{ "xn--bcher-kva.example: alice\n", NULL },
		/* One domain, two accounts. */
		{ "a.example: alice\na.example: bob\n", "domains':2: " },
		{ "a.example: alice\nA.EXAMPLE.: bob\n", "domains':2: " },
		{ "a.example: alice\nA.EXAMPLE.: alice\n", NULL },
		{ "a.example: alice\r\n", NULL },
		{ "a.example: ali\rce\n", "domains':1: " },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct host h = { .domains = rows[i].text };
		const int rc = load(&h, MG_ACCOUNTS_PLAIN);

		if (rc != (rows[i].where ? -MG_EPARSE : 0))
			fail_msg("'%s': %d %s", rows[i].text, rc, err.text);
		if (rows[i].where && !strstr(err.text, rows[i].where))
			fail_msg("'%s': %s", rows[i].text, err.text);
		if (rc)
			assert_int_equal(accounts.n_accounts, 0);
	}
}

static void test_bad_lines_of_cpanel(void **state)
{
	static const struct {
		struct host h;
		const char *where;
	} rows[] = {
		{ { .userdomains = "x\n" }, "'/etc/userdomains':1: " },
		{ { .userdomains = "a.example: alice\n",
		    .trueuserdomains = "\na.example: bob\n" },
		  "'/etc/trueuserdomains':2: " },
		{ { .userdomains = "a.example: alice\n",
		    .trueuserowners = "alice rita\n" },
		  "'/etc/trueuserowners':1: " },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_int_equal(load(&rows[i].h, MG_ACCOUNTS_CPANEL),
				 -MG_EPARSE);
		assert_non_null(strstr(err.text, rows[i].where));
	}
}

static void test_homes(void **state)
{
	static const struct {
		const char *passwd;
		const char *home; /* of alice */
	} rows[] = {
		{ "alice:x:1:1::/home/alice:/bin/sh\n", "/home/alice" },
		{ "alice:x:1:1::/home/alice:/bin/sh", "/home/alice" },
		{ "alice:x:1:1:Al, Room 1:/home/alice:\n", "/home/alice" },
		{ "# x\n\nalice:x:1:1::/a\n", "" },
		{ "alice:x:1:1::home/alice:/bin/sh\n", "" },
		{ "alice:x:1:1::/:/bin/sh\n", "" },
		{ "alice:x:1:1:::/bin/sh\n", "" },
		{ "alice:x\n", "" },
		/* A line of another shape is some other program's (NIS). */
		{ "+\nalice:x:1:1::/home/alice:/bin/sh\n", "/home/alice" },
		{ "bob:x:1:1::/home/bob:/bin/sh\n", "" },
		{ "", "" },
		{ NULL, "" },
		/* The first stands. */
		{ "alice:x:1:1::/one:/bin/sh\nalice:x:1:1::/two:/bin/sh\n",
		  "/one" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct host h = { .domains = "a.example: alice\n",
					.passwd = rows[i].passwd };

		assert_int_equal(load(&h, MG_ACCOUNTS_PLAIN), 0);
		if (!is(accounts.accounts[user("alice")].home, rows[i].home))
			fail_msg("%s", rows[i].passwd);
	}
}

static void test_path_of(void **state)
{
	static const struct host h = {
		.domains = "a.example: alice\nb.example: bob\nc.example: carl\n"
			   "d.example: dora\n",
		.passwd = "alice:x:1:1::/home/alice:/bin/sh\n"
			  "bob:x:2:2::/home/alice/users/bob:/bin/sh\n"
			  "carl:x:3:3::/srv/www/carl:/bin/sh\n",
	};
	static const struct {
		const char *path;
		const char *account; /* NULL: nobody's */
	} rows[] = {
		{ "/home/alice", "alice" },
		{ "/home/alice/", NULL },
		{ "/home/alice/public_html/blog", "alice" },
		{ "/home/alice/users", "alice" },
		/* The deepest of homes in one another. */
		{ "/home/alice/users/bob", "bob" },
		{ "/home/alice/users/bob/www", "bob" },
		{ "/home/alice/users/bobby", "alice" },
		{ "/srv/www/carl/x", "carl" },
		{ "/srv/www", NULL },
		{ "/home", NULL },
		{ "/", NULL },
		{ "", NULL },
		{ "home/alice", NULL },
		{ "/home/alicex", NULL },
		{ "/home/alic", NULL },
		{ "/HOME/alice", NULL },
		{ "/home/alice/..", NULL },
		{ "/home/alice/../bob", NULL },
		{ "/home/x/../alice", NULL },
		{ "/home/alice/./x", NULL },
		{ "/home/alice/.", NULL },
		{ "/./home/alice", NULL },
		{ "//home/alice", NULL },
		{ "/home//alice", NULL },
		{ "/home/alice//x", NULL },
		{ "/home/alice/...", "alice" },
		{ "/home/alice/.x", "alice" },
		{ "/home/alice/x..", "alice" },
		{ "/home/alice/users/bob/../..", NULL },
		{ "/home/dora", NULL },
	};

	(void)state;
	assert_int_equal(load(&h, MG_ACCOUNTS_PLAIN), 0);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const uint32_t got = mg_accounts_of_path(
			&accounts, mg_slice_str(rows[i].path));
		const uint32_t want = rows[i].account ? user(rows[i].account)
						      : MG_ACCOUNT_NONE;

		if (got != want)
			fail_msg("'%s' is of %u, not %u", rows[i].path, got,
				 want);
	}
}

static void test_many(void **state)
{
	enum { N = 3000 };
	char *text = malloc(N * 64);
	struct host h = { .domains = text };
	size_t len = 0;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < N; i++)
		len += (size_t)snprintf(text + len, 64, "d%d.example: u%d\n", i,
					i / 3);
	assert_int_equal(load(&h, MG_ACCOUNTS_PLAIN), 0);
	assert_int_equal(accounts.n_domains, N);
	assert_int_equal(accounts.n_accounts, N / 3);
	for (int i = 0; i < N; i++) {
		char name[32], account[32];

		(void)snprintf(name, sizeof(name), "d%d.example", i);
		(void)snprintf(account, sizeof(account), "u%d", i / 3);
		belongs(name, account, i % 3 == 0);
	}
	free(text);
}

static void test_sources(void **state)
{
	static const struct host none = { .domains = "" };
	static const struct host cpanel = { .userdomains = "" };
	enum mg_account_source source = MG_ACCOUNTS_PLAIN;

	(void)state;
	assert_true(mg_account_source_parse(MG_LIT("cpanel"), &source));
	assert_int_equal(source, MG_ACCOUNTS_CPANEL);
	assert_true(mg_account_source_parse(MG_LIT("plain"), &source));
	assert_int_equal(source, MG_ACCOUNTS_PLAIN);
	assert_false(mg_account_source_parse(MG_LIT("Cpanel"), &source));
	assert_false(mg_account_source_parse(MG_LIT("cpane"), &source));
	assert_false(mg_account_source_parse(MG_LIT(""), &source));
	assert_int_equal(source, MG_ACCOUNTS_PLAIN);
	assert_int_equal(load(&none, MG_ACCOUNTS_PLAIN), 0);
	assert_int_equal(mg_accounts_detect(&root), MG_ACCOUNTS_PLAIN);
	assert_int_equal(load(&cpanel, MG_ACCOUNTS_CPANEL), 0);
	assert_int_equal(mg_accounts_detect(&root), MG_ACCOUNTS_CPANEL);
}

static void test_release_of_nothing(void **state)
{
	struct mg_accounts zeroed = { 0 };

	(void)state;
	mg_accounts_release(NULL);
	mg_accounts_release(&zeroed);
	assert_int_equal(mg_accounts_domain(&zeroed, MG_LIT("a")),
			 MG_ACCOUNT_NONE);
	assert_int_equal(mg_accounts_of_path(&zeroed, MG_LIT("/a")),
			 MG_ACCOUNT_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_cpanel),
		TEST(test_lookups_are_exact),
		TEST(test_plain),
		TEST(test_missing_files),
		TEST(test_what_is_no_table),
		TEST(test_bad_lines_name_file_and_line),
		TEST(test_bad_lines_of_cpanel),
		TEST(test_homes),
		TEST(test_path_of),
		TEST(test_many),
		TEST(test_sources),
		TEST(test_release_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
