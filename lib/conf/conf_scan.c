/* SPDX-License-Identifier: MIT */
/*
 * A look at the words of a file before libconfig reads it. Not a parser: what
 * is no sentence libconfig says itself. Version 1.5 reads a number out of range
 * as another one, follows @include to any file, takes the end of the file for
 * the end of a string or a comment, and stops at a name that stands twice.
 */
#include "conf_priv.h"

#include <limits.h>

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/num.h"
#include "mailguard/vec.h"

struct name {
	struct mg_slice text;
	unsigned line;
};

struct scope {
	char open;      /* { ( [, or 0 for the file */
	size_t n_outer; /* names of the scopes around it */
};

struct scan {
	struct mg_conf *conf;
	char *text;           /* the whole file */
	struct mg_slice rest; /* of it */
	unsigned line;
	bool is_readable;   /* by libconfig */
	bool is_in_strings; /* "a" "b" are one text */
	struct scope scopes[MG_CONF_DEPTH_MAX + 1];
	size_t depth;
	struct name *names; /* of all open scopes, the innermost last */
	size_t n_names, cap_names;
	struct mg_conf_lines *lines;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_of_name(char c)
{
	return is_letter(c) || is_digit(c) || c == '-' || c == '_';
}

static bool is_of_number(char c)
{
	return is_of_name(c) || c == '+' || c == '.';
}

static struct mg_slice cut_run(struct scan *s, bool (*is_of)(char))
{
	struct mg_slice run = mg_slice_of(s->rest.ptr, 0);

	while (run.len < s->rest.len && is_of(run.ptr[run.len]))
		run.len++;
	s->rest = mg_slice_from(s->rest, run.len);
	return run;
}

/* What keeps libconfig from reading the file at all. */
static void stop(struct scan *s, const char *why)
{
	mg_conf_wrong_line(s->conf, s->line, "%s", why);
	s->is_readable = false;
	s->rest.len = 0;
}

static bool is_text_byte(char c)
{
	return (unsigned char)c >= 0x20 ? c != 0x7f : c == '\t' || c == '\n';
}

/* Bytes that no editor for text writes; CR only before a line feed. */
static void check_bytes(struct scan *s)
{
	struct mg_slice text = s->rest, line;

	if (mg_slice_has_prefix(text, MG_LIT("\xef\xbb\xbf")))
		stop(s, "the file begins with a byte order mark; save it "
			"without one");
	for (s->line = 1; s->is_readable && mg_slice_cut_line(&text, &line);
	     s->line++) {
		if (mg_slice_has_suffix(line, MG_LIT("\r")))
			line.len--;
		for (size_t i = 0; i < line.len; i++)
			if (!is_text_byte(line.ptr[i])) {
				stop(s, "a control character or zero byte: "
					"this is no text file");
				break;
			}
	}
	s->line = 1;
}

static void skip_block_comment(struct scan *s)
{
	const size_t end = mg_slice_search(s->rest, MG_LIT("*/"));

	if (end == s->rest.len) {
		stop(s, "the comment that begins here has no end");
		return;
	}
	for (size_t i = 0; i < end; i++)
		s->line += s->rest.ptr[i] == '\n';
	s->rest = mg_slice_from(s->rest, end + 2);
}

static void note_string_line(struct scan *s)
{
	struct mg_conf_lines *l = s->lines;

	if (s->scopes[s->depth].open != '(' && s->scopes[s->depth].open != '[')
		return;
	l->items = mg_vec_room(l->items, l->n, &l->cap, sizeof(*l->items));
	l->items[l->n++] = s->line;
}

static void take_string(struct scan *s)
{
	struct mg_slice text = mg_slice_from(s->rest, 1);
	size_t i = 0;

	if (!s->is_in_strings)
		note_string_line(s);
	s->is_in_strings = true;
	for (; i < text.len && text.ptr[i] != '"' && text.ptr[i] != '\n'; i++) {
		if (text.ptr[i] != '\\' || i + 1 == text.len)
			continue;
		i++;
		if (mg_slice_has_prefix(mg_slice_from(text, i), MG_LIT("x00")))
			mg_conf_wrong_line(s->conf, s->line,
					   "a text cannot hold '\\x00'");
	}
	if (i >= text.len || text.ptr[i] == '\n')
		stop(s, "the text that begins here has no end in its line");
	else
		s->rest = mg_slice_from(text, i + 1);
}

/* Of other forms libconfig makes a number with a point, or no sense. */
static void take_number(struct scan *s)
{
	const struct mg_slice whole = cut_run(s, is_of_number);
	struct mg_slice word = whole;
	const bool is_negative = mg_slice_cut_lit(&word, MG_LIT("-"));
	bool is_long;
	uint64_t max, n;

	(void)mg_slice_cut_lit(&word, MG_LIT("+"));
	if (mg_slice_has_prefix(word, MG_LIT("0x")) ||
	    mg_slice_has_prefix(word, MG_LIT("0X"))) {
		mg_conf_wrong_line(s->conf, s->line,
				   "'%.*s': write numbers in decimal digits",
				   MG_SLICE_ARG(whole));
		return;
	}
	is_long = mg_slice_has_suffix(word, MG_LIT("L"));
	while (mg_slice_has_suffix(word, MG_LIT("L")))
		word.len--;
	for (size_t i = 0; i < word.len; i++)
		if (!is_digit(word.ptr[i]))
			return;
	max = is_long ? INT64_MAX : INT_MAX;
	if (mg_num_parse(word, max + is_negative, &n))
		return;
	if (!is_long && mg_num_parse(word, INT64_MAX, &n))
		mg_conf_wrong_line(s->conf, s->line,
				   "'%.*s' is over %d: write an L behind it",
				   MG_SLICE_ARG(whole), INT_MAX);
	else
		mg_conf_wrong_line(s->conf, s->line,
				   "'%.*s' is no number that can be read",
				   MG_SLICE_ARG(whole));
}

static void add_name(struct scan *s, struct mg_slice text)
{
	const size_t n_outer = s->scopes[s->depth].n_outer;

	for (size_t i = n_outer; i < s->n_names; i++) {
		if (!mg_slice_is(s->names[i].text, text))
			continue;
		mg_conf_wrong_line(s->conf, s->line,
				   "'%.*s' is set here a second time, the "
				   "first is in line %u",
				   MG_SLICE_ARG(text), s->names[i].line);
		memset(s->text + (text.ptr - s->text), '*', text.len);
		return;
	}
	if (s->n_names - n_outer == MG_CONF_NAMES_MAX) {
		stop(s, "too many settings in one group");
		return;
	}
	s->names = mg_vec_room(s->names, s->n_names, &s->cap_names,
			       sizeof(*s->names));
	s->names[s->n_names++] = (struct name){ text, s->line };
}

/* A name stands in a group, and is not what a value is spelt like. */
static void take_name(struct scan *s)
{
	const struct mg_slice text = cut_run(s, is_of_name);
	const char open = s->scopes[s->depth].open;

	if ((open == 0 || open == '{') &&
	    !mg_slice_is_nocase(text, MG_LIT("true")) &&
	    !mg_slice_is_nocase(text, MG_LIT("false")))
		add_name(s, text);
}

static void take_mark(struct scan *s)
{
	const char c = s->rest.ptr[0];

	s->rest = mg_slice_from(s->rest, 1);
	switch (c) {
	case '{':
	case '(':
	case '[':
		if (s->depth == MG_CONF_DEPTH_MAX) {
			stop(s, "groups or lists within too many others");
			return;
		}
		s->scopes[++s->depth] = (struct scope){ .open = c,
							.n_outer = s->n_names };
		return;
	case '}':
	case ')':
	case ']':
		if (s->depth == 0)
			return; /* libconfig says it */
		s->n_names = s->scopes[s->depth--].n_outer;
		return;
	case '@':
		stop(s, "@include is not followed; put further files into "
			"the directory conf.d");
		return;
	default:
		return;
	}
}

static void take_word(struct scan *s)
{
	const char c = s->rest.ptr[0];

	if (c != '"')
		s->is_in_strings = false;
	if (c == '"')
		take_string(s);
	else if (is_letter(c))
		take_name(s);
	else if (is_digit(c) || c == '-' || c == '+' || c == '.')
		take_number(s);
	else
		take_mark(s);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_in_line(char c)
{
	return c != '\n';
}

static void take(struct scan *s)
{
	if (mg_slice_cut_lit(&s->rest, MG_LIT("\n")))
		s->line++;
	else if (is_blank(s->rest.ptr[0]))
		(void)cut_run(s, is_blank);
	else if (s->rest.ptr[0] == '#' ||
		 mg_slice_has_prefix(s->rest, MG_LIT("//")))
		(void)cut_run(s, is_in_line);
	else if (mg_slice_cut_lit(&s->rest, MG_LIT("/*")))
		skip_block_comment(s);
	else
		take_word(s);
}

bool mg_conf_scan(struct mg_conf *conf, struct mg_buf *text,
		  struct mg_conf_lines *lines)
{
	struct scan s = {
		.conf = conf,
		.text = text->ptr,
		.rest = mg_buf_slice(text),
		.line = 1,
		.is_readable = true,
		.lines = lines,
	};

	check_bytes(&s);
	while (s.rest.len)
		take(&s);
	mg_mem_free(s.names);
	return s.is_readable;
}
