/* SPDX-License-Identifier: MIT */
/*
 * expiring - keys that end by themselves, in a SQLite file that a daemon reads.
 *
 * The daemon keeps the file open and asks for a key whose time is not over, so
 * the file is changed in place, in one transaction: a reader sees the old rows
 * or the new ones, and when nobody changes it any more its rows end one by one.
 *
 *     TABLE expiring (key TEXT PRIMARY KEY, until INTEGER, text TEXT)
 */
#ifndef MAILGUARD_EXPIRING_H
#define MAILGUARD_EXPIRING_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/slice.h"

struct mg_expiring_row {
	struct mg_slice key;
	int64_t until; /* Unix seconds */
	struct mg_slice text;
};

/* Slices stand for the call. Ends early with what is not 0. */
typedef int (*mg_expiring_fn)(void *arg, const struct mg_expiring_row *row);

/*
 * mg_expiring_put - make the rows of a file those, whatever it has.
 *
 * path   in   a file that is there; an empty one is fine. Its mode and its
 *             owners stay
 * rows   in   each key once
 *
 * What is there already is not written again.
 *
 * Returns 0; -MG_EIO where it is missing, no such file, or locked by somebody
 * for five seconds: then its rows are as before.
 */
MG_NODISCARD int mg_expiring_put(const char *path,
				 const struct mg_expiring_row *rows, size_t n,
				 struct mg_err *err);

/* By key, those that are over, too. Returns 0, what fn returned, or -MG_EIO. */
MG_NODISCARD int mg_expiring_each(const char *path, mg_expiring_fn fn,
				  void *arg, struct mg_err *err);

#endif
