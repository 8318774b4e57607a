/* SPDX-License-Identifier: MIT */
/*
 * Dovecot: who checked their mail, and who tried to log in and could not.
 *
 * A check is one successful POP3 or IMAP login. It counts for the address it
 * came from, and for the login. A session that ended after failed tries counts
 * for its address alone: its name is a stranger's text.
 */
#include "count_priv.h"

#include "mailguard/address.h"
#include "mailguard/vec.h"

/* By which distinct logins are told apart, whether or not somebody owns them. */
static uint64_t work_out_hash(const struct mg_counter *c, struct mg_slice user)
{
	char name[MG_MAILBOX_MAX];
	const size_t len = mg_mailbox_canonical(user, name);
	const uint64_t hash = mg_hash(&c->key,
				      len ? mg_slice_of(name, len) : user);

	return hash ? hash : 1;
}

/*
 * Whether the name of an origin is what is hashed of its logins, so that all of
 * them have the same hash. "*" stands for many names.
 */
static bool is_one_login(const struct mg_subject *origin)
{
	return origin->kind == MG_ORIGIN_MAILBOX &&
	       !mg_slice_is(origin->name, mg_crowd_name);
}

static void know_hash(struct mg_counter *c, uint32_t origin, uint64_t hash)
{
	if (c->engine == MG_ENGINE_PLAIN ||
	    !is_one_login(&c->origins.items[origin]))
		return;
	while (c->n_login_hashes <= origin) {
		c->login_hashes = mg_vec_room(c->login_hashes,
					      c->n_login_hashes,
					      &c->cap_login_hashes,
					      sizeof(*c->login_hashes));
		c->login_hashes[c->n_login_hashes++] = 0;
	}
	c->login_hashes[origin] = hash;
}

/* Those who check their mail do so every few minutes. */
static uint64_t hash_of_login(struct mg_counter *c, struct mg_slice user,
			      uint32_t origin)
{
	uint64_t hash = 0;

	if (origin < c->n_login_hashes)
		hash = c->login_hashes[origin];
	if (hash == 0) {
		hash = work_out_hash(c, user);
		know_hash(c, origin, hash);
	}
	return hash;
}

static void count_check(struct mg_counter *c, const struct mg_dovecot_line *l,
			struct mg_check *check, int64_t n)
{
	const uint32_t origin = mg_count_login(c, l->user);

	check->login = hash_of_login(c, l->user, origin);
	check->n[l->service == MG_DOVECOT_IMAP ? MG_CHECK_IMAP
					       : MG_CHECK_POP3] = n;
	mg_checks_add(&c->checks, check, origin);
}

static void count_failed(struct mg_counter *c, const struct mg_dovecot_line *l,
			 struct mg_check *check, int64_t n)
{
	check->n[MG_CHECK_FAILED_LOGINS] = n * l->n_attempts;
	check->n[MG_CHECK_FAILED_SESSIONS] = n;
	mg_checks_add(&c->checks, check, MG_ACCOUNT_NONE);
}

void mg_count_dovecot(struct mg_counter *c, const struct mg_dovecot_line *l,
		      uint32_t n, int64_t at)
{
	struct mg_check check = { .at = mg_count_slot(c, at), .ip = l->ip };

	if (l->kind == MG_DOVECOT_LOGIN)
		count_check(c, l, &check, n);
	else if (l->kind == MG_DOVECOT_FAILED)
		count_failed(c, l, &check, n);
}
