/* SPDX-License-Identifier: MIT */
/*
 * Short logs through mg_counter_line. What is expected is written as the cells
 * in the order of their first touch, a line each:
 *
 *     KIND NAME DOMAIN ACCOUNT HH:MM COUNTS
 *
 * with the start of the hour in UTC, and of the counts those that are not
 * zero: m(essages) r(ecipients) d(elivered) w(aiting: deferred) f(ailed)
 * u(nknown) o(utward: forwarded) b(ytes).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/account.h"
#include "mailguard/buf.h"
#include "mailguard/count.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define T "2026-11-22 02:19:34 "
#define LATER "2026-11-22 04:00:01 "
#define A "1xUxB0-00000000CXd-0nge "
#define B "1xUxCV-00000000CZD-1gZs "
#define C "1xUxCZ-000CZK-0f "
#define LAPTOP "H=(laptop) [198.51.100.7]:50112 "
#define LOOPBACK "H=(localhost) [127.0.0.1]:50112 "
#define OUT "R=sink T=remote_smtp H=mx.far.test [203.0.113.9]"

struct row {
	const char *log;
	const char *want;
	uint64_t n_orphans;
};

static struct mg_accounts accounts;
static struct mg_counter counter;
static const struct mg_hash_key key = { 1, 2 };
static const struct mg_tz utc;

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int load_accounts(void **state)
{
	char dir[] = "/tmp/mailguard-count-XXXXXX", path[256];
	struct mg_root root = { .fd = -1 };
	struct mg_err err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/etc", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/etc/mailguard", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(dir, "etc/mailguard/domains",
		   "a.example: alice\nb.example: alice\nc.example: bob\n");
	write_file(dir, "etc/mailguard/document-roots",
		   "b.example: /home/alice/b\nc.example: /home/alice/c\n"
		   "c.example: /home/bob/www\n");
	write_file(dir, "etc/passwd",
		   "alice:x:1001:1001::/home/alice:/bin/sh\n"
		   "bob:x:1002:1002::/home/bob:/bin/sh\n"
		   "nobody:x:65534:65534::/nonexistent:/bin/false\n");
	assert_int_equal(mg_root_open(&root, dir, &err), 0);
	assert_int_equal(mg_accounts_load(&accounts, MG_ACCOUNTS_PLAIN, &root,
					  &key, &err),
			 0);
	mg_root_close(&root);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = {
			"etc/mailguard/domains", "etc/mailguard/document-roots",
			"etc/passwd"
		};

		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	(void)snprintf(path, sizeof(path), "%s/etc/mailguard", dir);
	assert_int_equal(rmdir(path), 0);
	(void)snprintf(path, sizeof(path), "%s/etc", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

static int free_accounts(void **state)
{
	(void)state;
	mg_accounts_release(&accounts);
	return 0;
}

static void begin(int32_t hour_offset_s)
{
	mg_counter_init(&counter, &accounts, &utc, hour_offset_s, &key);
}

static void feed(const char *log)
{
	struct mg_slice rest = mg_slice_str(log), line;

	while (mg_slice_cut_line(&rest, &line))
		mg_counter_line(&counter, line);
}

static void show_counts(const struct mg_counts *counts, struct mg_buf *b)
{
	static const char letters[] = "mrdwfuob";

	for (int i = 0; i < MG_COUNTS; i++)
		if (counts->n[i])
			mg_buf_add_fmt(b, " %c%lld", letters[i],
				       (long long)counts->n[i]);
	mg_buf_add_char(b, '\n');
}

static bool is_zero(const struct mg_counts *counts)
{
	for (int i = 0; i < MG_COUNTS; i++)
		if (counts->n[i])
			return false;
	return true;
}

static void show_hour(int64_t hour, struct mg_buf *b)
{
	struct mg_civil c;

	mg_civil_of(hour, 0, &c);
	mg_buf_add_fmt(b, " %02d:%02d", c.hour, c.minute);
}

/* Slots become their hours, in the order of first touch. */
static void add_hours(struct mg_tally *hours)
{
	for (size_t i = 0; i < counter.by_origin.n_cells; i++) {
		const struct mg_tally_cell *cell = &counter.by_origin.cells[i];
		int64_t into = (cell->at - counter.hour_offset_s) % 3600;

		assert_int_equal(into % MG_SLOT_S, 0);
		for (int k = 0; k < MG_COUNTS; k++)
			mg_tally_add(hours, cell->subject, cell->at - into,
				     (enum mg_count)k, cell->counts.n[k]);
	}
}

static void show_origins(struct mg_buf *b)
{
	static const char *const kinds[] = { "?",      "mailbox", "script",
					     "user",   "relay",   "forwarder",
					     "unknown" };

	struct mg_tally hours = { 0 };

	add_hours(&hours);
	for (size_t i = 0; i < hours.n_cells; i++) {
		const struct mg_tally_cell *cell = &hours.cells[i];
		const struct mg_subject *s =
			&counter.origins.items[cell->subject];
		const struct mg_slice none = MG_LIT("-");

		if (is_zero(&cell->counts))
			continue;
		mg_buf_add_fmt(b, "%s %.*s", kinds[s->kind],
			       MG_SLICE_ARG(s->name));
		mg_buf_add_fmt(
			b, " %.*s",
			MG_SLICE_ARG(
				s->domain == MG_ACCOUNT_NONE
					? none
					: accounts.domains[s->domain].name));
		mg_buf_add_fmt(
			b, " %.*s",
			MG_SLICE_ARG(
				s->account == MG_ACCOUNT_NONE
					? none
					: accounts.accounts[s->account].name));
		show_hour(cell->at, b);
		show_counts(&cell->counts, b);
	}
	mg_tally_release(&hours);
}

static void show_senders(struct mg_buf *b)
{
	for (size_t i = 0; i < counter.by_sender.n_cells; i++) {
		const struct mg_tally_cell *cell = &counter.by_sender.cells[i];

		mg_buf_add_fmt(
			b, "%.*s",
			MG_SLICE_ARG(
				counter.senders.items[cell->subject].name));
		show_hour(cell->at, b);
		show_counts(&cell->counts, b);
	}
}

static void check(const struct row *rows, size_t n)
{
	size_t n_wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct mg_buf got;

		mg_buf_init(&got, 65536);
		begin(0);
		feed(rows[i].log);
		show_origins(&got);
		if (strcmp(got.ptr, rows[i].want) != 0 ||
		    counter.n_orphans != rows[i].n_orphans) {
			print_error("%s got (%llu orphans):\n%swant:\n%s\n",
				    rows[i].log,
				    (unsigned long long)counter.n_orphans,
				    got.ptr, rows[i].want);
			n_wrong++;
		}
		mg_counter_release(&counter);
		mg_buf_release(&got);
	}
	assert_int_equal(n_wrong, 0);
}

/* ---- rule 1: who logged in */

static void test_login_is_charged(void **state)
{
#define LOGIN(sender, login)                                                   \
	T A "<= " sender " " LAPTOP "P=esmtpsa X=TLS A=" login                 \
	    " S=100 for x@far.test y@far.test\n"
#define JOE "mailbox joe@a.example a.example alice 02:00 m1 r2 b100\n"
#define NOBODY(reason) "unknown " reason " - - 02:00 m1 r2 b100\n"
	static const struct row rows[] = {
		{ LOGIN("joe@a.example", "plain:joe@a.example"), JOE, 0 },
		{ LOGIN("joe@a.example", "LOGIN:JOE@A.Example."), JOE, 0 },
		{ LOGIN("shop@b.example", "plain:shop@b.example"),
		  "mailbox shop@b.example b.example alice 02:00 m1 r2 b100\n",
		  0 },
		/* Whom the sender names is not asked. */
		{ LOGIN("victim@c.example", "plain:joe@a.example"), JOE, 0 },
		{ LOGIN("<>", "plain:joe@a.example"), JOE, 0 },
		/* The account's own login. */
		{ LOGIN("x@y", "plain:alice"),
		  "mailbox alice a.example alice 02:00 m1 r2 b100\n", 0 },
		{ LOGIN("joe@a.example", "plain:joe@elsewhere.test"),
		  NOBODY("unknown-login"), 0 },
		{ LOGIN("joe@a.example", "plain:ALICE"),
		  NOBODY("unknown-login"), 0 },
		{ LOGIN("joe@a.example", "plain:nobody"),
		  NOBODY("unknown-login"), 0 },
		{ LOGIN("joe@a.example", "plain:joe@sub.a.example"),
		  NOBODY("unknown-login"), 0 },
		{ LOGIN("joe@a.example", "plain:\"joe\"@a.example"),
		  NOBODY("unknown-login"), 0 },
		{ LOGIN("joe@a.example", "plain"), NOBODY("unknown-login"), 0 },
		/* P= says that somebody logged in, and A= is not there. */
		{ T A "<= joe@a.example " LAPTOP
		      "P=esmtpsa S=100 for x@y z@y\n",
		  NOBODY("unknown-login"), 0 },
		/* A05: what follows a login with a blank is no field. */
		{ LOGIN("x@y", "odd:u H=(z) [192.0.2.5] A=plain:joe@a.example"),
		  "unknown odd-line - - 02:00 m1\n", 0 },
		{ LOGIN("x@y", "odd:joe@a.example S=9 id=x"),
		  "unknown odd-line - - 02:00 m1 b9\n", 0 },
		{ LOGIN("x@y", "odd:joe@a.example:x"), NOBODY("odd-line"), 0 },
		/* An ident reply (H= and U=) may have written A=. */
		{ T A "<= x@y " LAPTOP
		      "U=x P=esmtpa A=plain:joe@a.example S=100 for x@y z@y\n",
		  NOBODY("odd-line"), 0 },
		/* A01 to A03: what a stranger wrote logs nobody in. */
		{ T A "<= \"a A=plain:joe@a.example S=1\"@e.test " LAPTOP
		      "P=esmtp S=9 id=\"x A=plain:joe@a.example S=9\"@e"
		      " T=\"\\\" A=plain:joe@a.example S=9\" for i@c.example\n",
		  "", 0 },
		/* A26: nor does a quoted sender hide anything. */
		{ LOGIN("\"a A=plain:v@c.example\"@e", "plain:joe@a.example"),
		  JOE, 0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef NOBODY
#undef JOE
#undef LOGIN
}

/* ---- rule 2: which system user */

static void test_local_user_is_charged(void **state)
{
#define SENT " P=local S=100 for x@far.test\n"
	static const struct row rows[] = {
		{ T A "<= joe@a.example U=alice" SENT,
		  "user alice a.example alice 02:00 m1 r1 b100\n", 0 },
		{ T A "<= joe@a.example U=alice P=local-esmtp S=100 for x@y\n",
		  "user alice a.example alice 02:00 m1 r1 b100\n", 0 },
		/* A06: the sender is the script's own word. */
		{ T A "<= victim@c.example U=alice" SENT,
		  "user alice a.example alice 02:00 m1 r1 b100\n", 0 },
		{ T A "<= shop@b.example U=alice" SENT,
		  "user alice a.example alice 02:00 m1 r1 b100\n", 0 },
		/* A null sender does not make a bounce of it. */
		{ T A "<= <> U=alice" SENT,
		  "user alice a.example alice 02:00 m1 r1 b100\n", 0 },
		{ T A "<= <> R=" B "U=alice" SENT,
		  "user alice a.example alice 02:00 m1 r1 b100\n", 0 },
		/* What the script wrote behind S= cannot free it. */
		{ T A "<= x@y U=alice P=local S=100 id=\"x T=\"\n",
		  "user alice a.example alice 02:00 m1 b100\n", 0 },
		/* Users that are no accounts. */
		{ T A "<= joe@a.example U=nobody" SENT,
		  "user nobody - - 02:00 m1 r1 b100\n", 0 },
		{ T A "<= joe@a.example U=Alice" SENT,
		  "user Alice - - 02:00 m1 r1 b100\n", 0 },
		{ T A "<= joe@a.example U=al!ce" SENT,
		  "unknown odd-line - - 02:00 m1 r1 b100\n", 0 },
		{ T A "<= joe@a.example U="
		      "abcdefghijklmnopqrstuvwxyz0123456" SENT,
		  "unknown odd-line - - 02:00 m1 r1 b100\n", 0 },
		/* The MTA's own. */
		{ T A "<= <> R=" B "U=Debian-exim" SENT, "", 0 },
		{ T A "<= <> U=mailnull" SENT, "", 0 },
		/* Neither a user nor a host. */
		{ T A "<= joe@a.example" SENT,
		  "unknown odd-line - - 02:00 m1 r1 b100\n", 0 },
		{ T A "<= joe@a.example U=alice P=smtp S=100\n",
		  "unknown odd-line - - 02:00 m1 b100\n", 0 },
		{ T A "<= \"joe U=alice P=local S=100\n",
		  "unknown odd-line - - 02:00 m1\n", 0 },
		/* With a host U= is an ident reply and charges nobody. */
		{ T A "<= x@far.test " LAPTOP "U=alice P=local S=100 for i@y\n",
		  "", 0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_script_of_a_local_user(void **state)
{
#define ALICE T A "<= joe@a.example U=alice" SENT
#define ARGS " 3 args: /usr/sbin/sendmail -t -i\n"
#define SCRIPT(path) "script " path " a.example alice 02:00 m1 r1 b100\n"
#define USER "user alice a.example alice 02:00 m1 r1 b100\n"
	static const struct row rows[] = {
		{ T "cwd=/home/alice/public_html/blog" ARGS ALICE,
		  SCRIPT("/home/alice/public_html/blog"), 0 },
		{ T "cwd=/home/alice" ARGS ALICE, SCRIPT("/home/alice"), 0 },
		/* Another's directory, or nobody's, is none of hers. */
		{ T "cwd=/home/bob/public_html" ARGS ALICE, USER, 0 },
		{ T "cwd=/var/spool/exim4" ARGS ALICE, USER, 0 },
		{ T "cwd=/home/alice2" ARGS ALICE, USER, 0 },
		{ T "cwd=/home/alice/../bob" ARGS ALICE, USER, 0 },
		{ T "cwd=home/alice" ARGS ALICE, USER, 0 },
		/* A name that the alphabet lacks ends with its parent. */
		{ T "cwd=/home/alice/my\\site/x" ARGS ALICE,
		  SCRIPT("/home/alice"), 0 },
		/* Once each, the newest first. */
		{ T "cwd=/home/alice/old" ARGS T
		    "cwd=/home/alice/new" ARGS ALICE T B
		    "<= joe@a.example U=alice" SENT T C
		    "<= joe@a.example U=alice" SENT,
		  SCRIPT("/home/alice/new") SCRIPT("/home/alice/old") USER, 0 },
		{ T "cwd=/home/alice/a" ARGS T "cwd=/home/bob/b" ARGS ALICE,
		  SCRIPT("/home/alice/a"), 0 },
		/* MG_CWD_AGE_S */
		{ "2026-11-22 02:18:34 cwd=/home/alice/a" ARGS ALICE,
		  SCRIPT("/home/alice/a"), 0 },
		{ "2026-11-22 02:18:33 cwd=/home/alice/a" ARGS ALICE, USER, 0 },
		/* Where there are process ids, they tell. */
		{ T "[7] cwd=/home/alice/a" ARGS T "[7] " A
		    "<= joe@a.example U=alice" SENT,
		  SCRIPT("/home/alice/a"), 0 },
		{ T "[7] cwd=/home/alice/a" ARGS T "[8] " A
		    "<= joe@a.example U=alice" SENT,
		  USER, 0 },
		{ T "[7] cwd=/home/alice/a" ARGS ALICE, USER, 0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

/* The domain of a script is the one that its directory serves. */
static void test_document_roots(void **state)
{
#define SITE(path) "script " path " b.example alice 02:00 m1 r1 b100\n"
#define NAMED(domain) T A "Sender identification U=alice D=" domain " S=x@y\n"
	static const struct row rows[] = {
		{ T "cwd=/home/alice/b" ARGS ALICE, SITE("/home/alice/b"), 0 },
		{ T "cwd=/home/alice/b/x/y" ARGS ALICE,
		  SITE("/home/alice/b/x/y"), 0 },
		{ T "cwd=/home/alice/bb" ARGS ALICE, SCRIPT("/home/alice/bb"),
		  0 },
		/* Not another's domain, whatever the table says. */
		{ T "cwd=/home/alice/c" ARGS ALICE, SCRIPT("/home/alice/c"),
		  0 },
		{ T "cwd=/home/bob/www" ARGS ALICE, USER, 0 },
		/* Such a line of a host that has no cPanel says less. */
		{ T "cwd=/home/alice/b" ARGS NAMED("a.example") ALICE,
		  SITE("/home/alice/b"), 0 },
		{ T "cwd=/home/alice/b" ARGS ALICE NAMED("a.example"),
		  SITE("/home/alice/b"), 0 },
		{ T "cwd=/home/alice/x" ARGS ALICE NAMED("b.example"),
		  SITE("/home/alice/x"), 0 },
		{ ALICE, USER, 0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_shared_user(void **state)
{
	static const struct row rows[] = {
		/* Whoever runs as nobody may change into any site. */
		{ T "[7] cwd=/home/bob/www" ARGS T "[7] " A
		    "<= joe@a.example U=nobody" SENT,
		  "user nobody - - 02:00 m1 r1 b100\n", 0 },
		/* And may choose the empty sender. */
		{ T "[7] cwd=/home/bob/www" ARGS T "[7] " A
		    "<= <> U=nobody" SENT,
		  "user nobody - - 02:00 m1 r1 b100\n", 0 },
		{ T "cwd=/home/bob/www" ARGS T A
		    "<= joe@a.example U=nobody" SENT,
		  "user nobody - - 02:00 m1 r1 b100\n", 0 },
		{ T "[8] cwd=/home/bob/www" ARGS T "[7] " A
		    "<= joe@a.example U=nobody" SENT,
		  "user nobody - - 02:00 m1 r1 b100\n", 0 },
		{ T "[7] cwd=/srv/www" ARGS T "[7] " A
		    "<= joe@a.example U=nobody" SENT,
		  "user nobody - - 02:00 m1 r1 b100\n", 0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef USER
#undef SCRIPT
#undef ARGS
#undef ALICE
}

/* The table of callers is bounded; the oldest go. */
static void test_callers_are_bounded(void **state)
{
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 65536);
	begin(0);
	for (int i = 0; i <= MG_CWDS_MAX; i++) {
		char line[128];

		(void)snprintf(line, sizeof(line),
			       T "[%d] cwd=/home/alice/%d 1 args: x", i + 1, i);
		feed(line);
	}
	assert_int_equal(counter.n_callers, MG_CWDS_MAX);
	feed(T "[1] " A "<= x@y U=alice P=local S=1\n" T "[2] " B
	       "<= x@y U=alice P=local S=1\n");
	show_origins(&got);
	assert_string_equal(got.ptr,
			    "user alice a.example alice 02:00 m1 b1\n"
			    "script /home/alice/1 a.example alice 02:00 m1"
			    " b1\n");
	mg_counter_release(&counter);
	mg_buf_release(&got);
}

static void test_restored_callers_wait(void **state)
{
	const struct mg_cwd cwds[] = {
		{ 1795313970, 0, MG_LIT("/home/alice/a") },
		{ 1795313970, 0, MG_LIT("/elsewhere") },
	};
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 65536);
	begin(0);
	for (size_t i = 0; i < LENGTH(cwds); i++)
		mg_counter_restore_caller(&counter, &cwds[i]);
	assert_int_equal(counter.n_callers, 1);
	feed(T A "<= x@y U=alice P=local S=1\n");
	show_origins(&got);
	assert_string_equal(got.ptr, "script /home/alice/a a.example alice"
				     " 02:00 m1 b1\n");
	mg_counter_release(&counter);
	mg_buf_release(&got);
}

/* ---- what cPanel identified */

static void test_identification(void **state)
{
#define IDENTIFIED(user, domain)                                               \
	T A "Sender identification U=" user " D=" domain " S=x@y\n"
#define NOBODY T A "<= x@y U=nobody" SENT
#define LOCAL_SMTP                                                             \
	T A "<= joe@a.example " LOOPBACK                                       \
	    "P=esmtp S=100 for x@far.test y@far.test\n"
	static const struct row rows[] = {
		{ NOBODY IDENTIFIED("alice", "b.example"),
		  "user alice b.example alice 02:00 m1 r1 b100\n", 0 },
		{ IDENTIFIED("alice", "B.EXAMPLE.") NOBODY,
		  "user alice b.example alice 02:00 m1 r1 b100\n", 0 },
		/* A domain of another, or of nobody here, is not believed. */
		{ NOBODY IDENTIFIED("alice", "c.example"),
		  "user alice a.example alice 02:00 m1 r1 b100\n", 0 },
		{ NOBODY IDENTIFIED("alice", "far.test"),
		  "user alice a.example alice 02:00 m1 r1 b100\n", 0 },
		{ NOBODY IDENTIFIED("alice", "-"),
		  "user alice a.example alice 02:00 m1 r1 b100\n", 0 },
		/* These name nobody. */
		{ NOBODY IDENTIFIED("-system-", "-system-"),
		  "user nobody - - 02:00 m1 r1 b100\n", 0 },
		{ NOBODY IDENTIFIED("-remote-", "a.example"),
		  "user nobody - - 02:00 m1 r1 b100\n", 0 },
		{ NOBODY T A "Sender identification D=a.example U=alice\n",
		  "user nobody - - 02:00 m1 r1 b100\n", 0 },
		/* Twice is once. */
		{ NOBODY IDENTIFIED("alice", "a.example")
			  IDENTIFIED("alice", "a.example"),
		  "user alice a.example alice 02:00 m1 r1 b100\n", 0 },
		/* It never takes mail from one account to another. */
		{ T A "<= x@y U=alice" SENT IDENTIFIED("bob", "c.example"),
		  "user alice a.example alice 02:00 m1 r1 b100\n", 0 },
		{ IDENTIFIED("bob", "c.example") T A "<= x@y U=alice" SENT,
		  "user alice a.example alice 02:00 m1 r1 b100\n", 0 },
		/* It may say which domain, and the script stays known. */
		{ T A "<= x@y U=alice" SENT IDENTIFIED("alice", "b.example"),
		  "user alice b.example alice 02:00 m1 r1 b100\n", 0 },
		{ T "cwd=/home/alice/blog 1 args: x\n" T A
		    "<= x@y U=alice" SENT IDENTIFIED("alice", "b.example"),
		  "script /home/alice/blog b.example alice 02:00 m1 r1 b100\n",
		  0 },
		/* Nor does it touch a login. */
		{ T A
		  "<= x@y " LAPTOP
		  "P=esmtpa A=p:joe@a.example S=100 for x@far.test\n" IDENTIFIED(
			  "alice", "b.example"),
		  "mailbox joe@a.example a.example alice 02:00 m1 r1 b100\n",
		  0 },
		/* A script that speaks SMTP to this host. */
		{ LOCAL_SMTP IDENTIFIED("bob", "c.example"),
		  "user bob c.example bob 02:00 m1 r2 b100\n", 0 },
		{ IDENTIFIED("bob", "c.example") LOCAL_SMTP,
		  "user bob c.example bob 02:00 m1 r2 b100\n", 0 },
		{ LOCAL_SMTP, "", 0 },
		/* But nobody outside of it. */
		{ T A "<= joe@a.example " LAPTOP
		      "P=esmtp S=100 for x@far.test\n" IDENTIFIED("bob",
								  "c.example"),
		  "", 0 },
		/* A forward and a bounce stay what they are. */
		{ T A "<= <> R=" B
		      "U=Debian-exim" SENT IDENTIFIED("bob", "c.example"),
		  "", 0 },
		/* For a message that nobody saw come. */
		{ IDENTIFIED("alice", "a.example"), "", 0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef LOCAL_SMTP
#undef NOBODY
#undef IDENTIFIED
}

/* ---- rule 3 and what is not charged */

static void test_inbound_and_relayed(void **state)
{
#define IN(sender, id, list)                                                   \
	T A "<= " sender " " LAPTOP "P=esmtp S=100" id " for " list "\n"
	static const struct row rows[] = {
		{ IN("x@far.test", "", "joe@a.example") T A
		  "=> joe <joe@a.example> R=mailbox T=maildir\n",
		  "", 0 },
		{ IN("joe@a.example", "", "joe@a.example") T A
		  "=> joe <joe@a.example> R=mailbox T=maildir\n",
		  "", 0 },
		{ IN("x@far.test", "", "no@a.example") T A
		  "** no@a.example R=mailbox: Unrouteable address\n",
		  "", 0 },
		/* From outside to outside: the sender's domain, weakly. */
		{ IN("joe@a.example", "", "x@far.test y@far.test") LATER A
		  "=> x@far.test " OUT "\n" LATER A "-> y@far.test " OUT "\n",
		  "relay a.example a.example alice 02:00 m1 r2 b100\n"
		  "relay a.example a.example alice 04:00 d2\n",
		  0 },
		{ IN("x@elsewhere.test", "", "x@far.test") T A
		  "=> x@far.test " OUT "\n",
		  "unknown relayed-by-address - - 02:00 m1 r1 d1 b100\n", 0 },
		{ IN("<>", "", "x@far.test") T A "=> x@far.test " OUT "\n",
		  "unknown relayed-by-address - - 02:00 m1 r1 d1 b100\n", 0 },
		{ IN("joe@a.example", "", "x@far.test") T A
		  "** x@far.test " OUT ": 550 5.1.1 no such user\n",
		  "relay a.example a.example alice 02:00 m1 r1 f1 u1 b100\n",
		  0 },
		/* Its hosted recipients are no relay. */
		{ IN("joe@a.example", "", "x@far.test i@c.example") T A
		  "=> x@far.test " OUT "\n" T A
		  "=> i <i@c.example> R=mailbox T=maildir\n",
		  "relay a.example a.example alice 02:00 m1 r1 d1 b100\n", 0 },
		/* Another server of ours, a filter on this host. */
		{ IN("x@far.test", "", "joe@a.example") T A
		  "=> joe@a.example R=b T=s H=backup [203.0.113.10]\n",
		  "", 0 },
		{ IN("x@far.test", "", "x@far.test") T A
		  "=> x@far.test R=f T=s H=filter [127.0.0.1]:10025\n",
		  "", 0 },
		{ IN("x@far.test", "", "x@far.test") T A
		  "=> x@far.test R=f T=s H=filter [::1]\n",
		  "", 0 },
		/* A hosted address that passes it on. */
		{ IN("x@far.test", "", "sales@a.example") LATER A
		  "=> team@partner.test <Sales@A.example> " OUT "\n",
		  "forwarder sales@a.example a.example alice 04:00 o1\n", 0 },
		{ IN("victim@c.example", "", "sales@a.example") T A
		  "=> team@partner.test <sales@a.example> " OUT "\n",
		  "forwarder sales@a.example a.example alice 02:00 o1\n", 0 },
		{ IN("x@far.test", "", "\"a b\"@a.example") T A
		  "=> team@partner.test <\"a b\"@a.example> " OUT "\n",
		  "forwarder a.example a.example alice 02:00 o1\n", 0 },
		{ IN("x@far.test", "", "sales@a.example") T A
		  "== team@partner.test <sales@a.example> R=r T=t defer (-44)\n" T
			  A "** team@partner.test <sales@a.example> " OUT
		  ": 550\n",
		  "", 0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

/* A Sieve redirect keeps the Message-ID, an auto-reply names the message. */
static void test_forwards_by_submission(void **state)
{
#define INBOUND IN("x@far.test", " id=m1@far.test", "joe@a.example")
#define REDIRECT(id, message)                                                  \
	T id "<= x@far.test U=alice P=local S=100 id=" message " for y@z\n"
#define O "user alice a.example alice 02:00 o1\n"
#define CHARGED "user alice a.example alice 02:00 m1 r1 b100\n"
	static const struct row rows[] = {
		{ INBOUND REDIRECT(B, "m1@far.test"), O, 0 },
		{ INBOUND REDIRECT(B, "m2@far.test"), CHARGED, 0 },
		/* R= is anybody's to choose. */
		{ INBOUND T B "<= j@a.example R=" A
			      "U=alice P=local S=100 for y@z\n",
		  CHARGED, 0 },
		/* A redirect goes to one address (MG_FORWARD_RECIPIENTS). */
		{ INBOUND T B
		  "<= x@y U=alice P=local S=9 id=m1@far.test for a@b c@b\n",
		  "user alice a.example alice 02:00 m1 r2 b9\n", 0 },
		/* Only as long as it is being delivered. */
		{ INBOUND T A "Completed\n" REDIRECT(B, "m1@far.test"), CHARGED,
		  0 },
		/* Nothing that was charged explains another. */
		{ T A
		  "<= x@y U=bob P=local S=1 id=m1@far.test for x@y\n" REDIRECT(
			  B, "m1@far.test"),
		  "user bob c.example bob 02:00 m1 r1 b1\n" CHARGED, 0 },
		{ T A "<= x@y U=bob P=local S=1 for x@y\n" T B
		      "<= j@a.example R=" A "U=alice P=local S=100 for y@z\n",
		  "user bob c.example bob 02:00 m1 r1 b1\n" CHARGED, 0 },
		/* Its deliveries are nobody's. */
		{ INBOUND REDIRECT(B, "m1@far.test") T B
		  "=> y@z " OUT "\n" T B "== z@z R=r T=t defer (-44)\n",
		  O, 0 },
		/* Without a list they are counted as they are delivered. */
		{ INBOUND T B
		  "<= x@far.test U=alice P=local S=1 id=m1@far.test\n" LATER B
		  "=> y@z " OUT "\n",
		  "user alice a.example alice 02:00 o1\n", 0 },
		/* A login is never a forward. */
		{ INBOUND T B "<= x@y " LAPTOP
			      "P=esmtpa A=p:joe@a.example S=100"
			      " id=m1@far.test for y@z\n",
		  "mailbox joe@a.example a.example alice 02:00 m1 r1 b100\n",
		  0 },
		/* A reply of the MTA itself is not even that. */
		{ INBOUND T B "<= <> R=" A
			      "U=Debian-exim P=local S=1 for x@y\n",
		  "", 0 },
		/* A message without an id explains nothing. */
		{ IN("x@far.test", "", "joe@a.example") T B
		  "<= x@far.test U=alice P=local S=100 for y@z\n",
		  CHARGED, 0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

/* Without a list it shows by its deliveries that it is no redirect. */
static void test_forwards_without_list(void **state)
{
#define TO(who) T B "=> " who "@far.test " OUT "\n"
	static const struct row rows[] = {
		{ INBOUND T B
		  "<= x@far.test U=alice P=local S=9 id=m1@far.test\n" TO("a"),
		  "user alice a.example alice 02:00 o1\n", 0 },
		{ INBOUND T B
		  "<= x@far.test U=alice P=local S=9 id=m1@far.test\n" TO("a")
			  TO("b") TO("c"),
		  "user alice a.example alice 02:00 m1 r3 d2 b9\n", 0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef TO
}

static void test_forwards_are_limited(void **state)
{
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 65536);
	begin(0);
	feed(INBOUND);
	for (int i = 0; i <= MG_FORWARDS_MAX; i++) {
		char line[160];

		(void)snprintf(line, sizeof(line),
			       T "1xUxCV-00000000CZD-1gZ%d <= x@y U=alice"
				 " P=local S=100 id=m1@far.test for y@z",
			       i);
		feed(line);
	}
	show_origins(&got);
	assert_int_equal(MG_FORWARDS_MAX, 4);
	assert_string_equal(got.ptr,
			    "user alice a.example alice 02:00 m1 r1 o4 b100\n");
	mg_counter_release(&counter);
	mg_buf_release(&got);

#undef CHARGED
#undef O
#undef REDIRECT
#undef INBOUND
#undef IN
}

/* ---- lines out of order, and lines that take back */

/* A quoted pair outside quotes: Exim takes it, and logs it as it came. */
static void test_quoted_pairs(void **state)
{
#define FAKE "H=(z) [192.0.2.1]:1 P=esmtpa A=PLAIN:pat@c.example S=9"
	static const struct row rows[] = {
		/* A stranger's sender and subject charge nobody here. */
		{ T A "<= a\\\"@e.test " LAPTOP "P=esmtp S=100 id=m1@e.test"
		      " T=\"z " FAKE " Q=x\" for info@c.example\n",
		  "", 0 },
		{ T A "<= a\\\"@e.test " LAPTOP "P=esmtp S=100 id=\"x " FAKE
		      "\"@e.test for i@c.example\n",
		  "", 0 },
		/* A customer's neither free him nor charge another. */
		{ T A "<= a\\\"@e.test " LAPTOP
		      "P=esmtpa A=PLAIN:joe@a.example S=100 id=m1@e.test"
		      " T=\"z " FAKE " Q=x\" for x@y\n",
		  "mailbox joe@a.example a.example alice 02:00 m1 r1 b100\n",
		  0 },
		{ T A "<= a\\ b@a.example " LAPTOP
		      "P=esmtpa A=PLAIN:joe@a.example S=100"
		      " id=a\\\"b@x.test for x@y z\\ z@y\n",
		  "mailbox joe@a.example a.example alice 02:00 m1 r2 b100\n",
		  0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef FAKE
}

/* An alias of one's own is no way to many for the price of one. */
static void test_own_aliases(void **state)
{
#define TO(who, original) T A "=> " who " <" original "> " OUT "\n"
	static const struct row rows[] = {
		{ T A "<= x@y U=alice P=local S=1 for all@a.example\n" TO(
			  "p@far.test", "all@a.example")
			  TO("q@far.test", "all@a.example")
				  TO("r@far.test", "all@a.example"),
		  "user alice a.example alice 02:00 m1 r3 d3 b1\n", 0 },
		/* Somebody else's is that one's forward. */
		{ T A "<= x@y U=alice P=local S=1 for all@c.example\n" TO(
			  "p@far.test", "all@c.example")
			  TO("q@far.test", "all@c.example"),
		  "user alice a.example alice 02:00 m1 r1 d2 b1\n"
		  "forwarder all@c.example c.example bob 02:00 o1\n",
		  0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef TO
}

/* The arrival line was too long for Exim; who sent it is lost. */
static void test_overflowed(void **state)
{
	static const struct row rows[] = {
		{ T A "**** log string overflowed log buffer ****\n",
		  "unknown odd-line - - 02:00 m1\n", 0 },
		{ T A "**** log string overflowed log buffer ****\n" T A
		      "=> a@far.test " OUT "\n" T A "=> b@far.test " OUT "\n",
		  "unknown odd-line - - 02:00 m1 r2 d2\n", 0 },
		/* A line of a message that is known was some other one. */
		{ T A "<= x@y U=alice" SENT T A
		      "**** log string overflowed log buffer ****\n",
		  "user alice a.example alice 02:00 m1 r1 b100\n", 0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

/* A clock that ran ahead makes nobody's messages old, nor hours to come. */
static void test_lines_from_the_future(void **state)
{
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 65536);
	begin(0);
	counter.latest = 1795392000 + 86400; /* 2026-11-24 00:00:00 */
	feed(T A "<= x@y U=alice" SENT "2198-01-01 00:00:00 " B
		 "<= x@y U=alice" SENT T A "=> x@far.test " OUT "\n");
	show_origins(&got);
	assert_int_equal(counter.flights.n_forgotten, 0);
	assert_int_equal(counter.n_orphans, 0);
	assert_string_equal(got.ptr,
			    "user alice a.example alice 02:00 m1 r1 d1 b100\n"
			    "user alice a.example alice 00:00 m1 r1 b100\n");
	mg_counter_release(&counter);
	mg_buf_release(&got);
}

static void test_rescinded(void **state)
{
	static const struct row rows[] = {
		{ T A "<= x@y U=alice" SENT T A
		      "rescind the above message-accept\n",
		  "", 0 },
		{ T A "<= x@y U=alice" SENT T A
		      "rescind the above message-accept\n" T A
		      "=> x@far.test " OUT "\n",
		  "", 1 },
		{ T A "<= x@y U=alice" SENT T A
		      "rescind the above message-accept\n" T A
		      "rescind the above message-accept\n",
		  "", 0 },
		{ T A "<= x@far.test " LAPTOP "P=esmtp S=1 id=m@x for j@b\n" T B
		      "<= x@y U=alice P=local S=1 id=m@x for y@z z@z\n" T B
		      "rescind the above message-accept\n",
		  "", 0 },
		{ T A "rescind the above message-accept\n", "", 0 },
		/* Recipients that deliveries told go with it. */
		{ T A "<= x@y U=alice P=local S=1\n" T A
		      "== y@z R=r T=t defer\n" LATER A
		      "rescind the above message-accept\n",
		  "user alice a.example alice 02:00 w1\n", 0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_cut_through(void **state)
{
	static const struct row rows[] = {
		{ T A ">> x@far.test " OUT "\n" T A "<= joe@a.example " LAPTOP
		      "P=esmtpa A=p:joe@a.example S=100 for x@far.test\n" T A
		      "Completed\n",
		  "mailbox joe@a.example a.example alice 02:00 m1 r1 d1 b100\n",
		  0 },
		/* In the hour of its own line. */
		{ "2026-11-22 01:59:59 " A ">> x@y " OUT "\n" T A
		  "<= joe@a.example " LAPTOP
		  "P=esmtpa A=p:joe@a.example S=100 for x@y\n",
		  "mailbox joe@a.example a.example alice 02:00 m1 r1 b100\n"
		  "mailbox joe@a.example a.example alice 01:00 d1\n",
		  0 },
		{ T A "<= joe@a.example " LAPTOP
		      "P=esmtpa A=p:joe@a.example S=100 for x@y\n" T A
		      ">> x@y " OUT "\n",
		  "mailbox joe@a.example a.example alice 02:00 m1 r1 d1 b100\n",
		  0 },
		{ T A ">> i@c.example " OUT "\n" T A "<= x@far.test " LAPTOP
		      "P=esmtp S=1 for i@c.example\n",
		  "", 0 },
		/* Other deliveries do not come early: the arrival is lost. */
		{ T A "=> x@y " OUT "\n" T A "** x@y R=r: no\n" T A
		      "== x@y R=r defer\n",
		  "", 3 },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

/* ---- recipients and what became of them */

static void test_recipients(void **state)
{
#define NO_LIST T A "<= x@y U=alice P=local S=1\n"
#define IS(counts) "user alice a.example alice 02:00 " counts "\n"
	static const struct row rows[] = {
		{ T A "<= x@y U=alice P=local S=1 for a@b \"c d\"@e f@g\n",
		  IS("m1 r3 b1"), 0 },
		{ NO_LIST, IS("m1 b1"), 0 },
		{ NO_LIST T A "=> a@b " OUT "\n" T A "-> c@b " OUT "\n",
		  IS("m1 r2 d2 b1"), 0 },
		/* Each once: put off, put off again, delivered. */
		{ NO_LIST T A "== a@b R=r T=t defer (-44)\n" T A
			      "== a@b R=r T=t defer (-54): retry time not\n" T A
			      "=> a@b " OUT "\n",
		  IS("m1 r1 d1 w1 b1"), 0 },
		{ NO_LIST T A "** a@b " OUT ": 550 5.1.1 x\n",
		  IS("m1 r1 f1 u1 b1"), 0 },
		{ NO_LIST T A "** a@b " OUT ": 550 5.7.1 x\n",
		  IS("m1 r1 f1 b1"), 0 },
		/* By what it was before redirection. */
		{ NO_LIST T A "=> c@d <list@a.example> " OUT "\n" T A
			      "-> e@f <list@a.example> " OUT "\n",
		  IS("m1 r2 d2 b1"), 0 },
		/* In the hour of arrival; outcomes in their own. */
		{ NO_LIST LATER A "=> a@b " OUT "\n",
		  IS("m1 r1 b1") "user alice a.example alice 04:00 d1\n", 0 },
		/* A cut list is the least there was. */
		{ T A "<= x@y U=alice P=local S=1 for a@b c@<trunc>\n" T A
		      "=> a@b " OUT "\n" T A "=> c@d " OUT "\n",
		  IS("m1 r2 d2 b1"), 0 },
		{ T A "<= x@y U=alice P=local S=1 for a@b c@<trunc>\n" T A
		      "=> a@b " OUT "\n" T A "=> c@d " OUT "\n" T A
		      "=> e@f " OUT "\n",
		  IS("m1 r3 d3 b1"), 0 },
		/* A list that stops being one is cut too. */
		{ T A "<= x@y U=alice P=local S=1 for a@b \"c\n" T A
		      "=> a@b " OUT "\n" T A "=> c@d " OUT "\n",
		  IS("m1 r2 d2 b1"), 0 },
		/* A whole list is believed, whatever is delivered. */
		{ T A "<= x@y U=alice P=local S=1 for a@b\n" T A "=> c@d " OUT
		      "\n" T A "=> e@f " OUT "\n",
		  IS("m1 r1 d2 b1"), 0 },
		/* No more after the end. */
		{ NO_LIST T A "=> a@b " OUT "\n" T A "Completed\n" T A
			      "=> c@d " OUT "\n",
		  IS("m1 r1 d1 b1"), 1 },
		/* Nothing was sent. */
		{ NO_LIST T A "*> a@b R=r T=t\n" T A ":blackhole:\n" T A
			      "=> :blackhole: <a@b> R=r\n" T A
			      "=> discarded <a@b> R=r\n",
		  IS("m1 b1"), 0 },
		/* Local ones are delivered as well. */
		{ NO_LIST T A "=> joe <joe@a.example> R=mailbox T=maildir\n",
		  IS("m1 r1 d1 b1"), 0 },
		/* The same id again is another message. */
		{ T A "<= x@y U=alice P=local S=1 for a@b\n" T A
		      "<= x@y U=bob P=local S=1 for a@b\n" T A "=> a@b " OUT
		      "\n",
		  IS("m1 r1 b1") "user bob c.example bob 02:00 m1 r1 d1 b1\n",
		  0 },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef IS
}

/* Beyond MG_TRACKED_MAX each final line counts, and no deferral. */
static void test_more_recipients_than_tracked(void **state)
{
	const int n = MG_TRACKED_MAX + 5;
	char want[128];
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 65536);
	begin(0);
	feed(NO_LIST);
	for (int i = 0; i < n; i++) {
		char line[160];

		(void)snprintf(line, sizeof(line), T A "=> r%d@z " OUT, i);
		feed(line);
	}
	feed(T A "== other@z R=r T=t defer (-44)\n");
	show_origins(&got);
	(void)snprintf(want, sizeof(want),
		       "user alice a.example alice 02:00 m1 r%d d%d w1 b1\n", n,
		       n);
	assert_string_equal(got.ptr, want);
	mg_counter_release(&counter);
	mg_buf_release(&got);
#undef NO_LIST
}

/*
 * A list that may be cut is the least there was; when all of it is put off
 * first and delivered later, nobody is counted twice.
 */
static void test_long_list_that_is_whole(void **state)
{
	enum { N = 1160 }; /* as many as a line of 8 KiB can list */
	struct mg_buf got, log;
	char want[128];

	(void)state;
	mg_buf_init(&got, 65536);
	mg_buf_init(&log, 1 << 20);
	begin(0);
	mg_buf_add_str(&log, T A "<= x@y U=alice P=local S=1 for");
	for (int i = 0; i < N; i++)
		mg_buf_add_fmt(&log, " %02x@%x.z", i % 256, i / 256);
	for (int i = 0; i < N; i++)
		mg_buf_add_fmt(&log, "\n" T A "== %02x@%x.z R=r T=t defer",
			       i % 256, i / 256);
	for (int i = 0; i < N; i++)
		mg_buf_add_fmt(&log, "\n" T A "=> %02x@%x.z " OUT, i % 256,
			       i / 256);
	feed(log.ptr);
	show_origins(&got);
	(void)snprintf(want, sizeof(want),
		       "user alice a.example alice 02:00 m1 r%d d%d w%d b1\n",
		       N, N, N);
	assert_string_equal(got.ptr, want);
	mg_counter_release(&counter);
	mg_buf_release(&log);
	mg_buf_release(&got);
}

/* ---- hours and stamps */

static void test_hours(void **state)
{
	static const struct {
		int32_t offset_s;
		const char *stamp;
		const char *want; /* start of the hour, UTC */
	} rows[] = {
		{ 0, "2026-11-22 02:00:00", "02:00" },
		{ 0, "2026-11-22 02:59:59", "02:00" },
		{ 0, "2026-11-22 03:00:00", "03:00" },
		{ 0, "2026-11-22 03:00:00.999", "03:00" },
		/* 5:45 east: hours start 15 minutes after the full one. */
		{ 900, "2026-11-22 02:14:59", "01:15" },
		{ 900, "2026-11-22 02:15:00", "02:15" },
		{ 900, "2026-11-22 03:14:59", "02:15" },
		{ 900, "2026-11-22 08:00:00 +0545", "02:15" },
		{ 900, "2026-11-22 07:59:59 +0545", "01:15" },
		{ 1800, "2026-11-22 02:29:59", "01:30" },
		{ 0, "2026-11-22 02:10:00 -0500", "07:00" },
		{ 0, "1999-12-31 23:59:59", "23:00" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char line[160], want[128];
		struct mg_buf got;

		mg_buf_init(&got, 4096);
		begin(rows[i].offset_s);
		(void)snprintf(line, sizeof(line),
			       "%s " A "<= x@y U=alice P=local S=1",
			       rows[i].stamp);
		feed(line);
		show_origins(&got);
		(void)snprintf(want, sizeof(want),
			       "user alice a.example alice %s m1 b1\n",
			       rows[i].want);
		if (strcmp(got.ptr, want) != 0)
			fail_msg("%s: %s", rows[i].stamp, got.ptr);
		mg_counter_release(&counter);
		mg_buf_release(&got);
	}
}

/* The zone of the host is used where the line has none. */
static void test_zone_of_the_host(void **state)
{
	static const struct mg_tz nepal = { .first_offset = 20700,
					    .later = { .std_offset = 20700 } };
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 4096);
	mg_counter_init(&counter, &accounts, &nepal, 900, &key);
	feed("2026-11-22 08:00:00 " A "<= x@y U=alice P=local S=1\n"
	     "2026-11-22 08:00:00 +0000 " B "<= x@y U=alice P=local S=1\n"
	     "2026-11-22 08:00:01 " C "<= x@y U=alice P=local S=1\n");
	show_origins(&got);
	assert_string_equal(got.ptr,
			    "user alice a.example alice 02:15 m2 b2\n"
			    "user alice a.example alice 07:15 m1 b1\n");
	mg_counter_release(&counter);
	mg_buf_release(&got);
}

/* ---- logs in local time, through every change of the clock in a year */

#define YEAR_2026 1767225600
#define YEAR_HOURS 8760
#define DAY_S 86400
#define STEP_S 420 /* lines are further apart than they may be out of order */

static void load_zone(const char *name, struct mg_tz *tz)
{
	static char bytes[65536];
	char path[128];
	struct mg_err err;
	size_t len;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("cannot open %s: is tzdata installed?", path);
	len = fread(bytes, 1, sizeof(bytes), f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(mg_tz_parse(mg_slice_of(bytes, len), tz, &err), 0);
	assert_int_equal(setenv("TZ", name, 1), 0);
	tzset();
}

/* Counts per hour since the start of 2026 become those of the tally. */
static void check_hours(const char *name, const int64_t *want, int32_t offset_s)
{
	int64_t got[YEAR_HOURS + 2] = { 0 };

	for (size_t i = 0; i < counter.by_origin.n_cells; i++) {
		const struct mg_tally_cell *cell = &counter.by_origin.cells[i];
		const int64_t since = cell->at - YEAR_2026 + 3600 - offset_s;

		assert_int_equal(since % MG_SLOT_S, 0);
		assert_in_range(since / 3600, 0, YEAR_HOURS + 1);
		got[since / 3600] += cell->counts.n[MG_MESSAGES];
	}
	for (size_t i = 0; i < LENGTH(got); i++)
		if (got[i] != want[i])
			fail_msg("%s, hour %zu of the year: %lld, not %lld",
				 name, i, (long long)got[i],
				 (long long)want[i]);
}

/*
 * The log says what the wall clock showed; the hours of its counts must be
 * those in which the mail was sent, the hour that comes twice included.
 */
static void test_changes_of_the_clock(void **state)
{
	static const char *const zones[] = {
		"Australia/Lord_Howe", /* half an hour */
		"Antarctica/Troll",    /* two hours */
		"Africa/Casablanca",   /* back for Ramadan */
		"America/St_Johns",    "America/New_York",
		"Europe/Dublin",       "Pacific/Chatham",
	};
	static struct mg_tz tz;

	(void)state;
	for (size_t n = 0; n < 2 * LENGTH(zones); n++) {
		const char *name = zones[n / 2];
		int64_t want[YEAR_HOURS + 2] = { 0 };
		int32_t offset_s;

		load_zone(name, &tz);
		offset_s = (3600 - mg_tz_offset(&tz, YEAR_2026) % 3600) % 3600;
		mg_counter_init(&counter, &accounts, &tz, offset_s, &key);
		mg_counter_set_engine(&counter, n % 2 ? MG_ENGINE_QUICK
						      : MG_ENGINE_PLAIN);
		for (time_t t = YEAR_2026; t < YEAR_2026 + YEAR_HOURS * 3600;
		     t += STEP_S) {
			char line[128];
			struct tm tm;

			if (mg_tz_offset(&tz, t - DAY_S) ==
			    mg_tz_offset(&tz, t + DAY_S))
				continue; /* no change is near */
			assert_non_null(localtime_r(&t, &tm));
			assert_int_not_equal(
				strftime(line, sizeof(line),
					 "%Y-%m-%d %H:%M:%S " A
					 "<= x@y U=alice P=local S=1",
					 &tm),
				0);
			mg_counter_line(&counter, mg_slice_str(line));
			want[(t - YEAR_2026 + 3600 - offset_s) / 3600]++;
		}
		check_hours(name, want, offset_s);
		assert_true(counter.n_lines[MG_EXIM_ARRIVAL] > 500);
		mg_counter_release(&counter);
	}
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
}

/* Zeros are what a stamp that was never seen could be mistaken for. */
static void test_zeros_are_no_stamp(void **state)
{
	static const char zeros[19 + sizeof(" H=x")];
	static const char after[] = "2026-03-01 00:00:00.123 H=x";
	char line[sizeof(zeros)];

	(void)state;
	memcpy(line, zeros, 19);
	memcpy(line + 19, " H=x", sizeof(" H=x"));
	for (int n = 0; n < 2; n++) {
		mg_counter_init(&counter, &accounts, &utc, 0, &key);
		mg_counter_set_engine(&counter,
				      n ? MG_ENGINE_QUICK : MG_ENGINE_PLAIN);
		mg_counter_line(&counter, mg_slice_of(line, 23));
		mg_counter_line(&counter, mg_slice_str(after));
		mg_counter_line(&counter, mg_slice_of(line, 23));
		assert_int_equal(counter.n_lines[MG_EXIM_UNSTAMPED], 2);
		assert_int_equal(counter.n_lines[MG_EXIM_REJECTED], 1);
		mg_counter_release(&counter);
	}
}

/* ---- the second book, by what senders say */

static void test_sender_domains(void **state)
{
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, 4096);
	begin(0);
	feed(T A "<= joe@A.Example. U=alice P=local S=5 for a@b c@d\n" T B
		 "<= <> U=mailnull P=local S=5 for a@b\n" T C
		 "<= x@far.test " LAPTOP "P=esmtp S=7 for a@b\n" LATER A
		 "<= nodomain U=bob P=local S=1 for a@b\n" LATER B
		 "<= a@b!c U=bob P=local S=1\n");
	show_senders(&got);
	assert_string_equal(got.ptr, "a.example 02:00 m1 r2 b5\n"
				     "far.test 02:00 m1 r1 b7\n"
				     " 04:00 m2 r1 b2\n");
	mg_counter_release(&counter);
	mg_buf_release(&got);
}

static void test_what_is_not_understood_keeps_its_shape(void **state)
{
	static const struct {
		enum mg_shape_why why;
		const char *text;
		int64_t first;
	} rows[] = {
		{ MG_SHAPE_UNKNOWN, "Grommet 9 is loose", 100 },
		{ MG_SHAPE_STRANGE, "x 9", 102 },
		{ MG_SHAPE_ODD, "x <= x@x ZZ=9 S=9 for x@x", 103 },
		{ MG_SHAPE_UNKNOWN, "x <+ x@x", 105 },
	};
	static const char *const lines[] = {
		T "Grommet 17 is loose",
		T "Start queue run: pid=7",
		"x 17",
		T A "<= x@a.example ZZ=1 S=1 for a@b.test",
		T A "Completed",
		T B "<+ joe@a.example",
		T "Grommet 18 is loose",
		" indented",
		"",
	};

	(void)state;
	begin(0);
	for (size_t i = 0; i < LENGTH(lines); i++) {
		counter.line_byte = 100 + (int64_t)i;
		mg_counter_line(&counter, mg_slice_str(lines[i]));
	}
	assert_int_equal(counter.shapes.n_items, LENGTH(rows));
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_shape *s = &counter.shapes.items[i];

		assert_int_equal(s->why, rows[i].why);
		assert_true(mg_slice_is(mg_slice_of(s->text, s->len),
					mg_slice_str(rows[i].text)));
		assert_int_equal(s->first, rows[i].first);
		assert_int_equal(s->n, i == 0 ? 2 : 1);
	}
	assert_int_equal(counter.n_odd[MG_EXIM_ARRIVAL], 1);
	assert_int_equal(counter.n_lines[MG_EXIM_ARRIVAL], 1);
	mg_counter_release(&counter);
	begin(0);
	counter.dialect = MG_DIALECT_SYSLOG;
	feed("Nov 22 02:19:34 h postfix/smtpd[7]: Grommet 17 is loose\n"
	     "Nov 22 02:19:34 h sshd[7]: Grommet 17 is loose\n"
	     "Nov 22 02:19:34 h exim[7]: Grommet 17 is loose\n");
	assert_int_equal(counter.shapes.n_items, 2);
	assert_true(mg_slice_is(mg_slice_of(counter.shapes.items[0].text,
					    counter.shapes.items[0].len),
				MG_LIT("smtpd: Grommet 9 is loose")));
	mg_counter_release(&counter);
}

static void test_lines_are_counted_by_kind(void **state)
{
	(void)state;
	begin(0);
	feed(T A "<= x@y U=alice" SENT T A "=> x@y\n" T A "== x@y\n" T A
		 "** x@y\n" T A "Completed\n\nx\n y\n" T "x\n" T A "Frozen\n");
	mg_counter_overlong(&counter);
	for (int i = 0; i < MG_EXIM_KINDS; i++) {
		switch (i) {
		case MG_EXIM_RESCINDED:
		case MG_EXIM_OVERFLOWED:
		case MG_EXIM_CWD:
		case MG_EXIM_IDENTIFICATION:
		case MG_EXIM_SUPPRESSED:
		case MG_EXIM_AUTH_FAILED:
		case MG_EXIM_REJECTED:
		case MG_EXIM_CONNECTION:
		case MG_EXIM_DAEMON:
			assert_int_equal(counter.n_lines[i], 0);
			break;
		default:
			assert_int_equal(counter.n_lines[i], 1);
			break;
		}
	}
	assert_int_equal(counter.flights.n_live, 0);
	mg_counter_release(&counter);
}

/*
 * However the log is cut into sweeps, the counts are the same: the tallies are
 * settled after each line, as at the end of a chunk.
 */
static void test_chunks_make_no_difference(void **state)
{
	static const char log[] = T A
		"<= x@y U=nobody" SENT T B "<= x@y U=alice P=local S=1\n" T A
		"Sender identification U=alice D=b.example S=x@y\n" T B
		"=> p@q " OUT "\n" T A
		"rescind the above message-accept\n" LATER B "=> r@s " OUT
		"\n" LATER B "Completed\n";
	int64_t totals[MG_COUNTS] = { 0 }, whole[MG_COUNTS] = { 0 };
	struct mg_slice rest = mg_slice_str(log), line;

	(void)state;
	begin(0);
	feed(log);
	for (size_t i = 0; i < counter.by_origin.n_cells; i++)
		for (int k = 0; k < MG_COUNTS; k++)
			whole[k] += counter.by_origin.cells[i].counts.n[k];
	mg_counter_release(&counter);

	begin(0);
	while (mg_slice_cut_line(&rest, &line)) {
		mg_counter_line(&counter, line);
		for (size_t i = 0; i < counter.by_origin.n_cells; i++)
			for (int k = 0; k < MG_COUNTS; k++)
				totals[k] +=
					counter.by_origin.cells[i].counts.n[k];
		mg_tally_clear(&counter.by_origin);
		mg_flights_settle(&counter.flights);
	}
	assert_memory_equal(totals, whole, sizeof(totals));
	assert_int_equal(totals[MG_MESSAGES], 1);
	assert_int_equal(totals[MG_RECIPIENTS], 2);
	mg_counter_release(&counter);
#undef SENT
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login_is_charged),
		cmocka_unit_test(test_local_user_is_charged),
		cmocka_unit_test(test_script_of_a_local_user),
		cmocka_unit_test(test_document_roots),
		cmocka_unit_test(test_shared_user),
		cmocka_unit_test(test_callers_are_bounded),
		cmocka_unit_test(test_restored_callers_wait),
		cmocka_unit_test(test_identification),
		cmocka_unit_test(test_inbound_and_relayed),
		cmocka_unit_test(test_forwards_by_submission),
		cmocka_unit_test(test_forwards_are_limited),
		cmocka_unit_test(test_forwards_without_list),
		cmocka_unit_test(test_quoted_pairs),
		cmocka_unit_test(test_own_aliases),
		cmocka_unit_test(test_overflowed),
		cmocka_unit_test(test_lines_from_the_future),
		cmocka_unit_test(test_rescinded),
		cmocka_unit_test(test_cut_through),
		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_more_recipients_than_tracked),
		cmocka_unit_test(test_long_list_that_is_whole),
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_zone_of_the_host),
		cmocka_unit_test(test_changes_of_the_clock),
		cmocka_unit_test(test_zeros_are_no_stamp),
		cmocka_unit_test(test_sender_domains),
		cmocka_unit_test(test_what_is_not_understood_keeps_its_shape),
		cmocka_unit_test(test_lines_are_counted_by_kind),
		cmocka_unit_test(test_chunks_make_no_difference),
	};

	return cmocka_run_group_tests(tests, load_accounts, free_accounts);
}
