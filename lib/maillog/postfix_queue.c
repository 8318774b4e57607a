/* SPDX-License-Identifier: MIT */
/*
 * How a message came into the queue: through smtpd, through pickup, and what
 * the queue manager knows of it.
 */
#include "postfix_priv.h"

#include "mailguard/limits.h"
#include "mailguard/num.h"

static const struct mg_slice sender_tag = MG_LIT_INIT(", sasl_sender=");
static const struct mg_slice queue_id_tag = MG_LIT_INIT(", orig_queue_id=");
static const struct mg_slice client_tag = MG_LIT_INIT(", orig_client=");

/* A login is written as it is; it reaches to the first field behind it. */
static bool cut_login(struct mg_slice *s, struct mg_slice *out)
{
	const struct mg_slice behind[] = { sender_tag, queue_id_tag,
					   client_tag };
	struct mg_slice rest = *s;
	size_t end;

	if (!mg_slice_cut_lit(&rest, MG_LIT(", sasl_username=")))
		return false;
	end = rest.len;
	for (size_t i = 0; i < sizeof(behind) / sizeof(*behind); i++) {
		const size_t at = mg_slice_search(rest, behind[i]);

		if (at < end)
			end = at;
	}
	*out = mg_slice_of(rest.ptr, end);
	*s = mg_slice_from(rest, end);
	return true;
}

/* Nobody can say where such a login ends, or whether it is one. */
static bool is_plain_login(struct mg_slice login)
{
	return login.len > 0 && mg_slice_find(login, ' ') == login.len &&
	       mg_slice_find(login, ',') == login.len;
}

void mg_postfix_parse_client(struct mg_slice rest, struct mg_postfix_line *out)
{
	out->kind = MG_POSTFIX_CLIENT;
	out->has_host = mg_postfix_cut_host(&rest, &out->host);
	if (!out->has_host) {
		out->is_odd = true;
		return;
	}
	(void)mg_postfix_cut_value(&rest, MG_LIT(", sasl_method="),
				   &out->method);
	if (cut_login(&rest, &out->login) && !is_plain_login(out->login))
		out->is_odd = true;
	/* The client's own words, quotes and blanks included: the end. */
	if (mg_slice_cut_lit(&rest, sender_tag)) {
		out->mailauth = rest;
		return;
	}
	if (mg_postfix_cut_value(&rest, queue_id_tag, &out->original_id) &&
	    !mg_postfix_id_is_valid(out->original_id))
		out->is_odd = true;
	if (mg_slice_cut_lit(&rest, client_tag)) {
		out->has_original_host =
			mg_postfix_cut_host(&rest, &out->original_host);
	}
	if (rest.len)
		out->is_odd = true;
}

/* "1001 from=<joe>[ orig_id=ID]": a line with orig_id= does not end with >. */
void mg_postfix_parse_pickup(struct mg_slice rest, struct mg_postfix_line *out)
{
	uint64_t uid;

	out->kind = MG_POSTFIX_PICKUP;
	if (!mg_num_cut(&rest, UINT32_MAX, &uid) ||
	    !mg_slice_cut_lit(&rest, MG_LIT(" from=<")) || rest.len == 0) {
		out->is_odd = true;
		return;
	}
	out->uid = (uint32_t)uid;
	if (rest.ptr[rest.len - 1] == '>') {
		rest.len--;
		out->sender = rest;
		return;
	}
	if (!mg_postfix_cut_last(&rest, MG_LIT("> orig_id="), &out->sender) ||
	    !mg_postfix_id_is_valid(rest)) {
		out->is_odd = true;
		return;
	}
	out->original_id = rest;
}

/* "N, nrcpt=N (queue active)" */
static bool parse_size(struct mg_slice rest, struct mg_postfix_line *out)
{
	struct mg_slice unused;
	uint64_t n, size;

	if (!mg_num_cut(&rest, MG_MESSAGE_BYTES_MAX, &size) ||
	    !mg_slice_cut_lit(&rest, MG_LIT(", nrcpt=")) ||
	    !mg_num_cut(&rest, MG_MESSAGE_RECIPIENTS_MAX, &n) ||
	    !mg_slice_cut_lit(&rest, MG_LIT(" (queue ")) ||
	    !mg_slice_cut_at(&rest, ')', &unused) || rest.len)
		return false;
	out->size_bytes = size;
	out->n_recipients = (uint32_t)n;
	return true;
}

/*
 * "SENDER>, size=N, nrcpt=N (queue active)" and
 * "SENDER>, status=expired, returned to sender". The sender may spell either,
 * but the last one is Postfix's.
 */
void mg_postfix_parse_from(struct mg_slice rest, struct mg_postfix_line *out)
{
	struct mg_slice tail = rest;

	out->kind = MG_POSTFIX_QUEUED;
	if (rest.len && rest.ptr[rest.len - 1] == ')') {
		if (!mg_postfix_cut_last(&tail, MG_LIT(">, size="),
					 &out->sender) ||
		    !parse_size(tail, out))
			out->is_odd = true;
		return;
	}
	if (!mg_postfix_cut_last(&tail, MG_LIT(">, status="), &out->sender)) {
		out->is_odd = true;
		return;
	}
	out->kind = MG_POSTFIX_EXPIRED;
	/* 3.5: postsuper -f makes it force-expired. */
	(void)mg_slice_cut_lit(&tail, MG_LIT("force-"));
	if (!mg_slice_is(tail, MG_LIT("expired, returned to sender")))
		out->is_odd = true;
}
