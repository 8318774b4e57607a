/* SPDX-License-Identifier: MIT */
/*
 * plot - pictures of counts, as SVG within a page (html.h).
 *
 * Widths are shares of the room that there is, heights and letters are not, so
 * that a picture fits a phone without becoming unreadable. Each has a title and
 * a description for those who do not see it; colours are the page's classes.
 */
#ifndef MAILGUARD_PLOT_H
#define MAILGUARD_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/slice.h"

#define MG_PLOT_TICK_MAX 24 /* bytes of a label, with its end */

#define MG_PLOT_DAYS 7
#define MG_PLOT_HOURS 24

/* A label of the axis below. */
struct mg_plot_tick {
	size_t at; /* the value that it stands below the left edge of */
	char text[MG_PLOT_TICK_MAX];
	bool is_minor; /* left out where the room is narrow */
};

/* What the value at i is of, as text: "2026-03-01 12:00". */
typedef void (*mg_plot_label_fn)(const void *arg, size_t i, struct mg_buf *b);

struct mg_plot {
	const char *id;        /* unique in the page; a name, no text */
	struct mg_slice title; /* any text */
	struct mg_slice desc;  /* any text */
	const int64_t *values; /* 0 or more each; borrowed */
	const int64_t *bad;    /* the part of them in another colour; or NULL */
	size_t n;              /* 1 or more */
	const char *unit;      /* "recipients"; what is counted */
	const char *bad_unit;  /* "unknown"; with bad */
	const struct mg_plot_tick *ticks; /* borrowed */
	size_t n_ticks;
	mg_plot_label_fn label;
	const void *arg; /* for label */
};

/* Bars side by side, with axes. */
void mg_plot_bars(struct mg_buf *b, const struct mg_plot *plot);

/* The outline of the same alone, small, without axes. */
void mg_plot_outline(struct mg_buf *b, const struct mg_plot *plot);

/*
 * mg_plot_heat - weekdays, Monday first, by hours of the day.
 *
 * plot     in   id, title, desc and unit
 * values   in   what is usual; -1 for an hour that there was none of
 */
void mg_plot_heat(struct mg_buf *b, const struct mg_plot *plot,
		  const int64_t values[MG_PLOT_DAYS][MG_PLOT_HOURS]);

/* The next of 1, 2, 5, 10, 20 to 5 * 10^18 that is n or more; n is 0 or more. */
int64_t mg_plot_round_up(int64_t n);

#endif
