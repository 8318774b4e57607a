/* SPDX-License-Identifier: MIT */
/*
 * Texts of the shapes that nearly all have, cut from the left alone.
 *
 * Exactly what the grammar makes of them, or nothing: each step either fits or
 * gives the text up to the grammar, which stays the one that decides
 * (tests/fuzz/fuzz_dovecot.c compares them).
 */
#include "dovecot_priv.h"

#include "mailguard/scan.h"

#define CUT(s, words) mg_slice_cut_lit(s, MG_LIT(words))

/* Up to a byte that must stand there, and none of the other before it. */
static bool cut_to(struct mg_slice *s, char end, char other,
		   struct mg_slice *out)
{
	const size_t n = mg_scan_any(*s, end, other, other);

	*out = mg_slice_of(s->ptr, n);
	*s = mg_slice_from(*s, n);
	return s->len && s->ptr[0] == end;
}

/* "IP, " or an IP at the end, without the zone of a link. */
static bool cut_ip(struct mg_slice *s, struct mg_ip *out)
{
	const size_t n = mg_scan_any(*s, ',', '%', '%');
	const struct mg_slice word = mg_slice_of(s->ptr, n);

	*s = mg_slice_from(*s, n);
	return (s->len == 0 || mg_slice_has_prefix(*s, MG_LIT(", "))) &&
	       mg_ip_parse(word, out) && !mg_ip_is_nobody(out);
}

/*
 * The host's own address, which nothing is counted by. One that begins with a
 * zero or a colon may be nobody's.
 */
static bool cut_own_ip(struct mg_slice *s)
{
	struct mg_slice word;

	if (!CUT(s, ", lip="))
		return true;
	word = mg_slice_of(s->ptr, mg_scan_any(*s, ',', '%', '%'));
	*s = mg_slice_from(*s, word.len);
	return (s->len == 0 || mg_slice_has_prefix(*s, MG_LIT(", "))) &&
	       mg_ip_is_valid(word) && word.ptr[0] != '0' && word.ptr[0] != ':';
}

/*
 * "user=<NAME>[, method=PLAIN], rip=IP[, lip=IP]" and more. The grammar takes
 * the last > and the last ", rip=": here there is one of each behind the name.
 */
static bool quick_elements(struct mg_slice s, struct mg_dovecot_line *out)
{
	struct mg_slice unused;

	if (!CUT(&s, "user=<") || !cut_to(&s, '>', '>', &out->user) ||
	    !CUT(&s, ">"))
		return false;
	if (CUT(&s, ", method=") && !cut_to(&s, ',', '>', &unused))
		return false;
	return CUT(&s, ", rip=") && cut_ip(&s, &out->ip) && cut_own_ip(&s) &&
	       !mg_scan_has_pair(s, ',', 'r', 2);
}

/*
 * "Disconnected (auth failed, 2 attempts in 6 secs): user=<", or with a second
 * group: no < stands before that of the name, so the message ends there.
 */
static bool cut_message(struct mg_slice *s, struct mg_slice *out)
{
	struct mg_slice rest = *s, unused;

	if (!cut_to(&rest, '(', '<', &unused) ||
	    !cut_to(&rest, ')', '<', &unused) || !CUT(&rest, ")"))
		return false;
	if (CUT(&rest, " (") &&
	    (!cut_to(&rest, ')', '<', &unused) || !CUT(&rest, ")")))
		return false;
	*out = mg_slice_of(s->ptr, s->len - rest.len);
	*s = rest;
	return CUT(s, ": ") && mg_slice_has_prefix(*s, MG_LIT("user=<"));
}

static bool quick_end(struct mg_slice s, struct mg_dovecot_line *out)
{
	struct mg_slice message;

	if (!mg_dovecot_ends_session(s) || !cut_message(&s, &message) ||
	    !mg_dovecot_failed_tries(message, &out->n_attempts))
		return false;
	out->kind = out->n_attempts ? MG_DOVECOT_FAILED : MG_DOVECOT_UNTRIED;
	return out->n_attempts == 0 || quick_elements(s, out);
}

static bool quick_login(struct mg_slice s, enum mg_dovecot_service service,
			struct mg_dovecot_line *out)
{
	out->service = service;
	(void)CUT(&s, "Info: ");
	if (!CUT(&s, "Login: ") && !CUT(&s, "Logged in: "))
		return quick_end(s, out);
	out->kind = MG_DOVECOT_LOGIN;
	return quick_elements(s, out) && out->user.len;
}

bool mg_dovecot_quick(struct mg_slice text, struct mg_dovecot_line *out)
{
	*out = (struct mg_dovecot_line){ .service = MG_DOVECOT_NO_SERVICE };
	switch (text.len ? text.ptr[0] : '\0') {
	case 'i':
		if (CUT(&text, "imap-login: "))
			return quick_login(text, MG_DOVECOT_IMAP, out);
		out->kind = MG_DOVECOT_SESSION;
		return CUT(&text, "imap(");
	case 'p':
		if (CUT(&text, "pop3-login: "))
			return quick_login(text, MG_DOVECOT_POP3, out);
		out->kind = MG_DOVECOT_SESSION;
		return CUT(&text, "pop3(");
	case 'l':
		out->kind = MG_DOVECOT_DELIVERY;
		return CUT(&text, "lmtp(");
	case 'a':
		out->kind = MG_DOVECOT_AUTH;
		return CUT(&text, "auth-worker(") || CUT(&text, "auth: ");
	default:
		return false;
	}
}
