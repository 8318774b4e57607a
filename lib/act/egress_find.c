/* SPDX-License-Identifier: MIT */
/*
 * The counts of the kernel become findings.
 *
 * For each user id a row says how much the kernel had counted when it was looked
 * at last, and how much of that was of the same hour. Rows and findings are one
 * transaction: what a crash takes back is counted the next time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mailguard/egress.h"
#include "mailguard/mem.h"
#include "mailguard/num.h"
#include "mailguard/vec.h"

#define ROWS "direct-smtp" /* the rows' name: KEY; the hour; "TOTAL N" */
#define KEY_MAX 11         /* "0000001001", so that they are sorted */
#define VALUE_MAX 42       /* two numbers of 64 bits */
#define HOUR_S 3600

/* A user id at the last look. */
struct known {
	uint32_t uid;
	int64_t hour, total, n;
};

struct counting {
	struct mg_finder *finder;
	struct mg_enforcer *e;
	const struct mg_accounts *accounts;
	int64_t hour;
	struct known *known; /* owned; by uid */
	size_t n_known, cap_known;
	int64_t *by_account; /* owned; of this hour */
	struct mg_err *err;
};

static int take_row(void *arg, const struct mg_applied *row)
{
	struct counting *c = arg;
	struct mg_slice value = row->value;
	uint64_t uid, total, n;

	if (!mg_num_parse(row->key, UINT32_MAX, &uid) ||
	    !mg_num_cut(&value, INT64_MAX, &total) ||
	    !mg_slice_cut_lit(&value, MG_LIT(" ")) ||
	    !mg_num_parse(value, INT64_MAX, &n))
		return 0;
	c->known = mg_vec_room(c->known, c->n_known, &c->cap_known,
			       sizeof(*c->known));
	c->known[c->n_known++] = (struct known){ (uint32_t)uid, row->until,
						 (int64_t)total, (int64_t)n };
	return 0;
}

static int by_uid(const void *key, const void *item)
{
	const uint32_t *uid = key;
	const struct known *k = item;

	return *uid < k->uid ? -1 : *uid > k->uid;
}

static int put_row(const struct counting *c, const struct known *k)
{
	char key[KEY_MAX], value[VALUE_MAX];
	struct mg_applied row = { .until = k->hour };

	(void)snprintf(key, sizeof(key), "%010u", k->uid);
	(void)snprintf(value, sizeof(value), "%lld %lld", (long long)k->total,
		       (long long)k->n);
	row.key = mg_slice_str(key);
	row.value = mg_slice_str(value);
	return mg_applied_put(c->e->store, ROWS, &row, c->err);
}

/* A count that is less than it was began anew: the table was taken off. */
static int take_count(void *arg, uint32_t uid, int64_t total)
{
	struct counting *c = arg;
	const uint32_t account = mg_accounts_uid(c->accounts, uid);
	const struct known *was = c->n_known
					  ? bsearch(&uid, c->known, c->n_known,
						    sizeof(*c->known), by_uid)
					  : NULL;
	struct known now = { uid, c->hour, total, 0 };

	if (account == MG_ACCOUNT_NONE)
		return 0;
	now.n = total - (was && was->total <= total ? was->total : 0);
	if (was && was->hour == c->hour)
		now.n += was->n;
	c->by_account[account] += now.n;
	return was && was->hour == c->hour && was->total == total
		       ? 0
		       : put_row(c, &now);
}

static int judge(const struct counting *c, size_t policy,
		 const struct mg_clause *clause, uint32_t account)
{
	const struct mg_policy *p = &c->e->policies[policy];
	const struct mg_account *a = &c->accounts->accounts[account];
	struct mg_verdict v = { .clause = clause,
				.subject = a->name,
				.account = a->name,
				.owner = a->owner,
				.plan = a->plan,
				.hour = c->hour,
				.since = c->hour,
				.is_found = true,
				.from = c->hour,
				.until = c->e->now - c->e->now % MG_SLOT_S +
					 MG_SLOT_S,
				.n = c->by_account[account] };
	const struct mg_scope_of of = { .clause = clause,
					.subject = v.subject,
					.account = v.account,
					.plan = v.plan,
					.owner = v.owner,
					.until = v.until };

	v.override = mg_policy_override(p, &of);
	v.waiver = mg_policy_waiver(p, &of);
	v.limit = v.override ? v.override->limit : clause->limit;
	return v.n > v.limit ? mg_finder_add(c->finder, policy, &v, c->err) : 0;
}

static int judge_all(const struct counting *c)
{
	int rc = 0;

	for (size_t i = 0; i < c->e->n_policies; i++) {
		const struct mg_policy *p = &c->e->policies[i];

		for (size_t k = 0; k < p->n_clauses; k++) {
			if (p->clauses[k].rule != MG_RULE_DIRECT_SMTP)
				continue;
			for (uint32_t a = 0;
			     rc == 0 && a < c->accounts->n_accounts; a++)
				if (c->by_account[a])
					rc = judge(c, i, &p->clauses[k], a);
		}
	}
	return rc;
}

static bool is_wanted(const struct mg_enforcer *e)
{
	for (size_t i = 0; i < e->n_policies; i++)
		for (size_t k = 0; k < e->policies[i].n_clauses; k++)
			if (e->policies[i].clauses[k].rule ==
			    MG_RULE_DIRECT_SMTP)
				return true;
	return false;
}

/* What cannot be read is told, and the sweep goes on. */
static int count(struct counting *c)
{
	const struct mg_force nothing = { .entries = NULL };
	const struct mg_backend_host host = mg_enforce_host(c->e, &nothing);
	struct mg_err failure = { 0 };
	int rc = mg_applied_each(c->e->store, ROWS, take_row, c, c->err);

	if (rc == 0 && mg_egress_each(&host, take_count, c, &failure) < 0) {
		c->e->fail(c->e->arg, ROWS, &failure);
		return 1;
	}
	return rc == 0 ? judge_all(c) : rc;
}

int mg_egress_find(struct mg_finder *f, struct mg_enforcer *e,
		   struct mg_err *err)
{
	struct counting c = { .finder = f, .e = e, .err = err };
	int rc;

	if (!is_wanted(e))
		return 0;
	c.hour = e->now - e->now % HOUR_S;
	c.accounts = e->accounts(e->arg);
	if (!c.accounts)
		return 0; /* that was said */
	c.by_account = mg_mem_zalloc(c.accounts->n_accounts + 1,
				     sizeof(*c.by_account));
	rc = mg_store_begin(e->store, err);
	if (rc == 0)
		rc = count(&c);
	if (rc == 0)
		rc = mg_store_commit(e->store, err);
	if (rc)
		mg_store_rollback(e->store);
	mg_mem_free(c.by_account);
	mg_mem_free(c.known);
	return rc < 0 ? rc : 0;
}
