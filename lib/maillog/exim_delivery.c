/* SPDX-License-Identifier: MIT */
/*
 * What became of a recipient: delivered, put off, failed. Here only the fields
 * up to the remote server's words are read; the words themselves are kept as
 * text for one question, whether the address existed.
 */
#include "exim_priv.h"

#include "mailguard/address.h"
#include "mailguard/scan.h"

/* "|command with blanks <original> R=router": it ends where R= begins. */
static void cut_pipe(struct mg_slice *s, struct mg_exim_line *out)
{
	struct mg_slice head = *s;
	size_t at;

	head.len = mg_slice_search(*s, MG_LIT(" R="));
	*s = mg_slice_from(*s, head.len);
	at = mg_slice_search(head, MG_LIT(" <"));
	if (at != head.len && head.ptr[head.len - 1] == '>') {
		out->original = mg_slice_from(head, at + 2);
		out->original.len--;
		head.len = at;
	}
	out->address = head;
}

static bool cut_address(struct mg_slice *s, struct mg_exim_line *out)
{
	struct mg_slice unused;

	if (s->len && s->ptr[0] == '|') {
		cut_pipe(s, out);
		return true;
	}
	if (!mg_address_cut(s, &out->address))
		return false;
	/* "** user@domain: Unrouteable address": the colon is Exim's. */
	if (out->kind == MG_EXIM_FAILURE && out->address.len > 1 &&
	    out->address.ptr[out->address.len - 1] == ':') {
		out->address.len--;
		return true;
	}
	if (mg_slice_cut_lit(s, MG_LIT(" (")))
		(void)mg_slice_cut_at(s, ')', &unused); /* +all_parents */
	(void)mg_exim_cut_angle(s, MG_LIT(" <"), &out->original);
	return true;
}

/* One field before the free text, in whatever order this version has. */
static bool cut_field(struct mg_slice *s, struct mg_exim_line *out)
{
	struct mg_slice unused;

	if (mg_exim_cut_host(s, MG_LIT(" H="), &out->host)) {
		out->has_host = true;
		(void)mg_slice_cut_lit(s, MG_LIT("*")); /* connection reused */
		return true;
	}
	return mg_exim_cut_name(s, MG_LIT(" R="), &out->router) ||
	       mg_exim_cut_name(s, MG_LIT(" T="), &out->transport) ||
	       mg_exim_cut_angle(s, MG_LIT(" F=<"), &unused) ||
	       mg_exim_cut_angle(s, MG_LIT(" P=<"), &unused) ||
	       mg_exim_cut_angle(s, MG_LIT(" SRS=<"), &unused) ||
	       mg_exim_cut_word(s, MG_LIT(" Q="), &unused) ||
	       mg_exim_cut_word(s, MG_LIT(" S="), &unused) ||
	       mg_exim_cut_word(s, MG_LIT(" X="), &unused) ||
	       mg_exim_cut_name(s, MG_LIT(" CV="), &unused);
}

void mg_exim_parse_delivery(struct mg_slice rest, struct mg_exim_line *out)
{
	/* Lists that went nowhere: ":blackhole: <x>", "discarded <x>". */
	if (out->kind == MG_EXIM_DELIVERY &&
	    (mg_slice_has_prefix(rest, MG_LIT(":blackhole:")) ||
	     mg_slice_has_prefix(rest, MG_LIT("discarded ")) ||
	     mg_slice_has_prefix(rest, MG_LIT("blackhole ")))) {
		out->kind = MG_EXIM_SUPPRESSED;
		return;
	}
	if (!cut_address(&rest, out)) {
		out->is_odd = true;
		return;
	}
	while (cut_field(&rest, out))
		continue;
	out->text = rest;
}

static bool has_nocase(struct mg_slice text, struct mg_slice words)
{
	const char upper = (char)(words.ptr[0] - 0x20); /* words are letters */
	size_t at;

	while ((at = mg_scan_any(text, words.ptr[0], upper, upper)) +
		       words.len <=
	       text.len) {
		text = mg_slice_from(text, at);
		if (mg_slice_is_nocase(mg_slice_of(text.ptr, words.len), words))
			return true;
		text = mg_slice_from(text, 1);
	}
	return false;
}

/* "5.1.1" and kin behind a blank or hyphen, not as a part of an address. */
static bool has_status(struct mg_slice text)
{
	static const struct mg_slice codes[] = {
		MG_LIT_INIT("1"),
		MG_LIT_INIT("2"),
		MG_LIT_INIT("6"),
		MG_LIT_INIT("10"),
	};
	size_t at;

	for (; (at = mg_slice_search(text, MG_LIT("5.1."))) != text.len;
	     text = mg_slice_from(text, at + 4)) {
		struct mg_slice detail = mg_slice_from(text, at + 4);

		if (at == 0 || !strchr(" -", text.ptr[at - 1]))
			continue;
		detail.len = mg_slice_find(detail, ' ');
		for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
			if (mg_slice_is(detail, codes[i]))
				return true;
	}
	return false;
}

bool mg_exim_is_unknown_recipient(struct mg_slice text)
{
	return has_status(text) ||
	       has_nocase(text, MG_LIT("unrouteable address")) ||
	       has_nocase(text, MG_LIT("no such user")) ||
	       has_nocase(text, MG_LIT("user unknown")) ||
	       has_nocase(text, MG_LIT("unknown user"));
}
