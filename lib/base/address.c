/* SPDX-License-Identifier: MIT */
#include "mailguard/address.h"

#include "mailguard/scan.h"

#define LOCAL_PART_MAX 64 /* bytes, RFC 5321 4.5.3.1.1 */

bool mg_address_cut(struct mg_slice *s, struct mg_slice *out)
{
	size_t i = mg_scan_any(*s, ' ', '"', '\\');
	bool quoted = false;

	for (; i < s->len && (quoted || s->ptr[i] != ' '); i++) {
		/* A quoted pair stands outside quotes too (RFC 821 4.1.2). */
		if (s->ptr[i] == '\\')
			i++;
		else if (s->ptr[i] == '"')
			quoted = !quoted;
	}
	if (i == 0 || quoted || i > s->len)
		return false;
	*out = mg_slice_of(s->ptr, i);
	*s = mg_slice_from(*s, i);
	return true;
}

struct mg_slice mg_address_domain(struct mg_slice address)
{
	const size_t at = mg_slice_rfind(address, '@');

	if (at == address.len)
		return mg_slice_of(NULL, 0);
	return mg_slice_from(address, at + 1);
}

static inline bool is_lower(char c)
{
	return (unsigned char)(c - 'a') < 26;
}

static inline bool is_lower_alnum(char c)
{
	return is_lower(c) || (unsigned char)(c - '0') < 10;
}

static inline char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool to_canonical_plainly(struct mg_slice in, char *out)
{
	for (size_t i = 0; i < in.len; i++) {
		const char c = to_lower(in.ptr[i]);

		out[i] = c;
		if (!is_lower_alnum(c) && c != '.' && c != '-' && c != '_')
			return false;
	}
	return true;
}

/*
 * In small letters, where all are letters, digits and what stands between them;
 * 8 bytes or more, the last of them perhaps twice.
 */
static bool to_canonical(struct mg_slice in, char *out)
{
#if defined(__SSE2__)
	const size_t step = in.len < 16 ? 8 : 16;

	for (size_t i = 0; i < in.len; i += step) {
		const size_t at = i + step > in.len ? in.len - step : i;
		const __m128i *p = (const void *)(in.ptr + at);
		__m128i *to = (void *)(out + at);
		const __m128i v = mg_scan_lower(step == 8 ? _mm_loadl_epi64(p)
							  : _mm_loadu_si128(p));

		if (~mg_scan_domain16(v) & ((1U << step) - 1))
			return false;
		if (step == 8)
			_mm_storel_epi64(to, v);
		else
			_mm_storeu_si128(to, v);
	}
	return true;
#else
	return to_canonical_plainly(in, out);
#endif
}

size_t mg_domain_canonical(struct mg_slice in, char out[MG_DOMAIN_MAX])
{
	if (in.len && in.ptr[in.len - 1] == '.')
		in.len--;
	if (in.len == 0 || in.len > MG_DOMAIN_MAX || in.ptr[0] == '.' ||
	    !(in.len < 8 ? to_canonical_plainly(in, out)
			 : to_canonical(in, out)) ||
	    mg_scan_has_pair(in, '.', '.', 1))
		return 0;
	/* "a.." loses one dot above and must not keep the other. */
	return out[in.len - 1] == '.' ? 0 : in.len;
}

/* RFC 5322 3.2.3 atext, and the dot between atoms. */
static bool is_local_char(char c)
{
	return is_lower_alnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

size_t mg_mailbox_canonical(struct mg_slice in, char out[MG_MAILBOX_MAX])
{
	const size_t at = mg_slice_rfind(in, '@');
	char domain[MG_DOMAIN_MAX];
	size_t len;

	if (at == 0 || at == in.len || at > MG_MAILBOX_MAX - MG_DOMAIN_MAX - 1)
		return 0;
	for (size_t i = 0; i < at; i++) {
		out[i] = to_lower(in.ptr[i]);
		if (!is_local_char(out[i]))
			return 0;
	}
	len = mg_domain_canonical(mg_slice_from(in, at + 1), domain);
	if (len == 0)
		return 0;
	out[at] = '@';
	memcpy(out + at + 1, domain, len);
	return at + 1 + len;
}

/* A shell of somebody's mailer would run "|command". */
bool mg_address_is_safe(struct mg_slice address)
{
	const size_t at = mg_slice_rfind(address, '@');
	char domain[MG_DOMAIN_MAX];

	if (at == 0 || at > LOCAL_PART_MAX || strchr("-|/", address.ptr[0]))
		return false;
	for (size_t i = 0; i < at; i++)
		if (!is_local_char(to_lower(address.ptr[i])))
			return false;
	return at == address.len ||
	       mg_domain_canonical(mg_slice_from(address, at + 1), domain) > 0;
}

bool mg_mailbox_ip_cut(struct mg_slice text, struct mg_slice *mailbox,
		       struct mg_slice *ip)
{
	const size_t at = mg_slice_rfind(text, '/');

	if (at == 0 || at == text.len || text.ptr[0] == '/' ||
	    !mg_ip_is_valid(mg_slice_from(text, at + 1)))
		return false;
	*mailbox = mg_slice_of(text.ptr, at);
	*ip = mg_slice_from(text, at + 1);
	return true;
}
