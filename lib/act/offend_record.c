/* SPDX-License-Identifier: MIT */
/*
 * From a finding to the offence that it is of: whose, which, and whether
 * anything may follow from it.
 */
#include "offend.h"

#include <string.h>

#include "mailguard/limits.h"
#include "mailguard/mem.h"

/* Who did it: the most of it, or all. */
static void name_culprit(const struct mg_finding *f, struct mg_offence *o)
{
	const bool is_known = f->main.len &&
			      !mg_slice_is(f->main_per, MG_LIT("forwarder"));

	o->per = is_known ? f->main_per : f->per;
	o->subject = is_known ? f->main : f->subject;
}

static bool is_trusted(const struct mg_settings *s)
{
	/* All that is shared comes through syslog, which is one source. */
	return s->trust.n > 0;
}

/* The account as the tables have it now. */
static int identify(struct mg_offender *o, const struct mg_finding *f,
		    struct mg_identity *who)
{
	const uint32_t i = mg_accounts_user(o->accounts, f->account);

	*who = (struct mg_identity){ .account = f->account, .uid = -1 };
	if (i == MG_ACCOUNT_NONE)
		return 0;
	who->uid = o->accounts->accounts[i].uid;
	return mg_account_created(o->accounts, o->e->root, i, &who->created,
				  o->err);
}

/* Why nothing may follow from it. */
static int doubt(struct mg_offender *o, const struct mg_finding *f,
		 const struct mg_identity *who, enum mg_offence_doubt *out)
{
	const struct mg_enforcer *e = o->e;
	struct mg_drift drift;
	const int rc = mg_store_drift(e->store, f->source, &drift, o->err);

	if (rc < 0)
		return rc;
	/* Of the last slot it is not known when in it something was sent. */
	if (f->until - MG_SLOT_S < o->first_at)
		*out = MG_DOUBT_FIRST;
	else if (f->until + e->settings->enforce.age < e->now)
		*out = MG_DOUBT_OLD;
	else if (f->log_class == MG_LOG_SHARED && !is_trusted(e->settings))
		*out = MG_DOUBT_SHARED;
	else if (drift.is_alarm || e->is_doubtful)
		*out = MG_DOUBT_DRIFT;
	else if (e->frozen_until)
		*out = MG_DOUBT_CLOCK;
	else if (who->uid < 0 || who->created > f->until - MG_SLOT_S)
		*out = MG_DOUBT_IDENTITY;
	else
		*out = MG_DOUBT_NONE;
	return 0;
}

static struct mg_ladder_offence as_seen(const struct mg_offence *o)
{
	return (struct mg_ladder_offence){
		.at = o->at,
		.until = o->until,
		.cause = (enum mg_cause)o->cause,
		.is_observed = o->doubt != MG_DOUBT_NONE,
		.is_confirmed = o->is_confirmed,
		.is_withdrawn = o->is_withdrawn,
	};
}

/* The one that it is of; NULL for a new one. What is in doubt joins what is
   not, and never the other way. */
static struct mg_offence *find_offence(const struct mg_offence_list *list,
				       const struct mg_ladder *ladder,
				       const struct mg_offence *new)
{
	for (size_t i = 0; i < list->n; i++) {
		struct mg_offence *x = &list->items[i];
		const struct mg_ladder_offence seen = as_seen(x);

		if (!strcmp(x->id, new->id) ||
		    (mg_slice_is(x->policy, new->policy) &&
		     (x->doubt == MG_DOUBT_NONE || new->doubt) &&
		     mg_ladder_joins(ladder, &seen, new->at)))
			return x;
	}
	return NULL;
}

static struct mg_standing stand(const struct mg_offence_list *list,
				const struct mg_policy *p, int64_t now)
{
	struct mg_ladder_offence *seen = mg_mem_zalloc(list->n + 1,
						       sizeof(*seen));
	struct mg_standing s;
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		if (mg_slice_is(list->items[i].policy, p->name))
			seen[n++] = as_seen(&list->items[i]);
	s = mg_ladder_stand(&p->ladder, seen, n, now);
	mg_mem_free(seen);
	return s;
}

/* A row more of what is there, or the first. */
static int add_rows(struct mg_offender *o, const struct mg_offend_item *item,
		    const struct mg_offence *known, struct mg_offence *new)
{
	struct mg_enforcer *e = o->e;
	int rc;

	if (known) {
		memcpy(new->id, known->id, sizeof(new->id));
		new->event = MG_OFFENCE_JOINED;
		new->at = known->at;
		new->until = known->until;
		new->doubt = known->doubt;
		new->cause = known->cause;
	}
	rc = mg_offences_add(e->store, e->now, new, o->err);
	if (rc < 0 || !known || known->is_confirmed ||
	    item->clause->cause != MG_CAUSE_COMPROMISED ||
	    known->cause == MG_CAUSE_COMPROMISED)
		return rc;
	new->event = MG_OFFENCE_CAUSE;
	new->cause = MG_CAUSE_COMPROMISED;
	return mg_offences_add(e->store, e->now, new, o->err);
}

static int describe(struct mg_offender *o, const struct mg_offend_item *item,
		    struct mg_offence *new)
{
	const struct mg_finding *f = &item->finding;
	const struct mg_ladder *ladder = &item->policy->ladder;
	int rc;

	*new = (struct mg_offence){
		.event = MG_OFFENCE_MADE,
		.policy = item->policy->name,
		.finding = mg_slice_str(f->id),
		.owner = f->owner,
		.at = mg_ladder_hour(f->until, o->hour_offset_s),
		.cause = item->clause->cause,
		.by = MG_LIT("policy"),
		.reason = item->sentence,
	};
	new->until = new->at + ladder->expire_s;
	name_culprit(f, new);
	rc = identify(o, f, &new->who);
	if (rc == 0)
		rc = doubt(o, f, &new->who, &new->doubt);
	mg_offence_id(new, new->id);
	return rc;
}

int mg_offend_record(struct mg_offender *o, const struct mg_offend_item *item,
		     struct mg_offend_case *out)
{
	struct mg_enforcer *e = o->e;
	struct mg_offence_list list = { .n = 0 };
	const struct mg_offence *known;
	struct mg_offence *new = &out->offence;
	bool is_settled = false;
	int rc = describe(o, item, new);

	if (rc == 0)
		rc = mg_offences_load(e->store, &new->who, &list, o->err);
	if (rc == 0) {
		known = find_offence(&list, &item->policy->ladder, new);
		is_settled = known && known->is_withdrawn;
		rc = add_rows(o, item, known, new);
		e->n_offences += !known && !new->doubt;
		e->n_observed[new->doubt] += new->doubt != MG_DOUBT_NONE;
	}
	mg_offence_list_release(&list);
	if (rc < 0 || is_settled || new->doubt)
		return rc;
	rc = mg_offences_load(e->store, &new->who, &list, o->err);
	if (rc == 0)
		out->standing = stand(&list, item->policy, e->now);
	mg_offence_list_release(&list);
	return rc < 0 ? rc : 1;
}
