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
};

/* The name of a mechanism (RFC 4422 3.1); the client may say anything. */
static bool is_mechanism(struct mg_slice s)
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
	if (!mg_slice_cut_at(&text, ' ', &method) || !is_mechanism(method) ||
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
	else if (out->login.len >= 100)
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

	out->kind = has_id ? MG_POSTFIX_NOTE : MG_POSTFIX_OTHER;
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
}
