/* SPDX-License-Identifier: MIT */
/*
 * The line of an accepted message. Its fields before S= say who sent it; those
 * behind it are the sender's own words, and are walked only to find the list
 * of recipients and to see that nothing pretended to be a field.
 */
#include "exim_priv.h"

#include "mailguard/address.h"
#include "mailguard/num.h"

static const struct mg_slice overflow_mark =
	MG_LIT_INIT("**** log string overflowed log buffer ****");

/* How the message came: the part of the line that Exim itself knows. */
static void cut_origin(struct mg_slice *s, struct mg_exim_line *out)
{
	struct mg_slice unused;

	(void)mg_exim_cut_word(s, MG_LIT(" R="), &out->reference);
	(void)mg_exim_cut_flag(s, MG_LIT(" DS"));
	out->has_host = mg_exim_cut_host(s, MG_LIT(" H="), &out->host);
	if (!mg_slice_has_prefix(*s, MG_LIT(" P="))) { /* nearly always */
		(void)mg_exim_cut_word(s, MG_LIT(" I="), &unused);
		if (!mg_exim_cut_flag(s, MG_LIT(" TFO*")))
			(void)mg_exim_cut_flag(s, MG_LIT(" TFO"));
		(void)mg_exim_cut_word(s, MG_LIT(" U="), &out->user);
		(void)mg_exim_cut_word(s, MG_LIT(" Ci="), &unused);
	}
	(void)mg_exim_cut_word(s, MG_LIT(" P="), &out->protocol);
	if (s->len > 1 && s->ptr[1] == 'L' &&
	    !mg_exim_cut_flag(s, MG_LIT(" L")) &&
	    !mg_exim_cut_flag(s, MG_LIT(" L-")) &&
	    !mg_exim_cut_flag(s, MG_LIT(" L.")))
		(void)mg_exim_cut_flag(s, MG_LIT(" L*"));
}

static void cut_tls(struct mg_slice *s)
{
	struct mg_slice unused;

	(void)mg_exim_cut_word(s, MG_LIT(" X="), &unused);
	(void)mg_exim_cut_word(s, MG_LIT(" CV="), &unused);
	(void)mg_exim_cut_quoted(s, MG_LIT(" DN=\""), &unused);
	if (!mg_exim_cut_quoted(s, MG_LIT(" SNI=\""), &unused))
		(void)mg_exim_cut_word(s, MG_LIT(" SNI="), &unused);
}

/* A=driver[:login[:mailauth]]; a login with a blank ends at it and the line is
   odd, because what follows is no field. */
static void cut_login(struct mg_slice *s, struct mg_exim_line *out)
{
	struct mg_slice word;

	if (!mg_exim_cut_word(s, MG_LIT(" A="), &word))
		return;
	if (!mg_slice_cut_at(&word, ':', &out->driver)) {
		out->driver = word;
		return;
	}
	/*
	 * The third part is the client's AUTH= (+smtp_mailauth), or the rest of
	 * a login that has a colon itself: the line does not say which.
	 */
	if (mg_slice_cut_at(&word, ':', &out->login)) {
		out->mailauth = word;
		out->is_odd = true;
	} else {
		out->login = word;
	}
}

static void cut_extensions(struct mg_slice *s)
{
	struct mg_slice unused;

	if (mg_slice_has_prefix(*s, MG_LIT(" S=")))
		return;
	(void)mg_exim_cut_flag(s, MG_LIT(" PRDR"));
	(void)mg_exim_cut_word(s, MG_LIT(" PRX="), &unused);
	(void)mg_exim_cut_flag(s, MG_LIT(" K"));
	/* Later versions: the result of SPF, a bare word where it failed. */
	if (!mg_exim_cut_word(s, MG_LIT(" SPF="), &unused))
		(void)mg_exim_cut_flag(s, MG_LIT(" SPF"));
}

static bool cut_size(struct mg_slice *s, struct mg_exim_line *out)
{
	struct mg_slice word;

	if (!mg_exim_cut_word(s, MG_LIT(" S="), &word))
		return false;
	(void)mg_num_parse(word, INT32_MAX, &out->size_bytes);
	return true;
}

/* What the sender wrote, and what Exim found out about it. */
static void cut_content(struct mg_slice *s, struct mg_exim_line *out)
{
	struct mg_slice unused;

	if (!mg_slice_has_prefix(*s, MG_LIT(" id="))) {
		(void)mg_exim_cut_word(s, MG_LIT(" M8S="), &unused);
		(void)mg_exim_cut_word(s, MG_LIT(" DKIM="), &unused);
		(void)mg_exim_cut_flag(s, MG_LIT(" ARC"));
		(void)mg_exim_cut_word(s, MG_LIT(" DMARC="), &unused);
		(void)mg_exim_cut_word(s, MG_LIT(" RT="), &unused);
		(void)mg_exim_cut_word(s, MG_LIT(" Q="), &unused);
	}
	/* A Message-ID may be "x A=plain:victim@d S=9"@e: cut as an address. */
	if (mg_slice_cut_lit(s, MG_LIT(" id=")) ||
	    mg_slice_cut_lit(s, MG_LIT(" id*=")))
		if (!mg_address_cut(s, &out->message_id))
			out->is_odd = true;
	(void)mg_exim_cut_quoted(s, MG_LIT(" T=\""), &out->subject);
	(void)mg_exim_cut_angle(s, MG_LIT(" from <"), &unused);
}

/* The two marks of a list that Exim could not write whole. */
static void trim_recipients(struct mg_exim_line *out)
{
	struct mg_slice *list = &out->recipients;
	const size_t mark = mg_slice_search(*list, overflow_mark);
	const struct mg_slice trunc = MG_LIT("<trunc>");

	if (mark != list->len) {
		/* The mark is glued to an address that was cut. */
		list->len = mg_slice_rfind(mg_slice_of(list->ptr, mark), ' ');
		if (list->len == mark)
			list->len = 0;
		out->is_cut = true;
	}
	if (list->len >= trunc.len &&
	    mg_slice_is(mg_slice_from(*list, list->len - trunc.len), trunc)) {
		list->len -= trunc.len;
		out->is_cut = true;
	}
	*list = mg_slice_trim(*list);
}

void mg_exim_parse_arrival(struct mg_slice rest, struct mg_exim_line *out)
{
	bool is_odd;

	out->is_cut = out->is_piece || rest.len >= MG_EXIM_LIST_DOUBT;
	if (!mg_address_cut(&rest, &out->sender)) {
		out->is_odd = true;
		return;
	}
	cut_origin(&rest, out);
	cut_tls(&rest);
	cut_login(&rest, out);
	cut_extensions(&rest);
	if (!cut_size(&rest, out))
		out->is_odd = true;
	is_odd = out->is_odd;
	cut_content(&rest, out);
	if (mg_slice_cut_lit(&rest, MG_LIT(" for "))) {
		out->has_recipients = true;
		out->recipients = rest;
		trim_recipients(out);
		rest.len = 0;
	}
	if (rest.len)
		out->is_odd = true;
	/* A piece may end anywhere in what the sender wrote. */
	if (out->is_piece)
		out->is_odd = is_odd;
	/*
	 * With both H= and U=, U= is what an ident server of the client said
	 * (RFC 1413): up to 127 bytes of its choice, blanks included, which
	 * can spell any field that comes after it.
	 */
	if (out->has_host && out->user.len && out->login.len)
		out->is_odd = true;
}

bool mg_exim_recipient_cut(struct mg_slice *rest, struct mg_slice *out)
{
	struct mg_slice s = *rest;

	(void)mg_slice_cut_lit(&s, MG_LIT(" "));
	if (!mg_address_cut(&s, out))
		return false;
	*rest = s;
	return true;
}
