/* SPDX-License-Identifier: MIT */
#include "mailguard/plot.h"

#include <assert.h>
#include <inttypes.h>

#include "mailguard/html.h"

#define BARS_HEIGHT 160 /* pixels, as all that follow */
#define OUTLINE_HEIGHT 56
#define AXIS_HEIGHT 20 /* below, for its labels */
#define HEAD_HEIGHT 16 /* above, for the label of the highest line */
#define HEAT_ROW 20
#define HEAT_LABELS 2 /* columns as wide as an hour, for the names of days */

int64_t mg_plot_round_up(int64_t n)
{
	int64_t unit = 1;

	while (n / unit >= 10)
		unit *= 10;
	if (n <= unit)
		return unit;
	if (n <= 2 * unit)
		return 2 * unit;
	/* Above it there is no room for the next. */
	return n <= 5 * unit || unit > INT64_MAX / 10 ? 5 * unit : 10 * unit;
}

static void open_svg(struct mg_buf *b, const struct mg_plot *plot, int height)
{
	mg_buf_add_fmt(b,
		       "<svg height=\"%d\" role=\"img\" "
		       "aria-labelledby=\"%s-t %s-d\">\n<title id=\"%s-t\">",
		       height, plot->id, plot->id, plot->id);
	mg_html_add_text(b, plot->title);
	mg_buf_add_fmt(b, "</title>\n<desc id=\"%s-d\">", plot->id);
	mg_html_add_text(b, plot->desc);
	mg_buf_add_str(b, "</desc>\n");
}

static int64_t peak_of(const struct mg_plot *plot)
{
	int64_t peak = 0;

	for (size_t i = 0; i < plot->n; i++)
		if (plot->values[i] > peak)
			peak = plot->values[i];
	return peak;
}

/* The share of the width that lies left of value i, in percent. */
static double percent(size_t i, size_t n)
{
	return 100.0 * (double)i / (double)n;
}

/* How high n is in a plot of this height that ends at `top`; never nothing. */
static double height_of(int64_t n, int64_t top, double height)
{
	const double h = (double)n / (double)top * height;

	return n > 0 && h < 1 ? 1 : h;
}

static void add_line(struct mg_buf *b, double y)
{
	mg_buf_add_fmt(b,
		       "<line class=\"axis\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" "
		       "y2=\"%.1f\"/>\n",
		       y, y);
}

/* The line of `top`, of its half, and the base. */
static void add_scale(struct mg_buf *b, int64_t top)
{
	add_line(b, HEAD_HEIGHT);
	if (top > 1)
		add_line(b, HEAD_HEIGHT + BARS_HEIGHT / 2.0);
	add_line(b, HEAD_HEIGHT + BARS_HEIGHT);
}

static void add_scale_labels(struct mg_buf *b, int64_t top)
{
	mg_buf_add_fmt(b,
		       "<text class=\"over\" x=\"0\" y=\"%d\">%" PRId64
		       "</text>\n",
		       HEAD_HEIGHT - 4, top);
	if (top > 1)
		mg_buf_add_fmt(b,
			       "<text class=\"over\" x=\"0\" y=\"%d\">%" PRId64
			       "%s</text>\n",
			       HEAD_HEIGHT + BARS_HEIGHT / 2 - 4, top / 2,
			       top % 2 ? ".5" : "");
}

static void add_ticks(struct mg_buf *b, const struct mg_plot *plot)
{
	for (size_t i = 0; i < plot->n_ticks; i++) {
		const struct mg_plot_tick *tick = &plot->ticks[i];
		const double x = percent(tick->at, plot->n);

		mg_buf_add_fmt(b,
			       "<line class=\"axis\" x1=\"%.3f%%\" "
			       "x2=\"%.3f%%\" y1=\"%d\" y2=\"%d\"/>\n",
			       x, x, HEAD_HEIGHT + BARS_HEIGHT,
			       HEAD_HEIGHT + BARS_HEIGHT + 5);
		mg_buf_add_fmt(b, "<text%s x=\"%.3f%%\" dx=\"3\" y=\"%d\">",
			       tick->is_minor ? " class=\"minor\"" : "", x,
			       HEAD_HEIGHT + BARS_HEIGHT + 15);
		mg_html_add_text(b, mg_slice_str(tick->text));
		mg_buf_add_str(b, "</text>\n");
	}
}

/*
 * One step after the other, from the base and back to it, in a picture of its
 * own that is stretched to the width there is.
 */
static void add_outline(struct mg_buf *b, const int64_t *values, size_t n,
			int64_t top, const char *class, int y, int height)
{
	mg_buf_add_fmt(b,
		       "<svg y=\"%d\" height=\"%d\" viewBox=\"0 0 %zu %d\" "
		       "preserveAspectRatio=\"none\"><path class=\"%s\" "
		       "d=\"M0 %d",
		       y, height, n, height, class, height);
	for (size_t i = 0; i < n; i++) {
		/* What follows at the same height needs no word. */
		if (i == 0 || values[i] != values[i - 1])
			mg_buf_add_fmt(b, "H%zuV%.1f", i,
				       height - height_of(values[i], top,
							  height));
	}
	mg_buf_add_fmt(b, "H%zuV%dZ\"/></svg>\n", n, height);
}

/* Room over each bar for the pointer, and its numbers. */
static void add_hits(struct mg_buf *b, const struct mg_plot *plot)
{
	for (size_t i = 0; i < plot->n; i++) {
		if (plot->values[i] == 0)
			continue;
		mg_buf_add_fmt(b,
			       "<rect class=\"hit\" x=\"%.3f%%\" y=\"%d\" "
			       "width=\"%.3f%%\" height=\"%d\"><title>",
			       percent(i, plot->n), HEAD_HEIGHT,
			       percent(1, plot->n), BARS_HEIGHT);
		plot->label(plot->arg, i, b);
		mg_buf_add_fmt(b, ": %" PRId64 " %s", plot->values[i],
			       plot->unit);
		if (plot->bad)
			mg_buf_add_fmt(b, ", %" PRId64 " %s", plot->bad[i],
				       plot->bad_unit);
		mg_buf_add_str(b, "</title></rect>\n");
	}
}

void mg_plot_bars(struct mg_buf *b, const struct mg_plot *plot)
{
	const int64_t top = mg_plot_round_up(peak_of(plot));

	assert(plot->n > 0);
	open_svg(b, plot, HEAD_HEIGHT + BARS_HEIGHT + AXIS_HEIGHT);
	add_scale(b, top);
	add_outline(b, plot->values, plot->n, top, "good", HEAD_HEIGHT,
		    BARS_HEIGHT);
	if (plot->bad)
		add_outline(b, plot->bad, plot->n, top, "bad", HEAD_HEIGHT,
			    BARS_HEIGHT);
	add_scale_labels(b, top);
	add_ticks(b, plot);
	add_hits(b, plot);
	mg_buf_add_str(b, "</svg>\n");
}

void mg_plot_outline(struct mg_buf *b, const struct mg_plot *plot)
{
	const int64_t peak = peak_of(plot);
	const int64_t top = peak ? peak : 1;

	assert(plot->n > 0);
	open_svg(b, plot, OUTLINE_HEIGHT + 1);
	add_outline(b, plot->values, plot->n, top, "good", 0, OUTLINE_HEIGHT);
	if (plot->bad)
		add_outline(b, plot->bad, plot->n, top, "bad", 0,
			    OUTLINE_HEIGHT);
	add_line(b, OUTLINE_HEIGHT + .5);
	mg_buf_add_str(b, "</svg>\n");
}

/* ---- hours by weekday */

static const char *const days[MG_PLOT_DAYS] = {
	"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun",
};

#define HEAT_COLUMNS (HEAT_LABELS + MG_PLOT_HOURS)

static void add_heat_cell(struct mg_buf *b, int day, int hour, int64_t n,
			  int64_t peak, const char *unit)
{
	/* Something is to be told from nothing. */
	const double depth = peak ? .1 + .9 * (double)n / (double)peak : 0;

	mg_buf_add_fmt(b,
		       "<rect x=\"%.3f%%\" y=\"%d\" width=\"%.3f%%\" "
		       "height=\"%d\"",
		       percent((size_t)hour + HEAT_LABELS, HEAT_COLUMNS),
		       day * HEAT_ROW, percent(1, HEAT_COLUMNS) * .92,
		       HEAT_ROW - 2);
	if (n > 0)
		mg_buf_add_fmt(b, " class=\"good\" fill-opacity=\"%.2f\"",
			       depth);
	else
		mg_buf_add_str(b, " class=\"none\"");
	mg_buf_add_fmt(b, "><title>%s %02d:00 to %02d:00: ", days[day], hour,
		       hour + 1);
	if (n < 0)
		mg_buf_add_str(b, "no such hour");
	else
		mg_buf_add_fmt(b, "%" PRId64 " %s an hour", n, unit);
	mg_buf_add_str(b, "</title></rect>\n");
}

static void add_heat_labels(struct mg_buf *b)
{
	for (int day = 0; day < MG_PLOT_DAYS; day++)
		mg_buf_add_fmt(b, "<text x=\"0\" y=\"%d\">%s</text>\n",
			       day * HEAT_ROW + HEAT_ROW - 6, days[day]);
	for (int hour = 0; hour < MG_PLOT_HOURS; hour += 3)
		mg_buf_add_fmt(b, "<text%s x=\"%.3f%%\" y=\"%d\">%02d</text>\n",
			       hour % 6 ? " class=\"minor\"" : "",
			       percent((size_t)hour + HEAT_LABELS,
				       HEAT_COLUMNS),
			       MG_PLOT_DAYS * HEAT_ROW + 13, hour);
}

void mg_plot_heat(struct mg_buf *b, const struct mg_plot *plot,
		  const int64_t values[MG_PLOT_DAYS][MG_PLOT_HOURS])
{
	int64_t peak = 0;

	for (int day = 0; day < MG_PLOT_DAYS; day++)
		for (int hour = 0; hour < MG_PLOT_HOURS; hour++)
			if (values[day][hour] > peak)
				peak = values[day][hour];
	open_svg(b, plot, MG_PLOT_DAYS * HEAT_ROW + AXIS_HEIGHT);
	for (int day = 0; day < MG_PLOT_DAYS; day++)
		for (int hour = 0; hour < MG_PLOT_HOURS; hour++)
			add_heat_cell(b, day, hour, values[day][hour], peak,
				      plot->unit);
	add_heat_labels(b);
	mg_buf_add_str(b, "</svg>\n");
}
