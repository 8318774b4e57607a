/* SPDX-License-Identifier: MIT */
/* The document roots of each panel. */
#include "panel_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mailguard/account.h"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_sites_of_plain),  TEST(test_bad_document_roots),
		TEST(test_sites_of_cpanel), TEST(test_sites_of_directadmin),
		TEST(test_sites_of_hestia), TEST(test_sites_of_others),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
