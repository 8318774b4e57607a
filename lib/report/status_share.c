/* SPDX-License-Identifier: MIT */
#include "mailguard/status.h"

static int take_charge(void *arg, const struct mg_charge *c)
{
	struct mg_unattributed *u = arg;

	u->all += c->messages;
	if (c->kind == 0)
		return 0;
	u->messages += c->messages;
	if (u->cause_messages || c->name.len >= sizeof(u->cause))
		return 0; /* the first is the most frequent */
	u->cause_messages = c->messages;
	u->kind = c->kind;
	memcpy(u->cause, c->name.ptr, c->name.len);
	return 0;
}

int mg_unattributed_read(struct mg_store *s, int64_t since,
			 struct mg_unattributed *out, struct mg_err *err)
{
	*out = (struct mg_unattributed){ .all = 0 };
	return mg_store_each_charge(s, since, take_charge, out, err);
}

bool mg_unattributed_is_much(const struct mg_unattributed *u)
{
	return u->messages * 10 > u->all;
}

/* Reasons as they stand in the store (ingest), for people. */
static const struct {
	const char *cause, *text, *mend;
} causes[] = {
	{ "unknown-login", "a login is in no account table",
	  "look whether the account tables are complete, and logins are whole "
	  "addresses" },
	{ "relayed-by-address", "their host may relay without a login",
	  "have that host log in, or take it out of the networks that may "
	  "relay (relay_from_hosts of Exim, mynetworks of Postfix)" },
	{ "odd-line", "their lines are in no known order",
	  "mailguard sweep shows the shapes of such lines; is it a new "
	  "version, or a log_selector?" },
};

#define N_CAUSES (sizeof(causes) / sizeof(*causes))

static size_t find_cause(const struct mg_unattributed *u)
{
	size_t i = 0;

	while (i < N_CAUSES && (u->kind != MG_ORIGIN_UNKNOWN ||
				strcmp(causes[i].cause, u->cause) != 0))
		i++;
	return i;
}

void mg_unattributed_say(const struct mg_unattributed *u, struct mg_buf *out)
{
	const size_t i = find_cause(u);

	mg_buf_add_fmt(out,
		       "%lld of %lld messages of the last day (%lld %%) are "
		       "charged to nobody",
		       (long long)u->messages, (long long)u->all,
		       u->all ? (long long)(u->messages * 100 / u->all) : 0LL);
	if (u->messages == 0)
		return;
	mg_buf_add_fmt(out, ", %lld of them because ",
		       (long long)u->cause_messages);
	if (i < N_CAUSES) {
		mg_buf_add_str(out, causes[i].text);
		return;
	}
	mg_buf_add_str(out, "they are of the system user '");
	mg_buf_add_printable(out, mg_slice_str(u->cause));
	mg_buf_add_char(out, '\'');
}

const char *mg_unattributed_mend(const struct mg_unattributed *u)
{
	const size_t i = find_cause(u);

	return i < N_CAUSES
		       ? causes[i].mend
		       : "run scripts as the users who own them (PHP-FPM, "
			 "suexec), or put the user into the account tables";
}
