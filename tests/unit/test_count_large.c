/* SPDX-License-Identifier: MIT */
/* Messages to many, by what the log says of them, at once or late. */
#include "count_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/larges.h"
#include "mailguard/limits.h"

#define NINE " a@f.t b@f.t c@f.t d@f.t e@f.t f@f.t g@f.t h@f.t i@f.t"
#define JOE LAPTOP "P=esmtpsa A=plain:joe@a.example S=9 id=m@x"
#define TO(address)                                                            \
	"=> " address " R=r T=remote_smtp H=mx.far.test [203.0.113.9]\n"

/* "NAME nRECIPIENTS tTOPIC xMESSAGES", topics by the order of their coming. */
static void show(struct mg_buf *b)
{
	uint32_t topics[16] = { 0 };
	size_t n_topics = 1;

	for (size_t i = 0; i < counter.larges.n_cells; i++) {
		const struct mg_larges_cell *cell = &counter.larges.cells[i];
		size_t topic = 0;

		if (cell->large.n == 0)
			continue;
		while (topic < n_topics && topics[topic] != cell->large.topic)
			topic++;
		if (topic == n_topics)
			topics[n_topics++] = cell->large.topic;
		assert_int_equal(cell->large.at % MG_SLOT_S, 0);
		mg_buf_add_fmt(
			b, "%.*s n%u t%zu x%lld\n",
			MG_SLICE_ARG(counter.origins.items[cell->origin].name),
			cell->large.n_recipients, topic,
			(long long)cell->large.n);
	}
}

static void expect(const char *log, const char *want)
{
	for (int quick = 0; quick < 2; quick++) {
		struct mg_buf got;

		mg_buf_init(&got, 65536);
		begin(0);
		mg_counter_set_engine(&counter,
				      quick ? MG_ENGINE_QUICK : MG_ENGINE_PLAIN,
				      0);
		feed(log);
		show(&got);
		assert_string_equal(got.ptr, want);
		mg_counter_release(&counter);
		mg_buf_release(&got);
	}
}

static void test_of_a_list_on_the_line(void **state)
{
	(void)state;
	expect(T A "<= joe@a.example " JOE " for" NINE "\n", "");
	expect(T A "<= joe@a.example " JOE " for" NINE " j@f.t\n",
	       "joe@a.example n10 t0 x1\n");
	expect(T A "<= joe@a.example " JOE " T=\"Offer\" for" NINE " j@f.t\n",
	       "joe@a.example n10 t1 x1\n");
}

static void test_alike_by_subject_line_and_size(void **state)
{
	(void)state;
	expect(T A "<= j@a.example " JOE " T=\"Offer\" for" NINE " j@f.t\n" T B
		   "<= j@a.example " JOE " T=\"Offer\" for" NINE " k@f.t\n" T C
		   "<= j@a.example " JOE " T=\"offer\" for" NINE " l@f.t\n",
	       "joe@a.example n10 t1 x2\njoe@a.example n10 t2 x1\n");
	/* The line as it stands is what is alike, escapes and all. */
	expect(T A "<= j@a.example " JOE " T=\"\\\"x\\\" for\" for" NINE
		   " j@f.t\n" T B "<= j@a.example " JOE
		   " T=\"\\\"x\\\" for\" for" NINE " j@f.t\n",
	       "joe@a.example n10 t1 x2\n");
	expect(T A "<= j@a.example " JOE " T=\"x\" for" NINE " j@f.t\n" LATER B
		   "<= j@a.example " JOE " T=\"x\" for" NINE " j@f.t\n",
	       "joe@a.example n10 t1 x1\njoe@a.example n10 t1 x1\n");
}

/* It is what it is known to be by then; what it was before is gone. */
static void test_of_deliveries(void **state)
{
	(void)state;
	expect(T A "<= j@a.example " JOE " T=\"x\"\n" T A TO("a@f.t")
		       T A TO("b@f.t") T A TO("c@f.t") T A TO("d@f.t")
			       T A TO("e@f.t") T A TO("f@f.t") T A TO("g@f.t")
				       T A TO("h@f.t") T A TO("i@f.t"),
	       "");
	expect(T A "<= j@a.example " JOE " T=\"x\"\n" T A TO("a@f.t")
		       T A TO("b@f.t") T A TO("c@f.t") T A TO("d@f.t")
			       T A TO("e@f.t") T A TO("f@f.t") T A TO("g@f.t")
				       T A TO("h@f.t") T A TO("i@f.t")
					       T A TO("j@f.t")
						       LATER A TO("k@f.t"),
	       "joe@a.example n11 t1 x1\n");
}

static void test_goes_with_its_message(void **state)
{
	(void)state;
	/* The panel says whose it was. */
	expect(T A "<= x@y U=nobody P=local S=9 T=\"x\" for" NINE " j@f.t\n" T A
		   "Sender identification U=alice D=b.example S=x@b\n",
	       "alice n10 t1 x1\n");
	/* It did not happen. */
	expect(T A "<= j@a.example " JOE " for" NINE " j@f.t\n" T A
		   "rescind the above message-accept\n",
	       "");
	/* Nobody pays for mail from outside, whatever its list. */
	expect(T A "<= x@y " LAPTOP "P=esmtp S=9 T=\"x\" for" NINE " j@f.t\n",
	       "");
}

static void test_rows_are_told_apart_by_everything(void **state)
{
	struct mg_large large = {
		.at = 300, .n_recipients = 10, .topic = 1, .n = 1
	};
	struct mg_larges l = { 0 };

	(void)state;
	mg_larges_release(&l);
	for (int turn = 0; turn < 2; turn++) {
		mg_larges_add(&l, 0, &large);
		mg_larges_add(&l, 1, &large);
		large.at = 600;
		mg_larges_add(&l, 0, &large);
		large.at = 300;
		large.n_recipients = 11;
		mg_larges_add(&l, 0, &large);
		large.n_recipients = 10;
		large.topic = 2;
		mg_larges_add(&l, 0, &large);
		large.topic = 1;
	}
	assert_int_equal(l.n_cells, 5);
	for (size_t i = 0; i < l.n_cells; i++)
		assert_int_equal(l.cells[i].large.n, 2);
	mg_larges_clear(&l);
	assert_int_equal(l.n_cells, 0);
	mg_larges_add(&l, 0, &large);
	assert_int_equal(l.cells[0].large.n, 1);
	mg_larges_release(&l);
	mg_larges_release(&l);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_a_list_on_the_line),
		cmocka_unit_test(test_alike_by_subject_line_and_size),
		cmocka_unit_test(test_of_deliveries),
		cmocka_unit_test(test_goes_with_its_message),
		cmocka_unit_test(test_rows_are_told_apart_by_everything),
	};

	return cmocka_run_group_tests(tests, load_accounts, free_accounts);
}
