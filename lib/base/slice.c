/* SPDX-License-Identifier: MIT */
#include "mailguard/slice.h"

int mg_slice_cmp(struct mg_slice a, struct mg_slice b)
{
	const size_t n = a.len < b.len ? a.len : b.len;
	const int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

	if (order)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

static unsigned char lower(char c)
{
	const unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? (unsigned char)(u | 0x20) : u;
}

bool mg_slice_is_nocase(struct mg_slice a, struct mg_slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

size_t mg_slice_rfind(struct mg_slice s, char c)
{
	const char *at = s.len ? memrchr(s.ptr, c, s.len) : NULL;

	return at ? (size_t)(at - s.ptr) : s.len;
}

size_t mg_slice_search(struct mg_slice s, struct mg_slice what)
{
	const char *at;

	if (what.len == 0)
		return 0;
	at = s.len ? memmem(s.ptr, s.len, what.ptr, what.len) : NULL;
	return at ? (size_t)(at - s.ptr) : s.len;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct mg_slice mg_slice_trim(struct mg_slice s)
{
	const char *from = s.ptr, *to;

	if (s.len == 0)
		return s; /* of no memory, perhaps */
	to = from + s.len;
	while (from < to && is_blank(*from))
		from++;
	while (to > from && is_blank(to[-1]))
		to--;
	return mg_slice_of(from, (size_t)(to - from));
}

int mg_slice_cut_line(struct mg_slice *s, struct mg_slice *out)
{
	if (s->len == 0)
		return 0;
	if (!mg_slice_cut_at(s, '\n', out)) {
		*out = *s;
		*s = mg_slice_from(*s, s->len);
	}
	return 1;
}
