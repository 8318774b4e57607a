/* SPDX-License-Identifier: MIT */
/*
 * A directory of hooks on a host below /tmp.
 */
#ifndef MG_TEST_HOOK_FIXTURE_H
#define MG_TEST_HOOK_FIXTURE_H

#include <fcntl.h>
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

#include "mailguard/err.h"
#include "mailguard/file.h"

#define TOP_MAX 64

static char top[TOP_MAX];
static struct mg_err err;

static const char *below(const char *path)
{
	static char full[1024];

	(void)snprintf(full, sizeof(full), "%s%s", top, path);
	return full;
}

static void put(const char *path, const char *text, mode_t mode)
{
	const int fd = open(below(path), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
	assert_int_equal(chmod(below(path), mode), 0);
}

/* A hook of the shell. */
static void put_hook(const char *name, const char *script)
{
	char path[TOP_MAX], text[4096];

	(void)snprintf(path, sizeof(path), "/hooks/%s", name);
	(void)snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", script);
	put(path, text, 0755);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/mailguard-hook-XXXXXX");
	assert_non_null(mkdtemp(top));
	assert_int_equal(mkdir(below("/hooks"), 0755), 0);
	return 0;
}

static int remove_one(void *arg, const char *name)
{
	(void)unlinkat(*(int *)arg, name, 0);
	return 0;
}

static int tear_down(void **state)
{
	int fd = open(below("/hooks"), O_RDONLY | O_DIRECTORY);

	(void)state;
	(void)mg_file_each(below("/hooks"), remove_one, &fd, NULL);
	assert_int_equal(close(fd), 0);
	assert_int_equal(rmdir(below("/hooks")), 0);
	fd = open(top, O_RDONLY | O_DIRECTORY);
	(void)mg_file_each(top, remove_one, &fd, NULL);
	assert_int_equal(close(fd), 0);
	assert_int_equal(rmdir(top), 0);
	return 0;
}

#endif
