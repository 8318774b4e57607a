/* SPDX-License-Identifier: MIT */
#include "mailguard/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "mailguard/mem.h"

static char empty[1]; /* what an empty buffer points to; never written */

void mg_buf_init(struct mg_buf *b, size_t max)
{
	*b = (struct mg_buf){ .ptr = empty, .max = max };
}

void mg_buf_release(struct mg_buf *b)
{
	if (b->cap)
		mg_mem_free(b->ptr);
	mg_buf_init(b, b->max);
}

void mg_buf_clear(struct mg_buf *b)
{
	b->len = 0;
	b->truncated = false;
	if (b->cap)
		b->ptr[0] = '\0';
}

/* Room for n more bytes and the terminator, or false and the mark. */
static bool grow(struct mg_buf *b, size_t n)
{
	size_t want;

	if (b->truncated || n > b->max - b->len) {
		b->truncated = true;
		return false;
	}
	if (b->len + n < b->cap)
		return true;
	want = b->cap ? b->cap * 2 : 64;
	if (want <= b->len + n)
		want = b->len + n + 1;
	b->ptr = mg_mem_resize(b->cap ? b->ptr : NULL, want, 1);
	b->cap = want;
	return true;
}

void mg_buf_add(struct mg_buf *b, struct mg_slice s)
{
	if (s.len == 0 || !grow(b, s.len))
		return;
	memcpy(b->ptr + b->len, s.ptr, s.len);
	b->len += s.len;
	b->ptr[b->len] = '\0';
}

void mg_buf_add_str(struct mg_buf *b, const char *s)
{
	mg_buf_add(b, mg_slice_str(s));
}

void mg_buf_add_char(struct mg_buf *b, char c)
{
	mg_buf_add(b, mg_slice_of(&c, 1));
}

void mg_buf_add_fill(struct mg_buf *b, char c, size_t n)
{
	if (n == 0 || !grow(b, n))
		return;
	memset(b->ptr + b->len, c, n);
	b->len += n;
	b->ptr[b->len] = '\0';
}

void mg_buf_add_fmt(struct mg_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n <= 0 || !grow(b, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void mg_buf_add_printable(struct mg_buf *b, struct mg_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		const unsigned char c = (unsigned char)s.ptr[i];

		if (c == '\\')
			mg_buf_add(b, MG_LIT("\\\\"));
		else if (c >= ' ' && c <= '~')
			mg_buf_add_char(b, (char)c);
		else
			mg_buf_add_fmt(b, "\\x%02x", c);
	}
}

int mg_buf_check(const struct mg_buf *b, const char *what, struct mg_err *err)
{
	if (!b->truncated)
		return 0;
	return mg_fail(err, MG_ELIMIT, "%s is longer than %zu bytes", what,
		       b->max);
}
