/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as lines of Dovecot, in its own file, through syslog, and as the
 * name in a line that is otherwise Dovecot's: the name lies in the line, and
 * no name moves the address, the number of tries, or the kind.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/dovecot.h"
#include "mailguard/envelope.h"
#include "mailguard/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The quick way says what the grammar says, or nothing. */
static void check_quick(struct mg_slice text, const struct mg_dovecot_line *l)
{
	struct mg_dovecot_line q;

	if (!mg_dovecot_quick(text, &q))
		return;
	assert(q.kind == l->kind && q.service == l->service);
	assert(q.n_attempts == l->n_attempts);
	assert(mg_slice_is(q.user, l->user));
	assert(!memcmp(&q.ip, &l->ip, sizeof(q.ip)));
}

static void check_text(struct mg_slice text)
{
	struct mg_dovecot_line l;

	mg_dovecot_parse(text, &l);
	check_quick(text, &l);
	assert(l.kind < MG_DOVECOT_KINDS);
	assert(l.n_attempts <= MG_DOVECOT_ATTEMPTS_MAX);
	assert((l.kind == MG_DOVECOT_FAILED) <= (l.n_attempts > 0));
	if (l.user.len)
		assert(l.user.ptr >= text.ptr &&
		       l.user.ptr + l.user.len <= text.ptr + text.len);
	if (l.kind == MG_DOVECOT_LOGIN)
		assert(l.user.len && (l.service == MG_DOVECOT_IMAP ||
				      l.service == MG_DOVECOT_POP3));
}

static void check_line(struct mg_slice line)
{
	struct mg_envelope e;

	check_text(line);
	if (mg_envelope_parse_own(line, &e)) {
		assert(e.text.ptr + e.text.len <= line.ptr + line.len);
		check_text(e.text);
	}
	if (mg_envelope_parse(line, &e)) {
		(void)mg_envelope_unrepeat(&e.text);
		check_text(e.text);
	}
}

static void check_name(const char *front, struct mg_slice name,
		       const char *behind, enum mg_dovecot_kind kind,
		       uint32_t n_attempts)
{
	static const struct mg_ip ip = {
		{ [10] = 0xff, [11] = 0xff, 198, 51, 100, 7 }
	};
	struct mg_dovecot_line l;
	struct mg_buf line;

	mg_buf_init(&line, MG_LINE_MAX + (size_t)1024);
	mg_buf_add_str(&line, front);
	mg_buf_add(&line, name);
	mg_buf_add_str(&line, behind);
	mg_dovecot_parse(mg_buf_slice(&line), &l);
	assert(l.kind == kind);
	assert(l.n_attempts == n_attempts);
	assert(!memcmp(&l.ip, &ip, sizeof(ip)));
	assert(mg_slice_is(l.user, name));
	mg_buf_release(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char tail[] = ">, method=PLAIN, rip=198.51.100.7, "
				   "lip=10.99.0.4, TLS, session=<AHS4b9Rg>";
	struct mg_slice rest = mg_slice_of((const char *)data, size), line;

	while (mg_slice_cut_line(&rest, &line)) {
		check_line(line);
		if (line.len > MG_LINE_MAX || line.len == 0)
			continue;
		check_name("imap-login: Login: user=<", line, tail,
			   MG_DOVECOT_LOGIN, 0);
		check_name("pop3-login: Logged in: user=<", line, tail,
			   MG_DOVECOT_LOGIN, 0);
		check_name("imap-login: Login aborted: Logged out (auth "
			   "failed, 3 attempts in 9 secs) (auth_failed): "
			   "user=<",
			   line, tail, MG_DOVECOT_FAILED, 3);
		check_name("pop3-login: Disconnected (auth failed, 2 attempts "
			   "in 9 secs): user=<",
			   line, tail, MG_DOVECOT_FAILED, 2);
	}
	return 0;
}
