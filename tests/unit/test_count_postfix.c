/* SPDX-License-Identifier: MIT */
/*
 * What lines of Postfix come to, joined by their queue ids.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/count.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define AT "2026-11-22T02:19:34.5+00:00 mx "
#define LATER "2026-11-22T04:00:01Z mx "
#define SMTPD AT "postfix/submission/smtpd[1]: "
#define CLEANUP AT "postfix/cleanup[2]: "
#define QMGR AT "postfix/qmgr[3]: "
#define SMTP AT "postfix/smtp[4]: "
#define LAPTOP "client=unknown[198.51.100.7]"
#define LOOPBACK "client=localhost[127.0.0.1]"
#define AS(login) ", sasl_method=PLAIN, sasl_username=" login
#define ACTIVE(n) "size=100, nrcpt=" #n " (queue active)\n"
#define OUT "relay=mx.far.test[203.0.113.9]:25, delay=1, delays=0/0/0/1, "
#define FILTER "relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, "
#define SENT "dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
#define DEFERRED "dsn=4.7.1, status=deferred (451 4.7.1 later)\n"
#define BOUNCED "dsn=5.1.1, status=bounced (550 5.1.1 no such user)\n"

static struct mg_account tables_accounts[] = {
	{ .name = MG_LIT_INIT("alice"), .main_domain = 0 },
	{ .name = MG_LIT_INIT("bob"), .main_domain = 1 },
};
static struct mg_domain tables_domains[] = {
	{ .name = MG_LIT_INIT("a.example"), .account = 0 },
	{ .name = MG_LIT_INIT("c.example"), .account = 1 },
};
static struct mg_accounts tables;
static const struct mg_hash_key key = { 1, 2 };

struct row {
	const char *log;
	const char *counts; /* a line for each cell, in order of first touch */
};

static int fill_tables(void **state)
{
	(void)state;
	tables = (struct mg_accounts){
		.accounts = tables_accounts,
		.n_accounts = LENGTH(tables_accounts),
		.domains = tables_domains,
		.n_domains = LENGTH(tables_domains),
		.key = key,
	};
	for (uint32_t i = 0; i < LENGTH(tables_accounts); i++) {
		mg_map_add(&tables.by_name,
			   mg_hash_quick(&key, tables_accounts[i].name), i);
		mg_map_add(&tables.by_domain,
			   mg_hash_quick(&key, tables_domains[i].name), i);
		mg_map_add(&tables.by_uid, mg_account_uid_hash(1001 + i), i);
	}
	return 0;
}

static int empty_tables(void **state)
{
	(void)state;
	mg_map_release(&tables.by_name);
	mg_map_release(&tables.by_domain);
	mg_map_release(&tables.by_uid);
	return 0;
}

static void show_cell(const struct mg_counter *c, const struct mg_tally_cell *x,
		      struct mg_buf *b)
{
	static const char letters[] = "mrdwfuob";
	const struct mg_subject *s = &c->origins.items[x->subject];

	mg_buf_add_fmt(b, "%.*s %.*s h%lld", MG_SLICE_ARG(s->name),
		       s->account == MG_ACCOUNT_NONE
			       ? 1
			       : (int)tables_accounts[s->account].name.len,
		       s->account == MG_ACCOUNT_NONE
			       ? "-"
			       : tables_accounts[s->account].name.ptr,
		       (long long)(x->at % 86400 / 3600));
	for (int i = 0; i < MG_COUNTS; i++)
		if (x->counts.n[i])
			mg_buf_add_fmt(b, " %c%lld", letters[i],
				       (long long)x->counts.n[i]);
	mg_buf_add_char(b, '\n');
}

static void run(const char *log, struct mg_buf *got)
{
	static const struct mg_tz utc;
	struct mg_slice rest = mg_slice_str(log), line;
	struct mg_counter c;

	mg_counter_init(&c, &tables, &utc, 0, &key);
	c.dialect = MG_DIALECT_SYSLOG;
	while (mg_slice_cut_line(&rest, &line))
		mg_counter_line(&c, line);
	for (size_t i = 0; i < c.by_origin.n_cells; i++)
		show_cell(&c, &c.by_origin.cells[i], got);
	mg_counter_release(&c);
}

static void check(const struct row *rows, size_t n)
{
	struct mg_buf got;

	mg_buf_init(&got, 65536);
	for (size_t i = 0; i < n; i++) {
		mg_buf_clear(&got);
		run(rows[i].log, &got);
		if (strcmp(got.ptr, rows[i].counts) != 0)
			fail_msg("row %zu:\n%swant:\n%sgot:\n%s", i,
				 rows[i].log, rows[i].counts, got.ptr);
	}
	mg_buf_release(&got);
}

#define MAIL(id, login)                                                        \
	SMTPD id ": " LAPTOP AS(login) "\n" QMGR id ": from=<x@y>, " ACTIVE(2)

static void test_logins(void **state)
{
	static const struct row rows[] = {
		{ MAIL("A12345", "joe@a.example"),
		  "joe@a.example alice h2 m1 r2 b100\n" },
		{ MAIL("A12345", "JOE@A.Example"),
		  "joe@a.example alice h2 m1 r2 b100\n" },
		{ MAIL("A12345", "alice"), "alice alice h2 m1 r2 b100\n" },
		{ MAIL("A12345", "joe@far.test"),
		  "unknown-login - h2 m1 r2 b100\n" },
		/* A login that is no single word charges nobody. */
		{ MAIL("A12345", "x y@c.example"),
		  "odd-line - h2 m1 r2 b100\n" },
		/* Accepted, but never queued. */
		{ SMTPD "A12345: " LAPTOP AS("joe@a.example") "\n", "" },
		{ SMTPD "A12345: " LAPTOP AS(
			  "joe@a.example") "\n" CLEANUP
					   "A12345: canceled\n" QMGR
					   "A12345: from=<x@y>, " ACTIVE(2),
		  "" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_outcomes(void **state)
{
	static const struct row rows[] = {
		{ MAIL("A12345", "joe@a.example") SMTP
		  "A12345: to=<p@far.test>, " OUT SENT SMTP
		  "A12345: to=<q@far.test>, " OUT BOUNCED,
		  "joe@a.example alice h2 m1 r2 d1 f1 u1 b100\n" },
		/* A retry is no new message; a recipient is put off once. */
		{ MAIL("A12345", "joe@a.example") SMTP
		  "A12345: to=<p@far.test>, " OUT DEFERRED QMGR
		  "A12345: from=<x@y>, " ACTIVE(2) SMTP
		  "A12345: to=<p@far.test>, " OUT DEFERRED LATER
		  "postfix/smtp[4]: A12345: to=<p@far.test>, " OUT SENT,
		  "joe@a.example alice h2 m1 r2 w1 b100\n"
		  "joe@a.example alice h4 d1\n" },
		/* An id is used again once it was removed. */
		{ MAIL("A12345", "joe@a.example") QMGR
		  "A12345: removed\n" MAIL("A12345", "pat@c.example"),
		  "joe@a.example alice h2 m1 r2 b100\n"
		  "pat@c.example bob h2 m1 r2 b100\n" },
		/* Unknown ids charge nobody. */
		{ QMGR "A12345: from=<joe@a.example>, " ACTIVE(2) SMTP
		  "A12345: to=<p@far.test>, " OUT SENT,
		  "" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

#define PICKUP(id, uid, from)                                                  \
	AT "postfix/pickup[5]: " id ": uid=" uid " from=<" from ">\n" QMGR id  \
	   ": from=<" from ">, " ACTIVE(1)

static void test_local_users(void **state)
{
	static const struct row rows[] = {
		{ PICKUP("A12345", "1001", "alice"),
		  "alice alice h2 m1 r1 b100\n" },
		/* The sender says nothing (A06). */
		{ PICKUP("A12345", "1001", "pat@c.example"),
		  "alice alice h2 m1 r1 b100\n" },
		/* An empty one frees nobody. */
		{ PICKUP("A12345", "1001", ""), "alice alice h2 m1 r1 b100\n" },
		{ PICKUP("A12345", "33", ""), "uid-33 - h2 m1 r1 b100\n" },
		{ PICKUP("A12345", "33", "www-data"),
		  "uid-33 - h2 m1 r1 b100\n" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_not_charged(void **state)
{
	static const struct row rows[] = {
		/* From outside to here. */
		{ SMTPD "A12345: " LAPTOP "\n" QMGR
			"A12345: from=<x@far.test>, " ACTIVE(1) AT
		  "postfix/lmtp[4]: A12345: to=<joe@a.example>, "
		  "relay=mx[private/lmtp], delay=1, delays=0/0/0/1, " SENT,
		  "" },
		/* A bounce: cleanup is the first to name it. */
		{ CLEANUP "B12345: message-id=<1@mx>\n" QMGR
			  "B12345: from=<>, " ACTIVE(1) SMTP
		  "B12345: to=<p@far.test>, " OUT SENT,
		  "" },
		/* A forward, by the address that passes it on. */
		{ SMTPD "A12345: " LAPTOP "\n" QMGR
			"A12345: from=<x@far.test>, " ACTIVE(1) SMTP
		  "A12345: to=<p@far.test>, orig_to=<joe@a.example>, " OUT SENT,
		  "joe@a.example alice h2 o1\n" },
		/* A relay is weak, and nobody's where the sender is foreign. */
		{ SMTPD "A12345: " LAPTOP "\n" QMGR
			"A12345: from=<x@a.example>, " ACTIVE(1) SMTP
		  "A12345: to=<p@far.test>, " OUT SENT,
		  "a.example alice h2 m1 r1 d1 b100\n" },
		{ SMTPD "A12345: " LAPTOP "\n" QMGR
			"A12345: from=<x@far.test>, " ACTIVE(1) SMTP
		  "A12345: to=<p@far.test>, " OUT SENT,
		  "relayed-by-address - h2 m1 r1 d1 b100\n" },
		/* A redirect that the message which came in explains. */
		{ SMTPD "A12345: " LAPTOP "\n" CLEANUP
			"A12345: message-id=<7@far.test>\n" QMGR
			"A12345: from=<x@far.test>, " ACTIVE(1) AT
		  "postfix/pickup[5]: B12345: uid=1001 from=<x@far.test>"
		  "\n" CLEANUP "B12345: message-id=<7@far.test>\n" QMGR
		  "B12345: from=<x@far.test>, " ACTIVE(1),
		  "alice alice h2 o1\n" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_content_filter(void **state)
{
#define FIRST                                                                  \
	SMTPD "A12345: " LAPTOP AS(                                            \
		"joe@a.example") "\n" CLEANUP                                  \
				 "A12345: message-id=<7@a.example>\n" QMGR     \
				 "A12345: from=<joe@a.example>, " ACTIVE(2)
#define REST                                                                   \
	QMGR "B12345: from=<joe@a.example>, " ACTIVE(2) SMTP                   \
		"A12345: to=<p@far.test>, " FILTER SENT SMTP                   \
		"A12345: to=<q@far.test>, " FILTER SENT SMTP                   \
		"B12345: to=<p@far.test>, " OUT SENT SMTP                      \
		"B12345: to=<q@far.test>, " OUT BOUNCED
#define ONCE "joe@a.example alice h2 m1 r2 d1 f1 u1 b100\n"
	static const struct row rows[] = {
		/* By XFORWARD, and by the Message-ID. */
		{ FIRST AT "postfix/smtpd[6]: B12345: " LOOPBACK
			   ", orig_queue_id=A12345, "
			   "orig_client=unknown[198.51.100.7]\n" REST,
		  ONCE },
		{ FIRST AT "postfix/smtpd[6]: B12345: " LOOPBACK "\n" CLEANUP
			   "B12345: message-id=<7@a.example>\n" REST,
		  ONCE },
		/* From elsewhere neither is believed. */
		{ FIRST SMTPD "B12345: " LAPTOP
			      ", orig_queue_id=A12345\n" CLEANUP
			      "B12345: message-id=<7@a.example>\n" QMGR
			      "B12345: from=<joe@a.example>, " ACTIVE(2) SMTP
		  "B12345: to=<p@far.test>, " OUT SENT,
		  "joe@a.example alice h2 m1 r2 b100\n"
		  "a.example alice h2 m1 r1 d1 b100\n" },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef FIRST
#undef REST
#undef ONCE
}

static void test_instances_are_apart(void **state)
{
	static const struct row rows[] = {
		{ MAIL("A12345", "joe@a.example") AT
		  "postfix-out/smtpd[1]: A12345: " LAPTOP AS(
			  "pat@c.example") "\n" SMTP
					   "A12345: to=<p@far.test>, " OUT SENT,
		  "joe@a.example alice h2 m1 r2 d1 b100\n" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

/* ---- stamps */

/* 2026-11-24 00:00:00, a day after the sweep. */
#define LATEST 1795478400

static void begin_at(struct mg_counter *c, int64_t latest, int64_t last_at)
{
	static const struct mg_tz utc;

	mg_counter_init(c, &tables, &utc, 0, &key);
	c->dialect = MG_DIALECT_SYSLOG;
	c->latest = latest;
	c->last_at = last_at;
}

/* A line with that stamp; where it was put, as the letters of RFC 3339. */
static const char *place(struct mg_counter *c, const char *stamp)
{
	static char text[64];
	struct mg_civil at;
	char line[128];

	(void)snprintf(line, sizeof(line), "%s mx postfix/qmgr[1]: x", stamp);
	mg_counter_line(c, mg_slice_str(line));
	mg_civil_of(c->line_at, 0, &at);
	(void)snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:%02d",
		       at.year, at.month, at.day, at.hour, at.minute,
		       at.second);
	return text;
}

/*
 * Lines of one log, in their order. Each log is read in one sweep, and with a
 * sweep for each line.
 */
static void test_stamps(void **state)
{
	static const struct {
		int64_t latest;
		struct {
			const char *stamp, *want;
		} lines[6];
	} rows[] = {
		/* The year is that of the last change, or the one before, */
		{ LATEST, { { "Nov 22 02:00:00", "2026-11-22 02:00:00" } } },
		{ LATEST, { { "Dec 31 23:00:00", "2025-12-31 23:00:00" } } },
		/* up to a day ahead of the sweep, but not a second more, */
		{ LATEST,
		  { { "Nov 24 00:00:00", "2026-11-24 00:00:00" },
		    { "Nov 24 00:00:01", "2025-11-24 00:00:01" } } },
		{ 1767182400,
		  { { "Jan  1 00:00:00", "2025-01-01 00:00:00" } } },
		/* also where the sweep comes three or eleven months late, */
		{ 1803340800,
		  { { "Nov 22 02:00:00", "2026-11-22 02:00:00" },
		    { "Nov 22 02:00:01", "2026-11-22 02:00:01" } } },
		{ 1824249600,
		  { { "Nov 22 02:00:00", "2026-11-22 02:00:00" } } },
		/* over the turn of a year, there and back, */
		{ LATEST,
		  { { "Dec 31 23:59:59", "2025-12-31 23:59:59" },
		    { "Jan  1 00:00:00", "2026-01-01 00:00:00" },
		    { "Dec 31 23:59:58", "2025-12-31 23:59:58" },
		    { "Jan  1 00:00:01", "2026-01-01 00:00:01" } } },
		/* and of the last leap year, for Feb 29. */
		{ LATEST,
		  { { "Feb 29 12:00:00", "2024-02-29 12:00:00" },
		    { "Mar  1 00:00:00", "2024-03-01 00:00:00" } } },
		{ 1709337600,
		  { { "Feb 28 23:59:59", "2024-02-28 23:59:59" },
		    { "Feb 29 00:00:00", "2024-02-29 00:00:00" },
		    { "Mar  1 00:00:00", "2024-03-01 00:00:00" } } },
		/* A log of years ago goes on from its first line with a year. */
		{ LATEST,
		  { { "2019-12-31T23:00:00Z", "2019-12-31 23:00:00" },
		    { "Dec 31 23:59:59", "2019-12-31 23:59:59" },
		    { "Jan  1 00:00:00", "2020-01-01 00:00:00" },
		    { "Feb 29 00:00:00", "2020-02-29 00:00:00" } } },
		/* No line takes those after it along, back or forward. */
		{ LATEST,
		  { { "Nov 22 02:00:00", "2026-11-22 02:00:00" },
		    { "May 23 02:00:00", "2026-05-23 02:00:00" },
		    { "Nov 22 02:00:01", "2026-11-22 02:00:01" },
		    { "2001-01-01T00:00:00Z", "2001-01-01 00:00:00" },
		    { "Nov 22 02:00:02", "2026-11-22 02:00:02" } } },
		{ LATEST,
		  { { "Nov 22 02:00:00", "2026-11-22 02:00:00" },
		    { "2198-01-01T00:00:00Z", "2198-01-01 00:00:00" },
		    { "Nov 22 02:00:01", "2026-11-22 02:00:01" },
		    { "Dec 31 00:00:00", "2025-12-31 00:00:00" },
		    { "Nov 22 02:00:02", "2026-11-22 02:00:02" } } },
		/* The clock was set back by a second, an hour, a year. */
		{ LATEST,
		  { { "Nov 22 02:00:00", "2026-11-22 02:00:00" },
		    { "Nov 22 01:59:59", "2026-11-22 01:59:59" },
		    { "Nov 22 00:59:59", "2026-11-22 00:59:59" } } },
		{ LATEST,
		  { { "2026-11-22T02:00:00Z", "2026-11-22 02:00:00" },
		    { "2025-11-22T02:00:00Z", "2025-11-22 02:00:00" },
		    { "2026-11-22T02:00:01Z", "2026-11-22 02:00:01" } } },
		/* Every format in one file; a leap second, fractions, zones. */
		{ LATEST,
		  { { "Nov 22 02:00:00", "2026-11-22 02:00:00" },
		    { "2026-11-22T02:00:00.9Z", "2026-11-22 02:00:00" },
		    { "2026-11-22T02:00:00+05:45", "2026-11-21 20:15:00" },
		    { "2026-11-22T02:00:00", "2026-11-22 02:00:00" },
		    { "2026-11-22T02:00:00-0230", "2026-11-22 04:30:00" },
		    { "Nov 22 02:00:00.125", "2026-11-22 02:00:00" } } },
		{ LATEST,
		  { { "2016-12-31T23:59:60Z", "2016-12-31 23:59:59" },
		    { "Dec 31 23:59:60", "2016-12-31 23:59:59" },
		    { "2017-01-01T00:00:00Z", "2017-01-01 00:00:00" },
		    { "2017-01-01T05:29:60+05:30", "2016-12-31 23:59:59" } } },
	};

	(void)state;
	for (size_t i = 0; i < 2 * LENGTH(rows); i++) {
		const bool cut = i % 2;
		struct mg_counter c;

		begin_at(&c, rows[i / 2].latest, INT64_MIN);
		for (size_t k = 0; k < 6 && rows[i / 2].lines[k].stamp; k++) {
			const char *stamp = rows[i / 2].lines[k].stamp;
			const char *got = place(&c, stamp);
			const int64_t last_at = c.last_at;

			if (strcmp(got, rows[i / 2].lines[k].want) != 0)
				fail_msg("row %zu, '%s': %s", i / 2, stamp,
					 got);
			if (!cut)
				continue;
			mg_counter_release(&c);
			begin_at(&c, rows[i / 2].latest, last_at);
		}
		mg_counter_release(&c);
	}
}

/* Exim through syslog, with its own stamp and without. */
static void test_wrapped_exim(void **state)
{
	static const struct row rows[] = {
		{ AT "exim[9]: 2026-11-22 02:19:34 1xUxB0-00000000CXd-0nge <= "
		     "x@y U=alice P=local S=100 for a@b\n",
		  "alice alice h2 m1 r1 b100\n" },
		{ AT "exim[9]: 1xUxB0-00000000CXd-0nge <= x@y U=alice P=local "
		     "S=100 for a@b\n",
		  "alice alice h2 m1 r1 b100\n" },
		/* In pieces: what stands in the others is anybody's. */
		{ AT "exim[9]: [1/2] 1xUxB0-00000000CXd-0nge <= x@y U=alice "
		     "P=local S=100 for a@b c\n" AT
		     "exim[9]: [2/2] 1xUxBc-00000000CXd-0nge <= x@y U=bob "
		     "P=local S=100 for a@b\n" AT
		     "exim[9]: 1xUxB0-00000000CXd-0nge => a@b R=r T=t\n" AT
		     "exim[9]: 1xUxB0-00000000CXd-0nge => c@d R=r T=t\n",
		  "alice alice h2 m1 r2 d2 b100\n" },
		{ AT "dovecot: imap-login: Login: user=<x>\n" AT
		     "kernel: x\n\nno envelope\n",
		  "" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_local_users),
		cmocka_unit_test(test_not_charged),
		cmocka_unit_test(test_content_filter),
		cmocka_unit_test(test_instances_are_apart),
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_wrapped_exim),
	};

	return cmocka_run_group_tests(tests, fill_tables, empty_tables);
}
