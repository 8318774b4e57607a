/* SPDX-License-Identifier: MIT */
/*
 * Stamps and tags of lines that came through syslog. What is expected of one is
 * written as "date time zone host{} tag{} pid{} text{}", or "none".
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
#include "mailguard/envelope.h"
#include "mailguard/limits.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define AT "0-11-22 2:19:34"
#define AT_YEAR "2026-11-22 2:19:34"
#define REST " host{mx1} tag{postfix/smtpd} pid{4811} text{TEXT}"
#define BEHIND " mx1 postfix/smtpd[4811]: TEXT"

struct row {
	const char *line;
	const char *want;
};

static void show(const struct mg_envelope *e, struct mg_buf *b)
{
	mg_buf_clear(b);
	assert_int_equal(e->has_year, e->at.year != 0);
	mg_buf_add_fmt(b, "%d-%d-%d %d:%02d:%02d", e->at.year, e->at.month,
		       e->at.day, e->at.hour, e->at.minute, e->at.second);
	if (e->has_zone)
		mg_buf_add_fmt(b, " zone{%d}", (int)e->zone_s);
	if (e->host.len)
		mg_buf_add_fmt(b, " host{%.*s}", MG_SLICE_ARG(e->host));
	if (e->tag.len)
		mg_buf_add_fmt(b, " tag{%.*s}", MG_SLICE_ARG(e->tag));
	if (e->pid)
		mg_buf_add_fmt(b, " pid{%u}", e->pid);
	mg_buf_add_fmt(b, " text{%.*s}", MG_SLICE_ARG(e->text));
}

static void check(const struct row *rows, size_t n)
{
	struct mg_envelope e;
	struct mg_buf got;

	mg_buf_init(&got, 4 * MG_LINE_MAX);
	for (size_t i = 0; i < n; i++) {
		mg_buf_clear(&got);
		mg_buf_add_str(&got, "none");
		if (mg_envelope_parse(mg_slice_str(rows[i].line), &e))
			show(&e, &got);
		if (strcmp(got.ptr, rows[i].want) != 0)
			fail_msg("%s\n got: %s\nwant: %s", rows[i].line,
				 got.ptr, rows[i].want);
	}
	mg_buf_release(&got);
}

/* ---- stamps */

static void test_rfc3164(void **state)
{
	static const struct row rows[] = {
		{ "Nov 22 02:19:34" BEHIND, AT REST },
		{ "<22>Nov 22 02:19:34" BEHIND, AT REST },
		{ "Nov 22 02:19:34.567" BEHIND, AT REST },
		{ "Nov 22 02:19:34" BEHIND "\r", AT REST },
		{ "Jan  1 00:00:00" BEHIND, "0-1-1 0:00:00" REST },
		{ "Jun 04 22:24:28" BEHIND, "0-6-4 22:24:28" REST },
		{ "Jun 4 22:24:28" BEHIND, "0-6-4 22:24:28" REST },
		/* The year may be a leap year, the minute may have 61 s. */
		{ "Feb 29 12:00:00" BEHIND, "0-2-29 12:00:00" REST },
		{ "Dec 31 23:59:60" BEHIND, "0-12-31 23:59:60" REST },
		{ "Feb 30 12:00:00" BEHIND, "none" },
		{ "Apr 31 12:00:00" BEHIND, "none" },
		{ "Nov  0 02:19:34" BEHIND, "none" },
		{ "Nov 32 02:19:34" BEHIND, "none" },
		{ "nov 22 02:19:34" BEHIND, "none" },
		{ "Nox 22 02:19:34" BEHIND, "none" },
		{ "Nov   2 02:19:34" BEHIND, "none" },
		{ "Nov 22 24:00:00" BEHIND, "none" },
		{ "Nov 22 02:60:00" BEHIND, "none" },
		{ "Nov 22 02:19:61" BEHIND, "none" },
		{ "Nov 22 2:19:34" BEHIND, "none" },
		{ "Nov 22 02:19:34." BEHIND, "none" },
		{ "Nov 22 02:19" BEHIND, "none" },
		{ "<192>Nov 22 02:19:34" BEHIND, "none" },
		{ "<>Nov 22 02:19:34" BEHIND, "none" },
		{ "<22Nov 22 02:19:34" BEHIND, "none" },
		{ "Nov 22 02:19:34", "none" },
		{ "Nov 22 02:19:34 ", "none" },
		{ "Nov 22 02:19:34 mx1", "none" },
		{ "Nov", "none" },
		{ "", "none" },
		{ "\r", "none" },
		{ "<", "none" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_rfc3339(void **state)
{
#define DAY "2026-11-22T02:19:34"
	static const struct row rows[] = {
		{ DAY ".123456+00:00" BEHIND, AT_YEAR " zone{0}" REST },
		{ DAY "Z" BEHIND, AT_YEAR " zone{0}" REST },
		{ DAY ".1Z" BEHIND, AT_YEAR " zone{0}" REST },
		{ DAY ".123456789012-05:30" BEHIND,
		  AT_YEAR " zone{-19800}" REST },
		{ DAY "+05:45" BEHIND, AT_YEAR " zone{20700}" REST },
		{ DAY "+0000" BEHIND, AT_YEAR " zone{0}" REST },
		{ DAY BEHIND, AT_YEAR REST },
		{ "<22>" DAY "Z" BEHIND, AT_YEAR " zone{0}" REST },
		{ "2016-12-31T23:59:60Z" BEHIND,
		  "2016-12-31 23:59:60 zone{0}" REST },
		{ "2024-02-29T00:00:00Z" BEHIND,
		  "2024-2-29 0:00:00 zone{0}" REST },
		{ "2026-02-29T00:00:00Z" BEHIND, "none" },
		{ "1995-01-01T00:00:00Z" BEHIND,
		  "1995-1-1 0:00:00 zone{0}" REST },
		{ "1994-12-31T23:59:59Z" BEHIND, "none" },
		{ "2198-12-31T23:59:59Z" BEHIND,
		  "2198-12-31 23:59:59 zone{0}" REST },
		{ "2199-01-01T00:00:00Z" BEHIND, "none" },
		{ DAY "+26:59" BEHIND, AT_YEAR " zone{97140}" REST },
		{ DAY "+27:00" BEHIND, "none" },
		{ DAY "+00:60" BEHIND, "none" },
		{ DAY "+0" BEHIND, "none" },
		{ DAY "." BEHIND, "none" },
		{ DAY "z" BEHIND, "none" },
		{ DAY "Zx" BEHIND, "none" },
		{ "2026-11-22 02:19:34" BEHIND, "none" },
		{ DAY "Z", "none" },
		{ DAY "Z mx1", "none" },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef DAY
}

static void test_rfc5424(void **state)
{
#define FRONT "<22>1 2026-11-22T02:19:34.123456+00:00 "
#define IS AT_YEAR " zone{0}"
	static const struct row rows[] = {
		{ FRONT "mx1 postfix/smtpd 4811 - - TEXT", IS REST },
		{ FRONT "mx1 postfix/smtpd 4811 ID47 - TEXT", IS REST },
		{ FRONT "mx1 postfix/smtpd 4811 - - \xef\xbb\xbfTEXT",
		  IS REST },
		{ FRONT "- - - - - TEXT", IS " text{TEXT}" },
		{ FRONT "mx1 postfix/smtpd x - - TEXT",
		  IS " host{mx1} tag{postfix/smtpd} text{TEXT}" },
		{ FRONT "mx1 postfix/smtpd 4811 - -",
		  IS " host{mx1} tag{postfix/smtpd} pid{4811} text{}" },
		{ FRONT "mx1 postfix/smtpd 4811 - [a b=\"c\"] TEXT", IS REST },
		{ FRONT "mx1 postfix/smtpd 4811 - [a b=\"] x\\\"] y\\\\\"]"
			"[d e=\"\"] TEXT",
		  IS REST },
		{ FRONT "mx1 postfix/smtpd 4811 - [a b=\"c\"]",
		  IS " host{mx1} tag{postfix/smtpd} pid{4811} text{}" },
		{ FRONT "mx1 postfix/smtpd 4811 - [a b=\"] TEXT", "none" },
		{ FRONT "mx1 postfix/smtpd 4811 - [a b=\"c\"]TEXT", "none" },
		{ FRONT "mx1 postfix/smtpd 4811 - -TEXT", "none" },
		{ FRONT "mx1 postfix/smtpd 4811 - TEXT", "none" },
		{ FRONT "mx1 postfix/smtpd 4811 - ", "none" },
		{ FRONT "mx1 postfix/smtpd 4811", "none" },
		{ FRONT "mx1  4811 - - TEXT", "none" },
		{ "<22>1 - mx1 postfix/smtpd 4811 - - TEXT", "none" },
		{ "<22>2 2026-11-22T02:19:34Z mx1 a 1 - - TEXT", "none" },
		{ "1 2026-11-22T02:19:34Z mx1 a 1 - - TEXT", "none" },
		{ "<22>1 Nov 22 02:19:34 mx1 a 1 - - TEXT", "none" },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef IS
#undef FRONT
}

static void test_tags(void **state)
{
#define FRONT "Nov 22 02:19:34 mx1 "
#define IS AT " host{mx1}"
	static const struct row rows[] = {
		{ FRONT "dovecot: imap-login: Login: user=<a@b>",
		  IS " tag{dovecot} text{imap-login: Login: user=<a@b>}" },
		{ FRONT "postfix/submission/smtpd[1]: x",
		  IS " tag{postfix/submission/smtpd} pid{1} text{x}" },
		{ FRONT "a[4294967295]: x",
		  IS " tag{a} pid{4294967295} text{x}" },
		{ FRONT "a[4294967296]: x", IS " tag{a} text{x}" },
		{ FRONT "a[x]: y", IS " tag{a} text{y}" },
		{ FRONT "a[]: y", IS " tag{a} text{y}" },
		{ FRONT "a:", IS " tag{a} text{}" },
		{ FRONT "a: ", IS " tag{a} text{}" },
		{ FRONT "a:  x", IS " tag{a} text{ x}" },
		/* No tag: all of it is text. */
		{ FRONT "last message repeated 2 times",
		  IS " text{last message repeated 2 times}" },
		{ FRONT "a:x", IS " text{a:x}" },
		{ FRONT "a[1: x", IS " text{a[1: x}" },
		{ FRONT "a[1] x", IS " text{a[1] x}" },
		{ FRONT ": x", IS " text{: x}" },
		{ FRONT "[1]: x", IS " text{[1]: x}" },
		{ FRONT "", IS " text{}" },
		{ "Nov 22 02:19:34  a: x", "none" },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef IS
#undef FRONT
}

/* ---- repetitions */

/* A file that a daemon writes itself has neither host nor tag. */
static void test_own_files(void **state)
{
	static const struct {
		const char *line;
		const char
			*want; /* year-month-day hour:minute:second zone text */
	} rows[] = {
		{ "Nov 22 02:17:38 imap-login: Info: x",
		  "0-11-22 2:17:38 - imap-login: Info: x" },
		{ "Nov  2 02:17:38 x\r", "0-11-2 2:17:38 - x" },
		{ "Feb 29 23:59:60 x", "0-2-29 23:59:60 - x" },
		{ "2026-11-22 02:17:38 x y", "2026-11-22 2:17:38 - x y" },
		{ "2026-11-22 02:17:38.123456 x", "2026-11-22 2:17:38 - x" },
		{ "2026-11-22 02:17:38+0530 x", "2026-11-22 2:17:38 19800 x" },
		{ "2026-11-22T02:17:38-01:00 x", "2026-11-22 2:17:38 -3600 x" },
		{ "2026-11-22T02:17:38 ", "2026-11-22 2:17:38 - " },
		{ "2026-11-22T02:17:38", NULL },
		{ "2026-11-22  02:17:38 x", NULL },
		{ "2026-11-22_02:17:38 x", NULL },
		{ "2026-02-29 02:17:38 x", NULL },
		{ "1994-11-22 02:17:38 x", NULL },
		{ "Nov 31 02:17:38 x", NULL },
		{ "@400000004c91b044077a9e94 x", NULL },
		{ "<22>Nov 22 02:17:38 x", NULL },
		{ "x", NULL },
		{ "", NULL },
	};
	struct mg_envelope e;
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const bool ok =
			mg_envelope_parse_own(mg_slice_str(rows[i].line), &e);

		if (ok != (rows[i].want != NULL))
			fail_msg("'%s'", rows[i].line);
		if (!ok)
			continue;
		mg_buf_clear(&got);
		mg_buf_add_fmt(&got, "%d-%d-%d %d:%d:%d ", e.at.year,
			       e.at.month, e.at.day, e.at.hour, e.at.minute,
			       e.at.second);
		if (e.has_zone)
			mg_buf_add_fmt(&got, "%d ", e.zone_s);
		else
			mg_buf_add_str(&got, "- ");
		mg_buf_add(&got, e.text);
		assert_string_equal(got.ptr, rows[i].want);
		assert_int_equal(e.host.len + e.tag.len, 0);
	}
	mg_buf_release(&got);
}

static void test_unrepeat(void **state)
{
	static const struct {
		const char *text;
		uint32_t n;
		const char *want;
	} rows[] = {
		{ "message repeated 2 times: [ connect from a[192.0.2.1]]", 2,
		  "connect from a[192.0.2.1]" },
		{ "message repeated 1 times: [x]", 1, "x" },
		{ "message repeated 10000 times: [ x]", 10000, "x" },
		{ "message repeated 10001 times: [ x]", 10000, "x" },
		{ "message repeated 4294967295 times: [ x]", 10000, "x" },
		{ "message repeated 2 times: [ ]", 2, "" },
		{ "message repeated 2 times: []", 2, "" },
		/* Not one. */
		{ "message repeated 4294967296 times: [ x]", 1, NULL },
		{ "message repeated 0 times: [ x]", 1, NULL },
		{ "message repeated -2 times: [ x]", 1, NULL },
		{ "message repeated 2 times: [ x", 1, NULL },
		{ "message repeated 2 times: [", 1, NULL },
		{ "message repeated 2 times: x]", 1, NULL },
		{ "last message repeated 2 times", 1, NULL },
		{ "x message repeated 2 times: [ x]", 1, NULL },
		{ "", 1, NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_slice text = mg_slice_str(rows[i].text);
		const char *want = rows[i].want ? rows[i].want : rows[i].text;

		if (mg_envelope_unrepeat(&text) != rows[i].n ||
		    !mg_slice_is(text, mg_slice_str(want)))
			fail_msg("%s: '%.*s'", rows[i].text,
				 MG_SLICE_ARG(text));
	}
}

/* ---- programs */

static void test_daemons(void **state)
{
	static const struct {
		const char *tag;
		enum mg_daemon daemon;
		const char *service;
	} rows[] = {
		{ "postfix/smtpd", MG_DAEMON_POSTFIX, "smtpd" },
		{ "postfix/submission/smtpd", MG_DAEMON_POSTFIX, "smtpd" },
		{ "postfix-out/smtp", MG_DAEMON_POSTFIX, "smtp" },
		{ "postfix_2/a.b-c_9/x/trivial-rewrite", MG_DAEMON_POSTFIX,
		  "trivial-rewrite" },
		{ "postfix/policy_spf", MG_DAEMON_POSTFIX, "policy_spf" },
		{ "postfix", MG_DAEMON_OTHER, "" },
		{ "postfix/", MG_DAEMON_OTHER, "" },
		{ "postfix//smtpd", MG_DAEMON_OTHER, "" },
		{ "postfix/Smtpd", MG_DAEMON_OTHER, "" },
		{ "postfix/smtpd2", MG_DAEMON_OTHER, "" },
		{ "postfix.x/smtpd", MG_DAEMON_OTHER, "" },
		{ "postfix/a b/smtpd", MG_DAEMON_OTHER, "" },
		{ "xpostfix/smtpd", MG_DAEMON_OTHER, "" },
		{ "Postfix/smtpd", MG_DAEMON_OTHER, "" },
		{ "dovecot", MG_DAEMON_DOVECOT, "" },
		{ "dovecot2", MG_DAEMON_OTHER, "" },
		{ "exim", MG_DAEMON_EXIM, "" },
		{ "exim4", MG_DAEMON_EXIM, "" },
		{ "exim5", MG_DAEMON_OTHER, "" },
		{ "sshd", MG_DAEMON_OTHER, "" },
		{ "", MG_DAEMON_OTHER, "" },
	};
	struct mg_slice service;

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (mg_envelope_daemon(mg_slice_str(rows[i].tag), &service) !=
			    rows[i].daemon ||
		    !mg_slice_is(service, mg_slice_str(rows[i].service)))
			fail_msg("%s: '%.*s'", rows[i].tag,
				 MG_SLICE_ARG(service));
	assert_int_equal(mg_envelope_daemon(MG_LIT("postfix\0/smtpd"),
					    &service),
			 MG_DAEMON_OTHER);
}

/* ---- slices stay inside their line */

static const char *const seeds[] = {
	"<22>Nov  2 02:19:34.5" BEHIND "\r",
	"2026-11-22T02:19:34.123456-05:30 mx1 postfix/a/smtpd[4811]: TEXT",
	"<22>1 2026-11-22T02:19:34.123456+00:00 mx1 postfix/smtpd 4811 I"
	" [a b=\"] x\\\"] y\\\\\"][d e=\"\"] \xef\xbb\xbfTEXT",
	"Nov 22 02:19:34 mx1 postfix/smtpd[4811]: message repeated 2 times:"
	" [ connect from unknown[192.0.2.1]]",
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
	struct mg_slice service;
	struct mg_envelope e;
	uint32_t n;

	assert_non_null(copy);
	if (len)
		memcpy(copy, bytes, len);
	if (mg_envelope_parse(line, &e)) {
		inside(line, e.host, "host");
		inside(line, e.tag, "tag");
		inside(line, e.text, "text");
		(void)mg_envelope_daemon(e.tag, &service);
		inside(line, service, "service");
		n = mg_envelope_unrepeat(&e.text);
		assert_in_range(n, 1, MG_ENVELOPE_REPEAT_MAX);
		inside(line, e.text, "inner text");
		e.at.year = e.has_year ? e.at.year : 2000;
		assert_true(mg_civil_is_valid(&e.at));
	}
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
	static const char likely[] = " \"\\<>()[]:/-.+TZ019\r\n\t\0\xff";
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
		cmocka_unit_test(test_rfc3164),
		cmocka_unit_test(test_rfc3339),
		cmocka_unit_test(test_rfc5424),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_own_files),
		cmocka_unit_test(test_unrepeat),
		cmocka_unit_test(test_daemons),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_random_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
