/* SPDX-License-Identifier: MIT */
/*
 * glob - the files that a pattern of the shell names.
 *
 * For patterns that no shell has expanded, since they stand in quotes, in a
 * crontab or in a configuration.
 */
#ifndef MAILGUARD_GLOB_H
#define MAILGUARD_GLOB_H

#include <stdbool.h>

#include "mailguard/err.h"

/* Whether there is anything to expand: one of the characters * ? [. */
bool mg_glob_is_pattern(const char *path);

typedef int (*mg_glob_fn)(void *arg, const char *path);

/*
 * mg_glob_each - call fn with each regular file that matches, in the order of
 * their bytes, until it returns non-zero.
 *
 * Wildcards may stand in any component; they match no slash and no leading
 * dot. A directory that cannot be read holds nothing.
 *
 * Returns 0, what fn returned, or -MG_ELIMIT beyond MG_LOGS_MAX names in one
 * directory.
 */
MG_NODISCARD int mg_glob_each(const char *pattern, mg_glob_fn fn, void *arg,
			      struct mg_err *err);

#endif
