/* SPDX-License-Identifier: MIT */
#include "mailguard/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/buf.h"

static bool is_quiet;
static char first[MG_LOG_LINE_MAX];

void mg_log_set_quiet(bool quiet)
{
	is_quiet = quiet;
}

const char *mg_log_first(void)
{
	return first;
}

void mg_log(enum mg_log_level level, const char *fmt, ...)
{
	char raw[MG_LOG_LINE_MAX];
	struct mg_buf line;
	va_list ap;

	if (level == MG_LOG_INFO && is_quiet)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (level != MG_LOG_INFO && !first[0])
		memcpy(first, raw, sizeof(first));
	/* Every byte may become \xHH, and the newline must still fit. */
	mg_buf_init(&line, (size_t)5 * MG_LOG_LINE_MAX);
	mg_buf_add_str(&line, "mailguard: ");
	if (level == MG_LOG_WARNING)
		mg_buf_add_str(&line, "warning: ");
	mg_buf_add_printable(&line, mg_slice_str(raw));
	mg_buf_add_char(&line, '\n');
	/* One call, so that lines of several processes do not mix. */
	(void)fwrite(line.ptr, 1, line.len, stderr);
	(void)fflush(stderr);
	mg_buf_release(&line);
}
