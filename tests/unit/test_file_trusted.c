/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <limits.h>
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

#include "mailguard/file.h"

#define STRANGER 12345 /* a user id that is neither root nor who runs this */

static char top[PATH_MAX]; /* a host's root: top/etc/mailguard/a.conf */

static const char *below(const char *path)
{
	static char full[PATH_MAX + 64];

	(void)snprintf(full, sizeof(full), "%s%s", top, path);
	return full;
}

static void write_file(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/mailguard-trusted-XXXXXX");
	assert_non_null(mkdtemp(top));
	assert_int_equal(mkdir(below("/etc"), 0755), 0);
	assert_int_equal(mkdir(below("/etc/mailguard"), 0755), 0);
	write_file(below("/etc/mailguard/a.conf"), "text");
	assert_int_equal(chmod(below("/etc/mailguard/a.conf"), 0644), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(below("/etc/mailguard/a.conf"));
	(void)unlink(below("/etc/mailguard/link"));
	(void)unlink(below("/etc/mailguard/pipe"));
	assert_int_equal(rmdir(below("/etc/mailguard")), 0);
	(void)unlink(below("/etc/elsewhere"));
	assert_int_equal(rmdir(below("/etc")), 0);
	assert_int_equal(rmdir(top), 0);
	return 0;
}

static int read_host(const char *path, struct mg_buf *out, struct mg_err *err)
{
	struct mg_root root;
	int rc;

	assert_int_equal(mg_root_open(&root, top, err), 0);
	mg_buf_init(out, 100);
	rc = mg_root_read_trusted(&root, path, out, err);
	mg_root_close(&root);
	return rc;
}

static int read_typed(const char *path, struct mg_buf *out, struct mg_err *err)
{
	mg_buf_init(out, 100);
	return mg_file_read_trusted(below(path), out, err);
}

static void expect(int (*read)(const char *, struct mg_buf *, struct mg_err *),
		   const char *path, int wanted, const char *text)
{
	struct mg_err err = { 0 };
	struct mg_buf out;
	const int rc = read(path, &out, &err);

	if (rc != wanted)
		fail_msg("%s: %d, not %d: %s", path, rc, wanted, err.text);
	if (rc == 0)
		assert_string_equal(out.ptr, text);
	else if (text && !strstr(err.text, text))
		fail_msg("'%s' does not say '%s'", err.text, text);
	mg_buf_release(&out);
}

/* Whatever of the way is changed, both doors refuse and say how to mend it. */
static void expect_both(int wanted, const char *text)
{
	expect(read_host, "/etc/mailguard/a.conf", wanted, text);
	expect(read_typed, "/etc/mailguard/a.conf", wanted, text);
}

static const char *const way[] = { "/etc/mailguard/a.conf", "/etc/mailguard",
				   "/etc", "" };

static void test_modes(void **state)
{
	char mend[PATH_MAX + 80];

	(void)state;
	expect_both(0, "text");
	for (size_t i = 0; i < sizeof(way) / sizeof(*way); i++) {
		struct stat was;

		assert_int_equal(stat(below(way[i]), &was), 0);
		(void)snprintf(mend, sizeof(mend), "chmod go-w '%s'",
			       below(way[i]));
		assert_int_equal(chmod(below(way[i]), was.st_mode | 0020), 0);
		expect_both(-MG_ECONF, mend);
		assert_int_equal(chmod(below(way[i]), was.st_mode | 0002), 0);
		expect_both(-MG_ECONF, mend);
		assert_int_equal(chmod(below(way[i]), was.st_mode), 0);
	}
	expect_both(0, "text");
}

static void test_owners(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(way) / sizeof(*way); i++) {
		char mend[PATH_MAX + 80];

		(void)snprintf(mend, sizeof(mend), "chown 0 '%s'",
			       below(way[i]));
		assert_int_equal(chown(below(way[i]), STRANGER, 0), 0);
		expect_both(-MG_ECONF, mend);
		assert_int_equal(chown(below(way[i]), 0, 0), 0);
	}
	expect_both(0, "text");
}

/* Nobody can replace a file of ours in a directory like /tmp. */
static void test_a_sticky_directory(void **state)
{
	(void)state;
	assert_int_equal(chmod(below("/etc"), 01777), 0);
	expect_both(0, "text");
	assert_int_equal(chmod(below("/etc"), 0755), 0);
}

static void test_links(void **state)
{
	(void)state;
	assert_int_equal(symlink("a.conf", below("/etc/mailguard/link")), 0);
	assert_int_equal(symlink("mailguard", below("/etc/elsewhere")), 0);
	expect(read_host, "/etc/mailguard/link", -MG_EIO, "link");
	expect(read_host, "/etc/elsewhere/a.conf", -MG_EIO, "elsewhere");
	expect(read_typed, "/etc/mailguard/link", 0, "text");
	expect(read_typed, "/etc/elsewhere/a.conf", 0, "text");
	/* It is the place where the file really lies that must be safe. */
	assert_int_equal(chmod(below("/etc/mailguard"), 0777), 0);
	expect(read_typed, "/etc/elsewhere/a.conf", -MG_ECONF,
	       "/etc/mailguard'");
	assert_int_equal(chmod(below("/etc/mailguard"), 0755), 0);
}

static void test_what_is_no_file(void **state)
{
	(void)state;
	expect(read_host, "/etc/mailguard/none", 1, NULL);
	expect(read_host, "/none/a.conf", 1, NULL);
	expect(read_typed, "/etc/mailguard/none", -MG_EIO, "no such file");
	expect(read_host, "/etc/mailguard", -MG_EIO, "regular");
	expect(read_typed, "/etc", -MG_EIO, "regular");
	assert_int_equal(mkfifo(below("/etc/mailguard/pipe"), 0600), 0);
	expect(read_host, "/etc/mailguard/pipe", -MG_EIO, "regular");
}

/* Where nothing is read, nobody is to be told of a mode. */
static void test_a_missing_file_on_an_open_way(void **state)
{
	(void)state;
	assert_int_equal(chmod(below("/etc"), 0777), 0);
	expect(read_host, "/etc/mailguard/none", 1, NULL);
	assert_int_equal(chmod(below("/etc"), 0755), 0);
}

static void test_a_file_too_long(void **state)
{
	char text[102];

	(void)state;
	memset(text, 'x', 101);
	text[101] = '\0';
	write_file(below("/etc/mailguard/a.conf"), text);
	expect_both(-MG_ELIMIT, "longer than 100 bytes");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_modes),
		TEST(test_owners),
		TEST(test_a_sticky_directory),
		TEST(test_links),
		TEST(test_what_is_no_file),
		TEST(test_a_missing_file_on_an_open_way),
		TEST(test_a_file_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
