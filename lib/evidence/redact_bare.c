/* SPDX-License-Identifier: MIT */
/*
 * What stands without a domain, and may be somebody's name all the same; then
 * whole texts, line by line, and the strings of JSON.
 */
#include "redact_priv.h"

#include <string.h>

#include "mailguard/address.h"
#include "mailguard/json.h"

#define TOKEN_MAX 4096 /* bytes of a domain, or a name of an account */

static bool is_pseudonym(struct mg_slice s)
{
	return mg_slice_has_prefix(s, MG_LIT(MG_REDACT_PREFIX));
}

/* Of a token that is no address of its own. */
static void hide(const struct mg_redact *r, struct mg_slice token,
		 struct mg_buf *out)
{
	if (token.len == 0 || is_pseudonym(token) ||
	    mg_slice_find(token, '@') < token.len)
		mg_buf_add(out, token);
	else
		mg_redact_add_name(r, token, MG_LIT(""), out);
}

/* --- Exim's lines --- */

/* Behind the address of a delivery or an arrival: what comes next is a token. */
static size_t find_mark(struct mg_slice line)
{
	static const char marks[][3] = { "=>", "->", "*>", ">>",
					 "==", "**", "<=" };

	for (size_t i = 0; i + 3 < line.len; i++) {
		if (line.ptr[i] != ' ' || line.ptr[i + 3] != ' ')
			continue;
		for (size_t m = 0; m < sizeof(marks) / sizeof(*marks); m++)
			if (!memcmp(line.ptr + i + 1, marks[m], 2))
				return i + 4;
	}
	return line.len;
}

/* What stands in " <...>" right behind, or empty. */
static struct mg_slice long_form(struct mg_slice rest)
{
	struct mg_slice inner;

	if (mg_slice_cut_lit(&rest, MG_LIT(" <")) &&
	    mg_slice_cut_at(&rest, '>', &inner) &&
	    mg_slice_find(inner, '@') < inner.len)
		return inner;
	return MG_LIT("");
}

/*
 * "=> local <local@domain>": the first is as much hidden as the second is.
 * Without the second it is not known whose it is.
 */
static void add_short(const struct mg_redact *r, struct mg_slice token,
		      struct mg_slice rest, struct mg_buf *out)
{
	const struct mg_slice whole = long_form(rest);
	const struct mg_slice domain = mg_address_domain(whole);
	struct mg_slice local = whole;

	if (mg_slice_is(token, MG_LIT("<>")) ||
	    mg_slice_is(token, MG_LIT(":blackhole:")) ||
	    (whole.len && !is_pseudonym(whole) &&
	     mg_redact_is_own(r, domain))) {
		mg_buf_add(out, token);
		return;
	}
	local.len -= domain.len ? domain.len + 1 : 0;
	if (is_pseudonym(whole) && mg_slice_find(token, '@') == token.len)
		mg_buf_add(out, local);
	else
		hide(r, token, out);
}

/* Behind the last " for " of an arrival all are recipients. */
static size_t find_list(struct mg_slice line)
{
	static const struct mg_slice word = MG_LIT_INIT(" for ");
	size_t found = line.len;

	for (size_t i = 0; i + word.len <= line.len; i++)
		if (mg_slice_has_prefix(mg_slice_from(line, i), word))
			found = i + word.len;
	return found;
}

static void add_list(const struct mg_redact *r, struct mg_slice list,
		     struct mg_buf *out)
{
	struct mg_slice one;

	while (mg_slice_cut_at(&list, ' ', &one)) {
		hide(r, one, out);
		mg_buf_add_char(out, ' ');
	}
	hide(r, list, out);
}

static void add_exim(const struct mg_redact *r, struct mg_slice line,
		     struct mg_buf *out)
{
	const size_t at = find_mark(line);
	struct mg_slice rest = mg_slice_from(line, at), token;
	size_t list;

	mg_buf_add(out, mg_slice_of(line.ptr, at));
	if (at == line.len)
		return;
	if (!mg_address_cut(&rest, &token)) {
		hide(r, rest, out); /* a quote that never ends */
		return;
	}
	add_short(r, token, rest, out);
	list = line.ptr[at - 3] == '<' ? find_list(rest) : rest.len;
	mg_buf_add(out, mg_slice_of(rest.ptr, list));
	add_list(r, mg_slice_from(rest, list), out);
}

/* --- all lines --- */

/* "to=<root>", "<joe>: unknown". Ids of sessions are nobody's name. */
static void add_angles(const struct mg_redact *r, struct mg_slice line,
		       struct mg_buf *out)
{
	static const struct mg_slice session = MG_LIT_INIT("session=");
	struct mg_slice rest = line, before, inner;
	bool is_session;

	while (mg_slice_cut_at(&rest, '<', &before)) {
		const size_t end = mg_slice_find(rest, '>');

		mg_buf_add(out, before);
		mg_buf_add_char(out, '<');
		is_session = mg_slice_has_suffix(before, session);
		if (end == rest.len || mg_slice_find(rest, '<') < end)
			continue;
		inner = mg_slice_of(rest.ptr, end);
		rest = mg_slice_from(rest, end);
		if (is_session)
			mg_buf_add(out, inner);
		else
			hide(r, inner, out);
	}
	mg_buf_add(out, rest);
}

/* Words of RFC 2047 may hold any address, in base 64. */
static void add_decoded(struct mg_slice line, struct mg_buf *out)
{
	static const struct mg_slice start = MG_LIT_INIT("=?"),
				     end = MG_LIT_INIT("?=");
	size_t at;

	while ((at = mg_slice_search(line, start)) < line.len) {
		mg_buf_add(out, mg_slice_of(line.ptr, at));
		line = mg_slice_from(line, at + start.len);
		while (line.len && line.ptr[0] != ' ' &&
		       !mg_slice_has_prefix(line, end))
			line = mg_slice_from(line, 1);
		mg_buf_add_str(out, "=?" MG_REDACT_PREFIX);
	}
	mg_buf_add(out, line);
}

void mg_redact_bare(struct mg_redact *r, enum mg_redact_kind kind,
		    struct mg_slice line, struct mg_buf *out)
{
	struct mg_buf words, angles;

	mg_buf_init(&words, out->max);
	mg_buf_init(&angles, out->max);
	add_decoded(line, &words);
	add_angles(r, mg_buf_slice(&words), &angles);
	if (kind == MG_REDACT_LOG)
		add_exim(r, mg_buf_slice(&angles), out);
	else
		mg_buf_add(out, mg_buf_slice(&angles));
	mg_buf_release(&words);
	mg_buf_release(&angles);
}

static void add_line(struct mg_redact *r, enum mg_redact_kind kind,
		     struct mg_slice line, struct mg_buf *out)
{
	struct mg_buf hidden;

	mg_buf_init(&hidden, out->max);
	mg_redact_line(r, line, &hidden);
	mg_redact_bare(r, kind, mg_buf_slice(&hidden), out);
	mg_buf_release(&hidden);
}

static void add_lines(struct mg_redact *r, enum mg_redact_kind kind,
		      struct mg_slice text, struct mg_buf *out)
{
	struct mg_slice line;

	while (mg_slice_cut_at(&text, '\n', &line)) {
		add_line(r, kind, line, out);
		mg_buf_add_char(out, '\n');
	}
	add_line(r, kind, text, out);
}

/* --- JSON --- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Four hexadecimal digits; false where there are none. */
static bool cut_unit(struct mg_slice *s, uint32_t *out)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found;

	if (s->len < 4)
		return false;
	*out = 0;
	for (size_t i = 0; i < 4; i++) {
		found = s->ptr[i] ? strchr(digits, s->ptr[i]) : NULL;
		if (!found)
			return false;
		*out = *out << 4 | (uint32_t)((found - digits) & 15);
	}
	*s = mg_slice_from(*s, 4);
	return true;
}

static void add_utf8(struct mg_buf *out, uint32_t c)
{
	if (c < 0x80) {
		mg_buf_add_char(out, (char)c);
		return;
	}
	if (c >= 0x10000) {
		mg_buf_add_char(out, (char)(0xf0 | c >> 18));
		mg_buf_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
	} else if (c >= 0x800) {
		mg_buf_add_char(out, (char)(0xe0 | c >> 12));
	}
	if (c >= 0x800)
		mg_buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
	else
		mg_buf_add_char(out, (char)(0xc0 | c >> 6));
	mg_buf_add_char(out, (char)(0x80 | (c & 0x3f)));
}

/* "\uD83D\uDE00" is one character. */
static void add_unit(struct mg_slice *s, struct mg_buf *out)
{
	struct mg_slice second = *s;
	uint32_t c, low;

	if (!cut_unit(s, &c))
		return;
	second = *s;
	if (c >> 10 == 0x36 && mg_slice_cut_lit(&second, MG_LIT("\\u")) &&
	    cut_unit(&second, &low) && low >> 10 == 0x37) {
		c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
		*s = second;
	}
	add_utf8(out, c >> 11 == 0x1b ? 0xfffd : c); /* half of a pair */
}

/* The text of a string behind its first quote; moves behind its last. */
static void cut_string(struct mg_slice *s, struct mg_buf *out)
{
	static const char marks[] = "bfnrt", meant[] = "\b\f\n\r\t";
	const char *mark;
	char c;

	while (s->len) {
		c = s->ptr[0];
		*s = mg_slice_from(*s, 1);
		if (c == '"')
			return;
		if (c != '\\' || s->len == 0) {
			mg_buf_add_char(out, c);
			continue;
		}
		c = s->ptr[0];
		*s = mg_slice_from(*s, 1);
		mark = c ? strchr(marks, c) : NULL;
		if (c == 'u')
			add_unit(s, out);
		else
			mg_buf_add_char(out, mark ? meant[mark - marks] : c);
	}
}

static bool is_name(struct mg_slice rest)
{
	while (rest.len && is_space(rest.ptr[0]))
		rest = mg_slice_from(rest, 1);
	return rest.len && rest.ptr[0] == ':';
}

static void add_json(struct mg_redact *r, struct mg_slice text,
		     struct mg_buf *out)
{
	struct mg_slice before;
	struct mg_buf was, is;

	mg_buf_init(&was, out->max);
	mg_buf_init(&is, out->max);
	while (mg_slice_cut_at(&text, '"', &before)) {
		mg_buf_clear(&was);
		mg_buf_clear(&is);
		mg_buf_add(out, before);
		cut_string(&text, &was);
		r->is_key = is_name(text);
		add_lines(r, MG_REDACT_TEXT, mg_buf_slice(&was), &is);
		r->is_key = false;
		mg_json_add_string(out, mg_buf_slice(&is));
	}
	mg_buf_add(out, text);
	mg_buf_release(&was);
	mg_buf_release(&is);
}

void mg_redact_text(struct mg_redact *r, enum mg_redact_kind kind,
		    struct mg_slice text, struct mg_buf *out)
{
	if (kind == MG_REDACT_JSON)
		add_json(r, text, out);
	else
		add_lines(r, kind, text, out);
}

/* The string behind a key of ours; empty where there is none. */
static void find_string(struct mg_slice json, struct mg_slice key,
			struct mg_buf *out)
{
	struct mg_slice rest = mg_slice_from(json, mg_slice_search(json, key));

	mg_buf_clear(out);
	if (mg_slice_cut_lit(&rest, key))
		cut_string(&rest, out);
}

/* Inside of a string its quotes would be escaped, so no text looks like a key. */
void mg_redact_own_of(struct mg_redact *r, struct mg_slice account)
{
	static const struct mg_slice list = MG_LIT_INIT("\"domains\":[");
	struct mg_slice rest = mg_slice_from(account,
					     mg_slice_search(account, list));
	struct mg_buf text;

	mg_buf_init(&text, TOKEN_MAX);
	find_string(account, MG_LIT("{\"account\":\""), &text);
	mg_redact_keep(r, mg_buf_slice(&text));
	(void)mg_slice_cut_lit(&rest, list);
	while (mg_slice_cut_lit(&rest, MG_LIT("\""))) {
		mg_buf_clear(&text);
		cut_string(&rest, &text);
		mg_redact_own(r, mg_buf_slice(&text));
		(void)mg_slice_cut_lit(&rest, MG_LIT(","));
	}
	mg_buf_release(&text);
}
