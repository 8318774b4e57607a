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

/* By which distinct logins are told apart, whether or not somebody owns them. */
static uint64_t work_out_hash(const struct mg_counter *c, struct mg_slice user)
{
	char name[MG_MAILBOX_MAX];
	const size_t len = mg_mailbox_canonical(user, name);
	const uint64_t hash = mg_hash(&c->key,
				      len ? mg_slice_of(name, len) : user);

	return hash ? hash : 1;
}

/* Those who check their mail do so every few minutes. */
static uint64_t hash_of_login(struct mg_counter *c, struct mg_slice user)
{
	struct mg_memo_entry *e = mg_memo_find(&c->login_hashes, user);
	uint64_t hash;

	if (e)
		return (uint64_t)e->other << 32 | e->number;
	hash = work_out_hash(c, user);
	e = mg_memo_put(&c->login_hashes, user, (uint32_t)hash);
	if (e)
		e->other = (uint32_t)(hash >> 32);
	return hash;
}

static void count_check(struct mg_counter *c, const struct mg_dovecot_line *l,
			struct mg_check *check, int64_t n)
{
	check->login = hash_of_login(c, l->user);
	check->n[l->service == MG_DOVECOT_IMAP ? MG_CHECK_IMAP
					       : MG_CHECK_POP3] = n;
	mg_checks_add(&c->checks, check, mg_count_login(c, l->user));
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
