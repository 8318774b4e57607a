/* SPDX-License-Identifier: MIT */
/*
 * Lines of a login process: MESSAGE: user=<NAME>, ..., rip=IP, ...
 *
 * The message is Dovecot's own, except where it quotes a client ("ID sent: "),
 * so its first words decide what is read at all.
 */
#include "dovecot_priv.h"

static const struct mg_slice rip_mark = MG_LIT_INIT(", rip=");

/* How a message begins that tells of no end of a session, and counts nothing. */
static const struct {
	struct mg_slice words;
	enum mg_dovecot_kind kind;
} openings[] = {
	{ MG_LIT_INIT("ID sent: "), MG_DOVECOT_SESSION },
	/* one try, before the session ends; the mechanism is the client's */
	{ MG_LIT_INIT("Login failed: "), MG_DOVECOT_AUTH },
	{ MG_LIT_INIT("Authenticate "), MG_DOVECOT_AUTH },
	{ MG_LIT_INIT("proxy("), MG_DOVECOT_PROXY },
	{ MG_LIT_INIT("proxy: "), MG_DOVECOT_PROXY },
	{ MG_LIT_INIT("Started proxying to "), MG_DOVECOT_PROXY },
	{ MG_LIT_INIT("started proxying to "), MG_DOVECOT_PROXY },
	{ MG_LIT_INIT("Maximum number of connections "), MG_DOVECOT_UNTRIED },
	{ MG_LIT_INIT("Waiting for authentication "), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("Auth connection closed "), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("Invalid certificate: "), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("Received invalid SSL certificate: "),
	  MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("Valid certificate: "), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("SSL: "), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("SSL_"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("TLS: "), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("TLSv1"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("haproxy"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("access("), MG_DOVECOT_UNTRIED }, /* tcpwrap */
};

/* How one begins that tells of the end of a session without a login. */
static const struct mg_slice ends[] = {
	MG_LIT_INIT("Disconnected"),
	MG_LIT_INIT("Aborted login"),
	MG_LIT_INIT("Login aborted"),
	MG_LIT_INIT("Client has quit the connection"),
	MG_LIT_INIT("Remote closed connection"),
	MG_LIT_INIT("Remote unexpectedly disconnected"),
	MG_LIT_INIT("Connection closed"),
	MG_LIT_INIT("Connection timed out"),
	MG_LIT_INIT("Internal login failure"),
	MG_LIT_INIT("Authentication response too large"),
	MG_LIT_INIT("Timeout while finishing login"),
	MG_LIT_INIT("Auth process broken"),
	MG_LIT_INIT("Server shutting down"),
	MG_LIT_INIT("Too many invalid commands"),
};

/* Position of the last mark, or s.len. */
static size_t search_last(struct mg_slice s, struct mg_slice mark)
{
	for (size_t i = s.len >= mark.len ? s.len - mark.len + 1 : 0; i-- > 0;)
		if (mg_slice_has_prefix(mg_slice_from(s, i), mark))
			return i;
	return s.len;
}

static struct mg_slice until_comma(struct mg_slice s)
{
	return mg_slice_of(s.ptr, mg_slice_find(s, ','));
}

/* One address and what follows it: nothing, or the next field. */
static bool cut_ip(struct mg_slice *s, struct mg_ip *out)
{
	const struct mg_slice word = until_comma(*s);
	const struct mg_slice rest = mg_slice_from(*s, word.len);
	/* "fe80::1%eth0": the zone of a link is no part of the address. */
	const struct mg_slice ip = mg_slice_of(word.ptr,
					       mg_slice_find(word, '%'));

	if ((rest.len && !mg_slice_has_prefix(rest, MG_LIT(", "))) ||
	    !mg_ip_parse(ip, out) || mg_ip_is_nobody(out))
		return false;
	*s = rest;
	return true;
}

/*
 * "user=<NAME>[, method=PLAIN]": the name ends at the last >, since none can
 * follow before rip= but in the name of an unknown mechanism.
 */
static bool parse_user(struct mg_slice s, struct mg_dovecot_line *out)
{
	size_t end;

	if (!mg_slice_cut_lit(&s, MG_LIT("user=<")))
		return false;
	end = mg_slice_rfind(s, '>');
	if (end == s.len || (end + 1 < s.len && s.ptr[end + 1] != ','))
		return false;
	out->user = mg_slice_of(s.ptr, end);
	return true;
}

/*
 * Up to 2.0 an empty user= was left out. What stands before rip= then is the
 * mechanism at most.
 */
static bool is_userless(struct mg_slice s)
{
	return s.len == 0 || (mg_slice_has_prefix(s, MG_LIT("method=")) &&
			      mg_slice_find(s, '<') == s.len);
}

static bool parse_elements(struct mg_slice s, struct mg_dovecot_line *out)
{
	const size_t at = search_last(s, rip_mark);
	struct mg_slice before = mg_slice_of(s.ptr, at), tail;
	struct mg_ip local;

	if (at < s.len) {
		tail = mg_slice_from(s, at + rip_mark.len);
	} else if (mg_slice_cut_lit(&s, MG_LIT("rip="))) {
		before.len = 0;
		tail = s;
	} else {
		return false;
	}
	if (!is_userless(before) && !parse_user(before, out))
		return false;
	if (!cut_ip(&tail, &out->ip))
		return false;
	return !mg_slice_cut_lit(&tail, MG_LIT(", lip=")) ||
	       cut_ip(&tail, &local);
}

static bool starts_session(struct mg_slice *s)
{
	return mg_slice_cut_lit(s, MG_LIT("Login: ")) ||
	       mg_slice_cut_lit(s, MG_LIT("Logged in: "));
}

bool mg_dovecot_ends_session(struct mg_slice s)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (mg_slice_has_prefix(s, ends[i]))
			return true;
	return false;
}

static enum mg_dovecot_kind opening_kind(struct mg_slice s)
{
	for (size_t i = 0; i < sizeof(openings) / sizeof(*openings); i++)
		if (mg_slice_has_prefix(s, openings[i].words))
			return openings[i].kind;
	return MG_DOVECOT_OTHER;
}

static void parse_success(struct mg_slice elements, struct mg_dovecot_line *out)
{
	if (!parse_elements(elements, out) || out->user.len == 0)
		out->kind = MG_DOVECOT_ODD;
	else if (out->service == MG_DOVECOT_IMAP ||
		 out->service == MG_DOVECOT_POP3)
		out->kind = MG_DOVECOT_LOGIN;
	else
		out->kind = MG_DOVECOT_OTHER_LOGIN;
}

/* Takes the message off: it ends where the first element begins. */
static struct mg_slice cut_message(struct mg_slice *s)
{
	static const struct mg_slice starts[] = {
		MG_LIT_INIT(": user=<"),
		MG_LIT_INIT(": method="),
		MG_LIT_INIT(": rip="),
	};
	struct mg_slice message = *s;

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		const size_t at = mg_slice_search(*s, starts[i]);

		if (at == s->len)
			continue;
		message.len = at;
		*s = mg_slice_from(*s, at + 2);
		return message;
	}
	*s = mg_slice_from(*s, s->len);
	return message;
}

static void parse_end(struct mg_slice s, struct mg_dovecot_line *out)
{
	const struct mg_slice message = cut_message(&s);

	out->kind = MG_DOVECOT_OTHER;
	if (!mg_dovecot_failed_tries(message, &out->n_attempts))
		return;
	out->kind = MG_DOVECOT_UNTRIED;
	if (out->n_attempts)
		out->kind = parse_elements(s, out) ? MG_DOVECOT_FAILED
						   : MG_DOVECOT_ODD;
}

void mg_dovecot_parse_login(struct mg_slice message,
			    struct mg_dovecot_line *out)
{
	if (starts_session(&message))
		parse_success(message, out);
	else if (mg_dovecot_ends_session(message))
		parse_end(message, out);
	else
		out->kind = opening_kind(message);
}
