/* SPDX-License-Identifier: MIT */
#include "part_priv.h"

#include "mailguard/address.h"
#include "mailguard/mem.h"

/*
 * Names that each memo remembers at a time, 64 bytes each: 10 MB in all, of the
 * 64 that a sweep of a host of 20,000 domains may take with its parent. With
 * fewer, more answers are worked out again. A short tail of a log has few names:
 * then memory that is touched here and there costs more than they do.
 */
#define MEMO_MAX 32768
#define MEMO_MIN 1024
#define MEMO_LINE_BYTES 512 /* of log for each place: three lines */

void mg_counter_init(struct mg_counter *c, const struct mg_accounts *accounts,
		     const struct mg_tz *tz, int32_t hour_offset_s,
		     const struct mg_hash_key *key)
{
	*c = (struct mg_counter){
		.accounts = accounts,
		.tz = tz,
		.hour_offset_s = hour_offset_s,
		.key = *key,
		.callers = mg_mem_zalloc(MG_CWDS_MAX, sizeof(*c->callers)),
		.first_at = INT64_MAX,
		.last_at = INT64_MIN,
		.latest = INT64_MAX,
		.engine = MG_ENGINE_PLAIN,
		.quick_stamp = MG_NO_QUICK_STAMP,
	};
	/* The tables' key is one of this run; `key` makes what is stored. */
	mg_subjects_init(&c->origins, &accounts->key, MG_ORIGINS_MAX);
	mg_subjects_init(&c->senders, &accounts->key, MG_SENDERS_MAX);
	mg_flights_init(&c->flights, &accounts->key, MG_FLIGHT_MAX);
	mg_checks_init(&c->checks, &accounts->key);
}

void mg_counter_release(struct mg_counter *c)
{
	mg_subjects_release(&c->origins);
	mg_subjects_release(&c->senders);
	mg_tally_release(&c->by_origin);
	mg_tally_release(&c->by_sender);
	mg_flights_release(&c->flights);
	mg_larges_release(&c->larges);
	mg_checks_release(&c->checks);
	mg_memo_release(&c->logins);
	mg_memo_release(&c->domains);
	mg_memo_release(&c->directories);
	mg_memo_release(&c->users);
	mg_memo_release(&c->uids);
	mg_mem_free(c->login_hashes);
	mg_mem_free(c->batch);
	mg_mem_free(c->ahead);
	mg_mem_free(c->tags);
	mg_mem_free(c->callers);
	c->login_hashes = NULL;
	c->batch = NULL;
	c->ahead = NULL;
	c->tags = NULL;
	c->callers = NULL;
}

static size_t memo_size(int64_t bytes)
{
	size_t n = MEMO_MIN;

	while (n < MEMO_MAX && (int64_t)n * MEMO_LINE_BYTES < bytes)
		n *= 2;
	return n;
}

void mg_counter_set_engine(struct mg_counter *c, enum mg_engine engine,
			   int64_t bytes)
{
	const struct mg_hash_key *key = &c->accounts->key;
	const size_t n = memo_size(bytes);

	c->engine = engine;
	if (engine == MG_ENGINE_PLAIN)
		return;
	mg_memo_init(&c->logins, n, key);
	mg_memo_init(&c->domains, n, key);
	mg_memo_init(&c->directories, n, key);
	mg_memo_init(&c->users, n, key);
	mg_memo_init(&c->uids, n, key);
	c->tags = mg_count_new_tags();
	c->ahead = mg_count_new_ahead();
	c->batch = mg_count_new_batch();
}

void mg_counter_forget_senders(struct mg_counter *c)
{
	mg_subjects_release(&c->senders);
	mg_memo_clear(&c->domains);
	c->n_forgets++;
}

/* The start of the period of some seconds that an instant lies in. */
static int64_t period(const struct mg_counter *c, int64_t at, int32_t seconds)
{
	int64_t into = (at - c->hour_offset_s) % seconds;

	if (into < 0)
		into += seconds;
	return at - into;
}

int64_t mg_count_hour(const struct mg_counter *c, int64_t at)
{
	return period(c, at, 3600);
}

int64_t mg_count_slot(const struct mg_counter *c, int64_t at)
{
	return period(c, at, MG_SLOT_S);
}

uint32_t mg_count_origin(struct mg_counter *c, enum mg_origin_kind kind,
			 struct mg_slice name, uint32_t domain,
			 uint32_t account)
{
	const struct mg_subject subject = {
		.kind = kind, .domain = domain, .account = account, .name = name
	};

	return mg_subjects_number(&c->origins, &subject);
}

static uint32_t find_hosted(const struct mg_counter *c, struct mg_slice domain)
{
	char name[MG_DOMAIN_MAX];
	const size_t len = mg_domain_canonical(domain, name);

	if (len == 0)
		return MG_ACCOUNT_NONE;
	return mg_accounts_domain(c->accounts, mg_slice_of(name, len));
}

uint32_t mg_count_hosted(struct mg_counter *c, struct mg_slice address)
{
	const struct mg_slice domain = mg_address_domain(address);
	const struct mg_memo_entry *e = mg_memo_find(&c->domains, domain);
	uint32_t found;

	if (e)
		return e->number;
	found = find_hosted(c, domain);
	(void)mg_memo_put(&c->domains, domain, found);
	return found;
}

static uint32_t find_sender(struct mg_counter *c, struct mg_slice domain)
{
	char name[MG_DOMAIN_MAX];
	const struct mg_subject subject = {
		.domain = MG_ACCOUNT_NONE,
		.account = MG_ACCOUNT_NONE,
		.name = mg_slice_of(name, mg_domain_canonical(domain, name)),
	};

	return mg_subjects_number(&c->senders, &subject);
}

uint32_t mg_count_sender_number(struct mg_counter *c, struct mg_slice address)
{
	const struct mg_slice domain = mg_address_domain(address);
	struct mg_memo_entry *e = mg_memo_find(&c->domains, domain);
	uint32_t found;

	if (e && e->other)
		return e->other - 1;
	found = find_sender(c, domain);
	if (!e)
		e = mg_memo_put(&c->domains, domain, find_hosted(c, domain));
	if (e)
		e->other = found + 1;
	return found;
}

void mg_count_expect_login(const struct mg_counter *c, struct mg_slice login,
			   struct mg_reading *r)
{
	r->login = mg_memo_prefetch(&c->logins, login);
}

void mg_count_expect_domain(const struct mg_counter *c, struct mg_slice address,
			    struct mg_reading *r)
{
	r->domain = mg_memo_prefetch(&c->domains, mg_address_domain(address));
}

void mg_count_expect_directory(const struct mg_counter *c,
			       struct mg_slice directory)
{
	(void)mg_memo_prefetch(&c->directories, directory);
}

void mg_count_expect_user(const struct mg_counter *c, struct mg_slice user)
{
	(void)mg_memo_prefetch(&c->users, user);
}

uint32_t mg_count_user(struct mg_counter *c, struct mg_slice user,
		       struct mg_memo_entry **known)
{
	struct mg_memo_entry *e = mg_memo_find(&c->users, user);
	const uint32_t account = e ? e->number
				   : mg_accounts_user(c->accounts, user);

	if (!e)
		e = mg_memo_put(&c->users, user, account);
	if (known)
		*known = e;
	return account;
}

struct mg_flight_entry *mg_count_new_flight(struct mg_counter *c,
					    struct mg_flight_entry *old,
					    struct mg_slice id, int64_t at)
{
	if (at > c->latest)
		at = c->latest;
	if (c->part)
		mg_part_note_added(c->part, at);
	return mg_flights_add(&c->flights, old, id, at);
}

void mg_counter_overlong(struct mg_counter *c)
{
	c->n_lines[MG_EXIM_OVERLONG]++;
}
