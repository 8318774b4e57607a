/* SPDX-License-Identifier: MIT */
#include "mailguard/glob.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailguard/file.h"
#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

struct expansion {
	mg_glob_fn fn;
	void *arg;
	struct mg_err *err;
};

/* The names of a directory that match one component. */
struct names {
	const char *pattern;
	char **items; /* owned, and each of them */
	size_t len, cap;
	struct mg_err *err;
};

bool mg_glob_is_pattern(const char *path)
{
	return strpbrk(path, "*?[") != NULL;
}

static int take_name(void *arg, const char *name)
{
	struct names *n = arg;
	const size_t size = strlen(name) + 1;

	if (fnmatch(n->pattern, name, FNM_PERIOD) != 0)
		return 0;
	if (n->len == MG_LOGS_MAX)
		return mg_fail(n->err, MG_ELIMIT,
			       "'%s' matches more than %d names", n->pattern,
			       MG_LOGS_MAX);
	n->items = mg_vec_room(n->items, n->len, &n->cap, sizeof(*n->items));
	n->items[n->len] = mg_mem_zalloc(size, 1);
	memcpy(n->items[n->len++], name, size);
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void release(struct names *n)
{
	for (size_t i = 0; i < n->len; i++)
		mg_mem_free(n->items[i]);
	mg_mem_free(n->items);
}

static int expand(const struct expansion *x, const char *base,
		  const char *rest);

/* base and name and what comes behind them, if that can be. */
static int descend(const struct expansion *x, const char *base,
		   const char *name, const char *rest)
{
	char path[PATH_MAX];
	struct mg_file_info info;

	if (snprintf(path, sizeof(path), "%s%s%s", base, name,
		     *rest ? "/" : "") >= (int)sizeof(path))
		return 0;
	if (*rest)
		return expand(x, path, rest);
	if (mg_file_look(path, &info) != 0 || !info.is_regular)
		return 0;
	return x->fn(x->arg, path);
}

/* base ends in a slash or is empty; rest begins with a component. */
static int expand(const struct expansion *x, const char *base, const char *rest)
{
	const size_t len = strcspn(rest, "/");
	char component[NAME_MAX + 1];
	struct names names = { .pattern = component, .err = x->err };
	int rc = 0;

	if (len >= sizeof(component))
		return 0;
	memcpy(component, rest, len);
	component[len] = '\0';
	rest += len;
	rest += strspn(rest, "/");
	if (!mg_glob_is_pattern(component))
		return descend(x, base, component, rest);
	/* A directory that is missing or shut holds nothing. */
	rc = mg_file_each(*base ? base : ".", take_name, &names, NULL);
	if (rc == -MG_EIO)
		rc = 0;
	if (names.len)
		qsort(names.items, names.len, sizeof(*names.items), by_bytes);
	for (size_t i = 0; rc == 0 && i < names.len; i++)
		rc = descend(x, base, names.items[i], rest);
	release(&names);
	return rc;
}

int mg_glob_each(const char *pattern, mg_glob_fn fn, void *arg,
		 struct mg_err *err)
{
	const struct expansion x = { fn, arg, err };
	const size_t n_slashes = strspn(pattern, "/");

	return expand(&x, n_slashes ? "/" : "", pattern + n_slashes);
}
