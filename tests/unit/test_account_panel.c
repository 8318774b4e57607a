/* SPDX-License-Identifier: MIT */
/*
 * The tables of each panel, as files of a fake host. What was read is written
 * as a line a domain, in the order of their numbers:
 *
 *     DOMAIN ACCOUNT[*] OWNER      with * for the account's main domain
 */
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

static const char *path_of(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s%s", dir, name);
	return path;
}

static void write_file(const struct file *file)
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

static int begin(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/mailguard-panel-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mg_root_open(&root, dir, &err), 0);
	accounts = (struct mg_accounts){ 0 };
	err = (struct mg_err){ 0 };
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	mg_accounts_release(&accounts);
	mg_root_close(&root);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
	return 0;
}

static int load(enum mg_account_source source)
{
	mg_accounts_release(&accounts);
	err = (struct mg_err){ 0 };
	return mg_accounts_load(&accounts, source, &root, &key, &err);
}

static void show(struct mg_buf *b)
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
		mg_buf_add_char(b, '\n');
	}
}

static void check(const struct row *rows, size_t n)
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

static void test_directadmin(void **state)
{
	static const struct row rows[] = {
		{ MG_ACCOUNTS_DIRECTADMIN,
		  { { OWNERS, "b.example: alice\na.example: alice\n"
			      "c.example: bob\n" },
		    { DA "alice/user.conf", "username=alice\ncreator=admin\n"
					    "domain=A.example\n" },
		    { DA "alice/domains/a.example.pointers",
		      "alias.example=type=alias\np.example=type=pointer\n" },
		    { DA "alice/domains/a.example.subdomains", "shop\n*\n" },
		    { DA "bob/user.conf", "creator=rita\ndomain=c.example\n" },
		    PASSWD },
		  "b.example alice admin\na.example alice* admin\n"
		  "c.example bob* rita\nalias.example alice admin\n"
		  "p.example alice admin\nshop.a.example alice admin\n",
		  0 },
		/* A main domain that is somebody else's is none. */
		{ MG_ACCOUNTS_DIRECTADMIN,
		  { { OWNERS, "a.example: alice\nc.example: bob\n" },
		    { DA "bob/user.conf", "domain=a.example\n" },
		    { DA "alice/user.conf", "domain=nowhere.example\n" } },
		  "a.example alice* \nc.example bob* \n",
		  0 },
		/* Files of domains that are not the user's are not read. */
		{ MG_ACCOUNTS_DIRECTADMIN,
		  { { OWNERS, "a.example: alice\nc.example: bob\n" },
		    { DA "bob/domains/a.example.pointers", "x.example=a\n" },
		    { DA "bob/domains/z.example.pointers", "y.example=a\n" },
		    { DA "bob/domains/.pointers", "y.example=a\n" },
		    { DA "mallory/domains/a.example.pointers",
		      "z.example\n" } },
		  "a.example alice* \nc.example bob* \n",
		  0 },
		/* domainowners stands against what another file says. */
		{ MG_ACCOUNTS_DIRECTADMIN,
		  { { OWNERS, "a.example: alice\nc.example: bob\n"
			      "sub.c.example: alice\n" },
		    { DA "bob/domains/c.example.pointers", "a.example=x\n" },
		    { DA "bob/domains/c.example.subdomains", "sub\n" } },
		  "a.example alice* \nc.example bob* \n"
		  "sub.c.example alice \n",
		  0 },
		{ MG_ACCOUNTS_DIRECTADMIN,
		  { { OWNERS, "a.example: alice\n" },
		    { DA "alice/domains/a.example.pointers",
		      "\nno name\nb\xc3\xbc.example=type=alias\nz.example\n" } },
		  "a.example alice* \nz.example alice \n",
		  0 },
		{ MG_ACCOUNTS_DIRECTADMIN,
		  { { OWNERS, "a.example: alice\n" },
		    { DA "alice/user.conf", "creator\n" } },
		  "alice/user.conf':1: expected 'name=value'",
		  MG_EPARSE },
		{ MG_ACCOUNTS_DIRECTADMIN,
		  { { OWNERS, "a.example: alice\na.example: bob\n" } },
		  "'" OWNERS "':2: ",
		  MG_EPARSE },
		{ MG_ACCOUNTS_DIRECTADMIN,
		  { { OWNERS, "a.example: ../../../etc\n" } },
		  "'" OWNERS "':1: ",
		  MG_EPARSE },
		{ MG_ACCOUNTS_DIRECTADMIN, { PASSWD }, OWNERS, MG_ECONF },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_plesk(void **state)
{
	static const struct row rows[] = {
		{ MG_ACCOUNTS_PLESK,
		  { { TSV, "b.example\talice\tadmin\t/v/a\t/v/a/b\ta.example\n"
			   "a.example\talice\tadmin\t/v/a\t/v/a/w\ta.example\n"
			   "c.example\tbob\trita\t/v/c\tNULL\tc.example\n" } },
		  "a.example alice* admin\nb.example alice admin\n"
		  "c.example bob* rita\n",
		  0 },
		{ MG_ACCOUNTS_PLESK,
		  { { TSV, "a.example\tal\tNULL\tNULL\tNULL\ta.example\n" } },
		  "a.example al* \n",
		  0 },
		{ MG_ACCOUNTS_PLESK,
		  { { TSV, "a.example\tal\t\t/v\t/v/w\n" } },
		  "'" TSV "':1: expected 6 columns",
		  MG_EPARSE },
		{ MG_ACCOUNTS_PLESK,
		  { { TSV, "a.example\tal\t\t/v\t/v/w\ta.example\tx\n" } },
		  ":1: expected 6 columns",
		  MG_EPARSE },
		/* A domain without hosting of its own has its subscription's. */
		{ MG_ACCOUNTS_PLESK,
		  { { TSV, "a.example\tNULL\tx\tNULL\tNULL\ta.example\n" } },
		  ":1: '' is not the name of an account",
		  MG_EPARSE },
		{ MG_ACCOUNTS_PLESK,
		  { { TSV, "a.example\tal\tx\t/v\t/w\ta.example\n"
			   "a.example\tbo\tx\t/v\t/w\tb.example\n" } },
		  ":2: the domain belongs to another account above",
		  MG_EPARSE },
		{ MG_ACCOUNTS_PLESK,
		  { { TSV, "a.example\tal\tx\t/v\t/v/w\ta.exam" } },
		  "'" TSV "': the last line has no end",
		  MG_EPARSE },
		{ MG_ACCOUNTS_PLESK, { { TSV, "" } }, "is empty", MG_ECONF },
		{ MG_ACCOUNTS_PLESK, { PASSWD }, TSV, MG_ECONF },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_hestia(void **state)
{
	static const struct row rows[] = {
		{ MG_ACCOUNTS_HESTIA,
		  { { HESTIA "alice/user.conf", "NAME='Alice'\nROLE='user'\n" },
		    { HESTIA "alice/web.conf",
		      "DOMAIN='b.example' IP='192.0.2.1' "
		      "ALIAS='www.b.example,*.b.example,alias.example' "
		      "TPL='default'\n"
		      "DOMAIN='shop.a.example' ALIAS=''\n" },
		    { HESTIA "alice/mail.conf",
		      "DOMAIN='a.example' DKIM='yes'\n"
		      "DOMAIN='b.example'\n" },
		    { HESTIA "bob/mail.conf", "DOMAIN='c.example'\n" },
		    { HESTIA "no name/web.conf", "DOMAIN='x.example'\n" } },
		  "b.example alice* \nshop.a.example alice \n"
		  "a.example alice \nc.example bob* \n"
		  "www.b.example alice \nalias.example alice \n",
		  0 },
		/* Mail for another's alias is whose mail it is; names that are
		   no domains are in no log. */
		{ MG_ACCOUNTS_HESTIA,
		  { { HESTIA "alice/web.conf",
		      "DOMAIN='a.example' ALIAS='alias.example,w.example'\n"
		      "DOMAIN='b\xc3\xbc.example' ALIAS='a..example'\n" },
		    { HESTIA "bob/mail.conf", "DOMAIN='alias.example'\n" } },
		  "a.example alice* \nalias.example bob* \nw.example alice \n",
		  0 },
		{ MG_ACCOUNTS_HESTIA,
		  { { VESTA "alice/web.conf", "DOMAIN='a.example' ALIAS=''" } },
		  "a.example alice* \n",
		  0 },
		{ MG_ACCOUNTS_HESTIA,
		  { { HESTIA "alice/user.conf", "NAME='x'\n" } },
		  "",
		  0 },
		/* A value with a quote in it is no value. */
		{ MG_ACCOUNTS_HESTIA,
		  { { HESTIA "alice/web.conf",
		      "DOMAIN='a.example' ALIAS='x'y' DOMAIN='c.example'\n" } },
		  "alice/web.conf':1: expected KEY='value'",
		  MG_EPARSE },
		/* And a second domain in a line counts for nothing. */
		{ MG_ACCOUNTS_HESTIA,
		  { { HESTIA "alice/web.conf",
		      "DOMAIN='a.example' TPL='x' DOMAIN='c.example' "
		      "ALIAS='w.example' ALIAS='c.example'\n" } },
		  "a.example alice* \nw.example alice \n",
		  0 },
		{ MG_ACCOUNTS_HESTIA,
		  { { HESTIA "alice/web.conf",
		      "IP='x' DOMAIN='a.example'\n" } },
		  ":1: expected DOMAIN='name' ...",
		  MG_EPARSE },
		{ MG_ACCOUNTS_HESTIA,
		  { { HESTIA "alice/web.conf", "DOMAIN='a.example\n" } },
		  ":1: expected KEY='value'",
		  MG_EPARSE },
		{ MG_ACCOUNTS_HESTIA,
		  { { HESTIA "alice/web.conf", "DOMAIN=\"a.example\"\n" } },
		  ":1: expected KEY='value'",
		  MG_EPARSE },
		{ MG_ACCOUNTS_HESTIA,
		  { { HESTIA "alice/web.conf", "DOMAIN='a.example'\n" },
		    { HESTIA "bob/mail.conf", "\nDOMAIN='a.example'\n" } },
		  "bob/mail.conf':2: the domain belongs to another account",
		  MG_EPARSE },
		{ MG_ACCOUNTS_HESTIA, { PASSWD }, "hestia", MG_ECONF },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_virtualmin(void **state)
{
	static const struct row rows[] = {
		{ MG_ACCOUNTS_VIRTUALMIN,
		  { { VM "11", "dom=b.example\nuser=alice\nparent=12\n" },
		    { VM "12", "dom=a.example\nuser=alice\nowner=Alice's = x\n"
			       "reseller=rita rolf\n" },
		    { VM "13", "dom=d.example\nuser=alice\nparent=\n" },
		    { VM "14", "dom=w.example\nuser=alice\nalias=12\n" },
		    { VM "15", "dom=c.example\nuser=bob\ndisabled=why\n\n" },
		    { VM "15.lock", "dom=x.example\nuser=bob\n" },
		    { VM "notes", "nothing" } },
		  "b.example alice rita\na.example alice* rita\n"
		  "d.example alice rita\nw.example alice rita\n"
		  "c.example bob* \n",
		  0 },
		{ MG_ACCOUNTS_VIRTUALMIN,
		  { { VM "1", "dom=a.example\n" } },
		  "'" VM "1': expected 'dom=' and 'user=' in it",
		  MG_EPARSE },
		{ MG_ACCOUNTS_VIRTUALMIN,
		  { { VM "1", "" } },
		  "'" VM "1': expected 'dom='",
		  MG_EPARSE },
		{ MG_ACCOUNTS_VIRTUALMIN,
		  { { VM "1", "dom=a.example\nuser=alice\n" },
		    { VM "2", "dom=a.example\nuser=bob\nparent=1\n" } },
		  "'" VM "2': the domain belongs to another account above",
		  MG_EPARSE },
		{ MG_ACCOUNTS_VIRTUALMIN, { { VM "notes", "" } }, "", 0 },
		{ MG_ACCOUNTS_VIRTUALMIN,
		  { PASSWD },
		  "virtual-server",
		  MG_ECONF },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

/* --- document roots --- */

struct site_row {
	const char *account, *path;
	const char *domain; /* NULL: none */
};

static void check_sites(const struct row *host, const struct site_row *rows,
			size_t n)
{
	check(host, 1);
	for (size_t i = 0; i < n; i++) {
		const uint32_t got = mg_accounts_site(
			&accounts,
			mg_accounts_user(&accounts,
					 mg_slice_str(rows[i].account)),
			mg_slice_str(rows[i].path));
		const struct mg_slice name =
			got == MG_ACCOUNT_NONE ? MG_LIT("none")
					       : accounts.domains[got].name;

		if (!mg_slice_is(name,
				 mg_slice_str(rows[i].domain ? rows[i].domain
							     : "none")))
			fail_msg("'%s' is of %.*s", rows[i].path,
				 MG_SLICE_ARG(name));
	}
}

static void test_sites_of_plain(void **state)
{
	static const struct row host = {
		MG_ACCOUNTS_PLAIN,
		{ { "/etc/mailguard/domains",
		    "a.example: alice\nb.example: alice\nd.example: alice\n"
		    "c.example: bob\n" },
		  { "/etc/mailguard/document-roots",
		    "# comment\n\na.example: /home/alice/www\n"
		    "B.example: /home/alice/www/b//\n"
		    "c.example: /home/alice/www/c\n"
		    "d.example: /home/alice/same\nb.example: /home/alice/same\n"
		    "a.example: /home/alice/all\nb.example: /home/alice/all\n" },
		  PASSWD },
		"a.example alice* \nb.example alice \nd.example alice \n"
		"c.example bob* \n",
		0,
	};
	static const struct site_row rows[] = {
		{ "alice", "/home/alice/www", "a.example" },
		{ "alice", "/home/alice/www/x/y", "a.example" },
		{ "alice", "/home/alice/www/b", "b.example" },
		{ "alice", "/home/alice/www/b/c/d", "b.example" },
		{ "alice", "/home/alice/www/bb", "a.example" },
		/* Another's document root is looked past. */
		{ "alice", "/home/alice/www/c", "a.example" },
		{ "bob", "/home/alice/www/c", "c.example" },
		{ "bob", "/home/alice/www", NULL },
		/* Two have it: the main domain, else the first by name. */
		{ "alice", "/home/alice/all/x", "a.example" },
		{ "alice", "/home/alice/same", "b.example" },
		{ "alice", "/home/alice", NULL },
		{ "alice", "/home/alice/ww", NULL },
		{ "alice", "/home/alice/wwww", NULL },
		{ "alice", "/home/alice/www/../www", NULL },
		{ "alice", "/home/alice/./www", NULL },
		{ "alice", "/home/alice//www", NULL },
		{ "alice", "/home/alice/www/", NULL },
		{ "alice", "home/alice/www", NULL },
		{ "alice", "/", NULL },
		{ "alice", "", NULL },
	};

	(void)state;
	check_sites(&host, rows, LENGTH(rows));
}

static void test_bad_document_roots(void **state)
{
	const struct file domains = { "/etc/mailguard/domains",
				      "a.example: alice\n" };
	const struct row rows[] = {
		{ MG_ACCOUNTS_PLAIN,
		  { domains, { "/etc/mailguard/document-roots", "x: /x\n" } },
		  "document-roots':1: 'x' is not in",
		  MG_EPARSE },
		{ MG_ACCOUNTS_PLAIN,
		  { domains,
		    { "/etc/mailguard/document-roots", "a.example: x\n" } },
		  ":1: 'x' is not the whole path of a directory",
		  MG_EPARSE },
		{ MG_ACCOUNTS_PLAIN,
		  { domains,
		    { "/etc/mailguard/document-roots", "a.example: /\n" } },
		  ":1: '/' is not",
		  MG_EPARSE },
		{ MG_ACCOUNTS_PLAIN,
		  { domains,
		    { "/etc/mailguard/document-roots",
		      "a.example: /a/../b\n" } },
		  ":1: ",
		  MG_EPARSE },
		{ MG_ACCOUNTS_CPANEL,
		  { { "/etc/userdomains", "a.example: alice\n" },
		    { "/etc/userdatadomains",
		      "a.example: alice==root==main\n" } },
		  "userdatadomains':1: expected",
		  MG_EPARSE },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_sites_of_cpanel(void **state)
{
	static const struct row host = {
		MG_ACCOUNTS_CPANEL,
		{ { "/etc/userdomains",
		    "a.example: alice\nz.example: alice\nz.a.example: alice\n"
		    "p.example: alice\nq.example: alice\nc.example: bob\n"
		    "*: nobody\n" },
		  { "/etc/trueuserdomains", "a.example: alice\n" },
		  { "/etc/userdatadomains",
		    "*: nobody\n"
		    "z.a.example: alice==root==sub==a.example==/home/alice/z==\n"
		    "z.example: alice==root==addon==a.example==/home/alice/z==\n"
		    "p.example: alice==root==parked==a.example==/home/alice/p==\n"
		    "a.example: alice==root==main==a.example==/home/alice/"
		    "public_html==192.0.2.1:80==\n"
		    /* Not what userdomains says; not a path. */
		    "c.example: alice==root==addon==x==/home/alice/c==\n"
		    "gone.example: alice==root==addon==x==/home/alice/g==\n"
		    "q.example: alice==root==addon==x==/home/alice/../q==\n"
		    "q.example: alice==root==addon==x====\n" },
		  PASSWD },
		"a.example alice* \nz.example alice \nz.a.example alice \n"
		"p.example alice \nq.example alice \nc.example bob* \n",
		0,
	};
	static const struct site_row rows[] = {
		{ "alice", "/home/alice/public_html/blog", "a.example" },
		/* The addon domain, not the subdomain made for it. */
		{ "alice", "/home/alice/z", "z.example" },
		{ "alice", "/home/alice/p", NULL },
		{ "alice", "/home/alice/c", NULL },
		{ "alice", "/home/alice/g", NULL },
		{ "alice", "/home/q", NULL },
		{ "bob", "/home/alice/c", NULL },
	};

	(void)state;
	check_sites(&host, rows, LENGTH(rows));
}

static void test_sites_of_directadmin(void **state)
{
	static const struct row host = {
		MG_ACCOUNTS_DIRECTADMIN,
		{ { OWNERS, "a.example: alice\nb.example: alice\n"
			    "c.example: carl\n" },
		  { DA "alice/domains/a.example.subdomains",
		    "shop\nnews\nodd\nsame\n" },
		  { DA "alice/domains/a.example.subdomains.docroot.override",
		    "news=public_html=%2fdomains%2Fn%2Fw&php1_select=1\n"
		    "odd=php1_select=1&private_html=/o%\n"
		    "same=public_html=/domains/b.example/public_html\n"
		    "*=public_html=/x\n" },
		  PASSWD },
		"a.example alice* \nb.example alice \nc.example carl* \n"
		"shop.a.example alice \nnews.a.example alice \n"
		"odd.a.example alice \nsame.a.example alice \n",
		0,
	};
	static const struct site_row rows[] = {
		{ "alice", "/home/alice/domains/a.example/public_html/x",
		  "a.example" },
		{ "alice", "/home/alice/domains/a.example/private_html",
		  "a.example" },
		{ "alice", "/home/alice/domains/a.example/public_html/shop",
		  "shop.a.example" },
		{ "alice", "/home/alice/domains/n/w/x", "news.a.example" },
		{ "alice", "/home/alice/o%/x", "odd.a.example" },
		{ "alice", "/home/alice/domains/b.example/public_html",
		  "b.example" },
		{ "alice", "/home/alice/public_html", NULL },
		{ "alice", "/home/alice/x", NULL },
		/* Without a home there is nothing below it. */
		{ "carl", "/domains/c.example/public_html", NULL },
	};

	(void)state;
	check_sites(&host, rows, LENGTH(rows));
}

static void test_sites_of_hestia(void **state)
{
	static const struct row host = {
		MG_ACCOUNTS_HESTIA,
		{ { HESTIA "alice/web.conf",
		    "DOMAIN='x.example' CUSTOM_DOCROOT='' ALIAS='w.example'\n"
		    "DOMAIN='b.example' "
		    "CUSTOM_DOCROOT='/home/alice/web/d.example/public_html/'\n"
		    "DOMAIN='d.example' CUSTOM_DOCROOT=''\n"
		    "DOMAIN='s.example' "
		    "CUSTOM_DOCROOT='/home/alice/web/d.example/public_html/s/'\n" },
		  PASSWD },
		"x.example alice* \nb.example alice \n"
		"d.example alice \ns.example alice \nw.example alice \n",
		0,
	};
	static const struct site_row rows[] = {
		{ "alice", "/home/alice/web/x.example/public_html/a",
		  "x.example" },
		{ "alice", "/home/alice/web/x.example/cgi-bin", "x.example" },
		/* Its own before the one that was pointed at it. */
		{ "alice", "/home/alice/web/d.example/public_html",
		  "d.example" },
		{ "alice", "/home/alice/web/d.example/public_html/s/x",
		  "s.example" },
		{ "alice", "/home/alice/web/b.example/public_html",
		  "b.example" },
		{ "alice", "/home/alice/web/w.example/public_html", NULL },
		{ "alice", "/home/alice/web", NULL },
	};

	(void)state;
	check_sites(&host, rows, LENGTH(rows));
}

static void test_sites_of_others(void **state)
{
	static const struct row virtualmin = {
		MG_ACCOUNTS_VIRTUALMIN,
		{ { VM "1", "dom=a.example\nuser=alice\nhome=/home/alice\n"
			    "public_html_path=/home/alice/public_html\n" },
		  { VM "2", "dom=b.example\nuser=alice\nparent=1\n"
			    "public_html_path=/home/alice/domains/b/p\n" },
		  { VM "3", "dom=w.example\nuser=alice\nparent=1\nalias=1\n"
			    "public_html_path=/home/alice/w\n" } },
		"a.example alice* \nb.example alice \nw.example alice \n",
		0,
	};
	static const struct site_row of_virtualmin[] = {
		{ "alice", "/home/alice/public_html/x", "a.example" },
		{ "alice", "/home/alice/domains/b/p/x", "b.example" },
		{ "alice", "/home/alice/domains/b", NULL },
		{ "alice", "/home/alice/w", NULL },
	};
	static const struct row plesk = {
		MG_ACCOUNTS_PLESK,
		{ { TSV,
		    "a.example\talice\tx\t/v/a\t/v/a/httpdocs\ta.example\n"
		    "b.example\talice\tx\t/v/a\t/v/a/b.example\ta.example\n" } },
		"a.example alice* x\nb.example alice x\n",
		0,
	};
	static const struct site_row of_plesk[] = {
		{ "alice", "/v/a/httpdocs", "a.example" },
		{ "alice", "/v/a/b.example/blog", "b.example" },
		{ "alice", "/v/a", NULL },
	};

	(void)state;
	check_sites(&virtualmin, of_virtualmin, LENGTH(of_virtualmin));
	check_sites(&plesk, of_plesk, LENGTH(of_plesk));
	assert_int_equal(mg_accounts_of_path(&accounts, MG_LIT("/v/a/x")), 0);
}

/* --- who may write the tables, and when they are read again --- */

static void test_files_of_accounts_are_refused(void **state)
{
	static const struct row host = {
		MG_ACCOUNTS_HESTIA,
		{ { HESTIA "alice/web.conf", "DOMAIN='a.example'\n" },
		  { HESTIA "bob/web.conf", "DOMAIN='c.example'\n" },
		  PASSWD },
		"a.example alice* \nc.example bob* \n",
		0,
	};
	static const char *const paths[] = { HESTIA "bob/web.conf",
					     "/usr/local/hestia/data/users" };

	(void)state;
	check(&host, 1);
	for (size_t i = 0; i < LENGTH(paths); i++) {
		assert_int_equal(chmod(path_of(paths[i]), 0777), 0);
		assert_int_equal(load(MG_ACCOUNTS_HESTIA), -MG_ECONF);
		assert_non_null(strstr(err.text, paths[i]));
		assert_non_null(strstr(err.text, "by everybody (mode 0777)"));
		assert_int_equal(chmod(path_of(paths[i]), 0755), 0);
		assert_int_equal(load(MG_ACCOUNTS_HESTIA), 0);
		if (geteuid() != 0)
			continue;
		assert_int_equal(chown(path_of(paths[i]), 1002, 0), 0);
		assert_int_equal(load(MG_ACCOUNTS_HESTIA), -MG_ECONF);
		assert_non_null(strstr(err.text, paths[i]));
		assert_non_null(strstr(err.text, "the account 'bob'"));
		/* Some system user's, as DirectAdmin's own are. */
		assert_int_equal(chown(path_of(paths[i]), 8, 0), 0);
		assert_int_equal(load(MG_ACCOUNTS_HESTIA), 0);
	}
}

static void test_users_of_servers(void **state)
{
	static const struct row host = {
		MG_ACCOUNTS_PLAIN,
		{ { "/etc/mailguard/domains", "a.example: mail\n" },
		  { "/etc/passwd", "root:x:0:0::/root:/bin/sh\n"
				   "Debian-exim:x:101:1::/:/bin/false\n"
				   "mailnull:x:47:1::/:/bin/false\n"
				   "mail:x:8:8::/home/mail:/bin/sh\n"
				   "postfix:x:106:1::/:/bin/false\n"
				   "dovecot:x:107:1::/:/bin/false\n"
				   "dovenull:x:108:1::/:/bin/false\n"
				   "exim:x:107:1::/:/bin/false\n"
				   "www-data:x:33:33::/:/bin/false\n" } },
		"a.example mail* \n",
		0,
	};
	static const struct {
		uint64_t uid;
		unsigned servers;
	} rows[] = {
		{ 0, MG_SERVER_EXIM | MG_SERVER_POSTFIX | MG_SERVER_DOVECOT },
		{ 101, MG_SERVER_EXIM },
		{ 47, MG_SERVER_EXIM },
		{ 106, MG_SERVER_POSTFIX },
		{ 107, MG_SERVER_DOVECOT | MG_SERVER_EXIM },
		{ 108, MG_SERVER_DOVECOT },
		{ 33, 0 },
		{ 8, 0 }, /* an account, whatever its name is */
		{ 1, 0 },
		{ UINT32_MAX, 0 },
	};

	(void)state;
	check(&host, 1);
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(mg_accounts_servers(&accounts, rows[i].uid),
				 rows[i].servers);
}

static void test_links_are_not_followed(void **state)
{
	static const struct row host = {
		MG_ACCOUNTS_VIRTUALMIN,
		{ { VM "1", "dom=a.example\nuser=alice\n" } },
		"a.example alice* \n",
		0,
	};

	(void)state;
	check(&host, 1);
	assert_int_equal(symlink("/etc/passwd", path_of(VM "2")), 0);
	assert_int_equal(load(MG_ACCOUNTS_VIRTUALMIN), -MG_EIO);
	assert_non_null(strstr(err.text, VM "2"));
}

static void test_staleness(void **state)
{
	static const struct file changed = { VM "1",
					     "dom=b.example\nuser=al\n" };
	static const struct file more = { VM "2", "dom=b.example\nuser=al\n" };
	static const struct file passwd = PASSWD;
	static const struct row host = {
		MG_ACCOUNTS_VIRTUALMIN,
		{ { VM "1", "dom=a.example\nuser=alice\n" } },
		"a.example alice* \n",
		0,
	};

	(void)state;
	check(&host, 1);
	assert_false(mg_accounts_are_stale(&accounts, &root));
	write_file(&changed);
	assert_true(mg_accounts_are_stale(&accounts, &root));
	assert_int_equal(load(MG_ACCOUNTS_VIRTUALMIN), 0);
	assert_false(mg_accounts_are_stale(&accounts, &root));
	/* A file that comes, one that was missing, one that goes. */
	write_file(&more);
	assert_true(mg_accounts_are_stale(&accounts, &root));
	assert_int_equal(unlink(path_of(VM "2")), 0);
	assert_int_equal(load(MG_ACCOUNTS_VIRTUALMIN), 0);
	write_file(&passwd);
	assert_true(mg_accounts_are_stale(&accounts, &root));
	assert_int_equal(load(MG_ACCOUNTS_VIRTUALMIN), 0);
	assert_int_equal(unlink(path_of(VM "1")), 0);
	assert_true(mg_accounts_are_stale(&accounts, &root));
}

static void test_detection(void **state)
{
	static const struct {
		const char *path;
		enum mg_account_source want;
	} rows[] = {
		/* Each is looked for before those above it. */
		{ "/etc/mailguard/domains", MG_ACCOUNTS_PLAIN },
		{ VM "1", MG_ACCOUNTS_VIRTUALMIN },
		{ VESTA "admin/web.conf", MG_ACCOUNTS_HESTIA },
		{ HESTIA "admin/web.conf", MG_ACCOUNTS_HESTIA },
		{ "/usr/local/psa/version", MG_ACCOUNTS_PLESK },
		{ TSV, MG_ACCOUNTS_PLESK },
		{ OWNERS, MG_ACCOUNTS_DIRECTADMIN },
		{ "/etc/userdomains", MG_ACCOUNTS_CPANEL },
	};

	(void)state;
	assert_int_equal(mg_accounts_detect(&root), MG_ACCOUNTS_PLAIN);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct file file = { rows[i].path, "" };

		write_file(&file);
		assert_int_equal(mg_accounts_detect(&root), rows[i].want);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_directadmin),
		TEST(test_plesk),
		TEST(test_hestia),
		TEST(test_virtualmin),
		TEST(test_sites_of_plain),
		TEST(test_bad_document_roots),
		TEST(test_sites_of_cpanel),
		TEST(test_sites_of_directadmin),
		TEST(test_sites_of_hestia),
		TEST(test_sites_of_others),
		TEST(test_files_of_accounts_are_refused),
		TEST(test_users_of_servers),
		TEST(test_links_are_not_followed),
		TEST(test_staleness),
		TEST(test_detection),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
