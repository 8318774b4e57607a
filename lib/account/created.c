/* SPDX-License-Identifier: MIT */
/*
 * When an account was created, so that who has its name later is told apart:
 *
 *     cPanel   STARTDATE= in /var/cpanel/users/USER, which moves with it
 *     others   the birth of its home, which only root can make anew
 */
#include "account_priv.h"

#include "mailguard/limits.h"
#include "mailguard/num.h"

#define CPANEL_FOLDER "/var/cpanel/users/"

static void find_startdate(struct mg_slice text, int64_t *created)
{
	struct mg_slice line;
	uint64_t n;

	while (*created == 0 && mg_slice_cut_line(&text, &line))
		if (mg_slice_cut_lit(&line, MG_LIT("STARTDATE=")) &&
		    mg_num_parse(line, INT64_MAX, &n))
			*created = (int64_t)n;
}

static int read_startdate(const struct mg_root *root, struct mg_slice user,
			  int64_t *created, struct mg_err *err)
{
	struct mg_buf path, text;
	int rc;

	mg_buf_init(&path, MG_PANEL_PATH_MAX);
	mg_buf_init(&text, MG_TABLE_MAX);
	mg_buf_add_str(&path, CPANEL_FOLDER);
	mg_buf_add(&path, user);
	rc = mg_root_read(root, path.ptr, &text, err);
	if (rc == 0)
		find_startdate(mg_buf_slice(&text), created);
	mg_buf_release(&text);
	mg_buf_release(&path);
	return rc < 0 ? rc : 0;
}

static int64_t born_at(const struct mg_root *root, struct mg_slice home)
{
	struct mg_buf path;
	int64_t at;

	if (home.len == 0)
		return 0;
	mg_buf_init(&path, MG_PANEL_PATH_MAX);
	mg_buf_add(&path, home);
	at = mg_root_born(root, path.ptr);
	mg_buf_release(&path);
	return at;
}

int mg_account_created(const struct mg_accounts *a, const struct mg_root *root,
		       uint32_t account, int64_t *out, struct mg_err *err)
{
	const struct mg_account *x = &a->accounts[account];
	int rc = 0;

	*out = 0;
	if (a->source == MG_ACCOUNTS_CPANEL)
		rc = read_startdate(root, x->name, out, err);
	if (rc == 0 && *out == 0)
		*out = born_at(root, x->home);
	return rc;
}
