/* SPDX-License-Identifier: MIT */
#include "mailguard/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/buf.h"
#include "mailguard/clock.h"
#include "mailguard/hash.h"

static bool is_quiet;
static char first[MG_LOG_LINE_MAX];

/* What was said, by its hash; the oldest of so many may be said again. */
#define SAID_MAX 64
#define SAID_MS INT64_C(3600000)

static struct said {
	uint64_t hash;
	int64_t at_ms;
} said[SAID_MAX];
static size_t next_said;
static bool is_sparing;

void mg_log_set_quiet(bool quiet)
{
	is_quiet = quiet;
}

const char *mg_log_first(void)
{
	return first;
}

void mg_log_begin(void)
{
	first[0] = '\0';
}

void mg_log_spare(void)
{
	is_sparing = true;
	memset(said, 0, sizeof(said));
}

/* Without the numbers; the digits of a name are part of it. */
static uint64_t hash_of(const char *text)
{
	const struct mg_hash_key key = { 0 };
	char words[MG_LOG_LINE_MAX];
	bool is_number = false;
	size_t n = 0;

	for (char before = ' '; *text; before = *text++) {
		if (*text < '0' || *text > '9')
			is_number = false;
		else if (before == ' ' || before == '(')
			is_number = true;
		if (!is_number)
			words[n++] = *text;
	}
	return mg_hash(&key, mg_slice_of(words, n));
}

static struct said *find_said(uint64_t hash)
{
	for (size_t i = 0; i < SAID_MAX; i++)
		if (said[i].hash == hash)
			return &said[i];
	return NULL;
}

/* Whether it was said a short time ago; from now on it was. */
static bool was_said(const char *text)
{
	const int64_t now_ms = mg_clock_mono_ms();
	const uint64_t hash = hash_of(text);
	struct said *s = find_said(hash);

	if (s && now_ms - s->at_ms < SAID_MS)
		return true;
	if (!s)
		s = &said[next_said++ % SAID_MAX];
	*s = (struct said){ hash, now_ms };
	return false;
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
	if (is_sparing && was_said(raw))
		return;
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
