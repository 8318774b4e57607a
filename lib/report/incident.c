/* SPDX-License-Identifier: MIT */
#include "mailguard/incident.h"

#include <stdbool.h>

#define N_FIELDS 3

static const struct {
	const char *heading, *help;
} fields[N_FIELDS] = {
	{ "Mechanism:", "# How was the mail sent? A stolen password, a script "
			"on the website, a list?\n" },
	{ "Steps taken:",
	  "# What was done so that it does not happen again?\n" },
	{ "Mailing policy:",
	  "# Who gets mail from you from now on, and how did "
	  "they agree to it?\n" },
};

void mg_incident_add_form(struct mg_buf *out)
{
	for (size_t i = 0; i < N_FIELDS; i++) {
		mg_buf_add_str(out, i ? "\n" : "");
		mg_buf_add_str(out, fields[i].help);
		mg_buf_add_str(out, fields[i].heading);
		mg_buf_add_char(out, '\n');
	}
}

/* A heading, which is taken off the line; or N_FIELDS. */
static size_t cut_heading(struct mg_slice *line)
{
	for (size_t i = 0; i < N_FIELDS; i++)
		if (mg_slice_cut_lit(line, mg_slice_str(fields[i].heading)))
			return i;
	return N_FIELDS;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Word by word, each with a blank before it. */
static void add_words(struct mg_slice line, struct mg_buf *out)
{
	size_t i = 0;

	while (i < line.len) {
		size_t end;

		while (i < line.len && is_blank(line.ptr[i]))
			i++;
		for (end = i; end < line.len && !is_blank(line.ptr[end]);)
			end++;
		if (end > i) {
			mg_buf_add_char(out, ' ');
			mg_buf_add(out, mg_slice_of(line.ptr + i, end - i));
		}
		i = end;
	}
}

static int take_line(struct mg_slice line, size_t *at,
		     bool has_heading[N_FIELDS], struct mg_buf said[N_FIELDS],
		     struct mg_err *err)
{
	size_t heading;

	if (mg_slice_has_prefix(line, MG_LIT("#")))
		return 0;
	heading = cut_heading(&line);
	if (heading < N_FIELDS && has_heading[heading])
		return mg_fail(err, MG_EPARSE,
			       "the incident form has '%s' twice",
			       fields[heading].heading);
	if (heading < N_FIELDS) {
		has_heading[heading] = true;
		*at = heading;
	}
	if (*at < N_FIELDS)
		add_words(line, &said[*at]);
	return 0;
}

static int put_together(const struct mg_buf said[N_FIELDS], struct mg_buf *out,
			struct mg_err *err)
{
	for (size_t i = 0; i < N_FIELDS; i++)
		if (said[i].len == 0)
			return mg_fail(err, MG_EPARSE,
				       "the incident form says nothing under "
				       "'%s'; 'mailguard unsuspend "
				       "--incident-form' prints an empty one",
				       fields[i].heading);
	for (size_t i = 0; i < N_FIELDS; i++) {
		mg_buf_add_str(out, i ? "; " : "");
		mg_buf_add_str(out, fields[i].heading);
		mg_buf_add(out, mg_buf_slice(&said[i]));
	}
	return 0;
}

int mg_incident_parse(struct mg_slice text, struct mg_buf *out,
		      struct mg_err *err)
{
	struct mg_buf said[N_FIELDS];
	bool has_heading[N_FIELDS] = { false };
	size_t at = N_FIELDS;
	struct mg_slice line;
	int rc = 0;

	if (mg_slice_find(text, '\0') < text.len)
		return mg_fail(err, MG_EPARSE,
			       "the incident form has a NUL byte: it is no "
			       "text");
	for (size_t i = 0; i < N_FIELDS; i++)
		mg_buf_init(&said[i], 2 * MG_INCIDENT_MAX);
	while (rc == 0 && mg_slice_cut_line(&text, &line))
		rc = take_line(line, &at, has_heading, said, err);
	if (rc == 0)
		rc = put_together(said, out, err);
	for (size_t i = 0; i < N_FIELDS; i++)
		mg_buf_release(&said[i]);
	return rc;
}
