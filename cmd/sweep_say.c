/* SPDX-License-Identifier: MIT */
#include "sweep_say.h"

#include <stdint.h>
#include <stdlib.h>

#include "mailguard/buf.h"
#include "mailguard/log.h"

#define SHAPES_SHOWN 5 /* of each reason, the most frequent; the rest is kept */

#define TELL_MAX 256 /* bytes of a remark; four numbers and their words */

/* A person should look at it; a worse status stays. */
static void found(struct mg_sweep_say *say)
{
	if (say->status == MG_OK)
		say->status = MG_EFOUND;
}

static unsigned long long lines(const struct mg_sweep_result *x,
				enum mg_line_class class)
{
	unsigned long long n = 0;

	for (unsigned i = 0; i < MG_LINE_KINDS; i++)
		if (mg_line_class(i) == class)
			n += x->n_kinds[i];
	return n;
}

/* What of the mail there is to say, what of the logins, or both. */
static void tell_new(const char *path, const struct mg_sweep_result *x)
{
	const unsigned long long checks = lines(x, MG_LINE_CHECK);
	const unsigned long long failed = lines(x, MG_LINE_FAILED_LOGIN);
	const unsigned long long mail =
		lines(x, MG_LINE_ARRIVED) + lines(x, MG_LINE_DELIVERED) +
		lines(x, MG_LINE_DEFERRED) + lines(x, MG_LINE_FAILED);
	const bool is_about_checks = checks + failed > 0;
	struct mg_buf text;

	mg_buf_init(&text, TELL_MAX);
	if (mail || !is_about_checks)
		mg_buf_add_fmt(&text,
			       ": %llu messages arrived, %llu recipients "
			       "delivered, %llu deferred, %llu failed",
			       lines(x, MG_LINE_ARRIVED),
			       lines(x, MG_LINE_DELIVERED),
			       lines(x, MG_LINE_DEFERRED),
			       lines(x, MG_LINE_FAILED));
	if (is_about_checks)
		mg_buf_add_fmt(&text,
			       "%s %llu POP3 and IMAP logins, %llu sessions "
			       "with failed logins",
			       mail ? ";" : ":", checks, failed);
	mg_log(MG_LOG_INFO, "%s: %llu lines, %.1f MB%s", path,
	       (unsigned long long)x->n_lines, (double)(x->to - x->from) / 1e6,
	       text.ptr);
	mg_buf_release(&text);
}

static void tell(const char *path, const struct mg_sweep_result *x)
{
	if (x->from == x->to)
		mg_log(MG_LOG_INFO, "%s: nothing new", path);
	else
		tell_new(path, x);
	if (x->waiting)
		mg_log(MG_LOG_INFO,
		       "%s: the last line (%lld bytes) has no end yet, left "
		       "for the next sweep",
		       path, (long long)x->waiting);
	if (x->n_kinds[MG_LINE_FORGED])
		mg_log(MG_LOG_INFO,
		       "%s: %llu entries have the name of a mail server, and "
		       "were written by others: not counted",
		       path, (unsigned long long)x->n_kinds[MG_LINE_FORGED]);
	if (x->n_orphans)
		mg_log(MG_LOG_INFO,
		       "%s: %llu deliveries belong to messages that arrived "
		       "before the log begins",
		       path, (unsigned long long)x->n_orphans);
}

static void warn(struct mg_sweep_say *say, const char *path,
		 const struct mg_sweep_result *x)
{
	const uint64_t n_strange = lines(x, MG_LINE_STRANGE);

	if (mg_drift_is_over(n_strange, x->n_lines, MG_DRIFT_PPM)) {
		mg_log(MG_LOG_WARNING,
		       "%s: %llu of %llu lines are none of such a log (%llu "
		       "without a date, %llu longer than %d bytes); is it the "
		       "right file and --dialect?",
		       path, (unsigned long long)n_strange,
		       (unsigned long long)x->n_lines,
		       (unsigned long long)x->n_kinds[MG_EXIM_UNSTAMPED],
		       (unsigned long long)x->n_kinds[MG_EXIM_OVERLONG],
		       MG_LINE_MAX);
		say->is_strange = true;
		found(say);
	}
	if (x->n_kinds[MG_LINE_SUPPRESSED]) {
		mg_log(MG_LOG_WARNING,
		       "%s: journald says %llu times that it dropped messages, "
		       "which are not counted: raise RateLimitBurst= in "
		       "journald.conf",
		       path,
		       (unsigned long long)x->n_kinds[MG_LINE_SUPPRESSED]);
		found(say);
	}
	if (x->longer) {
		mg_log(MG_LOG_WARNING,
		       "%s is an older or cut copy of a log that was read up "
		       "to byte %lld: nothing in it is new",
		       path, (long long)x->longer);
		found(say);
	}
	if (x->n_forgotten) {
		mg_log(MG_LOG_WARNING,
		       "%s: %llu messages in flight were forgotten for their "
		       "age or number",
		       path, (unsigned long long)x->n_forgotten);
		found(say);
	}
}

void mg_sweep_say_failure(struct mg_sweep_say *say, const struct mg_err *err)
{
	mg_log(MG_LOG_ERROR, "%s, skipping", err->text);
	if (say->status == MG_OK || say->status == MG_EFOUND)
		say->status = err->code;
}

void mg_sweep_say_result(struct mg_sweep_say *say, const char *path,
			 const struct mg_sweep_result *x)
{
	if (!say->is_terse)
		tell(path, x);
	warn(say, path, x);
}

void mg_sweep_say_event(struct mg_sweep_say *say,
			const struct mg_sweep_event *e)
{
	switch (e->what) {
	case MG_SWEEP_FAILED:
		say->has_gap = true;
		mg_sweep_say_failure(say, e->err);
		if (e->result->from == e->result->to)
			break;
		mg_sweep_say_result(say, e->path, e->result);
		break;
	case MG_SWEEP_READ:
		mg_sweep_say_result(say, e->path, e->result);
		break;
	case MG_SWEEP_ABSENT:
		mg_log(MG_LOG_INFO, "%s: not there yet, since it became %s",
		       e->path, e->rotated);
		break;
	case MG_SWEEP_LOST:
		mg_log(MG_LOG_WARNING,
		       e->was_emptied
			       ? "%s was emptied after it had been read up to "
				 "byte %lld; no copy of it was found, and what "
				 "it got after that is not counted"
			       : "%s is another log than the one that was read "
				 "there up to byte %lld; what that one got "
				 "after it is not counted until you sweep the "
				 "rotated file, which was not found",
		       e->path, (long long)e->offset);
		say->has_gap = true;
		found(say);
		break;
	case MG_SWEEP_EMPTIED:
		mg_log(MG_LOG_WARNING,
		       "%s was copied to %s and emptied; the copy ends at byte "
		       "%lld, and what was written behind it before the log was "
		       "emptied is lost (byte %lld is the last that was read)",
		       e->path, e->rotated, (long long)e->end,
		       (long long)e->offset);
		say->has_gap = true;
		found(say);
		break;
	}
}

static void show_shapes(const struct mg_drift_tally *t, enum mg_shape_why why)
{
	const struct mg_shape *x;

	for (unsigned i = 0; i < SHAPES_SHOWN; i++) {
		x = mg_drift_shape(t, why, i);
		if (!x)
			break;
		mg_log(MG_LOG_WARNING,
		       "%llu times, the first at byte %lld of %s: %.*s",
		       (unsigned long long)x->n, (long long)x->first,
		       t->paths[x - t->shapes.items], (int)x->len, x->text);
	}
}

static void add_count(struct mg_buf *b, uint64_t n, const char *what)
{
	mg_buf_add_fmt(b, "%llu %s%s", (unsigned long long)n, what,
		       n == 1 ? "" : "s");
}

void mg_sweep_say_findings(const struct mg_finder *f, bool is_scratch)
{
	struct mg_buf text;

	mg_buf_init(&text, TELL_MAX);
	add_count(&text, f->n_findings, "new finding");
	mg_buf_add_str(&text, " and ");
	add_count(&text, f->n_warnings, "new warning");
	mg_buf_add_str(&text, " by ");
	add_count(&text, f->n_clauses, "clause");
	if (f->n_findings && !is_scratch)
		mg_buf_add_str(&text, "; see 'mailguard ledger'");
	mg_log(MG_LOG_INFO, "%s", text.ptr);
	mg_buf_release(&text);
}

/* What is not followed by anything is said, too. */
static void say_observed(const struct mg_enforcer *e)
{
	for (unsigned i = 1; i < MG_DOUBTS; i++)
		if (e->n_observed[i])
			mg_log(MG_LOG_INFO,
			       "%llu offence%s only observed: %s; see "
			       "'mailguard offence list'",
			       (unsigned long long)e->n_observed[i],
			       e->n_observed[i] == 1 ? " is" : "s are",
			       mg_doubt_words[i]);
}

static void say_guards(struct mg_sweep_say *say, const struct mg_enforcer *e)
{
	if (e->has_jumped) {
		mg_log(MG_LOG_WARNING,
		       "the clock of this host was set by more than 5 minutes "
		       "since the last sweep: nothing is suspended for the "
		       "next %lld minutes",
		       (long long)(e->frozen_until - e->now) / 60);
		found(say);
	}
	if (e->is_open) {
		mg_log(MG_LOG_WARNING,
		       "suspensions wait for a person, and so does every "
		       "further one: see 'mailguard status', then approve or "
		       "undo them");
		found(say);
		say->is_open = true;
	}
	if (e->n_troubles) {
		mg_log(MG_LOG_WARNING,
		       "what is in force is not carried out by %llu hook%s: see "
		       "'mailguard status'",
		       (unsigned long long)e->n_troubles,
		       e->n_troubles == 1 ? "" : "s");
		found(say);
	}
}

void mg_sweep_say_acts(struct mg_sweep_say *say, const struct mg_enforcer *e)
{
	struct mg_buf text;

	say_observed(e);
	say_guards(say, e);
	if (e->n_terminated)
		mg_log(MG_LOG_WARNING,
		       "accounts that were removed: %llu; 'mailguard ledger "
		       "list --all' names them",
		       (unsigned long long)e->n_terminated);
	if (e->n_begun + e->n_waiting + e->n_offences + e->n_warned == 0)
		return;
	mg_buf_init(&text, TELL_MAX);
	add_count(&text, e->n_begun, "action");
	mg_buf_add_str(&text, " begun");
	if (e->n_waiting)
		mg_buf_add_fmt(&text, ", %llu wait%s for approval",
			       (unsigned long long)e->n_waiting,
			       e->n_waiting == 1 ? "s" : "");
	if (e->n_offences) {
		mg_buf_add_str(&text, ", ");
		add_count(&text, e->n_offences, "new offence");
	}
	if (e->n_warned) {
		mg_buf_add_str(&text, ", ");
		add_count(&text, e->n_warned, "account warning");
	}
	mg_log(MG_LOG_INFO, "%s; see 'mailguard status'", text.ptr);
	mg_buf_release(&text);
}

/* Hours and minutes, as RFC 3339 writes an offset. */
void mg_sweep_say_zone(struct mg_sweep_say *say, const struct mg_sweep_zone *z)
{
	const int32_t then = z->then.ahead_s, now = z->ahead_s;

	if (!z->has_changed)
		return;
	mg_log(MG_LOG_WARNING,
	       "the time zone of this host has changed since the last sweep "
	       "(UTC%c%02d:%02d is UTC%c%02d:%02d now); lines that were "
	       "written before and are read only now may be counted in "
	       "another hour",
	       then < 0 ? '-' : '+', abs(then) / 3600, abs(then) / 60 % 60,
	       now < 0 ? '-' : '+', abs(now) / 3600, abs(now) / 60 % 60);
	found(say);
}

void mg_sweep_say_drift(struct mg_sweep_say *say,
			const struct mg_drift_tally *t)
{
	struct mg_drift_share share;
	bool is_unknown = false, is_odd = false;
	unsigned at = 0, kind;

	if (say->is_strange)
		show_shapes(t, MG_SHAPE_STRANGE);
	while (mg_drift_unknown(t, &at, &share)) {
		mg_log(MG_LOG_WARNING,
		       "%llu of %llu lines of %s are of no known kind, so what "
		       "they say is not counted; is it a new version?",
		       (unsigned long long)share.n_unknown,
		       (unsigned long long)share.n_lines, share.daemon);
		is_unknown = true;
	}
	if (is_unknown)
		show_shapes(t, MG_SHAPE_UNKNOWN);
	for (at = 0; mg_drift_odd(t, &at, &kind); is_odd = true)
		mg_log(MG_LOG_WARNING,
		       "%llu of %llu lines of kind '%s' are not in the order "
		       "that is known, so they charge nobody; is it a new "
		       "version, or a log_selector?",
		       (unsigned long long)t->n_odd[kind],
		       (unsigned long long)t->n_lines[kind],
		       mg_line_kind_name(kind));
	if (is_odd)
		show_shapes(t, MG_SHAPE_ODD);
	if (is_unknown || is_odd)
		found(say);
}
