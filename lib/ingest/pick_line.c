/* SPDX-License-Identifier: MIT */
/*
 * What a line has to do with a subject: what counting it changes.
 */
#include "pick_priv.h"

#include "mailguard/envelope.h"

/*
 * The script that PHP names in a header (mail.add_x_header), where an ACL of the
 * site logs it: "ID [U=USER ][Warning: ]X-PHP-Originating-Script: UID:FILE". Only
 * at its place: nearly all of a line can be a stranger's. And it is the sender's
 * word: a program can give its mail that header itself.
 */
static struct mg_slice originating_script(const struct mg_exim_line *l)
{
	struct mg_slice text = l->body, word;

	if (l->id.len == 0 || !mg_slice_cut_lit(&text, l->id) ||
	    !mg_slice_cut_lit(&text, MG_LIT(" ")))
		return MG_LIT("");
	if (mg_slice_cut_lit(&text, MG_LIT("U=")))
		(void)mg_slice_cut_at(&text, ' ', &word);
	(void)mg_slice_cut_lit(&text, MG_LIT("Warning: "));
	return mg_slice_cut_lit(&text, MG_LIT("X-PHP-Originating-Script: "))
		       ? mg_slice_trim(text)
		       : MG_LIT("");
}

static void take_exim(const struct mg_exim_line *l, struct mg_pick_line *out)
{
	static const struct mg_instance none = { .len = 0 };

	if (l->kind >= MG_EXIM_BLANK)
		return;
	out->has_id = mg_count_key(&none, l->id, &out->id);
	out->is_last = l->kind == MG_EXIM_COMPLETED ||
		       l->kind == MG_EXIM_RESCINDED;
	out->ip = l->host.ip;
	out->is_arrival = l->kind == MG_EXIM_ARRIVAL;
	if (out->is_arrival) {
		out->helo = l->host.helo.len ? l->host.helo : l->host.name;
		out->sender = l->sender;
	}
	out->is_refusal = l->kind == MG_EXIM_FAILURE ||
			  l->kind == MG_EXIM_DEFERRAL;
	out->refusal = l->kind == MG_EXIM_FAILURE ? MG_FACT_REFUSED
						  : MG_FACT_DEFERRED;
	out->address = l->address;
	out->text = l->text;
	if (l->kind == MG_EXIM_NOTE || l->kind == MG_EXIM_OTHER)
		out->file = originating_script(l);
	if (l->kind == MG_EXIM_CWD)
		out->directory = l->directory;
}

static void take_postfix(const struct mg_writer *w, struct mg_slice text,
			 struct mg_pick_line *out)
{
	struct mg_postfix_line l;

	(void)mg_envelope_unrepeat(&text);
	mg_postfix_parse(w->role, text, &l);
	out->has_id = mg_count_key(&w->instance, l.id, &out->id);
	out->is_last = l.kind == MG_POSTFIX_REMOVED ||
		       l.kind == MG_POSTFIX_CANCELED;
	out->ip = l.host.ip;
	out->is_arrival = l.kind == MG_POSTFIX_CLIENT ||
			  l.kind == MG_POSTFIX_PICKUP;
	if (l.kind == MG_POSTFIX_QUEUED)
		out->sender = l.sender;
	out->is_refusal = l.kind == MG_POSTFIX_FAILURE ||
			  l.kind == MG_POSTFIX_DEFERRAL;
	out->refusal = l.kind == MG_POSTFIX_FAILURE ? MG_FACT_REFUSED
						    : MG_FACT_DEFERRED;
	out->address = l.address;
	out->text = l.text;
}

static void take_dovecot(struct mg_slice text, struct mg_pick_line *out)
{
	struct mg_dovecot_line l;

	(void)mg_envelope_unrepeat(&text);
	mg_dovecot_parse(text, &l);
	if (l.kind == MG_DOVECOT_LOGIN)
		mg_ip_format(&l.ip, out->check_ip);
}

/* What a program of that tag wrote. */
static void take_tagged(struct mg_slice tag, struct mg_slice text,
			struct mg_pick_line *out)
{
	const struct mg_writer w = mg_count_writer(tag);
	struct mg_exim_line l;

	if (w.daemon == MG_DAEMON_POSTFIX) {
		take_postfix(&w, text, out);
	} else if (w.daemon == MG_DAEMON_DOVECOT) {
		take_dovecot(text, out);
	} else if (w.daemon == MG_DAEMON_EXIM) {
		mg_exim_parse(text, &l);
		if (l.kind == MG_EXIM_UNSTAMPED)
			mg_exim_parse_text(text, &l);
		take_exim(&l, out);
	}
}

static void take_line(enum mg_dialect dialect, struct mg_slice line,
		      struct mg_pick_line *out)
{
	struct mg_exim_line l;
	struct mg_envelope e;

	if (dialect == MG_DIALECT_SYSLOG) {
		if (mg_envelope_parse(line, &e))
			take_tagged(e.tag, e.text, out);
	} else if (dialect == MG_DIALECT_EXIM) {
		mg_exim_parse(line, &l);
		take_exim(&l, out);
	} else if (dialect == MG_DIALECT_DOVECOT &&
		   mg_envelope_parse_own(line, &e)) {
		take_dovecot(e.text, out);
	}
}

void mg_pick_read(const struct mg_counter *c, const struct mg_pick_text *text,
		  struct mg_pick_line *out)
{
	const struct mg_journal_line *e = text->entry;

	*out = (struct mg_pick_line){ .has_id = false };
	if (!e)
		take_line(c->dialect, text->line, out);
	else if (mg_count_journal_is_sure(c, e))
		take_tagged(e->identifier, e->text, out);
}

/* Whether an origin is the subject, or belongs to it. */
static bool is_of(const struct mg_pick_job *job, uint32_t origin)
{
	const struct mg_pick_subject *s = &job->subject;
	const struct mg_accounts *a = job->counter->accounts;
	const struct mg_subject *o;

	if (origin == MG_ACCOUNT_NONE)
		return false;
	o = &job->counter->origins.items[origin];
	switch (s->kind) {
	case MG_PICK_MAILBOX:
		return (o->kind == MG_ORIGIN_MAILBOX ||
			o->kind == MG_ORIGIN_FORWARDER) &&
		       mg_slice_is(o->name, s->name);
	case MG_PICK_DOMAIN:
		return o->domain == s->domain;
	case MG_PICK_ACCOUNT:
		return o->account == s->account;
	case MG_PICK_OWNER:
		return o->account != MG_ACCOUNT_NONE &&
		       mg_slice_is(a->accounts[o->account].owner, s->name);
	case MG_PICK_SCRIPT:
		return o->kind == MG_ORIGIN_SCRIPT &&
		       mg_slice_is(o->name, s->name);
	case MG_PICK_USER:
		return o->kind == MG_ORIGIN_USER &&
		       mg_slice_is(o->name, s->name);
	case MG_PICK_IP:
		return false;
	}
	return false;
}

static const struct mg_flight *flight_of(const struct mg_pick_job *job,
					 const struct mg_pick_line *l)
{
	const struct mg_flight_entry *e =
		l->has_id ? mg_flights_find(&job->counter->flights, l->id.id)
			  : NULL;

	return e ? &e->flight : NULL;
}

/* Mail that only came in for somebody has an origin, too, and is not his. */
static bool has_flight(const struct mg_pick_job *job,
		       const struct mg_pick_line *l)
{
	const struct mg_flight *f = flight_of(job, l);

	return f &&
	       (f->state == MG_FLIGHT_CHARGED || f->state == MG_FLIGHT_RELAY ||
		f->state == MG_FLIGHT_FORWARD || f->state == MG_FLIGHT_AGAIN) &&
	       is_of(job, f->origin);
}

static bool is_inbound(const struct mg_flight *f)
{
	return f && f->state == MG_FLIGHT_INBOUND;
}

static bool is_ip(const struct mg_pick_job *job, struct mg_slice text)
{
	struct mg_ip ip;

	return job->subject.kind == MG_PICK_IP && mg_ip_parse(text, &ip) &&
	       !memcmp(&ip, &job->subject.ip, sizeof(ip));
}

/* What a call of sendmail says of the script, before there is a message. */
static bool is_call(const struct mg_pick_job *job, struct mg_slice directory)
{
	const struct mg_pick_subject *s = &job->subject;
	const struct mg_accounts *a = job->counter->accounts;
	uint32_t account, site;

	if (directory.len == 0)
		return false;
	if (s->kind == MG_PICK_SCRIPT)
		return mg_slice_is(directory, s->name);
	account = mg_accounts_of_path(a, directory);
	if (account == MG_ACCOUNT_NONE)
		return false;
	if (s->kind == MG_PICK_OWNER)
		return mg_slice_is(a->accounts[account].owner, s->name);
	if (s->kind == MG_PICK_DOMAIN) {
		site = mg_accounts_site(a, account, directory);
		return site == s->domain ||
		       (site == MG_ACCOUNT_NONE &&
			a->accounts[account].main_domain == s->domain);
	}
	return account == s->account &&
	       (s->kind == MG_PICK_ACCOUNT || s->kind == MG_PICK_USER);
}

/* Whether what was counted just now is the subject's; it is forgotten then. */
static bool take_counts(const struct mg_pick_job *job)
{
	struct mg_counter *c = job->counter;
	bool found = false;

	for (size_t i = 0; i < c->by_origin.n_cells && !found; i++)
		found = is_of(job, c->by_origin.cells[i].subject);
	for (size_t i = 0; i < c->checks.n_cells && !found; i++) {
		const struct mg_checks_cell *cell = &c->checks.cells[i];

		found = job->subject.kind == MG_PICK_IP
				? !memcmp(&cell->check.ip, &job->subject.ip,
					  sizeof(cell->check.ip))
				: is_of(job, cell->origin);
	}
	mg_tally_clear(&c->by_origin);
	mg_tally_clear(&c->by_sender);
	mg_checks_clear(&c->checks);
	return found;
}

bool mg_pick_count(const struct mg_pick_job *job,
		   const struct mg_pick_text *text, struct mg_pick_line *l)
{
	const struct mg_flight *f = flight_of(job, l);
	const bool before = has_flight(job, l), was_inbound = is_inbound(f);

	if (f && f->flags & MG_FLIGHT_QUEUED) /* a retry of Postfix */
		l->sender = MG_LIT("");
	if (text->entry)
		mg_counter_journal(job->counter, text->entry);
	else
		mg_counter_line(job->counter, text->line);
	f = flight_of(job, l);
	l->may_relay = is_inbound(f) && is_of(job, f->origin);
	l->is_relayed = was_inbound && f && f->state == MG_FLIGHT_RELAY;
	return take_counts(job) || before || has_flight(job, l) ||
	       is_ip(job, l->ip) || is_call(job, l->directory);
}
