/* SPDX-License-Identifier: MIT */
/* What becomes of a recipient. */
#include "postfix_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_deliveries(void **state)
{
#define MX ", relay=mx.example.net[203.0.113.25]:25"
#define IS_MX " host name{mx.example.net} ip{203.0.113.25} port{25}"
#define RELAY_MX " relay{mx.example.net[203.0.113.25]:25}"
#define TIMES ", delay=1.2, delays=0.1/0.01/0.4/0.7"
	static const struct row rows[] = {
		{ "smtp",
		  ID ": to=<a@example.net>" MX TIMES ", dsn=2.0.0, status=sent"
		     " (250 2.0.0 Ok: queued as " LONG ")",
		  "delivery" HAS_ID IS_MX " to{a@example.net}" RELAY_MX
		  " dsn{2.0.0} status{sent} text{250 2.0.0 Ok: queued as " LONG
		  "} next{" LONG "}" },
		{ "smtp",
		  ID ": to=<b@example.org>, orig_to=<info@example.com>,"
		     " relay=none, delay=1.3, delays=0.1/0.02/1.2/0, dsn=4.4.1,"
		     " status=deferred (connect to mx[203.0.113.40]:25:"
		     " Connection timed out)",
		  "deferral" HAS_ID " to{b@example.org} orig{info@example.com}"
		  " relay{none} dsn{4.4.1} status{deferred} text{connect to"
		  " mx[203.0.113.40]:25: Connection timed out}" },
		{ "smtp",
		  ID ": to=<c@example.org>" MX ", conn_use=2" TIMES
		     ", dsn=5.1.1, status=bounced (host mx said: 550 5.1.1 No"
		     " such user (in reply to RCPT TO command))",
		  "failure" HAS_ID IS_MX " to{c@example.org}" RELAY_MX
		  " dsn{5.1.1} status{bounced} text{host mx said: 550 5.1.1 No"
		  " such user (in reply to RCPT TO command)}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", tls=dane/!requiretls:nocertmatch,"
		     " dsn=2.1.5, status=sent (ok)",
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{2.1.5} status{sent} text{ok}" },
		/* 2.2 and before had neither delays nor a code. */
		{ "smtp", ID ": to=<a@b>" MX ", delay=1, status=sent (ok)",
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " status{sent} text{ok}" },
		{ "lmtp",
		  ID ": to=<a@b>, relay=mail[private/dovecot-lmtp]" TIMES
		     ", dsn=2.0.0, status=sent (250 2.0.0 <a@b> Saved)",
		  "delivery" HAS_ID " to{a@b}"
		  " relay{mail[private/dovecot-lmtp]} dsn{2.0.0} status{sent}"
		  " text{250 2.0.0 <a@b> Saved}" },
		{ "lmtp",
		  ID ": to=<a@b>, relay=127.0.0.1[127.0.0.1]:10024" TIMES
		     ", dsn=2.0.0, status=sent (250 2.0.0 from"
		     " MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as"
		     " 1E24018009F)",
		  "delivery" HAS_ID
		  " host name{127.0.0.1} ip{127.0.0.1} port{10024} to{a@b}"
		  " relay{127.0.0.1[127.0.0.1]:10024} dsn{2.0.0} status{sent}"
		  " text{250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0"
		  " Ok: queued as 1E24018009F} next{1E24018009F}" },
		{ "local",
		  ID ": to=<a@b>, relay=local" TIMES
		     ", dsn=2.0.0, status=sent (forwarded as 9B2FE1)",
		  "delivery" HAS_ID " to{a@b} relay{local} dsn{2.0.0}"
		  " status{sent} text{forwarded as 9B2FE1} next{9B2FE1}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES
		     ", dsn=2.0.0, status=sent (forwarded as 9B2FE1)",
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{2.0.0} status{sent} text{forwarded as 9B2FE1}" },
		{ "local",
		  ID ": to=<a@b>, relay=local" TIMES ", dsn=2.0.0, status=sent"
		     " (delivered to command: x -a \"$E\")",
		  "delivery" HAS_ID " to{a@b} relay{local} dsn{2.0.0}"
		  " status{sent} text{delivered to command: x -a \"$E\"}" },
		{ "virtual",
		  ID ": to=<a@b>, relay=virtual" TIMES
		     ", dsn=2.0.0, status=sent (delivered to maildir)",
		  "delivery" HAS_ID " to{a@b} relay{virtual} dsn{2.0.0}"
		  " status{sent} text{delivered to maildir}" },
		{ "pipe",
		  ID ": to=<a@b>, relay=dovecot" TIMES
		     ", dsn=5.1.1, status=bounced (user unknown)",
		  "failure" HAS_ID " to{a@b} relay{dovecot} dsn{5.1.1}"
		  " status{bounced} text{user unknown}" },
		{ "discard",
		  ID ": to=<a@b>, relay=none" TIMES
		     ", dsn=2.0.0, status=sent (b)",
		  "delivery" HAS_ID " to{a@b} relay{none} dsn{2.0.0}"
		  " status{sent} text{b}" },
		{ "error",
		  ID ": to=<a@b>, relay=none" TIMES ", dsn=5.1.1,"
		     " status=undeliverable-but-not-cached (x)",
		  "probe" HAS_ID " to{a@b} relay{none} dsn{5.1.1}"
		  " status{undeliverable-but-not-cached} text{x}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES
		     ", dsn=5.1.1, status=undeliverable (x)",
		  "probe" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{5.1.1} status{undeliverable} text{x}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES
		     ", dsn=2.0.0, status=deliverable (x)",
		  "probe" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{2.0.0} status{deliverable} text{x}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", dsn=4.1.1, status=expired",
		  "failure" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{4.1.1} status{expired}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", dsn=5.1.1, status=SOFTBOUNCE (x)",
		  "deferral" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{5.1.1} status{SOFTBOUNCE} text{x}" },
		{ "local",
		  ID ": to=a@b, orig_to=root@c, relay=local" TIMES
		     ", dsn=2.0.0, status=sent (x)",
		  "delivery" HAS_ID " to{a@b} orig{root@c} relay{local}"
		  " dsn{2.0.0} status{sent} text{x}" },
		/* Cut by syslog in its text: the status is known. */
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES
		     ", dsn=5.1.1, status=bounced (host mx said: 550 5.1",
		  "failure" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{5.1.1} status{bounced} text{host mx said: 550 5.1}" },
		/* Before it: nothing is known. */
		{ "smtp", ID ": to=<a@b>" MX TIMES ", dsn=5.1.1, stat",
		  "note odd" HAS_ID IS_MX " to{a@b}" RELAY_MX " dsn{5.1.1}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", dsn=5.1.1, status=new (x)",
		  "note odd" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{5.1.1} status{new}" },
		{ "smtp", ID ": to=<a@b>", "note odd" HAS_ID },
		{ "smtp", ID ": to=<a@b", "note odd" HAS_ID },
		{ "smtp", ID ": to=", "note odd" HAS_ID },
		{ "smtp",
		  ID ": to=<a@b>, relay=", "note odd" HAS_ID " to{a@b}" },
		{ "smtp", ID ": to=<a@b>, status=sent (x), relay=none",
		  "note odd" HAS_ID },
		{ "smtp", ID ": to=<a@b>" MX ", status=sent (x), dsn=2.0.0",
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " status{sent} text{x), dsn=2.0.0}" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_hostile_deliveries(void **state)
{
#define SENT ", dsn=2.0.0, status=sent (250 ok)"
#define BOUNCED ", dsn=5.1.1, status=bounced (no)"
	static const struct row rows[] = {
		/* Quoted local parts are a unit. */
		{ "smtp", ID ": to=<\"a, status=sent (x)\"@b>" MX TIMES BOUNCED,
		  "failure" HAS_ID IS_MX
		  " to{\"a, status=sent (x)\"@b}" RELAY_MX
		  " dsn{5.1.1} status{bounced} text{no}" },
		{ "smtp",
		  ID ": to=<\"a>, status=sent (x)\\\" >\"@b>" MX TIMES BOUNCED,
		  "failure" HAS_ID IS_MX
		  " to{\"a>, status=sent (x)\\\" >\"@b}" RELAY_MX
		  " dsn{5.1.1} status{bounced} text{no}" },
		{ "smtp",
		  ID
		  ": to=<\"a>, orig_to=<v@d\"@b>, orig_to=<\"> \"@c>" MX TIMES
			  BOUNCED,
		  "failure" HAS_ID IS_MX
		  " to{\"a>, orig_to=<v@d\"@b} orig{\"> \"@c}" RELAY_MX
		  " dsn{5.1.1} status{bounced} text{no}" },
		/* The whole line in a recipient: its quotes hold it. */
		{ "smtp",
		  ID ": to=<\"a@b>" MX TIMES SENT "\"@c>" MX TIMES BOUNCED,
		  "failure" HAS_ID IS_MX " to{\"a@b>" MX TIMES SENT
		  "\"@c}" RELAY_MX " dsn{5.1.1} status{bounced} text{no}" },
		/* Without quotes (3.4) it is the reply's for all we know. */
		{ "smtp", ID ": to=<a@b>" MX TIMES SENT "@c>" MX TIMES BOUNCED,
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{2.0.0} status{sent} text{250 ok)@c>" MX TIMES
		  ", dsn=5.1.1, status=bounced (no}" },
		/* Postfix writes no address without its domain. */
		{ "smtp", ID ": to=<a>" MX TIMES SENT "@c>" MX TIMES BOUNCED,
		  "note odd" HAS_ID },
		/* An open quote would take the text into the address. */
		{ "smtp",
		  ID ": to=<\"a@b>" MX TIMES ", dsn=5.1.1, status=bounced"
		     " (host said: \"x>" MX TIMES SENT,
		  "note odd" HAS_ID },
		{ "smtp", ID ": to=<\"a@b>" MX TIMES BOUNCED,
		  "note odd" HAS_ID },
		/* Texts of remote servers. */
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", dsn=5.1.1, status=bounced (host"
		     " said: 550 User unknown, status=sent (250 ok))",
		  "failure" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{5.1.1} status{bounced} text{host said: 550 User"
		  " unknown, status=sent (250 ok)}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", dsn=2.0.0, status=sent (250 ok:"
		     " queued as 9B2FE1 queued as 1E24018009F)",
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{2.0.0} status{sent} text{250 ok: queued as 9B2FE1"
		  " queued as 1E24018009F} next{1E24018009F}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", dsn=2.0.0, status=sent (250 ok:"
		     " queued as 9B2FE1.)",
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{2.0.0} status{sent} text{250 ok: queued as"
		  " 9B2FE1.}" },
		{ "smtp",
		  ID ": host mx[203.0.113.25] said: 450 to=<a@b>" MX SENT,
		  "note" HAS_ID },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef BOUNCED
#undef SENT
#undef TIMES
#undef RELAY_MX
#undef IS_MX
#undef MX
}

static void test_notifications(void **state)
{
	static const struct row rows[] = {
		{ "bounce", ID ": sender non-delivery notification: " LONG,
		  "notification" HAS_ID " next{" LONG "}" },
		{ "bounce", ID ": sender delivery status notification: 1DF359",
		  "notification" HAS_ID " next{1DF359}" },
		{ "bounce", ID ": sender delay notification: 0A87A1",
		  "notification" HAS_ID " next{0A87A1}" },
		{ "bounce", ID ": postmaster non-delivery notification: 47335A",
		  "notification" HAS_ID " next{47335A}" },
		{ "bounce", ID ": sender non-delivery notification: x",
		  "notification odd" HAS_ID },
		{ "bounce", ID ": sender non-delivery notification: ",
		  "notification odd" HAS_ID },
		{ "bounce", ID ": sender non-delivery notification",
		  "note" HAS_ID },
		{ "smtp", ID ": sender non-delivery notification: 47335A",
		  "note" HAS_ID },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deliveries),
		cmocka_unit_test(test_hostile_deliveries),
		cmocka_unit_test(test_notifications),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
