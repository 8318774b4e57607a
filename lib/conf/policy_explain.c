/* SPDX-License-Identifier: MIT */
/*
 * A clause in words, so that who wrote its numbers sees what they do.
 */
#include "mailguard/policy.h"

static const char *const measures[MG_MEASURES] = {
	[MG_MEASURE_MESSAGES] = "messages sent",
	[MG_MEASURE_RECIPIENTS] = "recipients of mail sent",
	[MG_MEASURE_DELIVERED] = "deliveries",
	[MG_MEASURE_DEFERRED] = "deferred deliveries",
	[MG_MEASURE_FAILED] = "failed deliveries",
	[MG_MEASURE_UNKNOWN] = "recipients that do not exist",
	[MG_MEASURE_FORWARDED] = "forwarded recipients",
	[MG_MEASURE_CHECKS] = "POP3 and IMAP logins",
	[MG_MEASURE_FAILED_LOGINS] = "failed logins",
};

static const char *const subjects[MG_PERS] = {
	[MG_PER_DOMAIN] = "a domain",
	[MG_PER_MAILBOX] = "a mailbox",
	[MG_PER_ACCOUNT] = "an account",
	[MG_PER_OWNER] = "an owner's accounts together",
	[MG_PER_SCRIPT] = "a script",
	[MG_PER_IP] = "an address (of IPv6: a network of 64 bits)",
};

static void explain_rule(const struct mg_clause *c, struct mg_buf *out)
{
	const long long limit = c->limit;

	switch (c->rule) {
	case MG_RULE_FAILURE_RATE:
		mg_buf_add_fmt(out,
			       "more than %lld %% of the recipients of %s do "
			       "not exist, of at least %lld",
			       limit, subjects[c->per], (long long)c->minimum);
		break;
	case MG_RULE_COMPROMISED_LOGIN:
		mg_buf_add_fmt(out,
			       "%s is logged in to from more than %lld networks"
			       " (of 24 bits, IPv6: 48)",
			       subjects[c->per], limit);
		break;
	default:
		mg_buf_add_fmt(out, "more than %lld %s of %s", limit,
			       measures[c->measure], subjects[c->per]);
	}
	if (c->is_each)
		mg_buf_add_str(out, ", for each mailbox that logs in there");
}

static void explain_window(const struct mg_clause *c, struct mg_buf *out)
{
	if (c->is_clock)
		mg_buf_add_str(out, " in a clock hour");
	else if (c->window_s == 3600)
		mg_buf_add_str(out, " in any hour");
	else
		mg_buf_add_fmt(out, " in any %lld minutes",
			       (long long)c->window_s / 60);
}

void mg_clause_explain(const struct mg_clause *c, struct mg_buf *out)
{
	const long long warn = mg_clause_warns_from(c, c->limit);

	mg_buf_add_printable(out, c->id);
	mg_buf_add_str(out, ": ");
	explain_rule(c, out);
	explain_window(c, out);
	mg_buf_add_fmt(out, ": %s", mg_action_words[c->action]);
	if (c->for_s)
		mg_buf_add_fmt(out, " for %lld minutes",
			       (long long)c->for_s / 60);
	if (c->warn_at)
		mg_buf_add_fmt(out, "; warn from %lld%s on", warn,
			       c->rule == MG_RULE_FAILURE_RATE ? " %" : "");
	mg_buf_add_str(out, ".");
	if (!c->is_clock)
		mg_buf_add_fmt(out,
			       " Counted in slots of 5 minutes, the last of "
			       "them and the %lld before it: never more than "
			       "%lld minutes together, at times up to 5 less.",
			       (long long)c->window_s / 300 - 1,
			       (long long)c->window_s / 60);
}
