/* SPDX-License-Identifier: MIT */
#include "mailguard/json.h"

#include <limits.h>

#include <json-c/json.h>

#define REPLACEMENT 0xfffd

static bool is_plain(char c)
{
	return (unsigned char)c < 0x7f;
}

/* The ASCII bytes at the front, by json-c, without the quotes it puts. */
static void add_plain(struct mg_buf *b, struct mg_slice s)
{
	struct json_object *json = NULL;
	const char *text = NULL;
	size_t len = 0;

	if (s.len <= INT_MAX)
		json = json_object_new_string_len(s.ptr, (int)s.len);
	if (json)
		text = json_object_to_json_string_length(
			json,
			JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
			&len);
	if (text && len >= 2)
		mg_buf_add(b, mg_slice_of(text + 1, len - 2));
	else
		b->truncated = true;
	(void)json_object_put(json); /* takes NULL */
}

/* What may follow the first byte of a character: Unicode, table 3-7. */
struct lead {
	unsigned n_more;         /* bytes that follow, 0 for an invalid lead */
	unsigned char low, high; /* range of the first of them */
};

static struct lead lead_of(unsigned char c)
{
	struct lead lead = { 0, 0x80, 0xbf };

	if (c >= 0xc2 && c <= 0xdf)
		lead.n_more = 1;
	else if (c >= 0xe0 && c <= 0xef)
		lead.n_more = 2;
	else if (c >= 0xf0 && c <= 0xf4)
		lead.n_more = 3;
	/* Shorter forms of the same, surrogates, beyond U+10FFFF. */
	if (c == 0xe0)
		lead.low = 0xa0;
	else if (c == 0xed)
		lead.high = 0x9f;
	else if (c == 0xf0)
		lead.low = 0x90;
	else if (c == 0xf4)
		lead.high = 0x8f;
	return lead;
}

/* The character at the front, which is not ASCII or is DEL. */
static uint32_t cut_character(struct mg_slice *s)
{
	const unsigned char first = (unsigned char)s->ptr[0];
	struct lead lead = lead_of(first);
	uint32_t value = first;

	*s = mg_slice_from(*s, 1);
	if (first < 0x80)
		return value;
	if (lead.n_more == 0)
		return REPLACEMENT;
	value &= 0x3fU >> lead.n_more;
	for (unsigned i = 0; i < lead.n_more; i++) {
		unsigned char next;

		if (s->len == 0)
			return REPLACEMENT;
		next = (unsigned char)s->ptr[0];
		if (next < lead.low || next > lead.high)
			return REPLACEMENT; /* next starts anew */
		value = value << 6 | (next & 0x3f);
		lead.low = 0x80;
		lead.high = 0xbf;
		*s = mg_slice_from(*s, 1);
	}
	return value;
}

static void add_escaped(struct mg_buf *b, uint32_t c)
{
	if (c > 0xffff) {
		c -= 0x10000;
		mg_buf_add_fmt(b, "\\u%04x", 0xd800 | c >> 10);
		c = 0xdc00 | (c & 0x3ff);
	}
	mg_buf_add_fmt(b, "\\u%04x", c);
}

void mg_json_add_string(struct mg_buf *b, struct mg_slice s)
{
	mg_buf_add_char(b, '"');
	while (s.len) {
		size_t n = 0;

		while (n < s.len && is_plain(s.ptr[n]))
			n++;
		if (n)
			add_plain(b, mg_slice_of(s.ptr, n));
		s = mg_slice_from(s, n);
		if (s.len)
			add_escaped(b, cut_character(&s));
	}
	mg_buf_add_char(b, '"');
}
