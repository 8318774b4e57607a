/* SPDX-License-Identifier: MIT */
/*
 * policy - what a host has published, as its clauses.
 *
 * A clause is a rule over a subject with its numbers, what is to be done when it
 * is met, and the sentence that the customer agreed to. Read from a file once
 * (mg_policy_read), constant after that.
 */
#ifndef MAILGUARD_POLICY_H
#define MAILGUARD_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/sha256.h"
#include "mailguard/slice.h"

/* What a clause looks at. */
enum mg_rule {
	MG_RULE_RATE,         /* so many of something in a window */
	MG_RULE_FAILURE_RATE, /* the share of recipients that do not exist */
	MG_RULE_COMPROMISED_LOGIN,      /* one mailbox, from so many networks */
	MG_RULE_RECIPIENTS_PER_MESSAGE, /* so many addresses in one message */
	MG_RULE_MASS_PROFILE, /* one subject line, again and again, to nearly
				 as many as a message may have */
	MG_RULE_DIRECT_SMTP,  /* connections to mail servers elsewhere, past the
				 one here (egress.h) */
	MG_RULES
};

/* What it counts over. */
enum mg_per {
	MG_PER_DOMAIN,
	MG_PER_MAILBOX,
	MG_PER_ACCOUNT,
	MG_PER_OWNER,
	MG_PER_SCRIPT,
	MG_PER_IP,         /* an IPv4 address, or an IPv6 network of 64 bits */
	MG_PER_MAILBOX_IP, /* a mailbox, as one of those uses it */
	MG_PERS
};

/* What a rate counts. Up to MG_COUNT_OF_MAIL it is about mail. */
enum mg_measure {
	MG_MEASURE_MESSAGES,
	MG_MEASURE_RECIPIENTS,
	MG_MEASURE_DELIVERED,
	MG_MEASURE_DEFERRED,
	MG_MEASURE_FAILED,
	MG_MEASURE_UNKNOWN,
	MG_MEASURE_FORWARDED,
	MG_MEASURE_CHECKS, /* POP3 and IMAP logins */
	MG_MEASURE_FAILED_LOGINS,
	MG_MEASURE_IMAP_CHECKS, /* one of the two alone */
	MG_MEASURE_POP3_CHECKS,
	MG_MEASURES
};

/* What is to be done (acts.h). */
enum mg_action {
	MG_ACTION_OBSERVE,  /* nothing; it is found */
	MG_ACTION_WARN,     /* likewise, and a notice is due */
	MG_ACTION_THROTTLE, /* mail is refused for now, local mail held */
	MG_ACTION_HOLD,     /* mail is accepted and held */
	MG_ACTION_BLOCK,    /* an address may not connect or log in */
	MG_ACTIONS
};

/* What an offence is taken for. */
enum mg_cause {
	MG_CAUSE_UNKNOWN,     /* nobody said; it is a strike */
	MG_CAUSE_DELIBERATE,  /* the customer knew; likewise */
	MG_CAUSE_COMPROMISED, /* by a stranger; stopped, and no strike */
	MG_CAUSES
};

/* What a rung of the ladder does, each more than the one before. */
enum mg_step {
	MG_STEP_WARN,
	MG_STEP_THROTTLE,
	MG_STEP_SUSPEND_MAILBOX, /* or the script that did it */
	MG_STEP_SUSPEND_DOMAIN,
	MG_STEP_SUSPEND_ACCOUNT,
	MG_STEP_TERMINATE, /* the account is suspended, and waits for people */
	MG_STEPS
};

/* Their words in a policy file, ended by NULL; by the numbers above. */
extern const char *const mg_rule_words[];
extern const char *const mg_per_words[];
extern const char *const mg_measure_words[];
extern const char *const mg_action_words[];
extern const char *const mg_cause_words[];
extern const char *const mg_step_words[];

struct mg_clause {
	struct mg_slice id;
	struct mg_slice text; /* for the customer; may be empty */
	enum mg_rule rule;
	enum mg_per per;
	enum mg_measure measure; /* of MG_RULE_RATE */
	enum mg_action action;
	int64_t window_s; /* 300..3600, a multiple of MG_SLOT_S */
	bool is_clock;    /* by clock hour, which starts anew; else rolling */
	int64_t limit;    /* this much is allowed; percent of FAILURE_RATE */
	int64_t warn_at;  /* percent of the limit; 0 for no warning */
	int64_t minimum;  /* of FAILURE_RATE: recipients below which it is
			     silent */
	int64_t maximum;  /* of MASS_PROFILE: recipients that a message may
			     have; and percent of them from which on one is
			     near it */
	int64_t near;
	bool is_each;        /* of MG_PER_IP: the limit is for each mailbox that
			     logged in from there */
	int64_t for_s;       /* how long the action lasts; 0: as the window */
	bool is_offence;     /* what meets it counts on the ladder */
	enum mg_cause cause; /* of such an offence, until a person says */
};

/* What follows from an offence, as one of several. */
struct mg_rung {
	int64_t offence; /* from this one on, up to the next rung's; from 1 */
	enum mg_step step;
	int64_t for_s;     /* a throttle or a suspension; 0: see ladder.h */
	int64_t grace_s;   /* of TERMINATE, from the suspension on */
	int64_t approvals; /* likewise; people who must agree */
};

/* Rungs rise in their offences, and never fall in what they do. */
struct mg_ladder {
	struct mg_rung *rungs;
	size_t n_rungs;   /* 0: offences are counted, and nothing follows */
	int64_t expire_s; /* an offence is forgiven after it */
	int64_t merge_s;  /* all that is found of an account within it is one
			     offence */
};

/* Whom an override or a waiver is for: a subject, or all that belong to it. */
struct mg_scope {
	enum mg_per per;
	bool is_plan; /* of all accounts that have a plan; per says nothing */
	struct mg_slice name;
	int64_t until; /* windows that end by then; INT64_MAX for ever */
	struct mg_slice reason;
	struct mg_slice clause; /* its id; empty in a waiver: any */
};

struct mg_override {
	struct mg_scope scope;
	int64_t limit;
};

struct mg_waiver {
	struct mg_scope scope;
};

/* Whom a scope may be for: what a clause counts, and what that belongs to. */
struct mg_scope_of {
	const struct mg_clause *clause;
	struct mg_slice subject; /* its name, of what the clause is per */
	struct mg_slice domain, account, plan, owner; /* empty for none */
	int64_t until; /* Unix seconds; scopes that end before are over */
};

/* Slices stand as long as the policy. */
struct mg_policy {
	struct mg_slice name, version;
	struct mg_clause *clauses;
	size_t n_clauses;
	struct mg_override *overrides;
	size_t n_overrides;
	struct mg_waiver *waivers;
	size_t n_waivers;
	struct mg_ladder ladder;
	bool wants_form; /* a suspension ends with an incident form (form.h) */
	unsigned char hash[MG_SHA256_LEN]; /* mg_policy_hash */
};

/*
 * mg_policy_hash - the fingerprint of everything that a policy says, whatever
 * its file looks like.
 */
void mg_policy_hash(const struct mg_policy *p,
		    unsigned char out[MG_SHA256_LEN]);

/* What the policy says otherwise of somebody: of several overrides that of the
   nearest scope, the subject itself before its domain, account, plan and owner. NULL
   for none. */
const struct mg_override *mg_policy_override(const struct mg_policy *p,
					     const struct mg_scope_of *of);
const struct mg_waiver *mg_policy_waiver(const struct mg_policy *p,
					 const struct mg_scope_of *of);

/*
 * mg_clause_text_fits - whether the text for customers says another number than
 * the limit: false where it has numbers and none of them is the limit, however
 * its thousands are parted ("1,000", "1.000", "1 000").
 */
bool mg_clause_text_fits(const struct mg_clause *c);

/*
 * mg_clause_explain - a clause in words with its numbers: "outgoing-hourly: if,
 * in any hour, a domain sends to more than 500 recipients, throttle it. Warn
 * from 400 on." The ledger keeps them.
 */
void mg_clause_explain(const struct mg_clause *c, struct mg_buf *out);

/*
 * mg_ladder_explain - what an offence is, and what each rung does, in a sentence
 * a line; nothing where no clause counts.
 */
void mg_ladder_explain(const struct mg_policy *p, struct mg_buf *out);

/* Whether a clause of it counts on the ladder. */
bool mg_policy_has_offences(const struct mg_policy *p);

/* Whether a rule looks at single messages to many (larges.h). */
static inline bool mg_rule_is_of_large(enum mg_rule rule)
{
	return rule == MG_RULE_RECIPIENTS_PER_MESSAGE ||
	       rule == MG_RULE_MASS_PROFILE;
}

/* Whether one origin of several can be what met a rule. */
static inline bool mg_rule_can_be_of_one(enum mg_rule rule)
{
	return rule == MG_RULE_RATE || mg_rule_is_of_large(rule);
}

/* From how many recipients on a message is near the maximum. */
int64_t mg_clause_near_from(const struct mg_clause *c);

/* From how many on a warning is due, INT64_MAX for never. */
int64_t mg_clause_warns_from(const struct mg_clause *c, int64_t limit);

#endif
