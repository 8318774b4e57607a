/* SPDX-License-Identifier: MIT */
/*
 * How it was sent, as JSON and as text.
 */
#include "gather_investigate.h"

#include "mailguard/json.h"
#include "mailguard/tz.h"

#define SHOWN_MAX 10 /* facts of a kind in the text; JSON has all */

/* --- as JSON --- */

static void add_fact(struct mg_buf *out, const struct mg_pick_fact *f,
		     bool more)
{
	mg_buf_add_fmt(out, "%s\n {\"kind\":\"%s\"", more ? "," : "",
		       mg_pick_fact_words[f->kind]);
	mg_gather_text(out, "text", mg_slice_of(f->text, f->len));
	mg_gather_number(out, "n", f->n);
	mg_gather_time(out, "first", f->first);
	mg_gather_time(out, "last", f->last);
	mg_buf_add_char(out, '}');
}

/* Names from outside, so their paths are JSON's to escape. */
static void add_script(struct mg_buf *out, const struct mg_gather_script *s,
		       bool more)
{
	mg_buf_add_str(out, more ? ",\n {\"path\":" : "\n {\"path\":");
	mg_json_add_string(out, s->path);
	mg_gather_text(out, "copy", mg_slice_str(s->copy));
	mg_gather_text(out, "note", mg_slice_str(mg_collect_whys[s->why]));
	mg_buf_add_fmt(out, ",\"named\":%s", s->is_named ? "true" : "false");
	mg_gather_number(out, "bytes", s->n_bytes);
	mg_gather_time(out, "changed", s->changed);
	mg_buf_add_char(out, '}');
}

static void add_scripts(const struct mg_gathering *g, struct mg_buf *out)
{
	size_t n = 0;

	mg_buf_add_str(out, ",\"scripts\":[");
	for (size_t i = 0; i < g->n_scripts; i++)
		if (g->scripts[i].why != MG_COLLECT_NO_SCRIPT)
			add_script(out, &g->scripts[i], n++ > 0);
	mg_buf_add_char(out, ']');
}

static void add_direct(struct mg_buf *out, const struct mg_gather_direct *d,
		       bool more)
{
	mg_buf_add_str(out, more ? ",\n {\"account\":" : "\n {\"account\":");
	mg_json_add_string(out, d->account);
	if (d->uid >= 0)
		mg_gather_number(out, "uid", d->uid);
	else
		mg_gather_text(out, "uid", MG_LIT(""));
	mg_gather_number(out, "n", d->n);
	mg_gather_number(out, "hours", d->n_hours);
	mg_gather_time(out, "first", d->first);
	mg_gather_time(out, "last", d->last);
	mg_buf_add_char(out, '}');
}

static void add_list(struct mg_buf *out, const char *key,
		     const char *const *items, size_t n)
{
	mg_buf_add_fmt(out, ",\"%s\":[", key);
	for (size_t i = 0; i < n && items[i]; i++) {
		if (i)
			mg_buf_add_char(out, ',');
		mg_json_add_string(out, mg_slice_str(items[i]));
	}
	mg_buf_add_char(out, ']');
}

static void add_cuts(struct mg_buf *out, const struct mg_evidence *e)
{
	mg_buf_add_str(out, ",\"cut\":[");
	for (size_t i = 0; i < e->n_cuts; i++) {
		if (i)
			mg_buf_add_char(out, ',');
		mg_json_add_string(out, e->cuts[i]);
	}
	mg_buf_add_char(out, ']');
}

void mg_investigation_json(const struct mg_gathering *g,
			   const struct mg_investigation *i, struct mg_buf *out)
{
	const struct mg_mechanism *m = i->mechanism;
	const struct mg_act *a = g->ask->act;

	mg_buf_add_str(out, "{\"schema\":\"" MG_INVESTIGATION_SCHEMA "\"");
	mg_gather_text(out, "per", a->per);
	mg_gather_text(out, "subject", a->subject);
	mg_gather_text(out, "account", a->account);
	mg_gather_text(out, "owner", a->owner);
	mg_gather_time(out, "since", g->ask->since);
	mg_gather_time(out, "until", g->ask->until);
	mg_gather_text(out, "mechanism", mg_slice_str(m->word));
	mg_gather_text(out, "text", mg_slice_str(m->text));
	mg_gather_number(out, "addresses", (int64_t)i->n_addresses);
	mg_gather_number(out, "networks", (int64_t)i->n_networks);
	add_list(out, "next", m->next, sizeof(m->next) / sizeof(*m->next));
	add_cuts(out, &g->evidence);
	add_scripts(g, out);
	mg_buf_add_str(out, ",\"direct\":[");
	for (size_t k = 0; k < g->n_directs; k++)
		add_direct(out, &g->directs[k], k > 0);
	mg_buf_add_str(out, "],\"facts\":[");
	for (size_t k = 0; k < g->n_facts; k++)
		add_fact(out, &g->facts[k], k > 0);
	mg_buf_add_str(out, "]}\n");
}

/* --- as text --- */

static const char *const headings[MG_FACT_KINDS] = {
	[MG_FACT_LOGIN] = "Messages by login",
	[MG_FACT_SCRIPT] = "Messages by script",
	[MG_FACT_USER] = "Messages by system user",
	[MG_FACT_RELAY] = "Messages relayed, by domain of the sender",
	[MG_FACT_FORWARDER] = "Passed on to",
	[MG_FACT_LIST] = "Of mailing lists, by the envelope sender",
	[MG_FACT_ADDRESS] = "Messages by address of the network",
	[MG_FACT_HELO] = "Messages by what the client calls itself",
	[MG_FACT_CHECK] = "POP3 and IMAP logins by address",
	[MG_FACT_REFUSED] = "Refused for good",
	[MG_FACT_DEFERRED] = "Refused for now",
	[MG_FACT_FILE] = "Messages by script file, as PHP names it",
	[MG_FACT_POST] =
		"POST requests to the web server near messages by script",
	[MG_FACT_CLIENT] = "POST requests near messages by script, by address",
};

static void add_facts_of(const struct mg_gathering *g, struct mg_buf *out,
			 enum mg_pick_fact_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n_facts; i++) {
		const struct mg_pick_fact *f = &g->facts[i];

		if (f->kind != kind || n++ >= SHOWN_MAX)
			continue;
		if (n == 1)
			mg_buf_add_fmt(out, "\n%s\n", headings[kind]);
		mg_buf_add_fmt(out, "  %7lld  ", (long long)f->n);
		mg_tz_add(out, f->first, g->enforcer->tz);
		mg_buf_add_fmt(out, "  %.*s\n", (int)f->len, f->text);
	}
	if (n > SHOWN_MAX)
		mg_buf_add_fmt(out, "           and %zu more\n", n - SHOWN_MAX);
}

static void add_scripts_text(const struct mg_gathering *g, struct mg_buf *out)
{
	size_t n = 0, n_named = 0;

	for (size_t i = 0; i < g->n_scripts; i++) {
		const struct mg_gather_script *s = &g->scripts[i];

		if (s->why == MG_COLLECT_NO_SCRIPT || n++ >= SHOWN_MAX)
			continue;
		n_named += s->is_named;
		if (n == 1)
			mg_buf_add_str(out, "\nScripts there, as they were "
					    "changed\n");
		mg_buf_add_str(out, "           ");
		mg_tz_add(out, s->changed, g->enforcer->tz);
		mg_buf_add_str(out, "  ");
		mg_buf_add_printable(out, s->path);
		if (s->is_named)
			mg_buf_add_str(out, " (named in the log)");
		if (s->why != MG_COLLECT_WHOLE)
			mg_buf_add_fmt(out, " (%s)", mg_collect_whys[s->why]);
		mg_buf_add_char(out, '\n');
	}
	if (n > SHOWN_MAX)
		mg_buf_add_fmt(out, "           and %zu more\n", n - SHOWN_MAX);
	if (n && !n_named)
		mg_buf_add_str(out, "           Which of them sent is a guess: "
				    "the log names the directory only\n");
}

static void add_directs_text(const struct mg_gathering *g, struct mg_buf *out)
{
	for (size_t i = 0; i < g->n_directs; i++) {
		const struct mg_gather_direct *d = &g->directs[i];

		if (i == 0)
			mg_buf_add_str(out, "\nConnections to mail servers "
					    "elsewhere, past the one here, at "
					    "least\n");
		mg_buf_add_fmt(out, "  %7lld  ", (long long)d->n);
		mg_tz_add(out, d->first, g->enforcer->tz);
		mg_buf_add_str(out, "  ");
		mg_buf_add_printable(out, d->account);
		if (d->uid >= 0)
			mg_buf_add_fmt(out, ", uid %lld", (long long)d->uid);
		mg_buf_add_fmt(out, "; in %lld hours, the last until ",
			       (long long)d->n_hours);
		mg_tz_add(out, d->last, g->enforcer->tz);
		mg_buf_add_char(out, '\n');
	}
	if (g->n_directs)
		mg_buf_add_str(out,
			       "           The kernel counts them by user: "
			       "which program it was is not known\n");
}

void mg_investigation_text(const struct mg_gathering *g,
			   const struct mg_investigation *i, struct mg_buf *out)
{
	const struct mg_mechanism *m = i->mechanism;
	const struct mg_act *a = g->ask->act;

	mg_buf_add_fmt(out, "How %.*s ", MG_SLICE_ARG(a->per));
	mg_buf_add_printable(out, a->subject);
	mg_buf_add_str(out, " sent from ");
	mg_tz_add(out, g->ask->since, g->enforcer->tz);
	mg_buf_add_str(out, " until ");
	mg_tz_add(out, g->ask->until, g->enforcer->tz);
	mg_buf_add_fmt(out, "\n\n  %s\n", m->text);
	if (i->n_addresses)
		mg_buf_add_fmt(out, "  %zu addresses in %zu networks\n",
			       i->n_addresses, i->n_networks);
	for (int kind = 0; kind < MG_FACT_KINDS; kind++)
		add_facts_of(g, out, (enum mg_pick_fact_kind)kind);
	add_scripts_text(g, out);
	add_directs_text(g, out);
	mg_buf_add_str(out, "\nWhat to do next\n");
	for (size_t k = 0; m->next[k]; k++)
		mg_buf_add_fmt(out, "  - %s\n", m->next[k]);
	for (size_t k = 0; k < g->evidence.n_cuts; k++) {
		mg_buf_add_str(out, k ? "  - " : "\nWhat was not seen\n  - ");
		mg_buf_add_printable(out, g->evidence.cuts[k]);
		mg_buf_add_char(out, '\n');
	}
}
