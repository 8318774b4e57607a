/* SPDX-License-Identifier: MIT */
/*
 * A finding for people, and for programs. What comes from logs is escaped
 * here, on its way out.
 */
#include "why_priv.h"

#include "mailguard/json.h"

/* --- for people --- */

void mg_why_add_time(const struct mg_tz *tz, int64_t t, struct mg_buf *out)
{
	struct mg_civil c;

	mg_civil_of(t, tz ? mg_tz_offset(tz, t) : 0, &c);
	mg_buf_add_fmt(out, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day,
		       c.hour, c.minute);
}

void mg_why_add_line(struct mg_buf *out, const char *what, struct mg_slice text)
{
	if (text.len == 0)
		return;
	mg_buf_add_fmt(out, "  %-9s ", what);
	mg_buf_add_printable(out, text);
	mg_buf_add_char(out, '\n');
}

static void add_subject(const struct mg_finding *f, struct mg_buf *out)
{
	mg_buf_add_printable(out, f->per);
	mg_buf_add_char(out, ':');
	mg_buf_add_printable(out, f->subject);
	if (f->account.len) {
		mg_buf_add_str(out, " of account ");
		mg_buf_add_printable(out, f->account);
	}
	if (f->owner.len) {
		mg_buf_add_str(out, ", owner ");
		mg_buf_add_printable(out, f->owner);
	}
}

/* "329 of 50 allowed, from .. to .." in the words of the rule. */
static void add_numbers(const struct mg_why *w, struct mg_buf *out)
{
	const struct mg_finding *f = &w->row->finding;
	const struct mg_ledger_clause *c = &w->row->clause;
	const long long n = f->n, of = f->of, limit = f->limit;

	mg_buf_add_str(out, "  counted   ");
	if (mg_slice_is(c->rule, MG_LIT("failure-rate")))
		mg_buf_add_fmt(out,
			       "%lld of %lld recipients do not exist; %lld %% "
			       "are allowed",
			       n, of, limit);
	else if (mg_slice_is(c->rule, MG_LIT("compromised-login")))
		mg_buf_add_fmt(out,
			       "logins from %lld networks; %lld are allowed", n,
			       limit);
	else if (mg_slice_is(c->rule, MG_LIT("recipients-per-message")))
		mg_buf_add_fmt(out,
			       "one message to %lld recipients; %lld are "
			       "allowed",
			       n, limit);
	else if (mg_slice_is(c->rule, MG_LIT("mass-profile")))
		mg_buf_add_fmt(out,
			       "%lld messages to many with the same subject "
			       "line; %lld are allowed",
			       n, limit);
	else if (mg_slice_is(c->rule, MG_LIT("direct-smtp")))
		mg_buf_add_fmt(
			out,
			"%lld connections to mail servers elsewhere, past "
			"the one here; %lld are allowed",
			n, limit);
	else
		mg_buf_add_fmt(out, "%lld %.*s; %lld are allowed", n,
			       MG_SLICE_ARG(c->measure), limit);
	if (of && mg_slice_is(f->per, MG_LIT("ip")))
		mg_buf_add_fmt(out, " (%lld mailbox%s)", of,
			       of == 1 ? "" : "es");
	mg_buf_add_str(out, ", from ");
	mg_why_add_time(w->tz, f->from, out);
	mg_buf_add_str(out, " to ");
	mg_why_add_time(w->tz, f->until, out);
	mg_buf_add_char(out, '\n');
}

static void add_counts(const struct mg_why *w, struct mg_buf *out,
		       const char *what, const struct mg_why_count *counts,
		       size_t n)
{
	const bool is_ip = mg_slice_is(w->row->finding.per, MG_LIT("ip")) ||
			   mg_slice_is(w->row->finding.per,
				       MG_LIT("mailbox-ip"));

	for (size_t i = 0; i < n; i++) {
		const struct mg_why_count *c = &counts[i];

		mg_buf_add_fmt(out, "  %-9s ", i ? "" : what);
		mg_why_add_time(w->tz, c->at, out);
		if (is_ip)
			mg_buf_add_fmt(out,
				       "  %lld checks, %lld mailboxes, %lld "
				       "failed logins\n",
				       (long long)c->checks,
				       (long long)c->mailboxes,
				       (long long)c->failed_logins);
		else
			mg_buf_add_fmt(out,
				       "  %lld messages, %lld recipients, %lld "
				       "delivered, %lld failed, %lld unknown\n",
				       (long long)c->messages,
				       (long long)c->recipients,
				       (long long)c->delivered,
				       (long long)c->failed,
				       (long long)c->unknown);
	}
}

static void add_source(const struct mg_why *w, struct mg_buf *out)
{
	const struct mg_finding *f = &w->row->finding;

	if (f->log == 0)
		mg_buf_add_str(out,
			       "  source    what the kernel counts by user "
			       "(mailguard rules show egress)\n");
	else
		mg_buf_add_fmt(out,
			       "  source    log %lld, bytes %lld to %lld; %s\n",
			       (long long)f->log, (long long)f->log_from,
			       (long long)f->log_to,
			       f->log_class == MG_LOG_SHARED
				       ? "every local user can write to it"
				       : "its daemon alone writes it");
	mg_buf_add_fmt(out, "  ledger    row %lld, written ",
		       (long long)w->row->seq);
	mg_why_add_time(w->tz, w->row->made_at, out);
	mg_buf_add_str(out, " by mailguard ");
	mg_buf_add_printable(out, w->row->binary);
	mg_buf_add_char(out, '\n');
}

void mg_why_add_text(const struct mg_why *w, struct mg_buf *out)
{
	const struct mg_finding *f = &w->row->finding;
	const struct mg_ledger_clause *c = &w->row->clause;

	mg_buf_add_fmt(out, "%s  ", f->id);
	mg_buf_add_printable(out, mg_findings_verb(w->row));
	mg_buf_add_char(out, ' ');
	add_subject(f, out);
	mg_buf_add_char(out, '\n');
	add_numbers(w, out);
	mg_buf_add_str(out, "  policy    ");
	mg_buf_add_printable(out, c->policy);
	mg_buf_add_str(out, ", version ");
	mg_buf_add_printable(out, c->version);
	mg_buf_add_char(out, '\n');
	mg_why_add_line(out, "clause", c->sentence);
	mg_why_add_line(out, "customer", c->text);
	mg_why_add_line(out, "override", f->override);
	mg_why_add_line(out, "waived", f->waiver);
	add_counts(w, out, "slots", w->slots, w->n_slots);
	add_counts(w, out, "hours", w->hours, w->n_hours);
	add_source(w, out);
}

/* --- for programs --- */

static void add_key(struct mg_buf *out, const char *key)
{
	mg_buf_add_fmt(out,
		       "%s\"%s\":", out->ptr[out->len - 1] == '{' ? "" : ",",
		       key);
}

void mg_why_add_json_text(struct mg_buf *out, const char *key,
			  struct mg_slice text)
{
	add_key(out, key);
	if (text.len)
		mg_json_add_string(out, text);
	else
		mg_buf_add_str(out, "null");
}

void mg_why_add_json_number(struct mg_buf *out, const char *key, int64_t n)
{
	add_key(out, key);
	mg_buf_add_fmt(out, "%lld", (long long)n);
}

void mg_why_add_json_time(struct mg_buf *out, const char *key, int64_t t)
{
	struct mg_civil c;

	mg_civil_of(t, 0, &c);
	add_key(out, key);
	mg_buf_add_fmt(out, "\"%04d-%02d-%02dT%02d:%02d:%02dZ\"", c.year,
		       c.month, c.day, c.hour, c.minute, c.second);
}

static void add_json_clause(struct mg_buf *out,
			    const struct mg_ledger_clause *c)
{
	char hash[MG_SHA256_TEXT_MAX];

	mg_sha256_format(c->policy_hash, MG_SHA256_LEN, hash);
	add_key(out, "clause");
	mg_buf_add_char(out, '{');
	mg_why_add_json_text(out, "id", c->id);
	mg_why_add_json_text(out, "policy", c->policy);
	mg_why_add_json_text(out, "version", c->version);
	mg_why_add_json_text(out, "policy_hash", mg_slice_str(hash));
	mg_why_add_json_text(out, "rule", c->rule);
	mg_why_add_json_text(out, "count", c->measure);
	mg_why_add_json_text(out, "action", c->action);
	mg_why_add_json_text(out, "sentence", c->sentence);
	mg_why_add_json_text(out, "text", c->text);
	mg_buf_add_char(out, '}');
}

static void add_json_counts(struct mg_buf *out, const char *key,
			    const struct mg_why_count *counts, size_t n)
{
	add_key(out, key);
	mg_buf_add_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		mg_buf_add_str(out, i ? ",{" : "{");
		mg_why_add_json_time(out, "at", counts[i].at);
		mg_why_add_json_number(out, "messages", counts[i].messages);
		mg_why_add_json_number(out, "recipients", counts[i].recipients);
		mg_why_add_json_number(out, "delivered", counts[i].delivered);
		mg_why_add_json_number(out, "failed", counts[i].failed);
		mg_why_add_json_number(out, "unknown_recipients",
				       counts[i].unknown);
		mg_why_add_json_number(out, "checks", counts[i].checks);
		mg_why_add_json_number(out, "failed_logins",
				       counts[i].failed_logins);
		mg_why_add_json_number(out, "mailboxes", counts[i].mailboxes);
		mg_buf_add_char(out, '}');
	}
	mg_buf_add_char(out, ']');
}

void mg_why_add_json(const struct mg_why *w, struct mg_buf *out)
{
	const struct mg_finding *f = &w->row->finding;

	mg_buf_add_char(out, '{');
	mg_why_add_json_text(out, "id", mg_slice_str(f->id));
	mg_why_add_json_number(out, "seq", w->row->seq);
	mg_why_add_json_time(out, "made_at", w->row->made_at);
	mg_why_add_json_text(out, "binary", w->row->binary);
	mg_why_add_json_text(out, "action", mg_findings_verb(w->row));
	mg_why_add_json_text(out, "per", f->per);
	mg_why_add_json_text(out, "subject", f->subject);
	mg_why_add_json_text(out, "domain", f->domain);
	mg_why_add_json_text(out, "account", f->account);
	mg_why_add_json_text(out, "owner", f->owner);
	mg_why_add_json_number(out, "n", f->n);
	if (f->of)
		mg_why_add_json_number(out, "of", f->of);
	else
		mg_why_add_json_text(out, "of", MG_LIT(""));
	mg_why_add_json_number(out, "limit", f->limit);
	mg_why_add_json_time(out, "from", f->from);
	mg_why_add_json_time(out, "until", f->until);
	mg_why_add_json_text(out, "override", f->override);
	mg_why_add_json_text(out, "waiver", f->waiver);
	mg_why_add_json_text(out, "log_class",
			     f->log_class == MG_LOG_SHARED ? MG_LIT("shared")
							   : MG_LIT("daemon"));
	mg_why_add_json_number(out, "log", f->log);
	mg_why_add_json_number(out, "log_from", f->log_from);
	mg_why_add_json_number(out, "log_to", f->log_to);
	add_json_clause(out, &w->row->clause);
	add_json_counts(out, "slots", w->slots, w->n_slots);
	add_json_counts(out, "hours", w->hours, w->n_hours);
	mg_buf_add_char(out, '}');
}
