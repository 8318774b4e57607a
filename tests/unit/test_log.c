/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/log.h"

#define CUT (MG_LOG_LINE_MAX - 1)        /* bytes of the longest message */
#define PACKET_MAX (8 * MG_LOG_LINE_MAX) /* bytes; no line may be as long */

/*
 * stderr is one end of a socket that keeps writes apart, so that a line in two
 * pieces is seen. The other end:
 */
static int heard = -1;
static int kept_stderr = -1;

static int start_listening(void **state)
{
	int ends[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0)
		return -1;
	kept_stderr = dup(STDERR_FILENO);
	if (kept_stderr < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		return -1;
	(void)close(ends[1]);
	heard = ends[0];
	mg_log_set_quiet(false);
	return 0;
}

static int stop_listening(void **state)
{
	(void)state;
	(void)dup2(kept_stderr, STDERR_FILENO);
	(void)close(kept_stderr);
	(void)close(heard);
	mg_log_set_quiet(false);
	return 0;
}

/* The text of the next write, terminated; "" when there was none. */
static const char *next_write(void)
{
	static char packet[PACKET_MAX + 1];
	const ssize_t n = recv(heard, packet, PACKET_MAX, MSG_DONTWAIT);

	packet[n > 0 ? n : 0] = '\0';
	return packet;
}

static void test_levels_and_quiet(void **state)
{
	static const struct {
		bool quiet;
		enum mg_log_level level;
		const char *want;
	} rows[] = {
		{ false, MG_LOG_ERROR, "mailguard: no 'a' in 7\n" },
		{ false, MG_LOG_WARNING, "mailguard: warning: no 'a' in 7\n" },
		{ false, MG_LOG_INFO, "mailguard: no 'a' in 7\n" },
		{ true, MG_LOG_ERROR, "mailguard: no 'a' in 7\n" },
		{ true, MG_LOG_WARNING, "mailguard: warning: no 'a' in 7\n" },
		{ true, MG_LOG_INFO, "" },
		{ false, MG_LOG_INFO, "mailguard: no 'a' in 7\n" },
	};

	(void)state;
	mg_log(MG_LOG_INFO, "a remark");
	assert_string_equal(next_write(), "mailguard: a remark\n");
	assert_string_equal(mg_log_first(), "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mg_log_set_quiet(rows[i].quiet);
		mg_log(rows[i].level, "no '%s' in %d", "a", 7);
		assert_string_equal(next_write(), rows[i].want);
		assert_string_equal(next_write(), "");
	}
	mg_log(MG_LOG_ERROR, "another");
	assert_string_equal(mg_log_first(), "no 'a' in 7");
	mg_log_begin();
	assert_string_equal(mg_log_first(), "");
	mg_log(MG_LOG_ERROR, "another");
	assert_string_equal(mg_log_first(), "another");
}

static void test_control_bytes(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "mailguard: \n" },
		{ "a\nmailguard: b", "mailguard: a\\x0amailguard: b\n" },
		{ "a\rb\tc", "mailguard: a\\x0db\\x09c\n" },
		{ "\33[2J\x9b", "mailguard: \\x1b[2J\\x9b\n" },
		{ "\\x0a", "mailguard: \\\\x0a\n" },
		{ "\xe2\x80\xae", "mailguard: \\xe2\\x80\\xae\n" },
		{ "%s%n", "mailguard: %s%n\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mg_log(MG_LOG_INFO, "%s", rows[i].text);
		assert_string_equal(next_write(), rows[i].want);
		assert_string_equal(next_write(), "");
	}
}

/* Cut or not, and however long it becomes, it is one line with its end. */
static void test_overlong(void **state)
{
	static const struct {
		char byte;
		size_t len;
		const char *as; /* how one such byte is written */
		size_t want;    /* how often */
	} rows[] = {
		{ 'a', CUT, "a", CUT },
		{ 'a', CUT + 1, "a", CUT },
		{ 'a', 2 * MG_LOG_LINE_MAX, "a", CUT },
		{ '\\', CUT + 1, "\\\\", CUT },
		{ '\1', CUT, "\\x01", CUT },
		{ '\1', CUT + 1, "\\x01", CUT },
		{ '\xff', 2 * MG_LOG_LINE_MAX, "\\xff", CUT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[2 * MG_LOG_LINE_MAX + 1] = "";
		struct mg_buf want;

		memset(text, rows[i].byte, rows[i].len);
		mg_buf_init(&want, PACKET_MAX);
		mg_buf_add_str(&want, "mailguard: warning: ");
		for (size_t n = 0; n < rows[i].want; n++)
			mg_buf_add_str(&want, rows[i].as);
		mg_buf_add_char(&want, '\n');
		assert_false(want.truncated);
		mg_log(MG_LOG_WARNING, "%s", text);
		assert_string_equal(next_write(), want.ptr);
		assert_string_equal(next_write(), "");
		mg_buf_release(&want);
	}
}

/* Said once; with other numbers it is the same, with another name it is not. The
   last of the tests, since what is said is spared from there on. */
static void test_spared(void **state)
{
	static const struct {
		const char *text;
		bool is_said;
	} rows[] = {
		{ "'a1': bytes 1 to 20 (3 kB), 4", true },
		{ "'a1': bytes 300 to 4 (55 kB), 6", false },
		{ "'a2': bytes 1 to 20 (3 kB), 4", true },
		{ "'a1': bytes 1 to 20 (3 kB), x", true },
		{ "", true },
		{ "", false },
	};

	(void)state;
	mg_log_spare();
	for (int again = 0; again < 2; again++) {
		mg_log_begin();
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			mg_log(MG_LOG_ERROR, "%s", rows[i].text);
			assert_int_equal(*next_write() != '\0',
					 !again && rows[i].is_said);
		}
		assert_string_equal(mg_log_first(), rows[0].text);
	}
	/* So many others make it forget. */
	for (int i = 0; i < 64; i++) {
		mg_log(MG_LOG_ERROR, "x%d", i);
		assert_string_not_equal(next_write(), "");
	}
	mg_log(MG_LOG_ERROR, "%s", rows[0].text);
	assert_string_not_equal(next_write(), "");
	mg_log_spare();
	mg_log(MG_LOG_ERROR, "%s", rows[0].text);
	assert_string_not_equal(next_write(), "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_levels_and_quiet, start_listening, stop_listening),
		cmocka_unit_test_setup_teardown(
			test_control_bytes, start_listening, stop_listening),
		cmocka_unit_test_setup_teardown(test_overlong, start_listening,
						stop_listening),
		cmocka_unit_test_setup_teardown(test_spared, start_listening,
						stop_listening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
