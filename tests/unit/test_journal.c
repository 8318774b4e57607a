/* SPDX-License-Identifier: MIT */
/*
 * Exports as text. What comes of an entry is written as
 *
 *     [!][+] AT_US UID PID IDENTIFIER|TEXT      ! malformed, + overlong
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/journal.h"
#include "mailguard/limits.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define ID "5c212859bfe0428cb201025a3bb7bef9"
#define CURSOR "__CURSOR=s=" ID ";i=1f;b=x;m=0;t=660d41bae3980;x=1a\n"
#define AT "__REALTIME_TIMESTAMP=1795313974000001\n"
#define FRONT CURSOR AT
#define UID "_UID=106\n"
#define TAG "SYSLOG_IDENTIFIER=postfix/smtpd\n"
#define GOOD FRONT TAG "MESSAGE=hello\n" UID "_PID=7\n\n"
#define SEEN "1795313974000001 106 7 postfix/smtpd|hello\n"

/* Text with zero bytes in it. */
/* clang-format off */
#define BYTES(s) { s, sizeof(s) - 1 }
/* clang-format on */

struct row {
	struct mg_slice stream;
	const char *want;
};

static void show(const struct mg_journal_line *l, struct mg_buf *b)
{
	mg_buf_add_str(b, l->is_malformed ? "!" : "");
	mg_buf_add_str(b, l->is_overlong ? "+" : "");
	mg_buf_add_fmt(b, "%lld %u %u ", (long long)l->place.at_us, l->uid,
		       l->pid);
	mg_buf_add_printable(b, l->identifier);
	mg_buf_add_char(b, '|');
	mg_buf_add_printable(b, l->text);
	mg_buf_add_char(b, '\n');
}

/* The stream in pieces of n bytes. */
static void read_all(struct mg_slice stream, size_t n, struct mg_buf *out)
{
	struct mg_journal *j = mg_journal_new();

	mg_buf_init(out, 1 << 20);
	while (stream.len) {
		struct mg_slice piece = mg_slice_of(
			stream.ptr, n < stream.len ? n : stream.len);

		stream = mg_slice_from(stream, piece.len);
		while (mg_journal_next(j, &piece))
			show(mg_journal_line(j), out);
		assert_int_equal(piece.len, 0);
	}
	mg_journal_free(j);
}

static void check(const struct row *rows, size_t n_rows)
{
	for (size_t i = 0; i < n_rows; i++) {
		const size_t sizes[] = { 1, 2, 3, 7, 100, 1 << 20 };

		for (size_t k = 0; k < LENGTH(sizes); k++) {
			struct mg_buf got;

			read_all(rows[i].stream, sizes[k], &got);
			if (strcmp(got.ptr, rows[i].want) != 0)
				fail_msg("row %zu by %zu:\n%s\nis not\n%s", i,
					 sizes[k], got.ptr, rows[i].want);
			mg_buf_release(&got);
		}
	}
}

static void test_entries(void **state)
{
	static const struct row rows[] = {
		{ BYTES(GOOD), SEEN },
		{ BYTES(GOOD GOOD), SEEN SEEN },
		{ BYTES("\n\n" GOOD "\n\n\n" GOOD "\n"), SEEN SEEN },
		{ BYTES(""), "" },
		{ BYTES("\n"), "" },
		/* A part of one is none yet. */
		{ BYTES(FRONT TAG "MESSAGE=hello\n" UID "_PID=7\n"), "" },
		{ BYTES(GOOD FRONT TAG "MESSAGE=hel"), SEEN },
		/* In any order, among others; also empty ones. */
		{ BYTES("Y=\nMESSAGE=hello\n_PID=7\nMESSAGES=x\n_MESSAGE=y\n" UID
				TAG AT CURSOR "\n"),
		  SEEN },
		{ BYTES(FRONT "MESSAGE=\n" UID "\n"),
		  "1795313974000001 106 0 |\n" },
		{ BYTES(FRONT "MESSAGE=a=b=\n\n"),
		  "1795313974000001 0 0 |a=b=\n" },
		{ BYTES("MESSAGE=x\n\n"), "0 0 0 |x\n" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_values_with_a_length(void **state)
{
	static const struct row rows[] = {
		{ BYTES(FRONT TAG "MESSAGE\n\5\0\0\0\0\0\0\0hello\n" UID
				  "_PID=7\n\n"),
		  SEEN },
		{ BYTES("X\n\0\0\0\0\0\0\0\0\n" GOOD), SEEN },
		/* What looks like fields and entries inside of one is none. */
		{ BYTES("X\n\x0e\0\0\0\0\0\0\0\n\n_UID=0\nA=b\n\n\n" GOOD),
		  SEEN },
		{ BYTES(FRONT "MESSAGE\n\x09\0\0\0\0\0\0\0one\n_UID=\n" UID
			      "\n"),
		  "1795313974000001 106 0 |one\n" },
		{ BYTES(FRONT "MESSAGE\n\3\0\0\0\0\0\0\0a\0b\n\n"),
		  "1795313974000001 0 0 |a\\x00b\n" },
		{ BYTES(FRONT "_UID\n\3\0\0\0\0\0\0\0"
			      "106\n\n"),
		  "1795313974000001 106 0 |\n" },
		/* No newline behind it. */
		{ BYTES("X\n\1\0\0\0\0\0\0\0ab\nMESSAGE=x\n\n" GOOD),
		  "!0 0 0 |x\n" SEEN },
		/* A length that is none takes no more than its line. */
		{ BYTES("X\n\0\0\0\0\0\0\0\x80zz\nMESSAGE=x\n\n" GOOD),
		  "!0 0 0 |x\n" SEEN },
		{ BYTES("X\n\1\0\0\x30\0\0\0\0zz\n\n" GOOD),
		  "!0 0 0 |\n" SEEN },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

#define NAME64                                                                 \
	"A23456789012345678901234567890123456789012345678901234567890WXYZ"

static void test_malformed_entries(void **state)
{
	static const struct row rows[] = {
		{ BYTES("=x\n\n" GOOD), "!0 0 0 |\n" SEEN },
		{ BYTES("a b\n\n" GOOD), "!0 0 0 |\n" SEEN },
		{ BYTES("lower=1\nMESSAGE=x\n\n" GOOD), "!0 0 0 |x\n" SEEN },
		{ BYTES("\0\0\0\n\n" GOOD), "!0 0 0 |\n" SEEN },
		{ BYTES(NAME64 "=1\nMESSAGE=x\n\n"), "0 0 0 |x\n" },
		{ BYTES(NAME64 "A=1\nMESSAGE=x\n\n"), "!0 0 0 |x\n" },
		{ BYTES(NAME64 "A\nMESSAGE=x\n\n"), "!0 0 0 |x\n" },
		/* Which of two is meant nobody knows. */
		{ BYTES(UID "_UID=0\n\n"), "!0 106 0 |\n" },
		{ BYTES("MESSAGE=a\nMESSAGE=b\n\n"), "!0 0 0 |a\n" },
		{ BYTES(TAG TAG "\n"), "!0 0 0 postfix/smtpd|\n" },
		{ BYTES(CURSOR CURSOR "\n"), "!0 0 0 |\n" },
		{ BYTES("X=1\nX=2\nMESSAGE=a\n\n"), "0 0 0 |a\n" },
		/* Values of another shape. */
		{ BYTES("_UID=-1\n\n"), "!0 0 0 |\n" },
		{ BYTES("_UID=4294967296\n\n"), "!0 0 0 |\n" },
		{ BYTES("_UID=4294967295\n\n"), "0 4294967295 0 |\n" },
		{ BYTES("_UID=\n\n"), "!0 0 0 |\n" },
		{ BYTES("_UID= 0\n\n"), "!0 0 0 |\n" },
		{ BYTES("__REALTIME_TIMESTAMP=1e9\n\n"), "!0 0 0 |\n" },
		{ BYTES("__REALTIME_TIMESTAMP=9223372036854775808\n\n"),
		  "!0 0 0 |\n" },
		{ BYTES("__CURSOR=\n\n"), "!0 0 0 |\n" },
		{ BYTES("__CURSOR=i=1;s=" ID "\n\n"), "0 0 0 |\n" },
		{ BYTES("__CURSOR=s=" ID "\n\n"), "!0 0 0 |\n" },
		{ BYTES("__CURSOR=s=" ID "0;i=1\n\n"), "!0 0 0 |\n" },
		{ BYTES("__CURSOR=s=" ID ";i=1;i=2\n\n"), "!0 0 0 |\n" },
		{ BYTES("__CURSOR=s=" ID ";i=\n\n"), "!0 0 0 |\n" },
		{ BYTES("__CURSOR=s=" ID ";i=1G\n\n"), "!0 0 0 |\n" },
		{ BYTES("__CURSOR=s=" ID ";i=1234567890abcde\n\n"),
		  "0 0 0 |\n" },
		{ BYTES("__CURSOR=s=" ID ";i=1234567890abcdef\n\n"),
		  "!0 0 0 |\n" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_place(void **state)
{
	struct mg_journal *j = mg_journal_new();
	struct mg_slice rest = mg_slice_str(GOOD);
	const struct mg_journal_line *l = mg_journal_line(j);

	(void)state;
	assert_int_equal(mg_journal_next(j, &rest), 1);
	assert_int_equal(l->place.seqnum, 0x1f);
	assert_int_equal(l->place.id[0], 0x5c);
	assert_int_equal(l->place.id[15], 0xf9);
	assert_int_equal(l->has, 1U << MG_JOURNAL_CURSOR | 1U << MG_JOURNAL_AT |
					 1U << MG_JOURNAL_UID |
					 1U << MG_JOURNAL_PID |
					 1U << MG_JOURNAL_IDENTIFIER |
					 1U << MG_JOURNAL_MESSAGE);
	mg_journal_free(j);
	mg_journal_free(NULL);
}

/* At the limit, one over; of the text and of another value. */
static void test_limits(void **state)
{
	static const struct {
		const char *name;
		size_t len;
		bool is_overlong, is_malformed;
	} rows[] = {
		{ "MESSAGE=", MG_LINE_MAX, false, false },
		{ "MESSAGE=", MG_LINE_MAX + 1, true, false },
		{ "MESSAGE=", 3 * MG_LINE_MAX, true, false },
		{ "SYSLOG_IDENTIFIER=", 320, false, false },
		{ "SYSLOG_IDENTIFIER=", 321, false, true },
		{ "_UID=", 2 * MG_LINE_MAX, false, true },
		{ "OTHER=", 2 * MG_LINE_MAX, false, false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_journal *j = mg_journal_new();
		const struct mg_journal_line *l = mg_journal_line(j);
		struct mg_slice rest;
		struct mg_buf b;

		mg_buf_init(&b, 1 << 20);
		mg_buf_add_str(&b, rows[i].name);
		mg_buf_add_fill(&b, 'x', rows[i].len);
		mg_buf_add_str(&b, "\n\n" GOOD);
		rest = mg_buf_slice(&b);
		assert_int_equal(mg_journal_next(j, &rest), 1);
		assert_int_equal(l->is_overlong, rows[i].is_overlong);
		assert_int_equal(l->is_malformed, rows[i].is_malformed);
		assert_int_equal(mg_journal_next(j, &rest), 1);
		assert_false(l->is_overlong || l->is_malformed);
		assert_int_equal(rest.len, 0);
		mg_buf_release(&b);
		mg_journal_free(j);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_values_with_a_length),
		cmocka_unit_test(test_malformed_entries),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_limits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
