/* SPDX-License-Identifier: MIT */
/* Whom an arrival is charged to. */
#include "count_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/count.h"

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
		cmocka_unit_test(test_quoted_pairs),
	};

	return cmocka_run_group_tests(tests, load_accounts, free_accounts);
}
