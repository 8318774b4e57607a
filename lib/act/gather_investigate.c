/* SPDX-License-Identifier: MIT */
/*
 * How it was sent: what the lines of a subject tell, summed up, with what to do
 * next. It names what was seen most; a person decides what that means.
 */
#include "gather_priv.h"

#include <string.h>

#include "mailguard/json.h"
#include "mailguard/mem.h"
#include "mailguard/tz.h"

#define SHOWN_MAX 10 /* facts of a kind in the text; JSON has all */

/*
 * Networks behind one login from which on a password is likely stolen: a
 * person has a home, an office and a telephone. With half as many a journey
 * would be a theft, with twice as many a small botnet a person.
 */
#define NETWORKS_MANY 4

/* What sums of facts are about. */
struct sums {
	int64_t n[MG_FACT_KINDS];
	size_t n_addresses, n_networks;
};

/* By the kind that sent most; the text is the host's. */
struct mechanism {
	const char *word, *text;
	const char *next[4]; /* ended by NULL */
};

static const struct mechanism unknown = {
	"unknown",
	"no line of its mail was found in the logs",
	{ "look whether the logs of that time are still there, and swept",
	  "ask for a longer time: --since" },
};

static const struct mechanism stolen = {
	"stolen-password",
	"by a login from many networks: its password is stolen, most likely",
	{ "change the password, and end the sessions that are open",
	  "have its owner look for a virus, and for the same password elsewhere",
	  "look for forwards and filters that somebody else may have set" },
};

static const struct mechanism login = {
	"login",
	"by a login from few networks: its owner, or one machine that is taken "
	"over",
	{ "ask its owner what was sent, and to whom",
	  "if it was not he: change the password, end the sessions, look for a "
	  "virus" },
};

static const struct mechanism script = {
	"script",
	"by a script of the website",
	{ "look in the directory for files that are new, or that nobody knows",
	  "look in the web server's log for POST requests at the first time",
	  "update the application and its plugins, change its passwords" },
};

static const struct mechanism user = {
	"user",
	"by a program of the system user; which one the log does not tell",
	{ "look at its cron jobs and at what it runs",
	  "have Exim log the directory of callers (log_selector = +arguments)" },
};

static const struct mechanism forwarder = {
	"forwarder",
	"mail that came in was passed on to addresses elsewhere",
	{ "have spam refused before it is passed on, or end the forward",
	  "a mailbox here, fetched from elsewhere, does the same without harm" },
};

static const struct mechanism relay = {
	"relay",
	"relayed for an address of the network, without a login",
	{ "look which networks may relay, and whose machine that is",
	  "have it log in" },
};

static const struct {
	enum mg_pick_fact_kind kind;
	const struct mechanism *mechanism;
} mechanisms[] = {
	{ MG_FACT_LOGIN, &login },         { MG_FACT_SCRIPT, &script },
	{ MG_FACT_USER, &user },           { MG_FACT_RELAY, &relay },
	{ MG_FACT_FORWARDER, &forwarder },
};

/* --- sums --- */

/* Whether an earlier address is of the same network: /24, or /48 of IPv6. */
static bool is_of_known_network(const struct mg_gathering *g, size_t at,
				const struct mg_ip *ip)
{
	const size_t bytes = mg_ip_is_v4(ip) ? 15 : 6;

	for (size_t i = 0; i < at; i++) {
		const struct mg_pick_fact *f = &g->facts[i];
		struct mg_ip other;

		if (f->kind == MG_FACT_ADDRESS &&
		    mg_ip_parse(mg_slice_of(f->text, f->len), &other) &&
		    mg_ip_is_v4(&other) == mg_ip_is_v4(ip) &&
		    !memcmp(&other, ip, bytes))
			return true;
	}
	return false;
}

static struct sums sum_up(const struct mg_gathering *g)
{
	struct sums s = { .n_addresses = 0 };

	for (size_t i = 0; i < g->n_facts; i++) {
		const struct mg_pick_fact *f = &g->facts[i];
		struct mg_ip ip;

		s.n[f->kind] += f->n;
		if (f->kind != MG_FACT_ADDRESS ||
		    !mg_ip_parse(mg_slice_of(f->text, f->len), &ip))
			continue;
		s.n_addresses++;
		s.n_networks += !is_of_known_network(g, i, &ip);
	}
	return s;
}

static const struct mechanism *decide(const struct sums *s)
{
	const struct mechanism *found = &unknown;
	int64_t most = 0;

	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(*mechanisms); i++)
		if (s->n[mechanisms[i].kind] > most) {
			most = s->n[mechanisms[i].kind];
			found = mechanisms[i].mechanism;
		}
	return found == &login && s->n_networks >= NETWORKS_MANY ? &stolen
								 : found;
}

static bool is_after(const struct mg_pick_fact *a, const struct mg_pick_fact *b)
{
	if (a->kind != b->kind)
		return a->kind > b->kind;
	if (a->n != b->n)
		return a->n < b->n;
	return mg_slice_cmp(mg_slice_of(a->text, a->len),
			    mg_slice_of(b->text, b->len)) > 0;
}

/* There are MG_PICK_FACTS_MAX of a source. */
void mg_gather_sort_facts(struct mg_gathering *g)
{
	for (size_t gap = g->n_facts / 2; gap; gap /= 2)
		for (size_t i = gap; i < g->n_facts; i++)
			for (size_t k = i;
			     k >= gap &&
			     is_after(&g->facts[k - gap], &g->facts[k]);
			     k -= gap) {
				const struct mg_pick_fact f = g->facts[k];

				g->facts[k] = g->facts[k - gap];
				g->facts[k - gap] = f;
			}
}

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

static void add_json(const struct mg_gathering *g, struct mg_buf *out)
{
	const struct sums s = sum_up(g);
	const struct mechanism *m = decide(&s);
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
	mg_gather_number(out, "addresses", (int64_t)s.n_addresses);
	mg_gather_number(out, "networks", (int64_t)s.n_networks);
	add_list(out, "next", m->next, sizeof(m->next) / sizeof(*m->next));
	add_cuts(out, &g->evidence);
	add_scripts(g, out);
	mg_buf_add_str(out, ",\"facts\":[");
	for (size_t i = 0; i < g->n_facts; i++)
		add_fact(out, &g->facts[i], i > 0);
	mg_buf_add_str(out, "]}\n");
}

/* --- as text --- */

static const char *const headings[MG_FACT_KINDS] = {
	[MG_FACT_LOGIN] = "Messages by login",
	[MG_FACT_SCRIPT] = "Messages by script",
	[MG_FACT_USER] = "Messages by system user",
	[MG_FACT_RELAY] = "Messages relayed, by domain of the sender",
	[MG_FACT_FORWARDER] = "Passed on to",
	[MG_FACT_ADDRESS] = "Messages by address of the network",
	[MG_FACT_HELO] = "Messages by what the client calls itself",
	[MG_FACT_CHECK] = "POP3 and IMAP logins by address",
	[MG_FACT_REFUSED] = "Refused for good",
	[MG_FACT_DEFERRED] = "Refused for now",
	[MG_FACT_FILE] = "Messages by script file, as PHP names it",
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

static void add_text(const struct mg_gathering *g, struct mg_buf *out)
{
	const struct sums s = sum_up(g);
	const struct mechanism *m = decide(&s);
	const struct mg_act *a = g->ask->act;

	mg_buf_add_fmt(out, "How %.*s ", MG_SLICE_ARG(a->per));
	mg_buf_add_printable(out, a->subject);
	mg_buf_add_str(out, " sent from ");
	mg_tz_add(out, g->ask->since, g->enforcer->tz);
	mg_buf_add_str(out, " until ");
	mg_tz_add(out, g->ask->until, g->enforcer->tz);
	mg_buf_add_fmt(out, "\n\n  %s\n", m->text);
	if (s.n_addresses)
		mg_buf_add_fmt(out, "  %zu addresses in %zu networks\n",
			       s.n_addresses, s.n_networks);
	for (int kind = 0; kind < MG_FACT_KINDS; kind++)
		add_facts_of(g, out, (enum mg_pick_fact_kind)kind);
	add_scripts_text(g, out);
	mg_buf_add_str(out, "\nWhat to do next\n");
	for (size_t i = 0; m->next[i]; i++)
		mg_buf_add_fmt(out, "  - %s\n", m->next[i]);
	for (size_t i = 0; i < g->evidence.n_cuts; i++) {
		mg_buf_add_str(out, i ? "  - " : "\nWhat was not seen\n  - ");
		mg_buf_add_printable(out, g->evidence.cuts[i]);
		mg_buf_add_char(out, '\n');
	}
}

void mg_gather_investigation(struct mg_gathering *g)
{
	struct mg_buf text;

	mg_buf_init(&text, MG_GATHER_TEXT_MAX);
	add_json(g, &text);
	mg_evidence_add(&g->evidence, "investigation.json", mg_buf_slice(&text),
			MG_LIT("{\"from\":\"the lines in log/\"}"));
	mg_buf_clear(&text);
	add_text(g, &text);
	mg_evidence_add(&g->evidence, "investigation.txt", mg_buf_slice(&text),
			MG_LIT("{\"from\":\"the lines in log/\"}"));
	mg_buf_release(&text);
}

int mg_gather_investigate(struct mg_enforcer *e,
			  const struct mg_gather_ask *ask, bool json,
			  struct mg_buf *out, struct mg_err *err)
{
	const struct mg_evidence_about about = { .until = ask->until };
	struct mg_gathering g = { .enforcer = e, .ask = ask };

	mg_evidence_init(&g.evidence, &about);
	g.accounts = e->accounts(e->arg);
	mg_gather_logs(&g);
	mg_gather_sort_facts(&g);
	mg_gather_scripts(&g);
	if (json)
		add_json(&g, out);
	else
		add_text(&g, out);
	mg_gather_release(&g);
	return mg_buf_check(out, "what was found", err);
}

const char *mg_gather_mechanism(struct mg_enforcer *e,
				const struct mg_gather_ask *ask)
{
	const struct mg_evidence_about about = { .until = ask->until };
	struct mg_gathering g = { .enforcer = e, .ask = ask };
	const struct mechanism *m;
	struct sums s;

	mg_evidence_init(&g.evidence, &about);
	g.accounts = e->accounts(e->arg);
	mg_gather_logs(&g);
	s = sum_up(&g);
	m = decide(&s);
	mg_evidence_release(&g.evidence);
	mg_mem_free(g.facts);
	return m == &unknown ? "" : m->text;
}
