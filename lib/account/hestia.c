/* SPDX-License-Identifier: MIT */
/*
 * Hestia, and Vesta that it comes from. Below data/users, for each USER:
 *
 *     USER/web.conf    DOMAIN='example.com' ... CUSTOM_DOCROOT='/home/...'
 *                      ALIAS='www.example.com,example.net' ...
 *     USER/mail.conf   DOMAIN='example.com' ...
 *     USER/user.conf   PACKAGE='default' and other settings, a line each
 *
 * One domain a line, values in single quotes. The first domain of a user is
 * the main one. A web domain is served from web/DOMAIN/public_html in the
 * user's home. Neither panel has resellers.
 *
 * Source: hestiacp 1.8, bin/v-add-web-domain, bin/v-add-mail-domain,
 * bin/v-change-web-domain-docroot.
 */
#include "account_priv.h"

#include "mailguard/address.h"
#include "mailguard/limits.h"

struct loader {
	struct mg_accounts *a;
	const struct mg_root *root;
	struct mg_slice user;
};

/* Values of a line that matter here; empty where it has none. */
struct values {
	struct mg_slice domain, aliases, docroot;
};

const char *mg_hestia_users(const struct mg_root *root)
{
	static const char *const paths[] = { "/usr/local/hestia/data/users",
					     "/usr/local/vesta/data/users" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (mg_root_has(root, paths[i]))
			return paths[i];
	return NULL;
}

/* Takes KEY='value' off the front. */
static bool cut_value(struct mg_slice *line, struct mg_slice *key,
		      struct mg_slice *value)
{
	struct mg_slice rest = *line;

	if (!mg_slice_cut_at(&rest, '=', key) ||
	    !mg_slice_cut_lit(&rest, MG_LIT("'")) ||
	    !mg_slice_cut_at(&rest, '\'', value))
		return false;
	/* A quote inside of a value would make it two. */
	if (rest.len && rest.ptr[0] != ' ')
		return false;
	*line = mg_slice_trim(rest);
	return true;
}

/* The first of each key counts, and the domain comes first of all. */
static int parse(struct mg_slice line, struct values *out, struct mg_err *err)
{
	struct mg_slice key, value;

	*out = (struct values){ .domain = { NULL, 0 } };
	while (line.len) {
		if (!cut_value(&line, &key, &value))
			return mg_fail(err, MG_EPARSE, "expected KEY='value'");
		if (!out->domain.ptr && !mg_slice_is(key, MG_LIT("DOMAIN")))
			break;
		if (!out->domain.ptr)
			out->domain = value;
		else if (mg_slice_is(key, MG_LIT("ALIAS")) && !out->aliases.ptr)
			out->aliases = value;
		else if (mg_slice_is(key, MG_LIT("CUSTOM_DOCROOT")) &&
			 !out->docroot.ptr)
			out->docroot = value;
	}
	if (!out->domain.ptr)
		return mg_fail(err, MG_EPARSE, "expected DOMAIN='name' ...");
	return 0;
}

static void add_sites(struct mg_accounts *a, uint32_t domain,
		      struct mg_slice docroot)
{
	const struct mg_slice name = a->domains[domain].name;
	struct mg_buf path;

	if (docroot.len)
		mg_accounts_add_site(a, domain, docroot, MG_SITE_BORROWED);
	mg_buf_init(&path, MG_ORIGIN_NAME_MAX);
	mg_buf_add_fmt(&path, "web/%.*s/public_html", MG_SLICE_ARG(name));
	mg_accounts_add_site(a, domain, mg_buf_slice(&path), MG_SITE_IN_HOME);
	/* Beside it cgi-bin, private and the like. */
	mg_buf_clear(&path);
	mg_buf_add_fmt(&path, "web/%.*s", MG_SLICE_ARG(name));
	mg_accounts_add_site(a, domain, mg_buf_slice(&path), MG_SITE_IN_HOME);
	mg_buf_release(&path);
}

/*
 * Customers choose aliases, and may have mail for one that is another's: that
 * one it belongs to. A name that is no domain is in no log. Neither may keep
 * everybody's tables from being read.
 */
static int take_aliases(void *arg, struct mg_slice line, struct mg_err *err)
{
	struct loader *l = arg;
	struct mg_slice rest;
	struct values v;
	const int rc = parse(line, &v, err);

	if (rc < 0)
		return rc;
	rest = v.aliases;
	while (rest.len) {
		const struct mg_slice alias =
			mg_slice_of(rest.ptr, mg_slice_find(rest, ','));
		uint32_t unused;

		rest = mg_slice_from(rest, alias.len + (alias.len < rest.len));
		/* "*.x" stands for every subdomain and is none that sends. */
		if (alias.len && alias.ptr[0] != '*')
			(void)mg_accounts_add(l->a, alias, l->user, &unused,
					      NULL);
	}
	return 0;
}

/* Returns 1 for a name that no log can have. */
static int add_domain(struct loader *l, struct mg_slice line, struct values *v,
		      uint32_t *out, struct mg_err *err)
{
	char name[MG_DOMAIN_MAX];
	const int rc = parse(line, v, err);

	if (rc < 0)
		return rc;
	if (v->domain.len && mg_domain_canonical(v->domain, name) == 0)
		return 1;
	return mg_accounts_add(l->a, v->domain, l->user, out, err);
}

static int take_web(void *arg, struct mg_slice line, struct mg_err *err)
{
	struct loader *l = arg;
	struct values v;
	uint32_t i;
	const int rc = add_domain(l, line, &v, &i, err);

	if (rc == 0)
		add_sites(l->a, i, v.docroot);
	return rc < 0 ? rc : 0;
}

static int take_mail(void *arg, struct mg_slice line, struct mg_err *err)
{
	struct values v;
	uint32_t unused;
	const int rc = add_domain(arg, line, &v, &unused, err);

	return rc < 0 ? rc : 0;
}

/* A line of user.conf; what it does not say is no reason to read nothing. */
static int take_setting(void *arg, struct mg_slice line, struct mg_err *err)
{
	struct loader *l = arg;
	struct mg_slice key, value;

	if (cut_value(&line, &key, &value) &&
	    mg_slice_is(key, MG_LIT("PACKAGE")))
		return mg_accounts_take_plan(l->a, l->user, value, err);
	return 0;
}

static int read_file(struct loader *l, const char *users, const char *name,
		     mg_table_line_fn fn, struct mg_err *err)
{
	struct mg_table t = { .a = l->a,
			      .root = l->root,
			      .bytes_max = MG_USER_TABLE_MAX };
	struct mg_buf path;
	int rc;

	mg_buf_init(&path, MG_PANEL_PATH_MAX);
	mg_buf_add_fmt(&path, "%s/%.*s/%s", users, MG_SLICE_ARG(l->user), name);
	t.path = path.ptr;
	rc = mg_table_lines(&t, fn, l, err);
	mg_buf_release(&path);
	return rc < 0 ? rc : 0;
}

static int read_users(struct loader *l, const char *users,
		      struct mg_slice names, bool aliases, struct mg_err *err)
{
	int rc = 0;

	while (rc == 0 && mg_table_name_cut(&names, &l->user)) {
		/* What is no user's name is no user's directory. */
		if (!mg_account_name_is_valid(l->user))
			continue;
		rc = read_file(l, users, "web.conf",
			       aliases ? take_aliases : take_web, err);
		if (rc == 0 && !aliases)
			rc = read_file(l, users, "mail.conf", take_mail, err);
		if (rc == 0 && !aliases)
			rc = read_file(l, users, "user.conf", take_setting,
				       err);
	}
	return rc;
}

int mg_accounts_load_hestia(struct mg_accounts *a, const struct mg_root *root,
			    struct mg_err *err)
{
	const char *users = mg_hestia_users(root);
	struct loader l = { .a = a, .root = root };
	struct mg_buf names;
	int rc;

	if (!users)
		return mg_fail(err, MG_ECONF,
			       "no '/usr/local/hestia/data/users' below '%s': "
			       "no Hestia host, or the wrong --root",
			       root->path);
	rc = mg_table_list(a, root, users, &names, err);
	/* Everybody's domains before anybody's aliases. */
	if (rc == 0)
		rc = read_users(&l, users, mg_buf_slice(&names), false, err);
	if (rc == 0)
		rc = read_users(&l, users, mg_buf_slice(&names), true, err);
	mg_buf_release(&names);
	return rc;
}
