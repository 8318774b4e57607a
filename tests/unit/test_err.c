/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/err.h"

#define LONGEST (MG_ERR_TEXT_MAX - 1) /* bytes of text */

static char filler[2 * MG_ERR_TEXT_MAX]; /* "xxx...", as long as is asked */

static const char *x(size_t len)
{
	memset(filler, 'x', sizeof(filler));
	filler[len] = '\0';
	return filler;
}

static void test_fail(void **state)
{
	static const enum mg_status rows[] = { MG_EFOUND, MG_EUSAGE, MG_ECONF,
					       MG_EIO,    MG_EPARSE, MG_ELIMIT,
					       MG_EBUSY };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_err err = { 0 };

		assert_int_equal(mg_fail(&err, rows[i], "no '%s' in %d", "a",
					 (int)i),
				 -(int)rows[i]);
		assert_int_equal(err.code, rows[i]);
		assert_memory_equal(err.text, "no 'a' in ", 10);
		assert_int_equal(mg_fail(NULL, rows[i], "x"), -(int)rows[i]);
	}
}

/* They are the exit statuses that the manual promises. */
static void test_codes_stay(void **state)
{
	(void)state;
	assert_int_equal(MG_OK, 0);
	assert_int_equal(MG_EFOUND, 1);
	assert_int_equal(MG_EUSAGE, 2);
	assert_int_equal(MG_ECONF, 3);
	assert_int_equal(MG_EIO, 4);
	assert_int_equal(MG_EPARSE, 5);
	assert_int_equal(MG_ELIMIT, 6);
	assert_int_equal(MG_EBUSY, 7);
}

static void test_long_text_is_cut(void **state)
{
	static const struct {
		size_t len, want;
	} rows[] = {
		{ 0, 0 },
		{ 1, 1 },
		{ LONGEST, LONGEST },
		{ LONGEST + 1, LONGEST },
		{ 2 * MG_ERR_TEXT_MAX - 1, LONGEST },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_err err = { 0 };

		(void)mg_fail(&err, MG_EIO, "%s", x(rows[i].len));
		assert_int_equal(strlen(err.text), rows[i].want);
		assert_int_equal(strspn(err.text, "x"), rows[i].want);
	}
}

static void test_text_may_quote_itself(void **state)
{
	struct mg_err err = { .text = "inner" };

	(void)state;
	(void)mg_fail(&err, MG_EIO, "outer: %s", err.text);
	assert_string_equal(err.text, "outer: inner");
	errno = ENOENT;
	(void)mg_fail_errno(&err, "again: %s", err.text);
	assert_string_equal(err.text,
			    "again: outer: inner: no such file or directory");
}

static void test_fail_errno(void **state)
{
	static const struct {
		int number;
		const char *want;
	} rows[] = {
		{ ENOENT, "cannot open 'a': no such file or directory" },
		{ EACCES, "cannot open 'a': permission denied" },
		{ ELOOP, "cannot open 'a': too many levels of symbolic links" },
		{ EIO, "cannot open 'a': input/output error" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_err err = { 0 };

		errno = rows[i].number;
		assert_int_equal(mg_fail_errno(&err, "cannot open '%s'", "a"),
				 -MG_EIO);
		assert_int_equal(err.code, MG_EIO);
		assert_string_equal(err.text, rows[i].want);
		errno = rows[i].number;
		assert_int_equal(mg_fail_errno(NULL, "x"), -MG_EIO);
	}
}

/* Whatever still fits of ": no such file or directory". */
static void test_errno_text_is_cut(void **state)
{
	(void)state;
	for (size_t len = LONGEST - 40; len <= LONGEST + 1; len++) {
		static const char tail[] = ": no such file or directory";
		const size_t kept = len < LONGEST ? len : LONGEST;
		const size_t room = LONGEST - kept;
		struct mg_err err = { 0 };

		errno = ENOENT;
		assert_int_equal(mg_fail_errno(&err, "%s", x(len)), -MG_EIO);
		assert_int_equal(strspn(err.text, "x"), kept);
		assert_int_equal(strlen(err.text + kept),
				 room < strlen(tail) ? room : strlen(tail));
		assert_memory_equal(err.text + kept, tail,
				    strlen(err.text + kept));
	}
}

static void test_prefix(void **state)
{
	struct mg_err err;

	(void)state;
	(void)mg_fail(&err, MG_EPARSE, "no domain");
	mg_err_prefix(&err, "'%s':%u", "/etc/userdomains", 7U);
	assert_int_equal(err.code, MG_EPARSE);
	assert_string_equal(err.text, "'/etc/userdomains':7: no domain");
	mg_err_prefix(&err, "%s", err.text);
	assert_string_equal(err.text, "'/etc/userdomains':7: no domain: "
				      "'/etc/userdomains':7: no domain");
	mg_err_prefix(NULL, "x");
}

/* Text goes only where there is no room for it: errno stands at its end. */
static void test_prefixed_text_is_cut_at_the_limit(void **state)
{
	static const struct {
		size_t prefix, text, want_prefix, want_text;
	} rows[] = {
		{ 1, 1, 1, 1 },
		{ 1, LONGEST - 3, 1, LONGEST - 3 },
		{ 1, LONGEST - 2, 1, LONGEST - 3 },
		{ 1, LONGEST, 1, LONGEST - 3 },
		{ 100, LONGEST - 102, 100, LONGEST - 102 },
		{ 100, LONGEST - 101, 100, LONGEST - 102 },
		{ 255, LONGEST - 257, 255, LONGEST - 257 },
		{ 255, LONGEST, 255, LONGEST - 257 },
		/* Half of the room is the text's. */
		{ 256, LONGEST, 255, LONGEST - 257 },
		{ 1000, LONGEST, 255, LONGEST - 257 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_err err = { 0 };
		const char *text = err.text;

		(void)mg_fail(&err, MG_EIO, "%s", x(rows[i].text));
		memset(err.text, 'y', rows[i].text);
		mg_err_prefix(&err, "%s", x(rows[i].prefix));
		assert_int_equal(strspn(text, "x"), rows[i].want_prefix);
		text += rows[i].want_prefix;
		assert_memory_equal(text, ": ", 2);
		assert_int_equal(strspn(text + 2, "y"), rows[i].want_text);
		assert_int_equal(strlen(text + 2), rows[i].want_text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_codes_stay),
		cmocka_unit_test(test_long_text_is_cut),
		cmocka_unit_test(test_text_may_quote_itself),
		cmocka_unit_test(test_fail_errno),
		cmocka_unit_test(test_errno_text_is_cut),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_prefixed_text_is_cut_at_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
