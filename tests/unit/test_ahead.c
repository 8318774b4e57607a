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
	mg_counter_set_engine(c, engine);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overlong_lines_are_not_looked_at),
		cmocka_unit_test(
			test_what_was_learned_since_makes_a_reading_void),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
