/* SPDX-License-Identifier: MIT */
/* Mail from outside that is sent on, and lines out of order. */
#include "count_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/count.h"

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

/* A60: a clock that ran ahead makes nobody's messages old, nor hours to come. */
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inbound_and_relayed),
		cmocka_unit_test(test_forwards_by_submission),
		cmocka_unit_test(test_forwards_are_limited),
		cmocka_unit_test(test_forwards_without_list),
		cmocka_unit_test(test_own_aliases),
		cmocka_unit_test(test_overflowed),
		cmocka_unit_test(test_lines_from_the_future),
		cmocka_unit_test(test_rescinded),
		cmocka_unit_test(test_cut_through),
	};

	return cmocka_run_group_tests(tests, load_accounts, free_accounts);
}
