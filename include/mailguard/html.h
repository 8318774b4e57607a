/* SPDX-License-Identifier: MIT */
/*
 * html - a page that stands alone: one file, no script, nothing from outside.
 *
 * Its policy (Content-Security-Policy) allows one thing, the style sheet that
 * is in it, by its hash. So a name that got past the escaping could still load
 * and run nothing. Light or dark as the reader's system is; fits a phone and
 * paper.
 */
#ifndef MAILGUARD_HTML_H
#define MAILGUARD_HTML_H

#include "mailguard/buf.h"
#include "mailguard/slice.h"

/*
 * mg_html_add_text - text from outside, made safe for HTML and SVG.
 *
 * s    in   any bytes
 *
 * For text between tags and for values of attributes in double quotes, and for
 * nothing else. As mg_buf_add_printable, so that no control, bidirectional or
 * other odd character remains, then & < > " ' as references.
 */
void mg_html_add_text(struct mg_buf *b, struct mg_slice s);

/* From the doctype to the opened body; the title is any text. */
void mg_html_begin(struct mg_buf *b, struct mg_slice title);

/* The end of body and document. */
void mg_html_end(struct mg_buf *b);

#endif
