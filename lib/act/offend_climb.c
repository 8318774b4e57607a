/* SPDX-License-Identifier: MIT */
/*
 * From an offence and its rung to acts, of which none does more than the rung
 * says: who cannot be told apart from a domain is not stopped as a mailbox.
 */
#include "offend.h"

#include <string.h>

#include "mailguard/address.h"
#include "mailguard/effect.h"
#include "mailguard/terminate.h"

#define DAY_S 86400
#define REASON_MAX 4096

/* --- what is in force already --- */

struct search {
	const struct mg_act *like;
	char id[MG_ACT_ID_MAX]; /* of what was found */
	bool is_exempt;
};

static int compare(void *arg, const struct mg_act *act)
{
	struct search *s = arg;

	if (act->verb == MG_ACT_EXEMPT)
		s->is_exempt |= mg_exemption_has(act->per, act->subject,
						 s->like);
	else if (act->verb == s->like->verb &&
		 mg_slice_is(act->per, s->like->per) &&
		 mg_slice_is(act->subject, s->like->subject))
		memcpy(s->id, act->id, sizeof(s->id));
	return 0;
}

static int search(struct mg_offender *o, struct search *s)
{
	struct mg_enforcer *e = o->e;
	int rc = mg_acts_each(e->store, MG_ACTS_IN_FORCE, e->now, compare, s,
			      o->err);

	if (rc == 0)
		rc = mg_acts_each(e->store, MG_ACTS_WAITING, e->now, compare, s,
				  o->err);
	return rc;
}

static struct mg_act act_of(const struct mg_offender *o,
			    const struct mg_offend_item *item,
			    enum mg_act_verb verb)
{
	const struct mg_finding *f = &item->finding;

	return (struct mg_act){
		.verb = verb,
		.per = f->per,
		.subject = f->subject,
		.domain = f->domain,
		.account = f->account,
		.owner = f->owner,
		.since = o->e->now,
		.finding = mg_slice_str(f->id),
		.clause = f->clause,
		.n = f->n,
		.limit = f->limit,
		.window_s = item->clause->window_s,
		.with_local = f->n_local > 0,
		.pace = o->e->settings->enforce.pace,
		.by = MG_LIT("policy"),
		.reason = item->sentence,
	};
}

int mg_offend_is_exempt(struct mg_offender *o,
			const struct mg_offend_item *item, bool *out)
{
	const struct mg_act act = act_of(o, item, MG_ACT_SUSPEND);
	struct search s = { .like = &act };
	const int rc = search(o, &s);

	*out = s.is_exempt;
	return rc;
}

/* --- whom it is about --- */

/* The mailbox or script that did most of it, where one can be named. */
static bool name_mailbox(const struct mg_finding *f, struct mg_act *act)
{
	const bool is_main = f->main.len > 0;
	const struct mg_slice per = is_main ? f->main_per : f->per;
	const struct mg_slice name = is_main ? f->main : f->subject;

	if (mg_slice_is(per, MG_LIT("mailbox"))) {
		if (!mg_force_name_is_safe(name))
			return false;
	} else if (!mg_slice_is(per, MG_LIT("script")) &&
		   !mg_slice_is(per, MG_LIT("user"))) {
		return false;
	}
	act->per = per;
	act->subject = name;
	act->n = is_main ? f->main_n : f->n;
	return true;
}

static bool name_domain(const struct mg_finding *f, struct mg_act *act)
{
	if (f->domain.len == 0)
		return name_mailbox(f, act);
	act->per = MG_LIT("domain");
	act->subject = f->domain;
	return true;
}

static void name_account(const struct mg_finding *f, struct mg_act *act)
{
	act->per = MG_LIT("account");
	act->subject = f->account;
	act->with_local = true;
}

static bool name_subject(const struct mg_finding *f, enum mg_step step,
			 struct mg_act *act)
{
	if (step == MG_STEP_WARN) {
		name_account(f, act);
		return true;
	}
	if (step <= MG_STEP_SUSPEND_MAILBOX)
		return name_mailbox(f, act);
	if (step == MG_STEP_SUSPEND_DOMAIN)
		return name_domain(f, act);
	name_account(f, act);
	return true;
}

/* --- as acts --- */

static int add(struct mg_offender *o, struct mg_act *act, struct mg_slice key,
	       const char *waits)
{
	struct mg_enforcer *e = o->e;
	struct mg_buf reason;
	int rc;

	mg_act_id(act->verb, act->per, act->subject, key, act->id);
	mg_buf_init(&reason, REASON_MAX);
	mg_buf_add(&reason, act->reason);
	if (waits)
		mg_buf_add_fmt(&reason, " It waits: %s.", waits);
	act->reason = mg_buf_slice(&reason);
	act->is_waiting = waits != NULL;
	rc = mg_acts_add(e->store, e->now, act, o->err);
	if (rc == 1 && act->verb == MG_ACT_WARN)
		e->n_warned++;
	else if (rc == 1 && waits)
		e->n_waiting++;
	else if (rc == 1)
		e->n_begun++;
	act->reason = MG_LIT("");
	mg_buf_release(&reason);
	return rc;
}

static int begin_suspension(struct mg_offender *o, struct mg_act *act)
{
	const char *waits = mg_breaker_check(&o->breaker, act,
					     o->accounts->n_accounts);
	const int rc = add(o, act, act->finding, waits);

	if (rc == 1 && !waits)
		mg_breaker_count(&o->breaker, act, o->e->now);
	else if (rc == 1 && !mg_breaker_protects(o->e->settings, act))
		o->breaker.is_open |=
			mg_breaker_is_tripped_by(mg_slice_str(waits));
	return rc < 0 ? rc : 0;
}

/* Not where it is stopped already, or a person let it go since. */
static int suspend(struct mg_offender *o, struct mg_act *act)
{
	const struct mg_slice sentence = act->reason;
	struct search s = { .like = act };
	bool was_released;
	int rc = search(o, &s);

	if (rc < 0 || s.is_exempt)
		return rc;
	if (s.id[0]) {
		memcpy(act->id, s.id, sizeof(act->id));
		return 0;
	}
	rc = mg_acts_was_released(o->e->store, act, act->since - act->window_s,
				  &was_released, o->err);
	if (rc < 0 || was_released)
		return rc;
	rc = begin_suspension(o, act);
	act->reason = sentence;
	return rc;
}

/* Always waits; the account is suspended in the meantime. */
static int terminate(struct mg_offender *o, const struct mg_act *suspension,
		     const struct mg_rung *rung,
		     const struct mg_offend_case *at)
{
	char identity[MG_EFFECT_IDENTITY_MAX];
	struct mg_act act = *suspension;
	int rc;

	if (suspension->id[0] == '\0')
		return 0;
	act.approvals = rung->approvals;
	act.grace_s = rung->grace_s;
	mg_terminate_describe(o->e, suspension->id, identity, &act);
	rc = add(o, &act, mg_slice_str(at->offence.id),
		 "a person terminates, never a policy");
	return rc < 0 ? rc : 0;
}

static void add_reason(const struct mg_offend_item *item,
		       const struct mg_offend_case *at, struct mg_buf *out)
{
	if (at->offence.cause == MG_CAUSE_COMPROMISED)
		mg_buf_add_str(out, "Compromised, which is no strike");
	else
		mg_buf_add_fmt(out, "Strike %lld",
			       (long long)at->standing.n_strikes);
	mg_buf_add_fmt(out, " (offence %.8s, policy ", at->offence.id);
	mg_buf_add_printable(out, item->policy->name);
	mg_buf_add_str(out, "): ");
	mg_buf_add(out, item->sentence);
}

static int climb(struct mg_offender *o, const struct mg_offend_item *item,
		 const struct mg_offend_case *at, const struct mg_rung *rung,
		 struct mg_slice reason)
{
	struct mg_act act = act_of(o, item, MG_ACT_SUSPEND);
	const struct mg_slice key = mg_slice_str(at->offence.id);
	char identity[MG_EFFECT_IDENTITY_MAX];
	int rc;

	mg_effect_identity_text(&at->offence.who, identity);
	act.identity = mg_slice_str(identity);
	act.reason = reason;
	act.until = rung->for_s ? o->e->now + rung->for_s : MG_ACT_NO_END;
	if (!name_subject(&item->finding, rung->step, &act)) {
		/* Nobody smaller can be named, so a person is told. */
		name_account(&item->finding, &act);
		act.verb = MG_ACT_WARN;
	} else if (rung->step <= MG_STEP_THROTTLE) {
		act.verb = rung->step == MG_STEP_WARN ? MG_ACT_WARN
						      : MG_ACT_THROTTLE;
	}
	if (act.verb == MG_ACT_WARN)
		act.until = o->e->now + DAY_S;
	if (act.verb != MG_ACT_SUSPEND) {
		rc = add(o, &act, key, NULL);
		return rc < 0 ? rc : 0;
	}
	rc = suspend(o, &act);
	if (rc == 0 && rung->step == MG_STEP_TERMINATE)
		rc = terminate(o, &act, rung, at);
	return rc;
}

int mg_offend_climb(struct mg_offender *o, const struct mg_offend_item *item,
		    const struct mg_offend_case *at)
{
	const struct mg_rung *rung =
		mg_ladder_step(&item->policy->ladder, &at->standing,
			       (enum mg_cause)at->offence.cause);
	struct mg_buf reason;
	int rc;

	if (!rung)
		return 0;
	mg_buf_init(&reason, REASON_MAX);
	add_reason(item, at, &reason);
	rc = climb(o, item, at, rung, mg_buf_slice(&reason));
	mg_buf_release(&reason);
	return rc;
}

int mg_offend_warn(struct mg_offender *o, const struct mg_offend_item *item)
{
	struct mg_act act = act_of(o, item, MG_ACT_WARN);
	int rc;

	act.until = o->e->now + DAY_S;
	rc = add(o, &act, act.finding, NULL);
	return rc < 0 ? rc : 0;
}
