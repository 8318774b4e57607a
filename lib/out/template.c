/* SPDX-License-Identifier: MIT */
#include "mailguard/template.h"

struct expansion {
	const struct mg_template_value *values;
	size_t n;
	struct mg_buf *out;
	struct mg_err *err;
};

static const struct mg_template_value *find(const struct expansion *e,
					    struct mg_slice name)
{
	for (size_t i = 0; i < e->n; i++)
		if (mg_slice_is(e->values[i].name, name))
			return &e->values[i];
	return NULL;
}

/* Takes a place off, behind its brace. */
static int cut_place(const struct expansion *e, struct mg_slice *line,
		     const struct mg_template_value **out)
{
	struct mg_slice name;

	if (!mg_slice_cut_at(line, '}', &name))
		return mg_fail(e->err, MG_ECONF,
			       "'{' without '}'; write '{{' for a brace");
	*out = find(e, name);
	if (!*out)
		return mg_fail(e->err, MG_ECONF, "there is no '{%.*s}'",
			       MG_SLICE_ARG(name));
	return 0;
}

/* A line without its end. Returns 1 for one that is left out. */
static int expand_line(const struct expansion *e, struct mg_slice line,
		       struct mg_buf *out)
{
	const struct mg_template_value *value = NULL;
	struct mg_slice text;
	bool is_empty = false;

	while (mg_slice_cut_at(&line, '{', &text)) {
		mg_buf_add(out, text);
		if (mg_slice_cut_lit(&line, MG_LIT("{"))) {
			mg_buf_add_char(out, '{');
			continue;
		}
		if (cut_place(e, &line, &value) < 0)
			return -MG_ECONF;
		is_empty |= value->value.len == 0;
		mg_buf_add(out, value->value);
	}
	mg_buf_add(out, line);
	return is_empty;
}

int mg_template_expand(struct mg_slice text,
		       const struct mg_template_value *values, size_t n,
		       struct mg_buf *out, struct mg_err *err)
{
	const struct expansion e = { values, n, out, err };
	struct mg_slice line;
	struct mg_buf whole;
	int rc = 0;

	mg_buf_init(&whole, out->max);
	for (unsigned at = 1; rc >= 0 && mg_slice_cut_line(&text, &line);
	     at++) {
		mg_buf_clear(&whole);
		rc = expand_line(&e, line, &whole);
		/* As in the text: a last line may have no end. */
		if (text.ptr > line.ptr + line.len)
			mg_buf_add_char(&whole, '\n');
		if (rc < 0)
			mg_err_prefix(err, "line %u", at);
		else if (rc == 0)
			mg_buf_add(out, mg_buf_slice(&whole));
	}
	mg_buf_release(&whole);
	return rc < 0 ? rc : 0;
}
