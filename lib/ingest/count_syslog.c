/* SPDX-License-Identifier: MIT */
/*
 * Lines with an envelope: whose they are is in the tag, and the daemon's own
 * words are behind it. Dovecot's own file has a stamp and no more.
 */
#include "part_priv.h"

struct mg_writer mg_count_writer(struct mg_slice tag)
{
	struct mg_writer w = { .role = MG_POSTFIX_ROLE_FOREIGN };

	w.daemon = mg_envelope_daemon(tag, &w.service);
	if (w.daemon == MG_DAEMON_POSTFIX) {
		w.role = mg_postfix_role(w.service);
		w.instance = mg_count_instance(tag);
	}
	return w;
}

static void postfix_text(struct mg_counter *c, const struct mg_writer *w,
			 struct mg_slice text, int64_t at)
{
	struct mg_postfix_line line;

	if (c->engine == MG_ENGINE_QUICK &&
	    mg_postfix_quick(w->role, text, &line)) {
		if (mg_part_leaves_postfix(c, &w->instance, &line, at))
			return;
		c->n_lines[MG_EXIM_KINDS + line.kind]++;
		mg_count_postfix(c, &w->instance, &line, at);
		return;
	}
	/* A repeated line about one message says nothing new about it. */
	(void)mg_envelope_unrepeat(&text);
	mg_postfix_parse(w->role, text, &line);
	if (mg_part_leaves_postfix(c, &w->instance, &line, at))
		return;
	mg_count_kind(c, MG_EXIM_KINDS + line.kind, line.is_odd, w->service,
		      text);
	mg_count_postfix(c, &w->instance, &line, at);
}

static void dovecot_text(struct mg_counter *c, struct mg_slice text, int64_t at)
{
	struct mg_dovecot_line line;
	uint32_t n;

	if (c->engine == MG_ENGINE_QUICK && mg_dovecot_quick(text, &line)) {
		c->n_lines[MG_LINE_DOVECOT + line.kind]++;
		mg_count_dovecot(c, &line, 1, at);
		return;
	}
	n = mg_envelope_unrepeat(&text);
	mg_dovecot_parse(text, &line);
	mg_count_kind(c, MG_LINE_DOVECOT + line.kind,
		      line.kind == MG_DOVECOT_ODD, MG_LIT(""), text);
	mg_count_dovecot(c, &line, n, at);
}

void mg_count_written(struct mg_counter *c, const struct mg_writer *w,
		      struct mg_slice text, int64_t at)
{
	if (w->daemon == MG_DAEMON_POSTFIX)
		postfix_text(c, w, text, at);
	else if (w->daemon == MG_DAEMON_DOVECOT)
		dovecot_text(c, text, at);
	else
		c->n_lines[MG_EXIM_KINDS + MG_POSTFIX_FOREIGN]++;
}

void mg_count_enveloped(struct mg_counter *c,
			const struct mg_envelope *envelope, int64_t at)
{
	const struct mg_writer w = mg_count_writer(envelope->tag);

	if (w.daemon == MG_DAEMON_EXIM)
		mg_count_wrapped_exim(c, envelope, at);
	else
		mg_count_written(c, &w, envelope->text, at);
}

static int64_t instant(struct mg_counter *c, const struct mg_envelope *e)
{
	const struct mg_slice stamp = mg_slice_of(e->stamp.ptr,
						  e->stamp.len + 1);
	int64_t at;

	if (mg_count_stamp_len(c, stamp) == stamp.len &&
	    mg_count_stamp_at(c, stamp.ptr, &at))
		return at;
	at = mg_count_instant(c, e->at, e->has_zone, e->zone_s);
	if (c->engine == MG_ENGINE_QUICK)
		mg_count_know_envelope(c, e);
	return at;
}

static void unstamped(struct mg_counter *c, struct mg_slice line)
{
	mg_count_kind(c, line.len ? MG_EXIM_UNSTAMPED : MG_EXIM_BLANK, false,
		      MG_LIT(""), line);
}

void mg_count_syslog_line(struct mg_counter *c, struct mg_slice line)
{
	struct mg_envelope e;

	if (c->engine == MG_ENGINE_QUICK && mg_count_quick_syslog(c, line))
		return;
	if (!mg_envelope_parse(line, &e)) {
		unstamped(c, line);
		return;
	}
	mg_count_enveloped(c, &e, instant(c, &e));
	if (c->engine == MG_ENGINE_QUICK)
		mg_count_know_tag(c, &e);
}

void mg_count_dovecot_line(struct mg_counter *c, struct mg_slice line)
{
	struct mg_envelope e;

	if (c->engine == MG_ENGINE_QUICK && mg_count_quick_own(c, line))
		return;
	if (!mg_envelope_parse_own(line, &e) || !mg_dovecot_is_own(e.text))
		unstamped(c, line);
	else
		dovecot_text(c, e.text, instant(c, &e));
}
