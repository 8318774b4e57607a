/* SPDX-License-Identifier: MIT */
/*
 * How it was sent: what the lines of a subject tell, summed up, with what to do
 * next. It names what was seen most; a person decides what that means.
 */
#include "gather_investigate.h"

#include <string.h>

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
	int64_t n_direct;
	bool is_direct; /* what is looked into followed from these */
};

static const struct mg_mechanism unknown = {
	"unknown",
	"no line of its mail was found in the logs",
	{ "look whether the logs of that time are still there, and swept",
	  "ask for a longer time: --since",
	  "have the kernel count what programs send past the mail server "
	  "(egress.mode, and a clause direct-smtp)" },
};

static const struct mg_mechanism stolen = {
	"stolen-password",
	"by a login from many networks: its password is stolen, most likely",
	{ "change the password, and end the sessions that are open",
	  "have its owner look for a virus, and for the same password elsewhere",
	  "look for forwards and filters that somebody else may have set" },
};

static const struct mg_mechanism login = {
	"login",
	"by a login from few networks: its owner, or one machine that is taken "
	"over",
	{ "ask its owner what was sent, and to whom",
	  "if it was not he: change the password, end the sessions, look for a "
	  "virus" },
};

static const struct mg_mechanism script = {
	"script",
	"by a script of the website",
	{ "look in the directory for files that are new, or that nobody knows",
	  "look who sent POST requests to it, from the first time on",
	  "update the application and its plugins, change its passwords" },
};

static const struct mg_mechanism user = {
	"user",
	"by a program of the system user; which one the log does not tell",
	{ "look at its cron jobs and at what it runs",
	  "have Exim log the directory of callers (log_selector = +arguments)" },
};

static const struct mg_mechanism forwarder = {
	"forwarder",
	"mail that came in was passed on to addresses elsewhere",
	{ "have spam refused before it is passed on, or end the forward",
	  "a mailbox here, fetched from elsewhere, does the same without harm" },
};

static const struct mg_mechanism relay = {
	"relay",
	"relayed for an address of the network, without a login",
	{ "look which networks may relay, and whose machine that is",
	  "have it log in" },
};

static const struct mg_mechanism list = {
	"list",
	"by a mailing list, as the envelope sender tells",
	{ "look who may post to it: a list that everybody may write to passes "
	  "spam on",
	  "look how its members came on it: each should have confirmed it",
	  "have its software take off who is refused for good" },
};

static const struct mg_mechanism direct = {
	"direct-smtp",
	"past the mail server: its programs open connections to mail servers "
	"elsewhere",
	{ "refuse them: egress.mode = \"refuse\", then 'mailguard rules apply "
	  "egress'",
	  "look for the process (ps -u UID, its cron jobs) and for the file "
	  "that it was started from",
	  "change the passwords of the website and of its FTP and SSH" },
};

static const struct {
	enum mg_pick_fact_kind kind;
	const struct mg_mechanism *mechanism;
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

/* A mailbox, a domain and a script do not open connections; users do. */
static void add_directs(const struct mg_gathering *g, struct sums *s)
{
	const struct mg_slice per = g->ask->act->per;
	const bool is_user = mg_slice_is(per, MG_LIT("account")) ||
			     mg_slice_is(per, MG_LIT("owner")) ||
			     mg_slice_is(per, MG_LIT("user"));

	for (size_t i = 0; i < g->n_directs; i++) {
		s->n_direct += is_user ? g->directs[i].n : 0;
		s->is_direct |= g->directs[i].is_cause;
	}
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
	add_directs(g, &s);
	return s;
}

static const struct mg_mechanism *by_facts(const struct sums *s, int64_t *most)
{
	const struct mg_mechanism *found = &unknown;

	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(*mechanisms); i++)
		if (s->n[mechanisms[i].kind] > *most) {
			*most = s->n[mechanisms[i].kind];
			found = mechanisms[i].mechanism;
		}
	return found == &login && s->n_networks >= NETWORKS_MANY ? &stolen
								 : found;
}

/*
 * More than half of what was sent so. Who chooses a sender can choose that of a
 * list: a stolen password stays one, and so does a script, of which no list is
 * told.
 */
static bool is_of_list(const struct sums *s, const struct mg_mechanism *found,
		       int64_t most)
{
	return (found == &login || found == &user || found == &relay) &&
	       2 * s->n[MG_FACT_LIST] > most;
}

/* A connection is taken for a message; it may have been many. */
static const struct mg_mechanism *decide(const struct sums *s)
{
	int64_t most = 0;
	const struct mg_mechanism *found = by_facts(s, &most);

	if (is_of_list(s, found, most))
		found = &list;
	return s->is_direct || s->n_direct > most ? &direct : found;
}

static struct mg_investigation look(const struct mg_gathering *g)
{
	const struct sums s = sum_up(g);

	return (struct mg_investigation){ decide(&s), s.n_addresses,
					  s.n_networks };
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

void mg_gather_investigation(struct mg_gathering *g)
{
	const struct mg_investigation i = look(g);
	struct mg_buf text;

	mg_buf_init(&text, MG_GATHER_TEXT_MAX);
	mg_investigation_json(g, &i, &text);
	mg_evidence_add(&g->evidence, "investigation.json", mg_buf_slice(&text),
			MG_LIT("{\"from\":\"the lines in log/\"}"));
	mg_buf_clear(&text);
	mg_investigation_text(g, &i, &text);
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
	struct mg_investigation i;

	mg_evidence_init(&g.evidence, &about);
	g.accounts = e->accounts(e->arg);
	mg_gather_logs(&g);
	mg_gather_web(&g);
	mg_gather_sort_facts(&g);
	mg_gather_scripts(&g);
	mg_gather_direct(&g);
	i = look(&g);
	if (json)
		mg_investigation_json(&g, &i, out);
	else
		mg_investigation_text(&g, &i, out);
	mg_gather_release(&g);
	return mg_buf_check(out, "what was found", err);
}

const char *mg_gather_mechanism(struct mg_enforcer *e,
				const struct mg_gather_ask *ask)
{
	const struct mg_evidence_about about = { .until = ask->until };
	struct mg_gathering g = { .enforcer = e, .ask = ask };
	struct mg_investigation i;

	mg_evidence_init(&g.evidence, &about);
	g.accounts = e->accounts(e->arg);
	mg_gather_logs(&g);
	mg_gather_direct(&g);
	i = look(&g);
	mg_gather_release(&g);
	return i.mechanism == &unknown ? "" : i.mechanism->text;
}
