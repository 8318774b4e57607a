/* SPDX-License-Identifier: MIT */
/*
 * account_priv - how the panels' loaders fill the tables.
 */
#ifndef MG_ACCOUNT_PRIV_H
#define MG_ACCOUNT_PRIV_H

#include "mailguard/account.h"

/*
 * What is done with one "key: value" line, both trimmed. Returns 0 or a
 * negative code; the caller puts file and line before the message.
 */
typedef int (*mg_table_fn)(struct mg_accounts *a, struct mg_slice key,
			   struct mg_slice value, struct mg_err *err);

/*
 * mg_table_read - each "key: value" line of a file of the host, through fn.
 * Blank lines and lines that start with # are passed over; a line of another
 * shape is an error, or passed over too where the file is not the panel's. The
 * text stays with the tables. Returns 0, 1 when there is no such file, or a negative code.
 */
int mg_table_read(struct mg_accounts *a, const struct mg_root *root,
		  const char *path, bool is_strict, mg_table_fn fn,
		  struct mg_err *err);

/*
 * mg_accounts_add - a hosted domain and its account, each made if it is new.
 * Returns 0 with the number of the domain in out, or -MG_EPARSE.
 */
int mg_accounts_add(struct mg_accounts *a, struct mg_slice domain,
		    struct mg_slice user, uint32_t *out, struct mg_err *err);

/* Homes of the accounts, from the host's /etc/passwd where there is one. */
int mg_accounts_read_homes(struct mg_accounts *a, const struct mg_root *root,
			   struct mg_err *err);

/* One a source. */
int mg_accounts_load_cpanel(struct mg_accounts *a, const struct mg_root *root,
			    struct mg_err *err);
int mg_accounts_load_plain(struct mg_accounts *a, const struct mg_root *root,
			   struct mg_err *err);

#endif
