/* SPDX-License-Identifier: MIT */
/*
 * What values of settings must be: each says what is wrong, behind the name of
 * the setting, or NULL.
 */
#include "settings_priv.h"

#include "mailguard/address.h"
#include "mailguard/duration.h"
#include "mailguard/network.h"
#include "mailguard/num.h"

#define EXIM_LOGWRITE_MIN 4 /* bytes; less would be the start of anything */

const char *mg_settings_check_port(struct mg_slice text)
{
	uint64_t port;

	return mg_num_parse(text, 65535, &port) && port
		       ? NULL
		       : "is no port from 1 to 65535";
}

const char *mg_settings_check_network(struct mg_slice text)
{
	struct mg_network network;

	return mg_network_parse(text, &network)
		       ? NULL
		       : "is no address and no network such as 192.0.2.0/24";
}

const char *mg_settings_check_path(struct mg_slice path)
{
	return mg_slice_has_prefix(path, MG_LIT("/"))
		       ? NULL
		       : "must be a path from the root, beginning with '/'";
}

const char *mg_settings_check_name(struct mg_slice name)
{
	return name.len ? NULL : "must not be empty";
}

const char *mg_settings_check_logwrite(struct mg_slice text)
{
	return text.len >= EXIM_LOGWRITE_MIN
		       ? NULL
		       : "must have at least four characters";
}

const char *mg_settings_check_address(struct mg_slice text)
{
	return mg_address_is_safe(text)
		       ? NULL
		       : "is no address such as postmaster@example.com, or root";
}

const char *mg_settings_check_digest(struct mg_slice text)
{
	int64_t unused;

	return mg_time_of_day_parse(text, &unused) ||
			       mg_slice_is(text, MG_LIT("never"))
		       ? NULL
		       : "is neither a time such as 07:00 nor never";
}

const char *mg_settings_check_language(struct mg_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		const char c = text.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-'))
			return "is no language such as en or pt-BR";
	}
	return text.len ? NULL : "must not be empty";
}

/* Without a name in it a log is everybody's, and no evidence of one. */
const char *mg_settings_check_weblog(struct mg_slice path)
{
	if (!mg_slice_has_prefix(path, MG_LIT("/")))
		return mg_settings_check_path(path);
	return mg_slice_search(path, MG_LIT("%d")) < path.len ||
			       mg_slice_search(path, MG_LIT("%u")) < path.len
		       ? NULL
		       : "has neither %d (the domain) nor %u (the account): "
			 "it would be everybody's log";
}

/* "kind:name". */
const char *mg_settings_check_subject(struct mg_slice subject)
{
	static const char *const kinds[] = { "mailbox", "domain", "account",
					     "owner", NULL };
	struct mg_slice kind;

	if (mg_slice_cut_at(&subject, ':', &kind) && subject.len)
		for (size_t i = 0; kinds[i]; i++)
			if (mg_slice_is(kind, mg_slice_str(kinds[i])))
				return NULL;
	return "is no mailbox:NAME, domain:NAME, account:NAME or owner:NAME";
}
