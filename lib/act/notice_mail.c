/* SPDX-License-Identifier: MIT */
/*
 * sendmail(8), as Exim, Postfix and the others have it.
 *
 * The envelope sender is the administrators' own address: what cannot be
 * delivered comes back to them, never to a customer. An empty one is for what
 * answers a message (RFC 5321 section 4.5.5); no loop comes of ours, since
 * nothing here reads mail, and what comes back has an empty one.
 */
#include "notice_priv.h"

#include <stdio.h>
#include <unistd.h>

#include "mailguard/address.h"
#include "mailguard/mail.h"
#include "mailguard/spawn.h"

#define MESSAGE_MAX (1U << 20)
#define ERRORS_MAX 65536
#define WORDS_MAX 200 /* bytes of what it says that are of interest */
#define SECONDS 60
#define ADDRESS_MAX 330

/* What a mail server says may be what a stranger wrote: who shows it escapes it. */
static int refuse(int status, const struct mg_buf *errors, struct mg_err *err)
{
	struct mg_slice rest = mg_buf_slice(errors), said = rest;

	(void)mg_slice_cut_line(&rest, &said);
	if (said.len > WORDS_MAX)
		said.len = WORDS_MAX;
	return mg_fail(err, MG_EIO, "sendmail ended with status %d%s%.*s",
		       status, said.len ? ": " : "", MG_SLICE_ARG(said));
}

static int run(const char *path, struct mg_slice from, struct mg_slice to,
	       struct mg_slice message, struct mg_err *err)
{
	char sender[ADDRESS_MAX], recipient[ADDRESS_MAX];
	const char *const argv[] = { "sendmail", "-i",      "-f", sender,
				     "--",       recipient, NULL };
	struct mg_buf errors;
	struct mg_program p = { .path = path,
				.argv = argv,
				.input = message,
				.seconds = SECONDS,
				.errors = &errors };
	int status = 0, rc;

	(void)snprintf(sender, sizeof(sender), "%.*s", MG_SLICE_ARG(from));
	(void)snprintf(recipient, sizeof(recipient), "%.*s", MG_SLICE_ARG(to));
	mg_buf_init(&errors, ERRORS_MAX);
	rc = mg_program_run(&p, &status, err);
	if (rc == 0 && status != 0)
		rc = refuse(status, &errors, err);
	mg_buf_release(&errors);
	return rc;
}

/* "root" has no domain: the name of this host is added by its mail server. */
static struct mg_slice sender_of(const struct mg_settings *s)
{
	return s->notices.from.len ? s->notices.from : MG_LIT("root");
}

/* The name that mail of this host goes by, as its files say it; or nothing. */
static size_t name_host(const struct mg_root *root, char out[MG_DOMAIN_MAX])
{
	static const char *const files[] = { "/etc/mailname", "/etc/hostname" };
	struct mg_err unused = { 0 };
	struct mg_buf text;
	size_t len = 0;

	mg_buf_init(&text, ERRORS_MAX);
	for (size_t i = 0; len == 0 && i < sizeof(files) / sizeof(*files);
	     i++) {
		struct mg_slice all, line;

		mg_buf_clear(&text);
		if (mg_root_read(root, files[i], &text, &unused))
			continue;
		all = mg_buf_slice(&text);
		if (mg_slice_cut_line(&all, &line))
			len = mg_domain_canonical(line, out);
	}
	mg_buf_release(&text);
	return len;
}

int mg_notice_mail(const struct mg_enforcer *e, struct mg_slice to,
		   struct mg_slice id, struct mg_slice subject,
		   struct mg_slice body, struct mg_err *err)
{
	const struct mg_slice from = sender_of(e->settings);
	char host[MG_DOMAIN_MAX];
	const struct mg_mail mail = {
		.from = from,
		.to = to,
		.subject = subject,
		.language = e->settings->notices.language,
		.id = id,
		.host = mg_slice_of(host, name_host(e->root, host)),
		.date = e->now,
		.offset_s = e->tz ? mg_tz_offset(e->tz, e->now) : 0,
		.body = body,
	};
	char path[PATH_MAX];
	struct mg_buf text;
	int rc = mg_program_find(e->root, "sendmail", path, err);

	if (rc < 0)
		return rc;
	mg_buf_init(&text, MESSAGE_MAX);
	mg_mail_write(&mail, &text);
	rc = mg_buf_check(&text, "a message", err);
	if (rc == 0)
		rc = run(path, from, to, mg_buf_slice(&text), err);
	mg_buf_release(&text);
	return rc;
}

int mg_notice_test(const struct mg_enforcer *e, struct mg_slice to,
		   struct mg_err *err)
{
	struct mg_buf id;
	int rc;

	if (!mg_address_is_safe(to))
		return mg_fail(err, MG_EUSAGE,
			       "'%.*s' is no address that can be written to",
			       MG_SLICE_ARG(to));
	mg_buf_init(&id, 64);
	mg_buf_add_fmt(&id, "test.%lld.%ld", (long long)e->now, (long)getpid());
	rc = mg_notice_mail(e, to, mg_buf_slice(&id),
			    MG_LIT("mailguard: a test"),
			    MG_LIT("This is a test of mailguard: its messages "
				   "arrive here.\n"),
			    err);
	mg_buf_release(&id);
	return rc;
}
