/* SPDX-License-Identifier: MIT */
/*
 * What a table says to people: the file that is shipped, and the list in the
 * manual. Both are made of it, so that none can say what is not so.
 */
#include "conf_priv.h"

#define WIDTH 76   /* columns of the shipped file */
#define TAB 8      /* columns */
#define PROSE 4096 /* bytes that are said of one setting */
#define PATH_BYTES 256

/* What may be set: sentences behind those of the help. */
static void add_bounds(struct mg_buf *b, const struct mg_conf_field *f)
{
	if (f->words) {
		mg_buf_add_str(b, " One of ");
		for (unsigned i = 0; f->words[i]; i++)
			mg_buf_add_fmt(b, "%s%s", i ? ", " : "", f->words[i]);
		mg_buf_add_char(b, '.');
	}
	if (f->type == MG_CONF_NUMBER || f->type == MG_CONF_REAL ||
	    f->type == MG_CONF_DURATION) {
		mg_buf_add_str(b, " From ");
		mg_conf_add_range(b, f);
		mg_buf_add_char(b, '.');
	}
	if (f->type == MG_CONF_TEXTS && f->max > 0)
		mg_buf_add_fmt(b, " At most %.0f.", f->max);
	if (f->is_required)
		mg_buf_add_str(b, " It must be given.");
}

static void begin_line(struct mg_buf *b, unsigned depth)
{
	mg_buf_add_char(b, '#');
	mg_buf_add_fill(b, '\t', depth);
}

/* Prose as lines of a comment, broken between words. */
static void add_comment(struct mg_buf *b, unsigned depth, struct mg_slice text)
{
	const size_t indent = (size_t)depth * TAB + 1;
	size_t column = 0;
	struct mg_slice word;

	while (text.len) {
		if (!mg_slice_cut_at(&text, ' ', &word)) {
			word = text;
			text.len = 0;
		}
		if (column == 0 || column + 1 + word.len > WIDTH) {
			if (column)
				mg_buf_add_char(b, '\n');
			begin_line(b, depth);
			mg_buf_add_str(b, depth ? "#" : "");
			column = indent;
		}
		mg_buf_add_char(b, ' ');
		mg_buf_add(b, word);
		column += 1 + word.len;
	}
	mg_buf_add_char(b, '\n');
}

static void add_prose(struct mg_buf *b, unsigned depth,
		      const struct mg_conf_field *f)
{
	struct mg_buf prose;

	mg_buf_init(&prose, PROSE);
	mg_buf_add_str(&prose, f->help);
	add_bounds(&prose, f);
	add_comment(b, depth, mg_buf_slice(&prose));
	mg_buf_release(&prose);
}

static void add_fields(struct mg_buf *b, unsigned depth,
		       const struct mg_conf_table *table);

static void add_marks(struct mg_buf *b, unsigned depth, const char *marks)
{
	begin_line(b, depth);
	mg_buf_add_fmt(b, "%s\n", marks);
}

static void add_example(struct mg_buf *b, unsigned depth,
			const struct mg_conf_field *f)
{
	begin_line(b, depth);
	mg_buf_add_fmt(b, "%s = ", f->name);
	if (f->type == MG_CONF_GROUP) {
		mg_buf_add_str(b, "{\n");
		add_fields(b, depth + 1, f->group);
		add_marks(b, depth, "};");
	} else if (f->type == MG_CONF_GROUPS) {
		mg_buf_add_str(b, "(\n");
		add_marks(b, depth + 1, "{");
		add_fields(b, depth + 2, f->group);
		add_marks(b, depth + 1, "}");
		add_marks(b, depth, ");");
	} else {
		mg_buf_add_fmt(b, "%s;\n", f->preset ? f->preset : f->example);
	}
}

static void add_fields(struct mg_buf *b, unsigned depth,
		       const struct mg_conf_table *table)
{
	for (size_t i = 0; i < table->n_fields; i++) {
		if (depth == 0)
			mg_buf_add_char(b, '\n');
		add_prose(b, depth, &table->fields[i]);
		add_example(b, depth, &table->fields[i]);
	}
}

void mg_conf_add_example(struct mg_buf *b, const struct mg_conf_table *table)
{
	add_fields(b, 0, table);
}

static const char *name_of_type(const struct mg_conf_field *f)
{
	switch (f->type) {
	case MG_CONF_TEXT:
		return f->words ? "word" : "text";
	case MG_CONF_WORD:
		return "word";
	case MG_CONF_NUMBER:
	case MG_CONF_REAL:
		return "number";
	case MG_CONF_BOOL:
		return "boolean";
	case MG_CONF_DURATION:
		return "duration";
	case MG_CONF_TEXTS:
		return "texts";
	case MG_CONF_GROUP:
		return "group";
	case MG_CONF_GROUPS:
		return "groups";
	}
	return "";
}

/* mdoc(7) wants each sentence on a line of its own. */
static void add_sentences(struct mg_buf *b, struct mg_slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == ' ' && text.ptr[i - 1] == '.')
			mg_buf_add_char(b, '\n');
		else if (text.ptr[i] == '\\')
			mg_buf_add_str(b, "\\e");
		else
			mg_buf_add_char(b, text.ptr[i]);
	mg_buf_add_char(b, '\n');
}

static void add_items(struct mg_buf *b, const struct mg_conf_table *table,
		      const char *prefix)
{
	struct mg_buf prose, path;

	mg_buf_init(&prose, PROSE);
	mg_buf_init(&path, PATH_BYTES);
	for (size_t i = 0; i < table->n_fields; i++) {
		const struct mg_conf_field *f = &table->fields[i];

		mg_buf_clear(&prose);
		mg_buf_clear(&path);
		mg_buf_add_str(&prose, f->help);
		add_bounds(&prose, f);
		if (f->preset)
			mg_buf_add_fmt(&prose, " The preset is %s.", f->preset);
		mg_buf_add_fmt(&path, "%s%s", prefix, f->name);
		mg_buf_add_fmt(b, ".It Ic %s No = Ar %s\n", path.ptr,
			       name_of_type(f));
		add_sentences(b, mg_buf_slice(&prose));
		mg_buf_add_char(&path, '.');
		if (f->group)
			add_items(b, f->group, path.ptr);
	}
	mg_buf_release(&path);
	mg_buf_release(&prose);
}

void mg_conf_add_manual(struct mg_buf *b, const struct mg_conf_table *table)
{
	add_items(b, table, "");
}
