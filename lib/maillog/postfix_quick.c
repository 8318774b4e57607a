/* SPDX-License-Identifier: MIT */
/*
 * Texts of the shapes that nearly all have, read no further than counting
 * needs.
 *
 * Exactly what the grammar makes of them, or nothing: each step either fits or
 * gives the text up to the grammar, which stays the one that decides
 * (tests/fuzz/fuzz_postfix.c compares them).
 */
#include "postfix_priv.h"

#include "mailguard/limits.h"
#include "mailguard/num.h"
#include "mailguard/scan.h"

#define CUT(s, words) mg_slice_cut_lit(s, MG_LIT(words))

/*
 * "warning: HOST[IP]: SASL METHOD authentication failed: ...": Postfix cuts a
 * login after 100 bytes, and such a line is odd.
 */
static bool quick_auth_failure(struct mg_slice text,
			       struct mg_postfix_line *out)
{
	size_t n;

	if (!mg_postfix_cut_host(&text, &out->host) || !CUT(&text, ": SASL "))
		return false;
	n = mg_scan_any(text, ' ', ' ', ' ');
	if (!mg_postfix_is_mechanism(mg_slice_of(text.ptr, n)))
		return false;
	text = mg_slice_from(text, n);
	out->kind = MG_POSTFIX_AUTH_FAILED;
	return CUT(&text, " authentication failed: ") &&
	       text.len < MG_POSTFIX_LOGIN_CUT;
}

/*
 * A text about no message, by how it begins. None of the words can be an id:
 * there are blanks or vowels in front of the first colon.
 */
static bool quick_plain(enum mg_postfix_role role, struct mg_slice text,
			struct mg_postfix_line *out)
{
	out->kind = MG_POSTFIX_CONNECTION;
	switch (text.len ? text.ptr[0] : '\0') {
	case 'c':
		return CUT(&text, "connect from ");
	case 'd':
		return CUT(&text, "disconnect from ");
	case 'l':
		return CUT(&text, "lost connection after ");
	case 'A':
		return CUT(&text, "Anonymous TLS connection ");
	case 'U':
		return CUT(&text, "Untrusted TLS connection ");
	case 'T':
		return CUT(&text, "Trusted TLS connection ");
	case 'N':
		out->kind = MG_POSTFIX_REJECTED;
		return CUT(&text, "NOQUEUE: reject: ");
	case 'w':
		return role == MG_POSTFIX_ROLE_SMTPD &&
		       CUT(&text, "warning: ") && quick_auth_failure(text, out);
	default:
		return false;
	}
}

/* "HOST[IP]", and a login that is the end of the line. */
static bool quick_client(struct mg_slice rest, struct mg_postfix_line *out)
{
	const struct mg_slice none = { NULL, 0 };

	out->kind = MG_POSTFIX_CLIENT;
	out->method = out->login = out->original_id = none;
	if (!mg_postfix_cut_host(&rest, &out->host))
		return false;
	if (rest.len == 0)
		return true;
	if (!mg_postfix_cut_value(&rest, MG_LIT(", sasl_method="),
				  &out->method) ||
	    !CUT(&rest, ", sasl_username="))
		return false;
	out->login = rest;
	return rest.len && mg_scan_any(rest, ',', ' ', ' ') == rest.len;
}

/* "1001 from=<joe>": the end of the line is the sender's. */
static bool quick_pickup(struct mg_slice rest, struct mg_postfix_line *out)
{
	uint64_t uid;

	if (!mg_num_cut(&rest, UINT32_MAX, &uid) || !CUT(&rest, " from=<") ||
	    rest.len == 0 || rest.ptr[rest.len - 1] != '>')
		return false;
	out->kind = MG_POSTFIX_PICKUP;
	out->original_id = mg_slice_of(NULL, 0);
	out->uid = (uint32_t)uid;
	return true;
}

/* "SENDER>, size=N, nrcpt=N (queue active)", and no > but the one. */
static bool quick_queued(struct mg_slice rest, struct mg_postfix_line *out)
{
	const size_t end = mg_scan_any(rest, '>', '>', '>');
	uint64_t n;

	out->kind = MG_POSTFIX_QUEUED;
	out->sender = mg_slice_of(rest.ptr, end);
	rest = mg_slice_from(rest, end);
	if (!CUT(&rest, ">, size=") ||
	    !mg_num_cut(&rest, MG_MESSAGE_BYTES_MAX, &out->size_bytes) ||
	    !CUT(&rest, ", nrcpt=") ||
	    !mg_num_cut(&rest, MG_MESSAGE_RECIPIENTS_MAX, &n))
		return false;
	out->n_recipients = (uint32_t)n;
	return mg_slice_is(rest, MG_LIT(" (queue active)"));
}

static bool quick_qmgr(struct mg_slice rest, struct mg_postfix_line *out)
{
	if (CUT(&rest, "from=<"))
		return quick_queued(rest, out);
	out->kind = MG_POSTFIX_REMOVED;
	return mg_slice_is(rest, MG_LIT("removed"));
}

bool mg_postfix_quick(enum mg_postfix_role role, struct mg_slice text,
		      struct mg_postfix_line *out)
{
	out->is_odd = false;
	out->id = mg_slice_of(NULL, 0);
	if (role == MG_POSTFIX_ROLE_FOREIGN)
		return false;
	if (!mg_postfix_cut_id(&text, &out->id))
		return quick_plain(role, text, out);
	switch (role) {
	case MG_POSTFIX_ROLE_SMTPD:
		return CUT(&text, "client=") && quick_client(text, out);
	case MG_POSTFIX_ROLE_PICKUP:
		return CUT(&text, "uid=") && quick_pickup(text, out);
	case MG_POSTFIX_ROLE_CLEANUP:
		if (!CUT(&text, "message-id="))
			return false;
		out->is_resent = false;
		mg_postfix_parse_message_id(text, out);
		return true;
	case MG_POSTFIX_ROLE_QMGR:
		return quick_qmgr(text, out);
	case MG_POSTFIX_ROLE_AGENT:
		return CUT(&text, "to=") &&
		       mg_postfix_quick_delivery(text, out);
	default:
		return false;
	}
}
