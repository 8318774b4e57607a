/* SPDX-License-Identifier: MIT */
/*
 * Configuration of other programs, as far as lines "key = value" go: enough to
 * find a log. What a program makes of them otherwise is its own matter.
 */
#include "host_priv.h"

#include <string.h>

#include "mailguard/num.h"

#define INCLUDES_MAX 4 /* deep; files that include themselves end here */

static const char *const exim_includes[] = { ".include_if_exists", ".include",
					     NULL };
static const char *const dovecot_includes[] = { "!include_try", "!include",
						NULL };

const struct mg_syntax mg_syntax_exim = { .includes = exim_includes,
					  .is_backslash_more = true };
const struct mg_syntax mg_syntax_postfix = { .is_indent_more = true };
const struct mg_syntax mg_syntax_dovecot = { .includes = dovecot_includes };
const struct mg_syntax mg_syntax_plain = { .includes = NULL };

struct reading {
	const struct mg_syntax *syntax;
	struct mg_buf *out;
	unsigned depth;
};

static bool read_file(struct mg_look *l, const char *path,
		      const struct reading *r);

static void read_each(struct mg_look *l, const char *path, void *arg)
{
	(void)read_file(l, path, arg); /* what it could not read, it said */
}

/* Relative to the file that says it; a * may stand in the last component. */
static void include(struct mg_look *l, const char *from, struct mg_slice target,
		    const struct reading *r)
{
	struct reading deeper = *r;
	struct mg_buf path;
	char *name, *star;

	if (++deeper.depth > INCLUDES_MAX)
		return;
	mg_buf_init(&path, MG_PANEL_PATH_MAX);
	if (target.len && target.ptr[0] != '/')
		mg_buf_add(&path,
			   mg_slice_of(from,
				       mg_slice_rfind(mg_slice_str(from), '/') +
					       1));
	mg_buf_add(&path, target);
	name = path.truncated ? NULL : strrchr(path.ptr, '/');
	star = name ? strchr(name, '*') : NULL;
	if (star) {
		*name = '\0';
		mg_look_each(l, path.ptr, star + 1, read_each, &deeper);
	} else if (name) {
		(void)read_file(l, path.ptr, &deeper);
	}
	mg_buf_release(&path);
}

static bool is_include(const struct mg_syntax *syntax, struct mg_slice line,
		       struct mg_slice *target)
{
	for (const char *const *w = syntax->includes; w && *w; w++) {
		*target = line;
		if (mg_slice_cut_lit(target, mg_slice_str(*w)) && target->len &&
		    (target->ptr[0] == ' ' || target->ptr[0] == '\t')) {
			*target = mg_slice_trim(*target);
			return true;
		}
	}
	return false;
}

static void add_text(struct mg_look *l, const char *path, struct mg_slice text,
		     const struct reading *r)
{
	struct mg_slice line, target;

	while (mg_slice_cut_line(&text, &line)) {
		if (is_include(r->syntax, mg_slice_trim(line), &target)) {
			include(l, path, target, r);
			continue;
		}
		mg_buf_add(r->out, line);
		mg_buf_add_char(r->out, '\n');
	}
}

static bool read_file(struct mg_look *l, const char *path,
		      const struct reading *r)
{
	struct mg_err err = { 0 };
	struct mg_file_info info;
	struct mg_buf text;
	int rc;

	mg_buf_init(&text, MG_CONFIG_MAX);
	rc = mg_root_read_info(l->opts->root, path, &text, &info, &err);
	if (rc == 0 && (info.mode & 002))
		rc = mg_fail(&err, MG_ECONF, "every user can write it");
	if (rc < 0) {
		mg_say(l, MG_TOPIC_SERVERS, MG_LEVEL_WARNING, path,
		       "not taken into account: %s", err.text);
		if (err.code == MG_ECONF)
			mg_mend(l, "chmod o-w %s", path);
	} else if (rc == 0) {
		add_text(l, path, mg_buf_slice(&text), r);
	}
	mg_buf_release(&text);
	return rc == 0;
}

bool mg_config_read(struct mg_look *l, const char *path,
		    const struct mg_syntax *syntax, struct mg_buf *out)
{
	return read_file(l, path,
			 &(struct reading){ .syntax = syntax, .out = out });
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Whether the line goes on, by its own end or by how the next one begins. */
static bool goes_on(const struct mg_syntax *syntax, struct mg_buf *room,
		    struct mg_slice rest)
{
	if (syntax->is_backslash_more && room->len &&
	    room->ptr[room->len - 1] == '\\') {
		room->ptr[--room->len] = '\0';
		return rest.len > 0;
	}
	return syntax->is_indent_more && rest.len && is_blank(rest.ptr[0]);
}

bool mg_config_line(struct mg_slice *rest, const struct mg_syntax *syntax,
		    struct mg_buf *room, struct mg_slice *line)
{
	struct mg_slice piece;

	while (mg_slice_cut_line(rest, &piece)) {
		piece = mg_slice_trim(piece);
		if (piece.len == 0 || piece.ptr[0] == '#')
			continue;
		mg_buf_clear(room);
		mg_buf_add(room, piece);
		while (goes_on(syntax, room, *rest) &&
		       mg_slice_cut_line(rest, &piece)) {
			mg_buf_add_char(room, ' ');
			mg_buf_add(room, mg_slice_trim(piece));
		}
		*line = mg_slice_trim(mg_buf_slice(room));
		return true;
	}
	return false;
}

static struct mg_slice unquote(struct mg_slice s)
{
	if (s.len >= 2 && (s.ptr[0] == '"' || s.ptr[0] == '\'') &&
	    s.ptr[s.len - 1] == s.ptr[0])
		return mg_slice_of(s.ptr + 1, s.len - 2);
	return s;
}

bool mg_config_get(struct mg_slice text, const struct mg_syntax *syntax,
		   const char *key, struct mg_buf *value)
{
	struct mg_slice line, name;
	struct mg_buf room;
	bool is_there = false;

	mg_buf_init(&room, MG_CONFIG_MAX);
	while (mg_config_line(&text, syntax, &room, &line)) {
		if (!mg_slice_cut_at(&line, '=', &name) ||
		    !mg_slice_is(mg_slice_trim(name), mg_slice_str(key)))
			continue;
		if (line.len && line.ptr[0] == '=') /* Exim's "MACRO ==" */
			line = mg_slice_from(line, 1);
		mg_buf_clear(value);
		mg_buf_add(value, unquote(mg_slice_trim(line)));
		is_there = true;
	}
	mg_buf_release(&room);
	return is_there && !value->truncated;
}

bool mg_config_number(struct mg_slice text, const struct mg_syntax *syntax,
		      const char *key, uint64_t *out)
{
	struct mg_buf value;
	bool is_number;

	mg_buf_init(&value, MG_PANEL_PATH_MAX);
	is_number = mg_config_get(text, syntax, key, &value) &&
		    mg_num_parse(mg_buf_slice(&value), UINT32_MAX, out);
	mg_buf_release(&value);
	return is_number;
}

bool mg_cut_word(struct mg_slice *rest, const char *more, struct mg_slice *word)
{
	size_t n = 0;

	while (rest->len && (is_blank(rest->ptr[0]) || rest->ptr[0] == ',' ||
			     strchr(more, rest->ptr[0])))
		*rest = mg_slice_from(*rest, 1);
	while (n < rest->len && !is_blank(rest->ptr[n]) &&
	       rest->ptr[n] != ',' && !strchr(more, rest->ptr[n]))
		n++;
	*word = mg_slice_of(rest->ptr, n);
	*rest = mg_slice_from(*rest, n);
	return n > 0;
}
