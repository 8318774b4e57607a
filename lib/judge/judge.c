/* SPDX-License-Identifier: MIT */
#include "judge_priv.h"

#include "mailguard/limits.h"
#include "mailguard/mem.h"

/* What has been found of a subject in the hour that is looked at. */
struct hour {
	int64_t at;    /* INT64_MIN for none */
	int64_t since; /* first slot with a window that may have changed */
	struct mg_verdict over, near;
};

/* A clause and a subject on the way through its slots. */
struct walk {
	const struct mg_policy *policy;
	const struct mg_clause *clause;
	const struct mg_docket *docket;
	const struct mg_judge_item *items; /* of the subject; by slot */
	size_t n_items;
	size_t first, end;   /* of the window, among them */
	int64_t n, of;       /* sums of the window */
	int64_t last_new_at; /* newest slot so far with something new */
	bool may_fall;       /* what was found before may be so no more */
	struct mg_judge_sum *scratch; /* for every item; owned by the caller */
	struct mg_judge_sum large;    /* of the window that was measured last */
	int64_t *by_origin;           /* zeros, for every origin; likewise */
	struct mg_slice subject;
	struct hour hour;
	mg_verdict_fn fn;
	void *arg;
};

int64_t mg_judge_reach(const struct mg_policy *p)
{
	int64_t longest = 0;

	for (size_t i = 0; i < p->n_clauses; i++)
		if (p->clauses[i].window_s > longest)
			longest = p->clauses[i].window_s;
	return longest;
}

static int64_t clamp(int64_t n)
{
	return n > MG_JUDGE_SUM_MAX ? MG_JUDGE_SUM_MAX : n;
}

static int64_t hour_of(const struct walk *w, int64_t at)
{
	const int64_t behind = at - w->docket->hour_offset_s;

	/* Rounded down before 1970, too. */
	return at - ((behind % 3600) + 3600) % 3600;
}

static int64_t window_start(const struct walk *w, int64_t at)
{
	return w->clause->is_clock ? hour_of(w, at)
				   : at + MG_SLOT_S - w->clause->window_s;
}

/* --- one window --- */

/* Whether n reaches so many percent of what the limit allows. */
static bool is_beyond(const struct mg_clause *c, const struct mg_verdict *v)
{
	if (c->rule == MG_RULE_FAILURE_RATE)
		return v->of >= c->minimum && v->n * 100 > v->of * v->limit;
	if (c->rule == MG_RULE_RATE && c->action >= MG_ACTION_THROTTLE)
		return v->n > 0 && v->n >= v->limit;
	return v->n > v->limit;
}

static bool is_near(const struct mg_clause *c, const struct mg_verdict *v)
{
	if (c->warn_at == 0)
		return false;
	if (c->rule == MG_RULE_FAILURE_RATE)
		return v->of >= c->minimum &&
		       v->n * 100 >= v->of * mg_clause_warns_from(c, v->limit);
	return v->n >= mg_clause_warns_from(c, v->limit);
}

static void name_owner(const struct walk *w, uint32_t origin,
		       struct mg_verdict *v)
{
	const struct mg_origin *o;

	if (origin == MG_JUDGE_NONE)
		return;
	o = &w->docket->origins[origin];
	if (w->clause->per != MG_PER_OWNER && w->clause->per != MG_PER_ACCOUNT)
		v->domain = o->domain;
	if (w->clause->per != MG_PER_OWNER)
		v->account = o->account;
	if (w->clause->per != MG_PER_OWNER && w->docket->plans)
		v->plan = w->docket->plans[origin];
	v->owner = o->owner;
}

static void look_up_scopes(const struct mg_policy *p, struct mg_verdict *v)
{
	const struct mg_scope_of of = {
		.clause = v->clause,
		.subject = v->subject,
		.domain = v->domain,
		.account = v->account,
		.plan = v->plan,
		.owner = v->owner,
		.until = v->until,
	};

	v->override = mg_policy_override(p, &of);
	v->waiver = mg_policy_waiver(p, &of);
	if (v->override)
		v->limit = v->override->limit;
}

/* The window that ends with the slot at `at`, whose last item is before end. */
static void measure(struct walk *w, int64_t at, struct mg_verdict *v)
{
	const struct mg_clause *c = w->clause;

	*v = (struct mg_verdict){
		.clause = c,
		.subject = w->subject,
		.from = window_start(w, at),
		.until = at + MG_SLOT_S,
		.n = clamp(w->n),
		.of = clamp(w->of),
		.limit = c->limit,
	};
	name_owner(w, w->items[w->end - 1].origin, v);
	look_up_scopes(w->policy, v);
	if (mg_rule_is_of_large(c->rule)) {
		w->large = mg_judge_large(c, w->items + w->first,
					  w->end - w->first, w->scratch);
		v->n = w->large.n;
	}
	if (c->rule == MG_RULE_COMPROMISED_LOGIN)
		v->n = mg_judge_distinct(w->items + w->first, w->end - w->first,
					 w->scratch);
	/* Distinct mailboxes matter only where one alone would have too many. */
	if (!c->is_each || !(is_beyond(c, v) || is_near(c, v)))
		return;
	v->of = mg_judge_distinct(w->items + w->first, w->end - w->first,
				  w->scratch);
	v->limit *= v->of > 1 ? v->of : 1;
}

/* Whether an item is part of what was counted in the window. */
static bool is_counted(const struct walk *w, const struct mg_judge_item *item)
{
	return item->origin != MG_JUDGE_NONE &&
	       (!mg_rule_is_of_large(w->clause->rule) ||
		mg_judge_is_large(w->clause, item, &w->large));
}

/* Who did most in the window; what was handed in locally. */
static void name_main(struct walk *w, struct mg_verdict *v)
{
	const struct mg_judge_item *items = w->items + w->first;
	const size_t n = w->end - w->first;

	/* It is one mailbox anyway, and that one only from there. */
	if (w->clause->per == MG_PER_MAILBOX_IP)
		return;
	for (size_t i = 0; i < n; i++)
		if (is_counted(w, &items[i]))
			w->by_origin[items[i].origin] += items[i].n;
	for (size_t i = 0; i < n; i++) {
		const struct mg_origin *o;
		int64_t *sum;

		if (!is_counted(w, &items[i]))
			continue;
		o = &w->docket->origins[items[i].origin];
		sum = &w->by_origin[items[i].origin];
		if (*sum > v->main_n) {
			v->main = o;
			v->main_n = *sum;
		}
		if (o->kind == MG_ORIGIN_SCRIPT || o->kind == MG_ORIGIN_USER)
			v->n_local += *sum;
		*sum = 0;
	}
	/* A message has one sender: how many there were says nothing. */
	if (w->clause->rule == MG_RULE_RECIPIENTS_PER_MESSAGE)
		v->main_n = v->n;
}

/* --- one hour --- */

static int tell(struct walk *w, struct mg_verdict *v, bool is_warning)
{
	if (!v->is_found) {
		*v = (struct mg_verdict){ .clause = w->clause,
					  .subject = w->subject };
		name_owner(w, w->items[w->n_items - 1].origin, v);
	}
	v->is_warning = is_warning;
	v->hour = w->hour.at;
	v->since = w->hour.since;
	return w->fn(w->arg, v);
}

static int close_hour(struct walk *w)
{
	struct hour *h = &w->hour;
	int rc = 0;

	if (h->at == INT64_MIN)
		return 0;
	/* A warning that came no earlier says nothing. */
	if (h->over.is_found && h->near.until >= h->over.until)
		h->near.is_found = false;
	if (h->over.is_found || w->may_fall)
		rc = tell(w, &h->over, false);
	if (rc == 0 && w->clause->warn_at &&
	    (h->near.is_found || h->over.is_found || w->may_fall))
		rc = tell(w, &h->near, true);
	h->at = INT64_MIN;
	return rc;
}

static bool is_alone(const struct mg_verdict *v)
{
	return mg_rule_can_be_of_one(v->clause->rule) && v->main &&
	       mg_judge_is_alone(v->n, v->main_n, v->limit);
}

/* The first of the hour stands, but where it was one origin alone, which was
   stopped, and now the others are over the limit as well. */
static void take_over(struct walk *w, struct mg_verdict *v)
{
	struct mg_verdict *over = &w->hour.over;

	name_main(w, v);
	if (!over->is_found || !is_alone(v))
		*over = *v;
}

/* The slot at `at` is complete: its window, if it can be another than it was. */
static int judge_slot(struct walk *w, int64_t at, bool is_active)
{
	const bool has_changed = w->last_new_at >= window_start(w, at);
	struct hour *h = &w->hour;
	struct mg_verdict v;
	int rc = 0;

	if (h->at != hour_of(w, at)) {
		rc = close_hour(w);
		if (has_changed)
			*h = (struct hour){ .at = hour_of(w, at), .since = at };
	}
	if (rc || h->at == INT64_MIN || !is_active ||
	    (h->over.is_found && !is_alone(&h->over)))
		return rc;
	measure(w, at, &v);
	v.is_found = true;
	if (is_beyond(w->clause, &v))
		take_over(w, &v);
	if (!h->over.is_found && !h->near.is_found && is_near(w->clause, &v))
		h->near = v;
	return rc;
}

/* --- one subject --- */

/* Takes in the items of the next slot. Returns whether anything was done. */
static bool take_slot(struct walk *w, int64_t at)
{
	int64_t n = 0, of = 0;

	for (; w->end < w->n_items && w->items[w->end].at == at; w->end++) {
		n += w->items[w->end].n;
		of += w->items[w->end].of;
		if (w->items[w->end].is_new)
			w->last_new_at = at;
	}
	w->n += n;
	w->of += of;
	return n > 0 || of > 0;
}

static void drop_before(struct walk *w, int64_t from)
{
	for (; w->first < w->end && w->items[w->first].at < from; w->first++) {
		w->n -= w->items[w->first].n;
		w->of -= w->items[w->first].of;
	}
}

static int walk_subject(struct walk *w)
{
	int rc = 0;

	w->first = w->end = 0;
	w->n = w->of = 0;
	w->last_new_at = INT64_MIN;
	w->hour.at = INT64_MIN;
	while (rc == 0 && w->end < w->n_items) {
		const int64_t at = w->items[w->end].at;
		const bool is_active = take_slot(w, at);

		drop_before(w, window_start(w, at));
		rc = judge_slot(w, at, is_active);
	}
	return rc ? rc : close_hour(w);
}

/* Whether what was found before can be less now. */
static bool may_fall(const struct walk *w)
{
	if (w->clause->rule == MG_RULE_FAILURE_RATE || w->clause->is_each)
		return true;
	for (size_t i = 0; i < w->n_items; i++)
		if (w->items[i].is_new && w->items[i].n < 0)
			return true;
	return false;
}

static bool has_news(const struct walk *w)
{
	for (size_t i = 0; i < w->n_items; i++)
		if (w->items[i].is_new)
			return true;
	return false;
}

/* --- one clause --- */

static int walk_clause(struct walk *w, const struct mg_judge_items *all)
{
	const bool is_ip = w->clause->per == MG_PER_IP;
	char ip[MG_IP_TEXT_MAX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < all->n; i += w->n_items) {
		const uint32_t subject = all->items[i].subject;

		w->items = all->items + i;
		w->n_items = 1;
		while (i + w->n_items < all->n &&
		       w->items[w->n_items].subject == subject)
			w->n_items++;
		if (!has_news(w))
			continue;
		w->subject = all->names[subject];
		if (is_ip) {
			struct mg_ip bytes;

			memcpy(bytes.bytes, w->subject.ptr,
			       sizeof(bytes.bytes));
			mg_ip_format(&bytes, ip);
			w->subject = mg_slice_str(ip);
		}
		w->may_fall = may_fall(w);
		rc = walk_subject(w);
	}
	return rc;
}

int mg_judge(const struct mg_policy *p, const struct mg_docket *docket,
	     mg_verdict_fn fn, void *arg)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->n_clauses; i++) {
		if (p->clauses[i].rule == MG_RULE_DIRECT_SMTP)
			continue;
		struct walk w = { .policy = p,
				  .clause = &p->clauses[i],
				  .docket = docket,
				  .fn = fn,
				  .arg = arg };
		struct mg_judge_items items;

		mg_judge_collect(w.clause, docket, &items);
		w.scratch = mg_mem_zalloc(items.n + 1, sizeof(*w.scratch));
		w.by_origin = mg_mem_zalloc(docket->n_origins + 1,
					    sizeof(*w.by_origin));
		rc = walk_clause(&w, &items);
		mg_mem_free(w.scratch);
		mg_mem_free(w.by_origin);
		mg_judge_items_release(&items);
	}
	return rc;
}
