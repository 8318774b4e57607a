/* SPDX-License-Identifier: MIT */
#include "mailguard/progress.h"

#include "mailguard/buf.h"
#include "mailguard/file.h"

#define LINE_BYTES 1024 /* written at once; wider terminals get no more */

static int64_t after_ms = MG_PROGRESS_AFTER_MS;

void mg_progress_set_after(int64_t ms)
{
	after_ms = ms;
}

void mg_progress_begin(struct mg_progress *p, int fd, unsigned width,
		       int64_t now_ms)
{
	*p = (struct mg_progress){
		.fd = fd,
		.width = width,
		.began_ms = now_ms,
		/* So that the first line comes when it may. */
		.shown_ms = now_ms + after_ms - MG_PROGRESS_EVERY_MS,
	};
}

static void add_bytes(struct mg_buf *b, const struct mg_progress_at *at)
{
	const uint64_t left = at->left_bytes > 0 ? (uint64_t)at->left_bytes : 0;
	const uint64_t all = at->n_bytes + left;
	const double unit = all >= 1000000000 ? 1e9 : 1e6;
	const char *name = all >= 1000000000 ? "GB" : "MB";

	if (at->left_bytes < 0)
		mg_buf_add_fmt(b, "%.1f %s", (double)at->n_bytes / unit, name);
	else
		mg_buf_add_fmt(b, "%.1f of %.1f %s, %.0f %%",
			       (double)at->n_bytes / unit, (double)all / unit,
			       name,
			       all ? 100.0 * (double)at->n_bytes / (double)all
				   : 100.0);
}

static void add_time_left(struct mg_buf *b, const struct mg_progress_at *at,
			  int64_t elapsed_ms)
{
	double seconds;

	if (at->left_bytes < 0 || at->n_bytes == 0)
		return;
	seconds = (double)elapsed_ms / 1000 * (double)at->left_bytes /
		  (double)at->n_bytes;
	if (seconds < 100)
		mg_buf_add_fmt(b, ", %.0f s left", seconds);
	else if (seconds < 6000)
		mg_buf_add_fmt(b, ", %.0f min left", seconds / 60);
	else
		mg_buf_add_fmt(b, ", %.0f h left", seconds / 3600);
}

static void write_line(struct mg_progress *p, struct mg_slice text)
{
	const size_t n = text.len < p->width ? text.len : p->width - 1;
	struct mg_buf line;

	mg_buf_init(&line, (size_t)3 * LINE_BYTES);
	mg_buf_add_char(&line, '\r');
	mg_buf_add(&line, mg_slice_of(text.ptr, n));
	if (p->n_shown > n) /* the rest of the line before */
		mg_buf_add_fill(&line, ' ', p->n_shown - n);
	if (n == 0)
		mg_buf_add_char(&line, '\r');
	if (mg_file_write_all(p->fd, mg_buf_slice(&line), NULL) < 0)
		p->width = 0; /* nobody looks any more */
	mg_buf_release(&line);
	p->n_shown = n;
}

void mg_progress_show(struct mg_progress *p, const struct mg_progress_at *at,
		      int64_t now_ms)
{
	const int64_t elapsed_ms = now_ms - p->began_ms;
	struct mg_buf text;

	if (p->width == 0 || now_ms - p->shown_ms < MG_PROGRESS_EVERY_MS)
		return;
	mg_buf_init(&text, LINE_BYTES);
	add_bytes(&text, at);
	mg_buf_add_fmt(&text, ", %.0f lines/s",
		       (double)at->n_lines * 1000 /
			       (double)(elapsed_ms ? elapsed_ms : 1));
	add_time_left(&text, at, elapsed_ms);
	mg_buf_add_str(&text, ": ");
	mg_buf_add_printable(&text, at->name);
	write_line(p, mg_buf_slice(&text));
	mg_buf_release(&text);
	p->shown_ms = now_ms;
}

void mg_progress_clear(struct mg_progress *p)
{
	if (p->n_shown)
		write_line(p, mg_slice_of("", 0));
}
