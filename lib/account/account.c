/* SPDX-License-Identifier: MIT */
#include "account_priv.h"

#include <assert.h>

#include "mailguard/address.h"
#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/num.h"
#include "mailguard/vec.h"

struct source {
	struct mg_slice word;
	int (*load)(struct mg_accounts *a, const struct mg_root *root,
		    struct mg_err *err);
};

static const struct source sources[] = {
	[MG_ACCOUNTS_CPANEL] = { MG_LIT_INIT("cpanel"),
				 mg_accounts_load_cpanel },
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
	return mg_root_has(root, "/etc/userdomains") ? MG_ACCOUNTS_CPANEL
						     : MG_ACCOUNTS_PLAIN;
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

static uint32_t account_of(struct mg_accounts *a, struct mg_slice user)
{
	uint32_t i = mg_accounts_user(a, user);

	if (i != MG_ACCOUNT_NONE)
		return i;
	i = (uint32_t)a->n_accounts;
	a->accounts = mg_vec_room(a->accounts, a->n_accounts, &a->cap_accounts,
				  sizeof(*a->accounts));
	a->accounts[a->n_accounts++] = (struct mg_account){
		.name = user,
		.main_domain = MG_ACCOUNT_NONE,
	};
	mg_map_add(&a->by_name, mg_hash_quick(&a->key, user), i);
	return i;
}

static uint32_t new_domain(struct mg_accounts *a, struct mg_slice name,
			   uint32_t account)
{
	const uint32_t i = (uint32_t)a->n_domains;

	a->domains = mg_vec_room(a->domains, a->n_domains, &a->cap_domains,
				 sizeof(*a->domains));
	a->domains[a->n_domains++] = (struct mg_domain){
		.name = mg_arena_copy(&a->names, name),
		.account = account,
	};
	mg_map_add(&a->by_domain, mg_hash_quick(&a->key, name), i);
	if (a->accounts[account].main_domain == MG_ACCOUNT_NONE)
		a->accounts[account].main_domain = i;
	return i;
}

int mg_accounts_add(struct mg_accounts *a, struct mg_slice domain,
		    struct mg_slice user, uint32_t *out, struct mg_err *err)
{
	char name[MG_DOMAIN_MAX];
	const size_t len = mg_domain_canonical(domain, name);
	uint32_t account, known;

	if (!mg_account_name_is_valid(user))
		return mg_fail(err, MG_EPARSE,
			       "'%.*s' is not the name of an account",
			       MG_SLICE_ARG(user));
	if (len == 0)
		return mg_fail(err, MG_EPARSE,
			       "'%.*s' is not the name of a domain (those of "
			       "other scripts are written as xn--...)",
			       MG_SLICE_ARG(domain));
	account = account_of(a, user);
	known = mg_accounts_domain(a, mg_slice_of(name, len));
	if (known == MG_ACCOUNT_NONE)
		known = new_domain(a, mg_slice_of(name, len), account);
	else if (a->domains[known].account != account)
		return mg_fail(err, MG_EPARSE,
			       "the domain belongs to another account above");
	*out = known;
	return 0;
}

static int read_line(struct mg_accounts *a, struct mg_slice line,
		     bool is_strict, mg_table_fn fn, struct mg_err *err)
{
	struct mg_slice key;

	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--; /* edited on another system */
	line = mg_slice_trim(line);
	if (line.len == 0 || line.ptr[0] == '#')
		return 0;
	if (!mg_slice_cut_at(&line, ':', &key))
		return is_strict ? mg_fail(err, MG_EPARSE,
					   "expected 'name: value'")
				 : 0;
	return fn(a, mg_slice_trim(key), mg_slice_trim(line), err);
}

int mg_table_read(struct mg_accounts *a, const struct mg_root *root,
		  const char *path, bool is_strict, mg_table_fn fn,
		  struct mg_err *err)
{
	struct mg_buf *text = &a->text[a->n_text];
	struct mg_slice rest, line;
	unsigned number = 0;
	int rc;

	assert(a->n_text < sizeof(a->text) / sizeof(*a->text));
	mg_buf_init(text, MG_TABLE_MAX);
	a->n_text++;
	rc = mg_root_read(root, path, text, err);
	if (rc)
		return rc;
	rest = mg_buf_slice(text);
	while (mg_slice_cut_line(&rest, &line)) {
		number++;
		rc = read_line(a, line, is_strict, fn, err);
		if (rc < 0) {
			mg_err_prefix(err, "'%s':%u", path, number);
			return rc;
		}
	}
	return 0;
}

static void set_home(struct mg_accounts *a, uint32_t i, struct mg_slice home)
{
	if (home.len < 2 || home.ptr[0] != '/' || a->accounts[i].home.len)
		return;
	a->accounts[i].home = home;
	mg_map_add(&a->by_home, mg_hash_quick(&a->key, home), i);
}

/* "user:password:uid:gid:name:home:shell", of which user is cut already. */
static int take_passwd(struct mg_accounts *a, struct mg_slice user,
		       struct mg_slice rest, struct mg_err *err)
{
	enum { PASSWORD, UID, GID, NAME, HOME, FIELDS };
	const uint32_t i = mg_accounts_user(a, user);
	struct mg_slice field[FIELDS];
	uint64_t uid;

	(void)err; /* a line of another shape is some other program's matter */
	if (i == MG_ACCOUNT_NONE)
		return 0;
	for (int f = 0; f < FIELDS; f++)
		if (!mg_slice_cut_at(&rest, ':', &field[f]))
			return 0;
	if (mg_num_parse(field[UID], UINT32_MAX, &uid))
		mg_map_add(&a->by_uid, uid, i);
	set_home(a, i, field[HOME]);
	return 0;
}

int mg_accounts_read_homes(struct mg_accounts *a, const struct mg_root *root,
			   struct mg_err *err)
{
	const int rc = mg_table_read(a, root, "/etc/passwd", false, take_passwd,
				     err);

	return rc < 0 ? rc : 0;
}

int mg_accounts_load(struct mg_accounts *a, enum mg_account_source source,
		     const struct mg_root *root, const struct mg_hash_key *key,
		     struct mg_err *err)
{
	struct mg_accounts loaded = { .key = *key };
	const int rc = sources[source].load(&loaded, root, err);

	if (rc < 0) {
		mg_accounts_release(&loaded);
		return rc;
	}
	*a = loaded;
	return 0;
}

void mg_accounts_release(struct mg_accounts *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n_text; i++)
		mg_buf_release(&a->text[i]);
	mg_arena_release(&a->names);
	mg_map_release(&a->by_name);
	mg_map_release(&a->by_domain);
	mg_map_release(&a->by_home);
	mg_map_release(&a->by_uid);
	mg_mem_free(a->accounts);
	mg_mem_free(a->domains);
	*a = (struct mg_accounts){ 0 };
}

uint32_t mg_accounts_uid(const struct mg_accounts *a, uint64_t uid)
{
	size_t at;
	const uint32_t i = mg_map_first(&a->by_uid, uid, &at);

	/* A number that two accounts share names neither. */
	if (i == MG_MAP_NONE ||
	    mg_map_next(&a->by_uid, uid, &at) != MG_MAP_NONE)
		return MG_ACCOUNT_NONE;
	return i;
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
	struct mg_slice rest = path, part;

	while (rest.len && rest.ptr[0] == '/') {
		uint32_t here;

		rest = mg_slice_from(rest, 1);
		part = mg_slice_of(rest.ptr, mg_slice_find(rest, '/'));
		if (part.len == 0 || mg_slice_is(part, MG_LIT(".")) ||
		    mg_slice_is(part, MG_LIT("..")))
			return MG_ACCOUNT_NONE;
		rest = mg_slice_from(rest, part.len);
		here = home_at(a, mg_slice_of(path.ptr, path.len - rest.len));
		if (here != MG_ACCOUNT_NONE)
			found = here;
	}
	return rest.len ? MG_ACCOUNT_NONE : found;
}
