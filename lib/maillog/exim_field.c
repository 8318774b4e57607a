/* SPDX-License-Identifier: MIT */
#include "exim_priv.h"

#include "mailguard/address.h"
#include "mailguard/num.h"
#include "mailguard/scan.h"

bool mg_exim_take_word(struct mg_slice *s, size_t tag_len, struct mg_slice *out)
{
	struct mg_slice rest = mg_slice_from(*s, tag_len);
	const size_t end = mg_scan_any(rest, ' ', ' ', ' ');

	if (end == 0)
		return false;
	*out = mg_slice_of(rest.ptr, end);
	*s = mg_slice_from(rest, end);
	return true;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '*' ||
	       c == '.';
}

bool mg_exim_take_name(struct mg_slice *s, size_t tag_len, struct mg_slice *out)
{
	const struct mg_slice rest = mg_slice_from(*s, tag_len);
	size_t end = 0;

	while (end < rest.len && is_name_char(rest.ptr[end]))
		end++;
	if (end == 0)
		return false;
	*out = mg_slice_of(rest.ptr, end);
	*s = mg_slice_from(rest, end);
	return true;
}

bool mg_exim_take_quoted(struct mg_slice *s, size_t tag_len,
			 struct mg_slice *out)
{
	const struct mg_slice rest = mg_slice_from(*s, tag_len);
	size_t i = 0;

	for (;; i += 2) { /* a backslash and what it hides */
		i += mg_scan_any(mg_slice_from(rest, i), '"', '\\', '"');
		if (i >= rest.len || rest.ptr[i] == '"')
			break;
		if (i + 2 > rest.len)
			return false;
	}
	if (i >= rest.len)
		return false;
	*out = mg_slice_of(rest.ptr, i);
	*s = mg_slice_from(rest, i + 1);
	return true;
}

bool mg_exim_take_angle(struct mg_slice *s, size_t tag_len,
			struct mg_slice *out)
{
	const struct mg_slice rest = mg_slice_from(*s, tag_len);
	size_t i = mg_scan_any(rest, '>', '"', '\\');
	bool quoted = false;

	for (; i < rest.len && (quoted || rest.ptr[i] != '>'); i++) {
		if (rest.ptr[i] == '\\')
			i++; /* a quoted pair, as in mg_address_cut */
		else if (rest.ptr[i] == '"')
			quoted = !quoted;
	}
	if (i >= rest.len)
		return false;
	*out = mg_slice_of(rest.ptr, i);
	*s = mg_slice_from(rest, i + 1);
	return true;
}

/* mg_slice_cut_at of what is near. */
static inline bool cut_to(struct mg_slice *s, char c, struct mg_slice *out)
{
	const size_t at = mg_scan_any(*s, c, c, c);

	if (at == s->len)
		return false;
	*out = mg_slice_of(s->ptr, at);
	*s = mg_slice_from(*s, at + 1);
	return true;
}

bool mg_exim_cut_address_in_brackets(struct mg_slice *s,
				     struct mg_exim_host *out)
{
	struct mg_slice rest = *s, ip;
	uint64_t port = 0;

	if (!mg_slice_cut_lit(&rest, MG_LIT("[")) || !cut_to(&rest, ']', &ip) ||
	    !mg_ip_is_valid(ip))
		return false;
	if (rest.len > 1 && rest.ptr[0] == ':') {
		struct mg_slice digits = mg_slice_from(rest, 1);

		/* "[ip]: text" has no port, its colon belongs to the text. */
		if (mg_num_cut(&digits, 65535, &port))
			rest = digits;
	}
	out->ip = ip;
	out->port = (unsigned)port;
	*s = rest;
	return true;
}

/*
 * "(HELO) ": the client chose what is inside, brackets and all. Without
 * helo_accept_junk_hosts it holds no blank, so the first ") [" ends it.
 */
static bool cut_helo(struct mg_slice *s, struct mg_slice *out)
{
	size_t end = 1;

	for (; end < s->len; end++) {
		end += mg_slice_find(mg_slice_from(*s, end), ')');
		if (!mg_slice_has_prefix(mg_slice_from(*s, end), MG_LIT(") [")))
			continue;
		*out = mg_slice_of(s->ptr + 1, end - 1);
		*s = mg_slice_from(*s, end + 2);
		return true;
	}
	return false;
}

bool mg_exim_take_host(struct mg_slice *s, size_t tag_len,
		       struct mg_exim_host *out)
{
	struct mg_exim_host host = { .port = 0 };
	struct mg_slice rest = mg_slice_from(*s, tag_len);

	if (rest.len == 0)
		return false;
	if (rest.ptr[0] != '(' && rest.ptr[0] != '[' &&
	    !mg_slice_cut_at(&rest, ' ', &host.name))
		return false;
	if (rest.len && rest.ptr[0] == '(' && !cut_helo(&rest, &host.helo))
		return false;
	if (!mg_exim_cut_address_in_brackets(&rest, &host))
		return false;
	*out = host;
	*s = rest;
	return true;
}
