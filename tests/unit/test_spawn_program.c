/* SPDX-License-Identifier: MIT */
/* Programs that are run to their end: what they get, say and become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/mem.h"
#include "mailguard/spawn.h"

#define SAID_MAX 256
#define MUCH (4U << 20) /* bytes; more than a pipe holds */

struct said {
	struct mg_buf out, errors;
	int status;
};

static struct mg_err err;

static int run(const char *script, struct mg_slice input, int64_t seconds,
	       struct said *said)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct mg_program p = {
		.path = "/bin/sh",
		.argv = argv,
		.input = input,
		.seconds = seconds,
		.out = &said->out,
		.errors = &said->errors,
	};

	mg_buf_init(&said->out, SAID_MAX);
	mg_buf_init(&said->errors, SAID_MAX);
	return mg_program_run(&p, &said->status, &err);
}

static void forget(struct said *said)
{
	mg_buf_release(&said->out);
	mg_buf_release(&said->errors);
}

static void test_what_it_gets_and_says(void **state)
{
	static const struct {
		const char *script, *input, *out, *errors;
		int status;
	} rows[] = {
		{ "cat; echo bad >&2; exit 3", "some", "some", "bad\n", 3 },
		{ "cat", "", "", "", 0 },
		{ "exec /nonexistent 2>/dev/null", "", "", "", 127 },
		/* All of it is there at once, whoever ends meanwhile. */
		{ "stat -Lc '%F %s' /dev/fd/0", "some", "regular file 4\n", "",
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct said said;

		assert_int_equal(run(rows[i].script,
				     mg_slice_str(rows[i].input), 10, &said),
				 0);
		assert_int_equal(said.status, rows[i].status);
		assert_string_equal(said.out.ptr, rows[i].out);
		assert_string_equal(said.errors.ptr, rows[i].errors);
		forget(&said);
	}
}

static void test_much_that_nobody_reads(void **state)
{
	char *much = mg_mem_zalloc(MUCH, 1);
	struct said said;

	(void)state;
	memset(much, 'x', MUCH);
	assert_int_equal(run("exit 0", mg_slice_of(much, MUCH), 10, &said), 0);
	assert_int_equal(said.status, 0);
	forget(&said);
	assert_int_equal(run("wc -c; yes | head -c 1000000",
			     mg_slice_of(much, MUCH), 10, &said),
			 0);
	assert_int_equal(said.status, 0);
	assert_true(said.out.truncated);
	forget(&said);
	mg_mem_free(much);
}

static void test_one_that_is_ended(void **state)
{
	static const struct {
		const char *script, *part;
	} rows[] = {
		{ "kill -9 $$", "signal 9 (KILL)" },
		{ "sleep 60", "more than 1 s" },
		{ "exec >&- 2>&-; sleep 60", "more than 1 s" },
		{ "sleep 60 & exit 0", "more than 1 s" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct said said;

		assert_int_equal(run(rows[i].script, MG_LIT(""), 1, &said),
				 -MG_EIO);
		assert_non_null(strstr(err.text, rows[i].part));
		forget(&said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_it_gets_and_says),
		cmocka_unit_test(test_much_that_nobody_reads),
		cmocka_unit_test(test_one_that_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
