/* SPDX-License-Identifier: MIT */
#include "mailguard/html.h"

#include "html_priv.h"

/* A printable byte that means something in HTML; NULL for one that does not. */
static const char *reference_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void mg_html_add_text(struct mg_buf *b, struct mg_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		const char *reference = reference_of(s.ptr[i]);

		if (reference)
			mg_buf_add_str(b, reference);
		else
			mg_buf_add_printable(b, mg_slice_of(s.ptr + i, 1));
	}
}

void mg_html_begin(struct mg_buf *b, struct mg_slice title)
{
	mg_buf_add_str(b,
		       "<!DOCTYPE html>\n"
		       "<html lang=\"en\">\n"
		       "<head>\n"
		       "<meta charset=\"utf-8\">\n"
		       "<meta http-equiv=\"Content-Security-Policy\" content=\""
		       "default-src 'none'; style-src '" MG_HTML_STYLE_HASH
		       "'; "
		       "base-uri 'none'; form-action 'none'\">\n"
		       "<meta name=\"referrer\" content=\"no-referrer\">\n"
		       "<meta name=\"robots\" content=\"noindex\">\n"
		       "<meta name=\"color-scheme\" content=\"light dark\">\n"
		       "<meta name=\"viewport\" content=\"width=device-width, "
		       "initial-scale=1\">\n"
		       "<title>");
	mg_html_add_text(b, title);
	mg_buf_add_str(b, "</title>\n<style>");
	mg_buf_add_str(b, mg_html_style);
	mg_buf_add_str(b, "</style>\n</head>\n<body>\n");
}

void mg_html_end(struct mg_buf *b)
{
	mg_buf_add_str(b, "</body>\n</html>\n");
}
