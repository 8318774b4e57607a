/* SPDX-License-Identifier: MIT */
#include "mailguard/find.h"

#include "mailguard/judge.h"
#include "mailguard/ledger.h"
#include "mailguard/limits.h"
#include "mailguard/mem.h"

#define SENTENCE_MAX 1024 /* bytes; a clause is two or three lines */

/* One policy over one chunk. */
struct finding {
	struct mg_finder *finder;
	const struct mg_policy *policy;
	const int64_t *clauses; /* rows */
	const struct mg_docket *docket;
	const struct mg_sweep_chunk *chunk;
	struct mg_err *err;
};

/*
 * Who can write the lines: syslog takes them from every local user. Of the
 * journal only entries count whose writer the kernel vouches for.
 */
static enum mg_log_class class_of(enum mg_dialect dialect)
{
	return dialect == MG_DIALECT_SYSLOG ? MG_LOG_SHARED : MG_LOG_OF_DAEMON;
}

static struct mg_slice reason(const struct mg_scope *s)
{
	if (!s)
		return MG_LIT("");
	return s->reason.len ? s->reason : MG_LIT("no reason given");
}

static struct mg_slice main_per(const struct mg_origin *o)
{
	if (!o)
		return MG_LIT("");
	return o->kind == MG_ORIGIN_MAILBOX  ? MG_LIT("mailbox")
	       : o->kind == MG_ORIGIN_SCRIPT ? MG_LIT("script")
	       : o->kind == MG_ORIGIN_USER   ? MG_LIT("user")
					     : MG_LIT("forwarder");
}

static void describe(const struct finding *f, const struct mg_verdict *v,
		     struct mg_finding *out)
{
	const size_t number = (size_t)(v->clause - f->policy->clauses);

	*out = (struct mg_finding){
		.clause = f->clauses[number],
		.state = v->is_warning ? MG_FINDING_NEAR : MG_FINDING_OVER,
		.is_warning = v->is_warning,
		.per = mg_slice_str(mg_per_words[v->clause->per]),
		.subject = v->subject,
		.domain = v->domain,
		.account = v->account,
		.owner = v->owner,
		.from = v->from,
		.until = v->until,
		.n = v->n,
		.of = v->of,
		.limit = v->limit,
		.main_per = main_per(v->main),
		.main = v->main ? v->main->name : MG_LIT(""),
		.main_n = v->main_n,
		.n_local = v->n_local,
		.override = reason(v->override ? &v->override->scope : NULL),
		.waiver = reason(v->waiver ? &v->waiver->scope : NULL),
		.source = f->chunk->source,
		.log_class = class_of(f->chunk->dialect),
		.log = f->chunk->log,
		.log_from = f->chunk->from,
		.log_to = f->chunk->to,
		.log_hash = f->chunk->hash,
	};
	mg_finding_id(f->policy->name, v->clause->id, out->per, v->subject,
		      v->hour, v->is_warning, out->id);
}

static bool is_same(const struct mg_finding *a, const struct mg_finding *b)
{
	return a->from == b->from && a->until == b->until && a->n == b->n &&
	       a->of == b->of && a->limit == b->limit;
}

/*
 * Whether all that was counted in its window is still there to be looked at. A
 * line that comes hours late, by accident or with a stamp that somebody made
 * up, shows a window of which the slots are gone: that it is empty says nothing.
 */
static bool is_whole(const struct finding *f, const struct mg_finding *known)
{
	const int64_t reached = f->docket->last_at < f->finder->now
					? f->docket->last_at
					: f->finder->now;

	return known->from + MG_SLOTS_KEPT_S >= reached;
}

/* Who was over the limit alone was stopped, and now the others are over it. */
static bool is_wider(const struct mg_clause *clause,
		     const struct mg_finding *known,
		     const struct mg_finding *now)
{
	return mg_rule_can_be_of_one(clause->rule) &&
	       now->state == MG_FINDING_OVER && now->until > known->until &&
	       mg_judge_is_alone(known->n, known->main_n, known->limit) &&
	       !mg_judge_is_alone(now->n, now->main_n, now->limit);
}

/*
 * What an earlier sweep found stands where this one did not look at it again,
 * or at a part of it, and under the policy of its time.
 */
static bool stands(const struct finding *f, const struct mg_finding *known,
		   const struct mg_finding *now, const struct mg_verdict *v)
{
	if (known->state == MG_FINDING_WITHDRAWN)
		return !v->is_found;
	if (v->is_found && known->clause == now->clause &&
	    is_wider(v->clause, known, now))
		return false;
	return known->clause != now->clause || !is_whole(f, known) ||
	       known->until - MG_SLOT_S < v->since ||
	       (v->is_found && is_same(known, now));
}

/*
 * Whether somebody may have made up the time of what would be new. Any local
 * user can write what syslog takes, with one line for each hour of the past:
 * where the stream of events is hours further, those are not found. Time goes
 * on with an old log, so that a backtest misses nothing.
 */
static bool is_doubtful(const struct finding *f, const struct mg_finding *now)
{
	const int64_t reached = f->chunk->reached < f->finder->now
					? f->chunk->reached
					: f->finder->now;

	return now->log_class == MG_LOG_SHARED &&
	       now->until + MG_SLOTS_KEPT_S < reached;
}

static int add(struct finding *f, const struct mg_finding *row, bool is_new)
{
	if (is_new && row->state == MG_FINDING_OVER)
		f->finder->n_findings++;
	else if (is_new)
		f->finder->n_warnings++;
	return mg_ledger_add_finding(f->finder->store, f->finder->now, row,
				     f->err);
}

/*
 * Whether it is a warning behind the finding of its hour, which a chunk before
 * made of a window that this one need not look at: it says nothing.
 */
static int is_behind(struct finding *f, const struct mg_verdict *v,
		     const struct mg_finding *warning, bool *out)
{
	struct mg_finding over;
	char id[sizeof(over.id)];
	int rc;

	*out = false;
	if (!v->is_warning)
		return 0;
	mg_finding_id(f->policy->name, v->clause->id, warning->per, v->subject,
		      v->hour, false, id);
	rc = mg_ledger_last_finding(f->finder->store, id, &over, f->err);
	*out = rc > 0 && over.state == MG_FINDING_OVER &&
	       over.until <= warning->until;
	return rc < 0 ? rc : 0;
}

/* What nobody found before. */
static int take_new(struct finding *f, const struct mg_verdict *v,
		    const struct mg_finding *row)
{
	bool is_silent = true;
	int rc = 0;

	if (v->is_found && !is_doubtful(f, row))
		rc = is_behind(f, v, row, &is_silent);
	return rc < 0 || is_silent ? rc : add(f, row, true);
}

static int take(void *arg, const struct mg_verdict *v)
{
	struct finding *f = arg;
	struct mg_finding row, known;
	int rc;

	describe(f, v, &row);
	rc = mg_ledger_last_finding(f->finder->store, row.id, &known, f->err);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return take_new(f, v, &row);
	if (stands(f, &known, &row, v))
		return 0;
	if (v->is_found)
		return add(f, &row, known.state == MG_FINDING_WITHDRAWN);
	row.state = MG_FINDING_WITHDRAWN;
	row.from = known.from;
	row.until = known.until;
	row.limit = known.limit;
	return add(f, &row, false);
}

static int put_clause(struct mg_finder *f, const struct mg_policy *p,
		      const struct mg_clause *c, int64_t *row,
		      struct mg_err *err)
{
	struct mg_ledger_clause clause = {
		.policy = p->name,
		.version = p->version,
		.id = c->id,
		.rule = mg_slice_str(mg_rule_words[c->rule]),
		.per = mg_slice_str(mg_per_words[c->per]),
		.measure = mg_slice_str(mg_measure_words[c->measure]),
		.action = mg_slice_str(mg_action_words[c->action]),
		.text = c->text,
	};
	struct mg_buf sentence;
	int rc;

	memcpy(clause.policy_hash, p->hash, sizeof(clause.policy_hash));
	mg_buf_init(&sentence, SENTENCE_MAX);
	mg_clause_explain(c, &sentence);
	clause.sentence = mg_buf_slice(&sentence);
	rc = mg_ledger_put_clause(f->store, f->now, &clause, row, err);
	mg_buf_release(&sentence);
	return rc;
}

/* Each time, since a chunk that failed took its rows along. */
static int put_clauses(struct mg_finder *f, struct mg_err *err)
{
	int64_t *row = f->clauses;
	int rc = 0;

	for (size_t i = 0; i < f->n_policies; i++) {
		const struct mg_policy *p = &f->policies[i];

		for (size_t k = 0; rc == 0 && k < p->n_clauses; k++)
			rc = put_clause(f, p, &p->clauses[k], row++, err);
	}
	return rc;
}

static int judge(void *arg, const struct mg_docket *docket,
		 const struct mg_sweep_chunk *chunk, struct mg_err *err)
{
	struct mg_finder *finder = arg;
	const int64_t *clauses = finder->clauses;
	int rc = put_clauses(finder, err);

	for (size_t i = 0; rc == 0 && i < finder->n_policies; i++) {
		struct finding f = { .finder = finder,
				     .policy = &finder->policies[i],
				     .clauses = clauses,
				     .docket = docket,
				     .chunk = chunk,
				     .err = err };

		rc = mg_judge(f.policy, docket, take, &f);
		clauses += f.policy->n_clauses;
	}
	return rc;
}

int mg_finder_add(struct mg_finder *finder, size_t policy,
		  const struct mg_verdict *v, struct mg_err *err)
{
	/* No stream of events, no log; the kernel's word, or a daemon's. */
	const struct mg_sweep_chunk nowhere = { .dialect = MG_DIALECT_EXIM };
	struct finding f = { .finder = finder,
			     .policy = &finder->policies[policy],
			     .clauses = finder->clauses,
			     .chunk = &nowhere,
			     .err = err };
	struct mg_finding row, known;
	int rc = put_clauses(finder, err);

	for (size_t i = 0; i < policy; i++)
		f.clauses += finder->policies[i].n_clauses;
	if (rc < 0)
		return rc;
	describe(&f, v, &row);
	rc = mg_ledger_last_finding(finder->store, row.id, &known, err);
	return rc == 0 ? add(&f, &row, true) : rc < 0 ? rc : 0;
}

void mg_finder_init(struct mg_finder *f, struct mg_store *store,
		    const struct mg_policy *policies, size_t n, int64_t now)
{
	*f = (struct mg_finder){
		.store = store,
		.policies = policies,
		.n_policies = n,
		.now = now,
		.judge = { .judge = judge },
	};
	f->judge.arg = f;
	for (size_t i = 0; i < n; i++) {
		const int64_t reach_s = mg_judge_reach(&policies[i]);

		f->n_clauses += policies[i].n_clauses;
		if (reach_s > f->judge.reach_s)
			f->judge.reach_s = reach_s;
	}
	f->clauses = mg_mem_zalloc(f->n_clauses + 1, sizeof(*f->clauses));
}

void mg_finder_release(struct mg_finder *f)
{
	mg_mem_free(f->clauses);
	f->clauses = NULL;
}
