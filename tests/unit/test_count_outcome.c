/* SPDX-License-Identifier: MIT */
/* How many recipients a message has, and what became of them. */
#include "count_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/count.h"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_more_recipients_than_tracked),
		cmocka_unit_test(test_long_list_that_is_whole),
	};

	return cmocka_run_group_tests(tests, load_accounts, free_accounts);
}
