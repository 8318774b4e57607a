/* SPDX-License-Identifier: MIT */
#include "rules_postfix_priv.h"

const struct mg_slice mg_cf_smtp_name =
	MG_LIT_INIT("smtpd_sender_restrictions");
const struct mg_slice mg_cf_local_name = MG_LIT_INIT("header_checks");

bool mg_cf_cut_line(struct mg_slice *rest, struct mg_slice *line)
{
	const size_t at = mg_slice_find(*rest, '\n');

	if (rest->len == 0)
		return false;
	*line = mg_slice_of(rest->ptr, at == rest->len ? at : at + 1);
	*rest = mg_slice_from(*rest, line->len);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void cut_spaces(struct mg_slice *s)
{
	while (s->len && (s->ptr[0] == ' ' || s->ptr[0] == '\t'))
		*s = mg_slice_from(*s, 1);
}

static void cut_blanks(struct mg_slice *s)
{
	while (s->len && is_blank(s->ptr[0]))
		*s = mg_slice_from(*s, 1);
}

bool mg_cf_is_comment(struct mg_slice line)
{
	cut_blanks(&line);
	return line.len == 0 || line.ptr[0] == '#';
}

bool mg_cf_is_start(struct mg_slice line)
{
	return !mg_cf_is_comment(line) && !is_blank(line.ptr[0]);
}

struct mg_slice mg_cf_cut_word(struct mg_slice *s)
{
	size_t n = 0;

	cut_blanks(s);
	while (n < s->len && !is_blank(s->ptr[n]))
		n++;
	*s = mg_slice_from(*s, n);
	return mg_slice_of(s->ptr - n, n);
}

struct mg_slice mg_cf_line_text(struct mg_slice line)
{
	return mg_slice_of(line.ptr, mg_slice_find(line, '\n'));
}

bool mg_cf_find_value(struct mg_slice line, struct mg_slice name, size_t *at)
{
	static const char before[] = " \t{o"; /* "-oname=", too */
	const size_t found = mg_slice_search(line, name);
	struct mg_slice rest;

	if (found == line.len ||
	    (found && !memchr(before, line.ptr[found - 1], sizeof(before) - 1)))
		return false;
	rest = mg_slice_from(line, found + name.len);
	cut_spaces(&rest);
	if (!mg_slice_cut_lit(&rest, MG_LIT("=")))
		return false;
	cut_spaces(&rest);
	*at = line.len - rest.len;
	return true;
}

bool mg_cf_put_in(struct mg_slice line, struct mg_slice name,
		  struct mg_slice word, struct mg_buf *out)
{
	size_t at;

	if (!mg_cf_find_value(line, name, &at))
		return false;
	mg_buf_add(out, mg_slice_of(line.ptr, at));
	mg_buf_add(out, word);
	mg_buf_add(out, mg_slice_from(line, at));
	return true;
}

void mg_cf_begin_block(struct mg_buf *out)
{
	if (out->len && out->ptr[out->len - 1] != '\n')
		mg_buf_add_char(out, '\n');
	mg_buf_add_str(out, MG_CF_BEGIN "\n");
}
