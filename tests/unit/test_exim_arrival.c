/* SPDX-License-Identifier: MIT */
/* Arrivals, and what strangers write into them. */
#include "exim_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/exim.h"
#include "mailguard/limits.h"

/* ---- arrivals */

/* Each field alone in its place, between fixed neighbours. */
static void test_arrival_fields(void **state)
{
#define FRONT "arrival sender{joe@example.com}"
#define LAPTOP_IS " host helo{laptop} ip{198.51.100.23} port{50112}"
	static const struct row rows[] = {
		{ HEAD "<= joe@example.com" LAPTOP
		       " P=esmtpsa X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no"
		       " A=dovecot_login:joe@example.com S=2312"
		       " id=9f1c@example.com T=\"Invoice \\\"March\\\" 100%\""
		       " for a@example.net b@example.org c@example.org",
		  FRONT LAPTOP_IS
		  " protocol{esmtpsa} driver{dovecot_login}"
		  " login{joe@example.com} size{2312} id{9f1c@example.com}"
		  " list to{a@example.net} to{b@example.org}"
		  " to{c@example.org}" },
		{ HEAD "(= joe@example.com" LAPTOP " P=esmtp S=1",
		  FRONT LAPTOP_IS " protocol{esmtp} size{1}" },
		{ HEAD "<= joe@example.com U=joe P=local S=811"
		       " id=E1xUxCV-00000000CZD-1gZs@web7.example.com"
		       " T=\"hello\" for c@example.org",
		  FRONT " user{joe} protocol{local} size{811}"
			" id{E1xUxCV-00000000CZD-1gZs@web7.example.com}"
			" list to{c@example.org}" },
		{ HEAD "<= joe@example.com H=mx.example.net [203.0.113.7]"
		       " P=smtp S=1",
		  FRONT " host name{mx.example.net} ip{203.0.113.7}"
			" protocol{smtp} size{1}" },
		{ HEAD "<= joe@example.com H=mx.example.net (PC) [203.0.113.7]"
		       " P=esmtpa A=dovecot_plain:bob@example.com S=944",
		  FRONT " host name{mx.example.net} helo{PC} ip{203.0.113.7}"
			" protocol{esmtpa} driver{dovecot_plain}"
			" login{bob@example.com} size{944}" },
		{ HEAD "<= joe@example.com H=[203.0.113.7] P=esmtp S=1",
		  FRONT " host ip{203.0.113.7} protocol{esmtp} size{1}" },
		{ HEAD
		  "<= joe@example.com H=(x) [2001:db8::7]:65535 P=esmtp S=1",
		  FRONT " host helo{x} ip{2001:db8::7} port{65535}"
			" protocol{esmtp} size{1}" },
		/* A port that is none makes the line odd. */
		{ HEAD "<= joe@example.com H=(x) [192.0.2.1]:65536 P=esmtp S=1",
		  "arrival odd sender{joe@example.com} host helo{x}"
		  " ip{192.0.2.1}" },
		{ HEAD "<= joe@example.com H=(x) [192.0.2.256] P=esmtp S=1",
		  "arrival odd sender{joe@example.com}" },
		{ HEAD "<= joe@example.com" LAPTOP
		       " I=[192.0.2.10]:587 TFO* P=esmtp S=1",
		  FRONT LAPTOP_IS " protocol{esmtp} size{1}" },
		{ HEAD
		  "<= joe@example.com DS" LAPTOP
		  " I=[2001:db8::1]:25 TFO U=ident Ci=4f7K P=esmtps L X=T:A:1*"
		  " CV=yes DN=\"CN=\\\"A=plain:v@d\\\", O=\\\\\""
		  " SNI=mail.example.com PRDR PRX=192.0.2.3 K S=1",
		  FRONT LAPTOP_IS " user{ident} protocol{esmtps} size{1}" },
		{ HEAD
		  "<= joe@example.com" LAPTOP
		  " P=esmtps L- X=T:A:1 CV=dane SNI=\"mail.example.com\" S=1",
		  FRONT LAPTOP_IS " protocol{esmtps} size{1}" },
		{ HEAD "<= joe@example.com" LAPTOP " P=esmtp L. S=1",
		  FRONT LAPTOP_IS " protocol{esmtp} size{1}" },
		{ HEAD "<= joe@example.com" LAPTOP " P=esmtp L* K S=1",
		  FRONT LAPTOP_IS " protocol{esmtp} size{1}" },
		{ HEAD "<= joe@example.com" LAPTOP " P=esmtpa A=ext S=1",
		  FRONT LAPTOP_IS " protocol{esmtpa} driver{ext} size{1}" },
		{ HEAD "<= joe@example.com" LAPTOP " P=esmtpa A=plain:joe S=1",
		  FRONT LAPTOP_IS
		  " protocol{esmtpa} driver{plain} login{joe} size{1}" },
		/* +smtp_mailauth, or a login with a colon: nobody can say. */
		{ HEAD "<= joe@example.com" LAPTOP
		       " P=esmtpa A=plain:joe@example.com:bob@example.com S=1",
		  "arrival odd sender{joe@example.com}" LAPTOP_IS
		  " protocol{esmtpa} driver{plain} login{joe@example.com}"
		  " mailauth{bob@example.com} size{1}" },
		{ HEAD
		  "<= joe@example.com" LAPTOP
		  " P=esmtp S=1 M8S=8 DKIM=example.com RT=0.304s Q=slow"
		  " id=a@b T=\"x\" from <orig@example.com> for a@example.net",
		  FRONT LAPTOP_IS " protocol{esmtp} size{1} id{a@b}"
				  " list to{a@example.net}" },
		{ HEAD "<= joe@example.com" LAPTOP
		       " P=esmtp K SPF=pass S=1 DKIM=example.com ARC DMARC=pass"
		       " id*=E" ID "@web7.example.com",
		  FRONT LAPTOP_IS " protocol{esmtp} size{1} id{E" ID
				  "@web7.example.com}" },
		{ HEAD "<= joe@example.com" LAPTOP " P=esmtp SPF S=1 ARC",
		  FRONT LAPTOP_IS " protocol{esmtp} size{1}" },
		{ HEAD "<= <> R=1xUxCV-00000000CZD-1gZs U=mailnull P=local"
		       " S=2044 from <> for joe@example.com",
		  "arrival sender{<>} reference{1xUxCV-00000000CZD-1gZs}"
		  " user{mailnull} protocol{local} size{2044} list"
		  " to{joe@example.com}" },
		{ HEAD "<= joe@example.com U=joe P=local-esmtp S=2147483647",
		  FRONT " user{joe} protocol{local-esmtp} size{2147483647}" },
		/* A size that is no number counts as none. */
		{ HEAD "<= joe@example.com U=joe P=local S=2147483648",
		  FRONT " user{joe} protocol{local}" },
		{ HEAD "<= joe@example.com U=joe P=local S=1 T=\"\" for",
		  "arrival odd sender{joe@example.com} user{joe}"
		  " protocol{local} size{1}" },
		/* Fields in another order are no fields. */
		{ HEAD "<= joe@example.com P=local U=joe S=1",
		  "arrival odd sender{joe@example.com} protocol{local}" },
		{ HEAD "<= joe@example.com U=joe P=local",
		  "arrival odd sender{joe@example.com} user{joe}"
		  " protocol{local}" },
		{ HEAD "<= joe@example.com U=joe P=local S=1 A=plain:v@d",
		  "arrival odd sender{joe@example.com} user{joe}"
		  " protocol{local} size{1}" },
		{ HEAD "<= ", "arrival odd" },
		{ HEAD "<=", "other" },
		{ HEAD "<= joe@example.com" LAPTOP " U=joe P=esmtpa A=plain:joe"
		       " S=1",
		  "arrival odd sender{joe@example.com}" LAPTOP_IS
		  " user{joe} protocol{esmtpa} driver{plain} login{joe}"
		  " size{1}" },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef LAPTOP_IS
#undef FRONT
}

static void test_recipient_lists(void **state)
{
#define LOCAL HEAD "<= a@b U=u P=local S=1"
#define FRONT "arrival sender{a@b} user{u} protocol{local} size{1}"
	static const struct row rows[] = {
		{ LOCAL " for x@y", FRONT " list to{x@y}" },
		{ LOCAL " for ", FRONT " list" },
		{ LOCAL " for x@y \"a b\"@z \"q\\\"r\"@s",
		  FRONT " list to{x@y} to{\"a b\"@z} to{\"q\\\"r\"@s}" },
		{ LOCAL " for x@y <trunc>", FRONT " list cut to{x@y}" },
		{ LOCAL " for x@y z@examp<trunc>",
		  FRONT " list cut to{x@y} to{z@examp}" },
		{ LOCAL " for <trunc>", FRONT " list cut" },
		{ LOCAL " for x@y z@exam" OVERFLOW, FRONT " list cut to{x@y}" },
		{ LOCAL " for z@exam" OVERFLOW, FRONT " list cut" },
		{ LOCAL " for x@y \"a b", FRONT " list to{x@y} left{ \"a b}" },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef FRONT
#undef LOCAL
}

/* Up to 4.96 a list that is full just stops. */
static void test_long_lines_may_be_cut(void **state)
{
	static const struct {
		size_t len; /* of the line behind the flag */
		bool want;
	} rows[] = {
		{ MG_EXIM_LIST_DOUBT - 1, false },
		{ MG_EXIM_LIST_DOUBT, true },
		{ 8190, true },
	};
	static const char front[] = HEAD "<= ";
	static const char fields[] = "a@b U=u P=local S=1 for ";

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_exim_line l;
		struct mg_buf b;

		mg_buf_init(&b, MG_LINE_MAX);
		mg_buf_add_str(&b, front);
		mg_buf_add_str(&b, fields);
		mg_buf_add_fill(&b, 'x', rows[i].len + strlen(front) - b.len);
		mg_exim_parse(mg_buf_slice(&b), &l);
		assert_true(l.has_recipients);
		assert_int_equal(l.is_cut, rows[i].want);
		mg_buf_release(&b);
	}
}

/* Syslog: the first piece counts as far as it goes, the others never. */
static void test_pieces(void **state)
{
#define FRONT "arrival sender{a@b} user{u} protocol{local} size{1}"
	static const struct row rows[] = {
		{ "[1/2] " HEAD "<= a@b U=u P=local S=1 for a@b c@d e@",
		  FRONT " list cut to{a@b} to{c@d}" },
		{ "[1/2] " HEAD "<= a@b U=u P=local S=1 id=x@y T=\"half",
		  FRONT " id{x@y} cut" },
		{ "[1/3] " HEAD "<= a@b U=u P=local S=1 id=\"x y",
		  FRONT " cut" },
		/* What is cut of S= and A= is no number and no login. */
		{ "[1/2] " HEAD "<= a@b U=u P=local S=1",
		  "arrival odd sender{a@b} user{u} protocol{local} cut" },
		{ "[1/2] " HEAD "<= a@b H=(x) [192.0.2.1] P=esmtpa A=p:a@b.c",
		  "arrival odd sender{a@b} host helo{x} ip{192.0.2.1}"
		  " protocol{esmtpa} cut" },
		{ "[1/2] " HEAD "<= \"a b", "arrival odd cut" },
		{ "[1/2] " HEAD "== a@b R=r T=t defer (-1): host said x",
		  "deferral address{a@b} router{r} transport{t}"
		  " text{ defer (-1): host said}" },
		{ "[1\\2] " HEAD "Completed", "completed" },
		{ "[2/2] " HEAD "<= a@b U=u P=local S=1", "continuation" },
		{ "[2\\3] x", "continuation" },
		{ "[3/2] x", "continuation" },
		{ "[1/2]" HEAD "Completed", "unstamped" },
		{ "[1|2] " HEAD "Completed", "unstamped" },
		{ "[1/x] " HEAD "Completed", "unstamped" },
		{ "[/2] " HEAD "Completed", "unstamped" },
		{ "[1/2] ", "unstamped" },
		{ "[1/", "unstamped" },
		{ "[", "unstamped" },
	};
	struct mg_exim_line line;
	struct mg_buf got;

	(void)state;
	check(rows, LENGTH(rows));
	mg_buf_init(&got, 4096);
	mg_exim_parse_text(MG_LIT("[1/2] 1xUxB0-00000000CXd-0nge <= a@b U=u "
				  "P=local S=1 for a@b c"),
			   &line);
	show(&line, &got);
	assert_string_equal(got.ptr, FRONT " list cut to{a@b}");
	mg_exim_parse_text(MG_LIT("[2/2] 1xUxB0-00000000CXd-0nge <= a@b U=u"),
			   &line);
	show(&line, &got);
	assert_string_equal(got.ptr, "continuation");
	mg_buf_release(&got);
#undef FRONT
}

/* ---- what strangers write; the numbers are those of tests/data/README.md */

static void test_hostile_arrivals(void **state)
{
#define IS " host helo{laptop} ip{198.51.100.23} port{50112}"
	static const struct row rows[] = {
		/* A01: a Message-ID with a quoted part. */
		{ HEAD "<= joe@a.example" LAPTOP
		       " P=esmtp S=410 id=\"x A=plain:victim@c.example S=9\"@e"
		       " T=\"hello\" for r1@far.test",
		  "arrival sender{joe@a.example}" IS " protocol{esmtp}"
		  " size{410} id{\"x A=plain:victim@c.example S=9\"@e}"
		  " list to{r1@far.test}" },
		{ HEAD "<= joe@a.example" LAPTOP
		       " P=esmtp S=410 id=\"x A=plain:victim@c.example S=9",
		  "arrival odd sender{joe@a.example}" IS
		  " protocol{esmtp} size{410}" },
		/* A02 and A26: a quoted sender. */
		{ HEAD "<= \"a A=plain:victim@c.example\"@e.test" LAPTOP
		       " P=esmtpa A=PLAIN:joe@a.example S=414",
		  "arrival sender{\"a A=plain:victim@c.example\"@e.test}" IS
		  " protocol{esmtpa} driver{PLAIN} login{joe@a.example}"
		  " size{414}" },
		{ HEAD "<= \"a H=(z) [192.0.2.1] P=esmtpa A=PLAIN:v@d S=1"
		       " id=x\"@e.test U=alice P=local S=456",
		  "arrival sender{\"a H=(z) [192.0.2.1] P=esmtpa A=PLAIN:v@d"
		  " S=1 id=x\"@e.test} user{alice} protocol{local} size{456}" },
		{ HEAD "<= \"a\\\" U=bob P=local S=1\"@e.test U=alice P=local"
		       " S=2",
		  "arrival sender{\"a\\\" U=bob P=local S=1\"@e.test}"
		  " user{alice} protocol{local} size{2}" },
		{ HEAD "<= joe.\"b c\".d@a.example" LAPTOP
		       " P=esmtpa A=PLAIN:joe@a.example S=4",
		  "arrival sender{joe.\"b c\".d@a.example}" IS
		  " protocol{esmtpa} driver{PLAIN} login{joe@a.example}"
		  " size{4}" },
		/* A quote that never ends says nothing of anybody. */
		{ HEAD "<= \"a U=bob P=local S=1", "arrival odd" },
		{ HEAD "<= \"a\\", "arrival odd" },
		/* A03: subjects. */
		{ HEAD "<= x@e.test" LAPTOP
		       " P=esmtp S=4 T=\"fine\\\" A=PLAIN:victim@c.example S=9"
		       " T=\\\"\" for r@far.test",
		  "arrival sender{x@e.test}" IS " protocol{esmtp} size{4} list"
		  " to{r@far.test}" },
		{ HEAD "<= x@e.test" LAPTOP
		       " P=esmtp S=4 T=\"ends with a backslash \\\\\""
		       " for r@far.test",
		  "arrival sender{x@e.test}" IS " protocol{esmtp} size{4} list"
		  " to{r@far.test}" },
		{ HEAD "<= x@e.test" LAPTOP
		       " P=esmtp S=4 T=\"one\\ntwo for victim@c.example\""
		       " for r@far.test",
		  "arrival sender{x@e.test}" IS " protocol{esmtp} size{4} list"
		  " to{r@far.test}" },
		{ HEAD "<= x@e.test" LAPTOP " P=esmtp S=4 T=\"cut \\",
		  "arrival odd sender{x@e.test}" IS
		  " protocol{esmtp} size{4}" },
		{ HEAD "<= x@e.test" LAPTOP
		       " P=esmtp S=4 T=\"a\" from <\"b> for victim@c.example"
		       " <\"@e> for r@far.test",
		  "arrival sender{x@e.test}" IS " protocol{esmtp} size{4} list"
		  " to{r@far.test}" },
		/* A04: recipients. */
		{ HEAD "<= x@e.test" LAPTOP
		       " P=esmtp S=4 for \"u for victim@c.example\"@far.test"
		       " r@far.test",
		  "arrival sender{x@e.test}" IS " protocol{esmtp} size{4} list"
		  " to{\"u for victim@c.example\"@far.test} to{r@far.test}" },
		/* A05: logins are written raw. */
		{ HEAD "<= x@e.test" LAPTOP
		       " P=esmtpa A=odd:u H=(z) [192.0.2.5] A=plain:victim"
		       " S=384",
		  "arrival odd sender{x@e.test}" IS
		  " protocol{esmtpa} driver{odd} login{u}" },
		{ HEAD "<= x@e.test" LAPTOP
		       " P=esmtpa A=odd:victim@c.example S=9 id=x S=384 id=y@z",
		  "arrival odd sender{x@e.test}" IS
		  " protocol{esmtpa} driver{odd} login{victim@c.example}"
		  " size{9} id{x}" },
		{ HEAD "<= x@e.test" LAPTOP
		       " P=esmtpa A=odd:victim@c.example  S=384",
		  "arrival odd sender{x@e.test}" IS
		  " protocol{esmtpa} driver{odd} login{victim@c.example}" },
		{ HEAD "<= x@e.test" LAPTOP
		       " P=esmtpa A=odd:victim@c.example:x S=384",
		  "arrival odd sender{x@e.test}" IS
		  " protocol{esmtpa} driver{odd} login{victim@c.example}"
		  " mailauth{x} size{384}" },
		{ HEAD "<= x@e.test" LAPTOP " P=esmtpa A=odd:u\tA=v S=384",
		  "arrival sender{x@e.test}" IS
		  " protocol{esmtpa} driver{odd} login{u\tA=v}"
		  " size{384}" },
		/* A06: whom the sender names is not asked. */
		{ HEAD "<= victim@c.example U=alice P=local S=394",
		  "arrival sender{victim@c.example} user{alice}"
		  " protocol{local} size{394}" },
		/* A17: the HELO is an address. */
		{ HEAD "<= x@e.test H=([192.0.2.77]) [127.0.0.1] P=esmtp S=1",
		  "arrival sender{x@e.test} host helo{[192.0.2.77]}"
		  " ip{127.0.0.1} protocol{esmtp} size{1}" },
		{ HEAD "<= x@e.test H=([192.0.2.77]:99) [203.0.113.7]:5"
		       " P=esmtp S=1",
		  "arrival sender{x@e.test} host helo{[192.0.2.77]:99}"
		  " ip{203.0.113.7} port{5} protocol{esmtp} size{1}" },
		{ HEAD "<= x@e.test H=(a) b) [203.0.113.7] P=esmtp S=1",
		  "arrival sender{x@e.test} host helo{a) b} ip{203.0.113.7}"
		  " protocol{esmtp} size{1}" },
		{ HEAD "<= x@e.test H=mail.example.net ([192.0.2.77])"
		       " [203.0.113.7] P=esmtp S=1",
		  "arrival sender{x@e.test} host name{mail.example.net}"
		  " helo{[192.0.2.77]} ip{203.0.113.7} protocol{esmtp}"
		  " size{1}" },
		/* An ident reply spells fields: no login counts then. */
		{ HEAD "<= x@e.test" LAPTOP
		       " U=x P=esmtpa A=plain:victim@c.example S=9 id=q P=esmtp"
		       " S=1",
		  "arrival odd sender{x@e.test}" IS
		  " user{x} protocol{esmtpa} driver{plain}"
		  " login{victim@c.example} size{9} id{q}" },
		{ HEAD "<= x@e.test" LAPTOP
		       " U=x P=esmtpa A=plain:victim@c.example S=9",
		  "arrival odd sender{x@e.test}" IS
		  " user{x} protocol{esmtpa} driver{plain}"
		  " login{victim@c.example} size{9}" },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef IS
}

static void test_hostile_bytes(void **state)
{
	static const char line[] = HEAD "<= a\0b@c.example\xff U=\0 P=local"
					" S=1 for \0@\x80";
	struct mg_exim_line l;
	struct mg_slice rest, address;

	(void)state;
	mg_exim_parse(mg_slice_of(line, sizeof(line) - 1), &l);
	assert_int_equal(l.kind, MG_EXIM_ARRIVAL);
	assert_int_equal(l.sender.len, 14);
	assert_int_equal(l.user.len, 1);
	assert_false(l.is_odd);
	rest = l.recipients;
	assert_true(mg_exim_recipient_cut(&rest, &address));
	assert_int_equal(address.len, 3);
	assert_false(mg_exim_recipient_cut(&rest, &address));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arrival_fields),
		cmocka_unit_test(test_recipient_lists),
		cmocka_unit_test(test_long_lines_may_be_cut),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_hostile_arrivals),
		cmocka_unit_test(test_hostile_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
