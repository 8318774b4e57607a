/* SPDX-License-Identifier: MIT */
/*
 * Arrival lines of the shape that nearly all have, cut by what stands where.
 *
 * Exactly what exim_arrival.c makes of them, or nothing: each step either fits
 * or gives the line up to the grammar, which stays the one that decides
 * (tests/fuzz/fuzz_exim.c compares them).
 */
#include "exim_priv.h"

#include "mailguard/address.h"
#include "mailguard/num.h"
#include "mailguard/scan.h"

/* " TAG=": the tag is taken off, if it is there. */
#define CUT(s, tag) mg_slice_cut_lit(s, MG_LIT(tag))

/* Up to a blank, without quotes and backslashes, which may hide one. */
static inline bool cut_plain(struct mg_slice *s, struct mg_slice *out)
{
	const size_t n = mg_scan_any(*s, ' ', '"', '\\');

	*out = mg_slice_of(s->ptr, n);
	*s = mg_slice_from(*s, n);
	return n && (s->len == 0 || s->ptr[0] == ' ');
}

/* Up to a blank, whatever it is. */
static inline bool cut_word(struct mg_slice *s, struct mg_slice *out)
{
	const size_t n = mg_scan_any(*s, ' ', ' ', ' ');

	*out = mg_slice_of(s->ptr, n);
	*s = mg_slice_from(*s, n);
	return n != 0;
}

/* "[name ](helo) [ip][:port]", the helo without a parenthesis. */
static bool cut_host(struct mg_slice *s, struct mg_exim_host *out)
{
	if (s->len == 0)
		return false;
	if (s->ptr[0] != '(' && s->ptr[0] != '[' &&
	    (!cut_word(s, &out->name) || !CUT(s, " ")))
		return false;
	if (CUT(s, "(")) {
		const size_t n = mg_scan_any(*s, ')', ')', ')');

		out->helo = mg_slice_of(s->ptr, n);
		*s = mg_slice_from(*s, n);
		if (!CUT(s, ") "))
			return false;
	}
	return mg_exim_cut_address_in_brackets(s, out);
}

static bool cut_origin(struct mg_slice *s, struct mg_exim_line *out)
{
	if (CUT(s, " H=")) {
		out->has_host = true;
		return cut_host(s, &out->host) && CUT(s, " P=") &&
		       cut_word(s, &out->protocol);
	}
	return CUT(s, " U=") && cut_word(s, &out->user) && CUT(s, " P=") &&
	       cut_word(s, &out->protocol);
}

static bool cut_tls(struct mg_slice *s)
{
	struct mg_slice unused;

	return !CUT(s, " X=") || (cut_word(s, &unused) &&
				  (!CUT(s, " CV=") || cut_word(s, &unused)));
}

static bool cut_login(struct mg_slice *s, struct mg_exim_line *out)
{
	struct mg_slice word;
	size_t colon;

	if (!CUT(s, " A="))
		return true;
	if (!cut_word(s, &word))
		return false;
	colon = mg_slice_find(word, ':');
	out->driver = mg_slice_of(word.ptr, colon);
	if (colon == word.len)
		return true;
	out->login = mg_slice_from(word, colon + 1);
	return mg_slice_find(out->login, ':') == out->login.len;
}

static bool cut_content(struct mg_slice *s, struct mg_exim_line *out)
{
	size_t n;

	if (CUT(s, " id=") && !cut_plain(s, &out->message_id))
		return false;
	if (CUT(s, " T=\"")) {
		n = mg_scan_any(*s, '"', '\\', '"');
		*s = mg_slice_from(*s, n);
		return CUT(s, "\"");
	}
	return true;
}

/* A whole list: no mark of a cut one, no blank too many. */
static bool cut_recipients(struct mg_slice *s, struct mg_exim_line *out)
{
	if (s->len == 0)
		return true;
	if (!CUT(s, " for ") || s->len == 0 || s->ptr[0] == ' ' ||
	    s->ptr[s->len - 1] == ' ' ||
	    mg_scan_any(*s, '*', '>', '\t') != s->len)
		return false;
	out->has_recipients = true;
	out->recipients = *s;
	return true;
}

bool mg_exim_quick_arrival(struct mg_slice id, struct mg_slice text,
			   struct mg_exim_line *out)
{
	struct mg_slice rest = text, size;

	memset(out, 0, sizeof(*out));
	out->kind = MG_EXIM_ARRIVAL;
	out->id = id;
	out->body = mg_slice_of(id.ptr, id.len + 1 + text.len);
	return text.len < MG_EXIM_LIST_DOUBT && CUT(&rest, "<= ") &&
	       cut_plain(&rest, &out->sender) && cut_origin(&rest, out) &&
	       cut_tls(&rest) && cut_login(&rest, out) && CUT(&rest, " S=") &&
	       cut_word(&rest, &size) &&
	       mg_num_parse(size, INT32_MAX, &out->size_bytes) &&
	       cut_content(&rest, out) && cut_recipients(&rest, out);
}
