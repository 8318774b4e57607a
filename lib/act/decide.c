/* SPDX-License-Identifier: MIT */
/*
 * Findings become intents: of each at most one act, whose id follows from the
 * finding's, so that deciding again after a crash decides nothing new.
 */
#include "act_priv.h"

#include "mailguard/arena.h"
#include "mailguard/judge.h"
#include "mailguard/ledger.h"
#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define MINUTE_S 60

/* What is to be decided on; collected first, since deciding adds rows. */
struct item {
	struct mg_finding finding;
	const struct mg_clause *clause;
	struct mg_slice sentence;
};

struct exemption {
	struct mg_slice per, subject;
};

struct decision {
	struct mg_enforcer *e;
	struct mg_cap begun; /* in this sweep, and in those of a minute */
	struct item *items;  /* owned */
	size_t n_items, cap_items;
	struct exemption *exempt; /* owned */
	size_t n_exempt, cap_exempt;
	struct mg_force force; /* for what is exempt of it */
	struct mg_arena text;
	int64_t last_seq;
	bool is_withdrawn; /* a finding, of those */
	struct mg_err *err;
};

const struct mg_clause *mg_enforce_clause(const struct mg_enforcer *e,
					  const struct mg_ledger_clause *c,
					  const struct mg_policy **policy)
{
	for (size_t i = 0; i < e->n_policies; i++) {
		const struct mg_policy *p = &e->policies[i];

		if (memcmp(p->hash, c->policy_hash, sizeof(p->hash)) != 0)
			continue;
		*policy = p;
		for (size_t k = 0; k < p->n_clauses; k++)
			if (mg_slice_is(p->clauses[k].id, c->id))
				return &p->clauses[k];
	}
	return NULL;
}

static bool is_of_interest(const struct decision *d,
			   const struct mg_ledger_row *row)
{
	const struct mg_finding *f = &row->finding;

	return row->kind == MG_LEDGER_FINDING && f->state == MG_FINDING_OVER &&
	       f->waiver.len == 0 &&
	       f->until + d->e->settings->enforce.age >= d->e->now;
}

static int collect(void *arg, const struct mg_ledger_row *row)
{
	struct decision *d = arg;
	struct item item = { .finding = row->finding };
	const struct mg_policy *unused;
	struct mg_slice *const texts[] = {
		&item.finding.per,    &item.finding.subject,
		&item.finding.domain, &item.finding.account,
		&item.finding.owner,  &item.finding.main_per,
		&item.finding.main,
	};

	d->last_seq = row->seq;
	d->is_withdrawn |= row->kind == MG_LEDGER_FINDING &&
			   row->finding.state == MG_FINDING_WITHDRAWN;
	if (!is_of_interest(d, row))
		return 0;
	item.clause = mg_enforce_clause(d->e, &row->clause, &unused);
	if (!item.clause || item.clause->action < MG_ACTION_THROTTLE)
		return 0;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		*texts[i] = mg_arena_copy(&d->text, *texts[i]);
	item.sentence = mg_arena_copy(&d->text, row->clause.sentence);
	d->items = mg_vec_room(d->items, d->n_items, &d->cap_items,
			       sizeof(*d->items));
	d->items[d->n_items++] = item;
	return 0;
}

/* The passes of a watch are as many as they like; a sweep is one a minute. */
static bool is_of_this_minute(const struct decision *d,
			      const struct mg_act *act)
{
	return !act->is_waiting && act->since > d->e->now - MINUTE_S &&
	       mg_slice_is(act->by, MG_LIT("policy"));
}

static int collect_in_force(void *arg, const struct mg_act *act)
{
	struct decision *d = arg;

	if (is_of_this_minute(d, act))
		mg_cap_count(&d->begun, act);
	if (act->verb != MG_ACT_EXEMPT)
		return 0;
	d->exempt = mg_vec_room(d->exempt, d->n_exempt, &d->cap_exempt,
				sizeof(*d->exempt));
	d->exempt[d->n_exempt++] = (struct exemption){
		mg_arena_copy(&d->text, act->per),
		mg_arena_copy(&d->text, act->subject),
	};
	return 0;
}

static bool is_exempt(const struct decision *d, const struct mg_act *act)
{
	struct mg_network network;

	if (mg_enforce_network_of(act, &network) &&
	    mg_force_is_exempt(&d->force, &network))
		return true;
	for (size_t i = 0; i < d->n_exempt; i++)
		if (mg_exemption_has(d->exempt[i].per, d->exempt[i].subject,
				     act))
			return true;
	return false;
}

static enum mg_act_verb verb_of(enum mg_action action)
{
	return action == MG_ACTION_BLOCK  ? MG_ACT_BLOCK
	       : action == MG_ACTION_HOLD ? MG_ACT_HOLD
					  : MG_ACT_THROTTLE;
}

/*
 * Until when. Without a word of the policy: until all that was counted has left
 * the window, or to the end of the clock hour.
 */
static int64_t ends_at(const struct decision *d, const struct item *item)
{
	const struct mg_clause *c = item->clause;
	const struct mg_finding *f = &item->finding;

	if (c->for_s)
		return d->e->now + c->for_s;
	return c->is_clock ? f->from + c->window_s
			   : f->until - MG_SLOT_S + c->window_s;
}

/*
 * The smallest unit: one origin that reached the limit alone, while what is
 * left without it has not.
 */
static void name_subject(const struct mg_finding *f, enum mg_rule rule,
			 struct mg_act *act)
{
	const bool is_alone = mg_rule_can_be_of_one(rule) && f->main.len &&
			      mg_judge_is_alone(f->n, f->main_n, f->limit);

	act->per = f->per;
	act->subject = f->subject;
	act->with_local = f->n_local > 0;
	if (!is_alone || mg_slice_is(f->main_per, MG_LIT("forwarder")))
		return;
	/* What no daemon can be told of would go on as it likes. */
	if (mg_slice_is(f->main_per, MG_LIT("mailbox")) &&
	    !mg_force_name_is_safe(f->main))
		return;
	act->per = f->main_per;
	act->subject = f->main;
	act->n = f->main_n;
}

static struct mg_act act_of(const struct decision *d, const struct item *item)
{
	const struct mg_finding *f = &item->finding;
	struct mg_act act = {
		.verb = verb_of(item->clause->action),
		.domain = f->domain,
		.account = f->account,
		.owner = f->owner,
		.since = d->e->now,
		.until = ends_at(d, item),
		.finding = mg_slice_str(f->id),
		.clause = f->clause,
		.n = f->n,
		.limit = f->limit,
		.window_s = item->clause->window_s,
		.pace = d->e->settings->enforce.pace,
		.by = MG_LIT("policy"),
		.reason = item->sentence,
	};

	name_subject(f, item->clause->rule, &act);
	mg_act_id(act.verb, act.per, act.subject, act.finding, act.id);
	return act;
}

/* Returns 1 where it is to be begun, 0, or -MG_EIO. */
static int is_due(struct decision *d, const struct item *item,
		  const struct mg_act *act)
{
	struct mg_enforcer *e = d->e;
	struct mg_finding now;
	bool was_released;
	int rc;

	if (act->until <= e->now || is_exempt(d, act) ||
	    !(mg_enforce_keys(e->settings) & mg_enforce_keys_of(act)))
		return 0;
	rc = mg_ledger_last_finding(e->store, item->finding.id, &now, d->err);
	if (rc < 0 || now.state != MG_FINDING_OVER)
		return rc < 0 ? rc : 0;
	/* The next hour's window has the same counts in it. */
	rc = mg_acts_was_released(e->store, act, item->finding.from,
				  &was_released, d->err);
	return rc < 0 ? rc : !was_released;
}

/* What is found again after it was withdrawn is another act. */
static int name_anew(struct decision *d, struct mg_act *act)
{
	bool was_withdrawn = true;
	char key[MG_ACT_ID_MAX];
	int rc;

	for (;;) {
		rc = mg_acts_has_mark(d->e->store, act->id, MG_MARK_RELEASED,
				      MG_LIT("policy"), &was_withdrawn, d->err);
		if (rc < 0 || !was_withdrawn)
			return rc;
		memcpy(key, act->id, sizeof(key));
		mg_act_id(act->verb, act->per, act->subject, mg_slice_str(key),
			  act->id);
	}
}

/* That it does not stop what was found is told to people. */
static void say_wider(const struct mg_enforcer *e, const struct mg_act *act)
{
	const struct mg_accounts *a = mg_expand_needs_accounts(act)
					      ? e->accounts(e->arg)
					      : NULL;
	struct mg_err err;
	struct mg_buf what;

	if (!a || !mg_expand_is_wider(act, a))
		return;
	mg_buf_init(&what, MG_ERR_TEXT_MAX);
	mg_buf_add_printable(&what, act->subject);
	(void)mg_fail(&err, MG_ECONF,
		      "its account shares its user id with others, so that its "
		      "local mail cannot be held: what logs in for its domain "
		      "or account is stopped instead");
	e->fail(e->arg, what.ptr, &err);
	mg_buf_release(&what);
}

static int add_one(struct decision *d, const struct item *item)
{
	struct mg_enforcer *e = d->e;
	struct mg_act act = act_of(d, item);
	int rc = is_due(d, item, &act);

	if (rc == 1 && (rc = name_anew(d, &act)) == 0)
		rc = 1;
	if (rc <= 0)
		return rc;
	act.is_waiting = !mg_cap_allows(&d->begun, e->settings, &act);
	rc = mg_acts_add(e->store, e->now, &act, d->err);
	if (rc <= 0)
		return rc;
	if (act.is_waiting) {
		e->n_waiting++;
	} else {
		e->n_begun++;
		say_wider(e, &act);
		mg_cap_count(&d->begun, &act);
	}
	return 0;
}

static int add_all(struct decision *d)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < d->n_items; i++)
		rc = add_one(d, &d->items[i]);
	return rc;
}

static int decide(struct decision *d, int64_t from)
{
	struct mg_store *s = d->e->store;
	int rc = mg_ledger_each_after(s, from, collect, d, d->err);

	if (rc == 0 && d->last_seq == from)
		return 0;
	if (rc == 0 && d->n_items)
		rc = mg_acts_each(s, MG_ACTS_IN_FORCE, d->e->now,
				  collect_in_force, d, d->err);
	if (rc == 0 && d->n_items)
		rc = mg_enforce_gather(d->e, &d->force, d->err);
	if (rc == 0)
		rc = mg_store_begin(s, d->err);
	if (rc == 0 && d->is_withdrawn)
		rc = mg_settle_withdrawn(d->e, d->err);
	if (rc == 0)
		rc = add_all(d);
	if (rc == 0)
		rc = mg_acts_set_decided(s, d->last_seq, d->err);
	if (rc == 0)
		rc = mg_store_commit(s, d->err);
	if (rc < 0)
		mg_store_rollback(s);
	return rc;
}

int mg_enforce_decide(struct mg_enforcer *e, struct mg_err *err)
{
	struct decision d = { .e = e, .err = err };
	int64_t from;
	int rc = mg_acts_decided(e->store, &from, err);

	d.last_seq = from;
	if (rc == 0)
		rc = decide(&d, from);
	mg_cap_release(&d.begun);
	mg_mem_free(d.items);
	mg_mem_free(d.exempt);
	mg_force_release(&d.force);
	mg_arena_release(&d.text);
	return rc;
}
