/* SPDX-License-Identifier: MIT */
/* Ids and fronts, lines about no message, and whole lines. */
#include "postfix_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/envelope.h"
#include "mailguard/limits.h"
#include "mailguard/postfix.h"

/* ---- ids */

static void test_ids(void **state)
{
	static const struct {
		const char *id;
		bool want;
	} rows[] = {
		{ "1E24018009D", true },
		{ "012345", true },
		{ "ED06590130AA1C9D6D862", true },   /* 21 */
		{ "ED06590130AA1C9D6D8620", false }, /* 22 */
		{ "01234", false },
		{ "", false },
		{ "1e24018009d", false },
		{ "1E24018009G", false },
		{ "NOQUEUE", false },
		{ "4jXCSk0sf8zCqlX", true },
		{ "48rT2v1hQrz1J0N", true },
		/* The time may have a z too: the last one parts. */
		{ "4jzCSk0szzzCqlX", true },
		{ "4jXCSk0sfzCqlX", false }, /* 9 before it */
		{ "4jXCSk0sf8z", false },    /* nothing behind it */
		{ "4jXCSk0sf8z1", true },
		{ "4jXCSk0sf8Cqlz", false },
		{ "4jXCSk0sf8yCqlX", false },
		{ "4jACSk0sf8zCqlX", false }, /* a vowel */
		{ "4jXCSk0sf8zCqlU", false },
		{ "4jXCSk0sf8zCq-X", false },
		{ "4jXCSk0sf8z123456789012", true },   /* 23 */
		{ "4jXCSk0sf8z1234567890123", false }, /* 24 */
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (mg_postfix_id_is_valid(mg_slice_str(rows[i].id)) !=
		    rows[i].want)
			fail_msg("%s", rows[i].id);
	assert_false(mg_postfix_id_is_valid(MG_LIT("1E2401\0009D")));
}

static void test_fronts(void **state)
{
	static const struct row rows[] = {
		{ "qmgr", ID ": removed", "removed" HAS_ID },
		{ "qmgr", LONG ": removed", "removed id{" LONG "}" },
		{ "qmgr", "NOQUEUE: removed", "removed noqueue" },
		{ "qmgr", "1E240: removed", "other" },
		{ "qmgr", "1E24018009G: removed", "other" },
		{ "qmgr", ID ":removed", "other" },
		{ "qmgr", ID " removed", "other" },
		{ "qmgr", ID, "other" },
		{ "qmgr", ID ": ", "other" HAS_ID },
		{ "qmgr", "NOQUEUE:", "other" },
		{ "qmgr", " " ID ": removed", "other" },
		{ "qmgr", "", "other" },
		{ "qmgr", "something new", "other" },
		/* Each shape counts from its own daemon only. */
		{ "smtp", CLIENT, "other" HAS_ID },
		{ "smtpd", ID ": uid=1 from=<a>", "other" HAS_ID },
		{ "pickup", ID ": message-id=<a>", "other" HAS_ID },
		{ "cleanup", ID ": removed", "other" HAS_ID },
		{ "smtp", ID ": removed", "other" HAS_ID },
		{ "smtpd", ID ": from=<a>, size=1, nrcpt=1 (queue active)",
		  "other" HAS_ID },
		{ "smtpd", ID ": to=<a>, relay=none, status=sent (x)",
		  "other" HAS_ID },
		{ "anvil", ID ": to=<a>, relay=none, status=sent (x)",
		  "other" HAS_ID },
		{ "postsuper", ID ": removed", "removed" HAS_ID },
		{ "policy-spf", CLIENT, "foreign" },
		{ "", CLIENT, "foreign" },
		{ "smtpdx", CLIENT, "foreign" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

/* ---- lines about no message */

static void test_failed_logins(void **state)
{
#define FRONT "warning: unknown[203.0.113.9]: SASL "
#define IS " host ip{203.0.113.9}"
#define TEN "0123456789"
#define NINETY TEN TEN TEN TEN TEN TEN TEN TEN TEN
	static const struct row rows[] = {
		{ "smtpd", FRONT "LOGIN authentication failed: UGFzc3dvcmQ6",
		  "auth-failed" IS " method{LOGIN}" },
		{ "smtpd",
		  "warning: a.example[2001:db8::1]:4711: SASL CRAM-MD5"
		  " authentication failed: no, sasl_username=joe@example.com",
		  "auth-failed host name{a.example} ip{2001:db8::1} port{4711}"
		  " method{CRAM-MD5} login{joe@example.com}" },
		{ "smtpd",
		  FRONT "PLAIN authentication failed: (reason unavailable),"
			" sasl_username=(unavailable)",
		  "auth-failed" IS " method{PLAIN}" },
		{ "smtpd", FRONT "PLAIN authentication failed: ",
		  "auth-failed" IS " method{PLAIN}" },
		/* The login is the client's, to the end. */
		{ "smtpd",
		  FRONT "PLAIN authentication failed: no, sasl_username=x,"
			" sasl_username=victim@c.example",
		  "auth-failed" IS " method{PLAIN}"
		  " login{x, sasl_username=victim@c.example}" },
		{ "smtpd",
		  FRONT "PLAIN authentication failed: no, sasl_username=" NINETY
			"012345678",
		  "auth-failed" IS " method{PLAIN} login{" NINETY
		  "012345678}" },
		{ "smtpd",
		  FRONT
		  "PLAIN authentication failed: no, sasl_username=" NINETY TEN,
		  "auth-failed odd" IS " method{PLAIN} login{" NINETY TEN "}" },
		/* So is the method. */
		{ "smtpd",
		  FRONT "\"X authentication failed: y,"
			" sasl_username=victim@c.example\" authentication"
			" failed: Invalid authentication mechanism",
		  "auth-failed odd" IS },
		{ "smtpd",
		  FRONT "X\\ authentication failed: y,"
			" sasl_username=v authentication failed: z",
		  "auth-failed odd" IS },
		{ "smtpd", FRONT "PLAIN authentication aborted", "daemon" },
		{ "smtpd",
		  "warning: header evil[192.0.2.1]: SASL PLAIN authentication"
		  " failed: x",
		  "daemon" },
		{ "smtpd",
		  "warning: SASL authentication failure: Password"
		  " verification failed",
		  "daemon" },
		{ "smtpd", ID ": " FRONT "PLAIN authentication failed: x",
		  "note" HAS_ID },
		{ "smtp", FRONT "PLAIN authentication failed: x", "daemon" },
		{ "smtp",
		  ID ": SASL authentication failed; server a[192.0.2.1] said:"
		     " 535 no",
		  "note" HAS_ID },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef NINETY
#undef TEN
#undef IS
#undef FRONT
}

static void test_rejections(void **state)
{
	static const struct row rows[] = {
		{ "smtpd",
		  "NOQUEUE: reject: RCPT from unknown[203.0.113.9]: 554 5.7.1"
		  " <b@d>: Relay access denied; from=<a@c> to=<b@d> proto=ESMTP"
		  " helo=<x>",
		  "rejected noqueue host ip{203.0.113.9} text{554 5.7.1 <b@d>:"
		  " Relay access denied; from=<a@c> to=<b@d> proto=ESMTP"
		  " helo=<x>}" },
		{ "smtpd",
		  ID ": reject: DATA from a[192.0.2.1]:99: 550 no; from=<a>",
		  "rejected" HAS_ID " host name{a} ip{192.0.2.1} port{99}"
		  " text{550 no; from=<a>}" },
		{ "smtpd", "NOQUEUE: milter-reject: RCPT from a[192.0.2.1]: x",
		  "rejected noqueue host name{a} ip{192.0.2.1} text{x}" },
		{ "smtpd", "NOQUEUE: discard: MAIL from a[192.0.2.1]: x",
		  "rejected noqueue host name{a} ip{192.0.2.1} text{x}" },
		{ "smtpd", "NOQUEUE: hangup: EHLO from a[192.0.2.1]: x",
		  "rejected noqueue host name{a} ip{192.0.2.1} text{x}" },
		{ "smtpd", "proxy-reject: END-OF-MESSAGE: 554 no; from=<a>",
		  "rejected" },
		{ "smtpd", "NOQUEUE: reject: RCPT from a b[192.0.2.1]: x",
		  "rejected noqueue" },
		{ "smtpd", "NOQUEUE: reject: RCPT from a", "rejected noqueue" },
		{ "smtpd", "NOQUEUE: reject:", "other noqueue" },
		{ "postscreen",
		  "NOQUEUE: reject: RCPT from [192.0.2.1]:2413: 550 5.5.1"
		  " Protocol error; from=<a@b>, to=<c@d>, proto=SMTP, helo=<e>",
		  "rejected noqueue host ip{192.0.2.1} port{2413} text{550"
		  " 5.5.1 Protocol error; from=<a@b>, to=<c@d>, proto=SMTP,"
		  " helo=<e>}" },
		{ "postscreen",
		  "NOQUEUE: reject: CONNECT from [192.0.2.1]:1337: too many"
		  " connections",
		  "rejected noqueue host ip{192.0.2.1} port{1337}"
		  " text{too many connections}" },
		/* Lines of one shape that refuse nothing. */
		{ "smtpd", ID ": hold: RCPT from a[192.0.2.1]: x",
		  "note" HAS_ID },
		{ "smtpd", ID ": filter: RCPT from a[192.0.2.1]: x",
		  "note" HAS_ID },
		{ "smtpd", ID ": redirect: RCPT from a[192.0.2.1]: x",
		  "note" HAS_ID },
		{ "smtpd", "NOQUEUE: warn: RCPT from a[192.0.2.1]: x",
		  "note noqueue" },
		{ "smtpd", "NOQUEUE: permit: RCPT from a[192.0.2.1]: x",
		  "note noqueue" },
		{ "smtpd", "NOQUEUE: reject_warning: RCPT from a[192.0.2.1]: x",
		  "note noqueue" },
		{ "smtpd", "proxy-accept: END-OF-MESSAGE: 250 ok; from=<a>",
		  "note" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_connections(void **state)
{
	static const struct row rows[] = {
		{ "smtpd", "connect from laptop.example.net[198.51.100.23]",
		  "connection host name{laptop.example.net}"
		  " ip{198.51.100.23}" },
		{ "smtpd", "disconnect from unknown[192.0.2.1] ehlo=1 auth=0/1",
		  "connection host ip{192.0.2.1}" },
		{ "smtpd", "disconnect from unknown[unknown] commands=0/0",
		  "connection host" },
		{ "smtpd",
		  "lost connection after DATA (0 bytes) from a[192.0.2.1]",
		  "connection host name{a} ip{192.0.2.1}" },
		{ "smtpd", ID ": lost connection after DATA from a[192.0.2.1]",
		  "connection" HAS_ID " host name{a} ip{192.0.2.1}" },
		{ "smtpd", "NOQUEUE: timeout after CONNECT from a[192.0.2.1]",
		  "connection noqueue host name{a} ip{192.0.2.1}" },
		{ "smtpd", "too many errors after AUTH from a[192.0.2.1]",
		  "connection host name{a} ip{192.0.2.1}" },
		{ "smtpd",
		  "improper command pipelining after EHLO from a[192.0.2.1]:"
		  " MAIL from b[192.0.2.2]",
		  "connection host name{a} ip{192.0.2.1}" },
		{ "smtpd", "SSL_accept error from a[192.0.2.1]: -1",
		  "connection host name{a} ip{192.0.2.1}" },
		{ "smtp", "connect to mx[192.0.2.1]:25: No route to host",
		  "connection" },
		{ "postscreen",
		  "CONNECT from [192.0.2.1]:53024 to [192.0.2.2]:25",
		  "connection host ip{192.0.2.1} port{53024}" },
		{ "postscreen", "PASS OLD [192.0.2.1]:53024", "connection" },
		{ "postscreen", "DISCONNECT [192.0.2.1]:4", "connection" },
		{ "postscreen", "DNSBL rank 3 for [192.0.2.1]:4",
		  "connection" },
		{ "postscreen",
		  "PREGREET 6 after 1.2 from [192.0.2.1]:434: RSET from b[::1]",
		  "connection host ip{192.0.2.1} port{434}" },
		{ "anvil",
		  "statistics: max connection rate 3/60s for (smtp:192.0.2.1)"
		  " at Nov 22 02:19:34",
		  "statistics" },
		{ "scache", "statistics: start interval Dec  6 21:20:35",
		  "statistics" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_daemons(void **state)
{
	static const struct row rows[] = {
		{ "master",
		  "daemon started -- version 3.7.11, configuration /etc/postfix",
		  "daemon" },
		{ "master", "reload -- version 3.7.11, configuration x",
		  "daemon" },
		{ "master", "terminating on signal 15", "daemon" },
		{ "postfix-script", "starting the Postfix mail system",
		  "daemon" },
		{ "postfix-script", "refreshing the Postfix mail system",
		  "daemon" },
		{ "postmap", "fatal: unsupported dictionary type: cdb",
		  "daemon" },
		{ "smtpd", "error: unsupported dictionary type: cdb",
		  "daemon" },
		{ "smtpd", "table hash:/x(0,lock) has changed -- restarting",
		  "daemon" },
		{ "cleanup",
		  "warning: 9BECF3F19D: sender_canonical_maps map lookup"
		  " problem for a@b",
		  "daemon" },
		{ "postsuper", "Deleted: 115 messages", "daemon" },
		{ "postsuper", ID ": requeued", "note" HAS_ID },
		{ "postsuper", ID ": placed on hold", "note" HAS_ID },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_kinds_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < MG_POSTFIX_KINDS; i++) {
		const char *name =
			mg_postfix_kind_name((enum mg_postfix_kind)i);

		assert_non_null(name);
		assert_string_not_equal(name, "?");
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
				name,
				mg_postfix_kind_name((enum mg_postfix_kind)k));
	}
	assert_string_equal(mg_postfix_kind_name(MG_POSTFIX_KINDS), "?");
}

/* ---- logs of real daemons, whole lines (3.7 and 3.10, rsyslog, postlogd) */

static void test_whole_lines(void **state)
{
#define R "2026-11-22T02:42:16.229697+00:00 t13 postfix/"
#define P "Nov 22 01:58:49 mx2 postfix/"
	static const struct {
		const char *line;
		const char *want;
	} rows[] = {
		{ R "submission/smtpd[21837]: 380F81DA4: client=unknown"
		    "[10.99.0.9], sasl_method=PLAIN,"
		    " sasl_username=alice@shop.example",
		  "client id{380F81DA4} host ip{10.99.0.9} method{PLAIN}"
		  " login{alice@shop.example}" },
		{ R "cleanup[21841]: 380F81DA4:"
		    " message-id=<20261122024216.021830@cl.hoster.test>",
		  "message-id id{380F81DA4}"
		  " mid{20261122024216.021830@cl.hoster.test}" },
		{ R "qmgr[21810]: 380F81DA4: from=<alice@shop.example>,"
		    " size=435, nrcpt=2 (queue active)",
		  "queued id{380F81DA4} sender{alice@shop.example} size{435}"
		  " nrcpt{2}" },
		{ R "smtp[21842]: 380F81DA4: to=<a@remote.test>,"
		    " relay=10.99.0.9[10.99.0.9]:25, delay=0.05,"
		    " delays=0.03/0.02/0/0, dsn=2.0.0, status=sent"
		    " (250 2.0.0 Ok)",
		  "delivery id{380F81DA4} host name{10.99.0.9} ip{10.99.0.9}"
		  " port{25} to{a@remote.test} relay{10.99.0.9[10.99.0.9]:25}"
		  " dsn{2.0.0} status{sent} text{250 2.0.0 Ok}" },
		{ R "pickup[21809]: 89B141DAB: uid=5001"
		    " from=<alice@shop.example>",
		  "pickup id{89B141DAB} uid{5001}"
		  " sender{alice@shop.example}" },
		{ R "submission/smtpd[21837]: disconnect from"
		    " unknown[10.99.0.9] ehlo=1 auth=1 mail=1 rcpt=2 data=1"
		    " quit=1 commands=7",
		  "connection host ip{10.99.0.9}" },
		{ P "smtpd[548]: connect from unknown[127.0.0.7]",
		  "connection host ip{127.0.0.7}" },
		{ P "smtpd[548]: NOQUEUE: reject: RCPT from unknown[127.0.0.7]:"
		    " 450 4.7.1 <u4@remote.test>: Recipient address rejected:"
		    " Domain shop.example exceeded 3 messages per hour;"
		    " from=<alice@shop.example> to=<u4@remote.test>"
		    " proto=ESMTP helo=<vm>",
		  "rejected noqueue host ip{127.0.0.7} text{450 4.7.1"
		  " <u4@remote.test>: Recipient address rejected: Domain"
		  " shop.example exceeded 3 messages per hour;"
		  " from=<alice@shop.example> to=<u4@remote.test> proto=ESMTP"
		  " helo=<vm>}" },
		{ P "anvil[549]: statistics: max connection count 1 for"
		    " (127.0.0.1:3525:127.0.0.7) at Nov 22 01:58:49",
		  "statistics" },
		{ P "master[31180]: reload -- version 3.7.11, configuration"
		    " /p/conf",
		  "daemon" },
		{ P "smtpd[548]: message repeated 2 times: [ warning:"
		    " unknown[127.0.0.7]: SASL LOGIN authentication failed:"
		    " UGFzc3dvcmQ6]",
		  "auth-failed host ip{127.0.0.7} method{LOGIN}" },
		{ "<22>1 2026-11-22T02:19:34.123456+00:00 mx1 postfix/qmgr 4811"
		  " - - 0F5383D: removed",
		  "removed id{0F5383D}" },
	};
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, MG_LINE_MAX);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_postfix_line line;
		struct mg_slice service;
		struct mg_envelope e;

		assert_true(mg_envelope_parse(mg_slice_str(rows[i].line), &e));
		assert_int_equal(mg_envelope_daemon(e.tag, &service),
				 MG_DAEMON_POSTFIX);
		(void)mg_envelope_unrepeat(&e.text);
		mg_postfix_parse(mg_postfix_role(service), e.text, &line);
		show(&line, &got);
		if (strcmp(got.ptr, rows[i].want) != 0)
			fail_msg("%s\n got: %s\nwant: %s", rows[i].line,
				 got.ptr, rows[i].want);
	}
	mg_buf_release(&got);
#undef P
#undef R
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_fronts),
		cmocka_unit_test(test_failed_logins),
		cmocka_unit_test(test_rejections),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_daemons),
		cmocka_unit_test(test_kinds_have_names),
		cmocka_unit_test(test_whole_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
