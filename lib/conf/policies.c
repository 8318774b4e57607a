/* SPDX-License-Identifier: MIT */
#include "policies_priv.h"

#include <limits.h>
#include <stdio.h>

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* The numbers of windows are rows of slots that are kept for two hours. */
#define WINDOW_MIN_S MG_SLOT_S
#define WINDOW_MAX_S 3600

#define LIMIT_MAX 1000000000 /* an hour of a mail server at its end */
#define CLAUSES_MAX 100
#define SCOPES_MAX 10000 /* overrides; some for each customer of a large host */
#define FOR_MAX_S (30 * 86400)

/* --- what stands in a file --- */

enum align { ALIGN_ROLLING, ALIGN_CLOCK };
enum allowance { FOR_ADDRESS, FOR_MAILBOX };

static const char *const align_words[] = { "rolling", "clock-hour", NULL };
static const char *const allowance_words[] = { "address", "mailbox", NULL };

struct file_clause {
	struct mg_slice id, text;
	unsigned rule, subject, count, align, allowance, action, cause;
	int64_t window_s, limit, warn_at, minimum, for_s;
	bool offence;
};

struct file_scope {
	struct mg_slice clause, mailbox, domain, account, owner, script, ip;
	struct mg_slice until, reason;
	int64_t limit;
};

struct file_policy {
	struct mg_slice name, version;
	struct mg_conf_groups clauses, overrides, waivers, ladder;
	struct mg_file_offences offences;
};

struct file_top {
	struct file_policy policy;
};

struct mg_policy_file {
	struct mg_conf *conf;
	struct file_top top;
	const struct mg_tz *tz;
	struct mg_clause *clauses;     /* owned */
	struct mg_override *overrides; /* owned */
	struct mg_waiver *waivers;     /* owned */
	struct mg_rung *rungs;         /* owned */
};

/* Ids go into output, the command line, and names of files one day. */
static const char *check_id(struct mg_slice s)
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
#define SCOPE(f) offsetof(struct file_scope, f)
#define POLICY(f) offsetof(struct file_policy, f)

/* clang-format off */
static const struct mg_conf_field clause_fields[] = {
	{ .name = "id", .type = MG_CONF_TEXT, .offset = CLAUSE(id), .is_required = true, .check = check_id },
	{ .name = "rule", .type = MG_CONF_WORD, .offset = CLAUSE(rule), .words = mg_rule_words, .preset = "\"rate\"" },
	{ .name = "subject", .type = MG_CONF_WORD, .offset = CLAUSE(subject), .words = mg_per_words, .is_required = true },
	{ .name = "count", .type = MG_CONF_WORD, .offset = CLAUSE(count), .words = mg_measure_words, .preset = "\"recipients\"" },
	{ .name = "window", .type = MG_CONF_DURATION, .offset = CLAUSE(window_s), .min = WINDOW_MIN_S, .max = WINDOW_MAX_S, .preset = "\"1h\"" },
	{ .name = "align", .type = MG_CONF_WORD, .offset = CLAUSE(align), .words = align_words, .preset = "\"rolling\"" },
	{ .name = "limit", .type = MG_CONF_NUMBER, .offset = CLAUSE(limit), .min = 0, .max = LIMIT_MAX, .is_required = true },
	{ .name = "warn_at", .type = MG_CONF_NUMBER, .offset = CLAUSE(warn_at), .min = 1, .max = 99 },
	{ .name = "minimum", .type = MG_CONF_NUMBER, .offset = CLAUSE(minimum), .min = 1, .max = LIMIT_MAX, .preset = "100" },
	{ .name = "allowance", .type = MG_CONF_WORD, .offset = CLAUSE(allowance), .words = allowance_words, .preset = "\"mailbox\"" },
	{ .name = "action", .type = MG_CONF_WORD, .offset = CLAUSE(action), .words = mg_action_words, .preset = "\"observe\"" },
	{ .name = "for", .type = MG_CONF_DURATION, .offset = CLAUSE(for_s), .min = 60, .max = FOR_MAX_S },
	{ .name = "offence", .type = MG_CONF_BOOL, .offset = CLAUSE(offence) },
	{ .name = "cause", .type = MG_CONF_WORD, .offset = CLAUSE(cause), .words = mg_cause_words, .preset = "\"unknown\"" },
	{ .name = "text", .type = MG_CONF_TEXT, .offset = CLAUSE(text) },
};

#define WHOM \
	{ .name = "mailbox", .type = MG_CONF_TEXT, .offset = SCOPE(mailbox) }, \
	{ .name = "domain", .type = MG_CONF_TEXT, .offset = SCOPE(domain) }, \
	{ .name = "account", .type = MG_CONF_TEXT, .offset = SCOPE(account) }, \
	{ .name = "owner", .type = MG_CONF_TEXT, .offset = SCOPE(owner) }, \
	{ .name = "script", .type = MG_CONF_TEXT, .offset = SCOPE(script) }, \
	{ .name = "ip", .type = MG_CONF_TEXT, .offset = SCOPE(ip) }, \
	{ .name = "until", .type = MG_CONF_TEXT, .offset = SCOPE(until) }, \
	{ .name = "reason", .type = MG_CONF_TEXT, .offset = SCOPE(reason), .is_required = true }

static const struct mg_conf_field override_fields[] = {
	{ .name = "clause", .type = MG_CONF_TEXT, .offset = SCOPE(clause), .is_required = true },
	{ .name = "limit", .type = MG_CONF_NUMBER, .offset = SCOPE(limit), .min = 0, .max = LIMIT_MAX, .is_required = true },
	WHOM,
};
static const struct mg_conf_field waiver_fields[] = {
	{ .name = "clause", .type = MG_CONF_TEXT, .offset = SCOPE(clause) },
	WHOM,
};

#define TABLE(fields_, type) { .fields = fields_, .n_fields = sizeof(fields_) / sizeof(*fields_), .size = sizeof(type) }

static const struct mg_conf_table clause_table = TABLE(clause_fields, struct file_clause);
static const struct mg_conf_table override_table = TABLE(override_fields, struct file_scope);
static const struct mg_conf_table waiver_table = TABLE(waiver_fields, struct file_scope);

static const struct mg_conf_field policy_fields[] = {
	{ .name = "name", .type = MG_CONF_TEXT, .offset = POLICY(name), .is_required = true, .check = check_id },
	{ .name = "version", .type = MG_CONF_TEXT, .offset = POLICY(version), .is_required = true },
	{ .name = "clauses", .type = MG_CONF_GROUPS, .offset = POLICY(clauses), .group = &clause_table, .min = 1, .max = CLAUSES_MAX, .is_required = true },
	{ .name = "overrides", .type = MG_CONF_GROUPS, .offset = POLICY(overrides), .group = &override_table, .max = SCOPES_MAX },
	{ .name = "waivers", .type = MG_CONF_GROUPS, .offset = POLICY(waivers), .group = &waiver_table, .max = SCOPES_MAX },
	{ .name = "offences", .type = MG_CONF_GROUP, .offset = POLICY(offences), .group = &mg_policies_offences_table },
	{ .name = "ladder", .type = MG_CONF_GROUPS, .offset = POLICY(ladder), .group = &mg_policies_rung_table, .max = MG_RUNGS_MAX },
};
static const struct mg_conf_table policy_table = TABLE(policy_fields, struct file_policy);

static const struct mg_conf_field top_fields[] = {
	{ .name = "policy", .type = MG_CONF_GROUP, .offset = offsetof(struct file_top, policy), .group = &policy_table, .is_required = true },
};
static const struct mg_conf_table top_table = TABLE(top_fields, struct file_top);
/* clang-format on */

/* --- what it means --- */

static const struct mg_clause *find_clause(const struct mg_policy *p,
					   struct mg_slice id)
{
	for (size_t i = 0; i < p->n_clauses; i++)
		if (mg_slice_is(p->clauses[i].id, id))
			return &p->clauses[i];
	return NULL;
}

/* What can be counted over what. NULL, or what is wrong. */
static const char *check_subject(const struct mg_clause *c)
{
	const bool of_checks = c->measure >= MG_MEASURE_CHECKS;

	if (c->rule == MG_RULE_COMPROMISED_LOGIN)
		return c->per == MG_PER_MAILBOX
			       ? NULL
			       : "compromised-login is about a mailbox";
	if (c->rule == MG_RULE_FAILURE_RATE)
		return c->per == MG_PER_IP ? "failure-rate is about mail, "
					     "which no address is charged with"
					   : NULL;
	if (c->per == MG_PER_IP && !of_checks)
		return "of an address, only checks, imap_checks, pop3_checks and "
		       "failed_logins are counted";
	if (c->per != MG_PER_IP && c->measure == MG_MEASURE_FAILED_LOGINS)
		return "failed_logins are counted of addresses (\"ip\") alone: "
		       "their names are strangers' text";
	if (c->per == MG_PER_SCRIPT && of_checks)
		return "scripts do not check mail";
	return NULL;
}

/* Whether what meets a clause can be an offence. NULL, or what is wrong. */
static const char *check_offence(const struct mg_clause *c)
{
	if (!c->is_offence)
		return NULL;
	if (c->per == MG_PER_IP || c->per == MG_PER_OWNER)
		return "an offence is that of an account, so its subject is a "
		       "mailbox, a domain, an account or a script";
	if (c->action >= MG_ACTION_THROTTLE)
		return "it stops who has reached the limit, which is allowed; "
		       "make offences of a clause that only observes or warns";
	return NULL;
}

static void check_clause(struct mg_policy_file *f, const struct mg_policy *p,
			 const struct mg_clause *c,
			 const struct file_clause *raw)
{
	const struct mg_conf_place at = mg_conf_place(f->conf, raw);
	const char *wrong = check_subject(c);

	if (!wrong)
		wrong = check_offence(c);
	if (wrong)
		mg_conf_wrong(f->conf, at, "clause '%s': %s", raw->id.ptr,
			      wrong);
	if (find_clause(p, c->id) != c)
		mg_conf_wrong(f->conf, at, "clause '%s' is there twice",
			      raw->id.ptr);
	if (c->window_s % MG_SLOT_S)
		mg_conf_wrong(f->conf, mg_conf_place(f->conf, &raw->window_s),
			      "window: it is counted in slots of 5 minutes, so "
			      "it must be some of them");
	if (c->is_clock && c->window_s != 3600)
		mg_conf_wrong(f->conf, at,
			      "clause '%s': a clock-hour has a window of 1h",
			      raw->id.ptr);
	if (c->rule == MG_RULE_FAILURE_RATE && c->limit > 100)
		mg_conf_wrong(f->conf, mg_conf_place(f->conf, &raw->limit),
			      "limit: it is a share in percent, 0 to 100");
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
		.is_each = raw->subject == MG_PER_IP && of_checks &&
			   raw->allowance == FOR_MAILBOX,
		.for_s = raw->for_s,
		.is_offence = raw->offence,
		/* Who is logged in to from everywhere is not one person. */
		.cause = raw->rule == MG_RULE_COMPROMISED_LOGIN
				 ? MG_CAUSE_COMPROMISED
				 : (enum mg_cause)raw->cause,
	};
}

/* Until when; the dates of a policy are of the host's zone. */
static void take_until(struct mg_policy_file *f, const struct file_scope *raw,
		       struct mg_scope *s)
{
	struct mg_civil civil;
	bool is_utc;

	s->until = INT64_MAX;
	if (raw->until.len == 0)
		return;
	if (!mg_civil_parse(raw->until, &civil, &is_utc)) {
		mg_conf_wrong(f->conf, mg_conf_place(f->conf, &raw->until),
			      "until: '%s' is no time: give 2026-03-01 or "
			      "2026-03-01 23:00 (Z behind it for UTC)",
			      raw->until.ptr);
		return;
	}
	s->until = is_utc || !f->tz ? mg_civil_utc(&civil)
				    : mg_tz_to_utc(f->tz, &civil, INT64_MIN);
}

static void take_scope(struct mg_policy_file *f, const struct mg_policy *p,
		       const struct file_scope *raw, struct mg_scope *s)
{
	const struct mg_slice *const names[MG_PERS] = {
		[MG_PER_DOMAIN] = &raw->domain,
		[MG_PER_MAILBOX] = &raw->mailbox,
		[MG_PER_ACCOUNT] = &raw->account,
		[MG_PER_OWNER] = &raw->owner,
		[MG_PER_SCRIPT] = &raw->script,
		[MG_PER_IP] = &raw->ip,
	};
	const struct mg_conf_place at = mg_conf_place(f->conf, raw);
	int n_names = 0;

	*s = (struct mg_scope){ .reason = raw->reason, .clause = raw->clause };
	for (int i = 0; i < MG_PERS; i++) {
		if (names[i]->len == 0)
			continue;
		n_names++;
		s->per = (enum mg_per)i;
		s->name = *names[i];
	}
	if (n_names != 1)
		mg_conf_wrong(f->conf, at,
			      "it must name one of mailbox, domain, account, "
			      "owner, script, ip");
	if (raw->clause.len && !find_clause(p, raw->clause))
		mg_conf_wrong(f->conf, at, "there is no clause '%s'",
			      raw->clause.ptr);
	take_until(f, raw, s);
}

static void take_policy(struct mg_policy_file *f, struct mg_policy *p)
{
	const struct file_policy *raw = &f->top.policy;

	f->clauses = mg_mem_zalloc(raw->clauses.n + 1, sizeof(*f->clauses));
	f->overrides = mg_mem_zalloc(raw->overrides.n + 1,
				     sizeof(*f->overrides));
	f->waivers = mg_mem_zalloc(raw->waivers.n + 1, sizeof(*f->waivers));
	*p = (struct mg_policy){
		.name = raw->name,
		.version = raw->version,
		.clauses = f->clauses,
		.n_clauses = raw->clauses.n,
		.overrides = f->overrides,
		.n_overrides = raw->overrides.n,
		.waivers = f->waivers,
		.n_waivers = raw->waivers.n,
	};
	for (size_t i = 0; i < p->n_clauses; i++)
		take_clause(raw->clauses.items[i], &p->clauses[i]);
	for (size_t i = 0; i < p->n_clauses; i++)
		check_clause(f, p, &p->clauses[i], raw->clauses.items[i]);
	for (size_t i = 0; i < p->n_overrides; i++) {
		const struct file_scope *scope = raw->overrides.items[i];

		take_scope(f, p, scope, &p->overrides[i].scope);
		p->overrides[i].limit = scope->limit;
	}
	for (size_t i = 0; i < p->n_waivers; i++)
		take_scope(f, p, raw->waivers.items[i], &p->waivers[i].scope);
	f->rungs = mg_policies_take_ladder(f->conf, &raw->offences,
					   &raw->ladder, p);
	mg_policy_hash(p, p->hash);
}

/* --- files --- */

static void free_file(struct mg_policy_file *f)
{
	mg_conf_free(f->conf);
	mg_mem_free(f->clauses);
	mg_mem_free(f->overrides);
	mg_mem_free(f->waivers);
	mg_mem_free(f->rungs);
	mg_mem_free(f);
}

static struct mg_policy_file *new_file(struct mg_policies *p,
				       const struct mg_tz *tz)
{
	struct mg_policy_file *f = mg_mem_zalloc(1, sizeof(*f));

	f->conf = mg_conf_new(&top_table, &f->top);
	f->tz = tz;
	p->files = mg_vec_room(p->files, p->n_files, &p->cap_files,
			       sizeof(*p->files));
	p->files[p->n_files++] = f;
	return f;
}

static void keep_mistake(struct mg_policies *p, const char *text)
{
	const size_t size = strlen(text) + 1;
	char *copy = mg_mem_zalloc(size, 1);

	memcpy(copy, text, size);
	p->mistakes = mg_vec_room(p->mistakes, p->n_mistakes, &p->cap_mistakes,
				  sizeof(*p->mistakes));
	p->mistakes[p->n_mistakes++] = copy;
}

/* What a file that was read says. Its mistakes are the host's. */
static void take_file(struct mg_policies *p, struct mg_policy_file *f,
		      struct mg_err *err)
{
	struct mg_policy policy;

	take_policy(f, &policy);
	if (mg_conf_finish(f->conf, p->n_mistakes ? NULL : err) < 0) {
		for (size_t i = 0; i < mg_conf_n_mistakes(f->conf); i++)
			keep_mistake(p, mg_conf_mistake(f->conf, i));
		return;
	}
	p->items = mg_vec_room(p->items, p->n_items, &p->cap_items,
			       sizeof(*p->items));
	p->items[p->n_items++] = policy;
}

/* Two policies of one name would not be told apart. */
static void check_names(struct mg_policies *p, struct mg_err *err)
{
	char text[256];

	for (size_t i = 0; i < p->n_items; i++)
		for (size_t k = 0; k < i; k++) {
			if (!mg_slice_is(p->items[i].name, p->items[k].name))
				continue;
			(void)snprintf(text, sizeof(text),
				       "two files have a policy '%s'",
				       p->items[i].name.ptr);
			if (p->n_mistakes == 0)
				(void)mg_fail(err, MG_ECONF, "%s", text);
			keep_mistake(p, text);
		}
}

static int finish(struct mg_policies *p, struct mg_err *err)
{
	check_names(p, err);
	return p->n_mistakes ? -MG_ECONF : 0;
}

/* What the files of a folder are read into. */
struct folder {
	struct mg_policies *policies;
	const struct mg_tz *tz;
};

static int read_one(void *arg, const struct mg_root *root, const char *path,
		    struct mg_err *err)
{
	const struct folder *to = arg;
	struct mg_policy_file *f = new_file(to->policies, to->tz);
	const int rc = mg_conf_read_host(f->conf, root, path, err);

	if (rc == 0)
		take_file(to->policies, f, err);
	return rc;
}

int mg_policies_read_folder(struct mg_policies *p, const struct mg_root *root,
			    const char *path, const struct mg_tz *tz,
			    struct mg_err *err)
{
	struct folder to = { p, tz };
	const int rc = mg_conf_each_file(root, path, read_one, &to, err);

	return rc < 0 ? rc : finish(p, err);
}

int mg_policies_read_path(struct mg_policies *p, const char *path,
			  const struct mg_tz *tz, struct mg_err *err)
{
	struct mg_policy_file *f = new_file(p, tz);
	const int rc = mg_conf_read_path(f->conf, path, err);

	if (rc < 0)
		return rc;
	take_file(p, f, err);
	return finish(p, err);
}

int mg_policies_read_text(struct mg_policies *p, const char *name,
			  struct mg_slice text, const struct mg_tz *tz,
			  struct mg_err *err)
{
	struct mg_policy_file *f = new_file(p, tz);

	mg_conf_read_text(f->conf, name, text);
	take_file(p, f, err);
	return finish(p, err);
}

void mg_policies_release(struct mg_policies *p)
{
	for (size_t i = 0; i < p->n_files; i++)
		free_file(p->files[i]);
	for (size_t i = 0; i < p->n_mistakes; i++)
		mg_mem_free(p->mistakes[i]);
	mg_mem_free(p->files);
	mg_mem_free(p->mistakes);
	mg_mem_free(p->items);
	*p = (struct mg_policies){ .n_items = 0 };
}
