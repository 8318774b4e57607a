/* SPDX-License-Identifier: MIT */
/*
 * Whom a report is about, as a person says it.
 */
#include "report_priv.h"

#include <stdio.h>

#include "mailguard/address.h"

/* Kinds of subjects that counts are kept of, in the order of the message. */
static const enum mg_report_by kinds[] = {
	MG_BY_DOMAIN, MG_BY_MAILBOX, MG_BY_ACCOUNT,
	MG_BY_OWNER,  MG_BY_SCRIPT,  MG_BY_IP,
};

#define N_KINDS (sizeof(kinds) / sizeof(*kinds))

static int no_name(enum mg_report_by kind, struct mg_slice name,
		   struct mg_err *err)
{
	return mg_fail(err, MG_EUSAGE, "'%.*s' is no name of %s %.*s",
		       MG_SLICE_ARG(name),
		       kind == MG_BY_ACCOUNT || kind == MG_BY_OWNER ||
				       kind == MG_BY_IP
			       ? "an"
			       : "a",
		       MG_SLICE_ARG(mg_report_view_of(kind)->word));
}

/* A name as the store has it. */
static int set_name(struct mg_report_about *a, enum mg_report_by kind,
		    struct mg_slice name, struct mg_err *err)
{
	struct mg_ip ip;

	a->kind = kind;
	a->len = 0;
	if (kind == MG_BY_DOMAIN && name.len)
		a->len = mg_domain_canonical(name, a->name);
	else if (kind == MG_BY_MAILBOX && mg_slice_find(name, '@') < name.len)
		a->len = mg_mailbox_canonical(name, a->name);
	else if (kind == MG_BY_IP && mg_ip_parse(name, &ip)) {
		mg_ip_format(&ip, a->name);
		a->len = mg_slice_str(a->name).len;
	} else if (kind != MG_BY_IP && name.len <= sizeof(a->name)) {
		a->len = name.len;
		if (name.len)
			memcpy(a->name, name.ptr, name.len);
	}
	return a->len ? 0 : no_name(kind, name, err);
}

/* Whether a word has the form of the kind; a mailbox may be an account's. */
static bool may_be(enum mg_report_by kind, struct mg_slice word)
{
	char scratch[MG_DOMAIN_MAX > MG_MAILBOX_MAX ? MG_DOMAIN_MAX
						    : MG_MAILBOX_MAX];

	if (kind == MG_BY_DOMAIN)
		return mg_domain_canonical(word, scratch) > 0;
	return kind != MG_BY_IP;
}

/* "a domain or an account": what else it might be. */
static int ambiguous(struct mg_slice word, const bool fits[N_KINDS],
		     struct mg_err *err)
{
	char text[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < N_KINDS; i++) {
		const struct mg_slice kind = mg_report_view_of(kinds[i])->word;

		if (fits[i] && used < sizeof(text))
			used += (size_t)snprintf(text + used,
						 sizeof(text) - used,
						 "%s%.*s:", used ? " or " : "",
						 MG_SLICE_ARG(kind));
	}
	return mg_fail(err, MG_EUSAGE,
		       "'%.*s' is more than one thing: put %s before it",
		       MG_SLICE_ARG(word), text);
}

/* A bare word: what it is known as. */
static int resolve(struct mg_store *s, struct mg_slice word,
		   struct mg_report_about *a, struct mg_err *err)
{
	struct mg_report_about found = { .len = 0 };
	bool known[MG_BY_KINDS], fits[N_KINDS] = { false };
	unsigned n = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < N_KINDS; i++) {
		if (!may_be(kinds[i], word) ||
		    set_name(a, kinds[i], word, NULL) < 0)
			continue;
		rc = mg_rollup_kinds(s, mg_slice_of(a->name, a->len), known,
				     err);
		if (rc == 0 && known[kinds[i]]) {
			fits[i] = true;
			found = *a;
			n++;
		}
	}
	if (rc < 0)
		return rc;
	if (n > 1)
		return ambiguous(word, fits, err);
	*a = found;
	if (n == 0)
		return mg_fail(err, MG_EUSAGE,
			       "nothing was counted for '%.*s'; domain:, "
			       "mailbox:, account:, owner:, script: or ip: "
			       "before a name says what it is",
			       MG_SLICE_ARG(word));
	return 0;
}

int mg_report_about_parse(struct mg_store *s, struct mg_slice word,
			  struct mg_report_about *out, struct mg_err *err)
{
	struct mg_slice rest = word, kind;
	struct mg_ip ip;

	/* Before anything with colons, as an address of IPv6 has them. */
	if (mg_ip_parse(word, &ip))
		return set_name(out, MG_BY_IP, word, err);
	if (!mg_slice_cut_at(&rest, ':', &kind))
		return resolve(s, word, out, err);
	for (size_t i = 0; i < N_KINDS; i++)
		if (mg_slice_is(kind, mg_report_view_of(kinds[i])->word))
			return set_name(out, kinds[i], rest, err);
	return mg_fail(err, MG_EUSAGE,
		       "'%.*s' begins with none of domain:, mailbox:, "
		       "account:, owner:, script:, ip:",
		       MG_SLICE_ARG(word));
}

enum mg_report_by mg_report_by_of(const struct mg_report_about *about)
{
	switch (about->kind) {
	case MG_BY_MAILBOX:
	case MG_BY_SCRIPT:
	case MG_BY_IP:
		return about->kind;
	default:
		return MG_BY_DOMAIN;
	}
}

int mg_report_set_about(struct mg_report_query *q,
			const struct mg_report_about *about, struct mg_err *err)
{
	const struct mg_slice kind = mg_report_view_of(about->kind)->word;

	if (about->kind == MG_BY_IP && q->by != MG_BY_IP)
		return mg_fail(err, MG_EUSAGE,
			       "mail is not counted by address: use --by ip");
	if (q->by == MG_BY_SENDER_DOMAIN && about->kind != MG_BY_DOMAIN)
		return mg_fail(err, MG_EUSAGE,
			       "senders are counted by their domain alone, not "
			       "by %.*s",
			       MG_SLICE_ARG(kind));
	q->about = about->kind;
	q->about_name = mg_slice_of(about->name, about->len);
	return 0;
}
