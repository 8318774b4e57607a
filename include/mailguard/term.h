/* SPDX-License-Identifier: MIT */
/*
 * term - what the reader of an output can be shown.
 *
 * A pipe or a file gets plain ASCII, exact and as wide as it comes; only a
 * terminal gets more, as far as it and its user's settings say.
 */
#ifndef MAILGUARD_TERM_H
#define MAILGUARD_TERM_H

#include <stdbool.h>

#include "mailguard/buf.h"
#include "mailguard/slice.h"

#define MG_TERM_WIDTH_MIN 40   /* columns; a narrower one is taken for this */
#define MG_TERM_WIDTH_USUAL 80 /* of one that does not say */

/* What the environment says; NULL for what is not set. Borrowed. */
struct mg_term_env {
	const char *term;     /* TERM */
	const char *no_color; /* NO_COLOR */
	const char *lc_all, *lc_ctype, *lang;
};

/* Zeroed it is no terminal. */
struct mg_term {
	bool is_terminal;
	bool has_colour;
	bool is_utf8;
	unsigned width; /* columns; 0 for no bound */
};

/*
 * mg_term_look - what is behind a descriptor.
 *
 * Colour: a terminal that is not "dumb", and NO_COLOR unset or empty
 * (no-color.org). UTF-8: the first of LC_ALL, LC_CTYPE and LANG that is set
 * and not empty names that encoding (POSIX, section 8.2); nothing else of the
 * locale counts.
 */
struct mg_term mg_term_look(int fd, const struct mg_term_env *env);

/*
 * mg_term_wrap - lines that fit.
 *
 * text     in   lines of printable ASCII
 * width    in   columns; 0 for no bound
 * indent   in   columns of blanks before what is left of a line; less than
 *               MG_TERM_WIDTH_MIN
 * out      out  the text added; a longer line is broken at blanks, never within
 *               a word
 */
void mg_term_wrap(struct mg_slice text, unsigned width, unsigned indent,
		  struct mg_buf *out);

#endif
