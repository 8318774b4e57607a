/* SPDX-License-Identifier: MIT */
/*
 * Where an account stands on the ladder of a policy: what counts, until when,
 * how far that has led, and what one step further takes.
 */
#include "offence_priv.h"
#include "why_priv.h"

#include "mailguard/json.h"
#include "mailguard/ladder.h"

/* An account as it was created, and a policy. */
struct standing {
	const struct mg_why_opts *opts;
	const struct mg_offence_list *offences;
	const struct mg_offence *of;    /* the first of its offences */
	const struct mg_policy *policy; /* NULL: there is none of that name */
	int64_t n_strikes;
	int64_t first_until; /* the first of them expires; 0 for none */
	const struct mg_rung *rung, *next; /* NULL: none */
};

static bool is_of(const struct standing *s, const struct mg_offence *o)
{
	return mg_slice_is(o->policy, s->of->policy) &&
	       mg_identity_is(&o->who, &s->of->who);
}

static const struct mg_policy *find_policy(const struct mg_why_opts *opts,
					   struct mg_slice name)
{
	for (size_t i = 0; i < opts->n_policies; i++)
		if (mg_slice_is(opts->policies[i].name, name))
			return &opts->policies[i];
	return NULL;
}

/* The first rung that is further than the strikes there are. */
static const struct mg_rung *further(const struct mg_ladder *l, int64_t n)
{
	for (size_t i = 0; i < l->n_rungs; i++)
		if (l->rungs[i].offence > n)
			return &l->rungs[i];
	return NULL;
}

static void stand(struct standing *s)
{
	for (size_t i = 0; i < s->offences->n; i++) {
		const struct mg_offence *o = &s->offences->items[i];

		if (!is_of(s, o) || !mg_offence_is_strike(o, s->opts->now))
			continue;
		s->n_strikes++;
		if (s->first_until == 0 || o->until < s->first_until)
			s->first_until = o->until;
	}
	s->policy = find_policy(s->opts, s->of->policy);
	if (s->policy) {
		s->rung = mg_ladder_rung(&s->policy->ladder, s->n_strikes);
		s->next = further(&s->policy->ladder, s->n_strikes);
	}
}

/* --- for people --- */

static void add_offence(const struct standing *s, const struct mg_offence *o,
			struct mg_buf *out)
{
	mg_buf_add_fmt(out, "  %-9.8s ", o->id);
	mg_why_add_time(s->opts->of->tz, o->at, out);
	mg_buf_add_str(out, " by ");
	mg_buf_add_printable(out, o->per);
	mg_buf_add_char(out, ':');
	mg_buf_add_printable(out, o->subject);
	mg_buf_add_fmt(out, ": %s, %s", mg_offence_state(o, s->opts->now),
		       s->opts->now < o->until ? "until " : "since ");
	mg_why_add_time(s->opts->of->tz, o->until, out);
	mg_buf_add_char(out, '\n');
}

/* The clauses that count, behind a word each. */
static void add_clauses(const struct mg_policy *p, struct mg_buf *out)
{
	const char *between = "";

	for (size_t i = 0; i < p->n_clauses; i++) {
		if (!p->clauses[i].is_offence)
			continue;
		mg_buf_add_str(out, between);
		mg_buf_add_printable(out, p->clauses[i].id);
		between = ", ";
	}
}

static void add_next(const struct standing *s, struct mg_buf *out)
{
	const long long more = s->next ? s->next->offence - s->n_strikes : 0;

	mg_buf_add_str(out, "  next      ");
	if (!s->policy)
		mg_buf_add_str(out, "no policy of that name is in force");
	else if (!s->next)
		mg_buf_add_str(out, "no rung is further");
	else {
		mg_buf_add_fmt(out, "%s, with %lld more offence%s",
			       mg_step_words[s->next->step], more,
			       more == 1 ? "" : "s");
		if (s->first_until) {
			mg_buf_add_str(out, " before ");
			mg_why_add_time(s->opts->of->tz, s->first_until, out);
		}
		mg_buf_add_str(out, " (");
		add_clauses(s->policy, out);
		mg_buf_add_char(out, ')');
	}
	mg_buf_add_char(out, '\n');
}

static void add_text(const struct standing *s, struct mg_buf *out)
{
	mg_buf_add_str(out, "account ");
	mg_buf_add_printable(out, s->of->who.account);
	mg_buf_add_fmt(out, " (uid %lld), ladder of policy ",
		       (long long)s->of->who.uid);
	mg_buf_add_printable(out, s->of->policy);
	mg_buf_add_fmt(out, "\n  strikes   %lld\n", (long long)s->n_strikes);
	for (size_t i = 0; i < s->offences->n; i++)
		if (is_of(s, &s->offences->items[i]))
			add_offence(s, &s->offences->items[i], out);
	mg_buf_add_fmt(out, "  reached   %s\n",
		       s->rung ? mg_step_words[s->rung->step] : "no rung");
	add_next(s, out);
}

/* --- for programs --- */

static void add_json_rung(struct mg_buf *out, const char *key,
			  const struct mg_rung *rung)
{
	mg_buf_add_fmt(out, ",\"%s\":", key);
	if (!rung) {
		mg_buf_add_str(out, "null");
		return;
	}
	mg_buf_add_char(out, '{');
	mg_why_add_json_number(out, "offence", rung->offence);
	mg_why_add_json_text(out, "action",
			     mg_slice_str(mg_step_words[rung->step]));
	mg_buf_add_char(out, '}');
}

static void add_json_clauses(const struct mg_policy *p, struct mg_buf *out)
{
	const char *between = "";

	mg_buf_add_str(out, ",\"clauses\":[");
	for (size_t i = 0; p && i < p->n_clauses; i++) {
		if (!p->clauses[i].is_offence)
			continue;
		mg_buf_add_str(out, between);
		mg_json_add_string(out, p->clauses[i].id);
		between = ",";
	}
	mg_buf_add_char(out, ']');
}

static void add_json_offence(const struct standing *s,
			     const struct mg_offence *o, struct mg_buf *out)
{
	const int64_t now = s->opts->now;

	mg_buf_add_char(out, '{');
	mg_why_add_json_text(out, "id", mg_slice_str(o->id));
	mg_why_add_json_time(out, "at", o->at);
	mg_why_add_json_time(out, "until", o->until);
	mg_why_add_json_text(out, "per", o->per);
	mg_why_add_json_text(out, "subject", o->subject);
	mg_why_add_json_text(out, "cause",
			     mg_slice_str(mg_cause_words[o->cause]));
	mg_why_add_json_text(out, "state",
			     mg_slice_str(mg_offence_state(o, now)));
	mg_buf_add_fmt(out, ",\"counts\":%s}",
		       mg_offence_is_strike(o, now) ? "true" : "false");
}

static void add_json_offences(const struct standing *s, struct mg_buf *out)
{
	const char *between = "";

	mg_buf_add_str(out, ",\"offences\":[");
	for (size_t i = 0; i < s->offences->n; i++) {
		if (!is_of(s, &s->offences->items[i]))
			continue;
		mg_buf_add_str(out, between);
		add_json_offence(s, &s->offences->items[i], out);
		between = ",";
	}
	mg_buf_add_char(out, ']');
}

static void add_json(const struct standing *s, struct mg_buf *out)
{
	mg_buf_add_char(out, '{');
	mg_why_add_json_text(out, "account", s->of->who.account);
	mg_why_add_json_number(out, "uid", s->of->who.uid);
	mg_why_add_json_text(out, "policy", s->of->policy);
	mg_why_add_json_number(out, "strikes", s->n_strikes);
	add_json_offences(s, out);
	add_json_rung(out, "reached", s->rung);
	add_json_rung(out, "next", s->next);
	mg_why_add_json_number(out, "more",
			       s->next ? s->next->offence - s->n_strikes : 0);
	add_json_clauses(s->policy, out);
	mg_buf_add_char(out, '}');
}

/* --- all of them --- */

/* Whether any offence of the same account and policy is one asked for, or of an
   account that something else was explained of. */
static bool is_wanted(const struct standing *s, const struct mg_why_seen *seen)
{
	for (size_t i = 0; i < s->offences->n; i++) {
		const struct mg_offence *o = &s->offences->items[i];

		if (is_of(s, o) && (mg_offence_is_asked(s->opts->of, o) ||
				    mg_why_has_seen(seen, o->who.account)))
			return true;
	}
	return false;
}

static bool is_first(const struct standing *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_of(s, &s->offences->items[i]))
			return false;
	return true;
}

int mg_why_add_standings(struct mg_store *store, const struct mg_why_opts *opts,
			 const struct mg_why_seen *seen, struct mg_buf *out,
			 uint64_t *n, struct mg_err *err)
{
	const bool is_json = opts->of->format == MG_FORMAT_JSON;
	struct mg_offence_list offences = { .n = 0 };
	int rc = mg_offences_load(store, NULL, &offences, err);

	*n = 0;
	for (size_t i = 0; rc == 0 && i < offences.n; i++) {
		struct standing s = { .opts = opts,
				      .offences = &offences,
				      .of = &offences.items[i] };

		if (!is_first(&s, i) || !is_wanted(&s, seen))
			continue;
		stand(&s);
		mg_buf_add_str(out, *n == 0 ? "" : is_json ? ",\n" : "\n");
		(is_json ? add_json : add_text)(&s, out);
		(*n)++;
	}
	mg_offence_list_release(&offences);
	return rc;
}
