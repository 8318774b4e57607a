/* SPDX-License-Identifier: MIT */
/*
 * Virtualmin: a file of "key=value" for each virtual server, named by its
 * number, in /etc/webmin/virtual-server/domains:
 *
 *     dom                 the domain
 *     user                its system user; that of the parent for the next two
 *     parent              a sub-server: number of the one that owns it
 *     alias               another name of that one
 *     reseller            names, with blanks between
 *     home                directory of the user
 *     public_html_path    its document root
 *     plan                number of a file in ../plans, whose "name" it has
 *
 * The first server of a user that has no parent names the main domain.
 *
 * Source: virtualmin-gpl, virtual-server-lib-funcs.pl (save_domain).
 */
#include "account_priv.h"

#include <stdio.h>

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define SERVERS "/etc/webmin/virtual-server/domains"
#define PLANS "/etc/webmin/virtual-server/plans"

enum { DOM, USER, PARENT, ALIAS, RESELLER, DOCROOT, PLAN, KEYS };

static const struct mg_slice keys[KEYS] = {
	[DOM] = MG_LIT_INIT("dom"),
	[USER] = MG_LIT_INIT("user"),
	[PARENT] = MG_LIT_INIT("parent"),
	[ALIAS] = MG_LIT_INIT("alias"),
	[RESELLER] = MG_LIT_INIT("reseller"),
	[DOCROOT] = MG_LIT_INIT("public_html_path"),
	[PLAN] = MG_LIT_INIT("plan"),
};

struct plan {
	struct mg_slice number, name; /* of a->text */
};

struct loader {
	struct mg_accounts *a;
	struct mg_map with_main; /* accounts whose main domain is settled */
	struct mg_arena text;    /* what the values point into */
	struct mg_slice values[KEYS]; /* of one server */
	struct plan *plans;           /* owned */
	size_t n_plans, cap_plans;
};

static int take_value(void *arg, struct mg_slice key, struct mg_slice value,
		      struct mg_err *err)
{
	struct loader *l = arg;

	(void)err;
	for (int i = 0; i < KEYS; i++)
		if (mg_slice_is(key, keys[i]))
			l->values[i] = mg_arena_copy(&l->text, value);
	return 0;
}

static struct mg_slice plan_of(const struct loader *l, struct mg_slice number)
{
	for (size_t i = 0; i < l->n_plans; i++)
		if (mg_slice_is(l->plans[i].number, number))
			return l->plans[i].name;
	return MG_LIT("");
}

static int add_server(struct loader *l, struct mg_err *err)
{
	const struct mg_slice *v = l->values;
	const bool is_own = !v[PARENT].len && !v[ALIAS].len;
	uint32_t domain, account;
	size_t at;
	int rc;

	if (!v[DOM].len || !v[USER].len)
		return mg_fail(err, MG_EPARSE,
			       "expected 'dom=' and 'user=' in it");
	rc = mg_accounts_add(l->a, v[DOM], v[USER], &domain, err);
	if (rc < 0)
		return rc;
	account = l->a->domains[domain].account;
	if (!v[ALIAS].len)
		mg_accounts_add_site(l->a, domain, v[DOCROOT], 0);
	if (is_own &&
	    mg_map_first(&l->with_main, account, &at) == MG_MAP_NONE) {
		mg_map_add(&l->with_main, account, account);
		mg_accounts_set_main(l->a, domain);
		mg_accounts_set_plan(l->a, account, plan_of(l, v[PLAN]));
		mg_accounts_set_owner(l->a, account,
				      mg_slice_of(v[RESELLER].ptr,
						  mg_slice_find(v[RESELLER],
								' ')));
	}
	return 0;
}

static int read_server(struct loader *l, const struct mg_root *root,
		       struct mg_slice file, struct mg_err *err)
{
	struct mg_table t = { .a = l->a,
			      .root = root,
			      .bytes_max = MG_USER_TABLE_MAX,
			      .separator = '=',
			      .is_lenient = true };
	struct mg_buf path;
	int rc;

	mg_buf_init(&path, MG_PANEL_PATH_MAX);
	mg_buf_add_fmt(&path, SERVERS "/%.*s", MG_SLICE_ARG(file));
	t.path = path.ptr;
	memset(l->values, 0, sizeof(l->values));
	rc = mg_table_pairs(&t, take_value, l, err);
	if (rc == 0) {
		rc = add_server(l, err);
		if (rc < 0)
			mg_err_prefix(err, "'%s'", path.ptr);
	}
	mg_buf_release(&path);
	return rc < 0 ? rc : 0; /* gone since: all is read again */
}

/* Locks and temporary files of Webmin lie beside. */
static bool is_number(struct mg_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return s.len > 0;
}

static int take_plan(void *arg, struct mg_slice key, struct mg_slice value,
		     struct mg_err *err)
{
	struct loader *l = arg;

	(void)err;
	if (mg_slice_is(key, MG_LIT("name")))
		l->plans[l->n_plans - 1].name = mg_arena_copy(&l->a->text,
							      value);
	return 0;
}

static int read_plan(struct loader *l, const struct mg_root *root,
		     struct mg_slice file, struct mg_err *err)
{
	char path[sizeof(PLANS) + 32];
	const struct mg_table t = { .a = l->a,
				    .root = root,
				    .path = path,
				    .bytes_max = MG_USER_TABLE_MAX,
				    .separator = '=',
				    .is_lenient = true };
	int rc;

	if (!is_number(file) || file.len > 24)
		return 0;
	(void)snprintf(path, sizeof(path), PLANS "/%.*s", MG_SLICE_ARG(file));
	l->plans = mg_vec_room(l->plans, l->n_plans, &l->cap_plans,
			       sizeof(*l->plans));
	l->plans[l->n_plans++] =
		(struct plan){ .number = mg_arena_copy(&l->a->text, file) };
	rc = mg_table_pairs(&t, take_plan, l, err);
	return rc < 0 ? rc : 0;
}

/* A host need not have any. */
static int read_plans(struct loader *l, const struct mg_root *root,
		      struct mg_err *err)
{
	struct mg_slice rest, file;
	struct mg_buf names;
	int rc = mg_table_list(l->a, root, PLANS, &names, err);

	rest = mg_buf_slice(&names);
	while (rc == 0 && mg_table_name_cut(&rest, &file))
		rc = read_plan(l, root, file, err);
	mg_buf_release(&names);
	return rc < 0 ? rc : 0;
}

int mg_accounts_load_virtualmin(struct mg_accounts *a,
				const struct mg_root *root, struct mg_err *err)
{
	struct loader l = { .a = a };
	struct mg_slice rest, file;
	struct mg_buf names;
	int rc = mg_table_list(a, root, SERVERS, &names, err);

	if (rc == 1)
		rc = mg_fail(err, MG_ECONF,
			     "no '" SERVERS "' below '%s': no Virtualmin host, "
			     "or the wrong --root",
			     root->path);
	if (rc == 0)
		rc = read_plans(&l, root, err);
	rest = mg_buf_slice(&names);
	while (rc == 0 && mg_table_name_cut(&rest, &file))
		if (is_number(file))
			rc = read_server(&l, root, file, err);
	mg_mem_free(l.plans);
	mg_arena_release(&l.text);
	mg_map_release(&l.with_main);
	mg_buf_release(&names);
	return rc;
}
