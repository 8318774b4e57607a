/* SPDX-License-Identifier: MIT */
#include "postfix_priv.h"

#include "mailguard/address.h"
#include "mailguard/num.h"
#include "mailguard/scan.h"

/* What Postfix has where DNS has nothing, or the connection was gone. */
static void drop_unknown(struct mg_slice *s)
{
	if (mg_slice_is(*s, MG_LIT("unknown")))
		s->len = 0;
}

bool mg_postfix_cut_host(struct mg_slice *s, struct mg_postfix_host *out)
{
	struct mg_postfix_host host = { .port = 0 };
	struct mg_slice rest = *s;
	uint64_t port;

	host.name = mg_slice_of(rest.ptr, mg_scan_any(rest, '[', ' ', ','));
	rest = mg_slice_from(rest, host.name.len);
	if (!mg_slice_cut_lit(&rest, MG_LIT("[")))
		return false;
	host.ip = mg_slice_of(rest.ptr, mg_scan_any(rest, ']', ']', ']'));
	rest = mg_slice_from(rest, host.ip.len);
	if (!mg_slice_cut_lit(&rest, MG_LIT("]")))
		return false;
	drop_unknown(&host.name);
	drop_unknown(&host.ip);
	if (host.ip.len && !mg_ip_is_valid(host.ip))
		return false;
	/* "host[ip]: text" has no port, its colon belongs to the text. */
	if (rest.len > 1 && rest.ptr[0] == ':' && rest.ptr[1] != ' ') {
		rest = mg_slice_from(rest, 1);
		if (!mg_num_cut(&rest, 65535, &port))
			return false;
		host.port = (unsigned)port;
	}
	*out = host;
	*s = rest;
	return true;
}

bool mg_postfix_cut_last(struct mg_slice *s, struct mg_slice mark,
			 struct mg_slice *before)
{
	struct mg_slice rest = *s;
	size_t at, last = 0;
	bool found = false;

	while ((at = mg_slice_search(rest, mark)) != rest.len) {
		rest = mg_slice_from(rest, at + 1);
		last = (size_t)(rest.ptr - s->ptr) - 1;
		found = true;
	}
	if (!found)
		return false;
	*before = mg_slice_of(s->ptr, last);
	*s = mg_slice_from(*s, last + mark.len);
	return true;
}
