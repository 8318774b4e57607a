/* SPDX-License-Identifier: MIT */
/*
 * Each test stands in an empty directory of its own.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
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
#include "mailguard/replace.h"

static char directory[4096];
static struct mg_err err;

static int enter(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)umask(077);
	err = (struct mg_err){ 0 };
	(void)snprintf(directory, sizeof(directory), "%s/mg-replace-XXXXXX",
		       tmp ? tmp : P_tmpdir);
	return !mkdtemp(directory) || chdir(directory) < 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int leave(void **state)
{
	(void)state;
	return chdir("/") |
	       nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void write_old(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void holds(const char *path, const char *want, mode_t mode)
{
	char text[64] = "";
	struct stat st;
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, f), strlen(want));
	(void)fclose(f);
	assert_string_equal(text, want);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
}

static int count_names(void)
{
	struct dirent **names;
	const int n = scandir(".", &names, NULL, NULL);

	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return n - 2;
}

static int replace(const char *path, uint32_t mode, const char *text)
{
	struct mg_replace r;
	int rc = mg_replace_begin(&r, path, mode, &err);

	if (rc == 0)
		rc = mg_file_write_all(r.fd, mg_slice_str(text), &err);
	if (rc == 0)
		rc = mg_replace_commit(&r, &err);
	mg_replace_release(&r);
	return rc;
}

static void test_new_file(void **state)
{
	char path[sizeof(directory) + 8];

	(void)state;
	assert_int_equal(replace("new", 0644, "text"), 0);
	holds("new", "text", 0644);
	(void)snprintf(path, sizeof(path), "%s/other", directory);
	assert_int_equal(replace(path, 0600, "more"), 0);
	holds("other", "more", 0600);
	assert_int_equal(count_names(), 2);
}

static void test_old_file_keeps_its_mode(void **state)
{
	struct stat before, after;

	(void)state;
	write_old("f", "a long old text", 0640);
	assert_int_equal(stat("f", &before), 0);
	assert_int_equal(replace("./f", 0600, "new"), 0);
	holds("f", "new", 0640);
	assert_int_equal(stat("f", &after), 0);
	assert_true(before.st_ino != after.st_ino);
	assert_int_equal(count_names(), 1);
}

static void test_nothing_happens_without_commit(void **state)
{
	struct mg_replace r;

	(void)state;
	write_old("f", "old", 0600);
	assert_int_equal(mg_replace_begin(&r, "f", 0600, &err), 0);
	assert_int_equal(mg_file_write_all(r.fd, MG_LIT("new"), &err), 0);
	holds("f", "old", 0600);
	assert_int_equal(count_names(), 2);
	mg_replace_release(&r);
	mg_replace_release(&r);
	holds("f", "old", 0600);
	assert_int_equal(count_names(), 1);
}

static void test_what_a_dead_process_left_is_in_no_way(void **state)
{
	char name[MG_REPLACE_NAME_MAX];

	(void)state;
	(void)snprintf(name, sizeof(name), ".mailguard-%d.new", (int)getpid());
	write_old(name, "torn", 0600);
	assert_int_equal(replace("f", 0600, "new"), 0);
	holds("f", "new", 0600);
	assert_int_equal(count_names(), 1);
}

static void test_what_is_no_file_is_left_alone(void **state)
{
	static const char *const paths[] = { "dir", "link", "fifo", "" };

	(void)state;
	write_old("victim", "old", 0600);
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_int_equal(symlink("victim", "link"), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		err = (struct mg_err){ 0 };
		assert_int_equal(replace(paths[i], 0600, "new"), -MG_EIO);
		assert_int_equal(err.code, MG_EIO);
		assert_non_null(strstr(err.text, "cannot write '"));
	}
	assert_int_equal(replace("none/f", 0600, "new"), -MG_EIO);
	assert_non_null(strstr(err.text, "cannot open directory 'none/'"));
	holds("victim", "old", 0600);
	assert_int_equal(count_names(), 4);
}

static void test_long_paths(void **state)
{
	char name[NAME_MAX + 2], path[PATH_MAX + 16];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[NAME_MAX] = '\0';
	assert_int_equal(replace(name, 0600, "new"), 0);
	holds(name, "new", 0600);
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = '\0';
	assert_int_equal(replace(name, 0600, "new"), -MG_EIO);
	memset(path, '/', sizeof(path));
	(void)strcpy(path + PATH_MAX, "f");
	assert_int_equal(replace(path, 0600, "new"), -MG_EIO);
	assert_non_null(strstr(err.text, "too long"));
	assert_int_equal(count_names(), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_new_file),
		TEST(test_old_file_keeps_its_mode),
		TEST(test_nothing_happens_without_commit),
		TEST(test_what_a_dead_process_left_is_in_no_way),
		TEST(test_what_is_no_file_is_left_alone),
		TEST(test_long_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
