/* SPDX-License-Identifier: MIT */
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

#include "mailguard/glob.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static char dir[64];
static char got[1024];
static struct mg_err err;

static int begin(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/mailguard-glob-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	return system("mkdir a b b/a && touch a/x a/y a/.z b/x b/a/x x-1 x-2 "
		      "'x[3]' && mkfifo x-4 && ln -s x-1 x-5 && ln -s no x-6");
}

static int end(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static int note(void *arg, const char *path)
{
	const int stop = *(int *)arg;

	(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s ",
		       path);
	return stop;
}

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *want;
	} rows[] = {
		/* regular files, and links to one; in order */
		{ "x-?", "x-1 x-2 x-5 " },
		{ "x-[2-9]", "x-2 x-5 " },
		{ "*/x", "a/x b/x " },
		{ "*/*", "a/x a/y b/x " },
		{ "b/*/x", "b/a/x " },
		{ "b//*", "b/x " },
		{ "./x-1*", "./x-1 " },
		{ "a/.*", "a/.z " },
		{ "a/[", "" },
		{ "n*", "" },
		{ "n/*", "" },
		{ "x-1/*", "" },
		{ "*", "x-1 x-2 x-5 x[3] " },
		{ "x\\[3*", "x[3] " },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int stop = 0;

		got[0] = '\0';
		assert_int_equal(
			mg_glob_each(rows[i].pattern, note, &stop, &err), 0);
		assert_string_equal(got, rows[i].want);
	}
}

static void test_absolute(void **state)
{
	char pattern[128], want[128];
	int stop = 0;

	(void)state;
	got[0] = '\0';
	(void)snprintf(pattern, sizeof(pattern), "/t[m]p/%s/x-*1", dir + 5);
	(void)snprintf(want, sizeof(want), "%s/x-1 ", dir);
	assert_int_equal(mg_glob_each(pattern, note, &stop, &err), 0);
	assert_string_equal(got, want);
}

static void test_stop(void **state)
{
	int stop = -5;

	(void)state;
	got[0] = '\0';
	assert_int_equal(mg_glob_each("x*", note, &stop, &err), -5);
	assert_string_equal(got, "x-1 ");
}

static void test_what_is_a_pattern(void **state)
{
	(void)state;
	assert_true(mg_glob_is_pattern("/var/log/m*"));
	assert_true(mg_glob_is_pattern("?"));
	assert_true(mg_glob_is_pattern("[a]"));
	assert_false(mg_glob_is_pattern("/var/log/mail.log-{1,2}"));
	assert_false(mg_glob_is_pattern(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_absolute),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_what_is_a_pattern),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
