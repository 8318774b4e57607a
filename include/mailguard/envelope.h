/* SPDX-License-Identifier: MIT */
/*
 * envelope - the front of a line that came through syslog: when, which host,
 * which program.
 *
 * Stamps and tags are written by the syslog daemon (or by Postfix's postlogd);
 * where any local user may send to it (logger -t postfix/smtpd), whatever
 * stands here proves nothing. That is judged by the class of the log, not here.
 *
 * Source: RFC 3164 and 5424, RFC 3339 as rsyslog's RSYSLOG_FileFormat writes
 * it; rsyslog's ratelimit.c for "message repeated".
 */
#ifndef MAILGUARD_ENVELOPE_H
#define MAILGUARD_ENVELOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/slice.h"
#include "mailguard/tz.h"

/*
 * The most that one "message repeated N times" stands for. rsyslog writes one
 * at least every few minutes; twice as much would let a single forged line do
 * more harm, half would lose tries of a fast password guesser. Lines.
 */
#define MG_ENVELOPE_REPEAT_MAX 10000

enum mg_daemon {
	MG_DAEMON_POSTFIX,
	MG_DAEMON_DOVECOT,
	MG_DAEMON_EXIM,
	MG_DAEMON_OTHER,
};

/* Slices point into the line. */
struct mg_envelope {
	struct mg_civil at; /* year 0 where the stamp has none */
	bool has_year;
	bool has_zone;
	int32_t zone_s;        /* seconds east of UTC, where has_zone */
	struct mg_slice stamp; /* as written; a blank stands behind it */
	struct mg_slice host;  /* empty where RFC 5424 has none */
	struct mg_slice tag;   /* empty where the text has none */
	uint32_t pid;          /* 0 where there is none, or no number */
	struct mg_slice text;  /* to the end of the line, without CR */
};

/*
 * mg_envelope_parse - where the text of a line begins, and what stands before.
 *
 * line   in   without its newline, any bytes
 * out    out  filled on success, undefined otherwise
 *
 * Takes each of these, fractions of a second and the zone being optional, the
 * day padded by a blank or a zero:
 *
 *     [<PRI>]Nov 22 02:19:34 HOST TAG[PID]: TEXT
 *     [<PRI>]2026-11-22T02:19:34.123456+00:00 HOST TAG[PID]: TEXT
 *     <PRI>1 2026-11-22T02:19:34.123456+00:00 HOST TAG PID MSGID SD TEXT
 *
 * A line with stamp and host, but without a tag ("last message repeated 2
 * times"), has an empty tag. Feb 29 is accepted where the year is unknown.
 * Returns false for any other line, and for years outside 1995..2198.
 */
bool mg_envelope_parse(struct mg_slice line, struct mg_envelope *out);

/*
 * mg_envelope_parse_own - the same for a file that a daemon writes itself,
 * without host and tag (Dovecot's log_path; log_timestamp as shipped, or one
 * of the ISO 8601 kind):
 *
 *     Nov 22 02:19:34 TEXT
 *     2026-11-22 02:19:34[.123456][+0000] TEXT, T between date and time as well
 *
 * Fills the stamp and the text. Returns false for any other line.
 */
bool mg_envelope_parse_own(struct mg_slice line, struct mg_envelope *out);

/*
 * mg_envelope_unrepeat - take "message repeated N times: [ TEXT]" off.
 *
 * text   in/out  the inner text where it is one, else untouched
 *
 * Returns how many lines it stands for, besides the one before it in the log:
 * 1 where it is no such line, at most MG_ENVELOPE_REPEAT_MAX. rsyslog cuts the
 * inner text after 800 bytes.
 */
uint32_t mg_envelope_unrepeat(struct mg_slice *text);

/*
 * mg_envelope_daemon - whose line it is.
 *
 * tag      in   as in the envelope
 * service  out  for Postfix the daemon: the last component of the tag
 *               ("postfix/submission/smtpd": "smtpd"), for others empty
 *
 * Postfix is postfix[-A-Za-z0-9_]*(/[A-Za-z0-9_.-]+)*, a slash and [a-z_-]+.
 */
enum mg_daemon mg_envelope_daemon(struct mg_slice tag,
				  struct mg_slice *service);

#endif
