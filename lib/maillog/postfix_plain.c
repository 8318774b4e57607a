/* SPDX-License-Identifier: MIT */
/*
 * Lines about no message: refusals, failed logins, connections, the daemons
 * themselves. Some of them have the id of a message since 3.10.
 */
#include "postfix_priv.h"

struct opening {
	struct mg_slice words;
	enum mg_postfix_kind kind;
};

/* How a line begins, the first that fits. */
static const struct opening openings[] = {
	{ MG_LIT_INIT("connect from "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("disconnect from "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("lost connection after "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("timeout after "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("too many errors after "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("SSL_accept error from "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("improper command pipelining "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("bare <LF> received "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("discarding EHLO keywords: "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("Anonymous TLS connection "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("Untrusted TLS connection "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("Trusted TLS connection "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("Verified TLS connection "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("setting up TLS connection "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("connect to "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("SSL_connect error to "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("certificate verification failed "),
	  MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("server certificate verification failed "),
	  MG_POSTFIX_CONNECTION },
	/* postscreen, dnsblog */
	{ MG_LIT_INIT("CONNECT from "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("DISCONNECT "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("PASS "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("PREGREET "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("HANGUP "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("DNSBL rank "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("COMMAND "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("BARE NEWLINE "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("NON-SMTP COMMAND "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("WHITELIST"), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("BLACKLIST"), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("ALLOWLIST"), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("DENYLIST"), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("addr "), MG_POSTFIX_CONNECTION },
	{ MG_LIT_INIT("begin "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("end "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("host "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("Host offered "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("re-using session "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("TLS SNI "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("initializing the "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("looking for session "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("SSL3 alert "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("SSL_set_fd "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("skipping address family "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("cannot load Cert"), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("cannot set default OpenSSL"), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("entering STRESS mode"), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("leaving STRESS mode"), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("BDAT without "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("DATA without "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("conversation with "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("lost connection with "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("Cannot start TLS"), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("Server certificate "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("TLS is required"), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("SASL authentication failed"), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("delivery temporarily suspended"), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("enabling PIX workarounds"), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("breaking line "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("non DNSSEC "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("network address conversion "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("mapping DSN status "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("< "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("> "), MG_POSTFIX_DAEMON },
	/* access tables, restrictions, header_checks, milters, filters */
	{ MG_LIT_INIT("reject: "), MG_POSTFIX_REJECTED },
	{ MG_LIT_INIT("milter-reject: "), MG_POSTFIX_REJECTED },
	{ MG_LIT_INIT("proxy-reject: "), MG_POSTFIX_REJECTED },
	{ MG_LIT_INIT("discard: "), MG_POSTFIX_REJECTED },
	{ MG_LIT_INIT("milter-discard: "), MG_POSTFIX_REJECTED },
	{ MG_LIT_INIT("hangup: "), MG_POSTFIX_REJECTED },
	{ MG_LIT_INIT("reject_warning: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("hold: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("milter-hold: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("filter: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("redirect: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("bcc: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("warn: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("info: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("delay: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("permit: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("proxy-accept: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("passing "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("skipped, still being delivered"), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("not sending "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("status=deferred "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("replace: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("prepend: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("strip: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("ignore: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("pass: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("expired"), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("placed on hold"), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("released from hold"), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("requeued"), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("milter-"), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("milter "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("replacing "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("abort: "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("sender "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("postmaster "), MG_POSTFIX_NOTE },
	{ MG_LIT_INIT("statistics: "), MG_POSTFIX_STATISTICS },
	/* master, postfix(1), postsuper, tables */
	{ MG_LIT_INIT("daemon started "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("reload "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("terminating on "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("starting the Postfix "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("stopping the Postfix "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("refreshing the Postfix "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("the Postfix mail system "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("waiting for the Postfix "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("name_mask: "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("table "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("cache "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("close database "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("Deleted: "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("Requeued: "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("Placed on hold: "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("Released from hold: "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("Expired: "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("warning: "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("error: "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("fatal: "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("panic: "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("debug: "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("using backwards-compatible "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("master exit time "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("ignoring status "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("Postfix is "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("See http"), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("To disable backwards"), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("Force-expired: "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("Renamed to match "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("exiting to reopen "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("lost connection to EGD"), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("database "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("open "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("close "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("start "), MG_POSTFIX_DAEMON },
	{ MG_LIT_INIT("TLS support is not "), MG_POSTFIX_DAEMON },
};

/* What stands behind a name, a host or a service that begins a line. */
static const struct mg_slice mentions[] = {
	MG_LIT_INIT(" certificate verification failed "),
	MG_LIT_INIT(": subject_CN="),
	MG_LIT_INIT(": re-using session "),
	MG_LIT_INIT(": SNI hostname: "),
	MG_LIT_INIT(": TLS cipher list "),
	MG_LIT_INIT(": Matched "),
	MG_LIT_INIT(": Reusing old session"),
	MG_LIT_INIT(" map lookup problem "),
	MG_LIT_INIT(": using backwards-compatible "),
	MG_LIT_INIT(": skipping address family "),
	MG_LIT_INIT(": replacing "),
	MG_LIT_INIT(" cache cleanup "),
	MG_LIT_INIT(": discarding EHLO keywords"),
	MG_LIT_INIT("LIST VETO "),
	MG_LIT_INIT("LISTED ["),
	MG_LIT_INIT(": dict_"),
	MG_LIT_INIT("TLS cache "),
};

static bool is_mentioned(struct mg_slice text)
{
	for (size_t i = 0; i < sizeof(mentions) / sizeof(*mentions); i++)
		if (mg_slice_search(text, mentions[i]) != text.len)
			return true;
	return false;
}

bool mg_postfix_is_mechanism(struct mg_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		const char c = s.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return s.len > 0;
}

/*
 * "warning: HOST[IP]: SASL METHOD authentication failed: REASON[,
 * sasl_username=LOGIN]". The reason is the server's, the login the client's, to
 * the end; Postfix cuts it after 100 bytes.
 */
bool mg_postfix_parse_auth_failure(struct mg_slice text,
				   struct mg_postfix_line *out)
{
	const struct mg_slice login_tag = MG_LIT(", sasl_username=");
	struct mg_postfix_host host;
	struct mg_slice method;
	size_t at;

	if (!mg_slice_cut_lit(&text, MG_LIT("warning: ")) ||
	    !mg_postfix_cut_host(&text, &host) ||
	    !mg_slice_cut_lit(&text, MG_LIT(": SASL ")) ||
	    mg_slice_search(text, MG_LIT(" authentication failed: ")) ==
		    text.len)
		return false;
	out->kind = MG_POSTFIX_AUTH_FAILED;
	out->has_host = true;
	out->host = host;
	if (!mg_slice_cut_at(&text, ' ', &method) ||
	    !mg_postfix_is_mechanism(method) ||
	    !mg_slice_cut_lit(&text, MG_LIT("authentication failed: "))) {
		out->is_odd = true;
		return true;
	}
	out->method = method;
	at = mg_slice_search(text, login_tag);
	if (at == text.len)
		return true;
	out->login = mg_slice_from(text, at + login_tag.len);
	if (mg_slice_is(out->login, MG_LIT("(unavailable)")))
		out->login.len = 0;
	else if (out->login.len >= MG_POSTFIX_LOGIN_CUT)
		out->is_odd = true;
	return true;
}

/* What smtpd was at: "RCPT", "END-OF-MESSAGE". A header or a body is not. */
static bool cut_stage(struct mg_slice *s)
{
	struct mg_slice rest = *s, stage;

	if (!mg_slice_cut_at(&rest, ' ', &stage) || stage.len == 0)
		return false;
	for (size_t i = 0; i < stage.len; i++)
		if (!(stage.ptr[i] >= 'A' && stage.ptr[i] <= 'Z') &&
		    stage.ptr[i] != '-')
			return false;
	*s = rest;
	return true;
}

/* "RCPT from HOST[IP]: TEXT" */
static void parse_rejection(struct mg_slice rest, struct mg_postfix_line *out)
{
	if (!cut_stage(&rest) || !mg_slice_cut_lit(&rest, MG_LIT("from ")))
		return;
	out->has_host = mg_postfix_cut_host(&rest, &out->host);
	if (out->has_host && mg_slice_cut_lit(&rest, MG_LIT(": ")))
		out->text = rest;
}

/*
 * "connect from HOST[IP]", "lost connection after DATA (0 bytes) from HOST[IP]":
 * what the client said stands behind its address, if at all.
 */
static void parse_connection(struct mg_slice text, struct mg_postfix_line *out)
{
	const struct mg_slice from = MG_LIT("from ");
	const size_t at = mg_slice_search(text, from);

	if (at == text.len)
		return;
	text = mg_slice_from(text, at + from.len);
	out->has_host = mg_postfix_cut_host(&text, &out->host);
}

void mg_postfix_parse_plain(struct mg_slice text, struct mg_postfix_line *out)
{
	const bool has_id = out->id.len || out->is_noqueue;

	out->kind = has_id ? MG_POSTFIX_NOTE : MG_POSTFIX_DAEMON;
	for (size_t i = 0; i < sizeof(openings) / sizeof(*openings); i++) {
		struct mg_slice rest = text;

		if (!mg_slice_cut_lit(&rest, openings[i].words))
			continue;
		if (openings[i].kind == MG_POSTFIX_REJECTED) {
			out->kind = MG_POSTFIX_REJECTED;
			parse_rejection(rest, out);
		} else if (openings[i].kind == MG_POSTFIX_CONNECTION) {
			out->kind = MG_POSTFIX_CONNECTION;
			parse_connection(text, out);
		} else if (!has_id) {
			/* "ID: warning: header ..." is about the message. */
			out->kind = openings[i].kind;
		}
		return;
	}
	if (!is_mentioned(text))
		out->kind = MG_POSTFIX_OTHER;
}
