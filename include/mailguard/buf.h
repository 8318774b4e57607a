/* SPDX-License-Identifier: MIT */
/*
 * buf - owned, terminated, growing text that cannot outgrow its maximum.
 *
 * Created with its maximum. An addition that would pass it adds nothing and
 * marks the buffer, so a chain of additions needs one check at its end. The
 * text is always terminated and never NULL.
 */
#ifndef MAILGUARD_BUF_H
#define MAILGUARD_BUF_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/slice.h"

struct mg_buf {
	char *ptr;      /* owned; terminated; "" (static) while empty */
	size_t len;     /* bytes without the terminator */
	size_t cap;     /* bytes allocated, 0 while nothing is */
	size_t max;     /* len never exceeds this */
	bool truncated; /* an addition did not fit; everything after it too */
};

/* An empty buffer that holds at most max bytes; allocates nothing yet. */
void mg_buf_init(struct mg_buf *b, size_t max);

/* Frees what it holds; accepts a zeroed one. Usable again after _init. */
void mg_buf_release(struct mg_buf *b);

/* Makes it empty, keeps the memory. */
void mg_buf_clear(struct mg_buf *b);

void mg_buf_add(struct mg_buf *b, struct mg_slice s);
void mg_buf_add_str(struct mg_buf *b, const char *s);
void mg_buf_add_char(struct mg_buf *b, char c);
void mg_buf_add_fmt(struct mg_buf *b, const char *fmt, ...) MG_PRINTF(2, 3);

/* c repeated n times: padding and rules of tables. */
void mg_buf_add_fill(struct mg_buf *b, char c, size_t n);

/*
 * mg_buf_add_printable - text from outside, made safe for a terminal or a log.
 *
 * s    in   any bytes
 *
 * Printable ASCII stays; the backslash is doubled; every other byte becomes
 * \xHH. Bytes above 127 too: the bidirectional marks and the C1 controls are
 * among them, and no name that mailguard acts on needs them.
 */
void mg_buf_add_printable(struct mg_buf *b, struct mg_slice s);

/* Borrows the text until the next change of b. */
static inline struct mg_slice mg_buf_slice(const struct mg_buf *b)
{
	return (struct mg_slice){ b->ptr, b->len };
}

/*
 * mg_buf_check - the one check at the end of a chain of additions.
 *
 * what   in   what the buffer holds, for the message
 *
 * Returns 0, or -MG_ELIMIT when something did not fit.
 */
MG_NODISCARD int mg_buf_check(const struct mg_buf *b, const char *what,
			      struct mg_err *err);

#endif
