/* SPDX-License-Identifier: MIT */
#include "mailguard/err.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void MG_PRINTF(3, 0)
	set_text(struct mg_err *err, int code, const char *fmt, va_list ap)
{
	char text[MG_ERR_TEXT_MAX];

	/* Through a copy: an argument may point into err itself. */
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	memcpy(err->text, text, sizeof(text));
	err->code = code;
}

int mg_fail(struct mg_err *err, enum mg_status code, const char *fmt, ...)
{
	va_list ap;

	if (err) {
		va_start(ap, fmt);
		set_text(err, (int)code, fmt, ap);
		va_end(ap);
	}
	return -(int)code;
}

int mg_fail_errno(struct mg_err *err, const char *fmt, ...)
{
	const int saved = errno;
	size_t len, start;
	va_list ap;

	if (!err)
		return -MG_EIO;
	va_start(ap, fmt);
	set_text(err, MG_EIO, fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	start = len + 2;
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s",
		       strerror(saved));
	/* "No such file" reads as a sentence of its own; ours goes on. */
	if (start < sizeof(err->text) && err->text[start])
		err->text[start] =
			(char)tolower((unsigned char)err->text[start]);
	return -MG_EIO;
}

void mg_err_prefix(struct mg_err *err, const char *fmt, ...)
{
	char prefix[MG_ERR_TEXT_MAX / 2];
	char text[MG_ERR_TEXT_MAX];
	va_list ap;

	if (!err)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(prefix, sizeof(prefix), fmt, ap);
	va_end(ap);
	memcpy(text, err->text, sizeof(text));
	(void)snprintf(err->text, sizeof(err->text), "%s: %.*s", prefix,
		       (int)(sizeof(err->text) - strlen(prefix) - 3), text);
}
