/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/count.h"
#include "mailguard/scan.h"

#define ENDS_MAX (4 * MG_LINE_MAX)

static void init(struct mg_counter *c, enum mg_dialect dialect,
		 enum mg_engine engine)
{
	static const struct mg_hash_key key = { 1, 2 };
	static struct mg_accounts nobody;
	static struct mg_tz utc;

	nobody.key = key;
	mg_counter_init(c, &nobody, &utc, 0, &key);
	mg_counter_set_engine(c, engine, INT64_MAX);
	c->dialect = dialect;
	c->latest = 1795392000;
}

static void count_block(struct mg_counter *c, struct mg_slice log)
{
	static uint32_t ends[ENDS_MAX + 64];
	struct mg_lines lines = { .bytes = log.ptr, .ends = ends, .byte = 100 };

	assert_true(log.len <= ENDS_MAX);
	lines.n = mg_scan_newlines(MG_SCAN_PLAIN, log, ends);
	mg_counter_lines(c, &lines);
}

static void test_overlong_lines_are_not_looked_at(void **state)
{
	static const struct mg_slice start =
		MG_LIT_INIT("2026-03-01 00:00:00 Start queue run: pid=1\n");

	(void)state;
	for (int engine = 0; engine < 2; engine++) {
		struct mg_counter c;
		struct mg_buf log;

		init(&c, MG_DIALECT_EXIM,
		     engine ? MG_ENGINE_QUICK : MG_ENGINE_PLAIN);
		mg_buf_init(&log, ENDS_MAX);
		mg_buf_add(&log, start);
		for (int more = 0; more < 2; more++) {
			for (int i = 0; i < MG_LINE_MAX + more; i++)
				mg_buf_add_char(&log, 'x');
			mg_buf_add_char(&log, '\n');
		}
		mg_buf_add(&log, start);
		count_block(&c, mg_buf_slice(&log));
		assert_int_equal(c.n_lines[MG_EXIM_DAEMON], 2);
		assert_int_equal(c.n_lines[MG_EXIM_UNSTAMPED], 1);
		assert_int_equal(c.n_lines[MG_EXIM_OVERLONG], 1);
		assert_int_equal(c.line_byte,
				 100 + (int64_t)(log.len - start.len));
		mg_buf_release(&log);
		mg_counter_release(&c);
	}
}

/*
 * Hosts h1 to h4 take all places of their tag. The tag of the last block's first
 * line takes that of h1, after a line of h1 was read.
 */
static void test_what_was_learned_since_makes_a_reading_void(void **state)
{
	static const char *const blocks[] = {
		"Mar  1 00:00:00 h1 postfix/smtpd[1]: connect from a[192.0.2.1]\n",
		"Mar  1 00:00:00 h2 postfix/smtpd[1]: connect from a[192.0.2.1]\n",
		"Mar  1 00:00:00 h3 postfix/smtpd[1]: connect from a[192.0.2.1]\n",
		"Mar  1 00:00:00 h4 postfix/smtpd[1]: connect from a[192.0.2.1]\n",
		("Mar  1 00:00:00 h5 foobaix/smtpd[1]: connect from a[192.0.2.1]\n"
		 "Mar  1 00:00:00 h1 postfix/smtpd[1]: connect from a[192.0.2.1]\n"),
	};
	struct mg_counter c;

	(void)state;
	init(&c, MG_DIALECT_SYSLOG, MG_ENGINE_QUICK);
	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++)
		count_block(&c, mg_slice_str(blocks[i]));
	assert_int_equal(c.n_lines[MG_EXIM_KINDS + MG_POSTFIX_CONNECTION], 5);
	assert_int_equal(c.n_lines[MG_EXIM_KINDS + MG_POSTFIX_FOREIGN], 1);
	mg_counter_release(&c);
}

/* Lines of one hour, of each class, and what only looks like one. */
static const char *const in_hour[] = {
	"<= a@a.test H=mx [192.0.2.1] P=esmtp S=9 id=x@a.test for b@a.example",
	"<= a@a.test H=mx [192.0.2.1] P=esmtpa A=plain:a@a.test S=9 for b@c.d",
	"=> b@a.example R=virtual T=dovecot",
	"=> b <b@c.d> R=dnslookup T=smtp H=mx [192.0.2.2]",
	"-> b@c.d R=dnslookup T=smtp H=mx [192.0.2.2]",
	"=>b",
	"** b@c.d R=r T=t: no such user",
	"Completed",
	"Completed QT=3s",
	"Completedly",
	"Complete",
	"Sender identification U=alice D=a.test S=a@a.test",
	"Sender",
	"",
};

static const char *const plain_in_hour[] = {
	"cwd=/home/alice 3 args: /usr/sbin/exim -t",
	"cwd=/var/spool/exim 3 args: /usr/sbin/exim -Mc",
	"cwd= 3 args",
	"SMTP connection from [192.0.2.1]:25 closed",
	"SMTP command timeout on connection from [192.0.2.1]",
	"Start queue run: pid=1",
	"H=x [192.0.2.1] rejected RCPT",
	"login authenticator failed for x [192.0.2.1]: 535",
	"1xUzR1-0003rl-0M",
	"x",
};

static unsigned pick(unsigned *seed, size_t n)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % (unsigned)n;
}

static void add_line(struct mg_buf *log, unsigned *seed, bool is_odd)
{
	static const char *const ids[] = { "1xUzR1-0003rl-0M",
					   "1xUzR1-00000003rl0-0M2x",
					   "1xUzR2-0003rl-0M" };
	const unsigned second = pick(seed, 60);

	mg_buf_add_fmt(log, "2026-03-01 %02u:00:%02u ", is_odd ? 1U : 0U,
		       second);
	if (pick(seed, 3))
		mg_buf_add_fmt(log, "%s %s\n", ids[pick(seed, 3)],
			       in_hour[pick(seed, sizeof(in_hour) /
							  sizeof(*in_hour))]);
	else
		mg_buf_add_fmt(log, "%s\n",
			       plain_in_hour[pick(
				       seed, sizeof(plain_in_hour) /
						     sizeof(*plain_in_hour))]);
}

static void assert_same(const struct mg_counter *a, const struct mg_counter *b)
{
	assert_memory_equal(a->n_lines, b->n_lines, sizeof(a->n_lines));
	assert_memory_equal(a->n_odd, b->n_odd, sizeof(a->n_odd));
	assert_int_equal(a->last_at, b->last_at);
	assert_int_equal(a->line_at, b->line_at);
	assert_int_equal(a->n_orphans, b->n_orphans);
	assert_int_equal(a->flights.n_live, b->flights.n_live);
	assert_int_equal(a->flights.next_seq, b->flights.next_seq);
	assert_int_equal(a->by_sender.n_cells, b->by_sender.n_cells);
	assert_int_equal(a->by_origin.n_cells, b->by_origin.n_cells);
}

static void test_a_batch_counts_as_its_lines_do(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		struct mg_counter plain, quick;
		struct mg_buf log;

		init(&plain, MG_DIALECT_EXIM, MG_ENGINE_PLAIN);
		init(&quick, MG_DIALECT_EXIM, MG_ENGINE_QUICK);
		mg_buf_init(&log, ENDS_MAX);
		/* Every other log has another hour now and then. */
		for (unsigned i = 0; i < 200; i++)
			add_line(&log, &seed,
				 round % 2 && pick(&seed, 70) == 0);
		count_block(&plain, mg_buf_slice(&log));
		count_block(&quick, mg_buf_slice(&log));
		assert_same(&plain, &quick);
		mg_buf_release(&log);
		mg_counter_release(&quick);
		mg_counter_release(&plain);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overlong_lines_are_not_looked_at),
		cmocka_unit_test(
			test_what_was_learned_since_makes_a_reading_void),
		cmocka_unit_test(test_a_batch_counts_as_its_lines_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
