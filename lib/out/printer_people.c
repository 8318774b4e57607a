/* SPDX-License-Identifier: MIT */
/*
 * Numbers and plots for people.
 */
#include "printer_priv.h"

#include <inttypes.h>

#define LEVELS 8 /* heights of a block, and widths of one */

/* n in units of `step` to the power of one of `units`, one digit behind. */
static void add_scaled(struct mg_buf *b, int64_t n, int64_t step,
		       const char *const units[], size_t n_units)
{
	int64_t unit = step;
	size_t i = 0;

	while (i + 1 < n_units && n / unit >= step) {
		unit *= step;
		i++;
	}
	/* 123 has no room for more digits, 1.2 says too little without. */
	if (n / unit >= 100)
		mg_buf_add_fmt(b, "%" PRId64 "%s", n / unit, units[i]);
	else
		mg_buf_add_fmt(b, "%" PRId64 ".%d%s", n / unit,
			       (int)(n % unit * 10 / unit), units[i]);
}

void mg_printer_add_short(struct mg_buf *b, int64_t n)
{
	static const char *const units[] = { "k", "M", "G", "T" };

	if (n < 10000)
		mg_buf_add_fmt(b, "%" PRId64, n);
	else
		add_scaled(b, n, 1000, units, sizeof(units) / sizeof(*units));
}

void mg_printer_add_bytes(struct mg_buf *b, int64_t n)
{
	static const char *const units[] = { " KiB", " MiB", " GiB", " TiB" };

	if (n < 1024)
		mg_buf_add_fmt(b, "%" PRId64 " B", n);
	else
		add_scaled(b, n, 1024, units, sizeof(units) / sizeof(*units));
}

void mg_printer_add_share(struct mg_buf *b, int64_t thousandths)
{
	mg_buf_add_fmt(b, "%d.%d %%", (int)(thousandths / 10),
		       (int)(thousandths % 10));
}

/* 0 for nothing, else 1..max; no overflow for any count. */
static size_t level_of(int64_t n, int64_t of, size_t max)
{
	size_t level;

	if (n <= 0 || of <= 0)
		return 0;
	level = (size_t)((double)n / (double)of * (double)max + .5);
	return level < 1 ? 1 : level > max ? max : level;
}

size_t mg_printer_add_course(struct mg_buf *b, const int64_t *values, size_t n,
			     bool is_utf8)
{
	/* U+2581 to U+2588 */
	static const char *const blocks[] = {
		" ",
		"\xe2\x96\x81",
		"\xe2\x96\x82",
		"\xe2\x96\x83",
		"\xe2\x96\x84",
		"\xe2\x96\x85",
		"\xe2\x96\x86",
		"\xe2\x96\x87",
		"\xe2\x96\x88",
	};
	static const char *const ascii[] = {
		" ", ".", ":", "-", "=", "+", "*", "#", "@",
	};
	int64_t peak = 0;

	for (size_t i = 0; i < n; i++)
		if (values[i] > peak)
			peak = values[i];
	for (size_t i = 0; i < n; i++)
		mg_buf_add_str(
			b,
			(is_utf8 ? blocks
				 : ascii)[level_of(values[i], peak, LEVELS)]);
	return n;
}

size_t mg_printer_add_bar(struct mg_buf *b, int64_t n, int64_t max,
			  bool is_utf8)
{
	/* U+258F to U+2589, from an eighth of a cell to seven of them */
	static const char *const parts[] = {
		"",
		"\xe2\x96\x8f",
		"\xe2\x96\x8e",
		"\xe2\x96\x8d",
		"\xe2\x96\x8c",
		"\xe2\x96\x8b",
		"\xe2\x96\x8a",
		"\xe2\x96\x89",
	};
	size_t eighths, cells;

	if (!is_utf8) {
		cells = level_of(n, max, MG_PRINTER_BAR_CELLS);
		mg_buf_add_fill(b, '#', cells);
		return cells;
	}
	eighths = level_of(n, max, (size_t)MG_PRINTER_BAR_CELLS * LEVELS);
	cells = eighths / LEVELS;
	for (size_t i = 0; i < cells; i++)
		mg_buf_add_str(b, "\xe2\x96\x88");
	mg_buf_add_str(b, parts[eighths % LEVELS]);
	return cells + (eighths % LEVELS ? 1 : 0);
}
