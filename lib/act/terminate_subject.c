/* SPDX-License-Identifier: MIT */
/*
 * Whether an account may be removed at all: it is the one that was meant, is
 * suspended by us, and nobody protects any part of it.
 */
#include "breaker.h"
#include "effect_priv.h"
#include "terminate_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/address.h"

#define DAY_S 86400

/* --- who it is --- */

void mg_terminate_identity(struct mg_enforcer *e, const struct mg_act *act,
			   char out[MG_EFFECT_IDENTITY_MAX])
{
	const struct mg_accounts *a = e->accounts(e->arg);
	struct mg_err unused = { 0 };

	out[0] = '\0';
	if (a && mg_effect_identity(a, e->root, act, out, &unused) < 0)
		out[0] = '\0';
}

static void check_identity(struct mg_terminate_case *c)
{
	char now[MG_EFFECT_IDENTITY_MAX];

	mg_terminate_identity(c->e, c->act, now);
	if (!now[0])
		mg_buf_add_str(mg_terminate_need(c),
			       "the account: the tables have none of that name "
			       "just now");
	else if (!mg_slice_is(c->act->identity, mg_slice_str(now)))
		c->t->void_why = "the account of that name is another one by "
				 "now";
}

/* --- that it is suspended --- */

struct suspension {
	struct mg_terminate_case *c;
	bool is_there;
	int n_hooks; /* that say so */
	struct mg_hooks hooks;
	struct mg_err *err;
};

/* A hook that had no part in it is not asked. */
static int take_done(void *arg, int64_t made_at, enum mg_act_mark mark,
		     struct mg_slice by, struct mg_slice detail)
{
	struct mg_effect *f = arg;

	(void)made_at;
	(void)detail;
	if (mg_slice_is(by, mg_slice_str(f->by)))
		f->last = mark;
	return 0;
}

static void ask(struct suspension *s, const struct mg_hook_call *of,
		const char *hook)
{
	const struct mg_hook_host host = mg_effect_host(s->c->e);
	struct mg_hook_call call = *of;
	enum mg_hook_result answer = MG_HOOK_UNKNOWN;
	struct mg_err failure = { 0 };
	struct mg_buf said;

	call.of = call.verb;
	call.verb = MG_HOOK_QUERY;
	mg_buf_init(&said, MG_HOOK_OUTPUT_MAX);
	if (mg_hook_run(&host, &s->hooks, hook, &call, &answer, &said,
			&failure) < 0)
		answer = MG_HOOK_UNKNOWN;
	mg_buf_release(&said);
	s->n_hooks += answer == MG_HOOK_IS_DONE;
	if (answer != MG_HOOK_IS_DONE)
		mg_buf_add_fmt(mg_terminate_need(s->c),
			       "the suspension, which the hook '%s' does not "
			       "say is so",
			       hook);
}

static int ask_hooks(struct suspension *s, const struct mg_act *act)
{
	struct mg_enforcer *e = s->c->e;
	struct mg_hook_call call;
	struct mg_err why = { 0 };
	int rc = mg_hooks_find(e->root, e->settings->hooks.folder, &s->hooks,
			       s->err);

	/* What keeps it from being told is named elsewhere. */
	if (rc < 0 || mg_effect_call(e, act, &call, &why) < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < s->hooks.n; i++) {
		struct mg_effect f = { .last = 0 };

		(void)snprintf(f.by, sizeof(f.by), "hook:%s",
			       s->hooks.names[i]);
		rc = mg_acts_each_mark(e->store, act->id, take_done, &f,
				       s->err);
		if (rc == 0 && f.last == MG_MARK_DONE)
			ask(s, &call, s->hooks.names[i]);
	}
	return rc;
}

static int take_suspension(void *arg, const struct mg_act *act)
{
	struct suspension *s = arg;

	if (act->verb != MG_ACT_SUSPEND || strcmp(act->id, s->c->target) != 0)
		return 0;
	s->is_there = true;
	return ask_hooks(s, act);
}

static int check_suspension(struct mg_terminate_case *c, struct mg_err *err)
{
	struct suspension s = { .c = c, .err = err };
	const size_t n_missing = c->t->n_missing;
	const int rc = mg_acts_each(c->e->store, MG_ACTS_IN_FORCE, c->e->now,
				    take_suspension, &s, err);

	if (rc < 0)
		return rc;
	if (!s.is_there)
		c->t->void_why = "the suspension that it stands on is over";
	else if (s.n_hooks == 0 && n_missing == c->t->n_missing)
		mg_buf_add_str(mg_terminate_need(c),
			       "a hook that says that it is suspended");
	c->t->is_suspended = s.n_hooks > 0 && n_missing == c->t->n_missing;
	return 0;
}

int mg_terminate_check_subject(struct mg_terminate_case *c, struct mg_err *err)
{
	check_identity(c);
	return check_suspension(c, err);
}

/* --- guards --- */

/* Whether a subject is the account's, or what it is of. */
static bool is_part(const struct mg_terminate_case *c, struct mg_slice per,
		    struct mg_slice subject)
{
	const struct mg_accounts *a = c->e->accounts(c->e->arg);
	struct mg_slice domain = subject;
	uint32_t i;

	if (mg_exemption_has(per, subject, c->act))
		return true;
	if (!a || mg_slice_is(per, MG_LIT("account")) ||
	    mg_slice_is(per, MG_LIT("owner")) || mg_slice_is(per, MG_LIT("ip")))
		return false;
	if (!mg_slice_is(per, MG_LIT("domain")))
		domain = mg_address_domain(subject);
	if (domain.len == 0) /* a login of the system */
		return mg_slice_is(subject, c->act->account);
	i = mg_accounts_domain(a, domain);
	return i != MG_ACCOUNT_NONE &&
	       mg_slice_is(a->accounts[a->domains[i].account].name,
			   c->act->account);
}

struct guards {
	struct mg_terminate_case *c;
	bool is_exempt;
	int64_t n_today; /* others that were begun */
	struct mg_err *err;
};

static int take_exempt(void *arg, const struct mg_act *act)
{
	struct guards *g = arg;

	g->is_exempt |= act->verb == MG_ACT_EXEMPT &&
			is_part(g->c, act->per, act->subject);
	return 0;
}

static int take_start(void *arg, int64_t made_at, enum mg_act_mark mark,
		      struct mg_slice by, struct mg_slice detail)
{
	const struct guards *g = arg;

	(void)by;
	(void)detail;
	return mark == MG_MARK_STARTED && made_at > g->c->e->now - DAY_S;
}

static int take_termination(void *arg, const struct mg_act *act)
{
	struct guards *g = arg;
	int rc;

	if (act->verb != MG_ACT_TERMINATE ||
	    strcmp(act->id, g->c->act->id) == 0)
		return 0;
	rc = mg_acts_each_mark(g->c->e->store, act->id, take_start, g, g->err);
	g->n_today += rc == 1;
	return rc < 0 ? rc : 0;
}

static bool is_protected(const struct mg_terminate_case *c)
{
	const struct mg_conf_texts *all = &c->e->settings->protect;

	for (size_t i = 0; i < all->n; i++) {
		struct mg_slice subject = all->items[i], per;

		if (mg_slice_cut_at(&subject, ':', &per) &&
		    is_part(c, per, subject))
			return true;
	}
	return false;
}

int mg_terminate_check_guards(struct mg_terminate_case *c, struct mg_err *err)
{
	struct mg_enforcer *e = c->e;
	struct guards g = { .c = c, .err = err };
	struct mg_breaker breaker;
	int rc = mg_acts_each(e->store, MG_ACTS_IN_FORCE, e->now, take_exempt,
			      &g, err);

	if (rc == 0)
		rc = mg_acts_each(e->store, MG_ACTS_ALL, e->now,
				  take_termination, &g, err);
	if (rc < 0)
		return rc;
	if (is_protected(c))
		mg_buf_add_str(mg_terminate_need(c),
			       "that nothing of it is in 'protected'");
	if (g.is_exempt)
		mg_buf_add_str(mg_terminate_need(c),
			       "that nothing of it is exempt");
	if (g.n_today >= e->settings->enforce.terminations.day)
		mg_buf_add_fmt(mg_terminate_need(c),
			       "another day: %" PRId64
			       " were begun in this one",
			       g.n_today);
	rc = mg_breaker_read(&breaker, e->store, e->settings, e->now, err);
	if (rc == 0 && breaker.is_open)
		mg_buf_add_str(mg_terminate_need(c),
			       "a person who approves or undoes the "
			       "suspensions that wait");
	mg_breaker_release(&breaker);
	return rc;
}
