/* SPDX-License-Identifier: MIT */
#include "leave.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/ask.h"

#define OUT_FD 1 /* where a worker's bytes go */

/* Records; the sanitizer cannot map memory in a jail. */
#ifdef SHORT_WAY_OUT
#define MANY 10
#else
#define MANY 100000 /* more than a pipe holds */
#endif

static const struct mg_jail jail = { MG_PRIV_UID, MG_PRIV_UID };

/* Says it, and ends, where the sanitizer lets nobody else do that. */
static void end(const struct mg_buf *answer)
{
#ifdef SHORT_WAY_OUT
	(void)!write(OUT_FD, answer->ptr, answer->len);
#endif
	(void)answer;
	(void)leave(0);
}

/* So many numbers. */
static void count(const void *arg, struct mg_buf *answer)
{
	const uint32_t *n = arg;

	for (uint32_t i = 0; i < *n; i++)
		mg_buf_add(answer, mg_slice_of((const char *)&i, sizeof(i)));
	end(answer);
}

static void say_half(const void *arg, struct mg_buf *answer)
{
	(void)arg;
	mg_buf_add_str(answer, "12345");
	end(answer);
}

/* What the jail does not let anybody ask. */
static void ask_for_more(const void *arg, struct mg_buf *answer)
{
	(void)arg;
	mg_buf_add_char(answer, (char)syscall(SYS_getppid));
	mg_buf_add_str(answer, "123");
}

static int ask(mg_ask_fn fn, uint32_t n, struct mg_buf *answer,
	       struct mg_err *err)
{
	const struct mg_question q = { fn, &n, sizeof(uint32_t) };

	return mg_ask(&q, &jail, answer, err);
}

static void test_records_come_as_they_were_said(void **state)
{
	const uint32_t n = MANY;
	struct mg_buf answer;
	struct mg_err err;
	uint32_t last;

	(void)state;
	mg_buf_init(&answer, n * sizeof(n));
	assert_int_equal(ask(count, n, &answer, &err), 0);
	assert_int_equal(answer.len, n * sizeof(n));
	memcpy(&last, answer.ptr + answer.len - sizeof(n), sizeof(n));
	assert_int_equal(last, n - 1);
	/* None are an answer, too, and what was there is gone. */
	assert_int_equal(ask(count, 0, &answer, &err), 0);
	assert_int_equal(answer.len, 0);
	mg_buf_release(&answer);
}

static void test_too_long_an_answer(void **state)
{
	struct mg_buf answer;
	struct mg_err err;

	(void)state;
	mg_buf_init(&answer, 40);
	assert_int_equal(ask(count, 10, &answer, &err), 0);
	assert_int_equal(ask(count, 11, &answer, &err), -MG_ELIMIT);
	assert_int_equal(ask(count, 100, &answer, &err), -MG_ELIMIT);
	mg_buf_release(&answer);
}

static void test_part_of_a_record(void **state)
{
	struct mg_buf answer;
	struct mg_err err;

	(void)state;
	mg_buf_init(&answer, 40);
	assert_int_equal(ask(say_half, 0, &answer, &err), -MG_EPARSE);
	mg_buf_release(&answer);
}

static void test_it_is_read_in_the_jail(void **state)
{
	struct mg_buf answer;
	struct mg_err err;

	(void)state;
	mg_buf_init(&answer, 40);
	assert_int_equal(ask(ask_for_more, 0, &answer, &err), -MG_EIO);
	assert_string_equal(err.text,
			    "the child process was ended by signal 31 (SYS)");
	mg_buf_release(&answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_come_as_they_were_said),
		cmocka_unit_test(test_too_long_an_answer),
		cmocka_unit_test(test_part_of_a_record),
		cmocka_unit_test(test_it_is_read_in_the_jail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
