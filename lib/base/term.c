/* SPDX-License-Identifier: MIT */
#include "mailguard/term.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is_set(const char *value)
{
	return value && *value;
}

static bool names_utf8(const char *locale)
{
	struct mg_slice rest = mg_slice_str(locale), charset;

	if (!mg_slice_cut_at(&rest, '.', &charset))
		return false;
	if (!mg_slice_cut_at(&rest, '@', &charset)) /* en_IE.UTF-8@euro */
		charset = rest;
	return mg_slice_is_nocase(charset, MG_LIT("utf-8")) ||
	       mg_slice_is_nocase(charset, MG_LIT("utf8"));
}

static bool is_utf8(const struct mg_term_env *env)
{
	if (is_set(env->lc_all))
		return names_utf8(env->lc_all);
	if (is_set(env->lc_ctype))
		return names_utf8(env->lc_ctype);
	return is_set(env->lang) && names_utf8(env->lang);
}

static unsigned width_of(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return MG_TERM_WIDTH_USUAL;
	return size.ws_col < MG_TERM_WIDTH_MIN ? MG_TERM_WIDTH_MIN
					       : size.ws_col;
}

struct mg_term mg_term_look(int fd, const struct mg_term_env *env)
{
	const bool is_dumb = is_set(env->term) && !strcmp(env->term, "dumb");

	if (!isatty(fd))
		return (struct mg_term){ .is_terminal = false };
	return (struct mg_term){
		.is_terminal = true,
		.has_colour = !is_dumb && !is_set(env->no_color),
		.is_utf8 = is_utf8(env),
		.width = width_of(fd),
	};
}

/* Where to break a line that is longer: a blank behind the first `from` bytes,
   the last one that fits or else the first; the length for none. */
static size_t find_break(struct mg_slice line, size_t from, size_t width)
{
	size_t found = line.len;

	for (size_t i = from; i < line.len; i++) {
		if (line.ptr[i] != ' ')
			continue;
		if (i > width && found < line.len)
			break;
		found = i;
		if (i > width)
			break;
	}
	return found;
}

static void wrap_line(struct mg_slice line, unsigned width, unsigned indent,
		      struct mg_buf *out)
{
	size_t taken = 0; /* columns before what is left of the line */

	while (width && line.len > width - taken) {
		const size_t at = find_break(line, taken ? 1 : indent,
					     width - taken);

		if (at == line.len)
			break;
		mg_buf_add(out, mg_slice_of(line.ptr, at));
		mg_buf_add_char(out, '\n');
		mg_buf_add_fill(out, ' ', indent);
		line = mg_slice_from(line, at + 1);
		taken = indent;
	}
	mg_buf_add(out, line);
	mg_buf_add_char(out, '\n');
}

void mg_term_wrap(struct mg_slice text, unsigned width, unsigned indent,
		  struct mg_buf *out)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&text, &line))
		wrap_line(line, width, indent, out);
}
