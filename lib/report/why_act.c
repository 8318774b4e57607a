/* SPDX-License-Identifier: MIT */
/*
 * An action for people, and for programs: what it is, why, until when, what
 * became of it, and what ends it.
 */
#include "why_priv.h"

#include "mailguard/json.h"

#define MISSING_MAX 8192 /* bytes of words */

struct act {
	const struct mg_act *act;
	const struct mg_tz *tz;
	struct mg_buf *out;
	size_t n;     /* marks */
	bool is_over; /* a person ended it, or it came to its end */
	bool is_approved;
};

static void note(struct act *w, enum mg_act_mark mark)
{
	w->n++;
	w->is_over |= mark == MG_MARK_RELEASED || mark == MG_MARK_ENDED;
	w->is_approved |= mark == MG_MARK_APPROVED;
}

static int add_mark(void *arg, int64_t made_at, enum mg_act_mark mark,
		    struct mg_slice by, struct mg_slice detail)
{
	struct act *w = arg;

	note(w, mark);
	mg_buf_add_fmt(w->out, "  %-9s ", mg_mark_words[mark]);
	mg_tz_add(w->out, made_at, w->tz);
	mg_buf_add_str(w->out, " by ");
	mg_buf_add_printable(w->out, by);
	if (detail.len) {
		mg_buf_add_str(w->out, ": ");
		mg_buf_add_printable(w->out, detail);
	}
	mg_buf_add_char(w->out, '\n');
	return 0;
}

static void add_head(struct act *w)
{
	const struct mg_act *a = w->act;

	mg_buf_add_fmt(w->out, "%s  %s ", a->id, mg_act_words[a->verb]);
	mg_buf_add_printable(w->out, a->per);
	mg_buf_add_char(w->out, ':');
	mg_buf_add_printable(w->out, a->subject);
	mg_buf_add_str(w->out, " from ");
	mg_tz_add(w->out, a->since, w->tz);
	if (a->until < MG_ACT_NO_END) {
		mg_buf_add_str(w->out, " until ");
		mg_tz_add(w->out, a->until, w->tz);
	}
	mg_buf_add_char(w->out, '\n');
	if (a->limit)
		mg_buf_add_fmt(w->out,
			       "  counted   %lld of %lld allowed in %lld "
			       "minutes (%.*s)\n",
			       (long long)a->n, (long long)a->limit,
			       (long long)a->window_s / 60,
			       MG_SLICE_ARG(a->finding));
	if (mg_act_is_step(a))
		mg_why_add_line(w->out, "step of", a->target);
	mg_why_add_line(w->out, "reason", a->reason);
	mg_why_add_line(w->out, "begun by", a->by);
}

/* By the last sweep; of a termination. */
static int add_missing(struct mg_store *s, const struct mg_act *act,
		       struct mg_buf *out, struct mg_err *err)
{
	struct mg_buf words;
	int rc;

	mg_buf_init(&words, MISSING_MAX);
	rc = mg_acts_missing(s, act->id, &words, err);
	mg_why_add_line(out, "missing", mg_buf_slice(&words));
	mg_buf_release(&words);
	return rc;
}

int mg_why_add_act(struct mg_store *s, const struct mg_act *act,
		   const struct mg_tz *tz, int64_t now, struct mg_buf *out,
		   struct mg_err *err)
{
	struct act w = { .act = act, .tz = tz, .out = out };
	bool waits;
	int rc;

	add_head(&w);
	rc = mg_acts_each_mark(s, act->id, add_mark, &w, err);
	if (rc == 0 && !w.is_over)
		rc = add_missing(s, act, out, err);
	/* A termination does until the account is gone. */
	waits = act->verb == MG_ACT_TERMINATE ||
		(act->is_waiting && !w.is_approved);
	if (w.is_over || act->until <= now)
		mg_buf_add_str(out, "  now       over\n");
	else
		mg_buf_add_fmt(out, "  now       %s; 'mailguard %s %.8s' %s\n",
			       waits ? "waits" : "in force",
			       waits ? "approve" : "undo", act->id,
			       waits ? "lets it go ahead" : "ends it");
	return rc;
}

static int add_json_mark(void *arg, int64_t made_at, enum mg_act_mark mark,
			 struct mg_slice by, struct mg_slice detail)
{
	struct act *w = arg;

	mg_buf_add_str(w->out, w->n ? ",{" : "{");
	note(w, mark);
	mg_why_add_json_time(w->out, "at", made_at);
	mg_why_add_json_text(w->out, "mark", mg_slice_str(mg_mark_words[mark]));
	mg_why_add_json_text(w->out, "by", by);
	mg_why_add_json_text(w->out, "detail", detail);
	mg_buf_add_char(w->out, '}');
	return 0;
}

/* null without one */
static void add_json_end(struct mg_buf *out, int64_t until)
{
	if (until < MG_ACT_NO_END)
		mg_why_add_json_time(out, "until", until);
	else
		mg_buf_add_str(out, ",\"until\":null");
}

int mg_why_add_json_act(struct mg_store *s, const struct mg_act *a,
			struct mg_buf *out, struct mg_err *err)
{
	struct act w = { .act = a, .out = out };
	int rc;

	mg_buf_add_char(out, '{');
	mg_why_add_json_text(out, "id", mg_slice_str(a->id));
	mg_why_add_json_text(out, "action",
			     mg_slice_str(mg_act_words[a->verb]));
	mg_why_add_json_text(out, "per", a->per);
	mg_why_add_json_text(out, "subject", a->subject);
	mg_why_add_json_time(out, "since", a->since);
	add_json_end(out, a->until);
	mg_why_add_json_text(out, "finding", a->finding);
	mg_why_add_json_text(out, "step_of",
			     mg_act_is_step(a) ? a->target : MG_LIT(""));
	mg_why_add_json_text(out, "by", a->by);
	mg_why_add_json_text(out, "reason", a->reason);
	mg_buf_add_str(out, ",\"marks\":[");
	rc = mg_acts_each_mark(s, a->id, add_json_mark, &w, err);
	mg_buf_add_str(out, "]}");
	return rc;
}
