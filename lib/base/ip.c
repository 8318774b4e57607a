/* SPDX-License-Identifier: MIT */
#include "mailguard/ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "mailguard/scan.h"

#if defined(__SSE2__)

/* The bytes of a slice of 7 to 15, and zeros behind them. */
static __m128i load(struct mg_slice s)
{
	uint64_t first, last;
	uint32_t half;

	if (s.len < 8) {
		memcpy(&half, s.ptr, 4);
		first = half;
		memcpy(&half, s.ptr + 3, 4);
		return _mm_set_epi64x(0, (long long)(first | (uint64_t)half
								     << 24));
	}
	memcpy(&first, s.ptr, 8);
	memcpy(&last, s.ptr + s.len - 8, 8);
	/* Shifted twice: once by 64 bits is not defined. */
	last = last >> 8 >> (8 * (15 - s.len));
	return _mm_set_epi64x((long long)last, (long long)first);
}

static unsigned equals(__m128i v, char c)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
}

/* Which bytes lie between two; none of them is above 127. */
static unsigned between(__m128i v, char from, char to)
{
	const __m128i is = _mm_and_si128(
		_mm_cmpgt_epi8(v, _mm_set1_epi8((char)(from - 1))),
		_mm_cmplt_epi8(v, _mm_set1_epi8((char)(to + 1))));

	return (unsigned)_mm_movemask_epi8(is);
}

/*
 * As strict as inet_pton(3), and without branches, which addresses would make
 * unforeseeable: most lines have one. In the masks bit 0 is the first byte.
 */
static bool is_v4(struct mg_slice s)
{
	unsigned digits, dots, starts, twos, threes, high, bad;
	__m128i v;

	if (s.len < 7 || s.len > 15)
		return false;
	v = load(s);
	digits = between(v, '0', '9');
	dots = equals(v, '.');
	bad = (digits | dots) ^ ((1U << s.len) - 1);
	/* Three dots: neither fewer nor more, and a number around each. */
	bad |= dots & (dots << 1 | 1U | 1U << (s.len - 1));
	dots &= dots - 1;
	dots &= dots - 1;
	bad |= (dots == 0) | (dots & (dots - 1));
	/* One to three digits, without leading zeros, up to 255. */
	starts = digits & ~(digits << 1);
	twos = starts & digits >> 1;
	threes = twos & digits >> 2;
	high = between(v, '6', '9');
	bad |= threes & digits >> 3;
	bad |= twos & equals(v, '0');
	bad |= threes & between(v, '3', '9');
	bad |= threes & equals(v, '2') &
	       (high >> 1 | (equals(v, '5') >> 1 & high >> 2));
	return !bad;
}

/*
 * The four numbers of a valid address, each by the three bytes in front of its
 * end, of which those before its start are masked out: how many digits a number
 * has nobody can foresee.
 */
static void read_v4(struct mg_slice s, unsigned char out[4])
{
	const __m128i v = load(s);
	unsigned ends = equals(v, '.') | 1U << s.len, start = 0;
	char text[3 + 16] = { 0 };

	_mm_storeu_si128((__m128i *)(void *)(text + 3), v);
	for (int i = 0; i < 4; i++) {
		const unsigned end = (unsigned)__builtin_ctz(ends);
		uint32_t w;

		memcpy(&w, text + end, sizeof(w));
		w = w << 8 & 0x0f0f0f0fU & UINT32_MAX << 8 * (4 - end + start);
		out[i] = (unsigned char)((w >> 24) + (w >> 16 & 15) * 10 +
					 (w >> 8 & 15) * 100);
		ends &= ends - 1;
		start = end + 1;
	}
}

#else

/* A number up to 255 without leading zeros. */
static inline bool cut_octet(const char **at, const char *end)
{
	const char *p = *at;
	unsigned value = 0;

	while (p < end && p < *at + 3 && (unsigned char)(*p - '0') <= 9)
		value = value * 10 + (unsigned)(*p++ - '0');
	if (p == *at || value > 255 || (**at == '0' && p > *at + 1))
		return false;
	*at = p;
	return true;
}

/* As strict as inet_pton(3), and far quicker: most lines have an address. */
static bool is_v4(struct mg_slice s)
{
	const char *at = s.ptr, *end = s.ptr + s.len;

	for (int i = 0; i < 3; i++)
		if (!cut_octet(&at, end) || at == end || *at++ != '.')
			return false;
	return cut_octet(&at, end) && at == end;
}

/* The four numbers of a valid address. */
static void read_v4(struct mg_slice s, unsigned char out[4])
{
	unsigned value = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '.') {
			*out++ = (unsigned char)value;
			value = 0;
		} else {
			value = value * 10 + (unsigned)(s.ptr[i] - '0');
		}
	}
	*out = (unsigned char)value;
}

#endif

static bool is_hex(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 6 ||
	       (unsigned char)(c - '0') < 10;
}

/*
 * Groups of up to four hexadecimal digits, eight of them or fewer with one
 * "::"; no IPv4 at the end.
 */
static bool is_plain_v6(struct mg_slice s)
{
	size_t n_groups = 0, n_digits = 0;
	bool has_gap = false;

	if (s.len < 2 || (s.ptr[0] == ':' && s.ptr[1] != ':') ||
	    (s.ptr[s.len - 1] == ':' && s.ptr[s.len - 2] != ':'))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != ':') {
			if (!is_hex(s.ptr[i]) || ++n_digits > 4)
				return false;
			n_groups += n_digits == 1;
			continue;
		}
		if (n_digits == 0 && i) {
			if (has_gap)
				return false;
			has_gap = true;
		}
		n_digits = 0;
	}
	return has_gap ? n_groups < 8 : n_groups == 8;
}

static bool terminated(struct mg_slice s, char text[INET6_ADDRSTRLEN])
{
	if (s.len == 0 || s.len >= INET6_ADDRSTRLEN ||
	    memchr(s.ptr, '\0', s.len))
		return false;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	return true;
}

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

bool mg_ip_parse(struct mg_slice s, struct mg_ip *out)
{
	struct mg_ip ip;
	char text[INET6_ADDRSTRLEN];

	if (is_v4(s)) {
		memcpy(out->bytes, mapped, sizeof(mapped));
		read_v4(s, out->bytes + sizeof(mapped));
		return true;
	}
	if (!terminated(s, text) || inet_pton(AF_INET6, text, ip.bytes) != 1)
		return false;
	*out = ip;
	return true;
}

bool mg_ip_is_nobody(const struct mg_ip *ip)
{
	static const struct mg_ip nobody;

	return !memcmp(ip, &nobody, sizeof(nobody));
}

bool mg_ip_is_v4(const struct mg_ip *ip)
{
	return !memcmp(ip->bytes, mapped, sizeof(mapped));
}

/* As inet_ntop(3), which has printf do it: a million of them are written for a
   firewall. */
static void format_v4(const unsigned char bytes[4], char *out)
{
	for (int i = 0; i < 4; i++) {
		const unsigned n = bytes[i];

		if (n >= 100)
			*out++ = (char)('0' + n / 100);
		if (n >= 10)
			*out++ = (char)('0' + n / 10 % 10);
		*out++ = (char)('0' + n % 10);
		*out++ = i < 3 ? '.' : '\0';
	}
}

void mg_ip_format(const struct mg_ip *ip, char out[MG_IP_TEXT_MAX])
{
	if (mg_ip_is_v4(ip))
		format_v4(ip->bytes + sizeof(mapped), out);
	else
		(void)inet_ntop(AF_INET6, ip->bytes, out, MG_IP_TEXT_MAX);
}

bool mg_ip_is_valid(struct mg_slice s)
{
	unsigned char raw[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];

	return is_v4(s) || is_plain_v6(s) ||
	       (terminated(s, text) && inet_pton(AF_INET6, text, raw) == 1);
}

bool mg_ip_is_loopback(struct mg_slice s)
{
	static const unsigned char six[16] = { [15] = 1 };
	unsigned char raw[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];

	if (mg_slice_has_prefix(s, MG_LIT("127.")))
		return is_v4(s);
	/* ::1 and ::ffff:127.0.0.1, in all their spellings. */
	if (s.len == 0 || (s.ptr[0] != ':' && s.ptr[0] != '0') ||
	    !terminated(s, text))
		return false;
	if (inet_pton(AF_INET6, text, raw) != 1)
		return false;
	return !memcmp(raw, six, 16) ||
	       (!memcmp(raw, mapped, 12) && raw[12] == 127);
}
