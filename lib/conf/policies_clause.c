/* SPDX-License-Identifier: MIT */
/*
 * A clause, out of its file.
 */
#include "policies_priv.h"

#include "mailguard/limits.h"
#include "mailguard/mem.h"

/* The numbers of windows are rows of slots that are kept for two hours. */
#define WINDOW_MIN_S MG_SLOT_S
#define WINDOW_MAX_S 3600

#define FOR_MAX_S (30 * 86400)

enum align { ALIGN_ROLLING, ALIGN_CLOCK };
enum allowance { FOR_ADDRESS, FOR_MAILBOX };

static const char *const align_words[] = { "rolling", "clock-hour", NULL };
static const char *const allowance_words[] = { "address", "mailbox", NULL };

struct file_clause {
	struct mg_slice id, text;
	unsigned rule, subject, count, align, allowance, action, cause;
	int64_t window_s, limit, warn_at, minimum, maximum, near, for_s;
	bool offence;
};

/* Ids go into output, the command line, and names of files one day. */
const char *mg_policies_check_id(struct mg_slice s)
{
	if (s.len == 0 || s.len > 64)
		return "must have 1 to 64 characters";
	for (size_t i = 0; i < s.len; i++) {
		const char c = s.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-' || c == '_' ||
		      c == '.'))
			return "may have letters, digits, and - _ . alone";
	}
	return NULL;
}

#define CLAUSE(f) offsetof(struct file_clause, f)
/* clang-format off */
static const struct mg_conf_field clause_fields[] = {
	{ .name = "id", .type = MG_CONF_TEXT, .offset = CLAUSE(id), .is_required = true, .check = mg_policies_check_id },
	{ .name = "rule", .type = MG_CONF_WORD, .offset = CLAUSE(rule), .words = mg_rule_words, .preset = "\"rate\"" },
	{ .name = "subject", .type = MG_CONF_WORD, .offset = CLAUSE(subject), .words = mg_per_words, .is_required = true },
	{ .name = "count", .type = MG_CONF_WORD, .offset = CLAUSE(count), .words = mg_measure_words, .preset = "\"recipients\"" },
	{ .name = "window", .type = MG_CONF_DURATION, .offset = CLAUSE(window_s), .min = WINDOW_MIN_S, .max = WINDOW_MAX_S, .preset = "\"1h\"" },
	{ .name = "align", .type = MG_CONF_WORD, .offset = CLAUSE(align), .words = align_words, .preset = "\"rolling\"" },
	{ .name = "limit", .type = MG_CONF_NUMBER, .offset = CLAUSE(limit), .min = 0, .max = MG_POLICIES_LIMIT_MAX, .is_required = true },
	{ .name = "warn_at", .type = MG_CONF_NUMBER, .offset = CLAUSE(warn_at), .min = 1, .max = 99 },
	{ .name = "minimum", .type = MG_CONF_NUMBER, .offset = CLAUSE(minimum), .min = 1, .max = MG_POLICIES_LIMIT_MAX, .preset = "100" },
	{ .name = "maximum", .type = MG_CONF_NUMBER, .offset = CLAUSE(maximum), .min = MG_LARGE_MIN, .max = MG_MESSAGE_RECIPIENTS_MAX },
	{ .name = "near", .type = MG_CONF_NUMBER, .offset = CLAUSE(near), .min = 1, .max = 100, .preset = "90" },
	{ .name = "allowance", .type = MG_CONF_WORD, .offset = CLAUSE(allowance), .words = allowance_words, .preset = "\"mailbox\"" },
	{ .name = "action", .type = MG_CONF_WORD, .offset = CLAUSE(action), .words = mg_action_words, .preset = "\"observe\"" },
	{ .name = "for", .type = MG_CONF_DURATION, .offset = CLAUSE(for_s), .min = 60, .max = FOR_MAX_S },
	{ .name = "offence", .type = MG_CONF_BOOL, .offset = CLAUSE(offence) },
	{ .name = "cause", .type = MG_CONF_WORD, .offset = CLAUSE(cause), .words = mg_cause_words, .preset = "\"unknown\"" },
	{ .name = "text", .type = MG_CONF_TEXT, .offset = CLAUSE(text) },
};
const struct mg_conf_table mg_policies_clause_table = {
	clause_fields, sizeof(clause_fields) / sizeof(*clause_fields), sizeof(struct file_clause),
};
/* clang-format on */

const struct mg_clause *mg_policies_find_clause(const struct mg_policy *p,
						struct mg_slice id)
{
	for (size_t i = 0; i < p->n_clauses; i++)
		if (mg_slice_is(p->clauses[i].id, id))
			return &p->clauses[i];
	return NULL;
}

static bool is_of_ip(enum mg_per per)
{
	return per == MG_PER_IP || per == MG_PER_MAILBOX_IP;
}

/* What can be counted over what. NULL, or what is wrong. */
static const char *check_subject(const struct mg_clause *c)
{
	const bool of_checks = c->measure >= MG_MEASURE_CHECKS;

	if (c->rule == MG_RULE_COMPROMISED_LOGIN)
		return c->per == MG_PER_MAILBOX
			       ? NULL
			       : "compromised-login is about a mailbox";
	if (c->rule == MG_RULE_DIRECT_SMTP)
		return c->per == MG_PER_ACCOUNT
			       ? NULL
			       : "direct-smtp is counted by user id, so its "
				 "subject is an account";
	if (mg_rule_is_of_large(c->rule))
		return is_of_ip(c->per) ? "messages are counted of whom "
					  "they are charged to, which no "
					  "address is"
					: NULL;
	if (c->rule == MG_RULE_FAILURE_RATE)
		return is_of_ip(c->per) ? "failure-rate is about mail, "
					  "which no address is charged with"
					: NULL;
	if (is_of_ip(c->per) && !of_checks)
		return "of an address, only checks, imap_checks, pop3_checks and "
		       "failed_logins are counted";
	if (c->per != MG_PER_IP && c->measure == MG_MEASURE_FAILED_LOGINS)
		return "failed_logins are counted of addresses (\"ip\") alone: "
		       "their names are strangers' text";
	if (c->per == MG_PER_SCRIPT && of_checks)
		return "scripts do not check mail";
	return NULL;
}

/* Mail that the server here never sees it cannot refuse. NULL, or what is
   wrong. */
static const char *check_action(const struct mg_clause *c)
{
	if (c->per == MG_PER_MAILBOX_IP &&
	    (c->action == MG_ACTION_THROTTLE || c->action == MG_ACTION_HOLD))
		return "throttle and hold are about mail that is sent; what a "
		       "mailbox may not do from an address is 'block'";
	return c->rule == MG_RULE_DIRECT_SMTP && c->action > MG_ACTION_WARN
		       ? "direct-smtp goes past the mail server, so its action "
			 "is observe or warn; egress.mode = \"refuse\" stops it"
		       : NULL;
}

/* Whether what meets a clause can be an offence. NULL, or what is wrong. */
static const char *check_offence(const struct mg_clause *c)
{
	if (!c->is_offence)
		return NULL;
	if (is_of_ip(c->per) || c->per == MG_PER_OWNER)
		return "an offence is that of an account, so its subject is a "
		       "mailbox, a domain, an account or a script";
	if (c->action >= MG_ACTION_THROTTLE)
		return "it stops who has reached the limit, which is allowed; "
		       "make offences of a clause that only observes or warns";
	return NULL;
}

/* What nobody counts a clause cannot speak of. */
static void check_large(struct mg_conf *conf, const struct mg_clause *c,
			const struct file_clause *raw)
{
	if (c->rule == MG_RULE_RECIPIENTS_PER_MESSAGE &&
	    c->action >= MG_ACTION_THROTTLE && c->for_s == 0)
		mg_conf_wrong(conf, mg_conf_place(conf, raw),
			      "clause '%s': a message is over at once, so say "
			      "for how long the action is (for)",
			      raw->id.ptr);
	if (c->rule == MG_RULE_MASS_PROFILE && c->maximum == 0)
		mg_conf_wrong(conf, mg_conf_place(conf, raw),
			      "clause '%s': mass-profile needs the maximum: "
			      "recipients that a message may have",
			      raw->id.ptr);
	else if (c->rule == MG_RULE_MASS_PROFILE &&
		 mg_clause_near_from(c) < MG_LARGE_MIN)
		mg_conf_wrong(conf, mg_conf_place(conf, &raw->near),
			      "near: messages to fewer than %d recipients are "
			      "not told apart",
			      MG_LARGE_MIN);
}

void mg_policies_check_limit(struct mg_conf *conf, const struct mg_clause *c,
			     int64_t limit, struct mg_conf_place at)
{
	if (c->rule == MG_RULE_RECIPIENTS_PER_MESSAGE &&
	    (limit < MG_LARGE_MIN - 1 ||
	     mg_clause_warns_from(c, limit) < MG_LARGE_MIN))
		mg_conf_wrong(conf, at,
			      "limit: messages to fewer than %d recipients are "
			      "not told apart, so neither the limit nor what "
			      "warn_at makes of it may be below",
			      MG_LARGE_MIN);
	if (c->rule == MG_RULE_FAILURE_RATE && limit > 100)
		mg_conf_wrong(conf, at,
			      "limit: it is a share in percent, 0 to 100");
}

static void check_clause(struct mg_conf *conf, const struct mg_policy *p,
			 const struct mg_clause *c,
			 const struct file_clause *raw)
{
	const struct mg_conf_place at = mg_conf_place(conf, raw);
	const char *wrong = check_subject(c);

	if (!wrong)
		wrong = check_action(c);
	if (!wrong)
		wrong = check_offence(c);
	if (wrong)
		mg_conf_wrong(conf, at, "clause '%s': %s", raw->id.ptr, wrong);
	if (mg_policies_find_clause(p, c->id) != c)
		mg_conf_wrong(conf, at, "clause '%s' is there twice",
			      raw->id.ptr);
	check_large(conf, c, raw);
	if (c->window_s % MG_SLOT_S)
		mg_conf_wrong(conf, mg_conf_place(conf, &raw->window_s),
			      "window: it is counted in slots of 5 minutes, so "
			      "it must be some of them");
	if (c->is_clock && c->window_s != 3600)
		mg_conf_wrong(conf, at,
			      "clause '%s': a clock-hour has a window of 1h",
			      raw->id.ptr);
	mg_policies_check_limit(conf, c, c->limit,
				mg_conf_place(conf, &raw->limit));
}

/*
 * A message is over its limit by itself. Of those with the same subject line it
 * is messages that are counted.
 */
static void take_large(struct mg_clause *c)
{
	if (c->rule == MG_RULE_MASS_PROFILE)
		c->measure = MG_MEASURE_MESSAGES;
	if (c->rule != MG_RULE_RECIPIENTS_PER_MESSAGE)
		return;
	c->measure = MG_MEASURE_RECIPIENTS;
	c->window_s = MG_SLOT_S;
	c->is_clock = false;
}

static void take_clause(const struct file_clause *raw, struct mg_clause *c)
{
	const bool of_checks = raw->count >= MG_MEASURE_CHECKS &&
			       raw->count != MG_MEASURE_FAILED_LOGINS &&
			       raw->rule == MG_RULE_RATE;

	*c = (struct mg_clause){
		.id = raw->id,
		.text = raw->text,
		.rule = (enum mg_rule)raw->rule,
		.per = (enum mg_per)raw->subject,
		.measure = (enum mg_measure)raw->count,
		.action = (enum mg_action)raw->action,
		.window_s = raw->window_s,
		.is_clock = raw->align == ALIGN_CLOCK,
		.limit = raw->limit,
		.warn_at = raw->warn_at,
		.minimum = raw->minimum,
		.maximum = raw->maximum,
		.near = raw->near,
		.is_each = raw->subject == MG_PER_IP && of_checks &&
			   raw->allowance == FOR_MAILBOX,
		.for_s = raw->for_s,
		.is_offence = raw->offence,
		/* Who is logged in to from everywhere is not one person. */
		.cause = raw->rule == MG_RULE_COMPROMISED_LOGIN
				 ? MG_CAUSE_COMPROMISED
				 : (enum mg_cause)raw->cause,
	};
	take_large(c);
	/* The kernel's counts have no times of their own. */
	if (c->rule == MG_RULE_DIRECT_SMTP) {
		c->window_s = WINDOW_MAX_S;
		c->is_clock = true;
		c->warn_at = 0;
	}
}

struct mg_clause *mg_policies_take_clauses(struct mg_conf *conf,
					   const struct mg_conf_groups *raw,
					   struct mg_policy *p)
{
	struct mg_clause *clauses = mg_mem_zalloc(raw->n + 1, sizeof(*clauses));

	p->clauses = clauses;
	p->n_clauses = raw->n;
	for (size_t i = 0; i < raw->n; i++)
		take_clause(raw->items[i], &clauses[i]);
	for (size_t i = 0; i < raw->n; i++)
		check_clause(conf, p, &clauses[i], raw->items[i]);
	return clauses;
}
