/* SPDX-License-Identifier: MIT */
#include "mailguard/weblog.h"

#include "mailguard/ip.h"
#include "mailguard/num.h"
#include "mailguard/tz.h"

#define METHOD_MAX 20 /* bytes; the longest that is registered has 17 */

static bool cut_month(struct mg_slice *s, int *out)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (mg_slice_cut_lit(s,
				     mg_slice_of(months + (size_t)i * 3, 3))) {
			*out = i + 1;
			return true;
		}
	return false;
}

static bool cut(struct mg_slice *s, unsigned n, struct mg_slice behind,
		int *out)
{
	unsigned value;

	if (!mg_num_cut_fixed(s, n, &value) || !mg_slice_cut_lit(s, behind))
		return false;
	*out = (int)value;
	return true;
}

/* "+0100", in seconds. */
static bool cut_offset(struct mg_slice *s, int *out)
{
	const bool is_west = mg_slice_has_prefix(*s, MG_LIT("-"));
	int hours, minutes;

	if (!mg_slice_cut_lit(s, is_west ? MG_LIT("-") : MG_LIT("+")) ||
	    !cut(s, 2, MG_LIT(""), &hours) || !cut(s, 2, MG_LIT(""), &minutes))
		return false;
	*out = (hours * 60 + minutes) * (is_west ? -60 : 60);
	return true;
}

/* "22/Nov/2026:02:17:38 +0100", all of it. */
static bool parse_stamp(struct mg_slice s, int64_t *out)
{
	struct mg_civil c;
	int offset;

	if (!cut(&s, 2, MG_LIT("/"), &c.day) || !cut_month(&s, &c.month) ||
	    !mg_slice_cut_lit(&s, MG_LIT("/")) ||
	    !cut(&s, 4, MG_LIT(":"), &c.year) ||
	    !cut(&s, 2, MG_LIT(":"), &c.hour) ||
	    !cut(&s, 2, MG_LIT(":"), &c.minute) ||
	    !cut(&s, 2, MG_LIT(" "), &c.second) || !cut_offset(&s, &offset) ||
	    s.len || !mg_civil_is_valid(&c))
		return false;
	*out = mg_civil_utc(&c) - offset;
	return true;
}

/* The first word, or the second where the first is the virtual host's name. */
static struct mg_slice client_of(struct mg_slice head)
{
	struct mg_slice first, second;
	struct mg_ip ip;

	if (!mg_slice_cut_at(&head, ' ', &first))
		return MG_LIT("");
	if (!mg_ip_parse(first, &ip) && mg_slice_cut_at(&head, ' ', &second) &&
	    mg_ip_parse(second, &ip))
		return second;
	return first;
}

static bool is_method(struct mg_slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!((word.ptr[i] >= 'A' && word.ptr[i] <= 'Z') ||
		      word.ptr[i] == '-'))
			return false;
	return word.len && word.len <= METHOD_MAX;
}

/* Up to the quote that ends it; one that a client sent has a '\' before it. */
static struct mg_slice request_of(struct mg_slice rest)
{
	for (size_t i = 0; i < rest.len; i++) {
		if (rest.ptr[i] == '\\')
			i++;
		else if (rest.ptr[i] == '"')
			return mg_slice_of(rest.ptr, i);
	}
	return rest;
}

/* Whatever follows a '?' may hold names and passwords, and differs each time. */
static struct mg_slice path_of(struct mg_slice target)
{
	target = mg_slice_of(target.ptr, mg_slice_find(target, ' '));
	return mg_slice_of(target.ptr, mg_slice_find(target, '?'));
}

bool mg_weblog_parse(struct mg_slice line, struct mg_weblog_line *out)
{
	const size_t end = mg_slice_search(line, MG_LIT("] \""));
	struct mg_slice head, request, method;
	size_t begin;

	if (end >= line.len)
		return false;
	head = mg_slice_of(line.ptr, end);
	begin = mg_slice_rfind(head, '[');
	if (begin >= head.len ||
	    !parse_stamp(mg_slice_from(head, begin + 1), &out->at))
		return false;
	out->client = client_of(mg_slice_of(head.ptr, begin));
	request = request_of(mg_slice_from(line, end + 3));
	out->method = MG_LIT("");
	out->path = MG_LIT("");
	if (mg_slice_cut_at(&request, ' ', &method) && is_method(method)) {
		out->method = method;
		out->path = path_of(request);
	}
	return true;
}
