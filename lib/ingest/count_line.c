/* SPDX-License-Identifier: MIT */
/*
 * Kinds of lines of all dialects, and what they mean to a person.
 */
#include "mailguard/count.h"

static const char *const postfix_names[MG_POSTFIX_KINDS] = {
	[MG_POSTFIX_CLIENT] = "postfix/client",
	[MG_POSTFIX_PICKUP] = "postfix/pickup",
	[MG_POSTFIX_MESSAGE_ID] = "postfix/message-id",
	[MG_POSTFIX_QUEUED] = "postfix/queued",
	[MG_POSTFIX_DELIVERY] = "postfix/delivery",
	[MG_POSTFIX_DEFERRAL] = "postfix/deferral",
	[MG_POSTFIX_FAILURE] = "postfix/failure",
	[MG_POSTFIX_EXPIRED] = "postfix/expired",
	[MG_POSTFIX_NOTIFICATION] = "postfix/notification",
	[MG_POSTFIX_REMOVED] = "postfix/removed",
	[MG_POSTFIX_CANCELED] = "postfix/canceled",
	[MG_POSTFIX_PROBE] = "postfix/probe",
	[MG_POSTFIX_NOTE] = "postfix/note",
	[MG_POSTFIX_AUTH_FAILED] = "postfix/auth-failed",
	[MG_POSTFIX_REJECTED] = "postfix/rejected",
	[MG_POSTFIX_CONNECTION] = "postfix/connection",
	[MG_POSTFIX_STATISTICS] = "postfix/statistics",
	[MG_POSTFIX_DAEMON] = "postfix/daemon",
	[MG_POSTFIX_FOREIGN] = "foreign",
	[MG_POSTFIX_OTHER] = "postfix/other",
};

static const char *const dovecot_names[MG_DOVECOT_KINDS] = {
	[MG_DOVECOT_LOGIN] = "dovecot/login",
	[MG_DOVECOT_FAILED] = "dovecot/failed",
	[MG_DOVECOT_ODD] = "dovecot/odd",
	[MG_DOVECOT_OTHER_LOGIN] = "dovecot/other-login",
	[MG_DOVECOT_UNTRIED] = "dovecot/untried",
	[MG_DOVECOT_PROXY] = "dovecot/proxy",
	[MG_DOVECOT_AUTH] = "dovecot/auth",
	[MG_DOVECOT_SESSION] = "dovecot/session",
	[MG_DOVECOT_DELIVERY] = "dovecot/delivery",
	[MG_DOVECOT_DAEMON] = "dovecot/daemon",
	[MG_DOVECOT_OTHER] = "dovecot/other",
};

const char *mg_line_kind_name(unsigned kind)
{
	if (kind < MG_EXIM_KINDS)
		return mg_exim_kind_name((enum mg_exim_kind)kind);
	if (kind < MG_LINE_DOVECOT)
		return postfix_names[kind - MG_EXIM_KINDS];
	if (kind < MG_LINE_JOURNAL)
		return dovecot_names[kind - MG_LINE_DOVECOT];
	if (kind == MG_LINE_FORGED)
		return "journal/forged";
	return kind == MG_LINE_SUPPRESSED ? "journal/suppressed" : "?";
}

enum mg_line_class mg_line_class(unsigned kind)
{
	switch (kind) {
	case MG_EXIM_ARRIVAL:
	case MG_EXIM_KINDS + MG_POSTFIX_CLIENT:
	case MG_EXIM_KINDS + MG_POSTFIX_PICKUP:
		return MG_LINE_ARRIVED;
	case MG_EXIM_DELIVERY:
	case MG_EXIM_KINDS + MG_POSTFIX_DELIVERY:
		return MG_LINE_DELIVERED;
	case MG_EXIM_DEFERRAL:
	case MG_EXIM_KINDS + MG_POSTFIX_DEFERRAL:
		return MG_LINE_DEFERRED;
	case MG_EXIM_FAILURE:
	case MG_EXIM_KINDS + MG_POSTFIX_FAILURE:
		return MG_LINE_FAILED;
	case MG_LINE_DOVECOT + MG_DOVECOT_LOGIN:
		return MG_LINE_CHECK;
	case MG_LINE_DOVECOT + MG_DOVECOT_FAILED:
		return MG_LINE_FAILED_LOGIN;
	case MG_EXIM_OTHER:
	case MG_EXIM_KINDS + MG_POSTFIX_OTHER:
	case MG_LINE_DOVECOT + MG_DOVECOT_OTHER:
		return MG_LINE_UNKNOWN;
	case MG_EXIM_UNSTAMPED:
	case MG_EXIM_OVERLONG:
		return MG_LINE_STRANGE;
	default:
		return MG_LINE_NEUTRAL;
	}
}

const char *mg_line_daemon(unsigned kind)
{
	if (kind < MG_EXIM_BLANK)
		return "Exim";
	if (kind < MG_EXIM_KINDS || kind >= MG_LINE_KINDS ||
	    kind == MG_EXIM_KINDS + MG_POSTFIX_FOREIGN)
		return NULL;
	return kind < MG_LINE_DOVECOT ? "Postfix" : "Dovecot";
}
