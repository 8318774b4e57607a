/* SPDX-License-Identifier: MIT */
/*
 * What the ledger, the counts and the account tables say of a subject.
 */
#include "gather_priv.h"

#include <string.h>

#include "mailguard/file.h"
#include "mailguard/json.h"
#include "mailguard/ledger.h"
#include "mailguard/pick.h"
#include "mailguard/report.h"

void mg_gather_text(struct mg_buf *out, const char *key, struct mg_slice text)
{
	mg_buf_add_fmt(out, ",\"%s\":", key);
	if (text.len)
		mg_json_add_string(out, text);
	else
		mg_buf_add_str(out, "null");
}

void mg_gather_time(struct mg_buf *out, const char *key, int64_t at)
{
	struct mg_civil c;

	mg_civil_of(at, 0, &c);
	mg_buf_add_fmt(out, ",\"%s\":\"%04d-%02d-%02dT%02d:%02d:%02dZ\"", key,
		       c.year, c.month, c.day, c.hour, c.minute, c.second);
}

void mg_gather_number(struct mg_buf *out, const char *key, int64_t n)
{
	mg_buf_add_fmt(out, ",\"%s\":%lld", key, (long long)n);
}

static void add_hash(struct mg_buf *out, const char *key,
		     const unsigned char hash[MG_SHA256_LEN])
{
	char text[MG_SHA256_TEXT_MAX];

	mg_sha256_format(hash, MG_SHA256_LEN, text);
	mg_gather_text(out, key, mg_slice_str(text));
}

/* --- decision.json --- */

struct decision {
	const struct mg_gathering *g;
	struct mg_buf text;
	size_t n;
};

static void add_clause(struct mg_buf *out, const struct mg_ledger_clause *c)
{
	if (c->id.len == 0)
		return;
	mg_gather_text(out, "policy", c->policy);
	mg_gather_text(out, "version", c->version);
	add_hash(out, "policy_sha256", c->policy_hash);
	mg_gather_text(out, "clause", c->id);
	mg_gather_text(out, "rule", c->rule);
	mg_gather_text(out, "measure", c->measure);
	mg_gather_text(out, "sentence", c->sentence);
	mg_gather_text(out, "text", c->text);
}

static void add_finding(struct mg_buf *out, const struct mg_finding *f)
{
	static const char *const states[] = { "", "over", "near", "withdrawn" };

	mg_gather_text(out, "id", mg_slice_str(f->id));
	mg_gather_text(out, "state", mg_slice_str(states[f->state]));
	mg_gather_text(out, "per", f->per);
	mg_gather_text(out, "subject", f->subject);
	mg_gather_time(out, "from", f->from);
	mg_gather_time(out, "until", f->until);
	mg_gather_number(out, "n", f->n);
	mg_gather_number(out, "of", f->of);
	mg_gather_number(out, "limit", f->limit);
	mg_gather_text(out, "main_per", f->main_per);
	mg_gather_text(out, "main", f->main);
	mg_gather_number(out, "main_n", f->main_n);
	mg_gather_text(out, "override", f->override);
	mg_gather_text(out, "waiver", f->waiver);
	mg_gather_text(out, "log_class",
		       f->log_class == MG_LOG_SHARED ? MG_LIT("shared")
						     : MG_LIT("daemon"));
	mg_gather_number(out, "log", f->log);
	mg_gather_number(out, "log_from", f->log_from);
	mg_gather_number(out, "log_to", f->log_to);
}

static void add_act(struct mg_buf *out, const struct mg_act *a)
{
	mg_gather_text(out, "id", mg_slice_str(a->id));
	mg_gather_text(out, "action", mg_slice_str(mg_act_words[a->verb]));
	mg_gather_text(out, "per", a->per);
	mg_gather_text(out, "subject", a->subject);
	mg_gather_time(out, "since", a->since);
	mg_gather_time(out, "until", a->until);
	mg_gather_text(out, "finding", a->finding);
	mg_gather_text(out, "by", a->by);
	mg_gather_text(out, "reason", a->reason);
}

static bool is_subject(const struct mg_act *a, struct mg_slice per,
		       struct mg_slice subject)
{
	return mg_slice_is(a->per, per) && mg_slice_is(a->subject, subject);
}

/* Rows of the subject within the time, and what led to the act, always. */
static bool is_wanted(const struct mg_gather_ask *ask,
		      const struct mg_ledger_row *row)
{
	const struct mg_finding *f = &row->finding;
	const struct mg_act *a = ask->act;

	if (row->made_at > ask->until)
		return false;
	if (row->kind == MG_LEDGER_INTENT)
		return !strcmp(row->act.id, a->id) ||
		       (row->made_at >= ask->since &&
			is_subject(a, row->act.per, row->act.subject));
	if (row->kind != MG_LEDGER_FINDING)
		return false;
	return mg_slice_is(mg_slice_str(f->id), a->finding) ||
	       (f->until >= ask->since &&
		(is_subject(a, f->per, f->subject) ||
		 is_subject(a, f->main_per, f->main)));
}

static int take_row(void *arg, const struct mg_ledger_row *row)
{
	struct decision *d = arg;
	struct mg_buf *out = &d->text;

	if (!is_wanted(d->g->ask, row))
		return 0;
	mg_buf_add_fmt(out, "%s\n{\"seq\":%lld", d->n++ ? "," : "",
		       (long long)row->seq);
	mg_gather_time(out, "made_at", row->made_at);
	if (row->kind == MG_LEDGER_INTENT)
		add_act(out, &row->act);
	else
		add_finding(out, &row->finding);
	add_clause(out, &row->clause);
	mg_gather_text(out, "binary", row->binary);
	add_hash(out, "hash", row->hash);
	mg_buf_add_char(out, '}');
	return 0;
}

void mg_gather_add(struct mg_gathering *g, const char *name,
		   const struct mg_buf *text, struct mg_slice origin)
{
	struct mg_err err = { 0 };

	if (mg_buf_check(text, name, &err) < 0)
		mg_evidence_cut(&g->evidence, "%s", err.text);
	else
		mg_evidence_add(&g->evidence, name, mg_buf_slice(text), origin);
}

static void add_text(struct mg_gathering *g, const char *name,
		     struct mg_buf *text)
{
	mg_gather_add(g, name, text, MG_LIT("{\"from\":\"the state\"}"));
	mg_buf_release(text);
}

void mg_gather_decision(struct mg_gathering *g)
{
	struct decision d = { .g = g };
	struct mg_err err = { 0 };

	mg_buf_init(&d.text, MG_GATHER_TEXT_MAX);
	mg_buf_add_str(&d.text, "{\"rows\":[");
	if (mg_ledger_each(g->enforcer->store, take_row, &d, &err) < 0)
		mg_evidence_cut(&g->evidence, "decision.json: %s", err.text);
	mg_buf_add_str(&d.text, "]}\n");
	add_text(g, "decision.json", &d.text);
}

/* --- counts.json --- */

static int report(struct mg_gathering *g, int fd, struct mg_err *err)
{
	const struct mg_act *a = g->ask->act;
	struct mg_report_opts opts = {
		.query = { .hours = true,
			   .since = g->ask->since - 3599,
			   .until = g->ask->until },
		.format = MG_FORMAT_JSON,
		.now = g->ask->until,
		.fd = fd,
	};
	struct mg_report_about about;
	uint64_t n_rows, n_left;

	if (!mg_report_by_parse(a->per, &about.kind) ||
	    a->subject.len > sizeof(about.name))
		return mg_fail(err, MG_EUSAGE, "of a %.*s there are none",
			       MG_SLICE_ARG(a->per));
	memcpy(about.name, a->subject.ptr, a->subject.len);
	about.len = a->subject.len;
	opts.query.by = mg_report_by_of(&about);
	if (mg_report_set_about(&opts.query, &about, err) < 0)
		return -MG_EUSAGE;
	return mg_report_run(g->enforcer->store, &opts, &n_rows, &n_left, err);
}

void mg_gather_counts(struct mg_gathering *g)
{
	char bytes[16384];
	struct mg_err err = { 0 };
	struct mg_buf text;
	int64_t n = 0;
	int fd = -1, rc = mg_file_make_scratch(&fd, &err);

	mg_buf_init(&text, MG_GATHER_TEXT_MAX);
	if (rc == 0)
		rc = report(g, fd, &err);
	while (rc == 0 && (n = mg_file_read_at(fd, bytes, sizeof(bytes),
					       (int64_t)text.len, &err)) > 0) {
		mg_buf_add(&text, mg_slice_of(bytes, (size_t)n));
		rc = mg_buf_check(&text, "counts.json", &err);
	}
	mg_file_close(&fd);
	if (rc < 0 || n < 0) {
		mg_evidence_cut(&g->evidence, "counts.json: %s", err.text);
		mg_buf_release(&text);
		return;
	}
	add_text(g, "counts.json", &text);
}

/* --- account.json --- */

static void add_domains(struct mg_buf *out, const struct mg_accounts *a,
			uint32_t account)
{
	size_t n = 0;

	mg_buf_add_str(out, ",\"domains\":[");
	for (size_t i = 0; i < a->n_domains; i++) {
		if (a->domains[i].account != account)
			continue;
		if (n++)
			mg_buf_add_char(out, ',');
		mg_json_add_string(out, a->domains[i].name);
	}
	mg_buf_add_char(out, ']');
}

void mg_gather_account(struct mg_gathering *g)
{
	const struct mg_accounts *a = g->accounts;
	const struct mg_act *act = g->ask->act;
	const struct mg_account *account;
	struct mg_buf text;
	uint32_t i;

	if (!a) {
		mg_evidence_cut(&g->evidence, "account.json: the account "
					      "tables could not be read");
		return;
	}
	i = mg_accounts_user(a, act->account);
	if (i == MG_ACCOUNT_NONE)
		return;
	account = &a->accounts[i];
	mg_buf_init(&text, MG_GATHER_TEXT_MAX);
	mg_buf_add_str(&text, "{\"account\":");
	mg_json_add_string(&text, account->name);
	mg_gather_text(&text, "owner", account->owner);
	mg_gather_text(&text, "home", account->home);
	mg_gather_number(&text, "uid", account->uid);
	mg_gather_text(&text, "domain", act->domain);
	add_domains(&text, a, i);
	mg_buf_add_str(&text, "}\n");
	add_text(g, "account.json", &text);
}

/* --- of whom --- */

bool mg_gather_subject(const struct mg_gathering *g,
		       struct mg_pick_subject *out)
{
	static const struct {
		const char *per;
		enum mg_pick_kind kind;
	} kinds[] = {
		{ "mailbox", MG_PICK_MAILBOX }, { "domain", MG_PICK_DOMAIN },
		{ "account", MG_PICK_ACCOUNT }, { "owner", MG_PICK_OWNER },
		{ "script", MG_PICK_SCRIPT },   { "user", MG_PICK_USER },
		{ "ip", MG_PICK_IP },
	};
	const struct mg_act *act = g->ask->act;

	*out = (struct mg_pick_subject){
		.name = act->subject,
		.domain = mg_accounts_domain(g->accounts, act->domain),
		.account = mg_accounts_user(g->accounts, act->account),
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (mg_slice_is(act->per, mg_slice_str(kinds[i].per))) {
			out->kind = kinds[i].kind;
			return out->kind == MG_PICK_IP
				       ? mg_ip_parse(act->subject, &out->ip)
			       : out->kind == MG_PICK_DOMAIN
				       ? out->domain != MG_ACCOUNT_NONE
			       : out->kind == MG_PICK_ACCOUNT
				       ? out->account != MG_ACCOUNT_NONE
				       : true;
		}
	return false;
}

bool mg_gather_is_asked(const struct mg_gathering *g, uint32_t account)
{
	const struct mg_act *a = g->ask->act;
	const struct mg_account *of = &g->accounts->accounts[account];

	if (a->account.len)
		return mg_slice_is(a->account, of->name);
	return mg_slice_is(a->per, MG_LIT("owner")) &&
	       mg_slice_is(a->subject, of->owner);
}
