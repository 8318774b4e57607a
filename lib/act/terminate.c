/* SPDX-License-Identifier: MIT */
#include "terminate_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/duration.h"
#include "mailguard/evidence.h"
#include "mailguard/shelf.h"

#define MISSING_MAX 8192
#define APPROVERS_MAX 64
#define DAY_S 86400
#define HOUR_S 3600

struct mg_buf *mg_terminate_need(struct mg_terminate_case *c)
{
	struct mg_buf *b = &c->t->missing;

	if (c->t->n_missing++)
		mg_buf_add_str(b, "; ");
	return b;
}

static void need(struct mg_terminate_case *c, const char *what)
{
	mg_buf_add_str(mg_terminate_need(c), what);
}

/* --- what the ledger says of it --- */

struct reading {
	struct mg_termination *t;
	char approvers[APPROVERS_MAX][MG_ACT_ID_MAX * 4];
	bool is_appealed;
	struct mg_buf stuck; /* hooks that a person must look at */
};

/* Of one who approved twice it is one. */
static void count_approval(struct reading *r, struct mg_slice by)
{
	for (int64_t i = 0; i < r->t->n_approvals; i++)
		if (mg_slice_is(by, mg_slice_str(r->approvers[i])))
			return;
	if (r->t->n_approvals < APPROVERS_MAX)
		(void)snprintf(r->approvers[r->t->n_approvals++],
			       sizeof(*r->approvers), "%.*s", MG_SLICE_ARG(by));
}

/* "SHA256 PATH" */
static void take_evidence(struct mg_termination *t, struct mg_slice detail)
{
	struct mg_slice hash;

	if (!mg_slice_cut_at(&detail, ' ', &hash))
		return;
	(void)snprintf(t->sha256, sizeof(t->sha256), "%.*s",
		       MG_SLICE_ARG(hash));
	(void)snprintf(t->path, sizeof(t->path), "%.*s", MG_SLICE_ARG(detail));
}

static int take_mark(void *arg, int64_t made_at, enum mg_act_mark mark,
		     struct mg_slice by, struct mg_slice detail)
{
	struct reading *r = arg;

	if (mark == MG_MARK_APPROVED)
		count_approval(r, by);
	else if (mark == MG_MARK_EVIDENCE)
		take_evidence(r->t, detail);
	else if (mark == MG_MARK_NOTICED)
		r->t->told_at = made_at;
	else if (mark == MG_MARK_APPEALED || mark == MG_MARK_SETTLED)
		r->is_appealed = mark == MG_MARK_APPEALED;
	else if (mark == MG_MARK_STARTED)
		r->t->is_begun = true;
	else if (mark == MG_MARK_STUCK)
		mg_buf_add_fmt(&r->stuck, "%s%.*s", r->stuck.len ? ", " : "",
			       MG_SLICE_ARG(by));
	return 0;
}

/* Of the suspension that it stands on. */
static int take_appeal(void *arg, int64_t made_at, enum mg_act_mark mark,
		       struct mg_slice by, struct mg_slice detail)
{
	bool *is_appealed = arg;

	(void)made_at;
	(void)by;
	(void)detail;
	if (mark == MG_MARK_APPEALED || mark == MG_MARK_SETTLED)
		*is_appealed = mark == MG_MARK_APPEALED;
	return 0;
}

static int64_t at_least(int64_t n, int64_t min)
{
	return n > min ? n : min;
}

static int read_marks(struct mg_terminate_case *c, struct mg_err *err)
{
	struct mg_store *s = c->e->store;
	struct reading r = { .t = c->t };
	const int64_t n = at_least(c->act->approvals, 1);
	bool is_other_appealed = false;
	int rc;

	mg_buf_init(&r.stuck, MISSING_MAX / 4);
	rc = mg_acts_each_mark(s, c->act->id, take_mark, &r, err);
	if (rc == 0)
		rc = mg_acts_each_mark(s, c->target, take_appeal,
				       &is_other_appealed, err);
	if (c->t->n_approvals < n)
		mg_buf_add_fmt(mg_terminate_need(c),
			       "%" PRId64 " of %" PRId64 " approvals",
			       n - c->t->n_approvals, n);
	if (r.is_appealed || is_other_appealed)
		need(c, "the end of an appeal");
	if (r.stuck.len)
		mg_buf_add_fmt(mg_terminate_need(c),
			       "a person who looks at what %s did",
			       r.stuck.ptr);
	mg_buf_release(&r.stuck);
	return rc;
}

/* --- time --- */

/* In days, and of the last day in hours. */
static void need_time(struct mg_terminate_case *c, int64_t left_s,
		      const char *why)
{
	struct mg_buf *b = mg_terminate_need(c);
	const int64_t unit_s = left_s > DAY_S ? DAY_S : HOUR_S;

	mg_duration_add(b, (left_s + unit_s - 1) / unit_s * unit_s);
	mg_buf_add_str(b, " of grace");
	mg_buf_add_str(b, why);
}

static int check_time(struct mg_terminate_case *c, struct mg_err *err)
{
	const struct mg_act *act = c->act;
	int64_t jumped_at = 0, left_s;
	int rc = mg_store_get_number(c->e->store, MG_LIT("jumped_at"),
				     &jumped_at, err);

	if (rc < 0)
		return rc;
	left_s = at_least(c->t->told_at, jumped_at) + act->grace_s - c->e->now;
	if (c->t->told_at == 0)
		need(c, "the final notice to its contact "
			"('notices.customers' in mailguard.conf(5)), and all "
			"of the grace after it");
	else if (left_s > 0)
		need_time(c, left_s,
			  jumped_at > c->t->told_at
				  ? ", anew since the clock of the host was "
				    "set, or no sweep ran for a day"
				  : "");
	rc = mg_terminate_sweeps(c->e->store, act->id, &c->t->n_sweeps, err);
	if (c->e->has_jumped)
		c->t->n_sweeps = 0;
	if (rc == 0 && c->t->n_sweeps < act->sweeps)
		mg_buf_add_fmt(mg_terminate_need(c),
			       "%" PRId64 " of %" PRId64
			       " sweeps that see it suspended",
			       act->sweeps - c->t->n_sweeps, act->sweeps);
	return rc;
}

int mg_terminate_sweeps(struct mg_store *s, const char *id, int64_t *out,
			struct mg_err *err)
{
	char name[MG_ACT_ID_MAX + 16];
	int rc;

	*out = 0;
	(void)snprintf(name, sizeof(name), "sweeps %s", id);
	rc = mg_store_get_number(s, mg_slice_str(name), out, err);
	return rc < 0 ? rc : 0;
}

/* --- evidence --- */

static int verify(struct mg_terminate_case *c, struct mg_shelf_proof *proof,
		  struct mg_err *err)
{
	struct mg_seal_public key;
	struct mg_buf archive;
	int rc = mg_shelf_public(c->e->state, &key, err);

	mg_buf_init(&archive, MG_EVIDENCE_BYTES_MAX);
	if (rc == 0)
		rc = mg_shelf_verify(c->t->path, &key, &archive, proof, err);
	mg_buf_release(&archive);
	return rc;
}

static void check_evidence(struct mg_terminate_case *c)
{
	char hash[MG_SHA256_TEXT_MAX];
	struct mg_shelf_proof proof;
	struct mg_err why = { 0 };

	if (!c->t->sha256[0]) {
		need(c, "a bundle of evidence, which a sweep makes");
		return;
	}
	if (verify(c, &proof, &why) < 0) {
		mg_buf_add_fmt(mg_terminate_need(c),
			       "evidence that can be verified (%s)", why.text);
		return;
	}
	mg_sha256_format(proof.sha256, MG_SHA256_LEN, hash);
	c->t->is_proven = !strcmp(hash, c->t->sha256);
	if (!c->t->is_proven)
		need(c, "its evidence: the bundle is not the one that was "
			"made");
}

/* --- all of it --- */

int mg_terminate_look(struct mg_enforcer *e, const struct mg_act *act,
		      struct mg_termination *out, struct mg_err *err)
{
	struct mg_terminate_case c = { .e = e, .act = act, .t = out };
	int rc;

	*out = (struct mg_termination){ .void_why = NULL };
	mg_buf_init(&out->missing, MISSING_MAX);
	(void)snprintf(c.target, sizeof(c.target), "%.*s",
		       MG_SLICE_ARG(act->target));
	if (!e->settings->enforce.terminations.allowed)
		need(&c, "'enforce.terminations.allowed' in "
			 "mailguard.conf(5)");
	rc = mg_terminate_check_subject(&c, err);
	if (rc == 0)
		rc = mg_terminate_check_guards(&c, err);
	if (rc == 0)
		rc = read_marks(&c, err);
	if (rc == 0)
		check_evidence(&c);
	return rc == 0 ? check_time(&c, err) : rc;
}

void mg_termination_release(struct mg_termination *t)
{
	mg_buf_release(&t->missing);
}

void mg_terminate_describe(struct mg_enforcer *e, const char *suspension,
			   char identity[MG_EFFECT_IDENTITY_MAX],
			   struct mg_act *act)
{
	const struct mg_settings *s = e->settings;

	act->verb = MG_ACT_TERMINATE;
	act->until = MG_ACT_NO_END;
	act->is_waiting = true;
	act->domain = MG_LIT(""); /* of what led to it; all of them go */
	act->target = mg_slice_str(suspension);
	act->approvals = at_least(act->approvals,
				  s->enforce.terminations.approvals);
	act->grace_s = at_least(act->grace_s, s->enforce.terminations.grace);
	act->sweeps = at_least(act->sweeps, s->enforce.terminations.sweeps);
	mg_terminate_identity(e, act, identity);
	act->identity = mg_slice_str(identity);
}
