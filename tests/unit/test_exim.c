/* SPDX-License-Identifier: MIT */
/*
 * Lines are composed after the Exim specification and the logs in tests/data. What
 * is expected of one is written as "kind field{value} ...", every field that
 * is set and no other.
 */
#include "mutate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/exim.h"
#include "mailguard/limits.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define STAMP "2026-11-22 02:19:34 "
#define ID "1xUxB0-00000000CXd-0nge"
#define HEAD STAMP ID " "
#define LAPTOP " H=(laptop) [198.51.100.23]:50112"
#define OVERFLOW "**** log string overflowed log buffer ****"

struct row {
	const char *line;
	const char *want;
};

static void add(struct mg_buf *b, const char *field, struct mg_slice value)
{
	if (value.len == 0)
		return;
	mg_buf_add_fmt(b, " %s{", field);
	mg_buf_add(b, value);
	mg_buf_add_char(b, '}');
}

static void add_recipients(struct mg_buf *b, struct mg_slice rest)
{
	struct mg_slice address;

	while (mg_exim_recipient_cut(&rest, &address))
		add(b, "to", address);
	add(b, "left", rest);
}

/* Everything but the stamp, the zone, the process and the message id. */
static void show(const struct mg_exim_line *l, struct mg_buf *b)
{
	mg_buf_clear(b);
	mg_buf_add_str(b, mg_exim_kind_name(l->kind));
	if (l->is_odd)
		mg_buf_add_str(b, " odd");
	if (l->is_cutthrough)
		mg_buf_add_str(b, " early");
	add(b, "sender", l->sender);
	add(b, "reference", l->reference);
	if (l->has_host)
		mg_buf_add_str(b, " host");
	add(b, "name", l->host.name);
	add(b, "helo", l->host.helo);
	add(b, "ip", l->host.ip);
	if (l->host.port)
		mg_buf_add_fmt(b, " port{%u}", l->host.port);
	add(b, "user", l->user);
	add(b, "protocol", l->protocol);
	add(b, "driver", l->driver);
	add(b, "login", l->login);
	add(b, "mailauth", l->mailauth);
	if (l->size_bytes)
		mg_buf_add_fmt(b, " size{%llu}",
			       (unsigned long long)l->size_bytes);
	add(b, "id", l->message_id);
	if (l->has_recipients)
		mg_buf_add_str(b, " list");
	if (l->is_cut)
		mg_buf_add_str(b, " cut");
	add_recipients(b, l->recipients);
	add(b, "address", l->address);
	add(b, "original", l->original);
	add(b, "router", l->router);
	add(b, "transport", l->transport);
	add(b, "text", l->text);
	add(b, "directory", l->directory);
	add(b, "domain", l->domain);
}

static void check(const struct row *rows, size_t n)
{
	struct mg_exim_line line;
	struct mg_buf got;

	mg_buf_init(&got, 4 * MG_LINE_MAX);
	for (size_t i = 0; i < n; i++) {
		mg_exim_parse(mg_slice_str(rows[i].line), &line);
		show(&line, &got);
		if (strcmp(got.ptr, rows[i].want) != 0)
			fail_msg("%s\n got: %s\nwant: %s", rows[i].line,
				 got.ptr, rows[i].want);
	}
	mg_buf_release(&got);
}

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

/* ---- deliveries, deferrals, failures */

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

/* ---- slices stay inside their line */

/* Lines that reach every part of the grammar. */
static const char *const seeds[] = {
	HEAD "<= \"a b\"@example.com DS" LAPTOP
	     " I=[192.0.2.10]:587 TFO* U=ident Ci=4f7K P=esmtpsa L* X=T:A:1*"
	     " CV=yes DN=\"CN=\\\"x\\\"\" SNI=\"m\" A=login:joe@example.com:x"
	     " PRDR PRX=192.0.2.3 K S=2312 M8S=8 DKIM=d ARC DMARC=p SPF=p"
	     " RT=1s Q=q id=\"9 f\"@example.com T=\"In \\\"M\\\" \\\\\""
	     " from <\"a > b\"@c> for a@example.net \"b c\"@d x@y<trunc>",
	"2026-11-22 02:19:34.567 +0545 [48213] 1xUxB0-000CXd-35 <= <>"
	" R=1xUxCV-00000000CZD-1gZs U=mailnull P=local S=2044 for x" OVERFLOW,
	HEAD "=> x@y (p@a.example) <\"o >\"@a.example> F=<\"x> R\"@e> Q=q"
	     " P=<p@q> SRS=<s@t> R=r T=**b** S=1 H=mx (h) [2001:db8::1]:25*"
	     " X=c CV=yes C=\"250 \\\"ok\\\"\" QT=2s DT=1s",
	HEAD "=> |/bin/x -y <z@a.example> R=p T=address_pipe",
	"[1/2] " HEAD "<= a@b U=u P=local S=1 id=\"x y",
	HEAD "** x@y: SMTP error from remote: 550 5.1.10 user unknown DT=1s",
	HEAD "** x@y R=r T=t H=mx [203.0.113.40] X=a CV=no : SMTP : 550 5.1.1",
	HEAD "== x@y <o@p> routing defer (-52): retry time not reached",
	HEAD "Sender identification U=joe D=example.com S=joe@example.com",
	HEAD "Completed QT=3m12s",
	STAMP "cwd=/home/joe/public_html 4 args: /usr/sbin/sendmail -t",
	STAMP "PLAIN authenticator failed for mx ([192.0.2.77])"
	      " [203.0.113.66]:25: 535 Incorrect (set_id=x) [192.0.2.66])",
	STAMP "login authenticator failed for H=(a) [::1]:25: 535",
	STAMP "H=(x) [203.0.113.9]:4013 F=<a@b> rejected RCPT <c@d>: no",
};

static void inside(struct mg_slice line, struct mg_slice s, const char *what)
{
	if (s.len == 0)
		return;
	if (s.ptr < line.ptr || s.len > line.len ||
	    (size_t)(s.ptr - line.ptr) > line.len - s.len)
		fail_msg("%s is outside '%.*s'", what, MG_SLICE_ARG(line));
}

/* The line in memory of exactly its size, so that a read outside is seen. */
static void check_inside(const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);
	const struct mg_slice line = mg_slice_of(copy, len);
	struct mg_slice rest, address;
	struct mg_exim_line l;

	assert_non_null(copy);
	if (len)
		memcpy(copy, bytes, len);
	mg_exim_parse(line, &l);
	assert_true(l.kind < MG_EXIM_KINDS);
	inside(line, l.id, "id");
	inside(line, l.sender, "sender");
	inside(line, l.reference, "reference");
	inside(line, l.host.name, "name");
	inside(line, l.host.helo, "helo");
	inside(line, l.host.ip, "ip");
	inside(line, l.user, "user");
	inside(line, l.protocol, "protocol");
	inside(line, l.driver, "driver");
	inside(line, l.login, "login");
	inside(line, l.mailauth, "mailauth");
	inside(line, l.message_id, "message id");
	inside(line, l.recipients, "recipients");
	inside(line, l.address, "address");
	inside(line, l.original, "original");
	inside(line, l.router, "router");
	inside(line, l.transport, "transport");
	inside(line, l.text, "text");
	inside(line, l.directory, "directory");
	inside(line, l.domain, "domain");
	for (rest = l.recipients; mg_exim_recipient_cut(&rest, &address);) {
		assert_true(address.len > 0);
		inside(line, address, "recipient");
		inside(line, rest, "rest");
	}
	(void)mg_exim_is_unknown_recipient(l.text);
	free(copy);
}

static void test_every_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(seeds); i++)
		for (size_t len = 0; len <= strlen(seeds[i]); len++)
			check_inside(seeds[i], len);
}

static void test_random_changes(void **state)
{
	/* Bytes that the grammar looks at, more often than others. */
	static const char likely[] = " \"\\<>()[]:=*@-.\r\n\t\0\xff"
				     "LKUAS59";
	uint32_t x = MUTATE_SEED;

	(void)state;
	print_message("# seed %u\n", MUTATE_SEED);
	for (unsigned n = 0; n < MUTATE_RUNS; n++) {
		char bytes[MUTATE_MAX];
		const size_t len = mutate(seeds[n % LENGTH(seeds)], bytes,
					  likely, sizeof(likely) - 1, &x);

		check_inside(bytes, len);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_lines_without_stamp),
		cmocka_unit_test(test_arrival_fields),
		cmocka_unit_test(test_recipient_lists),
		cmocka_unit_test(test_long_lines_may_be_cut),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_hostile_arrivals),
		cmocka_unit_test(test_hostile_bytes),
		cmocka_unit_test(test_deliveries),
		cmocka_unit_test(test_deferrals_and_failures),
		cmocka_unit_test(test_unknown_recipients),
		cmocka_unit_test(test_other_message_lines),
		cmocka_unit_test(test_plain_lines),
		cmocka_unit_test(test_kinds_have_names),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_random_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
