/* SPDX-License-Identifier: MIT */
/*
 * DirectAdmin:
 *
 *     /etc/virtual/domainowners                 every "domain: user"
 *     /usr/local/directadmin/data/users/USER/
 *         user.conf                             "domain=" the main one,
 *                                               "creator=" the owner,
 *                                               "package=" the plan
 *         domains/DOMAIN.pointers               "pointer=type=alias"
 *         domains/DOMAIN.subdomains             first labels, a line each
 *         domains/DOMAIN.subdomains.docroot.override
 *                                "label=public_html=DIRECTORY&...", escaped
 *                                as in a URL, the directory below the home
 *
 * The first must be there. Directories are named by users and domains that it
 * lists, never by what a file says.
 *
 * Source: docs.directadmin.com, "Configuration files", "Directories and
 * locations".
 */
#include "account_priv.h"

#include "mailguard/address.h"
#include "mailguard/limits.h"

#define USERS "/usr/local/directadmin/data/users"

struct loader {
	struct mg_accounts *a;
	const struct mg_root *root;
	uint32_t account;       /* whose files are read */
	uint32_t domain;        /* within its domains/ */
	struct mg_slice parent; /* name of that domain */
};

static int take_domain(void *arg, struct mg_slice domain, struct mg_slice user,
		       struct mg_err *err)
{
	struct mg_accounts *a = arg;
	const size_t n = a->n_domains;
	struct mg_slice name;
	struct mg_buf path;
	uint32_t i;
	const int rc = mg_accounts_add(a, domain, user, &i, err);

	if (rc < 0 || a->n_domains == n)
		return rc;
	name = a->domains[i].name;
	mg_buf_init(&path, MG_ORIGIN_NAME_MAX);
	mg_buf_add_fmt(&path, "domains/%.*s/public_html", MG_SLICE_ARG(name));
	mg_accounts_add_site(a, i, mg_buf_slice(&path), MG_SITE_IN_HOME);
	/* Beside it private_html, where that is none and the same. */
	mg_buf_clear(&path);
	mg_buf_add_fmt(&path, "domains/%.*s", MG_SLICE_ARG(name));
	mg_accounts_add_site(a, i, mg_buf_slice(&path), MG_SITE_IN_HOME);
	mg_buf_release(&path);
	return 0;
}

static int take_setting(void *arg, struct mg_slice key, struct mg_slice value,
			struct mg_err *err)
{
	struct loader *l = arg;
	char name[MG_DOMAIN_MAX];
	uint32_t i;

	(void)err; /* what is no domain of the user says nothing */
	if (mg_slice_is(key, MG_LIT("creator")))
		mg_accounts_set_owner(l->a, l->account, value);
	if (mg_slice_is(key, MG_LIT("package")))
		mg_accounts_set_plan(l->a, l->account, value);
	if (!mg_slice_is(key, MG_LIT("domain")))
		return 0;
	i = mg_accounts_domain(
		l->a, mg_slice_of(name, mg_domain_canonical(value, name)));
	if (i != MG_ACCOUNT_NONE && l->a->domains[i].account == l->account)
		mg_accounts_set_main(l->a, i);
	return 0;
}

/* Adds a domain of the user; 1 where domainowners gives it to another. */
static int add_domain(struct loader *l, struct mg_slice domain, uint32_t *out,
		      struct mg_err *err)
{
	char name[MG_DOMAIN_MAX];
	const size_t len = mg_domain_canonical(domain, name);
	const uint32_t i = mg_accounts_domain(l->a, mg_slice_of(name, len));

	/* Pointers and subdomains are customers' words: what is no domain is in
	   no log, and may not keep everybody's tables from being read. */
	if (len == 0)
		return 1;
	if (i != MG_ACCOUNT_NONE && l->a->domains[i].account != l->account)
		return 1;
	return mg_accounts_add(l->a, domain, l->a->accounts[l->account].name,
			       out, err);
}

static int take_pointer(void *arg, struct mg_slice line, struct mg_err *err)
{
	uint32_t unused;

	return add_domain(arg, mg_slice_of(line.ptr, mg_slice_find(line, '=')),
			  &unused, err);
}

/* The subdomain of a label; 1 for "*", which stands for all others. */
static int add_subdomain(struct loader *l, struct mg_slice label, uint32_t *out,
			 struct mg_err *err)
{
	struct mg_buf name;
	int rc;

	if (mg_slice_has_prefix(label, MG_LIT("*")))
		return 1;
	mg_buf_init(&name, MG_PANEL_PATH_MAX);
	mg_buf_add(&name, label);
	mg_buf_add_char(&name, '.');
	mg_buf_add(&name, l->parent);
	rc = add_domain(l, mg_buf_slice(&name), out, err);
	mg_buf_release(&name);
	return rc;
}

static int take_subdomain(void *arg, struct mg_slice label, struct mg_err *err)
{
	struct loader *l = arg;
	struct mg_buf path;
	uint32_t i;
	const int rc = add_subdomain(l, label, &i, err);

	if (rc != 0)
		return rc;
	mg_buf_init(&path, MG_ORIGIN_NAME_MAX);
	mg_buf_add_fmt(&path, "domains/%.*s/public_html/",
		       MG_SLICE_ARG(l->parent));
	mg_buf_add(&path, label);
	if (!path.truncated)
		mg_accounts_add_site(l->a, i, mg_buf_slice(&path),
				     MG_SITE_IN_HOME);
	mg_buf_release(&path);
	return 0;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What is no escape stays as it is. */
static void add_unescaped(struct mg_buf *b, struct mg_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		const bool fits = s.ptr[i] == '%' && i + 2 < s.len;
		const int high = fits ? hex(s.ptr[i + 1]) : -1;
		const int low = fits ? hex(s.ptr[i + 2]) : -1;

		if (high >= 0 && low >= 0) {
			mg_buf_add_char(b, (char)(high * 16 + low));
			i += 2;
		} else {
			mg_buf_add_char(b, s.ptr[i]);
		}
	}
}

static int take_override(void *arg, struct mg_slice label, struct mg_slice rest,
			 struct mg_err *err)
{
	struct loader *l = arg;
	uint32_t i;
	const int rc = add_subdomain(l, label, &i, err);

	while (rc == 0 && rest.len) {
		struct mg_slice field = mg_slice_of(rest.ptr,
						    mg_slice_find(rest, '&'));
		struct mg_buf path;

		rest = mg_slice_from(rest, field.len + (field.len < rest.len));
		if (!mg_slice_cut_lit(&field, MG_LIT("public_html=")) &&
		    !mg_slice_cut_lit(&field, MG_LIT("private_html=")))
			continue;
		mg_buf_init(&path, MG_ORIGIN_NAME_MAX);
		add_unescaped(&path, field);
		if (!path.truncated)
			mg_accounts_add_site(l->a, i, mg_buf_slice(&path),
					     MG_SITE_IN_HOME |
						     MG_SITE_BORROWED);
		mg_buf_release(&path);
	}
	return rc;
}

/* DOMAIN.SUFFIX: the domain, if the account has it and the suffix fits. */
static bool is_of_domain(struct loader *l, struct mg_slice file,
			 struct mg_slice suffix)
{
	if (file.len <= suffix.len ||
	    !mg_slice_is(mg_slice_from(file, file.len - suffix.len), suffix))
		return false;
	file.len -= suffix.len;
	l->domain = mg_accounts_domain(l->a, file);
	if (l->domain == MG_ACCOUNT_NONE ||
	    l->a->domains[l->domain].account != l->account)
		return false;
	l->parent = l->a->domains[l->domain].name;
	return true;
}

static int read_domain_file(struct loader *l, struct mg_slice file,
			    const char *path, struct mg_err *err)
{
	const struct mg_table t = { .a = l->a,
				    .root = l->root,
				    .path = path,
				    .bytes_max = MG_USER_TABLE_MAX,
				    .separator = '=' };

	if (is_of_domain(l, file, MG_LIT(".pointers")))
		return mg_table_lines(&t, take_pointer, l, err);
	if (is_of_domain(l, file, MG_LIT(".subdomains")))
		return mg_table_lines(&t, take_subdomain, l, err);
	if (is_of_domain(l, file, MG_LIT(".subdomains.docroot.override")))
		return mg_table_pairs(&t, take_override, l, err);
	return 0;
}

static int read_domain_files(struct loader *l, const char *directory,
			     struct mg_err *err)
{
	struct mg_slice rest, file;
	struct mg_buf names, path;
	int rc = mg_table_list(l->a, l->root, directory, &names, err);

	mg_buf_init(&path, MG_PANEL_PATH_MAX);
	rest = mg_buf_slice(&names);
	while (rc == 0 && mg_table_name_cut(&rest, &file)) {
		mg_buf_clear(&path);
		mg_buf_add_fmt(&path, "%s/%.*s", directory, MG_SLICE_ARG(file));
		rc = read_domain_file(l, file, path.ptr, err);
		if (rc == 1) /* gone since: the tables are read again */
			rc = 0;
	}
	mg_buf_release(&path);
	mg_buf_release(&names);
	return rc < 0 ? rc : 0;
}

static int read_user(struct loader *l, struct mg_err *err)
{
	const struct mg_slice user = l->a->accounts[l->account].name;
	struct mg_table t = { .a = l->a,
			      .root = l->root,
			      .bytes_max = MG_USER_TABLE_MAX,
			      .separator = '=' };
	struct mg_buf path;
	int rc;

	mg_buf_init(&path, MG_PANEL_PATH_MAX);
	mg_buf_add_fmt(&path, USERS "/%.*s/user.conf", MG_SLICE_ARG(user));
	t.path = path.ptr;
	rc = mg_table_pairs(&t, take_setting, l, err);
	if (rc >= 0) {
		mg_buf_clear(&path);
		mg_buf_add_fmt(&path, USERS "/%.*s/domains",
			       MG_SLICE_ARG(user));
		rc = read_domain_files(l, path.ptr, err);
	}
	mg_buf_release(&path);
	return rc;
}

int mg_accounts_load_directadmin(struct mg_accounts *a,
				 const struct mg_root *root, struct mg_err *err)
{
	const struct mg_table t = { .a = a,
				    .root = root,
				    .path = "/etc/virtual/domainowners",
				    .bytes_max = MG_TABLE_MAX,
				    .separator = ':' };
	struct loader l = { .a = a, .root = root };
	int rc = mg_table_pairs(&t, take_domain, a, err);

	if (rc == 1)
		return mg_fail(err, MG_ECONF,
			       "no '/etc/virtual/domainowners' below '%s': no "
			       "DirectAdmin host, or the wrong --root",
			       root->path);
	/* No file adds an account. */
	for (; rc == 0 && l.account < a->n_accounts; l.account++)
		rc = read_user(&l, err);
	return rc;
}
