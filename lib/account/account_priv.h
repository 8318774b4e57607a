/* SPDX-License-Identifier: MIT */
/*
 * account_priv - how the panels' loaders fill the tables.
 */
#ifndef MG_ACCOUNT_PRIV_H
#define MG_ACCOUNT_PRIV_H

#include "mailguard/account.h"

/* --- account.c: what a loader found --- */

/*
 * mg_accounts_add - a hosted domain and its account, each made if it is new;
 * the first domain of an account is its main one until a loader says otherwise.
 * Returns 0 with the number of the domain in out, -MG_EPARSE, or -MG_ELIMIT.
 */
int mg_accounts_add(struct mg_accounts *a, struct mg_slice domain,
		    struct mg_slice user, uint32_t *out, struct mg_err *err);

/*
 * mg_accounts_expect - make room at once for about so many; growing to it costs
 * as much again. More may come, or fewer.
 */
void mg_accounts_expect(struct mg_accounts *a, size_t n_domains,
			size_t n_accounts);

/*
 * mg_accounts_next_user, _next_domain - as mg_accounts_user and, of a name as it
 * is written, mg_accounts_domain: sooner where a table names accounts or domains
 * in the order of one before, as tables of one panel do.
 */
uint32_t mg_accounts_next_user(struct mg_accounts *a, struct mg_slice name);
uint32_t mg_accounts_next_domain(struct mg_accounts *a,
				 struct mg_slice written);

/* The domain becomes the main one of its account. */
void mg_accounts_set_main(struct mg_accounts *a, uint32_t domain);

/* Copies the name; the last call stands. */
void mg_accounts_set_owner(struct mg_accounts *a, uint32_t account,
			   struct mg_slice owner);

/* Copies the name, trimmed; the last call stands. */
void mg_accounts_set_plan(struct mg_accounts *a, uint32_t account,
			  struct mg_slice plan);

/* A line of a table "user: plan". */
int mg_accounts_take_plan(void *a, struct mg_slice user, struct mg_slice plan,
			  struct mg_err *err);

/* Copies the path if it is absolute; the first call stands. */
void mg_accounts_set_home(struct mg_accounts *a, uint32_t account,
			  struct mg_slice home);

/* --- site.c: document roots --- */

enum mg_site_flags {
	MG_SITE_IN_HOME = 1,  /* the path is below the home of the account */
	MG_SITE_BORROWED = 2, /* another domain may have it as its own */
};

/* A document root; what of it cannot be a path holds nothing. */
void mg_accounts_add_site(struct mg_accounts *a, uint32_t domain,
			  struct mg_slice path, int flags);

/* Once all homes are known. */
void mg_accounts_index_sites(struct mg_accounts *a);

/* Whether it is absolute, with no component that is empty, "." or "..". */
bool mg_account_path_is_clean(struct mg_slice path);

/*
 * The next directory on the way down to a path. prefix starts empty. Returns
 * false at the end. The path must be clean.
 */
bool mg_account_path_next(struct mg_slice path, struct mg_slice *prefix);

/* --- table.c: files of the host --- */

/*
 * What is done with one line, trimmed. Its bytes stand until the call returns.
 * Returns 0 or a negative code; the caller puts file and line before the
 * message.
 */
typedef int (*mg_table_line_fn)(void *arg, struct mg_slice line,
				struct mg_err *err);

/* The same with "key: value" or "key=value" cut and trimmed. */
typedef int (*mg_table_pair_fn)(void *arg, struct mg_slice key,
				struct mg_slice value, struct mg_err *err);

struct mg_table {
	struct mg_accounts *a;
	const struct mg_root *root;
	const char *path;
	size_t bytes_max;
	char separator;  /* ':' or '=', of pairs */
	bool is_lenient; /* lines of another shape are some other program's */
	bool is_export;  /* without a last newline it is the half of one */
};

/*
 * mg_table_lines, mg_table_pairs - each line of a file through fn.
 *
 * Blank lines and lines that start with # are passed over. The file is noted
 * for mg_accounts_are_stale, also when it is missing. Returns 0, 1 when there
 * is no such file, or a negative code.
 */
int mg_table_lines(const struct mg_table *t, mg_table_line_fn fn, void *arg,
		   struct mg_err *err);
int mg_table_pairs(const struct mg_table *t, mg_table_pair_fn fn, void *arg,
		   struct mg_err *err);

/*
 * mg_table_list - the names in a directory, into a buffer for mg_root_list
 * that the caller releases; the directory is noted. Returns as it does.
 */
int mg_table_list(struct mg_accounts *a, const struct mg_root *root,
		  const char *path, struct mg_buf *names, struct mg_err *err);

/* Cuts a name off a list of mg_root_list; false at its end. */
bool mg_table_name_cut(struct mg_slice *names, struct mg_slice *out);

/* Home and uid of each account, from the host's /etc/passwd if it has one. */
int mg_accounts_read_passwd(struct mg_accounts *a, const struct mg_root *root,
			    struct mg_err *err);

/* -MG_ECONF for a file that one of the accounts, or everybody, may write to. */
int mg_accounts_check_files(const struct mg_accounts *a, struct mg_err *err);

/* --- one a source --- */

int mg_accounts_load_cpanel(struct mg_accounts *a, const struct mg_root *root,
			    struct mg_err *err);
int mg_accounts_load_directadmin(struct mg_accounts *a,
				 const struct mg_root *root,
				 struct mg_err *err);
int mg_accounts_load_plesk(struct mg_accounts *a, const struct mg_root *root,
			   struct mg_err *err);
int mg_accounts_load_hestia(struct mg_accounts *a, const struct mg_root *root,
			    struct mg_err *err);
int mg_accounts_load_virtualmin(struct mg_accounts *a,
				const struct mg_root *root, struct mg_err *err);
int mg_accounts_load_plain(struct mg_accounts *a, const struct mg_root *root,
			   struct mg_err *err);

/* The directory of Hestia's users, or Vesta's; NULL where there is neither. */
const char *mg_hestia_users(const struct mg_root *root);

#endif
