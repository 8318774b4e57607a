/* SPDX-License-Identifier: MIT */
/*
 * The queue in line with what is suspended: what a suspended subject has there
 * is stopped, also what only comes to be known as its; what was stopped for an
 * action that is over is let go. Doing it again changes nothing.
 */
#include <string.h>

#include "mailguard/halt.h"
#include "mailguard/mem.h"
#include "mailguard/sessions.h"
#include "mailguard/vec.h"

#define BY_QUEUE "queue" /* of the marks */
#define BY_SESSIONS "sessions"
#define DETAIL_MAX 64

struct id {
	char text[MG_ACT_ID_MAX];
};

struct round {
	struct mg_enforcer *e;
	struct id *ids; /* owned; suspensions in force */
	size_t n, cap;
	struct id *over; /* owned; acts that are over, and stopped something */
	size_t n_over, cap_over;
	struct mg_err *err;
};

static bool has(const struct id *ids, size_t n, struct mg_slice id)
{
	for (size_t i = 0; i < n; i++)
		if (mg_slice_is(mg_slice_str(ids[i].text), id))
			return true;
	return false;
}

/* A step of a move (contain.h) has its queue and its sessions as other steps. */
static bool has_queue(const struct round *r, const struct mg_act *act)
{
	if (act->verb == MG_ACT_SUSPEND && !mg_act_is_step(act))
		return (mg_enforce_keys(r->e->settings) & MG_FORCE_LOGIN) != 0;
	return act->verb == MG_ACT_QUEUE;
}

static int take_act(void *arg, const struct mg_act *act)
{
	struct round *r = arg;

	if (!has_queue(r, act))
		return 0;
	r->ids = mg_vec_room(r->ids, r->n, &r->cap, sizeof(*r->ids));
	memcpy(r->ids[r->n++].text, act->id, MG_ACT_ID_MAX);
	return 0;
}

static int take_over(void *arg, struct mg_slice act)
{
	struct round *r = arg;

	if (act.len >= MG_ACT_ID_MAX || has(r->ids, r->n, act) ||
	    has(r->over, r->n_over, act))
		return 0;
	r->over = mg_vec_room(r->over, r->n_over, &r->cap_over,
			      sizeof(*r->over));
	memset(&r->over[r->n_over], 0, sizeof(*r->over));
	memcpy(r->over[r->n_over++].text, act.ptr, act.len);
	return 0;
}

/* What was done is in the ledger, once. */
static int mark(struct round *r, const char *id, const char *by,
		struct mg_slice detail)
{
	struct mg_store *s = r->e->store;
	int rc = mg_store_begin(s, r->err);

	if (rc == 0)
		rc = mg_acts_mark(s, r->e->now, id, MG_MARK_DONE,
				  mg_slice_str(by), detail, r->err);
	if (rc == 0)
		rc = mg_store_commit(s, r->err);
	if (rc < 0)
		mg_store_rollback(s);
	return rc;
}

static int mark_queue(struct round *r, const char *id, uint64_t n,
		      const char *what)
{
	struct mg_buf detail;
	int rc;

	mg_buf_init(&detail, DETAIL_MAX);
	mg_buf_add_fmt(&detail, "%llu message%s %s", (unsigned long long)n,
		       n == 1 ? "" : "s", what);
	rc = mark(r, id, BY_QUEUE, mg_buf_slice(&detail));
	mg_buf_release(&detail);
	return rc;
}

/* Of a step that is nothing else it is said that there was nothing, once. */
static int is_first(struct round *r, const struct mg_act *act, bool *out)
{
	const int rc = mg_acts_has_mark(r->e->store, act->id, MG_MARK_DONE,
					MG_LIT(BY_QUEUE), out, r->err);

	*out = !*out && act->verb == MG_ACT_QUEUE;
	return rc;
}

static int stop_queued(struct round *r, const struct mg_act *act)
{
	struct mg_err failure = { 0 };
	bool is_said = false;
	uint64_t n = 0;

	if (mg_halt_queued(r->e->root, r->e->store, act, &n, &failure) < 0)
		r->e->fail(r->e->arg, "the queue", &failure);
	else if (is_first(r, act, &is_said) < 0)
		return -MG_EIO;
	return n || is_said ? mark_queue(r, act->id, n, "stopped") : 0;
}

/* Called with the act, whose slices stand for the call. */
static int stop(void *arg, const struct mg_act *act)
{
	struct round *r = arg;
	struct mg_err failure = { 0 };
	bool is_known = true;
	int ended;

	if (stop_queued(r, act) < 0)
		return -MG_EIO;
	if (act->verb != MG_ACT_SUSPEND || !act->with_login ||
	    !mg_slice_is(act->per, MG_LIT("mailbox")))
		return 0;
	if (mg_acts_has_mark(r->e->store, act->id, MG_MARK_DONE,
			     MG_LIT(BY_SESSIONS), &is_known, r->err) < 0)
		return -MG_EIO;
	if (is_known)
		return 0;
	ended = mg_sessions_end(r->e->root, act->subject, &failure);
	if (ended < 0)
		r->e->fail(r->e->arg, "the sessions", &failure);
	/* Where no Dovecot answers the next sweep asks again. */
	return ended ? 0 : mark(r, act->id, BY_SESSIONS, MG_LIT("ended"));
}

static int let_go(struct round *r, const char *id)
{
	struct mg_err failure = { 0 };
	uint64_t n = 0;

	if (mg_halt_let_go(r->e->root, r->e->store, id, &n, &failure) < 0) {
		r->e->fail(r->e->arg, "the queue", &failure);
		return 0;
	}
	return n ? mark_queue(r, id, n, "let go") : 0;
}

int mg_halt_refresh(struct mg_enforcer *e, struct mg_err *err)
{
	struct round r = { .e = e, .err = err };
	int rc = mg_acts_each(e->store, MG_ACTS_IN_FORCE, e->now, take_act, &r,
			      err);

	if (rc == 0)
		rc = mg_halt_each_act(e->store, take_over, &r, err);
	/* What is let go may be stopped for another act at once. */
	for (size_t i = 0; rc >= 0 && i < r.n_over; i++)
		rc = let_go(&r, r.over[i].text);
	for (size_t i = 0; rc >= 0 && i < r.n; i++)
		rc = mg_acts_get(e->store, r.ids[i].text, stop, &r, err);
	if (rc >= 0 && r.n == 0)
		rc = mg_halt_forget(e->store, err);
	mg_mem_free(r.ids);
	mg_mem_free(r.over);
	return rc < 0 ? rc : 0;
}
