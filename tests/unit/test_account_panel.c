/* SPDX-License-Identifier: MIT */
/* The domains, accounts and owners of each panel. */
#include "panel_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/account.h"

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
		  { { TSV, "a.example\tal\t\t/v\t/v/w\ta.example\tx\ty\n" } },
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

/* What each account has bought, as each panel keeps it. */
static void test_plans(void **state)
{
	static const struct row rows[] = {
		{ MG_ACCOUNTS_CPANEL,
		  { { "/etc/userdomains", "a.example: alice\nb.example: bob\n"
					  "c.example: carol\n" },
		    { "/etc/userplans", "#userplans v1\nalice: rita_Big One\n"
					"bob: undefined\nmallory: x\n"
					"no plan at all\n" } },
		  "a.example alice*  (rita_Big One)\nb.example bob* \n"
		  "c.example carol* \n",
		  0 },
		{ MG_ACCOUNTS_DIRECTADMIN,
		  { { OWNERS, "a.example: alice\nb.example: bob\n" },
		    { DA "alice/user.conf", "package=big\ncreator=admin\n" },
		    { DA "bob/user.conf", "creator=admin\n" } },
		  "a.example alice* admin (big)\nb.example bob* admin\n",
		  0 },
		{ MG_ACCOUNTS_HESTIA,
		  { { HESTIA "alice/web.conf", "DOMAIN='a.example'\n" },
		    { HESTIA "alice/user.conf",
		      "NAME='Alice'\nPACKAGE='big one'\nodd\n" },
		    { HESTIA "bob/mail.conf", "DOMAIN='b.example'\n" } },
		  "a.example alice*  (big one)\nb.example bob* \n",
		  0 },
		{ MG_ACCOUNTS_VIRTUALMIN,
		  { { VM "1", "dom=a.example\nuser=alice\nplan=7\n" },
		    { VM "2", "dom=b.example\nuser=bob\nplan=8\n" },
		    { VM "3", "dom=s.a.example\nuser=alice\nparent=1\n"
			      "plan=0\n" },
		    { "/etc/webmin/virtual-server/plans/0", "name=small\n" },
		    { "/etc/webmin/virtual-server/plans/7",
		      "id=7\nname=big one\n" } },
		  "a.example alice*  (big one)\nb.example bob* \n"
		  "s.a.example alice  (big one)\n",
		  0 },
		{ MG_ACCOUNTS_PLESK,
		  { { TSV,
		      "a.example\talice\tadmin\tNULL\tNULL\ta.example\tbig\n"
		      "b.example\tbob\tadmin\tNULL\tNULL\tb.example\tNULL\n"
		      "c.example\tcarol\tadmin\tNULL\tNULL\tc.example\n" } },
		  "a.example alice* admin (big)\nb.example bob* admin\n"
		  "c.example carol* admin\n",
		  0 },
		{ MG_ACCOUNTS_PLAIN,
		  { { "/etc/mailguard/domains",
		      "a.example: alice\nb.example: bob\n" },
		    { "/etc/mailguard/plans", "# who has what\nalice: big\n"
					      "mallory: big\n" } },
		  "a.example alice*  (big)\nb.example bob* \n",
		  0 },
		{ MG_ACCOUNTS_PLAIN,
		  { { "/etc/mailguard/domains", "a.example: alice\n" },
		    { "/etc/mailguard/plans", "alice\n" } },
		  "plans':1: expected 'name: value'",
		  MG_EPARSE },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_directadmin), TEST(test_plesk), TEST(test_hestia),
		TEST(test_virtualmin),  TEST(test_plans),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
