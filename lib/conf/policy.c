/* SPDX-License-Identifier: MIT */
#include "mailguard/policy.h"

const char *const mg_rule_words[] = { "rate",
				      "failure-rate",
				      "compromised-login",
				      "recipients-per-message",
				      "mass-profile",
				      "direct-smtp",
				      NULL };
const char *const mg_per_words[] = { "domain", "mailbox", "account",    "owner",
				     "script", "ip",      "mailbox-ip", NULL };
const char *const mg_measure_words[] = {
	"messages",      "recipients",         "delivered",   "deferred",
	"failed",        "unknown_recipients", "forwarded",   "checks",
	"failed_logins", "imap_checks",        "pop3_checks", NULL,
};
const char *const mg_action_words[] = { "observe", "warn",  "throttle",
					"hold",    "block", NULL };

const char *const mg_cause_words[] = { "unknown", "deliberate", "compromised",
				       NULL };
const char *const mg_step_words[] = {
	"warn",
	"throttle",
	"suspend-mailbox",
	"suspend-domain",
	"suspend-account",
	"terminate",
	NULL,
};

static void hash_clause(struct mg_sha256 *h, const struct mg_clause *c)
{
	const int64_t numbers[] = {
		c->rule,     c->per,      c->measure, c->action,
		c->window_s, c->limit,    c->warn_at, c->minimum,
		c->is_each,  c->is_clock, c->for_s,
	};

	mg_sha256_add_text(h, c->id);
	mg_sha256_add_text(h, c->text);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		mg_sha256_add_number(h, numbers[i]);
	if (c->rule == MG_RULE_MASS_PROFILE) {
		mg_sha256_add_number(h, c->maximum);
		mg_sha256_add_number(h, c->near);
	}
	/* Other clauses have the hash that they had before there were any. */
	if (!c->is_offence)
		return;
	mg_sha256_add_text(h, MG_LIT("offence"));
	mg_sha256_add_number(h, c->cause);
}

static void hash_ladder(struct mg_sha256 *h, const struct mg_ladder *l)
{
	mg_sha256_add_number(h, l->expire_s);
	mg_sha256_add_number(h, l->merge_s);
	mg_sha256_add_number(h, (int64_t)l->n_rungs);
	for (size_t i = 0; i < l->n_rungs; i++) {
		const struct mg_rung *r = &l->rungs[i];

		mg_sha256_add_number(h, r->offence);
		mg_sha256_add_number(h, r->step);
		mg_sha256_add_number(h, r->for_s);
		mg_sha256_add_number(h, r->grace_s);
		mg_sha256_add_number(h, r->approvals);
	}
}

static void hash_scope(struct mg_sha256 *h, const struct mg_scope *s)
{
	mg_sha256_add_number(h, s->is_plan ? MG_PERS : s->per);
	mg_sha256_add_text(h, s->name);
	mg_sha256_add_number(h, s->until);
	mg_sha256_add_text(h, s->reason);
	mg_sha256_add_text(h, s->clause);
}

void mg_policy_hash(const struct mg_policy *p, unsigned char out[MG_SHA256_LEN])
{
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add_text(&h, p->name);
	mg_sha256_add_text(&h, p->version);
	mg_sha256_add_number(&h, (int64_t)p->n_clauses);
	for (size_t i = 0; i < p->n_clauses; i++)
		hash_clause(&h, &p->clauses[i]);
	mg_sha256_add_number(&h, (int64_t)p->n_overrides);
	for (size_t i = 0; i < p->n_overrides; i++) {
		hash_scope(&h, &p->overrides[i].scope);
		mg_sha256_add_number(&h, p->overrides[i].limit);
	}
	for (size_t i = 0; i < p->n_waivers; i++)
		hash_scope(&h, &p->waivers[i].scope);
	if (mg_policy_has_offences(p))
		hash_ladder(&h, &p->ladder);
	if (p->wants_form) /* likewise */
		mg_sha256_add_text(&h, MG_LIT("incident"));
	mg_sha256_end(&h, out);
}

bool mg_policy_has_offences(const struct mg_policy *p)
{
	for (size_t i = 0; i < p->n_clauses; i++)
		if (p->clauses[i].is_offence)
			return true;
	return false;
}

int64_t mg_clause_warns_from(const struct mg_clause *c, int64_t limit)
{
	/* The first whole number that is at least so many percent. */
	return c->warn_at ? (limit * c->warn_at + 99) / 100 : INT64_MAX;
}

int64_t mg_clause_near_from(const struct mg_clause *c)
{
	return (c->maximum * c->near + 99) / 100;
}
