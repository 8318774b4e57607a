/* SPDX-License-Identifier: MIT */
/*
 * exim_priv - how the fields of an Exim line are cut, shared by the files of
 * the grammar. Each call takes one field off the front when it stands there
 * and leaves everything untouched otherwise, so a grammar is a row of calls.
 */
#ifndef MG_EXIM_PRIV_H
#define MG_EXIM_PRIV_H

#include "mailguard/exim.h"

/*
 * The tag of each field is a constant, which is compared in place: most of
 * those that are asked for are not there.
 */
#define CUT_BY_TAG(what, type)                                                 \
	bool mg_exim_take_##what(struct mg_slice *s, size_t tag_len,           \
				 type *out);                                   \
	static inline bool mg_exim_cut_##what(struct mg_slice *s,              \
					      struct mg_slice tag, type *out)  \
	{                                                                      \
		return mg_slice_has_prefix(*s, tag) &&                         \
		       mg_exim_take_##what(s, tag.len, out);                   \
	}

/* " TAG=value": the value reaches to the next blank and is not empty. */
CUT_BY_TAG(word, struct mg_slice)

/* " TAG=name": letters, digits and "_-*." only; a colon may follow at once. */
CUT_BY_TAG(name, struct mg_slice)

/* ` TAG="text"`: up to the quote that no backslash precedes. */
CUT_BY_TAG(quoted, struct mg_slice)

/* " TAG<address>": up to the > outside quotes; tag ends with <. */
CUT_BY_TAG(angle, struct mg_slice)

/* " H=" and a host, or with another tag the bare host behind it. */
CUT_BY_TAG(host, struct mg_exim_host)

/* "[address]" and perhaps ":port". */
bool mg_exim_cut_address_in_brackets(struct mg_slice *s,
				     struct mg_exim_host *out);

/* A word that stands alone, with a blank or the end behind it. */
static inline bool mg_exim_cut_flag(struct mg_slice *s, struct mg_slice flag)
{
	if (!mg_slice_has_prefix(*s, flag) ||
	    (s->len > flag.len && s->ptr[flag.len] != ' '))
		return false;
	*s = mg_slice_from(*s, flag.len);
	return true;
}

/* The kinds of line; rest is what stands behind the flag. */
void mg_exim_parse_arrival(struct mg_slice rest, struct mg_exim_line *out);
void mg_exim_parse_delivery(struct mg_slice rest, struct mg_exim_line *out);
void mg_exim_parse_plain(struct mg_slice text, struct mg_exim_line *out);

/* NOTE for words that Exim writes about a message, else OTHER. */
enum mg_exim_kind mg_exim_note_kind(struct mg_slice text);

#endif
