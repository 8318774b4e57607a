/* SPDX-License-Identifier: MIT */
/*
 * The journal: whose entry it is.
 *
 * A client chooses its identifier: `logger -t postfix/smtpd` is enough to be
 * Postfix in a syslog file. Here journald adds the user id of the process that
 * wrote, which the kernel told it, and an entry is believed if that is a user
 * id of the server that the identifier names, or root's.
 *
 * Nothing else decides. _COMM is a name that a process gives itself; _EXE is
 * that of a server too where a library was loaded into it (LD_PRELOAD); and
 * _SYSTEMD_UNIT is Postfix's own for a command in somebody's .forward, which
 * local(8) runs within its unit, but as that user.
 */
#include "count_priv.h"

/* SD_MESSAGE_JOURNAL_DROPPED, systemd/sd-messages.h */
#define DROPPED MG_LIT("a596d6fe7bfa4994828e72309e95d61e")

/* Stamps outside the years 1995..2198 are no log's. */
#define AT_MIN 788918400
#define AT_MAX 7226582400

static bool has(const struct mg_journal_line *e, enum mg_journal_field field)
{
	return e->has & 1U << field;
}

static bool is_believed(const struct mg_counter *c,
			const struct mg_journal_line *e, enum mg_daemon daemon)
{
	static const unsigned servers[] = {
		[MG_DAEMON_POSTFIX] = MG_SERVER_POSTFIX,
		[MG_DAEMON_DOVECOT] = MG_SERVER_DOVECOT,
		[MG_DAEMON_EXIM] = MG_SERVER_EXIM,
	};

	return has(e, MG_JOURNAL_UID) &&
	       mg_accounts_servers(c->accounts, e->uid) & servers[daemon];
}

static bool is_dropped(const struct mg_journal_line *e)
{
	return mg_slice_is(e->message_id, DROPPED) && has(e, MG_JOURNAL_UID) &&
	       e->uid == 0;
}

static bool is_whole(const struct mg_journal_line *e)
{
	const int64_t at = e->place.at_us / 1000000;

	return !e->is_malformed && has(e, MG_JOURNAL_AT) &&
	       has(e, MG_JOURNAL_CURSOR) && at >= AT_MIN && at < AT_MAX;
}

/*
 * Any process may send an entry with a field twice. That says nothing about the
 * journal, or every customer could raise its alarm: _UID is journald's own word.
 */
static bool is_of_no_server(const struct mg_counter *c,
			    const struct mg_journal_line *e)
{
	return has(e, MG_JOURNAL_UID) && has(e, MG_JOURNAL_CURSOR) &&
	       has(e, MG_JOURNAL_AT) &&
	       mg_accounts_servers(c->accounts, e->uid) == 0;
}

bool mg_count_journal_is_sure(const struct mg_counter *c,
			      const struct mg_journal_line *e)
{
	struct mg_slice service;
	const enum mg_daemon daemon = mg_envelope_daemon(e->identifier,
							 &service);

	return is_whole(e) && !e->is_overlong && daemon != MG_DAEMON_OTHER &&
	       is_believed(c, e, daemon);
}

void mg_counter_journal(struct mg_counter *c, const struct mg_journal_line *e)
{
	struct mg_envelope envelope = { .tag = e->identifier,
					.pid = e->pid,
					.text = e->text };
	struct mg_slice service;
	enum mg_daemon daemon;
	int64_t at;

	if (e->is_malformed && is_of_no_server(c, e)) {
		c->n_lines[MG_LINE_FORGED]++;
		return;
	}
	if (!is_whole(e)) {
		mg_count_kind(c, MG_EXIM_UNSTAMPED, false, MG_LIT(""), e->text);
		return;
	}
	at = mg_count_at(c, e->place.at_us / 1000000);
	daemon = mg_envelope_daemon(e->identifier, &service);
	if (is_dropped(e))
		c->n_lines[MG_LINE_SUPPRESSED]++;
	else if (daemon != MG_DAEMON_OTHER && !is_believed(c, e, daemon))
		c->n_lines[MG_LINE_FORGED]++;
	else if (daemon != MG_DAEMON_OTHER && e->is_overlong)
		mg_counter_overlong(c);
	else
		mg_count_enveloped(c, &envelope, at);
}
