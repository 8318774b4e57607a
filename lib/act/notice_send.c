/* SPDX-License-Identifier: MIT */
/*
 * How much goes out, and what is noted of it.
 *
 * That a message is begun is on disk before it goes out, and its end after: a
 * write that fails cannot repeat mail. Where a crash came between, nobody knows
 * whether it went out, and it is not sent again: a second letter frightens, the
 * first is in `why --customer`, and the administrators see the mark. Two are
 * sent again all the same, under the same id, some times at most: a final
 * notice, without which nothing may be removed, and the note of a hook, which
 * changes nothing the second time.
 */
#include "notice_priv.h"

#include <string.h>

#include "mailguard/clock.h"
#include "mailguard/num.h"
#include "mailguard/vec.h"

#define BACKEND "notice" /* of rows of what was sent (acts.h) */
#define HOUR_S 3600
#define FAILURES_MAX 3 /* of one sweep, by a way that nothing went out by */
#define BEGUN_MAX 3    /* times, for what is sent again */

/* Values of rows: the end is known, or how often it was begun. */
#define IS_OUT MG_LIT("")
#define IS_LEFT MG_LIT("-")

/* --- what was sent --- */

static int take_row(void *arg, const struct mg_applied *row)
{
	struct mg_notices *s = arg;
	struct mg_notice_sent was = {
		.key = mg_arena_copy(&s->text, row->key),
		.at = row->until - MG_NOTICE_DAY_S,
		.is_out = !mg_slice_is(row->value, IS_LEFT),
	};
	uint64_t n;

	if (mg_num_parse(row->value, BEGUN_MAX, &n))
		was.n_begun = (int)n;
	s->sent = mg_vec_room(s->sent, s->n_sent, &s->cap_sent,
			      sizeof(*s->sent));
	s->sent[s->n_sent++] = was;
	return 0;
}

static struct mg_notice_sent *find(const struct mg_notices *s,
				   struct mg_slice key)
{
	for (size_t i = 0; i < s->n_sent; i++)
		if (mg_slice_is(s->sent[i].key, key))
			return &s->sent[i];
	return NULL;
}

/* What ended its day. */
static int drop_old(struct mg_notices *s)
{
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->n_sent; i++)
		if (s->sent[i].at + MG_NOTICE_DAY_S > s->e->now)
			s->sent[n++] = s->sent[i];
		else
			rc = mg_applied_drop(s->e->store, BACKEND,
					     s->sent[i].key, s->err);
	s->n_sent = n;
	return rc;
}

/* --- rows of it --- */

static int put_row(struct mg_notices *s, const struct mg_notice *m,
		   struct mg_slice value)
{
	const struct mg_applied row = { m->key, s->e->now + MG_NOTICE_DAY_S,
					value };

	return mg_applied_put(s->e->store, BACKEND, &row, s->err);
}

static int commit(struct mg_notices *s, int rc)
{
	if (rc == 0)
		rc = mg_store_commit(s->e->store, s->err);
	if (rc < 0)
		mg_store_rollback(s->e->store);
	return rc;
}

static int begin(struct mg_notices *s, const struct mg_notice *m,
		 struct mg_notice_sent *sent)
{
	const char times = (char)('1' + sent->n_begun);
	int rc = mg_store_begin(s->e->store, s->err);

	sent->n_begun++;
	if (rc == 0)
		rc = put_row(s, m, mg_slice_of(&times, 1));
	return commit(s, rc);
}

/* One of a kind for a message, however often it is tried. */
static int add_mark(struct mg_notices *s, const struct mg_notice *m,
		    enum mg_act_mark mark, const char *detail)
{
	bool is_there = false;
	int rc = mg_acts_has_mark(s->e->store, m->act.id, mark, m->by,
				  &is_there, s->err);

	if (rc == 0 && !is_there)
		rc = mg_acts_mark(s->e->store, s->e->now, m->act.id, mark,
				  m->by, mg_slice_str(detail), s->err);
	return rc;
}

/* It is over, in one way or the other. */
static int end(struct mg_notices *s, const struct mg_notice *m,
	       struct mg_notice_sent *sent, struct mg_slice value,
	       enum mg_act_mark mark, const char *detail)
{
	int rc = mg_store_begin(s->e->store, s->err);

	if (rc == 0 && mark)
		rc = add_mark(s, m, mark, detail);
	if (rc == 0)
		rc = put_row(s, m, value);
	sent->n_begun = 0;
	sent->is_out = !mg_slice_is(value, IS_LEFT);
	return commit(s, rc);
}

static void keep(struct mg_notices *s, const struct mg_notice *m)
{
	if (!s->kept_at || m->seq < s->kept_at)
		s->kept_at = m->seq;
}

/* It did not go out, for sure, and is tried again. */
static int fail(struct mg_notices *s, const struct mg_notice *m,
		struct mg_notice_sent *sent, const struct mg_err *failure)
{
	int rc;

	keep(s, m);
	if (s->n_failed[m->hook]++ == 0)
		s->e->fail(s->e->arg, "a notice", failure);
	rc = mg_store_begin(s->e->store, s->err);
	if (rc == 0)
		rc = add_mark(s, m, MG_MARK_FAILED, failure->text);
	if (rc == 0)
		rc = mg_applied_drop(s->e->store, BACKEND, m->key, s->err);
	*sent = s->sent[--s->n_sent];
	return commit(s, rc);
}

/* --- how much --- */

/* Those who have an account here. */
static bool is_customer(struct mg_slice key)
{
	return mg_slice_has_prefix(key, MG_LIT(MG_NOTICE_CUSTOMER " ")) ||
	       mg_slice_has_prefix(key, MG_LIT(MG_NOTICE_OWNER " "));
}

/* Half of an hour's mail is the administrators', half the customers'. */
static bool is_over_hour(const struct mg_notices *s, const struct mg_notice *m)
{
	const struct mg_settings *set = s->e->settings;
	const bool has_both = set->notices.admins.n && set->notices.customers;
	const int64_t max = set->notices.per_hour;
	int64_t n = 0;

	for (size_t i = 0; i < s->n_sent; i++)
		n += s->sent[i].is_out && s->sent[i].at + HOUR_S > s->e->now &&
		     !mg_slice_has_prefix(s->sent[i].key,
					  MG_LIT(MG_NOTICE_HOOK)) &&
		     is_customer(s->sent[i].key) == is_customer(m->key);
	return n >= (has_both ? (max + 1) / 2 : max);
}

/* "notice:owner bob@a.example ...": the same person, in either role. */
static bool is_to(struct mg_slice key, struct mg_slice to)
{
	struct mg_slice role;

	return is_customer(key) && mg_slice_cut_at(&key, ' ', &role) &&
	       mg_slice_has_prefix(key, to) && key.len > to.len &&
	       key.ptr[to.len] == ' ';
}

/* What stops somebody is always told: breakers bound it. */
static bool is_over_day(const struct mg_notices *s, const struct mg_notice *m)
{
	int64_t n = 0;

	if (mg_act_has_effects(m->act.verb) || !is_customer(m->key))
		return false;
	for (size_t i = 0; i < s->n_sent; i++)
		n += s->sent[i].is_out && is_to(s->sent[i].key, m->to);
	return n >= s->e->settings->notices.per_day;
}

/* --- one --- */

static int mail(struct mg_notices *s, const struct mg_notice *m,
		struct mg_err *failure)
{
	struct mg_buf id;
	int rc;

	/* The same for the same message, so that a reader sees one. */
	mg_buf_init(&id, 64);
	mg_buf_add_fmt(&id, "%s.%d.%zu", m->act.id, (int)m->role, m->at);
	rc = mg_notice_mail(s->e, m->to, mg_buf_slice(&id), m->subject, m->body,
			    failure);
	mg_buf_release(&id);
	return rc;
}

static int deliver(struct mg_notices *s, const struct mg_notice *m,
		   struct mg_notice_sent *sent)
{
	struct mg_err failure = { 0 };
	enum mg_hook_result result = MG_HOOK_DONE;

	if (m->role == MG_NOTICE_TO_HOOK)
		mg_notice_hook(s, m, &result, &failure);
	else if (mail(s, m, &failure) < 0)
		result = MG_HOOK_FAILED;
	if (result == MG_HOOK_SKIPPED) {
		s->is_deaf[m->hook] = true;
		return end(s, m, sent, IS_LEFT, 0, "");
	}
	if (result != MG_HOOK_DONE)
		return fail(s, m, sent, &failure);
	s->is_in_order[m->hook] = true;
	return end(s, m, sent, IS_OUT,
		   mg_notice_is_final(m) ? MG_MARK_NOTICED : MG_MARK_DONE, "");
}

/* What was begun and has no end. */
static int take_up(struct mg_notices *s, const struct mg_notice *m,
		   struct mg_notice_sent *sent)
{
	const bool is_repeated = mg_notice_is_final(m) ||
				 m->role == MG_NOTICE_TO_HOOK;
	int rc;

	if (!is_repeated || sent->n_begun >= BEGUN_MAX)
		return end(s, m, sent, IS_OUT, MG_MARK_FAILED,
			   "it was cut off: it may have gone out, and is not "
			   "sent again");
	rc = begin(s, m, sent);
	return rc < 0 ? rc : deliver(s, m, sent);
}

static int send_new(struct mg_notices *s, const struct mg_notice *m)
{
	const bool is_enough = is_over_day(s, m);
	struct mg_notice_sent *sent;
	int rc;

	s->sent = mg_vec_room(s->sent, s->n_sent, &s->cap_sent,
			      sizeof(*s->sent));
	sent = &s->sent[s->n_sent++];
	*sent = (struct mg_notice_sent){ .key = m->key,
					 .at = s->e->now,
					 .is_out = true };
	if (is_enough)
		return end(s, m, sent, IS_LEFT, MG_MARK_SKIPPED,
			   "it was told enough for a day");
	rc = begin(s, m, sent);
	return rc < 0 ? rc : deliver(s, m, sent);
}

/* A final notice may be older than its row. */
static int was_final_sent(struct mg_notices *s, const struct mg_notice *m,
			  bool *out)
{
	*out = false;
	return mg_notice_is_final(m)
		       ? mg_acts_has_mark(s->e->store, m->act.id,
					  MG_MARK_NOTICED, m->by, out, s->err)
		       : 0;
}

/* One way that is out of order keeps no other back, and one that is slow not the
   sweep. */
static bool has_to_wait(const struct mg_notices *s, const struct mg_notice *m,
			bool is_new)
{
	const bool is_hook = m->role == MG_NOTICE_TO_HOOK;

	if (s->n_failed[m->hook] >= FAILURES_MAX && !s->is_in_order[m->hook])
		return true;
	if ((is_hook || m->has_failed) && mg_clock_mono_ms() >= s->until_ms)
		return true;
	return !is_hook && is_new && is_over_hour(s, m);
}

static int send_one(struct mg_notices *s, const struct mg_notice *m)
{
	struct mg_notice_sent *sent = find(s, m->key);
	bool is_done;
	int rc = was_final_sent(s, m, &is_done);

	if (rc < 0 || is_done || (sent && sent->n_begun == 0))
		return rc;
	if (s->is_deaf[m->hook])
		return 0;
	if (has_to_wait(s, m, !sent)) {
		keep(s, m);
		return 0;
	}
	return sent ? take_up(s, m, sent) : send_new(s, m);
}

static int note_failed(struct mg_notices *s)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->n; i++)
		rc = mg_acts_has_mark(s->e->store, s->items[i].act.id,
				      MG_MARK_FAILED, s->items[i].by,
				      &s->items[i].has_failed, s->err);
	return rc;
}

/* What failed before comes last: a customer may have a contact that the mail
   server refuses each time, and keeps nobody else waiting. */
static int send_each(struct mg_notices *s)
{
	int rc = note_failed(s);

	for (size_t i = 0; rc == 0 && i < s->n; i++)
		if (!s->items[i].has_failed)
			rc = send_one(s, &s->items[i]);
	for (size_t i = 0; rc == 0 && i < s->n; i++)
		if (s->items[i].has_failed)
			rc = send_one(s, &s->items[i]);
	return rc;
}

int mg_notices_send_all(struct mg_notices *s)
{
	int rc = mg_applied_each(s->e->store, BACKEND, take_row, s, s->err);

	s->until_ms = mg_clock_mono_ms() + s->e->settings->hooks.budget * 1000;
	if (rc == 0)
		rc = mg_store_begin(s->e->store, s->err);
	if (rc == 0)
		rc = commit(s, drop_old(s));
	return rc < 0 ? rc : send_each(s);
}
