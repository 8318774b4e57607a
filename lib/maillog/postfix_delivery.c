/* SPDX-License-Identifier: MIT */
/*
 * What became of a recipient. Hostile at both ends: the customer chose the
 * recipient, a remote server the text.
 */
#include "postfix_priv.h"

#include "mailguard/scan.h"

static const struct mg_slice relay_tag = MG_LIT_INIT(", relay=");
static const struct mg_slice relay_mark = MG_LIT_INIT(">, relay=");
static const struct mg_slice original_tag = MG_LIT_INIT(", orig_to=");

/* "<ADDRESS>": up to the > outside quotes. */
static bool cut_angle(struct mg_slice *s, struct mg_slice *out)
{
	struct mg_slice rest = *s;
	bool quoted = false;
	size_t i = 0;

	if (!mg_slice_cut_lit(&rest, MG_LIT("<")))
		return false;
	for (; i < rest.len && (quoted || rest.ptr[i] != '>'); i++) {
		if (rest.ptr[i] == '"')
			quoted = !quoted;
		else if (quoted && rest.ptr[i] == '\\')
			i++;
	}
	if (i >= rest.len)
		return false;
	*out = mg_slice_of(rest.ptr, i);
	*s = mg_slice_from(rest, i + 1);
	return true;
}

/* An address in angle brackets; very old versions wrote none. */
static bool cut_address(struct mg_slice *s, struct mg_slice *out)
{
	if (s->len && s->ptr[0] == '<')
		return cut_angle(s, out);
	return mg_postfix_cut_value(s, MG_LIT(""), out);
}

/*
 * Postfix quotes a local part as a whole, so the last quote stands before the
 * @. Elsewhere it is an unquoted one (3.4) that a reply further on closed.
 */
static bool is_whole(struct mg_slice address)
{
	const size_t quote = mg_slice_rfind(address, '"');

	return quote == address.len ||
	       (quote + 1 < address.len && address.ptr[quote + 1] == '@');
}

/*
 * "ADDRESS[, orig_to=ADDRESS]" up to ", relay=". Since 3.5 quotes settle where
 * an address ends, and what ">, relay=" stands further on is the text's. Up to
 * 3.4 the recipient may spell it unquoted: no reader can know, so a second one
 * is borne only behind an address with a domain, which Postfix always writes.
 */
static bool cut_recipient(struct mg_slice *s, struct mg_postfix_line *out)
{
	struct mg_slice address, original = { NULL, 0 }, rest = *s;

	if (!cut_address(&rest, &address) || !is_whole(address))
		return false;
	if (mg_slice_cut_lit(&rest, original_tag) &&
	    (!cut_address(&rest, &original) || !is_whole(original)))
		return false;
	if (!mg_slice_has_prefix(rest, relay_tag) ||
	    (mg_slice_find(address, '@') == address.len &&
	     mg_slice_search(rest, relay_mark) != rest.len))
		return false;
	out->address = address;
	out->original = original;
	*s = rest;
	return true;
}

static void parse_relay(struct mg_postfix_line *out)
{
	struct mg_postfix_host host = { .port = 0 };
	struct mg_slice rest = out->relay;

	/* "host[private/dovecot-lmtp]", "none", "local": no host of the net. */
	if (!mg_postfix_cut_host(&rest, &host) || rest.len)
		return;
	out->has_host = true;
	out->host = host;
}

static const struct {
	struct mg_slice status;
	enum mg_postfix_kind kind;
} statuses[] = {
	{ MG_LIT_INIT("sent"), MG_POSTFIX_DELIVERY },
	{ MG_LIT_INIT("deferred"), MG_POSTFIX_DEFERRAL },
	{ MG_LIT_INIT("bounced"), MG_POSTFIX_FAILURE },
	{ MG_LIT_INIT("expired"), MG_POSTFIX_FAILURE },
	{ MG_LIT_INIT("SOFTBOUNCE"), MG_POSTFIX_DEFERRAL },
	{ MG_LIT_INIT("deliverable"), MG_POSTFIX_PROBE },
	{ MG_LIT_INIT("undeliverable"), MG_POSTFIX_PROBE },
	{ MG_LIT_INIT("undeliverable-but-not-cached"), MG_POSTFIX_PROBE },
};

static bool kind_of(struct mg_slice status, enum mg_postfix_kind *out)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		if (mg_slice_is(status, statuses[i].status)) {
			*out = statuses[i].kind;
			return true;
		}
	}
	return false;
}

/* The id at the end of "250 2.0.0 Ok: queued as ID", "forwarded as ID". */
static void find_next_id(struct mg_postfix_line *out)
{
	struct mg_slice rest = out->text, before;
	const bool forwarded = mg_slice_is(out->relay, MG_LIT("local")) &&
			       mg_slice_cut_lit(&rest, MG_LIT("forwarded as "));

	if (!forwarded &&
	    !mg_postfix_cut_last(&rest, MG_LIT("queued as "), &before))
		return;
	if (mg_postfix_id_is_valid(rest))
		out->next_id = rest;
}

/* " (TEXT)": it ends at the last parenthesis, unless syslog cut the line. */
static void cut_text(struct mg_slice rest, struct mg_postfix_line *out)
{
	if (!mg_slice_cut_lit(&rest, MG_LIT(" (")))
		return;
	if (rest.len && rest.ptr[rest.len - 1] == ')')
		rest.len--;
	out->text = rest;
}

/* ", relay=" to the end. */
static bool parse_result(struct mg_slice rest, struct mg_postfix_line *out)
{
	struct mg_slice unused;

	if (!mg_postfix_cut_value(&rest, MG_LIT(", relay="), &out->relay))
		return false;
	parse_relay(out);
	(void)mg_postfix_cut_value(&rest, MG_LIT(", conn_use="), &unused);
	(void)mg_postfix_cut_value(&rest, MG_LIT(", delay="), &unused);
	(void)mg_postfix_cut_value(&rest, MG_LIT(", delays="), &unused);
	(void)mg_postfix_cut_value(&rest, MG_LIT(", tls="), &unused);
	(void)mg_postfix_cut_value(&rest, MG_LIT(", dsn="), &out->dsn);
	if (!mg_postfix_cut_value(&rest, MG_LIT(", status="), &out->status) ||
	    !kind_of(out->status, &out->kind))
		return false;
	cut_text(rest, out);
	return true;
}

void mg_postfix_parse_delivery(struct mg_slice rest,
			       struct mg_postfix_line *out)
{
	/* Without its status a delivery is nothing. */
	out->kind = MG_POSTFIX_NOTE;
	out->is_odd = !cut_recipient(&rest, out) || !parse_result(rest, out);
	if (out->kind == MG_POSTFIX_DELIVERY)
		find_next_id(out);
}

/* "<ADDRESS>" without quotes. */
static bool cut_plain(struct mg_slice *s, struct mg_slice *out)
{
	struct mg_slice rest = *s;
	size_t n;

	if (!mg_slice_cut_lit(&rest, MG_LIT("<")))
		return false;
	n = mg_scan_any(rest, '>', '"', '"');
	*out = mg_slice_of(rest.ptr, n);
	*s = mg_slice_from(rest, n);
	return mg_slice_cut_lit(s, MG_LIT(">"));
}

bool mg_postfix_quick_delivery(struct mg_slice rest,
			       struct mg_postfix_line *out)
{
	const struct mg_slice none = { NULL, 0 };

	out->original = out->host.ip = out->dsn = out->text = none;
	out->has_host = false;
	return cut_plain(&rest, &out->address) &&
	       mg_scan_any(out->address, '@', '@', '@') < out->address.len &&
	       (!mg_slice_cut_lit(&rest, original_tag) ||
		cut_plain(&rest, &out->original)) &&
	       parse_result(rest, out);
}
