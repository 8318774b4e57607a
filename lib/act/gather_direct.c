/* SPDX-License-Identifier: MIT */
/*
 * Mail that went past the mail server, as far as the ledger knows of it: the
 * findings of clauses "direct-smtp". No log has a line of such mail.
 *
 * A finding stands as it was when the limit was passed, so its number is the
 * least that there were. Which program it was the kernel does not tell.
 */
#include "gather_priv.h"

#include "mailguard/ledger.h"
#include "mailguard/policy.h"
#include "mailguard/vec.h"

static bool is_whose(const struct mg_act *a, const struct mg_finding *f)
{
	if (mg_slice_is(a->per, MG_LIT("owner")))
		return mg_slice_is(f->owner, a->subject);
	return a->account.len && mg_slice_is(f->account, a->account);
}

static bool is_wanted(const struct mg_gather_ask *ask,
		      const struct mg_ledger_row *row)
{
	const struct mg_finding *f = &row->finding;

	return mg_slice_is(row->clause.rule,
			   mg_slice_str(mg_rule_words[MG_RULE_DIRECT_SMTP])) &&
	       row->made_at <= ask->until && f->until > ask->since &&
	       f->from <= ask->until && is_whose(ask->act, f);
}

static int64_t uid_of(const struct mg_accounts *a, struct mg_slice account)
{
	const uint32_t i = a ? mg_accounts_user(a, account) : MG_ACCOUNT_NONE;

	return i == MG_ACCOUNT_NONE ? -1 : a->accounts[i].uid;
}

static struct mg_gather_direct *find(struct mg_gathering *g,
				     struct mg_slice account)
{
	for (size_t i = 0; i < g->n_directs; i++)
		if (mg_slice_is(g->directs[i].account, account))
			return &g->directs[i];
	g->directs = mg_vec_room(g->directs, g->n_directs, &g->cap_directs,
				 sizeof(*g->directs));
	g->directs[g->n_directs] = (struct mg_gather_direct){
		.account = mg_arena_copy(&g->evidence.arena, account),
		.uid = uid_of(g->accounts, account),
		.first = INT64_MAX,
	};
	return &g->directs[g->n_directs++];
}

/* Findings come by their time; of several clauses that an hour has met the
   highest number counts. */
static void add_hour(struct mg_gather_direct *d, const struct mg_finding *f)
{
	if (d->n_hours == 0 || d->hour != f->from) {
		d->n_hours++;
		d->n_of_hour = 0;
		d->hour = f->from;
	}
	if (f->n > d->n_of_hour) {
		d->n += f->n - d->n_of_hour;
		d->n_of_hour = f->n;
	}
}

static int take_row(void *arg, const struct mg_ledger_row *row)
{
	struct mg_gathering *g = arg;
	const struct mg_finding *f = &row->finding;
	struct mg_gather_direct *d;

	if (!is_wanted(g->ask, row))
		return 0;
	d = find(g, f->account);
	add_hour(d, f);
	d->first = f->from < d->first ? f->from : d->first;
	d->last = f->until > d->last ? f->until : d->last;
	d->is_cause |= mg_slice_is(g->ask->act->finding, mg_slice_str(f->id));
	return 0;
}

void mg_gather_direct(struct mg_gathering *g)
{
	struct mg_err err = { 0 };

	if (mg_ledger_each_finding(g->enforcer->store, take_row, g, &err) < 0)
		mg_evidence_cut(&g->evidence, "direct-smtp: %s", err.text);
}
