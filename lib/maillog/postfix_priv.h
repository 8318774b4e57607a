/* SPDX-License-Identifier: MIT */
/*
 * postfix_priv - how the fields of a Postfix line are cut, shared by the files
 * of the grammar. Each call takes one field off the front when it stands there
 * and leaves everything untouched otherwise.
 */
#ifndef MG_POSTFIX_PRIV_H
#define MG_POSTFIX_PRIV_H

#include "mailguard/postfix.h"
#include "mailguard/scan.h"

/*
 * ", TAG=value": the value is not empty and ends at a comma or a blank. Here
 * because each delivery has six, and a tag that is known costs a compare.
 */
static inline bool mg_postfix_cut_value(struct mg_slice *s, struct mg_slice tag,
					struct mg_slice *out)
{
	struct mg_slice rest = *s;
	size_t end;

	if (!mg_slice_cut_lit(&rest, tag))
		return false;
	end = mg_scan_any(rest, ',', ' ', ' ');
	if (end == 0)
		return false;
	*out = mg_slice_of(rest.ptr, end);
	*s = mg_slice_from(rest, end);
	return true;
}

/* A host and perhaps its port; out is not written otherwise. */
bool mg_postfix_cut_host(struct mg_slice *s, struct mg_postfix_host *out);

/*
 * Cuts s in two at the last place where `mark` stands: before keeps what is in
 * front of it, s what is behind.
 */
bool mg_postfix_cut_last(struct mg_slice *s, struct mg_slice mark,
			 struct mg_slice *before);

/* "ID: " */
bool mg_postfix_cut_id(struct mg_slice *s, struct mg_slice *out);

/* The name of a mechanism (RFC 4422 3.1); the client may say anything. */
bool mg_postfix_is_mechanism(struct mg_slice s);

/* Bytes after which Postfix cuts the login of an AUTH_FAILED. */
#define MG_POSTFIX_LOGIN_CUT 100

/* The kinds of line; rest is what stands behind the id. */
void mg_postfix_parse_message_id(struct mg_slice rest,
				 struct mg_postfix_line *out);
void mg_postfix_parse_client(struct mg_slice rest, struct mg_postfix_line *out);
void mg_postfix_parse_pickup(struct mg_slice rest, struct mg_postfix_line *out);
void mg_postfix_parse_from(struct mg_slice rest, struct mg_postfix_line *out);
void mg_postfix_parse_delivery(struct mg_slice rest,
			       struct mg_postfix_line *out);

/* One with plain addresses; false where it is another, or odd. */
bool mg_postfix_quick_delivery(struct mg_slice rest,
			       struct mg_postfix_line *out);

/* A failed login; false, with nothing changed, where it is none. */
bool mg_postfix_parse_auth_failure(struct mg_slice text,
				   struct mg_postfix_line *out);

/* A line about no message, or what any daemon may write behind an id. */
void mg_postfix_parse_plain(struct mg_slice text, struct mg_postfix_line *out);

#endif
