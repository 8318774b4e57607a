/* SPDX-License-Identifier: MIT */
/* Who may write the tables, and when they are read again. */
#include "panel_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/account.h"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_files_of_accounts_are_refused),
		TEST(test_users_of_servers),
		TEST(test_links_are_not_followed),
		TEST(test_staleness),
		TEST(test_detection),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
