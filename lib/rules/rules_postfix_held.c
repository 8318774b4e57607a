/* SPDX-License-Identifier: MIT */
/*
 * Mail on hold: whose it is, and how much of it may go.
 */
#include "mailguard/num.h"
#include "mailguard/rules_postfix.h"

#define SILENCE_MAX_S 600
#define HOUR_S 3600

static bool is_id(struct mg_slice id)
{
	for (size_t i = 0; i < id.len; i++) {
		const char c = id.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		      (c >= 'a' && c <= 'z')))
			return false;
	}
	return id.len > 0 && id.len < 32;
}

/* These three come first, and only then what a sender wrote: showq_json.c of
   Postfix 3.1 and later. */
bool mg_rules_postfix_held(struct mg_slice line,
			   struct mg_rules_postfix_message *out)
{
	struct mg_slice id;
	uint64_t arrived;

	if (!mg_slice_cut_lit(&line, MG_LIT("{\"queue_name\": \"hold\", "
					    "\"queue_id\": \"")) ||
	    !mg_slice_cut_at(&line, '"', &id) || !is_id(id) ||
	    !mg_slice_cut_lit(&line, MG_LIT(", \"arrival_time\": ")) ||
	    !mg_num_cut(&line, INT64_MAX, &arrived))
		return false;
	*out = (struct mg_rules_postfix_message){ id, (int64_t)arrived };
	return true;
}

bool mg_rules_postfix_local_user(struct mg_slice headers, uint32_t *uid)
{
	static const struct mg_slice from = MG_LIT_INIT(", from userid ");
	struct mg_slice line;
	uint64_t n;
	size_t at;

	if (!mg_slice_cut_line(&headers, &line) ||
	    !mg_slice_cut_lit(&line, MG_LIT("Received: by ")))
		return false;
	at = mg_slice_search(line, from);
	if (at == line.len)
		return false;
	line = mg_slice_from(line, at + from.len);
	if (!mg_num_cut(&line, UINT32_MAX, &n) ||
	    !mg_slice_is(line, MG_LIT(")")))
		return false;
	*uid = (uint32_t)n;
	return true;
}

bool mg_rules_postfix_login(struct mg_slice envelope, struct mg_slice *login)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&envelope, &line))
		if (mg_slice_cut_lit(&line, MG_LIT("named_attribute: "
						   "sasl_username="))) {
			*login = line;
			return true;
		}
	return false;
}

int64_t mg_rules_postfix_due(int64_t pace, int64_t now, int64_t *from)
{
	int64_t n, silence_s;

	if (pace <= 0)
		return INT64_MAX;
	silence_s = HOUR_S / pace > SILENCE_MAX_S ? HOUR_S / pace
						  : SILENCE_MAX_S;
	if (*from < now - silence_s)
		*from = now - silence_s;
	n = now > *from ? (now - *from) * pace / HOUR_S : 0;
	*from += (n * HOUR_S + pace - 1) / pace;
	return n;
}
