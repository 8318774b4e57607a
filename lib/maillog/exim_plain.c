/* SPDX-License-Identifier: MIT */
/*
 * Lines about no message: scripts calling sendmail, failed logins, refusals,
 * connections, the daemon itself.
 */
#include "exim_priv.h"

struct opening {
	struct mg_slice words;
	enum mg_exim_kind kind;
};

/*
 * How a line begins, the first that fits. Most of these words come with the id
 * of a message in front as well as without.
 */
static const struct opening openings[] = {
	{ MG_LIT_INIT("SMTP connection"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("H="), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("no host name found"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("no IP address found"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("no MAIL in "), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("unexpected "), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("SMTP command timeout"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("SMTP data timeout"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("TLS error"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("TLS session: "), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("ident connection to "), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("SSL "), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("SSL_"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("DANE "), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("OCSP "), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("Received TLS "), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("Required TLS certificate"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("Server certificate "), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("F="), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("U="), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("SMTP protocol"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("SMTP syntax"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("SMTP call from"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("rejected "), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("temporarily rejected "), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("refused connection"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("temporarily refused "), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("Connection from"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("connection from "), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("sender verify"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("unqualified "), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("too many recipients"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("VRFY failed"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("ignoring AUTH="), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("overlong message header"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("ridiculously long "), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("Message is frozen"), MG_EXIM_NOTE },
	{ MG_LIT_INIT("Message abandoned"), MG_EXIM_NOTE },
	{ MG_LIT_INIT("Message removed "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("Frozen"), MG_EXIM_NOTE },
	{ MG_LIT_INIT("frozen by "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("Unfrozen by "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("unfrozen by "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("cancelled by "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("removed by "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("recipient <"), MG_EXIM_NOTE },
	{ MG_LIT_INIT("address <"), MG_EXIM_NOTE },
	{ MG_LIT_INIT("sender address changed "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("no immediate delivery"), MG_EXIM_NOTE },
	{ MG_LIT_INIT("original recipients ignored"), MG_EXIM_NOTE },
	{ MG_LIT_INIT("Delivery deferred "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("Delivery status "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("DKIM: "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("DMARC "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("ARC: "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("DCC: "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("PRDR "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("check_mail_permissions "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("moved from "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("Format error "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("Header modification "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("Child mail process "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("remote host address is the local host"), MG_EXIM_NOTE },
	{ MG_LIT_INIT("lowest numbered MX record "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("remote delivery process "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("shadow transport "), MG_EXIM_NOTE },
	{ MG_LIT_INIT("signing"), MG_EXIM_NOTE },
	{ MG_LIT_INIT("Start "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("End "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("exim "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("pid "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("daemon"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Warning: "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("WARNING: "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Suggested action: "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("socket bind() "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("ALERT: "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Abandon queue run"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("queue run: "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("listen backlog "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("notify triggered "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("ETRN "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("ATRN "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("DNS list "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("dnslist"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("unknown item in dnslist"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("host name alias list "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("responsible-mailbox "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("dnssec "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Long "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("CNAME loop "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("expansion of "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Expansion of "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("failed to "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Failed to "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("failure "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Failed writing "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("could not "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Could not "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Couldn't "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("cannot "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("unable to "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Unable to "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Error "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("attempt to "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Attempt to "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("invalid "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("internal "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("bad "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Bad "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("setsockopt("), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("getsockname("), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("getsockopt("), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("getrlimit("), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("setrlimit("), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("delivery setrlimit"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("IPv"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Setting IPV6"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("fork of "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("2nd fork "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("exec of "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("re-exec of "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("process "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Process "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("redirection process "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("timed out while "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("log directory space "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("spool directory space "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("ACL "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("acl_smtp_"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("malware acl condition"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("regex acl condition"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("mime_regex "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("MIME acl "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("local_scan() "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("configured error code "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("EHLO/HELO "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("string too large "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("list matching "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("no @ found "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("partial matching "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("unknown "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("too many lookups "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("tainted "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Tainted "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("callout "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("routing loop "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("rewrite"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Rewrite "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("smtp-wait "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("tls_"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("GnuTLS "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Stat failed "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Wrong ownership "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Spool "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("spool"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("link("), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("unlink("), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("rmdir("), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("debugging "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("SIGSEGV "), MG_EXIM_DAEMON },
};

/* What stands behind a name, a host or an address that begins a line. */
static const struct mg_slice mentions[] = {
	MG_LIT_INIT(" authenticator failed "),
	MG_LIT_INIT(" authenticator cancelled "),
	MG_LIT_INIT(": error ignored"),
	MG_LIT_INIT(" router: "),
	MG_LIT_INIT(" router failed to expand "),
	MG_LIT_INIT(" transport output: "),
	MG_LIT_INIT(" transport process "),
	MG_LIT_INIT(" failed to expand "),
	MG_LIT_INIT(" Connection refused"),
	MG_LIT_INIT(" Connection timed out"),
	MG_LIT_INIT(" Network Error"),
	MG_LIT_INIT(": malformed address"),
	MG_LIT_INIT("missing or malformed"),
	MG_LIT_INIT("] SSL verify error"),
	MG_LIT_INIT("] after QUIT, "),
	MG_LIT_INIT(" verify denied by event-action"),
	MG_LIT_INIT(" rewritten as "),
	MG_LIT_INIT(" incomplete transaction"),
	MG_LIT_INIT(" sender verify "),
	MG_LIT_INIT(" rejected by "),
	MG_LIT_INIT(" Warning: "),
	MG_LIT_INIT(": discarded by "),
	MG_LIT_INIT(" lost while reading message data"),
	MG_LIT_INIT(" received while reading local message"),
	MG_LIT_INIT(" is not untainted after "),
	MG_LIT_INIT(" is not absolute after "),
	MG_LIT_INIT("delivering unencrypted to "),
	MG_LIT_INIT(": callout unencrypted to "),
	MG_LIT_INIT(": accepted by +include_"),
	MG_LIT_INIT(" in host list item "),
	MG_LIT_INIT(" verb not allowed in "),
	MG_LIT_INIT(" spamd"),
};

/*
 * "NAME authenticator failed for HOST: 535 ... (set_id=LOGIN)". The address is
 * the one in the fixed place; LOGIN is the stranger's and is not looked at.
 */
static bool cut_auth_failure(struct mg_slice text, struct mg_exim_line *out)
{
	struct mg_slice name;

	if (!mg_slice_cut_at(&text, ' ', &name) ||
	    !mg_slice_cut_lit(&text, MG_LIT("authenticator failed for ")))
		return false;
	out->kind = MG_EXIM_AUTH_FAILED;
	/* 4.99 writes H= before the host. */
	out->has_host = mg_exim_cut_host(&text, MG_LIT("H="), &out->host) ||
			mg_exim_cut_host(&text, MG_LIT(""), &out->host);
	return true;
}

static bool is_mentioned(struct mg_slice text)
{
	for (size_t i = 0; i < sizeof(mentions) / sizeof(*mentions); i++)
		if (mg_slice_search(text, mentions[i]) != text.len)
			return true;
	return false;
}

static enum mg_exim_kind kind_of(struct mg_slice text)
{
	for (size_t i = 0; i < sizeof(openings) / sizeof(*openings); i++)
		if (mg_slice_has_prefix(text, openings[i].words))
			return openings[i].kind;
	return is_mentioned(text) ? MG_EXIM_NOTE : MG_EXIM_OTHER;
}

enum mg_exim_kind mg_exim_note_kind(struct mg_slice text)
{
	return kind_of(text) == MG_EXIM_OTHER ? MG_EXIM_OTHER : MG_EXIM_NOTE;
}

void mg_exim_parse_plain(struct mg_slice text, struct mg_exim_line *out)
{
	if (mg_exim_cut_word(&text, MG_LIT("cwd="), &out->directory)) {
		out->kind = MG_EXIM_CWD;
		return;
	}
	if (cut_auth_failure(text, out))
		return;
	out->kind = kind_of(text);
	if (out->kind == MG_EXIM_REJECTED)
		out->has_host = mg_exim_cut_host(&text, MG_LIT("H="),
						 &out->host);
}
