/* SPDX-License-Identifier: MIT */
/* Deliveries, deferrals, failures. */
#include "exim_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mailguard/exim.h"

static void test_deliveries(void **state)
{
	static const struct row rows[] = {
		{ HEAD "=> a@example.net R=dkim_lookuphost T=dkim_remote_smtp"
		       " H=mx.example.net [203.0.113.25] X=TLS1.3:A:256 CV=yes"
		       " C=\"250 2.0.0 Ok: queued => as <= 4jX\"",
		  "delivery host name{mx.example.net} ip{203.0.113.25}"
		  " address{a@example.net} router{dkim_lookuphost}"
		  " transport{dkim_remote_smtp}"
		  " text{ C=\"250 2.0.0 Ok: queued => as <= 4jX\"}" },
		{ HEAD "-> c@example.org R=r T=t H=mx.example.org [2001:db8::1]"
		       ":25* C=\"250 OK\"",
		  "delivery host name{mx.example.org} ip{2001:db8::1} port{25}"
		  " address{c@example.org} router{r} transport{t}"
		  " text{ C=\"250 OK\"}" },
		{ HEAD ">> a@example.net F=<joe@example.com> R=r T=t"
		       " H=mx.example.net [203.0.113.25]",
		  "delivery early host name{mx.example.net} ip{203.0.113.25}"
		  " address{a@example.net} router{r} transport{t}" },
		{ HEAD "=> team@partner.test <sales@a.example>"
		       " F=<\"x> R=z\"@e.test> Q=slow P=<\"p> T=q\"@e.test>"
		       " SRS=<SRS0=x> R=r T=t S=1234 H=mx [203.0.113.1]",
		  "delivery host name{mx} ip{203.0.113.1}"
		  " address{team@partner.test} original{sales@a.example}"
		  " router{r} transport{t}" },
		{ HEAD "=> x@y (mid@a.example, b@a.example) <top@a.example>"
		       " R=r T=t",
		  "delivery address{x@y} original{top@a.example} router{r}"
		  " transport{t}" },
		{ HEAD "=> x@y (mid@a.example)", "delivery address{x@y}" },
		{ HEAD "=> info <info@c.example> F=<x@e.test> R=mailbox"
		       " T=maildir",
		  "delivery address{info} original{info@c.example}"
		  " router{mailbox} transport{maildir}" },
		{ HEAD
		  "=> /dev/null <sink@example.com> R=virtual_aliases_nostar"
		  " T=**bypassed**",
		  "delivery address{/dev/null} original{sink@example.com}"
		  " router{virtual_aliases_nostar} transport{**bypassed**}" },
		{ HEAD "=> |/usr/bin/filter -x z <list@a.example> R=pipe"
		       " T=address_pipe",
		  "delivery address{|/usr/bin/filter -x z}"
		  " original{list@a.example} router{pipe}"
		  " transport{address_pipe}" },
		{ HEAD "=> |/usr/bin/filter a b R=pipe T=address_pipe",
		  "delivery address{|/usr/bin/filter a b} router{pipe}"
		  " transport{address_pipe}" },
		{ HEAD "=> |", "delivery address{|}" },
		{ HEAD "=> >away@b.example <x@b.example> R=vacation T=vacation",
		  "delivery address{>away@b.example} original{x@b.example}"
		  " router{vacation} transport{vacation}" },
		{ HEAD "=> a@x R=r T=t H=mx.example.org [203.0.113.40] L PRDR K"
		       " DKIM=d C=\"ok\" QT=2s DT=1s",
		  "delivery host name{mx.example.org} ip{203.0.113.40}"
		  " address{a@x} router{r} transport{t}"
		  " text{ L PRDR K DKIM=d C=\"ok\" QT=2s DT=1s}" },
		/* 4.96 takes the quotes off, so the first word may be any. */
		{ HEAD "=> jane doe@far.test <\"jane doe\"@far.test> R=r T=t",
		  "delivery address{jane}"
		  " text{ doe@far.test <\"jane doe\"@far.test> R=r T=t}" },
		{ HEAD "=> :blackhole: <x@a.example> R=r", "suppressed" },
		{ HEAD "=> discarded <x@a.example> R=r", "suppressed" },
		{ HEAD "=> blackhole (DATA ACL discarded recipients): x",
		  "suppressed" },
		{ HEAD "*> x@y R=r T=t", "suppressed" },
		{ HEAD "=> ", "delivery odd" },
		{ HEAD "=> \"x", "delivery odd" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_deferrals_and_failures(void **state)
{
	static const struct row rows[] = {
		{ HEAD "== c@example.org R=dnslookup T=remote_smtp defer (-54):"
		       " retry time not reached for any host for 'example.org'",
		  "deferral address{c@example.org} router{dnslookup}"
		  " transport{remote_smtp} text{ defer (-54): retry time not"
		  " reached for any host for 'example.org'}" },
		{ HEAD "== c@example.org <o@a.example> Q=slow R=r T=t"
		       " defer (-44) H=mx [203.0.113.9]: SMTP error",
		  "deferral address{c@example.org} original{o@a.example}"
		  " router{r} transport{t}"
		  " text{ defer (-44) H=mx [203.0.113.9]: SMTP error}" },
		{ HEAD "== c@example.org routing defer (-52): retry time not"
		       " reached",
		  "deferral address{c@example.org}"
		  " text{ routing defer (-52): retry time not reached}" },
		{ HEAD "== x@example.net R=enforce_mail_permissions defer (-1):"
		       " \"Domain example.com has an outgoing mail hold.\"",
		  "deferral address{x@example.net}"
		  " router{enforce_mail_permissions} text{ defer (-1):"
		  " \"Domain example.com has an outgoing mail hold.\"}" },
		/* Up to 4.98. */
		{ HEAD "** c@example.org F=<j@a.example> P=<j@a.example> R=r"
		       " T=t H=mx.example.org [203.0.113.40]: SMTP error from"
		       " remote mail server: 550 5.1.1 No such user",
		  "failure host name{mx.example.org} ip{203.0.113.40}"
		  " address{c@example.org} router{r} transport{t}"
		  " text{: SMTP error from remote mail server: 550 5.1.1 No"
		  " such user}" },
		{ HEAD "** x@example.net R=enforce_mail_permissions: Domain"
		       " example.com has exceeded DT=1s",
		  "failure address{x@example.net}"
		  " router{enforce_mail_permissions}"
		  " text{: Domain example.com has exceeded DT=1s}" },
		{ HEAD "** nosuch@a.example: Unrouteable address",
		  "failure address{nosuch@a.example}"
		  " text{ Unrouteable address}" },
		{ HEAD "** n@a.example <o@a.example>: Unrouteable address",
		  "failure address{n@a.example} original{o@a.example}"
		  " text{: Unrouteable address}" },
		/* From 4.99. */
		{ HEAD
		  "** c@example.org R=r T=t H=mx [203.0.113.40]:25 X=a CV=no"
		  " : SMTP error : 550 5.1.1 x",
		  "failure host name{mx} ip{203.0.113.40} port{25}"
		  " address{c@example.org} router{r} transport{t}"
		  " text{ : SMTP error : 550 5.1.1 x}" },
		{ HEAD "** x@example.net R=enforce_mail_permissions : Domain"
		       " example.com has exceeded",
		  "failure address{x@example.net}"
		  " router{enforce_mail_permissions}"
		  " text{ : Domain example.com has exceeded}" },
		{ HEAD "** nosuch@a.example : Unrouteable address",
		  "failure address{nosuch@a.example}"
		  " text{ : Unrouteable address}" },
		{ HEAD "** ", "failure odd" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_unknown_recipients(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
		{ "550 5.1.1 No such user", true },
		{ "550-5.1.1 <x>: nope", true },
		{ "553 5.1.2 x", true },
		{ "551 5.1.6 x", true },
		{ "556 5.1.10 x", true },
		{ "550 5.1.1", true },
		{ "5.1.1 at the start is no status of a server", false },
		{ "550 5.1.3 x", false },
		{ "550 5.1.100 x", false },
		{ "550 5.1.11 x", false },
		{ "host mx5.1.1 said 550 blocked", false },
		{ "550 5.1.8 then 5.1.1 x", true },
		{ ": Unrouteable address", true },
		{ "550 USER UNKNOWN", true },
		{ "550 unknown user here", true },
		{ "no Such uSer", true },
		{ "550 5.7.1 spam", false },
		{ "user unknow", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (mg_exim_is_unknown_recipient(mg_slice_str(rows[i].text)) !=
		    rows[i].want)
			fail_msg("'%s'", rows[i].text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deliveries),
		cmocka_unit_test(test_deferrals_and_failures),
		cmocka_unit_test(test_unknown_recipients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
