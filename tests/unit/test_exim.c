/* SPDX-License-Identifier: MIT */
/* The front of a line, and the lines about no arrival or delivery. */
#include "exim_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/exim.h"

/* ---- the front of a line */

static void test_stamps(void **state)
{
	static const struct {
		const char *line;
		struct mg_civil at;
		bool has_zone;
		int32_t zone_s;
		uint32_t pid;
		const char *id;
	} rows[] = {
		/* clang-format off */
		{ "2026-11-22 02:19:34 x", { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, "" },
		{ "2026-11-22 02:19:34.567 x", { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, "" },
		{ "2026-11-22 02:19:34 +0000 x", { 2026, 11, 22, 2, 19, 34 }, true, 0, 0, "" },
		{ "2026-11-22 02:19:34 -0500 x", { 2026, 11, 22, 2, 19, 34 }, true, -18000, 0, "" },
		{ "2026-11-22 02:19:34.001 +0545 [48213] x", { 2026, 11, 22, 2, 19, 34 }, true, 20700, 48213, "" },
		{ "2026-11-22 02:19:34 [4294967295] x", { 2026, 11, 22, 2, 19, 34 }, false, 0, UINT32_MAX, "" },
		{ "2026-11-22 02:19:34 [4294967296] x", { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, "" },
		{ "2026-11-22 02:19:34 +2660 x", { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, "" },
		{ "2026-11-22 02:19:34 +2700 x", { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, "" },
		{ "2026-11-22 02:19:34 +2659 x", { 2026, 11, 22, 2, 19, 34 }, true, 97140, 0, "" },
		{ "2016-12-31 23:59:60 x", { 2016, 12, 31, 23, 59, 60 }, false, 0, 0, "" },
		{ STAMP "1xUxB0-000CXd-35 x", { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, "1xUxB0-000CXd-35" },
		{ STAMP "[7] " ID " x", { 2026, 11, 22, 2, 19, 34 }, false, 0, 7, ID },
		{ STAMP ID " ", { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, ID },
		{ STAMP ID, { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, "" },
		{ STAMP "1xUxB0-000CXd-3 x", { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, "" },
		{ STAMP "1xUxB0-000CXd-355 x", { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, "" },
		{ STAMP "1xUxB0-000CXd-0nge x", { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, "" },
		{ STAMP "1xUxB0-00000000CXd-35 x", { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, "" },
		{ STAMP "1xUxB0-000CX_-35 x", { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, "" },
		{ STAMP "1xUxB0_000CXd-35 x", { 2026, 11, 22, 2, 19, 34 }, false, 0, 0, "" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_exim_line l;

		mg_exim_parse(mg_slice_str(rows[i].line), &l);
		if (memcmp(&l.at, &rows[i].at, sizeof(l.at)) != 0 ||
		    l.has_zone != rows[i].has_zone ||
		    l.zone_s != rows[i].zone_s || l.pid != rows[i].pid ||
		    !mg_slice_is(l.id, mg_slice_str(rows[i].id)))
			fail_msg("%s: zone %d %d, pid %u, id '%.*s'",
				 rows[i].line, l.has_zone, l.zone_s, l.pid,
				 MG_SLICE_ARG(l.id));
	}
}

static void test_lines_without_stamp(void **state)
{
	static const struct row rows[] = {
		{ "", "blank" },
		{ "\r", "blank" },
		{ " Suggested action: install one", "continuation" },
		{ "\tmore", "continuation" },
		{ "x", "unstamped" },
		{ "2026-11-22", "unstamped" },
		{ "2026-11-22 02:19:34", "unstamped" },
		{ "2026-11-22 02:19:34x", "unstamped" },
		{ "2026-11-22T02:19:34 x", "unstamped" },
		{ "2026-11-31 02:19:34 x", "unstamped" },
		{ "2026-13-01 02:19:34 x", "unstamped" },
		{ "2026-11-22 24:00:00 x", "unstamped" },
		{ "2026-11-22 02:60:00 x", "unstamped" },
		{ "2026-11-22 02:19:61 x", "unstamped" },
		{ "2026-11-22 02:19:34.56 x", "unstamped" },
		{ "2026-11-22 02:19:34.5678 x", "unstamped" },
		{ "Nov 22 02:19:34 web7 exim[1]: x", "unstamped" },
		/* Hours that no log has would be refused by the parent. */
		{ "0001-01-01 00:00:00 " ID " <= a@b.example U=joe P=local S=1",
		  "unstamped" },
		{ "1994-12-31 23:59:59 x", "unstamped" },
		{ "1995-01-01 00:00:00 x", "other" },
		{ "2198-12-31 23:59:59 x", "other" },
		{ "2199-01-01 00:00:00 x", "unstamped" },
		{ "9999-12-31 23:59:59 x", "unstamped" },
		{ "2026-11-22 02:19:34 ", "other" },
		{ HEAD "Completed\r", "completed" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

/* ---- the other lines */

static void test_other_message_lines(void **state)
{
	static const struct row rows[] = {
		{ HEAD "Completed", "completed" },
		{ HEAD "Completed QT=3m12s", "completed" },
		{ HEAD "Completedly", "other" },
		{ HEAD "rescind the above message-accept", "rescinded" },
		{ HEAD "Message is frozen", "note" },
		{ HEAD "", "other" },
		{ HEAD "=>", "other" },
		{ HEAD " <= a@b U=u P=local S=1", "other" },
		{ HEAD "x <= a@b U=u P=local S=1", "other" },
		{ HEAD OVERFLOW, "overflowed" },
		{ HEAD "Sender identification U=joe D=example.com"
		       " S=joe@example.com",
		  "identification user{joe} domain{example.com}" },
		{ HEAD "Sender identification U=joe D=example.com",
		  "identification user{joe} domain{example.com}" },
		{ HEAD "Sender identification U=-system- D=-system-"
		       " S=\"x U=joe D=a.example\"@e",
		  "identification user{-system-} domain{-system-}" },
		{ HEAD "Sender identification D=example.com U=joe",
		  "identification odd" },
		{ HEAD "Sender identification U=joe",
		  "identification odd user{joe}" },
		{ HEAD "H=(x) [203.0.113.9]:4019 F=<a@example.org> rejected"
		       " after DATA: spam",
		  "note" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_plain_lines(void **state)
{
	static const struct row rows[] = {
		{ STAMP "cwd=/home/joe/public_html/wp-content 4 args:"
			" /usr/sbin/sendmail -t -i -fjoe@example.com",
		  "cwd directory{/home/joe/public_html/wp-content}" },
		{ STAMP "cwd=/home/joe/my site 3 args: /usr/sbin/sendmail",
		  "cwd directory{/home/joe/my}" },
		{ STAMP "cwd= 3 args: x", "other" },
		{ STAMP "dovecot_login authenticator failed for (User)"
			" [203.0.113.9]:4012: 535 Incorrect authentication data"
			" (set_id=joe@example.com)",
		  "auth-failed host helo{User} ip{203.0.113.9} port{4012}" },
		{ STAMP "dovecot_login authenticator failed for H=(User)"
			" [203.0.113.9]:4012: 535 Incorrect authentication data"
			" (set_id=joe@example.com)",
		  "auth-failed host helo{User} ip{203.0.113.9} port{4012}" },
		{ STAMP "PLAIN authenticator failed for mx.example.net (h)"
			" [2001:db8::9]: 535 x",
		  "auth-failed host name{mx.example.net} helo{h}"
		  " ip{2001:db8::9}" },
		/* A17 and A18: the first bracket behind the HELO counts, and
		   nothing of the login. */
		{ STAMP "PLAIN authenticator failed for ([192.0.2.77])"
			" [203.0.113.66]:25: 535 Incorrect authentication data"
			" (set_id=v@c.example)",
		  "auth-failed host helo{[192.0.2.77]} ip{203.0.113.66}"
		  " port{25}" },
		{ STAMP "LOGIN authenticator failed for (laptop)"
			" [203.0.113.66]:41525: 535 Incorrect authentication"
			" data (set_id=x) [192.0.2.66]:25: 535 Incorrect"
			" authentication data (set_id=victim)",
		  "auth-failed host helo{laptop} ip{203.0.113.66}"
		  " port{41525}" },
		{ STAMP "PLAIN authenticator failed for nobody we know",
		  "auth-failed" },
		{ STAMP "H=(x) [203.0.113.9]:4013 F=<a@example.org> rejected"
			" RCPT <b@example.net>: relay not permitted",
		  "rejected host helo{x} ip{203.0.113.9} port{4013}" },
		{ STAMP "H=([192.0.2.9]) [203.0.113.9] rejected EHLO or HELO y",
		  "rejected host helo{[192.0.2.9]} ip{203.0.113.9}" },
		{ STAMP "F=<s@a.example> rejected by non-SMTP ACL: no",
		  "rejected" },
		{ STAMP "SMTP connection from [198.51.100.23]:50112 (TCP/IP"
			" connection count = 3)",
		  "connection" },
		{ STAMP "no MAIL in SMTP connection from (x) [203.0.113.9]:4012"
			" D=1s C=EHLO,QUIT",
		  "connection" },
		{ STAMP "unexpected disconnection while reading SMTP command",
		  "connection" },
		{ STAMP "SMTP command timeout on connection from x",
		  "connection" },
		{ STAMP "Start queue run: pid=48399", "daemon" },
		{ STAMP "End queue run: pid=48399", "daemon" },
		{ STAMP "Warning: text", "daemon" },
		{ STAMP "exim 4.98.2 daemon started: pid=1", "daemon" },
		{ STAMP "something new <= a@b U=u P=local S=1", "other" },
		/* Without an id the flags mean nothing. */
		{ STAMP "<= a@b U=u P=local S=1", "other" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_kinds_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < MG_EXIM_KINDS; i++) {
		const char *name = mg_exim_kind_name((enum mg_exim_kind)i);

		assert_non_null(name);
		assert_string_not_equal(name, "?");
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
				name, mg_exim_kind_name((enum mg_exim_kind)k));
	}
	assert_string_equal(mg_exim_kind_name(MG_EXIM_KINDS), "?");
	assert_string_equal(mg_exim_kind_name(MG_EXIM_ARRIVAL), "arrival");
	assert_string_equal(mg_exim_kind_name(MG_EXIM_AUTH_FAILED),
			    "auth-failed");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_lines_without_stamp),
		cmocka_unit_test(test_other_message_lines),
		cmocka_unit_test(test_plain_lines),
		cmocka_unit_test(test_kinds_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
