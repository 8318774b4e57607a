/* SPDX-License-Identifier: MIT */
/*
 * The front that lines about a message share, "ID: ", and the way to the
 * grammar of each daemon.
 */
#include "postfix_priv.h"

#include "mailguard/scan.h"

#define SHORT_ID_MIN 6  /* 5 digits of microseconds and one of the inode */
#define SHORT_ID_MAX 21 /* and 16 of a 64-bit inode */
#define LONG_TIME_MIN 10

static const char *const kind_names[MG_POSTFIX_KINDS] = {
	[MG_POSTFIX_CLIENT] = "client",
	[MG_POSTFIX_PICKUP] = "pickup",
	[MG_POSTFIX_MESSAGE_ID] = "message-id",
	[MG_POSTFIX_QUEUED] = "queued",
	[MG_POSTFIX_DELIVERY] = "delivery",
	[MG_POSTFIX_DEFERRAL] = "deferral",
	[MG_POSTFIX_FAILURE] = "failure",
	[MG_POSTFIX_EXPIRED] = "expired",
	[MG_POSTFIX_NOTIFICATION] = "notification",
	[MG_POSTFIX_REMOVED] = "removed",
	[MG_POSTFIX_CANCELED] = "canceled",
	[MG_POSTFIX_PROBE] = "probe",
	[MG_POSTFIX_NOTE] = "note",
	[MG_POSTFIX_AUTH_FAILED] = "auth-failed",
	[MG_POSTFIX_REJECTED] = "rejected",
	[MG_POSTFIX_CONNECTION] = "connection",
	[MG_POSTFIX_STATISTICS] = "statistics",
	[MG_POSTFIX_DAEMON] = "daemon",
	[MG_POSTFIX_FOREIGN] = "foreign",
	[MG_POSTFIX_OTHER] = "other",
};

const char *mg_postfix_kind_name(enum mg_postfix_kind kind)
{
	return kind < MG_POSTFIX_KINDS ? kind_names[kind] : "?";
}

static const struct {
	struct mg_slice service;
	enum mg_postfix_role role;
} services[] = {
	{ MG_LIT_INIT("smtp"), MG_POSTFIX_ROLE_AGENT },
	{ MG_LIT_INIT("smtpd"), MG_POSTFIX_ROLE_SMTPD },
	{ MG_LIT_INIT("qmgr"), MG_POSTFIX_ROLE_QMGR },
	{ MG_LIT_INIT("cleanup"), MG_POSTFIX_ROLE_CLEANUP },
	{ MG_LIT_INIT("pickup"), MG_POSTFIX_ROLE_PICKUP },
	{ MG_LIT_INIT("lmtp"), MG_POSTFIX_ROLE_AGENT },
	{ MG_LIT_INIT("local"), MG_POSTFIX_ROLE_AGENT },
	{ MG_LIT_INIT("virtual"), MG_POSTFIX_ROLE_AGENT },
	{ MG_LIT_INIT("pipe"), MG_POSTFIX_ROLE_AGENT },
	{ MG_LIT_INIT("bounce"), MG_POSTFIX_ROLE_BOUNCE },
	{ MG_LIT_INIT("error"), MG_POSTFIX_ROLE_AGENT },
	{ MG_LIT_INIT("discard"), MG_POSTFIX_ROLE_AGENT },
	{ MG_LIT_INIT("postscreen"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("anvil"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("scache"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("tlsmgr"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("tlsproxy"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("dnsblog"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("trivial-rewrite"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("verify"), MG_POSTFIX_ROLE_AGENT },
	{ MG_LIT_INIT("master"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("postsuper"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("proxymap"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("flush"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("showq"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("spawn"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("oqmgr"), MG_POSTFIX_ROLE_QMGR },
	{ MG_LIT_INIT("nqmgr"), MG_POSTFIX_ROLE_QMGR },
	{ MG_LIT_INIT("qmqpd"), MG_POSTFIX_ROLE_SMTPD },
	{ MG_LIT_INIT("sendmail"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("postdrop"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("postqueue"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("postmap"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("postalias"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("postkick"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("postlog"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("postlogd"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("postconf"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("postmulti"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("postcat"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("postfix-script"), MG_POSTFIX_ROLE_ADMIN },
	{ MG_LIT_INIT("post-install"), MG_POSTFIX_ROLE_ADMIN },
};

enum mg_postfix_role mg_postfix_role(struct mg_slice service)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++)
		if (mg_slice_is(service, services[i].service))
			return services[i].role;
	return MG_POSTFIX_ROLE_FOREIGN;
}

/* Characters as bits, 0..63 and 64..127. */
struct alphabet {
	uint64_t bits[2];
};

static const struct alphabet upper_hex = { { 0x03ff000000000000U, 0x7eU } };

/* Digits and consonants; Postfix leaves vowels out so that no word comes. */
static const struct alphabet base52 = { { 0x03ff000000000000U,
					  0x07df7ddc07df7ddcU } };

static bool is_of(struct mg_slice s, const struct alphabet *alphabet)
{
	for (size_t i = 0; i < s.len; i++) {
		const unsigned char c = (unsigned char)s.ptr[i];

		if (c > 127 || !(alphabet->bits[c >> 6] >> (c & 63) & 1))
			return false;
	}
	return true;
}

bool mg_postfix_id_is_valid(struct mg_slice s)
{
	size_t z;

	if (s.len < SHORT_ID_MIN || s.len > MG_POSTFIX_ID_MAX)
		return false;
	if (s.len <= SHORT_ID_MAX && is_of(s, &upper_hex))
		return true;
	/* The last z parts time and inode, where no other one stands. */
	z = mg_slice_rfind(s, 'z');
	return z >= LONG_TIME_MIN && z + 1 < s.len && is_of(s, &base52);
}

/* A short id by the first 16 bytes of a text, which it is shorter than. */
static bool cut_short_id(struct mg_slice *s, struct mg_slice *out)
{
	size_t n;

	if (s->len < 17)
		return false;
	n = (size_t)__builtin_ctz(~mg_scan_hex16(s->ptr));
	if (n < SHORT_ID_MIN || n == 16 || s->ptr[n] != ':' ||
	    s->ptr[n + 1] != ' ')
		return false;
	*out = mg_slice_of(s->ptr, n);
	*s = mg_slice_from(*s, n + 2);
	return true;
}

bool mg_postfix_cut_id(struct mg_slice *s, struct mg_slice *out)
{
	struct mg_slice rest = *s, id;

	if (cut_short_id(s, out))
		return true;
	/* No longer than an id, or a long text would be searched in vain. */
	if (rest.len > MG_POSTFIX_ID_MAX + 2)
		rest.len = MG_POSTFIX_ID_MAX + 2;
	if (!mg_slice_cut_at(&rest, ':', &id) ||
	    !mg_slice_cut_lit(&rest, MG_LIT(" ")) ||
	    !mg_postfix_id_is_valid(id))
		return false;
	*out = id;
	*s = mg_slice_from(*s, id.len + 2);
	return true;
}

/* "ID: " or "NOQUEUE: ". */
static bool cut_id(struct mg_slice *s, struct mg_postfix_line *out)
{
	out->is_noqueue = mg_slice_cut_lit(s, MG_LIT("NOQUEUE: "));
	return out->is_noqueue || mg_postfix_cut_id(s, &out->id);
}

/* "<x@y>" to the end of the line; it may be of any shape. */
void mg_postfix_parse_message_id(struct mg_slice rest,
				 struct mg_postfix_line *out)
{
	out->kind = MG_POSTFIX_MESSAGE_ID;
	if (rest.len > 1 && rest.ptr[0] == '<' &&
	    rest.ptr[rest.len - 1] == '>') {
		rest = mg_slice_from(rest, 1);
		rest.len--;
	}
	out->message_id = rest;
}

/* "sender non-delivery notification: ID", "postmaster delay notification: " */
static bool parse_notification(struct mg_slice rest,
			       struct mg_postfix_line *out)
{
	struct mg_slice before;

	if ((!mg_slice_has_prefix(rest, MG_LIT("sender ")) &&
	     !mg_slice_has_prefix(rest, MG_LIT("postmaster "))) ||
	    !mg_postfix_cut_last(&rest, MG_LIT(" notification: "), &before))
		return false;
	out->kind = MG_POSTFIX_NOTIFICATION;
	if (mg_postfix_id_is_valid(rest))
		out->next_id = rest;
	else
		out->is_odd = true;
	return true;
}

/* What only this daemon writes about a message. */
static bool parse_own(enum mg_postfix_role role, struct mg_slice rest,
		      struct mg_postfix_line *out)
{
	switch (role) {
	case MG_POSTFIX_ROLE_SMTPD:
		if (!mg_slice_cut_lit(&rest, MG_LIT("client=")))
			return false;
		mg_postfix_parse_client(rest, out);
		return true;
	case MG_POSTFIX_ROLE_PICKUP:
		if (!mg_slice_cut_lit(&rest, MG_LIT("uid=")))
			return false;
		mg_postfix_parse_pickup(rest, out);
		return true;
	case MG_POSTFIX_ROLE_BOUNCE:
		return parse_notification(rest, out);
	case MG_POSTFIX_ROLE_CLEANUP:
		out->is_resent =
			mg_slice_has_prefix(rest, MG_LIT("resent-message-id="));
		if (mg_slice_cut_lit(&rest, MG_LIT("message-id=")) ||
		    mg_slice_cut_lit(&rest, MG_LIT("resent-message-id="))) {
			mg_postfix_parse_message_id(rest, out);
			return true;
		}
		if (mg_slice_is(rest, MG_LIT("canceled"))) {
			out->kind = MG_POSTFIX_CANCELED;
			return true;
		}
		break;
	case MG_POSTFIX_ROLE_QMGR:
		if (mg_slice_cut_lit(&rest, MG_LIT("from=<"))) {
			mg_postfix_parse_from(rest, out);
			return true;
		}
		break;
	case MG_POSTFIX_ROLE_AGENT:
	case MG_POSTFIX_ROLE_ADMIN:
	case MG_POSTFIX_ROLE_FOREIGN:
		break;
	}
	if ((role == MG_POSTFIX_ROLE_QMGR || role == MG_POSTFIX_ROLE_ADMIN) &&
	    mg_slice_is(rest, MG_LIT("removed"))) {
		out->kind = MG_POSTFIX_REMOVED;
		return true;
	}
	/* Queue manager and cleanup bounce and defer by themselves as well. */
	if (role == MG_POSTFIX_ROLE_ADMIN ||
	    !mg_slice_cut_lit(&rest, MG_LIT("to=")))
		return false;
	mg_postfix_parse_delivery(rest, out);
	return true;
}

void mg_postfix_parse(enum mg_postfix_role role, struct mg_slice text,
		      struct mg_postfix_line *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = MG_POSTFIX_FOREIGN;
	if (role == MG_POSTFIX_ROLE_FOREIGN)
		return;
	if (cut_id(&text, out)
		    ? parse_own(role, text, out)
		    : role == MG_POSTFIX_ROLE_SMTPD &&
			      mg_postfix_parse_auth_failure(text, out))
		return;
	mg_postfix_parse_plain(text, out);
}
