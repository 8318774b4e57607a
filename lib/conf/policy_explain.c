/* SPDX-License-Identifier: MIT */
/*
 * A clause in words, so that who wrote its numbers sees what they do.
 */
#include "mailguard/num.h"
#include "mailguard/policy.h"

static const char *const subjects[MG_PERS] = {
	[MG_PER_DOMAIN] = "a domain",
	[MG_PER_MAILBOX] = "a mailbox",
	[MG_PER_ACCOUNT] = "an account",
	[MG_PER_OWNER] = "an owner, all accounts together,",
	[MG_PER_SCRIPT] = "a script",
	[MG_PER_IP] = "an address (of IPv6, a /64 network)",
	[MG_PER_MAILBOX_IP] = "a mailbox, from one address (IPv6: a /64),",
};

/* What a subject does more often than the limit: verb, and what. */
static const struct {
	const char *does, *what;
} measures[MG_MEASURES] = {
	[MG_MEASURE_MESSAGES] = { "sends", "messages" },
	[MG_MEASURE_RECIPIENTS] = { "sends to", "recipients" },
	[MG_MEASURE_DELIVERED] = { "has", "deliveries" },
	[MG_MEASURE_DEFERRED] = { "has", "deliveries put off" },
	[MG_MEASURE_FAILED] = { "has", "deliveries that failed" },
	[MG_MEASURE_UNKNOWN] = { "sends to", "recipients that do not exist" },
	[MG_MEASURE_FORWARDED] = { "forwards mail to", "recipients" },
	[MG_MEASURE_CHECKS] = { "has", "POP3 and IMAP logins" },
	[MG_MEASURE_FAILED_LOGINS] = { "has", "failed logins" },
	[MG_MEASURE_IMAP_CHECKS] = { "has", "IMAP logins" },
	[MG_MEASURE_POP3_CHECKS] = { "has", "POP3 logins" },
};

static const char *const orders[] = {
	[MG_ACTION_OBSERVE] = "only note it",
	[MG_ACTION_WARN] = "warn of it",
	[MG_ACTION_THROTTLE] = "throttle it",
	[MG_ACTION_HOLD] = "hold its mail",
	[MG_ACTION_BLOCK] = "block it",
};

static void add_time(struct mg_buf *out, int64_t seconds)
{
	const bool is_hours = seconds % 3600 == 0;
	const long long n = seconds / (is_hours ? 3600 : 60);

	mg_buf_add_fmt(out, "%lld %s%s", n, is_hours ? "hour" : "minute",
		       n == 1 ? "" : "s");
}

static void explain_window(const struct mg_clause *c, struct mg_buf *out)
{
	if (c->rule == MG_RULE_RECIPIENTS_PER_MESSAGE)
		return;
	if (c->is_clock) {
		mg_buf_add_str(out, ", in an hour of the clock,");
	} else if (c->window_s == 3600) {
		mg_buf_add_str(out, ", in any hour,");
	} else {
		mg_buf_add_str(out, ", in any ");
		add_time(out, c->window_s);
		mg_buf_add_char(out, ',');
	}
}

static void explain_rule(const struct mg_clause *c, struct mg_buf *out)
{
	const long long limit = c->limit;

	mg_buf_add_str(out, subjects[c->per]);
	switch (c->rule) {
	case MG_RULE_FAILURE_RATE:
		mg_buf_add_fmt(out,
			       " sends to at least %lld recipients, and more "
			       "than %lld %% of them do not exist",
			       (long long)c->minimum, limit);
		break;
	case MG_RULE_COMPROMISED_LOGIN:
		mg_buf_add_fmt(out,
			       " is logged in to from more than %lld networks "
			       "(/24, of IPv6 /48)",
			       limit);
		break;
	case MG_RULE_RECIPIENTS_PER_MESSAGE:
		mg_buf_add_fmt(out,
			       " sends one message to more than %lld "
			       "recipients",
			       limit);
		break;
	case MG_RULE_MASS_PROFILE:
		mg_buf_add_fmt(out,
			       " sends more than %lld message%s with the same "
			       "subject line, each to %lld recipients or more "
			       "(%lld %% of the %lld allowed)",
			       limit, limit == 1 ? "" : "s",
			       (long long)mg_clause_near_from(c),
			       (long long)c->near, (long long)c->maximum);
		break;
	case MG_RULE_DIRECT_SMTP:
		mg_buf_add_fmt(out,
			       " opens more than %lld connection%s to mail "
			       "servers elsewhere, past the one here",
			       limit, limit == 1 ? "" : "s");
		break;
	default:
		/* The limit itself is enough where something is done. */
		mg_buf_add_fmt(out, " %s %s%lld %s", measures[c->measure].does,
			       c->action >= MG_ACTION_THROTTLE ? ""
							       : "more than ",
			       limit, measures[c->measure].what);
	}
	if (c->is_each)
		mg_buf_add_str(out, " for each mailbox behind it");
}

/* What a firewall, which sees no mailboxes, cannot do. */
static bool is_refused_there(const struct mg_clause *c)
{
	return c->per == MG_PER_MAILBOX_IP && c->action == MG_ACTION_BLOCK;
}

void mg_clause_explain(const struct mg_clause *c, struct mg_buf *out)
{
	mg_buf_add_printable(out, c->id);
	mg_buf_add_str(out, ": if");
	explain_window(c, out);
	mg_buf_add_char(out, ' ');
	explain_rule(c, out);
	mg_buf_add_fmt(out, ", %s%s", orders[c->action],
		       is_refused_there(c) ? " there" : "");
	if (c->for_s) {
		mg_buf_add_str(out, " for ");
		add_time(out, c->for_s);
	}
	mg_buf_add_char(out, '.');
	if (c->warn_at)
		mg_buf_add_fmt(out, " Warn from %lld%s on.",
			       (long long)mg_clause_warns_from(c, c->limit),
			       c->rule == MG_RULE_FAILURE_RATE ? " %" : "");
	if (!c->is_clock && c->rule != MG_RULE_RECIPIENTS_PER_MESSAGE)
		mg_buf_add_fmt(
			out,
			" Counted in steps of 5 minutes, so over %lld to "
			"%lld minutes.",
			(long long)c->window_s / 60 - 5,
			(long long)c->window_s / 60);
	if (is_refused_there(c))
		mg_buf_add_str(out,
			       " From other addresses it goes on, and so do "
			       "other mailboxes from there: Dovecot can tell "
			       "them apart, no firewall can.");
	if (c->rule == MG_RULE_DIRECT_SMTP)
		mg_buf_add_str(out,
			       " The kernel counts them by user, with "
			       "'mailguard rules apply egress'; no log has "
			       "them, and no backtest.");
	if (c->rule == MG_RULE_MASS_PROFILE)
		mg_buf_add_str(out,
			       " Mail counts whose subject line is in the "
			       "log: of Exim with log_selector = +subject, "
			       "of Postfix none.");
}

/* "1,000" is one thousand, and one. Moves behind what the number has. */
static bool cut_limit(struct mg_slice *text, uint64_t limit)
{
	uint64_t n = 0, all, group;
	struct mg_slice rest;
	unsigned three;

	if (!mg_num_cut(text, INT64_MAX, &n))
		return false;
	for (all = n; all != limit && text->len > 3; all = group) {
		rest = mg_slice_from(*text, 1);
		if (!strchr(",.' ", text->ptr[0]) ||
		    !mg_num_cut_fixed(&rest, 3, &three) ||
		    (rest.len && rest.ptr[0] >= '0' && rest.ptr[0] <= '9') ||
		    all > INT64_MAX / 1000 - 1)
			break;
		group = all * 1000 + three;
		*text = rest;
	}
	return n == limit || all == limit;
}

bool mg_clause_text_fits(const struct mg_clause *c)
{
	struct mg_slice text = c->text;
	bool has_number = false;

	while (text.len) {
		if (text.ptr[0] < '0' || text.ptr[0] > '9') {
			text = mg_slice_from(text, 1);
			continue;
		}
		has_number = true;
		if (cut_limit(&text, (uint64_t)c->limit))
			return true;
		/* More digits than a number has are none. */
		while (text.len && text.ptr[0] >= '0' && text.ptr[0] <= '9')
			text = mg_slice_from(text, 1);
	}
	return !has_number;
}
