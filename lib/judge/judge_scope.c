/* SPDX-License-Identifier: MIT */
/*
 * For whom a policy says something else: overrides and waivers, each with the
 * time at which it ends.
 */
#include "judge_priv.h"

/* How near a scope is to a subject; 0 where it is not meant at all. */
static int nearness(const struct mg_scope *s, const struct mg_verdict *v)
{
	const bool is_itself = s->per == v->clause->per;
	struct mg_slice name = MG_LIT("");

	if (v->until > s->until ||
	    (s->clause.len && !mg_slice_is(s->clause, v->clause->id)))
		return 0;
	if (is_itself)
		name = v->subject;
	else if (s->per == MG_PER_DOMAIN)
		name = v->domain;
	else if (s->per == MG_PER_ACCOUNT)
		name = v->account;
	else if (s->per == MG_PER_OWNER)
		name = v->owner;
	if (name.len == 0 || !mg_slice_is(s->name, name))
		return 0;
	if (is_itself)
		return 4;
	return s->per == MG_PER_DOMAIN ? 3 : s->per == MG_PER_ACCOUNT ? 2 : 1;
}

const struct mg_override *mg_judge_override(const struct mg_policy *p,
					    const struct mg_verdict *v)
{
	const struct mg_override *best = NULL;
	int nearest = 0;

	for (size_t i = 0; i < p->n_overrides; i++) {
		const int near = nearness(&p->overrides[i].scope, v);

		if (near > nearest) {
			nearest = near;
			best = &p->overrides[i];
		}
	}
	return best;
}

const struct mg_waiver *mg_judge_waiver(const struct mg_policy *p,
					const struct mg_verdict *v)
{
	for (size_t i = 0; i < p->n_waivers; i++)
		if (nearness(&p->waivers[i].scope, v))
			return &p->waivers[i];
	return NULL;
}
