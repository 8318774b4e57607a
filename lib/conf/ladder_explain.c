/* SPDX-License-Identifier: MIT */
/*
 * A ladder in words, so that who published one sees what it does.
 */
#include "mailguard/policy.h"

static const char *const steps[MG_STEPS] = {
	[MG_STEP_WARN] = "warn the account",
	[MG_STEP_THROTTLE] = "throttle who did it",
	[MG_STEP_SUSPEND_MAILBOX] = "suspend the mailbox or script in it",
	[MG_STEP_SUSPEND_DOMAIN] = "suspend the mail of the domain",
	[MG_STEP_SUSPEND_ACCOUNT] = "suspend the account",
	[MG_STEP_TERMINATE] = "suspend the account, and terminate it",
};

static void add_time(struct mg_buf *out, int64_t seconds)
{
	static const struct {
		int64_t s;
		const char *word;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" } };
	size_t i = 0;

	while (i < 2 && seconds % units[i].s)
		i++;
	mg_buf_add_fmt(out, "%lld %s%s", (long long)(seconds / units[i].s),
		       units[i].word, seconds == units[i].s ? "" : "s");
}

static void explain_rung(const struct mg_rung *r, const struct mg_rung *next,
			 struct mg_buf *out)
{
	mg_buf_add_fmt(out, "offence %lld", (long long)r->offence);
	if (!next)
		mg_buf_add_str(out, " and each after it");
	else if (next->offence > r->offence + 1)
		mg_buf_add_fmt(out, " to %lld", (long long)next->offence - 1);
	mg_buf_add_fmt(out, ": %s", steps[r->step]);
	if (r->for_s) {
		mg_buf_add_str(out, " for ");
		add_time(out, r->for_s);
	} else if (r->step == MG_STEP_TERMINATE) {
		mg_buf_add_fmt(out, " once %lld people have approved it and ",
			       (long long)r->approvals);
		add_time(out, r->grace_s);
		mg_buf_add_str(out, " are over");
	} else if (r->step >= MG_STEP_SUSPEND_MAILBOX) {
		mg_buf_add_str(out, " until a person lifts it");
	}
	mg_buf_add_str(out, ".\n");
}

static void explain_clauses(const struct mg_policy *p, struct mg_buf *out)
{
	bool is_first = true;

	mg_buf_add_str(out, "what is found by ");
	for (size_t i = 0; i < p->n_clauses; i++) {
		const struct mg_clause *c = &p->clauses[i];

		if (!c->is_offence)
			continue;
		mg_buf_add_str(out, is_first ? "" : ", ");
		mg_buf_add_printable(out, c->id);
		if (c->cause != MG_CAUSE_UNKNOWN)
			mg_buf_add_fmt(out, " (%s)", mg_cause_words[c->cause]);
		is_first = false;
	}
}

void mg_ladder_explain(const struct mg_policy *p, struct mg_buf *out)
{
	const struct mg_ladder *l = &p->ladder;

	if (!mg_policy_has_offences(p))
		return;
	explain_clauses(p, out);
	mg_buf_add_str(out, " is an offence of the account; all of it within ");
	add_time(out, l->merge_s);
	mg_buf_add_str(out, " is one. An offence counts for ");
	add_time(out, l->expire_s);
	mg_buf_add_str(out, ", and not where a stranger did it.\n");
	for (size_t i = 0; i < l->n_rungs; i++)
		explain_rung(&l->rungs[i],
			     i + 1 < l->n_rungs ? &l->rungs[i + 1] : NULL, out);
	if (l->n_rungs == 0)
		mg_buf_add_str(out, "offences are only counted.\n");
	if (p->wants_form)
		mg_buf_add_str(out, "a suspension is lifted for an incident "
				    "form that is filled in.\n");
}
