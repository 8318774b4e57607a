/* SPDX-License-Identifier: MIT */
#include "policies_priv.h"

#include <limits.h>
#include <stdio.h>

#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define CLAUSES_MAX 100
#define SCOPES_MAX 10000 /* overrides; some for each customer of a large host */
/* --- what stands in a file --- */

struct file_scope {
	struct mg_slice clause, mailbox, domain, account, plan, owner, script,
		ip;
	struct mg_slice until, reason;
	int64_t limit;
};

struct file_policy {
	struct mg_slice name, version;
	struct mg_conf_groups clauses, overrides, waivers, ladder;
	struct mg_file_offences offences;
	bool incident;
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

#define SCOPE(f) offsetof(struct file_scope, f)
#define POLICY(f) offsetof(struct file_policy, f)

/* clang-format off */
#define WHOM \
	{ .name = "mailbox", .type = MG_CONF_TEXT, .offset = SCOPE(mailbox) }, \
	{ .name = "domain", .type = MG_CONF_TEXT, .offset = SCOPE(domain) }, \
	{ .name = "account", .type = MG_CONF_TEXT, .offset = SCOPE(account) }, \
	{ .name = "plan", .type = MG_CONF_TEXT, .offset = SCOPE(plan) }, \
	{ .name = "owner", .type = MG_CONF_TEXT, .offset = SCOPE(owner) }, \
	{ .name = "script", .type = MG_CONF_TEXT, .offset = SCOPE(script) }, \
	{ .name = "ip", .type = MG_CONF_TEXT, .offset = SCOPE(ip) }, \
	{ .name = "until", .type = MG_CONF_TEXT, .offset = SCOPE(until) }, \
	{ .name = "reason", .type = MG_CONF_TEXT, .offset = SCOPE(reason), .is_required = true }

static const struct mg_conf_field override_fields[] = {
	{ .name = "clause", .type = MG_CONF_TEXT, .offset = SCOPE(clause), .is_required = true },
	{ .name = "limit", .type = MG_CONF_NUMBER, .offset = SCOPE(limit), .min = 0, .max = MG_POLICIES_LIMIT_MAX, .is_required = true },
	WHOM,
};
static const struct mg_conf_field waiver_fields[] = {
	{ .name = "clause", .type = MG_CONF_TEXT, .offset = SCOPE(clause) },
	WHOM,
};

#define TABLE(fields_, type) { .fields = fields_, .n_fields = sizeof(fields_) / sizeof(*fields_), .size = sizeof(type) }

static const struct mg_conf_table override_table = TABLE(override_fields, struct file_scope);
static const struct mg_conf_table waiver_table = TABLE(waiver_fields, struct file_scope);

static const struct mg_conf_field policy_fields[] = {
	{ .name = "name", .type = MG_CONF_TEXT, .offset = POLICY(name), .is_required = true, .check = mg_policies_check_id },
	{ .name = "version", .type = MG_CONF_TEXT, .offset = POLICY(version), .is_required = true },
	{ .name = "clauses", .type = MG_CONF_GROUPS, .offset = POLICY(clauses), .group = &mg_policies_clause_table, .min = 1, .max = CLAUSES_MAX, .is_required = true },
	{ .name = "overrides", .type = MG_CONF_GROUPS, .offset = POLICY(overrides), .group = &override_table, .max = SCOPES_MAX },
	{ .name = "waivers", .type = MG_CONF_GROUPS, .offset = POLICY(waivers), .group = &waiver_table, .max = SCOPES_MAX },
	{ .name = "offences", .type = MG_CONF_GROUP, .offset = POLICY(offences), .group = &mg_policies_offences_table },
	{ .name = "ladder", .type = MG_CONF_GROUPS, .offset = POLICY(ladder), .group = &mg_policies_rung_table, .max = MG_RUNGS_MAX },
	{ .name = "incident", .type = MG_CONF_BOOL, .offset = POLICY(incident) },
};
static const struct mg_conf_table policy_table = TABLE(policy_fields, struct file_policy);

static const struct mg_conf_field top_fields[] = {
	{ .name = "policy", .type = MG_CONF_GROUP, .offset = offsetof(struct file_top, policy), .group = &policy_table, .is_required = true },
};
static const struct mg_conf_table top_table = TABLE(top_fields, struct file_top);
/* clang-format on */

/* --- what it means --- */

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
	const struct mg_slice *const names[] = {
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
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i]->len == 0)
			continue;
		n_names++;
		s->per = (enum mg_per)i;
		s->name = *names[i];
	}
	if (raw->plan.len) {
		n_names++;
		s->is_plan = true;
		s->name = raw->plan;
	}
	if (n_names != 1)
		mg_conf_wrong(f->conf, at,
			      "it must name one of mailbox, domain, account, "
			      "plan, owner, script, ip");
	if (raw->clause.len && !mg_policies_find_clause(p, raw->clause))
		mg_conf_wrong(f->conf, at, "there is no clause '%s'",
			      raw->clause.ptr);
	take_until(f, raw, s);
}

static void take_override(struct mg_policy_file *f, const struct mg_policy *p,
			  const struct file_scope *raw, struct mg_override *o)
{
	const struct mg_clause *c = mg_policies_find_clause(p, raw->clause);

	take_scope(f, p, raw, &o->scope);
	o->limit = raw->limit;
	if (c)
		mg_policies_check_limit(f->conf, c, raw->limit,
					mg_conf_place(f->conf, &raw->limit));
}

static void take_policy(struct mg_policy_file *f, struct mg_policy *p)
{
	const struct file_policy *raw = &f->top.policy;

	f->overrides = mg_mem_zalloc(raw->overrides.n + 1,
				     sizeof(*f->overrides));
	f->waivers = mg_mem_zalloc(raw->waivers.n + 1, sizeof(*f->waivers));
	*p = (struct mg_policy){
		.name = raw->name,
		.version = raw->version,
		.overrides = f->overrides,
		.n_overrides = raw->overrides.n,
		.waivers = f->waivers,
		.n_waivers = raw->waivers.n,
		.wants_form = raw->incident,
	};
	f->clauses = mg_policies_take_clauses(f->conf, &raw->clauses, p);
	for (size_t i = 0; i < p->n_overrides; i++)
		take_override(f, p, raw->overrides.items[i], &p->overrides[i]);
	for (size_t i = 0; i < p->n_waivers; i++)
		take_scope(f, p, raw->waivers.items[i], &p->waivers[i].scope);
	f->rungs = mg_policies_take_ladder(f->conf, &raw->offences,
					   &raw->ladder, p);
	if (p->wants_form && p->ladder.n_rungs == 0)
		mg_conf_wrong(f->conf, mg_conf_place(f->conf, &raw->incident),
			      "incident: without a ladder nobody is suspended "
			      "by this policy");
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
