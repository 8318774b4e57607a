/* SPDX-License-Identifier: MIT */
#include "account_priv.h"

#include "mailguard/address.h"
#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

struct source {
	struct mg_slice word;
	int (*load)(struct mg_accounts *a, const struct mg_root *root,
		    struct mg_err *err);
};

static const struct source sources[] = {
	[MG_ACCOUNTS_CPANEL] = { MG_LIT_INIT("cpanel"),
				 mg_accounts_load_cpanel },
	[MG_ACCOUNTS_DIRECTADMIN] = { MG_LIT_INIT("directadmin"),
				      mg_accounts_load_directadmin },
	[MG_ACCOUNTS_PLESK] = { MG_LIT_INIT("plesk"), mg_accounts_load_plesk },
	[MG_ACCOUNTS_HESTIA] = { MG_LIT_INIT("hestia"),
				 mg_accounts_load_hestia },
	[MG_ACCOUNTS_VIRTUALMIN] = { MG_LIT_INIT("virtualmin"),
				     mg_accounts_load_virtualmin },
	[MG_ACCOUNTS_PLAIN] = { MG_LIT_INIT("plain"), mg_accounts_load_plain },
};

bool mg_account_source_parse(struct mg_slice word, enum mg_account_source *out)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		if (mg_slice_is(word, sources[i].word)) {
			*out = (enum mg_account_source)i;
			return true;
		}
	}
	return false;
}

enum mg_account_source mg_accounts_detect(const struct mg_root *root)
{
	static const struct {
		const char *path;
		enum mg_account_source source;
	} signs[] = {
		{ "/etc/userdomains", MG_ACCOUNTS_CPANEL },
		{ "/etc/virtual/domainowners", MG_ACCOUNTS_DIRECTADMIN },
		{ "/etc/mailguard/plesk.tsv", MG_ACCOUNTS_PLESK },
		{ "/usr/local/psa/version", MG_ACCOUNTS_PLESK },
		{ "/usr/local/hestia/data/users", MG_ACCOUNTS_HESTIA },
		{ "/usr/local/vesta/data/users", MG_ACCOUNTS_HESTIA },
		{ "/etc/webmin/virtual-server/domains",
		  MG_ACCOUNTS_VIRTUALMIN },
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (mg_root_has(root, signs[i].path))
			return signs[i].source;
	return MG_ACCOUNTS_PLAIN;
}

uint32_t mg_accounts_domain(const struct mg_accounts *a, struct mg_slice name)
{
	const uint64_t hash = mg_hash_quick(&a->key, name);
	size_t at;
	uint32_t i;

	for (i = mg_map_first(&a->by_domain, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&a->by_domain, hash, &at))
		if (mg_slice_is(a->domains[i].name, name))
			return i;
	return MG_ACCOUNT_NONE;
}

uint32_t mg_accounts_user(const struct mg_accounts *a, struct mg_slice name)
{
	const uint64_t hash = mg_hash_quick(&a->key, name);
	size_t at;
	uint32_t i;

	for (i = mg_map_first(&a->by_name, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&a->by_name, hash, &at))
		if (mg_slice_is(a->accounts[i].name, name))
			return i;
	return MG_ACCOUNT_NONE;
}

/* How many are tried before the map is asked, which costs the memory thrice. */
#define NEAR 4

uint32_t mg_accounts_next_user(struct mg_accounts *a, struct mg_slice name)
{
	uint32_t i = a->near_account;

	for (int n = 0; n < NEAR && i < a->n_accounts; n++, i++)
		if (mg_slice_is(a->accounts[i].name, name))
			return a->near_account = i;
	i = mg_accounts_user(a, name);
	if (i != MG_ACCOUNT_NONE)
		a->near_account = i;
	return i;
}

/* What is written as it is kept is canonical. */
static uint32_t near_domain(struct mg_accounts *a, struct mg_slice written)
{
	uint32_t i = a->near_domain;

	for (int n = 0; n < NEAR && i < a->n_domains; n++, i++)
		if (mg_slice_is(a->domains[i].name, written))
			return a->near_domain = i;
	return MG_ACCOUNT_NONE;
}

/* Its canonical name is in *name where it is not known; empty for none. */
static uint32_t find_written(struct mg_accounts *a, struct mg_slice written,
			     char out[MG_DOMAIN_MAX], struct mg_slice *name)
{
	uint32_t i = near_domain(a, written);

	if (i != MG_ACCOUNT_NONE)
		return i;
	*name = mg_slice_of(out, mg_domain_canonical(written, out));
	i = mg_accounts_domain(a, *name);
	if (i != MG_ACCOUNT_NONE)
		a->near_domain = i;
	return i;
}

uint32_t mg_accounts_next_domain(struct mg_accounts *a, struct mg_slice written)
{
	char out[MG_DOMAIN_MAX];
	struct mg_slice unused;

	return find_written(a, written, out, &unused);
}

bool mg_account_name_is_valid(struct mg_slice s)
{
	if (s.len == 0 || s.len > MG_ACCOUNT_NAME_MAX || s.ptr[0] == '-' ||
	    s.ptr[0] == '.')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		const char c = s.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '_' || c == '-' ||
		      c == '.'))
			return false;
	}
	return true;
}

static uint32_t new_account(struct mg_accounts *a, struct mg_slice user)
{
	const uint32_t i = (uint32_t)a->n_accounts;

	a->accounts = mg_vec_room(a->accounts, a->n_accounts, &a->cap_accounts,
				  sizeof(*a->accounts));
	a->accounts[a->n_accounts++] = (struct mg_account){
		.name = mg_arena_copy(&a->text, user),
		.main_domain = MG_ACCOUNT_NONE,
		.uid = -1,
	};
	mg_map_add(&a->by_name, mg_hash_quick(&a->key, user), i);
	a->near_account = i;
	return i;
}

static uint32_t new_domain(struct mg_accounts *a, struct mg_slice name,
			   uint32_t account)
{
	const uint32_t i = (uint32_t)a->n_domains;

	a->domains = mg_vec_room(a->domains, a->n_domains, &a->cap_domains,
				 sizeof(*a->domains));
	a->domains[a->n_domains++] = (struct mg_domain){
		.name = mg_arena_copy(&a->text, name),
		.account = account,
	};
	mg_map_add(&a->by_domain, mg_hash_quick(&a->key, name), i);
	if (a->accounts[account].main_domain == MG_ACCOUNT_NONE)
		a->accounts[account].main_domain = i;
	a->near_domain = i;
	return i;
}

int mg_accounts_add(struct mg_accounts *a, struct mg_slice domain,
		    struct mg_slice user, uint32_t *out, struct mg_err *err)
{
	char text[MG_DOMAIN_MAX];
	uint32_t account = mg_accounts_next_user(a, user), known;
	struct mg_slice name;

	if (account == MG_ACCOUNT_NONE && !mg_account_name_is_valid(user))
		return mg_fail(err, MG_EPARSE,
			       "'%.*s' is not the name of an account",
			       MG_SLICE_ARG(user));
	known = find_written(a, domain, text, &name);
	if (known == MG_ACCOUNT_NONE && name.len == 0)
		return mg_fail(err, MG_EPARSE,
			       "'%.*s' is not the name of a domain (those of "
			       "other scripts are written as xn--...)",
			       MG_SLICE_ARG(domain));
	if (a->n_domains == MG_DOMAINS_MAX)
		return mg_fail(err, MG_ELIMIT, "more than %d domains",
			       MG_DOMAINS_MAX);
	if (account == MG_ACCOUNT_NONE)
		account = new_account(a, user);
	if (known == MG_ACCOUNT_NONE)
		known = new_domain(a, name, account);
	else if (a->domains[known].account != account)
		return mg_fail(err, MG_EPARSE,
			       "the domain belongs to another account above");
	*out = known;
	return 0;
}

void mg_accounts_expect(struct mg_accounts *a, size_t n_domains,
			size_t n_accounts)
{
	mg_map_reserve(&a->by_domain, n_domains);
	mg_map_reserve(&a->by_name, n_accounts);
	if (n_domains > a->cap_domains) {
		a->domains = mg_mem_resize(a->domains, n_domains,
					   sizeof(*a->domains));
		a->cap_domains = n_domains;
	}
	if (n_accounts > a->cap_accounts) {
		a->accounts = mg_mem_resize(a->accounts, n_accounts,
					    sizeof(*a->accounts));
		a->cap_accounts = n_accounts;
	}
}

void mg_accounts_set_main(struct mg_accounts *a, uint32_t domain)
{
	a->accounts[a->domains[domain].account].main_domain = domain;
}

void mg_accounts_set_owner(struct mg_accounts *a, uint32_t account,
			   struct mg_slice owner)
{
	if (!mg_slice_is(a->accounts[account].owner, owner))
		a->accounts[account].owner = mg_arena_copy(&a->text, owner);
}

void mg_accounts_set_plan(struct mg_accounts *a, uint32_t account,
			  struct mg_slice plan)
{
	if (!mg_slice_is(a->accounts[account].plan, plan))
		a->accounts[account].plan = mg_arena_copy(&a->text, plan);
}

int mg_accounts_take_plan(void *arg, struct mg_slice user, struct mg_slice plan,
			  struct mg_err *err)
{
	struct mg_accounts *a = arg;
	const uint32_t i = mg_accounts_next_user(a, user);

	(void)err; /* plans of accounts without a domain are of no use here */
	if (i != MG_ACCOUNT_NONE)
		mg_accounts_set_plan(a, i, plan);
	return 0;
}

/* Components of a path that is clean. */
static unsigned depth_of(struct mg_slice path)
{
	unsigned n = 0;

	for (size_t i = 0; i < path.len; i++)
		n += path.ptr[i] == '/';
	return n;
}

static uint64_t depth_bit(unsigned depth)
{
	return UINT64_C(1) << (depth < 63 ? depth : 63);
}

void mg_accounts_set_home(struct mg_accounts *a, uint32_t account,
			  struct mg_slice home)
{
	struct mg_account *owner = &a->accounts[account];

	if (home.len < 2 || home.ptr[0] != '/' || owner->home.len)
		return;
	owner->home = mg_arena_copy(&a->text, home);
	a->home_depths |= depth_bit(depth_of(home));
	mg_map_add(&a->by_home, mg_hash_quick(&a->key, home), account);
}

/* All tables as they are at one time, or an error. */
static int load(struct mg_accounts *a, enum mg_account_source source,
		const struct mg_root *root, struct mg_err *err)
{
	int rc = sources[source].load(a, root, err);

	if (rc >= 0)
		rc = mg_accounts_read_passwd(a, root, err);
	if (rc >= 0)
		rc = mg_accounts_check_files(a, err);
	if (rc < 0)
		return rc;
	mg_accounts_index_sites(a);
	return mg_accounts_are_stale(a, root);
}

int mg_accounts_load(struct mg_accounts *a, enum mg_account_source source,
		     const struct mg_root *root, const struct mg_hash_key *key,
		     struct mg_err *err)
{
	for (int i = 0; i < MG_TABLE_TRIES; i++) {
		struct mg_accounts loaded = { .source = source, .key = *key };
		const int rc = load(&loaded, source, root, err);

		if (rc == 0) {
			*a = loaded;
			return 0;
		}
		mg_accounts_release(&loaded);
		if (rc < 0)
			return rc;
	}
	return mg_fail(err, MG_EIO,
		       "the account tables below '%s' change faster than they "
		       "can be read",
		       root->path);
}

void mg_accounts_release(struct mg_accounts *a)
{
	if (!a)
		return;
	mg_arena_release(&a->text);
	mg_map_release(&a->by_name);
	mg_map_release(&a->by_domain);
	mg_map_release(&a->by_home);
	mg_map_release(&a->by_site);
	mg_map_release(&a->by_uid);
	mg_map_release(&a->servers);
	mg_mem_free(a->accounts);
	mg_mem_free(a->domains);
	mg_mem_free(a->sites);
	mg_mem_free(a->files);
	*a = (struct mg_accounts){ 0 };
}

uint32_t mg_accounts_uid(const struct mg_accounts *a, uint64_t uid)
{
	const uint64_t hash = mg_account_uid_hash(uid);
	size_t at;
	const uint32_t i = mg_map_first(&a->by_uid, hash, &at);

	/* A number that two accounts share names neither. */
	if (i == MG_MAP_NONE ||
	    mg_map_next(&a->by_uid, hash, &at) != MG_MAP_NONE)
		return MG_ACCOUNT_NONE;
	return i;
}

unsigned mg_accounts_servers(const struct mg_accounts *a, uint64_t uid)
{
	const uint64_t hash = mg_account_uid_hash(uid);
	unsigned servers = 0;
	size_t at;

	if (uid == 0)
		return MG_SERVER_EXIM | MG_SERVER_POSTFIX | MG_SERVER_DOVECOT;
	if (mg_map_first(&a->by_uid, hash, &at) != MG_MAP_NONE)
		return 0;
	for (uint32_t i = mg_map_first(&a->servers, hash, &at);
	     i != MG_MAP_NONE; i = mg_map_next(&a->servers, hash, &at))
		servers |= i;
	return servers;
}

static uint32_t home_at(const struct mg_accounts *a, struct mg_slice path)
{
	const uint64_t hash = mg_hash_quick(&a->key, path);
	size_t at;
	uint32_t i;

	uint32_t found = MG_ACCOUNT_NONE;

	for (i = mg_map_first(&a->by_home, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&a->by_home, hash, &at)) {
		if (!mg_slice_is(a->accounts[i].home, path))
			continue;
		/* A home that two accounts share is neither's. */
		if (found != MG_ACCOUNT_NONE)
			return MG_ACCOUNT_NONE;
		found = i;
	}
	return found;
}

uint32_t mg_accounts_of_path(const struct mg_accounts *a, struct mg_slice path)
{
	uint32_t found = MG_ACCOUNT_NONE;
	struct mg_slice prefix = { path.ptr, 0 };

	if (!mg_account_path_is_clean(path))
		return MG_ACCOUNT_NONE;
	for (unsigned depth = 1; mg_account_path_next(path, &prefix); depth++) {
		uint32_t here;

		if (!(a->home_depths & depth_bit(depth)))
			continue;
		here = home_at(a, prefix);
		if (here != MG_ACCOUNT_NONE)
			found = here;
	}
	return found;
}
