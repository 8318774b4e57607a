/* SPDX-License-Identifier: MIT */
/* Slices stay inside their text. */
#include "mutate.h"
#include "postfix_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/limits.h"
#include "mailguard/postfix.h"

/* Texts that reach every part of the grammar. */
static const struct {
	const char *service;
	const char *text;
} seeds[] = {
	{ "smtpd", LONG ": client=a.example[2001:db8::1]:25, sasl_method=PLAIN,"
			" sasl_username=joe@example.com, sasl_sender=b@c" },
	{ "smtpd", CLIENT ", sasl_username=joe, orig_queue_id=" LONG
			  ", orig_client=b[192.0.2.1]:9" },
	{ "smtpd", "NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 <x>" },
	{ "smtpd", "warning: a[192.0.2.1]: SASL PLAIN authentication failed: no"
		   ", sasl_username=(unavailable)" },
	{ "smtpd", "lost connection after DATA (0 bytes) from a[192.0.2.1]:9" },
	{ "pickup", ID ": uid=1001 from=<a> orig_id=" LONG },
	{ "cleanup", ID ": resent-message-id=<9f1c@example.com>" },
	{ "qmgr",
	  ID ": from=<\"a > b\"@c>, size=2312, nrcpt=2 (queue active)" },
	{ "qmgr", ID ": from=<a@b>, status=force-expired, returned to sender" },
	{ "qmgr", ID ": removed" },
	{ "bounce", ID ": sender non-delivery notification: " LONG },
	{ "smtp", ID ": to=<\"a \\\" >\"@b>, orig_to=<c@d>, relay=mx[::1]:25,"
		     " conn_use=2, delay=1, delays=1/0/0/0, tls=may, dsn=2.0.0,"
		     " status=sent (250 2.0.0 Ok: queued as " LONG ")" },
	{ "local", ID ": to=<a@b>, relay=local, delay=1, dsn=2.0.0, status=sent"
		      " (forwarded as 9B2FE1)" },
};

static void inside(struct mg_slice line, struct mg_slice s, const char *what)
{
	if (s.len == 0)
		return;
	if (s.ptr < line.ptr || s.len > line.len ||
	    (size_t)(s.ptr - line.ptr) > line.len - s.len)
		fail_msg("%s is outside '%.*s'", what, MG_SLICE_ARG(line));
}

/* The text in memory of exactly its size, so that a read outside is seen. */
static void check_inside(const char *service, const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);
	const struct mg_slice text = mg_slice_of(copy, len);
	struct mg_postfix_line l;

	assert_non_null(copy);
	if (len)
		memcpy(copy, bytes, len);
	mg_postfix_parse(mg_postfix_role(mg_slice_str(service)), text, &l);
	assert_true(l.kind < MG_POSTFIX_KINDS);
	assert_true(l.id.len <= MG_POSTFIX_ID_MAX);
	assert_true(l.next_id.len <= MG_POSTFIX_ID_MAX);
	inside(text, l.id, "id");
	inside(text, l.host.name, "name");
	inside(text, l.host.ip, "ip");
	inside(text, l.method, "method");
	inside(text, l.login, "login");
	inside(text, l.mailauth, "mailauth");
	inside(text, l.original_host.name, "original name");
	inside(text, l.original_host.ip, "original ip");
	inside(text, l.original_id, "original id");
	inside(text, l.sender, "sender");
	inside(text, l.message_id, "message id");
	inside(text, l.address, "address");
	inside(text, l.original, "original");
	inside(text, l.relay, "relay");
	inside(text, l.dsn, "dsn");
	inside(text, l.status, "status");
	inside(text, l.text, "text");
	inside(text, l.next_id, "next id");
	free(copy);
}

static void test_every_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(seeds); i++)
		for (size_t len = 0; len <= strlen(seeds[i].text); len++)
			check_inside(seeds[i].service, seeds[i].text, len);
}

static void test_random_changes(void **state)
{
	/* Bytes that the grammar looks at, more often than others. */
	static const char likely[] = " \"\\<>()[]:=,z\r\n\t\0\xff"
				     "AF059";
	uint32_t x = MUTATE_SEED;

	(void)state;
	print_message("# seed %u\n", MUTATE_SEED);
	for (unsigned n = 0; n < MUTATE_RUNS; n++) {
		char bytes[MUTATE_MAX];
		const size_t len = mutate(seeds[n % LENGTH(seeds)].text, bytes,
					  likely, sizeof(likely) - 1, &x);

		check_inside(seeds[n % LENGTH(seeds)].service, bytes, len);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_random_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
