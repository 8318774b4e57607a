/* SPDX-License-Identifier: MIT */
/* Who somebody is, and what other limits somebody has, as Exim looks it up. */
#include "rules_exim_priv.h"

#include "mailguard/rules_exim_native.h"

#define WAIVED 1000000000000  /* no limit that anybody meets */
#define FOR_EVER 253402300799 /* the end of the year 9999 */

static bool counts(const struct mg_clause *c)
{
	return c->rule == MG_RULE_RATE && c->action == MG_ACTION_THROTTLE &&
	       (c->measure == MG_MEASURE_MESSAGES ||
		c->measure == MG_MEASURE_RECIPIENTS) &&
	       (c->per == MG_PER_MAILBOX || c->per == MG_PER_DOMAIN ||
		c->per == MG_PER_ACCOUNT || c->per == MG_PER_SCRIPT);
}

const struct mg_policy *mg_rules_exim_next(struct mg_rules_exim_walk *w,
					   const struct mg_clause **clause)
{
	for (; w->policy < w->policies->n_items; w->policy++, w->clause = 0) {
		const struct mg_policy *p = &w->policies->items[w->policy];

		while (w->clause < p->n_clauses) {
			*clause = &p->clauses[w->clause++];
			w->number = w->n++;
			if (counts(*clause))
				return p;
		}
	}
	return NULL;
}

struct writer {
	struct mg_buf *out;
	const struct mg_policies *policies;
	const struct mg_accounts *accounts;
	int64_t now;
};

static void add_other(const struct writer *w, size_t number, int64_t limit,
		      int64_t until)
{
	mg_buf_add_fmt(w->out, "l%zu=%lld t%zu=%lld ", number, (long long)limit,
		       number,
		       (long long)(until < FOR_EVER ? until : FOR_EVER));
}

/* Of the clauses that are per this, the limit that somebody has instead. */
static void add_others(const struct writer *w, enum mg_per per,
		       struct mg_scope_of of)
{
	struct mg_rules_exim_walk walk = { .policies = w->policies };
	const struct mg_policy *p;

	of.until = w->now;
	while ((p = mg_rules_exim_next(&walk, &of.clause))) {
		const struct mg_override *o = mg_policy_override(p, &of);
		const struct mg_waiver *waiver = mg_policy_waiver(p, &of);

		if (of.clause->per != per)
			continue;
		if (waiver)
			add_other(w, walk.number, WAIVED, waiver->scope.until);
		else if (o)
			add_other(w, walk.number, o->limit, o->scope.until);
	}
}

static bool are_safe(struct mg_slice a, struct mg_slice b)
{
	return mg_force_name_is_safe(a) && mg_force_name_is_safe(b);
}

static struct mg_scope_of of_account(const struct mg_account *a)
{
	return (struct mg_scope_of){ .account = a->name,
				     .plan = a->plan,
				     .owner = a->owner };
}

static void add_domain(const struct writer *w, const struct mg_domain *d)
{
	const struct mg_account *a = &w->accounts->accounts[d->account];
	struct mg_scope_of of = of_account(a);

	if (!are_safe(d->name, a->name))
		return;
	mg_buf_add_fmt(w->out, "domain=%.*s: account=%.*s ",
		       MG_SLICE_ARG(d->name), MG_SLICE_ARG(a->name));
	of.domain = d->name;
	add_others(w, MG_PER_MAILBOX, of);
	of.subject = d->name;
	add_others(w, MG_PER_DOMAIN, of);
	mg_buf_add_str(w->out, ".\n");
}

/* An account logs in by its own name, too, and counts for its main domain then,
   as what its scripts hand in does. */
static void add_who(const struct writer *w, const struct mg_account *a)
{
	struct mg_slice domain = MG_LIT("");

	if (a->main_domain != MG_ACCOUNT_NONE)
		domain = w->accounts->domains[a->main_domain].name;
	mg_buf_add_fmt(w->out, "account=%.*s ", MG_SLICE_ARG(a->name));
	if (mg_force_name_is_safe(domain))
		mg_buf_add_fmt(w->out, "domain=%.*s ", MG_SLICE_ARG(domain));
}

static void add_account(const struct writer *w, uint32_t number)
{
	const struct mg_account *a = &w->accounts->accounts[number];
	struct mg_scope_of of = of_account(a);

	if (!mg_force_name_is_safe(a->name))
		return;
	mg_buf_add_fmt(w->out, "account=%.*s: ", MG_SLICE_ARG(a->name));
	of.subject = a->name;
	add_others(w, MG_PER_ACCOUNT, of);
	add_others(w, MG_PER_SCRIPT, of);
	mg_buf_add_str(w->out, ".\n");
	mg_buf_add_fmt(w->out, "login=%.*s: ", MG_SLICE_ARG(a->name));
	add_who(w, a);
	add_others(w, MG_PER_MAILBOX, of);
	mg_buf_add_str(w->out, ".\n");
	/* Never root, and nobody whom several accounts share. */
	if (a->uid <= 0 ||
	    mg_accounts_uid(w->accounts, (uint64_t)a->uid) != number)
		return;
	mg_buf_add_fmt(w->out, "uid=%lld: ", (long long)a->uid);
	add_who(w, a);
	mg_buf_add_str(w->out, ".\n");
}

/* A mailbox that overrides or waivers name; the first of its lines counts. */
static void add_mailbox(const struct writer *w, const struct mg_scope *s)
{
	struct mg_scope_of of = { .subject = s->name };

	if (s->per != MG_PER_MAILBOX || !mg_force_name_is_safe(s->name) ||
	    mg_slice_find(s->name, '@') == s->name.len)
		return;
	mg_buf_add_fmt(w->out, "login=%.*s: ", MG_SLICE_ARG(s->name));
	add_others(w, MG_PER_MAILBOX, of);
	mg_buf_add_str(w->out, ".\n");
}

void mg_rules_exim_add_limits(struct mg_buf *out,
			      const struct mg_policies *policies,
			      const struct mg_accounts *accounts, int64_t now)
{
	struct mg_buf content;
	const struct writer w = { &content, policies, accounts, now };

	mg_buf_init(&content, out->max);
	for (size_t i = 0; i < policies->n_items; i++) {
		const struct mg_policy *p = &policies->items[i];

		for (size_t k = 0; k < p->n_overrides; k++)
			add_mailbox(&w, &p->overrides[k].scope);
		for (size_t k = 0; k < p->n_waivers; k++)
			add_mailbox(&w, &p->waivers[k].scope);
	}
	for (uint32_t i = 0; i < accounts->n_accounts; i++)
		add_account(&w, i);
	for (size_t i = 0; i < accounts->n_domains; i++)
		add_domain(&w, &accounts->domains[i]);
	mg_rules_exim_add_block(out, MG_LIT(""), mg_buf_slice(&content));
	out->truncated |= content.truncated;
	mg_buf_release(&content);
}
