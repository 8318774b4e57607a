/* SPDX-License-Identifier: MIT */
/*
 * in_force - actions that are in force or wait, as a table, JSON or CSV.
 *
 * With them accounts that the panel has suspended, by its name and without an id:
 * those are not ours to end.
 *
 * By harm: what stops most comes first, an owner before an account before a
 * domain before a mailbox; what waits for a person comes before all of it.
 */
#ifndef MAILGUARD_IN_FORCE_H
#define MAILGUARD_IN_FORCE_H

#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/printer.h"
#include "mailguard/store.h"
#include "mailguard/term.h"
#include "mailguard/tz.h"

/* The value of "schema" in JSON; tests/data/schema holds it. */
#define MG_ACTS_SCHEMA "mailguard.acts/1"

struct mg_in_force_opts {
	enum mg_format format;
	const struct mg_tz *tz; /* zone of times shown; NULL is UTC */
	struct mg_term term;    /* what is behind fd, for a table */
	int64_t now;            /* Unix seconds */
	int fd;
};

/*
 * mg_in_force_print - print them.
 *
 * n_rows   out  how many there are
 *
 * A table without rows is nothing at all. Returns 0 or a negative code.
 */
MG_NODISCARD int mg_in_force_print(struct mg_store *s,
				   const struct mg_in_force_opts *opts,
				   uint64_t *n_rows, struct mg_err *err);

#endif
