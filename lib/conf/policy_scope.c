/* SPDX-License-Identifier: MIT */
/*
 * For whom a policy says something else: overrides and waivers, each with the
 * time at which it ends.
 */
#include "mailguard/address.h"
#include "mailguard/policy.h"

/* Of a mailbox with an address a scope may name one of the two. */
static struct mg_slice part_of(const struct mg_scope *s,
			       const struct mg_scope_of *of)
{
	struct mg_slice mailbox, ip;

	if (of->clause->per != MG_PER_MAILBOX_IP ||
	    !mg_mailbox_ip_cut(of->subject, &mailbox, &ip))
		return MG_LIT("");
	return s->per == MG_PER_MAILBOX ? mailbox
	       : s->per == MG_PER_IP    ? ip
					: MG_LIT("");
}

/* How near a scope is to a subject; 0 where it is not meant at all. */
static int nearness(const struct mg_scope *s, const struct mg_scope_of *of)
{
	const struct mg_slice part = s->is_plan ? MG_LIT("") : part_of(s, of);
	const bool is_itself = part.len ||
			       (!s->is_plan && s->per == of->clause->per);
	struct mg_slice name = MG_LIT("");

	if (of->until > s->until ||
	    (s->clause.len && !mg_slice_is(s->clause, of->clause->id)))
		return 0;
	if (is_itself)
		name = part.len ? part : of->subject;
	else if (s->is_plan)
		name = of->plan;
	else if (s->per == MG_PER_DOMAIN)
		name = of->domain;
	else if (s->per == MG_PER_ACCOUNT)
		name = of->account;
	else if (s->per == MG_PER_OWNER)
		name = of->owner;
	if (name.len == 0 || !mg_slice_is(s->name, name))
		return 0;
	if (is_itself)
		return 5;
	if (s->is_plan)
		return 2;
	return s->per == MG_PER_DOMAIN ? 4 : s->per == MG_PER_ACCOUNT ? 3 : 1;
}

const struct mg_override *mg_policy_override(const struct mg_policy *p,
					     const struct mg_scope_of *of)
{
	const struct mg_override *best = NULL;
	int nearest = 0;

	for (size_t i = 0; i < p->n_overrides; i++) {
		const int near = nearness(&p->overrides[i].scope, of);

		if (near > nearest) {
			nearest = near;
			best = &p->overrides[i];
		}
	}
	return best;
}

const struct mg_waiver *mg_policy_waiver(const struct mg_policy *p,
					 const struct mg_scope_of *of)
{
	for (size_t i = 0; i < p->n_waivers; i++)
		if (nearness(&p->waivers[i].scope, of))
			return &p->waivers[i];
	return NULL;
}
