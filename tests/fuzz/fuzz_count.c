/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a log: counts stay consistent, and nobody is charged who is not
 * in the tables.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/count.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct mg_account accounts[] = {
	{ .name = MG_LIT_INIT("alice"), .home = MG_LIT_INIT("/home/alice") },
};
static struct mg_domain domains[] = {
	{ .name = MG_LIT_INIT("a.example") },
};

static void init_tables(struct mg_accounts *t)
{
	*t = (struct mg_accounts){
		.accounts = accounts,
		.n_accounts = 1,
		.domains = domains,
		.n_domains = 1,
	};
	mg_map_add(&t->by_name, mg_hash(&t->key, accounts[0].name), 0);
	mg_map_add(&t->by_domain, mg_hash(&t->key, domains[0].name), 0);
	mg_map_add(&t->by_uid, 5001, 0);
	mg_map_add(&t->by_home, mg_hash(&t->key, accounts[0].home), 0);
}

static void check_origin(const struct mg_subject *s)
{
	assert(s->kind >= MG_ORIGIN_MAILBOX && s->kind <= MG_ORIGIN_UNKNOWN);
	assert(s->name.len > 0 && s->name.len <= MG_ORIGIN_NAME_MAX);
	assert((s->domain == 0 && s->account == 0) ||
	       (s->domain == MG_ACCOUNT_NONE && s->account == MG_ACCOUNT_NONE));
	for (size_t i = 0; i < s->name.len; i++)
		assert(s->name.ptr[i] > ' ' && s->name.ptr[i] <= '~');
}

static void check_counter(const struct mg_counter *c)
{
	for (size_t i = 0; i < c->origins.n_items; i++)
		check_origin(&c->origins.items[i]);
	for (size_t i = 0; i < c->by_origin.n_cells; i++) {
		assert(c->by_origin.cells[i].subject < c->origins.n_items);
		for (int n = 0; n < MG_COUNTS; n++)
			assert(c->by_origin.cells[i].counts.n[n] >= 0);
	}
	assert(c->flights.n_live <= c->flights.n_entries);
	assert(c->n_callers <= MG_CWDS_MAX);
}

static void count(struct mg_slice log, const struct mg_accounts *tables,
		  enum mg_dialect dialect)
{
	static const struct mg_tz utc;
	const struct mg_hash_key key = { 1, 2 };
	struct mg_counter counter;
	struct mg_slice line;

	mg_counter_init(&counter, tables, &utc, 0, &key);
	counter.dialect = dialect;
	counter.latest = 1795392000;
	while (mg_slice_cut_line(&log, &line))
		mg_counter_line(&counter, line);
	check_counter(&counter);
	mg_counter_release(&counter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mg_slice log = mg_slice_of((const char *)data, size);
	static struct mg_accounts tables;

	if (!tables.n_accounts)
		init_tables(&tables);
	count(log, &tables, MG_DIALECT_EXIM);
	count(log, &tables, MG_DIALECT_SYSLOG);
	return 0;
}
