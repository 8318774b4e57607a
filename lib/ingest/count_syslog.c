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

static void postfix_text(struct mg_counter *c, const struct mg_reading *r,
			 int64_t at)
{
	const struct mg_writer *w = r->writer;
	struct mg_slice text = r->text;
	struct mg_postfix_line line;

	if (r->is_understood) {
		if (mg_part_leaves_postfix(c, &w->instance, &r->as.postfix, at))
			return;
		c->n_lines[MG_EXIM_KINDS + r->as.postfix.kind]++;
		mg_count_postfix(c, &w->instance, &r->as.postfix, at);
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

static void dovecot_text(struct mg_counter *c, const struct mg_reading *r,
			 int64_t at)
{
	struct mg_slice text = r->text;
	struct mg_dovecot_line line;
	uint32_t n;

	if (r->is_understood) {
		c->n_lines[MG_LINE_DOVECOT + r->as.dovecot.kind]++;
		mg_count_dovecot(c, &r->as.dovecot, 1, at);
		return;
	}
	n = mg_envelope_unrepeat(&text);
	mg_dovecot_parse(text, &line);
	mg_count_kind(c, MG_LINE_DOVECOT + line.kind,
		      line.kind == MG_DOVECOT_ODD, MG_LIT(""), text);
	mg_count_dovecot(c, &line, n, at);
}

/* What a quick text will ask for when it counts. */
static void expect(const struct mg_counter *c, struct mg_reading *r)
{
	if (r->writer->daemon == MG_DAEMON_DOVECOT) {
		if (r->as.dovecot.kind == MG_DOVECOT_LOGIN)
			mg_count_expect_login(c, r->as.dovecot.user, r);
	} else if (r->as.postfix.kind == MG_POSTFIX_CLIENT) {
		mg_count_expect_login(c, r->as.postfix.login, r);
	} else if (r->as.postfix.kind == MG_POSTFIX_QUEUED) {
		mg_count_expect_domain(c, r->as.postfix.sender, r);
	}
}

void mg_count_read_text(const struct mg_counter *c, struct mg_reading *r)
{
	r->is_understood =
		c->engine == MG_ENGINE_QUICK &&
		((r->writer->daemon == MG_DAEMON_POSTFIX &&
		  mg_postfix_quick(r->writer->role, r->text, &r->as.postfix)) ||
		 (r->writer->daemon == MG_DAEMON_DOVECOT &&
		  mg_dovecot_quick(r->text, &r->as.dovecot)));
	if (r->is_understood)
		expect(c, r);
}

void mg_count_written(struct mg_counter *c, const struct mg_reading *r,
		      int64_t at)
{
	if (r->writer->daemon == MG_DAEMON_POSTFIX)
		postfix_text(c, r, at);
	else if (r->writer->daemon == MG_DAEMON_DOVECOT)
		dovecot_text(c, r, at);
	else
		c->n_lines[MG_EXIM_KINDS + MG_POSTFIX_FOREIGN]++;
}

void mg_count_enveloped(struct mg_counter *c,
			const struct mg_envelope *envelope, int64_t at)
{
	const struct mg_writer w = mg_count_writer(envelope->tag);
	struct mg_reading r;

	if (w.daemon == MG_DAEMON_EXIM) {
		mg_count_wrapped_exim(c, envelope, at);
		return;
	}
	r.writer = &w;
	r.text = envelope->text;
	mg_count_read_text(c, &r);
	mg_count_written(c, &r, at);
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
	const struct mg_writer dovecot = { .daemon = MG_DAEMON_DOVECOT };
	struct mg_reading read = { .writer = &dovecot };
	struct mg_envelope e;

	if (!mg_envelope_parse_own(line, &e) || !mg_dovecot_is_own(e.text)) {
		unstamped(c, line);
		return;
	}
	read.text = e.text;
	mg_count_read_text(c, &read);
	mg_count_written(c, &read, instant(c, &e));
}
