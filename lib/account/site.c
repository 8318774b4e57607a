/* SPDX-License-Identifier: MIT */
/*
 * Document roots: which domain a directory serves.
 *
 * Customers choose the names of directories, and some panels let them choose
 * document roots. So a path is compared by whole components or not at all, and
 * a document root is only ever looked for among those of one account.
 */
#include "account_priv.h"

#include "mailguard/limits.h"
#include "mailguard/vec.h"

bool mg_account_path_next(struct mg_slice path, struct mg_slice *prefix)
{
	const struct mg_slice rest = mg_slice_from(path, prefix->len);

	if (rest.len == 0)
		return false;
	*prefix = mg_slice_of(
		path.ptr,
		prefix->len + 1 + mg_slice_find(mg_slice_from(rest, 1), '/'));
	return true;
}

bool mg_account_path_is_clean(struct mg_slice path)
{
	struct mg_slice prefix = { path.ptr, 0 }, part;

	if (path.len == 0)
		return false;
	for (size_t at = 0; at < path.len; at = prefix.len) {
		if (path.ptr[at] != '/')
			return false;
		(void)mg_account_path_next(path, &prefix);
		part = mg_slice_from(prefix, at + 1);
		if (part.len == 0 || mg_slice_is(part, MG_LIT(".")) ||
		    mg_slice_is(part, MG_LIT("..")))
			return false;
	}
	return true;
}

void mg_accounts_add_site(struct mg_accounts *a, uint32_t domain,
			  struct mg_slice path, int flags)
{
	/* Nothing that a log names can lie in a longer one. */
	if (path.len == 0 || path.len > MG_ORIGIN_NAME_MAX)
		return;
	a->sites = mg_vec_room(a->sites, a->n_sites, &a->cap_sites,
			       sizeof(*a->sites));
	a->sites[a->n_sites++] = (struct mg_site){
		.path = mg_arena_copy(&a->text, path),
		.domain = domain,
		.in_home = flags & MG_SITE_IN_HOME,
		.is_borrowed = flags & MG_SITE_BORROWED,
	};
}

/* Puts the home before it. */
static void place(struct mg_accounts *a, struct mg_site *s)
{
	const struct mg_account *account =
		&a->accounts[a->domains[s->domain].account];
	struct mg_buf b;

	s->in_home = false;
	mg_buf_init(&b, MG_ORIGIN_NAME_MAX);
	mg_buf_add(&b, account->home);
	if (s->path.ptr[0] != '/')
		mg_buf_add_char(&b, '/');
	mg_buf_add(&b, s->path);
	s->path = account->home.len && !b.truncated
			  ? mg_arena_copy(&a->text, mg_buf_slice(&b))
			  : mg_slice_of(NULL, 0);
	mg_buf_release(&b);
}

void mg_accounts_index_sites(struct mg_accounts *a)
{
	for (size_t i = 0; i < a->n_sites; i++) {
		struct mg_site *s = &a->sites[i];

		if (s->in_home)
			place(a, s);
		while (s->path.len && s->path.ptr[s->path.len - 1] == '/')
			s->path.len--;
		if (!mg_account_path_is_clean(s->path))
			s->path.len = 0;
		else
			mg_map_add(&a->by_site, mg_hash_quick(&a->key, s->path),
				   (uint32_t)i);
	}
}

/* Whether a document root that two domains share is rather the first one's. */
static bool is_before(const struct mg_accounts *a, const struct mg_site *x,
		      const struct mg_site *y)
{
	const struct mg_domain *dx = &a->domains[x->domain];
	const struct mg_domain *dy = &a->domains[y->domain];
	const uint32_t main_domain = a->accounts[dx->account].main_domain;

	if (x->domain == main_domain || y->domain == main_domain)
		return y->domain != main_domain;
	if (x->is_borrowed != y->is_borrowed)
		return y->is_borrowed;
	return mg_slice_cmp(dx->name, dy->name) < 0;
}

static const struct mg_site *site_at(const struct mg_accounts *a,
				     uint32_t account, struct mg_slice path)
{
	const uint64_t hash = mg_hash_quick(&a->key, path);
	const struct mg_site *found = NULL;
	size_t at;
	uint32_t i;

	for (i = mg_map_first(&a->by_site, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&a->by_site, hash, &at)) {
		const struct mg_site *s = &a->sites[i];

		if (a->domains[s->domain].account == account &&
		    mg_slice_is(s->path, path) &&
		    (!found || is_before(a, s, found)))
			found = s;
	}
	return found;
}

uint32_t mg_accounts_site(const struct mg_accounts *a, uint32_t account,
			  struct mg_slice path)
{
	struct mg_slice prefix = { path.ptr, 0 };
	uint32_t found = MG_ACCOUNT_NONE;

	if (a->n_sites == 0 || !mg_account_path_is_clean(path))
		return MG_ACCOUNT_NONE;
	while (mg_account_path_next(path, &prefix)) {
		const struct mg_site *here = site_at(a, account, prefix);

		if (here)
			found = here->domain;
	}
	return found;
}
